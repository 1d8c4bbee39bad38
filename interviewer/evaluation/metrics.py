"""Metrics of a run. An average of nothing is None, never zero.

Levels are ranks 0 (weak), 1 (OK), 2 (strong). Intervals are percentile bootstraps
over questions, not answers: answers to one question are not independent
(Cameron & Miller 2015). Quadratic weighted kappa is Cohen's of 1968; expected
calibration error is that of Naeini et al. 2015, ten bins of equal width.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from interviewer.evaluation.results import Outcome, Row
from interviewer.model import Level, Status, Value

LEVELS = (Level.WEAK, Level.OK, Level.STRONG)
DRAWS = 1_000
BINS = 10

Ranks = NDArray[np.int64]


class Interval(Value):
    """A figure with its 95 % interval over questions."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = Field(ge=0, description="Rows it rests on.")


class Bin(Value):
    """One bin of the reliability curve."""

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


class PointScores(Value):
    """How verdicts on points agree with the marks."""

    n: int = Field(description="Points compared.")
    agreement: float | None = Field(description="Made or not made, partial counting as made.")
    precision: float | None
    recall: float | None
    contradicted_recall: float | None


class LevelScores(Value):
    """How one level is told from the others."""

    level: Level
    n: int = Field(ge=0, description="Graded answers that are of this level.")
    precision: float | None = Field(description="None: it was never given.")
    recall: float | None = Field(description="None: no answer is of this level.")
    f1: float | None = Field(description="None: neither.")


class Summary(Value):
    """Everything measured on some rows."""

    n: int
    graded: int
    ungraded_rate: float | None
    accuracy: Interval
    qwk: Interval
    macro_f1: Interval
    weak_called_strong: Interval
    fluent_wrong_strong: Interval = Field(description="Fluent but wrong answers called strong.")
    levels: tuple[LevelScores, ...] = Field(description="Weak, OK, strong.")
    confusion: tuple[tuple[int, ...], ...] = Field(description="Rows: truth; columns: given.")
    points: PointScores
    misconception_recall: float | None
    misconception_false_alarms: float | None = Field(
        description="Share of marked answers without any in which one was heard."
    )
    ece: float | None
    reliability: tuple[Bin, ...]
    seconds_median: float | None
    tokens_mean: float | None


def confusion(truth: Ranks, given: Ranks) -> NDArray[np.int64]:
    """Counts, shape (3, 3): rows truth, columns given."""
    return np.bincount(truth * 3 + given, minlength=9).reshape(3, 3).astype(np.int64)


def accuracy(truth: Ranks, given: Ranks) -> float | None:
    """Share of levels that are right."""
    return float((truth == given).mean()) if len(truth) else None


def qwk(truth: Ranks, given: Ranks) -> float | None:
    """Quadratic weighted kappa; None where chance agreement is already whole."""
    return qwk_of(confusion(truth, given))


def qwk_of(table: NDArray[np.int64] | NDArray[np.float64]) -> float | None:
    """Quadratic weighted kappa of a confusion matrix, shape (3, 3)."""
    total = float(table.sum())
    if not total:
        return None
    cost = (np.arange(3)[:, None] - np.arange(3)[None, :]) ** 2 / 4.0
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    expected = float((cost * chance).sum())
    return 1.0 - float((cost * table).sum()) / expected if expected else None


def macro_f1(truth: Ranks, given: Ranks) -> float | None:
    """Mean F1 over the levels that occur in truth or were given."""
    return macro_f1_of(confusion(truth, given))


def macro_f1_of(table: NDArray[np.int64] | NDArray[np.float64]) -> float | None:
    """Mean F1 of a confusion matrix, shape (3, 3), over the levels that occur in it."""
    scores = [
        2.0 * float(table[level, level]) / occurs
        for level in range(3)
        if (occurs := float(table[:, level].sum() + table[level].sum()))
    ]
    return float(np.mean(scores)) if scores else None


