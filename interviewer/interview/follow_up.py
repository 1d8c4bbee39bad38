"""Choose the follow-up that probes what was missing, or none: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from interviewer.interview.session import Round, Session
from interviewer.model import FollowUp, Grade, Kind, Level, Point, Question, Status, Tier, Ungraded

BUDGET: Final = 2
"""Follow-ups to a question."""
DESIGN_BUDGET: Final = 6
"""Follow-ups to a system-design question: its stages, then what pushes on it."""
LITTLE_SECONDS: Final = 180.0
"""With less time left than this, one follow-up is enough."""

SaysTheSame = Callable[[str, Sequence[str]], bool]
"""Whether a text says the same as one of the others."""

_GAP: Final = {Status.CONTRADICTED: 1.2, Status.MISSING: 1.0, Status.PARTIAL: 0.6}
_CORE: Final = 10.0
"""One core point is worth more than every depth point together."""


def choose(
    question: Question, session: Session, now: float, says_the_same: SaysTheSame
) -> FollowUp | None:
    """The follow-up to ask in the open round, or None to close it.

    Args:
        question: The question of the open round.
        session: Where the interview stands; the answer so far is graded.
        now: Seconds since the epoch.
        says_the_same: Guard against asking what was asked before, in other words.
    """
    item = session.current
    if item is None or not isinstance(item.unaided, Grade) or not may_probe(question, session, now):
        return None
    asked_ids = {probe.follow_up for probe in item.probes}
    if (stage := _next_stage(question, item)) is not None:
        return stage
    addressed = {
        point
        for follow_up in question.follow_ups
        if follow_up.id in asked_ids
        for point in follow_up.probes
    }
    scored = [
        (_value(follow_up, question, item.unaided, addressed), -order, follow_up)
        for order, follow_up in enumerate(question.follow_ups)
        if follow_up.id not in asked_ids
    ]
    asked = [text for each in session.rounds for text in (each.prompt, *_asks(each))]
    for value, _, follow_up in sorted(scored, key=lambda entry: entry[:2], reverse=True):
        if value > 0 and not says_the_same(follow_up.ask, asked):
            return follow_up
    return None


def may_probe(question: Question, session: Session, now: float) -> bool:
    """Whether there is time and sense in another follow-up."""
    item = session.current
    if item is None or not isinstance(item.unaided, Grade):
        return False
    if len(item.probes) >= _budget(question, session, now):
        return False
    return _next_stage(question, item) is not None or not _enough(item)


def _next_stage(question: Question, item: Round) -> FollowUp | None:
    """The stage of a design to move on to: the first that the answer has not gone through."""
    if not isinstance(item.unaided, Grade):
        return None
    asked = {probe.follow_up for probe in item.probes}
    for follow_up in question.follow_ups:
        if follow_up.stage is None or follow_up.id in asked:
            continue
        verdicts = [item.unaided.verdict(point) for point in follow_up.probes]
        if not verdicts or any(
            verdict is None or verdict.status is not Status.COVERED for verdict in verdicts
        ):
            return follow_up
    return None


def unprobed(question: Question, item: Round) -> Point | None:
    """The first missed core point that no follow-up of the bank probes, and none asked has."""
    probed = {point for follow_up in question.follow_ups for point in follow_up.probes}
    probed |= {point for probe in item.probes if probe.composed for point in probe.composed.probes}
    if not isinstance(item.unaided, Grade):
        return None
    for point in question.points:
        verdict = item.unaided.verdict(point.id)
        missed = verdict is not None and verdict.status in {Status.MISSING, Status.CONTRADICTED}
        if point.tier is Tier.CORE and missed and point.id not in probed:
            return point
    return None


def _asks(item: Round) -> tuple[str, ...]:
    return tuple(probe.ask for probe in item.probes)


def _budget(question: Question, session: Session, now: float) -> int:
    left = session.seconds_left(now)
    if left <= 0:
        return 0
    if left < LITTLE_SECONDS:
        return 1
    return DESIGN_BUDGET if question.kind is Kind.SYSTEM_DESIGN else BUDGET


def _enough(item: Round) -> bool:
    """Probing no further helps: no grade came, or two weak answers in a row."""
    grades = [probe.grade for probe in item.probes]
    if grades and (grades[-1] is None or isinstance(grades[-1], Ungraded)):
        return True
    weak = [isinstance(grade, Grade) and grade.level is Level.WEAK for grade in grades]
    return weak[-2:] == [True, True]


def _value(follow_up: FollowUp, question: Question, grade: Grade, addressed: set[str]) -> float:
    """How much of what is missing a follow-up probes; zero: do not ask it."""
    if not follow_up.probes:
        # It extends the question: for those who have said the rest, or pushes on a design.
        enough = Level.OK if question.kind is Kind.SYSTEM_DESIGN else Level.STRONG
        return 0.01 if grade.level.rank >= enough.rank else 0.0
    total = 0.0
    for point_id in follow_up.probes:
        verdict, point = grade.verdict(point_id), question.point(point_id)
        if verdict is None or point is None or point_id in addressed:
            continue
        gap = _GAP.get(verdict.status, 0.0) * point.weight
        total += gap * (_CORE if point.tier is Tier.CORE else 1.0)
    return total
