"""The figures of a run by name, each with its interval, for tables, comparisons and the gate.

A figure is a function of sums over units (answers, points, pairs of answers). So
one drawing of questions with replacement gives its 95 % interval, and that of the
difference between two runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interviewer.evaluation.metrics import (
    BINS,
    Interval,
    draws,
    fluent_wrong,
    macro_f1_of,
    qwk_of,
)
from interviewer.evaluation.results import Row
from interviewer.model import Level, Status

Sums = NDArray[np.float64]
Better = Literal["higher", "lower"]
Unit = tuple[str, Sequence[float] | None]
"""Its question, and what it adds to the sums; None: it was not graded."""

_MADE = {Status.COVERED, Status.PARTIAL}


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: As baselines and JSON have it.
        title: As tables have it.
        better: Which way is better.
        units: What it is made from, of the rows of a run.
        of: The figure of the summed units; None where there is none.
    """

    name: str
    title: str
    better: Better
    units: Callable[[Sequence[Row]], Iterable[Unit]]
    of: Callable[[Sums], float | None]


@dataclass(frozen=True)
class Counted:
    """The units of a figure, summed by question.

    Attributes:
        n: Units, graded or not.
        sums: By question, shape (k,); questions that add nothing are left out.
    """

    n: int
    sums: Mapping[str, Sums]


def count(figure: Figure, rows: Sequence[Row]) -> Counted:
    """Sum a figure's units by question."""
    held: dict[str, Sums] = {}
    n = 0
    for question, values in figure.units(rows):
        n += 1
        if values is not None:
            added = np.array(values, dtype=np.float64)
            held[question] = held[question] + added if question in held else added
    return Counted(n, held)


def interval(figure: Figure, rows: Sequence[Row], *, seed: int = 0) -> Interval:
    """A figure with its interval over questions; ``n`` counts its units, graded or not."""
    counted = count(figure, rows)
    if not counted.sums:
        return Interval(value=None, n=counted.n)
    value = figure.of(_total(counted))
    if value is None or len(counted.sums) == 1:
        return Interval(value=rounded(value), n=counted.n)
    drawn = drawn_sums(counted, list(counted.sums), seed=seed)
    found = [again for sums in drawn if (again := figure.of(sums)) is not None]
    low, high = np.percentile(found, [2.5, 97.5])
    return Interval(
        value=rounded(value), low=rounded(float(low)), high=rounded(float(high)), n=counted.n
    )


def figures(rows: Sequence[Row], *, seed: int = 0) -> dict[str, Interval]:
    """Every figure of some rows, by name."""
    return {name: interval(figure, rows, seed=seed) for name, figure in FIGURES.items()}


def value_of(figure: Figure, counted: Counted) -> float | None:
    """A figure without its interval."""
    return figure.of(_total(counted)) if counted.sums else None


def drawn_sums(counted: Counted, questions: Sequence[str], *, seed: int) -> Sums:
    """Sums of questions drawn with replacement, shape (DRAWS, k).

    Args:
        counted: Holds some of the questions; the others add nothing.
        questions: To draw from.
        seed: The same for two runs gives the same drawing.
    """
    width = len(next(iter(counted.sums.values())))
    table = np.array([counted.sums.get(name, np.zeros(width)) for name in questions])
    picked = draws(len(questions), seed=seed)
    times = np.array([np.bincount(row, minlength=len(questions)) for row in picked])
    summed: Sums = times @ table
    return summed


def rounded(value: float | None) -> float | None:
    """To four digits."""
    return None if value is None else round(float(value), 4)


def _total(counted: Counted) -> Sums:
    total: Sums = np.sum(list(counted.sums.values()), axis=0)
    return total


def _share(sums: Sums) -> float | None:
    """Hits, of how many."""
    return float(sums[0] / sums[1]) if sums[1] else None


def _hit(given: bool) -> tuple[float, float]:  # noqa: FBT001 - what is counted
    return float(given), 1.0


def _right(rows: Sequence[Row]) -> Iterable[Unit]:
    for row in rows:
        yield row.question, _hit(row.outcome.level is row.truth) if row.outcome else None


