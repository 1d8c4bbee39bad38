"""``interviewer eval record`` and the graders that replay it."""

import json
from pathlib import Path

import pytest

from interviewer.evaluation.cases import write_cases
from interviewer.evaluation.results import read_run
from interviewer.model import Level
from tests.cli.conftest import Run
from tests.evaluation.rows import case
from tests.model_script import purpose, well
from tests.scripted_server import ScriptedServer, fail

NAME = "openai/scripted-1"


@pytest.fixture
def cases(tmp_path: Path, bank, monkeypatch) -> Path:
    monkeypatch.setenv("INTERVIEWER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    answer = bank["pca"].model_answer
    made = [
        case(
            "pca/1", Level.WEAK, "It depends on many things, as ever in this field.", style="vague"
        ),
        case("pca/2", Level.STRONG, answer, style="strong"),
        case("pca/3", Level.OK, answer[: len(answer) // 2], style="ok"),
    ]
    folder = tmp_path / "cases"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        write_cases(folder / f"{split}.jsonl", made)
    return folder


@pytest.fixture
def server(monkeypatch):
    with ScriptedServer(well) as running:
        monkeypatch.setenv("INTERVIEWER_MODEL", NAME)
        monkeypatch.setenv("INTERVIEWER_MODEL_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
        yield running


def record(run: Run, cases: Path, *more: object):
    return run("eval", "record", "--cases", cases, "--replies", "replies", *more)


def measure(run: Run, cases: Path, *more: object):
    run("eval", "run", "--grader", "judge", "--grader", "combined", "--cases", cases,
        "--replies", "replies", "--out", "runs", *more)  # fmt: skip
    return {name: read_run(Path(f"runs/{name}-test.json")) for name in ("judge", "combined")}


def test_replies_are_recorded_once_and_graders_replay_them_offline(run, cases, server, monkeypatch):
    done = record(run, cases)
    assert done.exit_code == 0, done.output
    assert "3 of 3 cases of test" in done.output
    assert [purpose(item) for item in server.requests] == ["judge"] * 3
    assert "0 asked now" in record(run, cases).output
    assert len(server.requests) == 3
    server.stop()
    monkeypatch.delenv("INTERVIEWER_MODEL")
    runs = measure(run, cases)
    for found in runs.values():
        assert all(row.outcome is not None for row in found.rows)
    levels = {row.case: row.outcome.level for row in runs["combined"].rows}
    assert levels["pca/1"] is Level.WEAK


def test_a_missing_recording_is_an_ungraded_case(run, cases, server):
    record(run, cases, "--limit", 1)
    runs = measure(run, cases)
    assert [row.outcome is None for row in runs["combined"].rows] == [False, True, True]
    assert "eval record" in runs["judge"].rows[1].ungraded


def test_a_failing_model_is_named_and_can_be_asked_again(run, cases, server):
    server.script(lambda _: fail(401, "no"))
    failed = record(run, cases)
    assert failed.exit_code == 1
    assert "OPENAI_API_KEY" in failed.output
    assert "0 of 3" in failed.output
    server.script(well)
    assert record(run, cases).exit_code == 0


def test_nobody_recorded_anything(run, cases):
    result = run("eval", "run", "--grader", "judge", "--cases", cases, "--replies", "none")
    assert result.exit_code == 2
    assert "eval record" in result.output


def test_recording_needs_a_model(run, cases, monkeypatch):
    monkeypatch.delenv("INTERVIEWER_MODEL", raising=False)
    result = record(run, cases)
    assert result.exit_code == 2
    assert "INTERVIEWER_MODEL" in result.output


def test_a_changed_prompt_shows_as_ungraded_and_in_compare(run, cases, server, monkeypatch):
    record(run, cases)
    before = measure(run, cases)["judge"]
    text = Path("replies/openai-scripted-1.jsonl").read_text()
    kept = [json.loads(line) for line in text.splitlines()]
    for item in kept:
        reply = json.loads(item["reply"])
        for verdict in reply["verdicts"]:
            verdict["status"] = "missing"
        item["reply"] = json.dumps(reply)
    Path("replies/openai-scripted-1.jsonl").write_text("\n".join(map(json.dumps, kept)) + "\n")
    Path("runs/judge-test.json").rename("runs/before.json")
    after = measure(run, cases)["judge"]
    changed = sum(
        one.outcome.level is not two.outcome.level
        for one, two in zip(before.rows, after.rows, strict=True)
    )
    assert changed
    shown = run("eval", "compare", "runs/before.json", "runs/judge-test.json")
    assert "pca/2" in shown.output
