"""The gate: what fails, what holds, and what a baseline says."""

import json
from pathlib import Path

import pytest

from interviewer.errors import EvaluationError
from interviewer.evaluation.gate import (
    TOLERANCE,
    Baseline,
    Bound,
    check,
    measured,
    read_baseline,
    ungated,
    updated,
    write_baseline,
)
from interviewer.evaluation.results import ProbeRow, Row, Run
from interviewer.model import Level, Status
from tests.evaluation.rows import OK, STRONG, WEAK, outcome, row, run_of

LEVELS = [WEAK, OK, STRONG]


def graded(*, wrong: int = 0, questions: int = 12) -> list[Row]:
    """Three answers a question, the first ``wrong`` of which get weak for strong."""
    rows = []
    for number in range(questions * 3):
        truth = LEVELS[number % 3]
        given = truth
        if truth is STRONG and number // 3 < wrong:
            given = WEAK
        rows.append(
            row(
                f"q{number // 3}/{number % 3}",
                truth,
                outcome(given, points={"p": Status.COVERED}),
                marks={"p": Status.COVERED},
            )
        )
    return rows


def probe(number: int, *, held: bool, family: str = "echo") -> ProbeRow:
    return ProbeRow(
        id=f"{family}/{number}",
        family=family,
        kind="attack",
        question=f"q{number}",
        expects="weak",
        base_level=None,
        level=WEAK if held else STRONG,
        held=held,
        answer="Echo.",
    )


GOOD = run_of(graded(wrong=2), grader="good")
BASE = updated(None, [GOOD], grader="embedded")


def failures(baseline: Baseline, run: Run) -> dict[str, str]:
    return {item.bound.metric: item.failure for item in check(baseline, run) if item.failure}


def test_the_run_a_baseline_was_made_from_passes_it() -> None:
    assert failures(BASE, GOOD) == {}
    names = {bound.metric for bound in BASE.bounds}
    assert names >= {"accuracy", "qwk", "macro_f1", "weak_called_strong", "points.agreement"}
    assert "misconception_recall" not in names, "nothing was marked"
    assert (BASE.grader, BASE.tolerance) == ("embedded", TOLERANCE)


def test_the_end_of_the_interval_that_counts_is_committed() -> None:
    found = measured(GOOD)
    for bound in BASE.bounds:
        held = found[bound.metric].interval
        assert bound.bound == (held.low if bound.better == "higher" else held.high)
        assert (bound.value, bound.n) == (held.value, held.n)
    ways = {bound.metric: bound.better for bound in BASE.bounds}
    assert (ways["qwk"], ways["ece"], ways["ungraded_rate"]) == ("higher", "lower", "lower")


def test_a_worse_grader_fails_and_a_better_one_holds() -> None:
    worse = failures(BASE, run_of(graded(wrong=6)))
    for name in ("accuracy", "qwk", "macro_f1"):
        assert worse[name] == "it is below its floor"
    assert failures(BASE, run_of(graded())).keys() <= {"ece"}


def test_a_ceiling_is_held_too() -> None:
    strong = [
        item.model_copy(update={"outcome": outcome(STRONG, points={"p": Status.COVERED})})
        for item in graded()
    ]
    assert failures(BASE, run_of(strong))["weak_called_strong"] == "it is above its ceiling"


def test_a_grader_that_refuses_the_hard_ones_fails() -> None:
    refused = [
        item.model_copy(update={"outcome": None}) if item.truth is STRONG else item
        for item in graded()
    ]
    assert "ungraded_rate" in failures(BASE, run_of(refused))


def test_a_missing_metric_fails() -> None:
    unmarked = [item.model_copy(update={"marks": None}) for item in GOOD.rows]
    assert failures(BASE, run_of(unmarked)) == {
        "points.agreement": "it was not measured",
        "misconception_false_alarms": "it was not measured",
    }


def test_fewer_cases_fail() -> None:
    found = failures(BASE, run_of(graded(questions=11)))
    assert found["qwk"] == "it rests on 33, fewer than 36"


def test_an_empty_run_fails_everything() -> None:
    assert len(failures(BASE, run_of([]))) == len(BASE.bounds)


def test_a_figure_without_an_interval_fails() -> None:
    one = run_of([item.model_copy(update={"question": "q"}) for item in graded(wrong=2)])
    assert failures(BASE, one)["accuracy"] == "it has no interval"
    for useless in (one, run_of([])):
        with pytest.raises(EvaluationError, match="No metric on test has an interval"):
            updated(None, [useless], grader="embedded")


