"""Public sets of human-graded answers, measured with the question held out.

What is measured is a ``Scorer``: it sees graded answers to some questions and scores
answers to others. Its scores are turned into three levels by two cuts that give
scored train answers, their questions held out too, as many of each level as they have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from interviewer.embedding import Encoder
from interviewer.errors import EvaluationError
from interviewer.evaluation import metrics
from interviewer.evaluation.metrics import Interval, Ranks
from interviewer.evaluation.public_embedded import EmbeddedScorer, Progress
from interviewer.evaluation.public_sets import Item, PublicSet, level_of, public_set
from interviewer.model import Value

FOLDS = 5
INNER_FOLDS = 3

Scores = NDArray[np.float64]

Scorer = Callable[[Sequence[Item], Sequence[Item]], Scores]
"""(train items, test items) -> scores of the test items, 0..1, shape (len(test),)."""


class Result(Value):
    """How one scorer does on one split of one set."""

    set: str
    split: str = Field(description="What was measured, as people read it.")
    scorer: str
    n: int
    questions: int
    pearson: Interval
    rmse: Interval = Field(description="In points of the set's scale: 5 for Mohler, else 1.")
    accuracy: Interval
    qwk: Interval
    macro_f1: Interval
    confusion: tuple[tuple[int, ...], ...] = Field(description="Rows: truth; columns: given.")


@dataclass(frozen=True)
class _Fold:
    train: Sequence[Item]
    test: Sequence[Item]


def evaluate(
    items: Sequence[Item], name: str, scorer: Scorer, scorer_name: str
) -> tuple[Result, ...]:
    """Measure a scorer on a set: one result a measured split.

    Raises:
        EvaluationError: A split of the protocol has no answers, there are too few
            questions to hold any out, or the scorer returns no usable scores.
    """
    known = public_set(name)
    results = []
    for split, folds in _protocol(items, known):
        test = [item for fold in folds for item in fold.test]
        scores, levels = [], []
        for fold in folds:
            given = _score(scorer, scorer_name, fold)
            low, high = _cuts(scorer, scorer_name, fold.train)
            scores.append(given)
            levels.append((given >= low).astype(np.int64) + (given >= high).astype(np.int64))
        results.append(
            _measure(
                known, split, scorer_name, test, np.concatenate(scores), np.concatenate(levels)
            )
        )
    return tuple(results)


def raters_agree(items: Sequence[Item], name: str) -> Result | None:
    """The second rater measured against the first; None where a set has no two raters."""
    known = public_set(name)
    rated = [item for item in items if item.raters]
    if not rated:
        return None
    first = [
        item.model_copy(update={"score": item.raters[0], "level": level_of(item.raters[0])})
        for item in rated
    ]
    second = np.array([item.raters[1] for item in rated])
    levels = np.array([level_of(score) for score in second], dtype=np.int64)
    return _measure(known, "all answers", "second rater", first, second, levels)


def _protocol(items: Sequence[Item], known: PublicSet) -> Iterator[tuple[str, list[_Fold]]]:
    """Each measured split with its folds; no question is in both halves of a fold."""
    if known.train is None:
        yield f"questions held out, {FOLDS} folds", _folds(items, FOLDS)
        return
    for split in known.tests:
        test = [item for item in items if item.split == split]
        asked = {item.question_id for item in test}
        train = [
            item for item in items if item.split == known.train and item.question_id not in asked
        ]
        if not train or not test:
            raise EvaluationError(
                f"{known.title}: the split '{split if train else known.train}' has no answers."
            )
        yield split, [_Fold(train, test)]


def _folds(items: Sequence[Item], folds: int) -> list[_Fold]:
    from sklearn.model_selection import GroupKFold

    groups = [item.question_id for item in items]
    folds = min(folds, len(set(groups)))
    if folds < 2:  # noqa: PLR2004 - one to fit on, one to measure
        raise EvaluationError("There must be answers to two questions at least to hold one out.")
    return [
        _Fold([items[i] for i in train], [items[i] for i in test])
        for train, test in GroupKFold(folds).split(groups, groups=groups)
    ]


def _score(scorer: Scorer, name: str, fold: _Fold) -> Scores:
    given = np.asarray(scorer(fold.train, fold.test), dtype=np.float64)
    if given.shape != (len(fold.test),) or not np.isfinite(given).all():
        raise EvaluationError(
            f"The scorer '{name}' must give one finite score an answer: "
            f"{len(fold.test)} wanted, shape {given.shape} given."
        )
    return given


def _cuts(scorer: Scorer, name: str, train: Sequence[Item]) -> tuple[float, float]:
    """Two scores that give held-out train answers as many of each level as they have."""
    inner = _folds(train, INNER_FOLDS)
    scores = np.sort(np.concatenate([_score(scorer, name, fold) for fold in inner]))
    counts = Counter(item.level for item in train)
    return _cut(scores, counts[0]), _cut(scores, counts[0] + counts[1])


def _cut(scores: Scores, place: int) -> float:
    """Halfway between the scores on both sides of a place."""
    if place == 0:
        return float("-inf")
    if place == len(scores):
        return float("inf")
    return float(scores[place - 1] + scores[place]) / 2


def _measure(
    known: PublicSet, split: str, scorer: str, items: Sequence[Item], given: Scores, levels: Ranks
) -> Result:
    score = np.array([item.score for item in items])
    truth = np.array([item.level for item in items], dtype=np.int64)
    asked = [item.question_id for item in items]
    places = np.arange(len(items), dtype=np.int64)

    def of_scores(metric: Callable[[Scores, Scores], float | None]) -> Interval:
        return metrics.bootstrap(
            lambda picked, _: metric(score[picked], given[picked]), places, places, asked
        )

    return Result(
        set=known.name,
        split=split,
        scorer=scorer,
        n=len(items),
        questions=len(set(asked)),
        pearson=of_scores(pearson),
        rmse=of_scores(lambda a, b: known.points * rmse(a, b)),
        accuracy=metrics.bootstrap(metrics.accuracy, truth, levels, asked),
        qwk=metrics.bootstrap(metrics.qwk, truth, levels, asked),
        macro_f1=metrics.bootstrap(metrics.macro_f1, truth, levels, asked),
        confusion=tuple(tuple(int(v) for v in row) for row in metrics.confusion(truth, levels)),
    )


def pearson(first: Scores, second: Scores) -> float | None:
    """Pearson's r; None where one side does not vary."""
    if len(first) == 0 or not np.ptp(first) or not np.ptp(second):
        return None
    return float(np.corrcoef(first, second)[0, 1])


