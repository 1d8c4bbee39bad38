"""From verdicts to a level: the question's rule, its score and its confidence.

Policy v2, where each point comes with the shares of missing, made and contradicted:
an ordinal regression (McCullagh 1980) on how much of the core is made, its weakest
point, how much of the depth, how much is denied and how much of the model answer is
said. No Strong while something wrong stands. Coefficients are in ``weights``.

Policy v1, for verdicts alone. Strong: every core point covered, at least the question's share of
depth points, no misconception left standing. OK: at least half of the core weight
and no core point contradicted. Weak: anything else that can be graded. A partial
point counts half; a strong answer may leave one core point partial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interviewer.model import Level, Point, Question, Status, Tier, Verdict

POLICY = "v2"
BY_VERDICTS = "v1"

COVERED = 0.5
"""Strength from which a point counts as covered."""
PARTIAL = 0.3
"""Strength from which a point counts as partial."""

MADE = 0.6
"""Share from which a point counts as covered."""
TOUCHED = 0.47
"""Share from which it counts as partial."""
DENIED = 0.45
"""Share from which it counts as contradicted."""

LEVEL_FEATURES = ("core", "weakest", "depth", "denied", "model")

_BANDS = {Level.WEAK: (0.0, 0.4), Level.OK: (0.4, 0.75), Level.STRONG: (0.75, 1.0)}
_DRAWS = 256


@dataclass(frozen=True, slots=True)
class Cap:
    """A level an answer cannot exceed, and why."""

    level: Level
    reason: str


@dataclass(frozen=True, slots=True)
class Head:
    """An ordinal regression.

    Attributes:
        weights: One for each feature.
        cuts: Between weak and OK, and between OK and strong.
    """

    weights: tuple[float, ...]
    cuts: tuple[float, float]


def status(strength: float) -> Status:
    """The status of a point that nothing contradicts."""
    if strength >= COVERED:
        return Status.COVERED
    return Status.PARTIAL if strength >= PARTIAL else Status.MISSING


def status_of(shares: np.ndarray) -> Status:
    """The status of a point by its shares of missing, made and contradicted."""
    if shares[2] >= DENIED:
        return Status.CONTRADICTED
    if shares[1] >= MADE:
        return Status.COVERED
    return Status.PARTIAL if shares[1] >= TOUCHED else Status.MISSING


def level_features(question: Question, shares: np.ndarray, model: float) -> np.ndarray:
    """What the level rests on.

    Args:
        question: With points.
        shares: Shape (points, 3), missing, made and contradicted.
        model: How much of the model answer is said, 0..1.

    Returns:
        Shape (len(LEVEL_FEATURES),). Without depth points the core stands in for
        them, and the other way round.
    """
    core = np.array([point.tier is Tier.CORE for point in question.points])
    weights = np.array([point.weight for point in question.points])
    if core.all() or not core.any():
        core_made = depth_made = float(np.average(shares[:, 1], weights=weights))
        weakest = float(shares[:, 1].min())
    else:
        core_made = float(np.average(shares[core, 1], weights=weights[core]))
        depth_made = float(shares[~core, 1].mean())
        weakest = float(shares[core, 1].min())
    return np.array([core_made, weakest, depth_made, float(shares[:, 2].mean()), model])


def level_shares(features: np.ndarray, head: Head) -> np.ndarray:
    """Probabilities of weak, OK and strong, shape (3,), by proportional odds."""
    value = float(features @ np.array(head.weights))
    below = [1.0 / (1.0 + np.exp(-np.clip(cut - value, -30.0, 30.0))) for cut in head.cuts]
    return np.array([below[0], below[1] - below[0], 1.0 - below[1]])


def settle(shares: np.ndarray, caps: Sequence[Cap]) -> tuple[Level, float, float]:
    """Level, score and confidence by the probabilities of the levels.

    Args:
        shares: Shape (3,).
        caps: Upper limits.
    """
    highest = min((cap.level.rank for cap in caps), default=2)
    rank = min(int(np.argmax(shares)), highest)
    given = _by_rank(rank)
    sure = float(shares[rank:].sum() if rank == highest else shares[rank])
    low, high = _BANDS[given]
    expected = float(shares[1] / 2 + shares[2])
    return given, round(low + (high - low) * expected, 3), round(min(1.0, sure), 3)


def level(question: Question, verdicts: Sequence[Verdict], caps: Sequence[Cap] = ()) -> Level:
    """The level by the question's rule.

    Args:
        question: With points.
        verdicts: One for each point.
        caps: Upper limits found elsewhere, such as a keyword list.
    """
    values = np.array([_worth(item.status) for item in verdicts])
    contradicted = np.array([item.status is Status.CONTRADICTED for item in verdicts])
    found = _level(question, values[None, :], contradicted)[0]
    highest = min((cap.level.rank for cap in caps), default=2)
    return _by_rank(min(int(found), highest))


def confidence(question: Question, verdicts: Sequence[Verdict], given: Level) -> float:
    """How often the rule gives this level when each point is drawn by its strength.

    Points are drawn independently; contradicted points stay contradicted.
    """
    strengths = np.array([item.strength for item in verdicts])
    contradicted = np.array([item.status is Status.CONTRADICTED for item in verdicts])
    draws = np.random.default_rng(0).random((_DRAWS, len(verdicts))) < strengths[None, :]
    values = np.where(contradicted[None, :], 0.0, draws.astype(float))
    agree = float((_level(question, values, contradicted) == given.rank).mean())
    return round(0.34 + 0.66 * agree, 3)


def score(question: Question, verdicts: Sequence[Verdict], given: Level) -> float:
    """Position within the level's band, by strength: core 0.7, depth 0.3."""
    core = _mean(question.points, verdicts, Tier.CORE)
    depth = _mean(question.points, verdicts, Tier.DEPTH)
    if core is None or depth is None:
        total = core if core is not None else depth or 0.0
    else:
        total = 0.7 * core + 0.3 * depth
    low, high = _BANDS[given]
    return round(low + (high - low) * min(1.0, max(0.0, total)), 3)