def test_a_family_on_one_question_gets_no_bound_and_is_named() -> None:
    run = GOOD.model_copy(update={"probes": (probe(1, held=True), probe(1, held=False))})
    base = updated(None, [run], grader="embedded")
    assert base.bounds == BASE.bounds
    assert ungated(base, run) == ("attacks.echo",)


@pytest.mark.parametrize(("worse", "fails"), [(0.0099, False), (0.01, False), (0.0101, True)])
def test_the_tolerance_is_all_that_is_forgiven(worse: float, fails: bool) -> None:  # noqa: FBT001
    bounds = tuple(
        bound.model_copy(
            update={
                "bound": round(bound.bound + (worse if bound.better == "higher" else -worse), 4)
            }
        )
        for bound in BASE.bounds
    )
    found = failures(BASE.model_copy(update={"bounds": bounds}), GOOD)
    assert len(found) == (len(bounds) if fails else 0)


def test_attack_families_are_gated() -> None:
    held = GOOD.model_copy(update={"probes": tuple(probe(k, held=True) for k in range(12))})
    base = updated(None, [held], grader="embedded")
    assert "attacks.echo" in {bound.metric for bound in base.bounds}
    assert failures(base, held) == {}
    broken = held.model_copy(update={"probes": tuple(probe(k, held=k > 3) for k in range(12))})
    assert failures(base, broken) == {"attacks.echo": "it is below its floor"}
    assert failures(base, GOOD) == {"attacks.echo": "it was not measured"}
    fewer = held.model_copy(update={"probes": held.probes[:11]})
    assert failures(base, fewer) == {"attacks.echo": "it rests on 11, fewer than 12"}
    assert ungated(BASE, held) == ("attacks.echo",)


def test_a_family_s_probes_count_whether_or_not_they_could_fail() -> None:
    """Which can fail hangs on the grader: a better one must not look like fewer cases."""

    def appended(number: int, base: Level) -> ProbeRow:
        changed = {"expects": "not-higher", "base_level": base, "level": base}
        return probe(number, held=True).model_copy(update=changed)

    before = GOOD.model_copy(update={"probes": tuple(appended(k, OK) for k in range(6))})
    some = tuple(appended(k, STRONG if k < 2 else OK) for k in range(6))
    base = updated(None, [before], grader="embedded")
    assert failures(base, before.model_copy(update={"probes": some})) == {}


def test_a_split_without_bounds_is_an_error_not_a_pass() -> None:
    with pytest.raises(EvaluationError, match="no bound for the split 'dev', only for test"):
        check(BASE, run_of(graded(), split="dev"))


def test_an_update_keeps_tolerance_and_other_splits() -> None:
    base = BASE.model_copy(update={"tolerance": 0.05, "grader": "mine"})
    dev = run_of(graded(), split="dev")
    found = updated(base, [dev], grader="other")
    assert (found.tolerance, found.grader) == (0.05, "mine")
    assert found.of("test") == base.bounds
    assert len(found.of("dev")) == len(base.bounds)
    again = updated(found, [run_of(graded(wrong=6))], grader="x")
    assert again.of("dev") == found.of("dev")
    assert again.of("test") != found.of("test")


def test_a_baseline_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "embedded.json"
    write_baseline(path, BASE)
    assert read_baseline(path) == BASE
    assert len(path.read_text().splitlines()) == len(BASE.bounds) + 7, "a bound a line"


def test_there_must_be_a_baseline(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"There is no baseline at .*gate --update"):
        read_baseline(tmp_path / "none.json")


BOUND = Bound(split="test", metric="qwk", better="higher", bound=0.5, value=0.6, n=3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "version"),
        ({"bounds": []}, "bounds"),
        ({"tolerance": 0.5}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"bounds": [BOUND.model_dump() | {"bound": float("nan")}]}, "bounds.0.bound"),
        ({"bounds": [BOUND.model_dump() | {"n": 0}]}, "bounds.0.n"),
        ({"bounds": [BOUND.model_dump() | {"better": "up"}]}, "bounds.0.better"),
        ({"bounds": [BOUND.model_dump()] * 2}, "qwk on test occurs twice"),
        ({"floor": 1}, "floor"),
    ],
)
def test_a_malformed_baseline_is_told(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    path = tmp_path / "embedded.json"
    path.write_text(json.dumps(BASE.model_dump(mode="json") | change))
    with pytest.raises(EvaluationError, match=reason):
        read_baseline(path)


def test_a_baseline_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_baseline(tmp_path / "file" / "embedded.json", BASE)
