"""The commands that use a language model: practice, grade, probe, regrade."""

import json
from typing import Any

import pytest

from interviewer.model import Grade
from tests.cli.conftest import Run, parsed
from tests.model_script import ACKNOWLEDGED, failing, well
from tests.scripted_server import ScriptedServer, fail, say

NAME = "openai/scripted-1"
KEY = "sk-never-shown-42"
ANSWER = "Bias is error from wrong assumptions and underfits; variance follows the sample."


@pytest.fixture
def server(monkeypatch):
    with ScriptedServer(well) as running:
        monkeypatch.setenv("INTERVIEWER_MODEL", NAME)
        monkeypatch.setenv("INTERVIEWER_MODEL_BASE_URL", running.url)
        monkeypatch.setenv("INTERVIEWER_MODEL_TIMEOUT", "20")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield running


def practice(run: Run, stdin: str, *more: str):
    return run("practice", "--topic", "fundamentals", "--questions", 1, "--seed", 3, *more,
               stdin=stdin)  # fmt: skip


def session_id(run: Run) -> str:
    found = parsed(run("sessions", "--json"))
    return str(found[0]["id"])


def grades(run: Run) -> list[dict[str, Any]]:
    report = parsed(run("report", session_id(run), "--json"))
    return [item["answer"]["grade"] for item in report["rounds"]]


def test_an_interview_in_the_terminal_takes_up_what_was_said(run, server):
    done = practice(run, f"{ANSWER}\n\n/end\n", "--mode", "mock")
    assert done.exit_code == 0, done.output
    assert ACKNOWLEDGED in done.output
    assert NAME in done.output
    assert KEY not in done.output
    assert grades(run)[0]["provenance"]["model"]


def test_grade_is_combined_where_a_model_is_set(run, server):
    shown = parsed(run("grade", "bias-variance-tradeoff", "--answer", "-", "--json", stdin=ANSWER))
    found = Grade.model_validate(shown["grade"])
    assert found.usage is not None
    assert found.provenance.grader == "combined-1"
    assert [item.grader for item in found.opinions] == ["embedded-2", "judge:scripted-1"]
    assert found.usage.calls == 1


def test_the_embedded_grader_alone_calls_nobody(run, server):
    found = parsed(
        run(
            "grade",
            "bias-variance-tradeoff",
            "--answer",
            "-",
            "--grader",
            "embedded",
            "--json",
            stdin=ANSWER,
        )
    )
    assert found["grade"]["provenance"]["grader"] == "embedded-2"
    assert server.requests == []


def test_a_judge_that_is_away_leaves_a_grade_that_can_be_made_better(run, server):
    server.script(failing("judge", fail(401, "bad key")))
    practice(run, f"{ANSWER}\n\n/end\n")
    before = grades(run)[0]
    assert "OPENAI_API_KEY" in before["note"]
    assert before["provenance"]["model"] is None
    server.script(well)
    done = run("regrade", session_id(run))
    assert done.exit_code == 0, done.output
    assert "embedded-2" in done.output
    assert "combined-1" in done.output
    after = grades(run)[0]
    assert after["note"] is None
    assert after["provenance"]["model"]
    assert "Every answer has its grade" in run("regrade", session_id(run)).output


def test_regrade_without_a_model_says_what_would_help(run, monkeypatch):
    monkeypatch.delenv("INTERVIEWER_MODEL", raising=False)
    practice(run, f"{ANSWER}\n\n/end\n")
    assert "set INTERVIEWER_MODEL" in run("regrade", session_id(run)).output


def test_probe_checks_the_content_of_the_reply(run, server):
    found = parsed(run("probe", "--json"))
    assert [item["state"] for item in found] == ["ready", "ready"]
    assert len(server.requests) == 1
    server.script(lambda _: say(json.dumps({"total": 1, "larger": "one"})))
    wrong = run("probe")
    assert wrong.exit_code == 1
    assert "got a small sum wrong" in wrong.output
    server.script(lambda _: fail(401, f"bad key {KEY}"))
    refused = run("probe")
    assert refused.exit_code == 1
    assert "OPENAI_API_KEY" in refused.output
    assert KEY not in refused.output


def test_models_can_be_left_out_by_role(run, server, monkeypatch):
    monkeypatch.setenv("INTERVIEWER_JUDGE_MODEL", "off")
    monkeypatch.setenv("INTERVIEWER_INTERVIEW_MODEL", "off")
    assert [item["state"] for item in parsed(run("probe", "--json"))] == ["off", "off"]
    practice(run, f"{ANSWER}\n\n/end\n")
    assert server.requests == []


def test_the_combined_grader_needs_a_model(run, monkeypatch):
    monkeypatch.delenv("INTERVIEWER_MODEL", raising=False)
    result = run("grade", "pca", "--answer", "-", "--grader", "combined", stdin="x")
    assert result.exit_code == 2
    assert "INTERVIEWER_MODEL" in result.output


def test_questions_are_composed_for_a_target_and_marked(run, server, tmp_path):
    text = "I led the migration of our ranking service to a two-tower model at Alpen Travel."
    (tmp_path / "cv.txt").write_text(text)
    draft = {
        "prompt": "You led the migration of our ranking service. How did you win people over?",
        "quote": "led the migration of our ranking service",
        "model_answer": (
            "The old service was slow and two teams depended on it, so nobody wanted to touch it. "
            "I measured latency and lift of a prototype, showed both in the planning round, "
            "moved the smaller team first, and kept the old path as a fallback for a month. "
            "Latency fell by a third, and the second team asked to be moved. I would write the "
            "runbook earlier next time."
        ),
        "points": [
            {"claim": "Names the situation and what was at stake.", "tier": "core"},
            {"claim": "Says what they did themselves to convince others.", "tier": "core"},
            {"claim": "Gives the result with a number.", "tier": "depth"},
        ],
    }

    def script(request):
        if "Alpen" in request.text and not request.streaming:
            return say(json.dumps({"questions": [draft]}))
        return well(request)

    server.script(script)
    done = run("practice", "--questions", 2, "--seed", 1, "--target", tmp_path / "cv.txt",
               stdin="/skip\n\n/end\n")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.output.count("The model composed this question for your text.") == 1
    report = parsed(run("report", session_id(run), "--json"))
    assert [item["composed"] for item in report["rounds"]] == [False, True]
    assert report["facts"]["usage"]["calls"] >= 1