def per_level(table: NDArray[np.int64]) -> tuple[LevelScores, ...]:
    """Precision, recall and F1 of each level, from a confusion matrix, shape (3, 3)."""
    scores = []
    for level in LEVELS:
        hit = int(table[level.rank, level.rank])
        real, said = int(table[level.rank].sum()), int(table[:, level.rank].sum())
        scores.append(
            LevelScores(
                level=level,
                n=real,
                precision=_round(hit / said) if said else None,
                recall=_round(hit / real) if real else None,
                f1=_round(2 * hit / (said + real)) if said + real else None,
            )
        )
    return tuple(scores)


def weak_called_strong(truth: Ranks, given: Ranks) -> float | None:
    """Share of weak answers called strong."""
    weak = truth == Level.WEAK.rank
    return float((given[weak] == Level.STRONG.rank).mean()) if weak.any() else None


Metric = Callable[[Ranks, Ranks], float | None]


def draws(groups: int, *, seed: int = 0) -> Ranks:
    """Groups drawn with replacement: places, shape (DRAWS, groups)."""
    return np.random.default_rng(seed).integers(0, groups, (DRAWS, groups))


def bootstrap(
    metric: Metric, truth: Ranks, given: Ranks, groups: Sequence[str], *, seed: int = 0
) -> Interval:
    """A metric with its interval, questions drawn with replacement.

    Args:
        metric: Of ranks.
        truth: Shape (n,).
        given: Shape (n,).
        groups: The question of each row, n of them.
        seed: Of the draws.
    """
    value = metric(truth, given)
    members: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    if value is None or len(members) == 1:
        return Interval(value=_round(value), n=len(truth))
    rows = [np.array(item) for item in members.values()]
    drawn = []
    for draw in draws(len(rows), seed=seed):
        picked = np.concatenate([rows[i] for i in draw])
        found = metric(truth[picked], given[picked])
        if found is not None:
            drawn.append(found)
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn else (None, None)
    return Interval(value=_round(value), low=_round(low), high=_round(high), n=len(truth))


def ranks_of(rows: Sequence[Row]) -> tuple[Ranks, Ranks, list[str]]:
    """Truth, given level and question of each graded row."""
    graded = [(row, row.outcome) for row in rows if row.outcome is not None]
    truth = np.array([row.truth.rank for row, _ in graded], dtype=np.int64)
    given = np.array([outcome.level.rank for _, outcome in graded], dtype=np.int64)
    return truth, given, [row.question for row, _ in graded]


def summarise(rows: Sequence[Row], *, seed: int = 0) -> Summary:
    """Every metric of some rows."""
    truth, given, groups = ranks_of(rows)
    recall, alarms = misconceptions(rows)
    error, bins = calibration(rows)
    seconds = [row.seconds for row in rows]  # of a cached grade: when it was made
    weak = truth == Level.WEAK.rank
    of_weak = [group for group, keep in zip(groups, weak, strict=True) if keep]
    table = confusion(truth, given)
    return Summary(
        n=len(rows),
        graded=len(truth),
        ungraded_rate=_round(1 - len(truth) / len(rows)) if rows else None,
        accuracy=bootstrap(accuracy, truth, given, groups, seed=seed),
        qwk=bootstrap(qwk, truth, given, groups, seed=seed),
        macro_f1=bootstrap(macro_f1, truth, given, groups, seed=seed),
        weak_called_strong=bootstrap(
            weak_called_strong, truth[weak], given[weak], of_weak, seed=seed
        ),
        fluent_wrong_strong=fluent_wrong_strong(rows, seed=seed),
        levels=per_level(table),
        confusion=tuple(tuple(int(v) for v in row) for row in table),
        points=points(rows),
        misconception_recall=recall,
        misconception_false_alarms=alarms,
        ece=error,
        reliability=bins,
        seconds_median=float(np.median(seconds)) if seconds else None,
        tokens_mean=float(np.mean([row.tokens for row in rows])) if rows else None,
    )


def human_ceiling(rows: Sequence[Row], *, seed: int = 0) -> Summary:
    """How the second labeller agrees with the author: the ceiling of agreement."""
    found = summarise(second_labels(rows), seed=seed)
    # A labeller states no confidence and takes no measured time.
    return found.model_copy(update={"ece": None, "reliability": (), "seconds_median": None})


