"""Put the interviewer's cues into words; the words themselves are in ``prompts/say-*.md``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from interviewer.bank import Bank
from interviewer.interview.pick import Stop, why_stop
from interviewer.interview.session import Cue, Place, Round, Say, Session, question_of
from interviewer.model import (
    FollowUp,
    Grade,
    Graded,
    Point,
    Question,
    Status,
    Tier,
    Usage,
)
from interviewer.prompting import Prompts

_CLOSING = frozenset({Cue.CLOSE, Cue.SKIPPED, Cue.UNKNOWN, Cue.GREET})
"""After one of these the interviewer is the one who ends."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the interviewer says for a cue.

    Attributes:
        text: The words that stand.
        hinted: Id of the point they hint at, if they do.
        usage: What a model took to find them, if one was asked.
        note: Why a model that was asked did not find them.
    """

    text: str
    hinted: str | None = None
    usage: Usage | None = None
    note: str | None = None


class Voice(Protocol):
    """Whatever finds the interviewer's words."""

    def speak(
        self, session: Session, say: Say, bank: Bank, *, plainly: bool = False
    ) -> Iterator[str | Words]:
        """The words for a cue, as the session stands.

        Args:
            session: Where the interview stands.
            say: The cue.
            bank: The questions.
            plainly: Without a language model.

        Yields:
            Pieces of text as they come, if they come in pieces, and last of all one
            ``Words``, whose text takes the place of the pieces.
        """
        ...


class TemplateVoice:
    """An interviewer that speaks in templates.

    Variants rotate from a start the session's seed decides, so that none is heard
    twice in a row and a replay says the same.

    Args:
        prompts: Holds the ``say-*`` templates.
    """

    def __init__(self, prompts: Prompts) -> None:
        """Keep the templates."""
        self._prompts = prompts

    def speak(
        self,
        session: Session,
        say: Say,
        bank: Bank,
        *,
        plainly: bool = False,  # noqa: ARG002 - it is always plain
    ) -> Iterator[str | Words]:
        """The words for a cue, all at once.

        Raises:
            PromptError: A template is missing or wants other variables.
        """
        yield self.say(session, say, bank)

    def say(self, session: Session, say: Say, bank: Bank) -> Words:
        """The words for a cue.

        Raises:
            PromptError: A template is missing or wants other variables.
        """
        place = say.place
        if say.cue is Cue.HINT and place is not None:
            hints = session.rounds[place.round].hints
            point = next(
                (each for each in open_points(session, place, bank) if each.id not in hints), None
            )
            if point is None:
                return Words(self._render(session, say, "hint-none", {}))
            text = self._render(session, say, "hint", {"hint": point.hint or ""})
            return Words(text, hinted=point.id)
        name, variables = _template(session, say, bank)
        return Words(self._render(session, say, name, variables))

    def _render(self, session: Session, say: Say, name: str, variables: dict[str, str]) -> str:
        before = sum(
            line.speaker == "interviewer" and line.cue == say.cue for line in session.lines
        )
        return self._prompts.render(f"say-{name}", variables, session.seed + before)


def _template(session: Session, say: Say, bank: Bank) -> tuple[str, dict[str, str]]:
    """The template for a cue, less its prefix, and its variables."""
    match say.cue:
        case Cue.GREET:
            return f"greet-{session.plan.mode}", _greeting(session, bank)
        case Cue.ASK:
            return _opening(session, say.place, bank)
        case Cue.REPHRASE | Cue.CLARIFY:
            return _other_words(session, say, bank)
        case Cue.PROBE | Cue.REPEAT:
            return say.cue.value, {"ask": asked_at(session, say.place)}
        case Cue.RETURN:
            last = session.lines[-1]
            added = last.speaker == "candidate" and last.cue is None
            return "return" if added else "return-unchanged", {"ask": asked_at(session, say.place)}
        case Cue.CLOSE | Cue.UNKNOWN:
            return f"{say.cue}-{session.plan.mode}", {}
        case Cue.WRAP_UP:
            return f"wrap-up-{_ending(session, bank)}", {}
        case _:
            return say.cue.value, {}


