"""The interviewer's voice by a language model, held to the bank by the guard.

The model decides how something is said, never what: the follow-up, the hint and the
scope come from the bank, and whatever the model says is checked as it comes. What
cannot stand is replaced by the bank's own words; with no reply at all the templates
speak. Questions, greetings and the like are always said by the templates, so that a
candidate's turn takes one call for words at most.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from interviewer.bank import Bank
from interviewer.errors import InterviewerError, ModelError
from interviewer.interview.guard import GIVEN, NEARLY, SAME, Guard, SaysTheSame, Secret, opened
from interviewer.interview.session import Cue, Place, Round, Say, Session, question_of
from interviewer.interview.voice import TemplateVoice, Words, asked_at, open_points
from interviewer.llm import Bridge, LanguageModel, Message
from interviewer.model import FollowUp, Grade, Mode, Question, Status, Usage
from interviewer.prompting import Prompts, neutral

_LOG: Final = logging.getLogger(__name__)

SPOKEN: Final = frozenset({Cue.PROBE, Cue.CLOSE, Cue.UNKNOWN, Cue.CLARIFY, Cue.REPHRASE, Cue.HINT})
"""Cues that a model finds words for."""
SHOWN: Final = 700
"""Words of what the candidate said that the model is shown: the beginning and the end."""
REPHRASED: Final = 0.5
"""Share of a question's content words that are in the same question in other words."""
GIST: Final = 0.3
"""Share of a hint's, or a scope's, that are in what was made of it."""
_HINT_WORDS: Final = 5
"""A hint of the model's own has so many words at least."""
_FAILED: Final = "The model could not say this, so the prepared words were used. The log says why."
_UNFIT: Final = "What the model said did not fit an interview, so the prepared words were used."


