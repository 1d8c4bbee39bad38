"""Pick the next question: pure, so the same session picks the same question again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from interviewer.bank import Bank
from interviewer.interview.session import Session
from interviewer.model import Difficulty, Kind, Plan, Question

LONG_MINUTES: Final = {Kind.SYSTEM_DESIGN: 45, Kind.BEHAVIOURAL: 30}
"""From so many minutes on an interview has a question of that kind, if one fits."""

_USUAL_MINUTES: Final = 5
_LEVELS: Final = tuple(Difficulty)

# Costs of a candidate; the cheapest is picked. A topic asked once more costs more than
# anything but leaving the level too often, so that topics are covered first; unless a
# target text asks for the question, which weighs more than its topic and its kind.
_TOPIC_AGAIN: Final = 6.0
_NOT_CORE: Final = 2.0
_CORE_RANK: Final = 0.1
_OFF_LEVEL: Final = 1.2
_OFF_LEVEL_OFTEN: Final = 7.0
_WARM_UP: Final = -0.2
_WANTED_KIND: Final = -5.0
_KIND_AGAIN: Final = 1.5
_TOO_LONG: Final = 5.0
_RELEVANCE: Final = -10.0
_CHANCE: Final = 0.5


class Stop(StrEnum):
    """Why no further question is asked."""

    COMPLETE = "complete"
    """As many as planned were asked, or the bank has no more."""
    TIME = "time"
    """No question fits the time left."""


def pick(
    bank: Bank, session: Session, now: float, relevance: Mapping[str, float] | None = None
) -> Question | None:
    """The next question, or None when there should be none.

    Args:
        bank: Where to pick from.
        session: What was asked so far, and the plan.
        now: Seconds since the epoch.
        relevance: For each question id, 0..1, how well it fits what the target text asks
            for. What fits is asked even if its topic was asked before or is not the role's.
    """
    if why_stop(bank, session, now) is not None:
        return None
    pool = _relaxed(_fitting(bank, session, now), session.plan)
    fits_kinds = {question.kind for question in pool}

    def cost(question: Question) -> float:
        fit = (relevance or {}).get(question.id, 0.0)
        return _cost(question, bank, session, fits_kinds, fit)

    return min(pool, key=lambda question: (cost(question), question.id))


def why_stop(bank: Bank, session: Session, now: float) -> Stop | None:
    """Why there is no next question, or None: there is one."""
    plan = session.plan
    if plan.questions is not None and len(session.rounds) >= plan.questions:
        return Stop.COMPLETE
    if not _left(bank, session):
        return Stop.COMPLETE
    return None if _fitting(bank, session, now) else Stop.TIME


def minutes_for(question: Question, bank: Bank) -> int:
    """Usual minutes for a question and its follow-ups, by its kind."""
    entry = bank.taxonomy.kinds.get(question.kind)
    return entry.minutes if entry else _USUAL_MINUTES


def in_plan(question: Question, plan: Plan) -> bool:
    """Whether the question belongs to the topics asked for."""
    return not plan.topics or question.topic in plan.topics


def _left(bank: Bank, session: Session) -> list[Question]:
    """Questions on the topics of the plan, not asked yet."""
    asked = session.asked
    return [item for item in bank if item.id not in asked and in_plan(item, session.plan)]


def _fitting(bank: Bank, session: Session, now: float) -> list[Question]:
    """Those that fit the time left. The first question is asked whatever the time."""
    left, seconds = _left(bank, session), session.seconds_left(now)
    fitting = [item for item in left if minutes_for(item, bank) * 60 <= seconds]
    if fitting or session.rounds:
        return fitting
    shortest = min((minutes_for(item, bank) for item in left), default=0)
    return [item for item in left if minutes_for(item, bank) == shortest]


def _relaxed(fitting: list[Question], plan: Plan) -> list[Question]:
    """Those for the role and near the level; else the role is relaxed, then the level."""
    pool = [item for item in fitting if _distance(item, plan) <= 1] or fitting
    return [item for item in pool if plan.role in item.roles] or pool


def _distance(question: Question, plan: Plan) -> int:
    return abs(_LEVELS.index(question.level) - _LEVELS.index(plan.level))


def _cost(
    question: Question, bank: Bank, session: Session, fits_kinds: set[Kind], fit: float
) -> float:
    plan = session.plan
    asked = [bank[item.question_id] for item in session.rounds if item.question_id in bank]
    topics = Counter(item.topic for item in asked)
    kinds = Counter(item.kind for item in asked)
    again = _TOPIC_AGAIN * topics[question.topic] * (1 - fit)
    total = _RELEVANCE * fit + again + _topic_cost(question, bank, plan) * (1 - fit)
    total += _level_cost(question, asked, plan)
    if question.kind is _wanted_kind(plan, asked, kinds, fits_kinds):
        total += _WANTED_KIND - again
    elif question.kind is not Kind.CONCEPT:
        total += _KIND_AGAIN * kinds[question.kind]
    if minutes_for(question, bank) * 2 > plan.minutes:
        total += _TOO_LONG
    # Seeded by session and question: no state, and the same again after a restart.
    chance = random.Random(f"{session.seed}:{question.id}").random()  # noqa: S311 - no secret
    return total + _CHANCE * chance


def _topic_cost(question: Question, bank: Bank, plan: Plan) -> float:
    entry = bank.taxonomy.roles.get(plan.role)
    core = entry.core if entry else ()
    if question.topic in core:
        return _CORE_RANK * core.index(question.topic)
    return _NOT_CORE


def _level_cost(question: Question, asked: Sequence[Question], plan: Plan) -> float:
    distance = _distance(question, plan)
    if distance == 0:
        return 0.0
    easier = _LEVELS.index(question.level) < _LEVELS.index(plan.level)
    if not asked and easier and distance == 1:
        return _WARM_UP
    # At most one question in three is off the level while there is a choice.
    off = sum(_distance(item, plan) > 0 for item in asked)
    often = (off + 1) * 3 > len(asked) + 1
    return distance * (_OFF_LEVEL_OFTEN if often else _OFF_LEVEL)


def _wanted_kind(
    plan: Plan, asked: Sequence[Question], kinds: Counter[Kind], fits_kinds: set[Kind]
) -> Kind | None:
    """A longer interview has one design and one behavioural question after the warm-up."""
    if len(asked) < 2:  # noqa: PLR2004 - two to warm up
        return None
    for kind, minutes in LONG_MINUTES.items():
        if plan.minutes >= minutes and kind in fits_kinds and not kinds[kind]:
            return kind
    return None
