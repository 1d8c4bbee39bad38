"""Behavioural questions of a model's own, about what stands in a résumé or a job description.

The model proposes; what it proposes is asked only when it can be checked: it quotes the
text, it is one question, it asks for nothing private, and it can be graded by points.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from interviewer.grading.quotes import count_words, find
from interviewer.grading.words import stems_of
from interviewer.interview.guard import Guard
from interviewer.llm import LanguageModel, Message
from interviewer.model import Kind, Plan, Point, Question, Span, Tier, Usage
from interviewer.prompting import Prompts, neutral

MAX_QUESTIONS: Final = 2
PREFIX: Final = "composed-"
"""The id of a composed question is this and its number."""
TOPIC: Final = "behavioral"

_QUOTE_WORDS: Final = range(2, 31)
_PROMPT_WORDS: Final = range(6, 61)
_ANSWER_WORDS: Final = range(15, 301)
_CLAIM_WORDS: Final = range(3, 36)
_POINTS: Final = range(3, 6)
_SHARED_WORDS: Final = 2
_TITLE: Final = 60

_PRIVATE: Final = re.compile(
    r"\b(?:how old|your age|date of birth|born|married|marital|husband|wife|spouse|children|kids"
    r"|pregnan\w*|maternity|paternity|parental leave|religio\w*|faith|church|mosque|synagogue"
    r"|ethnic\w*|race|skin colou?r|nationality|citizenship|native country|disabilit\w*|illness"
    r"|your health|sick leave|gender|sexual\w*|politic\w*|trade union|union member\w*|salary)\b",
    re.IGNORECASE,
)


class DraftPoint(BaseModel):
    """A point as the model wrote it."""

    model_config = ConfigDict(frozen=True)

    claim: str = Field(description="One statement that can be told from the answer alone.")
    tier: str = Field(description="core or depth")


class Draft(BaseModel):
    """A question as the model wrote it; checked only when it is read."""

    model_config = ConfigDict(frozen=True)

    quote: str = Field(description="Words of the text, copied exactly.")
    prompt: str = Field(description="What the interviewer says.")
    model_answer: str = Field(description="How a good story would go.")
    points: tuple[DraftPoint, ...] = Field(description="Three to five.")


class BehaviouralQuestions(BaseModel):
    """The model's reply."""

    model_config = ConfigDict(frozen=True)

    questions: tuple[Draft, ...] = Field(description="Two, about different things.")


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of composing.

    Attributes:
        questions: Those that can be asked; perhaps none.
        usage: What the call took.
        dropped: Why others cannot be asked.
    """

    questions: tuple[Question, ...]
    usage: Usage
    dropped: tuple[str, ...] = ()


async def compose_questions(
    model: LanguageModel, prompts: Prompts, target: str, plan: Plan
) -> Composed:
    """Up to two behavioural questions about a text, in one call.

    Args:
        model: Composes.
        prompts: Holds the ``compose-*`` templates.
        target: A résumé or a job description.
        plan: For the role and the level.

    Returns:
        Checked questions ``composed-1`` and ``composed-2``; a blank text has none.

    Raises:
        ModelError: The model did not reply.
    """
    if not target.strip():
        return Composed((), Usage())
    about = {"role": plan.role.value.replace("-", " "), "level": plan.level.value}
    # Named after its content: no line of the text can close the tag.
    code = hashlib.sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    done = await model.complete(
        (
            Message("system", prompts.render("compose-behavioural", about)),
            Message(
                "user", prompts.render("compose-text", {"code": code, "text": neutral(target)})
            ),
        ),
        BehaviouralQuestions,
    )
    questions, dropped = read_drafts(done.value.questions, target, plan)
    return Composed(questions, done.usage, dropped)


def read_drafts(
    drafts: Sequence[Draft], target: str, plan: Plan
) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """The drafts that can be asked, as questions, and why the others cannot."""
    questions: list[Question] = []
    dropped: list[str] = []
    places: list[Span] = []
    for draft in drafts:
        place = find(draft.quote, target)
        why = "there are enough" if len(questions) == MAX_QUESTIONS else _why_not(draft, target)
        if why is None and place and any(_overlap(place, other) for other in places):
            why = "it is about the same words as another"
        if why is not None or place is None:
            dropped.append(f"“{_line(draft.prompt)[:80]}”: {why}")
            continue
        places.append(place)
        questions.append(_question(len(questions) + 1, draft, place.of(target), plan))
    return tuple(questions), tuple(dropped)


def _why_not(draft: Draft, target: str) -> str | None:
    """Why a draft cannot be asked, or None."""
    prompt, quote = _line(draft.prompt), _line(draft.quote)
    if count_words(quote) not in _QUOTE_WORDS or find(quote, target) is None:
        return "what it quotes does not stand in the text"
    stems = stems_of(quote)
    if len(stems & stems_of(prompt)) < min(_SHARED_WORDS, len(stems)) or not stems:
        return "it does not say which part of the text it is about"
    if prompt.count("?") != 1 or not prompt.endswith("?"):
        return "it is not one question that ends in a question mark"
    if count_words(prompt) not in _PROMPT_WORDS:
        return "it is too long or too short"
    if _PRIVATE.search(prompt):
        return "it asks for something private"
    if why := Guard(questions=1, known=target).why_not(prompt):
        return why
    if count_words(draft.model_answer) not in _ANSWER_WORDS:
        return "its model answer is too long or too short"
    return _why_no_points(draft.points)


def _why_no_points(points: Sequence[DraftPoint]) -> str | None:
    claims = {" ".join(sorted(stems_of(point.claim))) for point in points}
    if len(points) not in _POINTS or len(claims) < len(points):
        return "it has not three to five different points"
    if any(count_words(point.claim) not in _CLAIM_WORDS for point in points):
        return "a point is too long or too short"
    if {_line(point.tier).lower() for point in points} != {tier.value for tier in Tier}:
        return "its points are not some core and some depth"
    return None


def _question(number: int, draft: Draft, quote: str, plan: Plan) -> Question:
    return Question(
        id=f"{PREFIX}{number}",
        topic=TOPIC,
        kind=Kind.BEHAVIOURAL,
        level=plan.level,
        roles=(plan.role,),
        title=f"From your text: {_short(_line(quote))}",
        prompt=_line(draft.prompt),
        model_answer=_line(draft.model_answer),
        points=tuple(
            Point(
                id=f"point-{place}", tier=Tier(_line(point.tier).lower()), claim=_line(point.claim)
            )
            for place, point in enumerate(draft.points, start=1)
        ),
    )


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _line(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    return text if len(text) <= _TITLE else text[:_TITLE].rsplit(" ", 1)[0] + "…"
