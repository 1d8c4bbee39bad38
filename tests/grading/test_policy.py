"""From verdicts, or from shares, to a level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.grading import policy
from interviewer.grading.weights import LEVEL, REFERENCE_LEVEL
from interviewer.model import Level, Point, Question, Status, Tier, Verdict

COVERED, PARTIAL, MISSING, CONTRADICTED = Status


def question() -> Question:
    tiers = {"a": Tier.CORE, "b": Tier.CORE, "c": Tier.CORE, "d": Tier.DEPTH, "e": Tier.DEPTH}
    points = tuple(Point(id=name, tier=tier, claim=name) for name, tier in tiers.items())
    return Question(id="q", prompt="p", model_answer="m", points=points)


def verdicts(*states: Status) -> tuple[Verdict, ...]:
    strengths = {COVERED: 0.9, PARTIAL: 0.4, MISSING: 0.1, CONTRADICTED: 0.9}
    return tuple(
        Verdict(point_id=p.id, tier=p.tier, status=state, strength=strengths[state])
        for p, state in zip(question().points, states, strict=True)
    )


@pytest.mark.parametrize(
    ("states", "level"),
    [
        ((COVERED, COVERED, COVERED, COVERED, MISSING), Level.STRONG),
        ((COVERED, COVERED, PARTIAL, COVERED, MISSING), Level.STRONG),
        ((COVERED, PARTIAL, PARTIAL, COVERED, COVERED), Level.OK),
        ((COVERED, COVERED, COVERED, MISSING, MISSING), Level.OK),
        ((COVERED, COVERED, MISSING, COVERED, COVERED), Level.OK),
        ((COVERED, PARTIAL, MISSING, MISSING, MISSING), Level.OK),
        ((COVERED, MISSING, MISSING, COVERED, COVERED), Level.WEAK),
        ((COVERED, COVERED, CONTRADICTED, COVERED, COVERED), Level.WEAK),
        ((COVERED, COVERED, COVERED, COVERED, CONTRADICTED), Level.OK),
        ((MISSING, MISSING, MISSING, MISSING, MISSING), Level.WEAK),
    ],
)
def test_the_rule(states, level):
    assert policy.level(question(), verdicts(*states)) is level


def test_a_cap_holds():
    cap = policy.Cap(Level.WEAK, "a list")
    given = policy.level(question(), verdicts(*[COVERED] * 5), [cap])
    assert given is Level.WEAK


def test_scores_lie_in_the_band_of_their_level():
    low = policy.score(question(), verdicts(*[MISSING] * 5), Level.WEAK)
    high = policy.score(question(), verdicts(*[COVERED] * 5), Level.STRONG)
    assert 0 <= low < 0.4
    assert 0.75 < high <= 1


def test_confidence_is_higher_far_from_a_border():
    sure = policy.confidence(question(), verdicts(*[MISSING] * 5), Level.WEAK)
    torn = policy.confidence(question(), verdicts(*[PARTIAL] * 5), Level.WEAK)
    assert torn < sure <= 1


def one_point(tier: Tier, *, weight: float = 1.0) -> Point:
    return Point(id=f"p{weight:.0f}-{tier}", tier=tier, claim="c", weight=weight)


def of_tier(tier: Tier) -> Question:
    points = (one_point(tier, weight=1.0), one_point(tier, weight=3.0))
    return Question(id="q", prompt="p", model_answer="m", points=points)


def shares_of(*made: float, denied: float = 0.0) -> np.ndarray:
    return np.array([[1.0 - value - denied, value, denied] for value in made])


def named(question: Question, shares: np.ndarray, model: float = 0.0) -> dict[str, float]:
    features = policy.level_features(question, shares, model)
    return dict(zip(policy.LEVEL_FEATURES, features.tolist(), strict=True))


def test_the_level_rests_on_core_depth_and_denial():
    shares = shares_of(0.9, 0.6, 0.3, 0.2, 0.4)
    shares[4] = (0.1, 0.4, 0.5)
    assert named(question(), shares, 0.7) == pytest.approx(
        {"core": 0.6, "weakest": 0.3, "depth": 0.3, "denied": 0.1, "model": 0.7}
    )


@pytest.mark.parametrize("tier", Tier)
def test_one_tier_stands_in_for_the_other(tier):
    found = named(of_tier(tier), shares_of(0.2, 0.6))
    assert found["core"] == found["depth"] == pytest.approx(0.5)
    assert found["weakest"] == pytest.approx(0.2)


def test_a_heavy_core_point_counts_for_more():
    points = (*of_tier(Tier.CORE).points, one_point(Tier.DEPTH))
    asked = question().model_copy(update={"points": points})
    assert named(asked, shares_of(0.0, 0.8, 1.0))["core"] == pytest.approx(0.6)
    assert named(asked, shares_of(0.8, 0.0, 1.0))["core"] == pytest.approx(0.2)


def expected_level(shares: np.ndarray, model: float = 0.5) -> float:
    levels = policy.level_shares(policy.level_features(question(), shares, model), LEVEL)
    return float(levels @ np.arange(3))


parts = st.floats(0.0, 1.0, allow_subnormal=False)
places = st.integers(0, 4)


@st.composite
def point_shares(draw) -> np.ndarray:
    raw = np.array(draw(st.lists(st.tuples(parts, parts, parts), min_size=5, max_size=5))) + 0.01
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("head", [LEVEL, REFERENCE_LEVEL], ids=["bank", "model answer"])
@given(data=st.data())
def test_shares_of_levels_are_probabilities(head, data):
    width = len(head.weights)
    features = np.array(data.draw(st.lists(st.floats(-50, 50), min_size=width, max_size=width)))
    shares = policy.level_shares(features, head)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0.0).all()


@given(shares=point_shares(), row=places, part=parts)
def test_making_a_point_never_lowers_the_level(shares, row, part):
    more = shares.copy()
    moved = part * more[row, 0]
    more[row] += (-moved, moved, 0.0)
    assert expected_level(more) >= expected_level(shares) - 1e-9


@given(shares=point_shares(), row=places, part=parts, source=st.sampled_from([0, 1]))
def test_denying_a_point_never_raises_the_level(shares, row, part, source):
    more = shares.copy()
    moved = part * more[row, source]
    more[row, source] -= moved
    more[row, 2] += moved
    assert expected_level(more) <= expected_level(shares) + 1e-9


@given(shares=point_shares(), low=parts, high=parts)
def test_saying_more_of_the_model_answer_never_lowers_the_level(shares, low, high):
    low, high = sorted((low, high))
    assert expected_level(shares, high) >= expected_level(shares, low) - 1e-9


def test_the_whole_range_of_levels_can_be_reached():
    everything = policy.level_features(question(), shares_of(*[0.97] * 5), 0.9)
    nothing = policy.level_features(question(), shares_of(*[0.03] * 5), 0.1)
    half = policy.level_features(question(), shares_of(0.8, 0.8, 0.5, 0.1, 0.1), 0.4)
    given_ = [
        policy.settle(policy.level_shares(item, LEVEL), ())[0]
        for item in (everything, half, nothing)
    ]
    assert given_ == [Level.STRONG, Level.OK, Level.WEAK]


@pytest.mark.parametrize(
    ("shares", "caps", "level", "score", "sure"),
    [
        ((0.1, 0.2, 0.7), (), Level.STRONG, 0.95, 0.7),
        ((0.1, 0.2, 0.7), (Level.STRONG,), Level.STRONG, 0.95, 0.7),
        ((0.1, 0.2, 0.7), (Level.OK,), Level.OK, 0.68, 0.9),
        ((0.1, 0.2, 0.7), (Level.OK, Level.WEAK), Level.WEAK, 0.32, 1.0),
        ((0.2, 0.5, 0.3), (), Level.OK, 0.593, 0.5),
        ((0.2, 0.5, 0.3), (Level.OK,), Level.OK, 0.593, 0.8),
        ((0.6, 0.3, 0.1), (), Level.WEAK, 0.1, 0.6),
        ((0.6, 0.3, 0.1), (Level.OK,), Level.WEAK, 0.1, 0.6),
    ],
)
def test_the_most_probable_level_within_the_caps(shares, caps, level, score, sure):
    limits = [policy.Cap(cap, "") for cap in caps]
    found = policy.settle(np.array(shares), limits)
    assert found[0] is level
    assert found[1:] == pytest.approx((score, sure))


@given(
    raw=st.tuples(parts, parts, parts).filter(lambda item: sum(item) > 0.01),
    caps=st.lists(st.sampled_from(Level), max_size=3),
)
def test_no_cap_is_passed_and_the_score_stays_in_its_band(raw, caps):
    level, score, sure = policy.settle(
        np.array(raw) / sum(raw), [policy.Cap(cap, "") for cap in caps]
    )
    bands = {Level.WEAK: (0.0, 0.4), Level.OK: (0.4, 0.75), Level.STRONG: (0.75, 1.0)}
    assert all(level.rank <= cap.rank for cap in caps)
    assert bands[level][0] <= score <= bands[level][1]
    assert 0.333 <= sure <= 1.0


@pytest.mark.parametrize(
    ("made", "denied", "status"),
    [
        (policy.MADE, 0.0, COVERED),
        (policy.MADE - 0.01, 0.0, PARTIAL),
        (policy.TOUCHED, 0.0, PARTIAL),
        (policy.TOUCHED - 0.01, 0.0, MISSING),
        (0.0, policy.DENIED, CONTRADICTED),
        (0.0, policy.DENIED - 0.01, MISSING),
        (1.0 - policy.DENIED, policy.DENIED, CONTRADICTED),
    ],
)
def test_the_status_of_a_point_by_its_shares(made, denied, status):
    assert policy.status_of(shares_of(made, denied=denied)[0]) is status