def rmse(first: Scores, second: Scores) -> float:
    """Root mean squared error of at least one pair."""
    return float(np.sqrt(np.mean((first - second) ** 2)))


def regressed(feature: Callable[[Sequence[Item]], Scores]) -> Scorer:
    """A scorer that fits a straight line from one number to the score.

    Args:
        feature: The number of each item, shape (n,); larger is better.
    """

    def score(train: Sequence[Item], test: Sequence[Item]) -> Scores:
        known, wanted = feature(train), np.array([item.score for item in train])
        if not np.ptp(known):
            return np.full(len(test), wanted.mean())
        slope, base = np.polyfit(known, wanted, 1)
        scores: Scores = np.clip(slope * feature(test) + base, 0.0, 1.0)
        return scores

    return score


def length_scorer(encoder: Encoder, progress: Progress) -> Scorer:  # noqa: ARG001 - as all are made
    """Answer length alone: the logarithm of the number of words."""
    return regressed(
        lambda items: np.log1p(np.array([len(item.answer.split()) for item in items], float))
    )


def cosine_scorer(encoder: Encoder, progress: Progress) -> Scorer:  # noqa: ARG001 - as all are made
    """The largest cosine of the answer with a reference."""
    kept: dict[str, NDArray[np.float32]] = {}

    def feature(items: Sequence[Item]) -> Scores:
        texts = {text for item in items for text in (item.answer, *item.references)}
        new = sorted(texts - kept.keys())
        kept.update(zip(new, encoder.encode(new), strict=True))
        return np.array(
            [
                max(float(kept[item.answer] @ kept[text]) for text in item.references)
                for item in items
            ]
        )

    return regressed(feature)


SCORERS: Mapping[str, Callable[[Encoder, Progress], Scorer]] = {
    "length": length_scorer,
    "cosine": cosine_scorer,
    "embedded": EmbeddedScorer,
}
"""How to make each scorer; a new one is a function and a line here."""


def make_scorer(
    name: str, encoder: Encoder, progress: Progress = lambda _done, _of: None
) -> Scorer:
    """The scorer of that name.

    Args:
        name: A key of ``SCORERS``.
        encoder: What scorers compare texts with.
        progress: Told how far a slow scorer is with measuring answers.

    Raises:
        EvaluationError: There is none.
    """
    if name not in SCORERS:
        raise EvaluationError(f"There is no scorer '{name}'. Known: {', '.join(SCORERS)}.")
    return SCORERS[name](encoder, progress)
