"""Two runs on the same cases, side by side: what differs, how surely, and on which answers.

Differences have 95 % intervals from a paired bootstrap: questions are drawn once
for both runs. Accuracy has McNemar's exact test besides (McNemar 1947; the
binomial form of Fagerland et al. 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Literal

import numpy as np
from pydantic import Field

from interviewer.errors import EvaluationError
from interviewer.evaluation.figures import (
    FIGURES,
    Better,
    Figure,
    count,
    drawn_sums,
    rounded,
    value_of,
)
from interviewer.evaluation.results import Row, Run
from interviewer.model import Level, Value

_EXCERPT = 160
"""Characters of an answer that are shown."""

Effect = Literal["better", "worse", "other"]


class Difference(Value):
    """One figure of both runs."""

    name: str
    title: str
    better: Better
    first: float | None
    second: float | None
    difference: float | None = Field(description="Second less first; None: one has none.")
    low: float | None = Field(default=None, description="Of the difference, 95 %.")
    high: float | None = None


class McNemar(Value):
    """The exact test that both graders are right equally often."""

    only_first: int = Field(ge=0, description="Answers that only the first got right.")
    only_second: int = Field(ge=0, description="Answers that only the second got right.")
    p: float | None = Field(description="Two-sided; None: they never disagree on being right.")


class Change(Value):
    """An answer whose level changed; a level of None was not graded."""

    case: str
    style: str
    truth: Level
    first: Level | None
    second: Level | None
    effect: Effect = Field(description="Nearer to the truth, further from it, or neither.")
    answer: str = Field(description="Its beginning.")


class Comparison(Value):
    """The second run against the first."""

    first: str = Field(description="Grader.")
    second: str
    split: str
    n: int = Field(description="Cases compared.")
    questions: int
    left_out: int = Field(description="Cases that are not the same in both.")
    differences: tuple[Difference, ...]
    mcnemar: McNemar
    changes: tuple[Change, ...] = Field(description="Worse first, then better, then others.")


def compare(first: Run, second: Run, *, common: bool = False, seed: int = 0) -> Comparison:
    """Compare two runs on the same cases.

    Args:
        first: The one that was.
        second: The one that is.
        common: Leave out cases that are not the same in both, instead of refusing.
        seed: Of the drawing of questions.

    Raises:
        EvaluationError: The cases differ, or none is common.
    """
    ones, others, left_out = _paired(first, second, common=common)
    split = first.info.split
    if second.info.split != split:
        split = f"{split} and {second.info.split}"
    return Comparison(
        first=first.info.grader,
        second=second.info.grader,
        split=split,
        n=len(ones),
        questions=len({row.question for row in ones}),
        left_out=left_out,
        differences=tuple(
            difference(figure, ones, others, seed=seed) for figure in FIGURES.values()
        ),
        mcnemar=mcnemar(ones, others),
        changes=_changes(ones, others),
    )


def _paired(first: Run, second: Run, *, common: bool) -> tuple[list[Row], list[Row], int]:
    """The rows of the cases that are the same in both, in the first's order."""
    ones, others = ({row.case: row for row in run.rows} for run in (first, second))
    shared = [case for case in ones if case in others]
    same = [case for case in shared if _subject(ones[case]) == _subject(others[case])]
    left_out = len(ones.keys() | others.keys()) - len(same)
    if left_out and not common:
        counts = {
            "only in the first": len(ones) - len(shared),
            "only in the second": len(others) - len(shared),
            "with another answer, label or mark": len(shared) - len(same),
        }
        told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
        raise EvaluationError(
            f"The runs are on different cases: {told}. Make both again on the same cases, "
            "or compare those that are the same with --common."
        )
    if not same:
        raise EvaluationError("The runs have no case in common, so there is nothing to compare.")
    return [ones[case] for case in same], [others[case] for case in same], left_out


def _subject(row: Row) -> dict[str, object]:
    """What was graded and against which truth: all but what the grader did."""
    grader_did = {"outcome", "ungraded", "seconds", "tokens", "cached"}
    # Where a question is filed may change between two versions of a bank.
    filed = {"topic", "kind", "difficulty"}
    return row.model_dump(exclude=grader_did | filed)


def difference(
    figure: Figure, first: Sequence[Row], second: Sequence[Row], *, seed: int = 0
) -> Difference:
    """One figure of two runs on the same cases, with the interval of its difference."""
    one, other = count(figure, first), count(figure, second)
    values = value_of(figure, one), value_of(figure, other)
    found = Difference(
        name=figure.name,
        title=figure.title,
        better=figure.better,
        first=rounded(values[0]),
        second=rounded(values[1]),
        difference=None,
    )
    if values[0] is None or values[1] is None:
        return found
    changed = {"difference": rounded(values[1] - values[0])}
    questions = sorted({*one.sums, *other.sums})
    if len(questions) > 1:
        drawn = zip(
            drawn_sums(one, questions, seed=seed),
            drawn_sums(other, questions, seed=seed),
            strict=True,
        )
        gains = [
            after - before
            for sums, others in drawn
            if (before := figure.of(sums)) is not None and (after := figure.of(others)) is not None
        ]
        low, high = np.percentile(gains, [2.5, 97.5])
        changed |= {"low": rounded(float(low)), "high": rounded(float(high))}
    return found.model_copy(update=changed)


def mcnemar(first: Sequence[Row], second: Sequence[Row]) -> McNemar:
    """McNemar's exact test on the answers that both graded."""
    right = [
        (one.outcome.level is one.truth, other.outcome.level is other.truth)
        for one, other in zip(first, second, strict=True)
        if one.outcome is not None and other.outcome is not None
    ]
    only_first = sum(one and not other for one, other in right)
    only_second = sum(other and not one for one, other in right)
    n = only_first + only_second
    tail = sum(comb(n, k) for k in range(min(only_first, only_second) + 1))
    p = min(1.0, 2 * tail / 2**n) if n else None
    return McNemar(only_first=only_first, only_second=only_second, p=p)


def _changes(first: Sequence[Row], second: Sequence[Row]) -> tuple[Change, ...]:
    changes = []
    for one, other in zip(first, second, strict=True):
        before = one.outcome.level if one.outcome else None
        after = other.outcome.level if other.outcome else None
        if before is after:
            continue
        changes.append(
            Change(
                case=one.case,
                style=one.style,
                truth=one.truth,
                first=before,
                second=after,
                effect=_effect(one.truth, before, after),
                answer=excerpt(one.answer),
            )
        )
    order: tuple[Effect, ...] = ("worse", "better", "other")
    return tuple(sorted(changes, key=lambda change: order.index(change.effect)))


def _effect(truth: Level, before: Level | None, after: Level | None) -> Effect:
    if before is None or after is None:
        return "other"
    nearer = abs(before.rank - truth.rank) - abs(after.rank - truth.rank)
    return "better" if nearer > 0 else "worse" if nearer < 0 else "other"


def excerpt(text: str, length: int = _EXCERPT) -> str:
    """The beginning of a text on one line, at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
