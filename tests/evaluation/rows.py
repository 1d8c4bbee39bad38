"""Small made-up rows, runs and cases that tests of the suite share."""

from collections.abc import Iterable

from interviewer.evaluation.cases import Case, Label, Marks
from interviewer.evaluation.results import Outcome, Row, Run, RunInfo, Said
from interviewer.model import Level, Manner, Span, Status

WEAK, OK, STRONG = Level.WEAK, Level.OK, Level.STRONG


def outcome(
    level: Level,
    *,
    confidence: float = 0.5,
    points: dict[str, Status] | None = None,
    heard: Iterable[str] = (),
) -> Outcome:
    said = {name: Said(status=status, strength=0.5) for name, status in (points or {}).items()}
    return Outcome(
        level=level,
        score=level.rank / 2,
        confidence=confidence,
        points=said,
        misconceptions={name: Span(start=0, end=1) for name in heard},
    )


def row(
    case: str,
    truth: Level,
    given: Outcome | Level | None,
    *,
    style: str = "ok",
    twin: str | None = None,
    second: Level | None = None,
    marks: dict[str, Status] | None = None,
    misconceptions: tuple[str, ...] = (),
    seconds: float = 0.1,
    answer: str = "An answer.",
) -> Row:
    made = outcome(given) if isinstance(given, Level) else given
    return Row(
        case=case,
        question=case.partition("/")[0],
        topic="topic",
        kind="concept",
        difficulty="beginner",
        style=style,
        manner=Manner.TYPED,
        twin=twin,
        answer=answer,
        truth=truth,
        author=truth,
        second=second,
        marks=Marks(points=marks, misconceptions=misconceptions, by="m") if marks else None,
        outcome=made,
        ungraded=None if made else "not graded",
        seconds=seconds,
    )


def run_of(rows: Iterable[Row], *, grader: str = "some", split: str = "test") -> Run:
    info = RunInfo(
        grader=grader,
        identity="0" * 16,
        split=split,
        seed=0,
        python="3.11",
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
    )
    return Run(info=info, rows=tuple(rows))


def case(name: str, level: Level = OK, answer: str = "An answer.", **more: object) -> Case:
    label = Label(level=level, by="a")
    fields: dict[str, object] = {"question": name.partition("/")[0], "style": "ok"} | more
    return Case.model_validate({"id": name, "answer": answer, "label": label, **fields})