def asked_at(session: Session, place: Place | None) -> str:
    """What was asked at a place, word for word; kept in the session, not in the bank."""
    if place is None:
        return ""
    item = session.rounds[place.round]
    asks = (probe.ask for probe in item.probes if probe.follow_up == place.follow_up)
    return next(asks, item.prompt)


def _question(session: Session, place: Place | None, bank: Bank) -> Question | None:
    """The question at a place, if it is still there."""
    return None if place is None else question_of(session, place.round, bank)


def _greeting(session: Session, bank: Bank) -> dict[str, str]:
    role = bank.taxonomy.roles.get(session.plan.role)
    title = role.title if role else session.plan.role.replace("-", " ")
    return {"role": title, "minutes": str(session.plan.minutes)}


def _opening(session: Session, place: Place | None, bank: Bank) -> tuple[str, dict[str, str]]:
    """How a question is led in: the first, one on the same topic, one on another."""
    prompt = asked_at(session, place)
    if len(session.rounds) == 1:
        return "ask-first", {"prompt": prompt}
    question = _question(session, place, bank)
    before = _question(session, Place(round=len(session.rounds) - 2), bank)
    if question and before and question.topic != before.topic:
        topic = bank.taxonomy.topic_title(question.topic)
        return "ask-topic", {"topic": topic, "prompt": prompt}
    return "ask", {"prompt": prompt}


def _other_words(session: Session, say: Say, bank: Bank) -> tuple[str, dict[str, str]]:
    """The bank's rephrasing or clarification; it has them for questions, not follow-ups."""
    question = _question(session, say.place, bank)
    if question and say.place and say.place.follow_up is None:
        text = question.rephrase if say.cue is Cue.REPHRASE else question.clarify
        if text:
            return say.cue.value, {say.cue.value: text}
    return f"{say.cue}-none", {"ask": asked_at(session, say.place)}


def _ending(session: Session, bank: Bank) -> str:
    if not any(item.replies for item in session.rounds):
        return "nothing"
    last = next(line for line in reversed(session.lines) if line.speaker == "interviewer")
    if last.cue not in _CLOSING:
        return "ended"
    stop = why_stop(bank, session, session.lines[-1].at)
    return "complete" if stop is Stop.COMPLETE else "time"


def open_points(session: Session, place: Place, bank: Bank) -> tuple[Point, ...]:
    """The points with a hint that a candidate can still make at a place.

    Core comes before depth, unheard before half heard.
    """
    question, item = _question(session, place, bank), session.rounds[place.round]
    if question is None:
        return ()
    candidates: list[tuple[Point, Graded | None]] = []
    if place.follow_up is None:
        candidates = [(point, item.unaided) for point in question.points]
    elif follow_up := follow_up_at(item, place.follow_up, question):
        probed = [question.point(point_id) for point_id in follow_up.probes]
        grade = _probe_grade(item, place.follow_up)
        own = [point for point in follow_up.points if point.id not in follow_up.probes]
        candidates = [(point, grade) for point in own]
        candidates += [(point, item.unaided) for point in probed if point]
    found = []
    for order, (point, graded) in enumerate(candidates):
        verdict = graded.verdict(point.id) if isinstance(graded, Grade) else None
        status = verdict.status if verdict else Status.MISSING
        if point.hint and status is not Status.COVERED:
            rank = (point.tier is not Tier.CORE, status is Status.PARTIAL, order)
            found.append((rank, point))
    return tuple(point for _, point in sorted(found, key=lambda entry: entry[0]))


def follow_up_at(item: Round, follow_up_id: str, question: Question) -> FollowUp | None:
    """The follow-up with that id: one composed for this round, or the question's."""
    composed = (probe.composed for probe in item.probes if probe.follow_up == follow_up_id)
    return next(composed, None) or question.follow_up(follow_up_id)


def _probe_grade(item: Round, follow_up: str) -> Graded | None:
    return next((probe.grade for probe in item.probes if probe.follow_up == follow_up), None)
