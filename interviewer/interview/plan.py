"""What a plan amounts to with a given bank: whether it can be held, and how long it is."""

from __future__ import annotations

import difflib

from interviewer.bank import Bank
from interviewer.errors import InterviewError
from interviewer.interview.aim import Aims
from interviewer.interview.pick import in_plan, minutes_for, pick
from interviewer.interview.session import Outcome, Round, Session
from interviewer.model import Plan, Question


def check(plan: Plan, bank: Bank) -> None:
    """Refuse a plan that no interview can be held with.

    Raises:
        InterviewError: A topic is unknown or has no question; the message says
            what to do.
    """
    known = set(bank.taxonomy.topics) | {question.topic for question in bank}
    unknown = [topic for topic in plan.topics if topic not in known]
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, n=1, cutoff=0.5)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        raise InterviewError(
            f"There is no topic '{unknown[0]}'. {hint}Choose from: {', '.join(sorted(known))}."
        )
    filled = {question.topic for question in bank}
    empty = [topic for topic in plan.topics if topic not in filled]
    if empty:
        names = ", ".join(f"'{bank.taxonomy.topic_title(topic)}'" for topic in empty)
        raise InterviewError(
            f"The bank has no question on {names}. Leave it out, or add a question file for it."
        )
    if not any(in_plan(question, plan) for question in bank):
        raise InterviewError("The bank holds no question. Give another bank folder.")


def agenda_size(plan: Plan, bank: Bank, *, seed: int = 0) -> int:
    """How many questions to expect, when each takes the usual time of its kind.

    For the progress display: the interview may hold more or fewer. With the
    session's own seed it counts the questions that session would get.
    """
    return len(agenda(plan, bank, seed=seed))


def agenda(
    plan: Plan, bank: Bank, *, seed: int = 0, aims: Aims | None = None
) -> tuple[Question, ...]:
    """The questions an interview would get, when each takes the usual time of its kind.

    Args:
        plan: What the candidate asked for.
        bank: The questions.
        seed: The session's.
        aims: What the plan's target text asks for, if it was looked at.
    """
    session = Session(id="agenda", seed=seed, plan=plan, created_at=0.0, started_at=0.0)
    asked: list[Question] = []
    now = 0.0
    while question := pick(bank, session, now, aims.fits(session.asked) if aims else None):
        asked.append(question)
        opened = Round(
            question_id=question.id,
            prompt=question.prompt,
            asked_at=now,
            outcome=Outcome.ANSWERED,
        )
        session = session.model_copy(update={"rounds": (*session.rounds, opened)})
        now += minutes_for(question, bank) * 60
    return tuple(asked)
