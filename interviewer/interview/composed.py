"""A follow-up of the model's own, for a missed point that the bank has none for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from interviewer.errors import ModelError
from interviewer.grading.words import stems_of
from interviewer.interview.follow_up import unprobed
from interviewer.interview.guard import Guard, Secret
from interviewer.interview.session import Session
from interviewer.interview.spoken import exchange
from interviewer.llm import Bridge, LanguageModel, Message
from interviewer.model import FollowUp, Point, Question, Usage
from interviewer.prompting import Prompts

_LOG: Final = logging.getLogger(__name__)

PREFIX: Final = "composed-"
"""The id of a composed follow-up is this and the point's."""
ASK_WORDS: Final = 40
ANSWER_WORDS: Final = 150
_SHORTEST: Final = 4


class ComposedFollowUp(BaseModel):
    """The model's reply."""

    model_config = ConfigDict(frozen=True)

    ask: str = Field(description="One spoken question.")
    model_answer: str = Field(description="What a good answer to it says.")


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of composing a follow-up.

    Attributes:
        follow_up: To be asked; None: what the model wrote cannot be.
        usage: What it took.
        note: Why the model did not reply.
    """

    follow_up: FollowUp | None = None
    usage: Usage | None = None
    note: str | None = None


class FollowUpComposer:
    """Composes follow-ups by a language model; nothing when it fails.

    Args:
        model: Composes.
        bridge: Runs its calls.
        prompts: Holds the ``interviewer-compose*`` templates.
    """

    def __init__(self, model: LanguageModel, bridge: Bridge, prompts: Prompts) -> None:
        """Keep the parts; nothing is called."""
        self._model = model
        self._bridge = bridge
        self._prompts = prompts

    def __call__(self, question: Question, session: Session) -> Composed | None:
        """A follow-up to a missed point of the open round; None: there is no such point.

        Args:
            question: The question of the open round.
            session: Where the interview stands.
        """
        item = session.current
        point = unprobed(question, item) if item else None
        if item is None or point is None:
            return None
        try:
            return self.compose(question, point, item.whole_text)
        except ModelError as error:
            _LOG.warning("No follow-up was composed: %s", error)
            return Composed(note=str(error), usage=error.usage)

    def compose(self, question: Question, point: Point, said: str) -> Composed:
        """A follow-up to a point, None if what the model wrote cannot be asked.

        Args:
            question: What was asked.
            point: What the answer did not say.
            said: The answer.

        Raises:
            ModelError: The model did not reply.
        """
        turn = {"exchange": exchange(self._prompts, question.prompt, said), "point": point.claim}
        messages = (
            Message("system", self._prompts.render("interviewer-compose", {})),
            Message("user", self._prompts.render("interviewer-compose-turn", turn)),
        )
        done = self._bridge.submit(self._model.complete, messages, ComposedFollowUp).result()
        why = _why_not(done.value.ask, question, point, said)
        if why is not None:
            _LOG.info("A follow-up by %s is not asked: %s.", self._model.name, why)
            return Composed(usage=done.usage)
        return Composed(_follow_up(done.value, point), done.usage)


def _why_not(ask: str, question: Question, point: Point, said: str) -> str | None:
    """Why a composed question cannot be asked, or None."""
    ask = " ".join(ask.split())
    known = f"{question.prompt}\n{said}"
    if not ask.endswith("?"):
        return "it does not end in a question mark"
    if not _SHORTEST <= len(ask.split()) <= ASK_WORDS:
        return "it is too long or too short"
    about = stems_of(" ".join((question.prompt, question.model_answer, *point.wordings)))
    if about.isdisjoint(stems_of(ask)):
        return "it is about something else"
    others = [wording for each in question.points for wording in each.wordings]
    texts = (*point.wordings, *others, question.model_answer)
    guard = Guard(questions=1, known=known, secrets=[Secret(text, known) for text in texts])
    return guard.why_not(ask)


def _follow_up(reply: ComposedFollowUp, point: Point) -> FollowUp:
    """The follow-up; the point itself is the answer where the model's does not make it."""
    answer = " ".join(reply.model_answer.split())
    makes_it = Secret(point.claim, "").given_by(answer)
    return FollowUp(
        id=f"{PREFIX}{point.id}"[:80].rstrip("-"),
        ask=" ".join(reply.ask.split()),
        probes=(point.id,),
        model_answer=answer if makes_it and len(answer.split()) <= ANSWER_WORDS else point.claim,
        points=(point,),
    )
