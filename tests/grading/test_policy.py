"""From verdicts to a level."""

from __future__ import annotations

import pytest

from interviewer.grading import policy
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
