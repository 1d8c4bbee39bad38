"""``interviewer eval``: run, compare, gate, on a small folder of cases."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank import Bank
from interviewer.embedding import Encoder
from interviewer.evaluation.attacks import Probe, probes
from interviewer.evaluation.cases import Case, write_cases
from interviewer.evaluation.results import Run as EvalRun
from interviewer.evaluation.results import read_run
from interviewer.grading.embedded import NAME
from interviewer.model import Grade
from tests.cli.conftest import Run, parsed
from tests.evaluation.rows import OK, STRONG, WEAK, case

QUESTIONS = ("pca", "regularization", "transfer-learning")


@pytest.fixture
def cases(tmp_path: Path, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three questions: long and empty, half an answer, the model answer; one in train."""
    monkeypatch.setenv("INTERVIEWER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cases"
    folder.mkdir()
    made = []
    for name in QUESTIONS:
        answer = bank[name].model_answer
        half = answer[: len(answer) // 2]
        padding = "It depends on many things and one has to look at it from every side. " * 20
        made += [
            case(f"{name}/1", WEAK, padding, style="vague", second={"level": WEAK, "by": "b"}),
            case(f"{name}/2", OK, half, style="ok", second={"level": WEAK, "by": "b"}),
            case(f"{name}/3", STRONG, answer, style="strong", second={"level": STRONG, "by": "b"}),
        ]
    for split, chosen in {"train": made[:3], "dev": made[3:], "test": made}.items():
        write_cases(folder / f"{split}.jsonl", chosen)
    return folder


@pytest.fixture
def few_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One probe in fifteen: enough for several families. Made once from the same cases."""
    made: dict[tuple[str, ...], tuple[Probe, ...]] = {}

    def few(cases: Sequence[Case], bank: Bank, *, seed: int, encoder: Encoder) -> tuple[Probe, ...]:
        key = tuple(item.id for item in cases)
        if key not in made:
            made[key] = probes(cases, bank, seed=seed, encoder=encoder)[::15]
        return made[key]

    monkeypatch.setattr("interviewer.evaluation.attacks.probes", few)


Measure = Callable[..., EvalRun]


@pytest.fixture
def measure(run: Run, cases: Path, tmp_path: Path) -> Measure:
    def go(grader: str, split: str = "test", *more: str) -> EvalRun:
        out = tmp_path / "runs"
        words = ("--grader", grader, "--split", split, "--no-attacks", "--out", out, *more)
        result = run("eval", "run", "--cases", cases, *words)
        assert result.exit_code == 0, result.output
        return read_run(out / f"{grader}-{split}.json")

    return go


def test_a_run_is_written_and_shown_beside_the_baselines(
    run: Run, measure: Measure, cases: Path
) -> None:
    made = measure("embedded")
    assert len(made.rows) == 9
    shown = run("eval", "run", "--cases", cases, "--no-attacks")
    assert shown.exit_code == 0
    head = [line.split()[0] for line in shown.stdout.splitlines()[:5]]
    assert head == ["Grader", "embedded", "majority", "length", "second"]
    assert "0.667" in shown.stdout.splitlines()[4], "the second labeller agrees on 6 of 9"
    for words in ("Point agreement", "Twins differ", "vague", "strong"):
        assert words in shown.stdout
    assert "Wrote runs" in shown.stderr
    assert "\r" not in shown.stderr, "no progress bar where there is no terminal"


def test_json_holds_what_the_tables_say(run: Run, cases: Path, bank: Bank) -> None:
    words = ("--grader", "length", "--grader", "majority", "--split", "dev", "--json")
    found = parsed(run("eval", "run", "--cases", cases, *words))
    assert (found["split"], found["n"]) == ("dev", 6)
    assert found["graders"].keys() == {"length", "majority"}
    assert found["beside"].keys() == {"majority", "length"}
    length = found["graders"]["length"]
    assert length["figures"]["accuracy"]["n"] == 6
    assert length["figures"] == found["beside"]["length"]["figures"]
    assert {item["name"] for item in length["topics"]} == {
        bank[name].topic for name in QUESTIONS[1:]
    }
    styles = {item["name"]: item for item in length["styles"]}
    assert styles["vague"]["weak"] + styles["vague"]["ok"] + styles["vague"]["strong"] == 2
    assert found["human_ceiling"]["n"] == 6
    assert found["human_ceiling"]["figures"]["accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    rows = read_run(Path(length["file"])).rows
    right = sum(row.outcome is not None and row.outcome.level is row.truth for row in rows)
    assert length["figures"]["accuracy"]["value"] == pytest.approx(right / 6, abs=1e-4)


def test_limit_and_cache(run: Run, measure: Measure, tmp_path: Path) -> None:
    assert len(measure("length", "test", "--limit", "5").rows) == 5
    assert [row.cached for row in measure("length").rows] == [True] * 5 + [False] * 4
    kept = {path.name: path.read_bytes() for path in (tmp_path / "cache" / "eval").iterdir()}
    again = measure("length", "test", "--no-cache")
    assert not any(row.cached for row in again.rows)
    now = {path.name: path.read_bytes() for path in (tmp_path / "cache" / "eval").iterdir()}
    assert now == kept


def test_attacks_are_on_for_graders_and_off_for_baselines(
    run: Run, cases: Path, few_probes: None
) -> None:
    words = ("--cases", cases, "--split", "dev", "--limit", "1", "--json")
    found = parsed(run("eval", "run", *words, "--grader", "embedded", "--grader", "length"))
    families = found["graders"]["embedded"]["families"]
    assert {item["kind"] for item in families} >= {"attack"}
    assert "families" not in found["graders"]["length"]
    made = read_run(Path(found["graders"]["embedded"]["file"]))
    assert made.probes
    assert sum(item["n"] + item["idle"] for item in families) == len(made.probes)
    shown = run("eval", "run", *words[:-1], "--attacks", "--grader", "length")
    assert shown.exit_code == 0
    assert families[0]["name"] in shown.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--cases", "nowhere"), "There is no folder of cases at 'nowhere'"),
        (("--grader", "embeded"), "no grader 'embeded'"),
        (("--split", "dev"), "cases/dev.jsonl:2: label.level"),
        (("--split", "test"), "The bank lacks the question of 1 of 1 cases: no-such/1"),
        (("--split", "train", "--out", "file/x"), "The run cannot be written to file/x"),
    ],
)
def test_what_cannot_be_measured_is_told(
    run: Run, cases: Path, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    write_cases(cases / "test.jsonl", [case("no-such/1")])
    line = case("pca/1").model_dump_json(exclude_none=True)
    broken = line.replace('"level":"ok"', '"level":"fine"')
    (cases / "dev.jsonl").write_text(f"{line}\n{broken}\n")
    (tmp_path / "file").write_text("")
    given = ("--cases", "cases", *words, "--no-attacks")
    if "--grader" not in words:
        given = (*given, "--grader", "length")
    result = run("eval", "run", *given)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert result.stdout == ""


def test_an_empty_file_of_cases_is_told(run: Run, cases: Path) -> None:
    (cases / "dev.jsonl").write_text("\n")
    result = run("eval", "run", "--cases", cases, "--split", "dev")
    assert result.exit_code == 2
    assert "There is no case in" in result.stderr


def test_an_interrupted_run_says_how_to_go_on(
    run: Run, cases: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interviewer.evaluation.graders import Length

    real = Length.grade
    done: list[Any] = []

    def stop_after_three(self: Length, *given: Any) -> Grade:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(given)
        graded = real(self, *given)
        assert isinstance(graded, Grade)
        return graded

    with monkeypatch.context() as patch:
        patch.setattr(Length, "grade", stop_after_three)
        stopped = run("eval", "run", "--cases", cases, "--grader", "length")
    assert stopped.exit_code == 130
    assert "run the same command again" in stopped.stderr
    assert stopped.stdout == ""
    assert [row.cached for row in measure("length").rows] == [True] * 3 + [False] * 6


def test_an_interrupt_that_is_lost_stops_the_run_after_the_grade(
    run: Run, cases: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interviewer.evaluation.graders import Length

    real = Length.grade

    def lose_it(self: Length, *given: Any) -> Any:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return real(self, *given)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(Length, "grade", lose_it)
        stopped = run("eval", "run", "--cases", cases, "--grader", "length")
    assert stopped.exit_code == 130
    assert [row.cached for row in measure("length").rows] == [True] + [False] * 8
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_leaves_finished_grades_in_the_cache(cases: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "eval" / f"{NAME}.jsonl"
    # So many that the signal comes while they are graded, however slow this process is.
    many = [case(f"pca/{n}", WEAK, f"It is about {n} axes of data. " * 12) for n in range(1, 401)]
    write_cases(cases / "test.jsonl", many)
    words = ("eval", "run", "--cases", str(cases), "--no-attacks")
    child = subprocess.Popen(
        [sys.executable, "-m", "interviewer.cli", *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while not (kept.is_file() and kept.stat().st_size) and time.monotonic() < until:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 130, told
    assert str(kept.parent) in told
    for line in kept.read_text().splitlines():
        assert json.loads(line)["outcome"]


def test_two_runs_are_compared(run: Run, measure: Measure) -> None:
    measure("length")
    measure("embedded")
    files = ("runs/length-test.json", "runs/embedded-test.json")
    found = parsed(run("eval", "compare", *files, "--json"))
    assert (found["first"], found["n"], found["questions"]) == ("length", 9, 3)
    assert {item["case"] for item in found["changes"]}
    shown = run("eval", "compare", *files, "--changes", "1")
    assert shown.exit_code == 0
    assert "McNemar's exact p" in shown.stdout
    assert "more with --changes" in shown.stdout
    same = run("eval", "compare", files[0], files[0])
    assert "No level changed." in same.stdout


def test_runs_on_different_cases_are_refused(run: Run, measure: Measure) -> None:
    measure("length")
    measure("length", "dev")
    files = ("runs/length-test.json", "runs/length-dev.json")
    refused = run("eval", "compare", *files)
    assert refused.exit_code == 2
    assert "3 only in the first" in refused.stderr
    shown = run("eval", "compare", *files, "--common")
    assert shown.exit_code == 0
    assert "3 left out" in shown.stdout


def test_a_run_of_another_version_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"version": 7, "rows": []}')
    for words in (
        ("compare", path, path),
        ("gate", path, "--update", "--baseline", tmp_path / "b"),
    ):
        result = run("eval", *words)
        assert result.exit_code == 2
        assert "Make it again with `interviewer eval run`" in result.stderr


def test_without_a_baseline_the_gate_is_shut(run: Run, cases: Path, tmp_path: Path) -> None:
    result = run("eval", "gate", "--baseline", tmp_path / "none.json")
    assert result.exit_code == 2
    assert "There is no baseline at" in result.stderr
    assert "--update" in result.stderr


def test_the_gate_holds_and_a_worse_grader_fails_it(
    run: Run, measure: Measure, tmp_path: Path
) -> None:
    measure("embedded")
    measure("length")
    path = tmp_path / "baselines" / "embedded.json"
    good, bad = "runs/embedded-test.json", "runs/length-test.json"
    written = run("eval", "gate", good, "--update", "--baseline", path)
    assert written.exit_code == 0
    assert "new" in written.stdout
    assert f"Wrote {path}." in written.stderr
    held = run("eval", "gate", good, "--baseline", path)
    assert held.exit_code == 0, held.output
    assert "FAILS" not in held.stdout
    failed = run("eval", "gate", bad, "--baseline", path, "--json")
    assert failed.exit_code == 1
    checks = {
        item["bound"]["metric"]: item["failure"] for item in json.loads(failed.stdout)["checks"]
    }
    assert checks["qwk"] == "it is below its floor"
    assert checks["weak_called_strong"] == "it is above its ceiling"
    table = run("eval", "gate", bad, "--baseline", path)
    assert table.exit_code == 1
    assert "FAILS: it is below its floor" in table.stdout
    changed = run("eval", "gate", bad, "--update", "--baseline", path)
    assert changed.exit_code == 0
    assert "qwk" in changed.stdout
    again = run("eval", "gate", bad, "--update", "--baseline", path)
    assert "No bound changed." in again.stderr


def test_runs_given_to_the_gate_are_one_a_split(run: Run, measure: Measure, tmp_path: Path) -> None:
    measure("length")
    measure("length", "dev")
    files = ("runs/length-test.json", "runs/length-dev.json")
    path = tmp_path / "length.json"
    twice = run("eval", "gate", files[0], files[0], "--update", "--baseline", path)
    assert twice.exit_code == 2
    assert "same split" in twice.stderr
    assert run("eval", "gate", *files, "--update", "--baseline", path).exit_code == 0
    one = run("eval", "gate", files[0], "--baseline", path)
    assert one.exit_code == 0
    assert "The bounds on dev were not checked" in one.stderr


def test_without_a_run_the_gate_makes_them(
    run: Run, cases: Path, tmp_path: Path, few_probes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "length.json"
    words = ("eval", "gate", "--cases", cases, "--baseline", path)
    assert run(*words, "--update").exit_code == 0
    held = json.loads(path.read_text())
    assert held["grader"] == "length"
    assert {item["split"] for item in held["bounds"]} == {"dev", "test"}
    assert {item["metric"] for item in held["bounds"]} >= {"qwk", "attacks.injection"}
    assert run(*words).exit_code == 0

    from interviewer.evaluation.graders import Length, Majority

    monkeypatch.setattr(Length, "grade", lambda _, *given: Majority.grade(_WEAK, *given))
    worse = run(*words, "--no-cache")
    assert worse.exit_code == 1, worse.output
    assert "FAILS" in worse.stdout


class _Weak:
    name = "length"
    level = WEAK


_WEAK: Any = _Weak()