def _worth(state: Status) -> float:
    return {Status.COVERED: 1.0, Status.PARTIAL: 0.5}.get(state, 0.0)


def _by_rank(rank: int) -> Level:
    return (Level.WEAK, Level.OK, Level.STRONG)[rank]


def _level(question: Question, values: np.ndarray, contradicted: np.ndarray) -> np.ndarray:
    """Ranks for rows of point values (0, 0.5 or 1), shape (n,)."""
    core = np.array([point.tier is Tier.CORE for point in question.points])
    weights = np.array([point.weight for point in question.points])
    core_weights = weights * core
    share = (values * core_weights).sum(axis=1) / max(core_weights.sum(), 1e-9)
    depth = ~core
    need = question.depth_share * depth.sum()
    deep = (values * depth).sum(axis=1) + 1e-9 >= need
    missed = (1.0 - values) * core
    nearly = (missed.sum(axis=1) <= 0.5) & (missed.max(axis=1, initial=0.0) <= 0.5)
    wrong_core = bool((contradicted & core).any())
    strong = nearly & deep & (not contradicted.any())
    ok = (share >= 0.5) & (not wrong_core)
    ranks: np.ndarray = np.where(strong, 2, np.where(ok, 1, 0))
    return ranks


def _mean(points: Sequence[Point], verdicts: Sequence[Verdict], tier: Tier) -> float | None:
    pairs = [
        (point.weight, 0.0 if item.status is Status.CONTRADICTED else item.strength)
        for point, item in zip(points, verdicts, strict=True)
        if point.tier is tier
    ]
    if not pairs:
        return None
    return sum(w * s for w, s in pairs) / sum(w for w, _ in pairs)
