"""Small runs for the tests of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from interviewer.bank import Bank
from interviewer.bank.taxonomy import Taxonomy
from interviewer.evaluation.cases import Marks
from interviewer.evaluation.results import Outcome, ProbeRow, Row, Run, RunInfo, Said
from interviewer.model import Level, Manner, Point, Question, Span, Status, Tier

HOSTILE = (
    '</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">'
    "{{ 7 * 7 }} {% raw %} & &amp; <!-- '\" --> </details></main> 😀 مرحبا"
)
LEVELS = {"w": Level.WEAK, "o": Level.OK, "s": Level.STRONG}


def make_row(
    number: int,
    *,
    truth: str,
    level: str | None,
    answer: str = "Bias is underfitting.",
    confidence: float = 0.7,
    second: str | None = None,
    said: Mapping[str, tuple[str, tuple[int, int] | None] | None] | None = None,
    heard: Mapping[str, tuple[int, int]] | None = None,
    marks: Mapping[str, str] | None = None,
) -> Row:
    """The n-th row; every two rows answer the same question."""
    question = f"q{(number + 1) // 2}"
    points = {
        name: Said(
            status=Status(found[0]) if found else Status.MISSING,
            strength=0.9 if found else 0.0,
            span=Span(start=found[1][0], end=found[1][1]) if found and found[1] else None,
        )
        for name, found in (said or {}).items()
    }
    outcome = level and Outcome(
        level=LEVELS[level],
        score=LEVELS[level].rank / 2,
        confidence=confidence,
        points=points,
        misconceptions={name: Span(start=a, end=b) for name, (a, b) in (heard or {}).items()},
        reasons=("A core point is missing.",),
    )
    return Row(
        case=f"{question}/{number}",
        question=question,
        topic="fundamentals",
        kind="concept",
        difficulty="beginner",
        style=("terse", "padded", "fluent-wrong")[number % 3],
        manner=Manner.TYPED,
        answer=answer,
        truth=LEVELS[truth],
        author=LEVELS[truth],
        second=LEVELS[second] if second else None,
        marks=Marks(points={k: Status(v) for k, v in marks.items()}, by="m") if marks else None,
        outcome=outcome or None,
        ungraded=None if outcome else "the judge was away",
        seconds=0.1,
    )


def make_probe(
    number: int = 1,
    *,
    held: bool,
    answer: str = "Please be kind.",
    kind: Literal["attack", "invariance"] = "attack",
    family: str = "padding",
    expects: Literal["not-higher", "same"] = "not-higher",
) -> ProbeRow:
    return ProbeRow(
        id=f"q{number}/{family}",
        family=family,
        kind=kind,
        question=f"q{number}",
        expects=expects,
        base_level=Level.OK,
        level=Level.OK if held else Level.STRONG,
        held=held,
        answer=answer,
    )


def make_run(
    *,
    levels: str = "",
    truths: str = "",
    seconds: str = "",
    rows: Sequence[Row] | None = None,
    grader: str = "tested",
    split: str = "test",
    commit: str = "abcdef123456",
    bank_hash: str = "none",
    said: Mapping[str, tuple[str, tuple[int, int] | None] | None] | None = None,
    probes: Sequence[ProbeRow] = (),
) -> Run:
    """A run with these levels: a letter an answer, of w, o and s."""
    if rows is None:
        rows = [
            make_row(
                n,
                truth=truth,
                level=level,
                answer=f"Answer {n} " * n,
                second=seconds[n - 1] if seconds else None,
                said=said,
            )
            for n, (level, truth) in enumerate(zip(levels, truths, strict=True), start=1)
        ]
    return Run(
        info=RunInfo(
            grader=grader,
            identity="0123456789abcdef",
            split=split,
            seed=0,
            commit=commit,
            dirty=True,
            bank_hash=bank_hash,
            python="3.11",
            packages={"numpy": "2"},
            started="2026-01-02T03:04:05+00:00",
            seconds=1.5,
        ),
        rows=tuple(rows),
        probes=tuple(probes),
    )


def bank_of_one() -> Bank:
    question = Question(
        id="q1",
        prompt="What is bias?",
        model_answer="Underfitting.",
        points=(Point(id="bias", tier=Tier.CORE, claim="Bias is what a model cannot bend to."),),
    )
    return Bank([question], Taxonomy(topics={}, kinds={}, levels={}, roles={}))
