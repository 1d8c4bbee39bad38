"""Run files: whole or not at all, and of this version."""

from pathlib import Path

import pytest

from interviewer.errors import EvaluationError
from interviewer.evaluation.results import Outcome, outcome_of, read_run, write_run
from interviewer.model import (
    Evidence,
    Feedback,
    Grade,
    Heard,
    Level,
    Provenance,
    Span,
    Status,
    Tier,
    Ungraded,
    Verdict,
)
from tests.evaluation.rows import OK, WEAK, outcome, row, run_of


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    marked = row(
        "a/1", OK, outcome(WEAK, points={"p": Status.PARTIAL}), marks={"p": Status.MISSING}
    )
    made = run_of([marked, row("a/2", OK, None, twin="a/1", second=WEAK)])
    path = tmp_path / "new" / "run.json"
    write_run(path, made)
    assert read_run(path) == made
    assert [item.name for item in path.parent.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('"version":1', '"version":2'), "Make it again"),
        (('"rows":', '"lines":'), "Make it again"),
        (('"split":"test"', '"split":'), "Make it again"),
    ],
)
def test_a_run_of_another_version_is_refused(
    tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    path = tmp_path / "run.json"
    write_run(path, run_of([row("a/1", OK, OK)]))
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(EvaluationError, match=reason):
        read_run(path)


def test_a_run_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_run(tmp_path / "none.json")


def test_an_outcome_is_the_grade_without_its_prose() -> None:
    evidence = Evidence(span=Span(start=1, end=4), quote="abc", similarity=0.9)
    grade = Grade(
        level=Level.OK,
        score=0.5,
        confidence=0.7,
        verdicts=(
            Verdict(
                point_id="p",
                tier=Tier.CORE,
                status=Status.COVERED,
                strength=0.8,
                evidence=evidence,
            ),
            Verdict(point_id="q", tier=Tier.DEPTH, status=Status.MISSING, strength=0.1),
        ),
        misconceptions=(
            Heard(misconception_id="m", contradicts="q", correction="No.", evidence=evidence),
        ),
        reasons=("short",),
        feedback=Feedback(summary="Fine."),
        provenance=Provenance(grader="g", policy="1"),
    )
    found, reason = outcome_of(grade)
    assert reason is None
    assert isinstance(found, Outcome)
    assert found.points["p"].span == evidence.span
    assert found.points["q"].span is None
    assert found.misconceptions == {"m": evidence.span}
    assert (found.level, found.confidence, found.reasons) == (Level.OK, 0.7, ("short",))
    assert outcome_of(Ungraded(ungraded="empty")) == (None, "empty")