@dataclass(frozen=True, slots=True)
class _Order:
    """What the model is to say.

    Attributes:
        name: The template, less its prefix.
        variables: Of the template, besides the exchange.
        ask: What has to be asked or said.
        recall: Share of its content words that must be there.
        questions: Question marks allowed when nothing has to be asked.
        least: Words at least.
        hinted: Id of the point hinted at.
        further: It is the second hint at that point.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    ask: str = ""
    recall: float = SAME
    questions: int = 0
    least: int = 1
    hinted: str | None = None
    further: bool = False


class ModelVoice:
    """An interviewer that speaks by a language model.

    Args:
        model: Finds the words.
        bridge: Runs its calls.
        templates: Speaks where no model is needed, and when it fails.
        prompts: Holds the ``interviewer-*`` templates.
        says_the_same: Tells that a question is the follow-up where its words differ.
    """

    def __init__(
        self,
        model: LanguageModel,
        bridge: Bridge,
        templates: TemplateVoice,
        prompts: Prompts,
        *,
        says_the_same: SaysTheSame | None = None,
    ) -> None:
        """Keep the parts; nothing is called."""
        self._model = model
        self._bridge = bridge
        self._templates = templates
        self._prompts = prompts
        self._says_the_same = says_the_same

    def speak(
        self, session: Session, say: Say, bank: Bank, *, plainly: bool = False
    ) -> Iterator[str | Words]:
        """The words for a cue: pieces as the model says them, then what stands.

        Args:
            session: Where the interview stands.
            say: The cue.
            bank: The questions.
            plainly: Leave the model out.

        Raises:
            PromptError: A template is missing or wants other variables.
        """
        order = _order(session, say, bank)
        if plainly or order is None or say.place is None:
            yield self._templates.say(session, say, bank)
            return
        messages = self._messages(session, say.place, order, bank)
        guard = self._guard(session, say.place, order, bank)
        raw = shown = ""
        usage: Usage | None = None
        note: str | None = None
        broke = False
        pieces = self._bridge.iterate(lambda: self._model.stream(messages))
        try:
            for piece in pieces:
                raw, usage = raw + piece.text, piece.usage or usage
                text = opened(raw)
                if text is None or len(text) <= len(shown):
                    continue
                if why := guard.why_not(text, whole=False):
                    _LOG.info("The interviewer's words by %s: %s.", self._model.name, why)
                    broke = True
                    break
                yield text[len(shown) :]
                shown = text
        except ModelError as error:
            note, broke, usage = str(error), True, usage or error.usage
        except Exception:  # noqa: BLE001 - words that fail must not end the interview
            _LOG.exception("%s could not say a line.", self._model.name)
            note, broke = _FAILED, True
        finally:
            if isinstance(pieces, Generator):
                pieces.close()
        if usage is None and raw:
            usage = Usage(calls=1)
        said = guard.what_stands(opened(raw, ended=True) or "", whole=not broke)
        if len(said.split()) >= order.least:
            yield Words(said, hinted=order.hinted, usage=usage, note=note)
            return
        plain = self._templates.say(session, say, bank)
        yield Words(plain.text, hinted=plain.hinted, usage=usage, note=note or _UNFIT)

    def _messages(
        self, session: Session, place: Place, order: _Order, bank: Bank
    ) -> tuple[Message, ...]:
        role = bank.taxonomy.roles.get(session.plan.role)
        rules = self._prompts.render(f"interviewer-{session.plan.mode}", {})
        heard = _heard_at(session, place, order)
        shown = exchange(self._prompts, asked_at(session, heard), _said_at(session, heard))
        system = {"role": role.title if role else session.plan.role.value, "rules": rules}
        turn = {"exchange": shown, **order.variables}
        return (
            Message("system", self._prompts.render("interviewer", system)),
            Message("user", self._prompts.render(f"interviewer-{order.name}", turn)),
        )

    def _guard(self, session: Session, place: Place, order: _Order, bank: Bank) -> Guard:
        item = session.rounds[place.round]
        lines = [line.text for line in session.lines if line.round == place.round]
        replies = [reply.answer.text for reply in item.replies]
        hint = order.variables.get("hint", "")
        known = "\n".join((item.prompt, order.ask, hint, *lines, *replies))
        return Guard(
            ask=order.ask,
            recall=order.recall,
            questions=order.questions,
            known=known,
            secrets=_secrets(session, place, bank, known, order),
            says_the_same=self._same,
        )

    def _same(self, text: str, others: Sequence[str]) -> bool:
        """Whether the words mean the same; no, where that cannot be told."""
        try:
            return self._says_the_same is not None and self._says_the_same(text, others)
        except InterviewerError as error:
            _LOG.warning("Whether the follow-up was asked cannot be told: %s", error)
            return False


def _order(session: Session, say: Say, bank: Bank) -> _Order | None:
    """What a model is to say for a cue; None: the cue is for the templates."""
    place = say.place
    if say.cue not in SPOKEN or place is None:
        return None
    item, asked = session.rounds[place.round], asked_at(session, place)
    question = question_of(session, place.round, bank) if place.follow_up is None else None
    match say.cue:
        case Cue.HINT:
            return _hint(session, place, bank)
        case Cue.REPHRASE | Cue.CLARIFY:
            return _other_words(session, say.cue, place, question)
        case Cue.PROBE:
            # A model has found the words of a composed one already.
            composed = {probe.follow_up for probe in item.probes if probe.composed}
            if not item.replies or place.follow_up in composed:
                return None
            return _Order("probe", {"ask": asked}, ask=asked)
        case _:
            # Nothing was said to the last follow-up: there is nothing to take up.
            asked_last = item.probes[-1].follow_up if item.probes else None
            taken_up = item.replies and _last_reply(item) == asked_last
            return _Order(say.cue.value) if taken_up else None


def _other_words(
    session: Session, cue: Cue, place: Place, question: Question | None
) -> _Order | None:
    """A rephrasing, or an answer to what is meant.

    Args:
        session: As it stands.
        cue: REPHRASE or CLARIFY.
        place: What it is about.
        question: The bank's, None at a follow-up.
    """
    asked = asked_at(session, place)
    if cue is Cue.CLARIFY:
        if scope := question and question.clarify:
            return _Order("clarify", {"scope": scope}, ask=scope, recall=GIST)
        return _Order("clarify-open", {"ask": asked}, ask=asked)
    if question and question.rephrase and not _was_said(session, cue, place):
        return None  # the bank's other words come first
    return _Order("rephrase", {"ask": asked}, ask=asked, recall=REPHRASED)


def _hint(session: Session, place: Place, bank: Bank) -> _Order | None:
    """The bank's hint at the next point, or a further one at the point of the last hint."""
    if session.plan.mode is not Mode.PRACTICE:
        return None
    hints = session.rounds[place.round].hints
    points = open_points(session, place, bank)
    last = next((point for point in points if hints[-1:] == (point.id,)), None)
    if last is not None and hints.count(last.id) == 1:
        told = {"hint": last.hint or "", "claim": last.claim}
        return _Order(
            "hint-further", told, questions=1, least=_HINT_WORDS, hinted=last.id, further=True
        )
    point = next((point for point in points if point.id not in hints), None)
    if point is None:
        return None
    hint = point.hint or ""
    return _Order("hint", {"hint": hint}, ask=hint, recall=GIST, hinted=point.id)