def second_labels(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that have a second label, as though that labeller were the grader."""
    return tuple(
        row.model_copy(
            update={
                "truth": row.author,
                "outcome": Outcome(level=row.second, score=0.0, confidence=0.0),
                "ungraded": None,
                "marks": None,
            }
        )
        for row in rows
        if row.second is not None
    )


def points(rows: Sequence[Row]) -> PointScores:
    """Verdicts on points against the marks: a point is made when covered or partial."""
    pairs = [
        (row.marks.points[key], said.status)
        for row in rows
        if row.outcome is not None and row.marks is not None
        for key, said in row.outcome.points.items()
        if key in row.marks.points
    ]
    made = {Status.COVERED, Status.PARTIAL}
    truth = np.array([mark in made for mark, _ in pairs], dtype=bool)
    given = np.array([status in made for _, status in pairs], dtype=bool)
    wrong = [status is Status.CONTRADICTED for mark, status in pairs if _wrong(mark)]
    return PointScores(
        n=len(pairs),
        agreement=_mean(truth == given),
        precision=_mean(truth[given]),
        recall=_mean(given[truth]),
        contradicted_recall=_mean(wrong),
    )


def _wrong(mark: Status) -> bool:
    return mark is Status.CONTRADICTED


def misconceptions(rows: Sequence[Row]) -> tuple[float | None, float | None]:
    """Recall of marked misconceptions, and false alarms on marked answers without any."""
    found: list[bool] = []
    alarms: list[bool] = []
    for row in rows:
        if row.outcome is None or row.marks is None:
            continue
        heard = row.outcome.misconceptions
        found.extend(name in heard for name in row.marks.misconceptions)
        if not row.marks.misconceptions and Status.CONTRADICTED not in row.marks.points.values():
            alarms.append(bool(heard))
    return _mean(found), _mean(alarms)


def calibration(rows: Sequence[Row]) -> tuple[float | None, tuple[Bin, ...]]:
    """Expected calibration error of the confidence in the level, and its bins."""
    graded = [(row.outcome, row.truth) for row in rows if row.outcome is not None]
    sure = np.array([outcome.confidence for outcome, _ in graded])
    right = np.array([outcome.level is truth for outcome, truth in graded], dtype=bool)
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for index in range(BINS):
        here = place == index
        count = int(here.sum())
        said = float(sure[here].mean()) if count else None
        held = float(right[here].mean()) if count else None
        if said is not None and held is not None:
            error += count / len(graded) * abs(said - held)
        bins.append(
            Bin(
                low=index / BINS,
                high=(index + 1) / BINS,
                n=count,
                confidence=_round(said),
                accuracy=_round(held),
            )
        )
    return (_round(error) if graded else None), tuple(bins)


def groups(rows: Sequence[Row], by: Callable[[Row], str]) -> Mapping[str, tuple[Row, ...]]:
    """Rows by some property, in the order of its names."""
    held: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        held[by(row)].append(row)
    return {name: tuple(held[name]) for name in sorted(held)}


def twins_differ(rows: Sequence[Row]) -> Interval:
    """Share of typed and spoken versions of one answer that got different levels."""
    by_case = {row.case: row for row in rows}
    differ, names = [], []
    for row in rows:
        typed = by_case.get(row.twin or "")
        if typed is None or typed.outcome is None or row.outcome is None:
            continue
        differ.append(int(typed.outcome.level is not row.outcome.level))
        names.append(row.question)
    values = np.array(differ, dtype=np.int64)
    return bootstrap(lambda _, v: float(v.mean()) if len(v) else None, values, values, names)


def fluent_wrong(row: Row) -> bool:
    """Whether the answer was written to be fluent and wrong, a follow-up's included."""
    return row.style.removeprefix("follow-up-") == "fluent-wrong"


def fluent_wrong_strong(rows: Sequence[Row], *, seed: int = 0) -> Interval:
    """Share of fluent but wrong answers that were called strong."""
    truth, given, groups = ranks_of([row for row in rows if fluent_wrong(row)])

    def called(_: Ranks, given: Ranks) -> float | None:
        return float((given == Level.STRONG.rank).mean()) if len(given) else None

    return bootstrap(called, truth, given, groups, seed=seed)


def _mean(values: Sequence[bool] | NDArray[np.bool_]) -> float | None:
    return _round(float(np.mean(values))) if len(values) else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