def _cells(rows: Sequence[Row]) -> Iterable[Unit]:
    """The confusion matrix, row by row."""
    for row in rows:
        if row.outcome is None:
            yield row.question, None
            continue
        cells = [0.0] * 9
        cells[row.truth.rank * 3 + row.outcome.level.rank] = 1.0
        yield row.question, cells


def _called_strong(rows: Iterable[Row]) -> Iterable[Unit]:
    for row in rows:
        yield row.question, _hit(row.outcome.level is Level.STRONG) if row.outcome else None


def _points(rows: Sequence[Row]) -> Iterable[Unit]:
    """Whether the verdict on each marked point agrees, partial counting as made."""
    for row in rows:
        for name, mark in row.marks.points.items() if row.marks else ():
            said = row.outcome.points.get(name) if row.outcome else None
            if said is None:
                yield row.question, None
            else:
                yield row.question, _hit((said.status in _MADE) is (mark in _MADE))


def _marked_misconceptions(rows: Sequence[Row]) -> Iterable[Unit]:
    for row in rows:
        for name in row.marks.misconceptions if row.marks else ():
            heard = row.outcome.misconceptions if row.outcome else None
            yield row.question, None if heard is None else _hit(name in heard)


def _false_alarms(rows: Sequence[Row]) -> Iterable[Unit]:
    """Marked answers that say nothing wrong."""
    for row in rows:
        marks = row.marks
        if marks and not marks.misconceptions and Status.CONTRADICTED not in marks.points.values():
            heard = row.outcome.misconceptions if row.outcome else None
            yield row.question, None if heard is None else _hit(bool(heard))


def _ungraded(rows: Sequence[Row]) -> Iterable[Unit]:
    for row in rows:
        yield row.question, _hit(row.outcome is None)


def _twins(rows: Sequence[Row]) -> Iterable[Unit]:
    """Spoken answers whose typed twin is among the rows."""
    by_case = {row.case: row for row in rows}
    for row in rows:
        typed = by_case.get(row.twin or "")
        if typed is None:
            continue
        if typed.outcome is None or row.outcome is None:
            yield row.question, None
        else:
            yield row.question, _hit(typed.outcome.level is not row.outcome.level)


def _confidences(rows: Sequence[Row]) -> Iterable[Unit]:
    """By bin of the reliability curve: answers, sum of confidences, right ones."""
    for row in rows:
        if row.outcome is None:
            yield row.question, None
            continue
        sure = row.outcome.confidence
        sums = [0.0] * (3 * BINS)
        place = min(int(sure * BINS), BINS - 1)
        sums[place] = 1.0
        sums[BINS + place] = sure
        sums[2 * BINS + place] = float(row.outcome.level is row.truth)
        yield row.question, sums


def _calibration_error(sums: Sums) -> float | None:
    number, sure, right = sums.reshape(3, BINS)
    return float(np.abs(sure - right).sum() / number.sum()) if number.any() else None


FIGURES: Mapping[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("accuracy", "Accuracy", "higher", _right, _share),
        Figure("qwk", "QWK", "higher", _cells, lambda sums: qwk_of(sums.reshape(3, 3))),
        Figure(
            "macro_f1", "Macro-F1", "higher", _cells, lambda sums: macro_f1_of(sums.reshape(3, 3))
        ),
        Figure(
            "weak_called_strong",
            "Weak called strong",
            "lower",
            lambda rows: _called_strong(row for row in rows if row.truth is Level.WEAK),
            _share,
        ),
        Figure(
            "fluent_wrong_strong",
            "Fluent-wrong called strong",
            "lower",
            lambda rows: _called_strong(row for row in rows if fluent_wrong(row)),
            _share,
        ),
        Figure("points.agreement", "Point agreement", "higher", _points, _share),
        Figure(
            "misconception_recall", "Misconception recall", "higher", _marked_misconceptions, _share
        ),
        Figure(
            "misconception_false_alarms", "Misconception alarms", "lower", _false_alarms, _share
        ),
        Figure("ece", "ECE", "lower", _confidences, _calibration_error),
        Figure("ungraded_rate", "Ungraded", "lower", _ungraded, _share),
        Figure("twins_differ", "Twins differ", "lower", _twins, _share),
    )
}
"""Every figure by name, those that tables lead with first."""
