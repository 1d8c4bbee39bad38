"""Majority and length made from a run's own rows, for when no run of them is given.

Each answer is graded from the labels of the other questions alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from interviewer.evaluation.metrics import LEVELS
from interviewer.evaluation.results import Outcome, Row
from interviewer.model import Level

_Decide = Callable[[Row], Level]


def majority_beside(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows graded with the level most answers to the other questions have."""

    def fit(others: Sequence[Row]) -> _Decide:
        level = Counter(row.truth for row in others).most_common(1)[0][0]
        return lambda _: level

    return _held_out(rows, fit)


def length_beside(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows graded by their number of words.

    Two cuts give the answers to the other questions as many of each level as they have.
    """

    def fit(others: Sequence[Row]) -> _Decide:
        words = sorted(_words(row) for row in others)
        counts = Counter(row.truth for row in others)
        places = (counts[Level.WEAK], counts[Level.WEAK] + counts[Level.OK])
        cuts = [words[place] if place < len(words) else float("inf") for place in places]
        return lambda row: LEVELS[sum(_words(row) >= cut for cut in cuts)]

    return _held_out(rows, fit)


def _words(row: Row) -> int:
    return len(row.answer.split())


def _held_out(rows: Sequence[Row], fit: Callable[[Sequence[Row]], _Decide]) -> tuple[Row, ...]:
    """Rows with new outcomes; none where there is only one question."""
    questions = sorted({row.question for row in rows})
    if len(questions) == 1:
        return ()
    decide = {name: fit([row for row in rows if row.question != name]) for name in questions}
    return tuple(
        row.model_copy(
            update={
                "outcome": Outcome(level=decide[row.question](row), score=0.0, confidence=0.0),
                "ungraded": None,
            }
        )
        for row in rows
    )