def _was_said(session: Session, cue: Cue, place: Place) -> bool:
    return any(
        line.speaker == "interviewer"
        and (line.cue, line.round, line.follow_up) == (cue, place.round, place.follow_up)
        for line in session.lines
    )


def _last_reply(item: Round) -> str | None:
    return item.replies[-1].follow_up


def _heard_at(session: Session, place: Place, order: _Order) -> Place:
    """Where the words were said that the model takes up."""
    if order.name in {Cue.PROBE, Cue.CLOSE}:
        return Place(round=place.round, follow_up=_last_reply(session.rounds[place.round]))
    return place


def _said_at(session: Session, place: Place) -> str:
    """Everything the candidate said at a place, requests too."""
    said = [
        line.text
        for line in session.lines
        if line.speaker == "candidate"
        and (line.round, line.follow_up) == (place.round, place.follow_up)
    ]
    return "\n".join(said) or session.rounds[place.round].text(place.follow_up)


def _secrets(
    session: Session, place: Place, bank: Bank, known: str, order: _Order
) -> tuple[Secret, ...]:
    """What of a question the candidate has not said: points, corrections, model answers."""
    item, question = session.rounds[place.round], question_of(session, place.round, bank)
    if question is None:
        return ()
    grades = (item.unaided, item.after_probing, *(probe.grade for probe in item.probes))
    made = {
        verdict.point_id
        for grade in grades
        if isinstance(grade, Grade)
        for verdict in grade.verdicts
        if verdict.status is Status.COVERED
    }
    composed = tuple(probe.composed for probe in item.probes if probe.composed)
    parts: tuple[Question | FollowUp, ...] = (question, *question.follow_ups, *composed)
    found = []
    for point in (point for part in parts for point in part.points if point.id not in made):
        share = NEARLY if order.further and point.id == order.hinted else GIVEN
        found += [Secret(wording, known, share) for wording in point.wordings]
    for part in parts:
        found += [Secret(wrong.correction, known) for wrong in part.misconceptions]
        found.append(Secret(part.model_answer, known))
    return tuple(found)


def exchange(prompts: Prompts, asked: str, said: str) -> str:
    """A question and what was said to it, as data: nothing in it can end or head anything."""
    words = said.split()
    if len(words) > SHOWN:
        half = SHOWN // 2
        left_out = f"\n[{len(words) - 2 * half} words left out]\n"
        said = " ".join(words[:half]) + left_out + " ".join(words[-half:])
    code = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return prompts.render(
        "interviewer-exchange", {"asked": asked, "code": code, "said": neutral(said)}
    )
