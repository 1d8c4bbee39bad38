"""Interviews in the terminal with a model that fails, in every way, at every step."""

from typing import Any

import pytest

from interviewer.llm import LiteLLMModel
from tests.cli.conftest import Run, parsed
from tests.model_script import (
    FAILURES,
    NOISE,
    PARTLY,
    SAID,
    TARGET,
    failing,
    step_of,
    well,
    write_bank,
)
from tests.scripted_server import ScriptedServer

KEY = "sk-never-shown-42"
SEED = 1
"""Asks for the two errors first."""
PRACTICE = {"questions", "clarify", "rephrase", "hint", "follow-up", "composed", "close", "judge"}
MOCK = PRACTICE - {"hint"}
NOT_COUNTED = {"probe"}


@pytest.fixture
def server(monkeypatch, tmp_path):
    write_bank(tmp_path / "bank")
    monkeypatch.setitem(LiteLLMModel.__init__.__kwdefaults__, "backoff", 0.01)
    (tmp_path / "cv.txt").write_text(TARGET, encoding="utf-8")
    with ScriptedServer(well) as running:
        monkeypatch.setenv("INTERVIEWER_BANK", str(tmp_path / "bank"))
        monkeypatch.setenv("INTERVIEWER_MODEL", "openai/scripted-1")
        monkeypatch.setenv("INTERVIEWER_MODEL_BASE_URL", running.url)
        monkeypatch.setenv("INTERVIEWER_MODEL_TIMEOUT", "20")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield running


def be_hasty(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A slow model is given up soon; nothing else may fail by a busy machine."""
    if name == "slow":
        monkeypatch.setenv("INTERVIEWER_MODEL_TIMEOUT", "1.5")


def interview(run: Run, mode: str, cv: object) -> str:
    """A whole interview that takes every step; what the terminal showed."""
    lines = [
        "/clarify",
        "/rephrase",
        *(["/hint"] if mode == "practice" else []),
        PARTLY,
        "",
        SAID,
        "",
        NOISE,
    ]
    done = run("practice", "--questions", 2, "--seed", SEED, "--mode", mode, "--target", cv,
               stdin="\n".join([*lines, "", ""]))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Traceback" not in done.output
    assert KEY not in done.output
    return " ".join(done.output.split())


def regraded(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one answer's grade, before and after grading it again with a model that is well."""
    session = str(parsed(run("sessions", "--json"))[0]["id"])

    def grade() -> Any:
        report = parsed(run("report", session, "--json"))
        assert report["rounds"][0]["answer"]["text"].split("\n\n") == [PARTLY, SAID]
        return report["rounds"][0]["answer"]["grade"]

    before = grade()
    done = run("regrade", session)
    assert done.exit_code == 0, done.output
    return before, grade()


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize(("mode", "steps"), [("practice", PRACTICE), ("mock", MOCK)])
def test_a_model_that_always_fails_loses_nothing(
    run, server, monkeypatch, tmp_path, name, mode, steps
):
    be_hasty(monkeypatch, name)
    server.script(lambda _: FAILURES[name])
    shown = interview(run, mode, tmp_path / "cv.txt")
    assert {step_of(request) for request in server.requests} - NOT_COUNTED == steps
    assert "No question was composed for your text" in shown
    assert "What does the training error of a model with high bias look like?" in shown
    assert "Read the report with" in shown
    if name == "key":
        assert "OPENAI_API_KEY" in shown
    server.script(well)
    monkeypatch.setenv("INTERVIEWER_MODEL_TIMEOUT", "20")
    before, after = regraded(run)
    assert before["note"].startswith("The judge had no say")
    assert before["provenance"]["grader"] == "embedded-2"
    assert (after["note"], after["provenance"]["grader"]) == (None, "combined-1")


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("step", sorted(PRACTICE))
def test_a_model_that_fails_at_one_step_goes_on_with_the_others(
    run, server, monkeypatch, tmp_path, name, step
):
    be_hasty(monkeypatch, name)
    server.script(failing(step, FAILURES[name]))
    shown = interview(run, "practice", tmp_path / "cv.txt")
    assert step in {step_of(request) for request in server.requests}
    assert "What does the training error of a model with high bias look like?" in shown
    before, after = regraded(run)
    assert before["provenance"]["grader"] == ("embedded-2" if step == "judge" else "combined-1")
    assert after["provenance"]["grader"] == before["provenance"]["grader"]
