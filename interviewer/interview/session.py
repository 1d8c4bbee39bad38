"""The pure state machine that moves an interview on.

``advance(session, event)`` returns the session after the event together with the
commands it now wants carried out. No clock, no randomness, no I/O: times come in
with the events, and commands stay in ``Session.pending`` until an event answers
them, so an interview that was saved and loaded goes on exactly where it was.
"""

from __future__ import annotations

from interviewer.errors import InvalidEvent
from interviewer.interview.state import (
    FORMAT,
    Answered,
    Begin,
    ChooseProbe,
    Command,
    Cue,
    Event,
    Intent,
    Judge,
    Judged,
    JudgedWhole,
    JudgeWhole,
    Line,
    Outcome,
    Phase,
    Pick,
    Picked,
    Place,
    Probe,
    Probed,
    Regraded,
    Reply,
    Round,
    Say,
    Session,
    Spoken,
    Wanted,
    question_of,
)
from interviewer.model import Answer, Grade, Graded, Usage

__all__ = [
    "FORMAT",
    "Answered",
    "Begin",
    "ChooseProbe",
    "Command",
    "Cue",
    "Event",
    "Intent",
    "Judge",
    "JudgeWhole",
    "Judged",
    "JudgedWhole",
    "Line",
    "Outcome",
    "Phase",
    "Pick",
    "Picked",
    "Place",
    "Probe",
    "Probed",
    "Regraded",
    "Reply",
    "Round",
    "Say",
    "Session",
    "Spoken",
    "Wanted",
    "advance",
    "question_of",
    "ungraded_rounds",
]


def advance(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """Move a session on by one event.

    Args:
        session: Where the interview stands.
        event: What happened.

    Returns:
        The session afterwards and its pending commands, the next one first.

    Raises:
        InvalidEvent: The event does not fit the phase, or answers a command
            that is not the next one.
    """
    match event:
        case Begin():
            moved = _begin(session, event)
        case Answered():
            moved = _answered(session, event)
        case Wanted():
            moved = _wanted(session, event)
        case Picked():
            moved = _picked(_take(session, Pick()), event)
        case Judged():
            moved = _judged(_take(session, Judge(place=event.place)), event)
        case JudgedWhole():
            moved = _judged_whole(_take(session, JudgeWhole(round=event.round)), event)
        case Probed():
            moved = _probed(_take(session, ChooseProbe()), event)
        case Spoken():
            moved = _spoken(session, event)
        case Regraded():
            moved = _regraded(session, event)
    moved = _with(moved, revision=session.revision + 1)
    return moved, moved.pending


def _with(session: Session, **changes: object) -> Session:
    return session.model_copy(update=changes)


def _take(session: Session, command: Command) -> Session:
    """The session without its next command, which must be the given one."""
    if not session.pending or session.pending[0] != command:
        waiting = session.pending[0].command if session.pending else "the candidate"
        raise InvalidEvent(
            f"The session waits for {waiting}, not for an answer to {command.command}."
        )
    return _with(session, pending=session.pending[1:])


def _change_round(session: Session, index: int, **changes: object) -> Session:
    rounds = list(session.rounds)
    rounds[index] = rounds[index].model_copy(update=changes)
    return _with(session, rounds=tuple(rounds))


def _push(session: Session, *commands: Command) -> Session:
    return _with(session, pending=session.pending + commands, phase=Phase.THINKING)


def _settle(session: Session, at: float) -> Session:
    """Listen, or end, once nothing is pending."""
    if session.pending:
        return session
    if session.ending:
        return _with(session, phase=Phase.ENDED, ended_at=at, place=None)
    return _with(session, phase=Phase.LISTENING)


def _heard(session: Session, at: float, text: str, cue: Intent | None) -> Session:
    if not text:
        return session
    place = session.place
    line = Line(
        speaker="candidate",
        cue=cue,
        text=text,
        at=at,
        round=place.round if place else None,
        follow_up=place.follow_up if place else None,
    )
    return _with(session, lines=(*session.lines, line))


def _begin(session: Session, event: Begin) -> Session:
    if session.started_at is not None:
        raise InvalidEvent("The interview has begun already.")
    started = _with(session, started_at=event.at)
    return _push(started, Say(cue=Cue.GREET), Pick())


def _listening_place(session: Session) -> Place:
    if session.phase is not Phase.LISTENING or session.place is None:
        state = "is over" if session.phase is Phase.ENDED else "is not listening yet"
        raise InvalidEvent(f"The interview {state}.")
    return session.place


def _answered(session: Session, event: Answered) -> Session:
    place = _listening_place(session)
    reply = Reply(answer=event.answer, at=event.at, follow_up=place.follow_up)
    spoken = _heard(session, event.at, event.answer.text, None)
    item = session.rounds[place.round]
    if item.outcome is Outcome.UNKNOWN:
        # An answer after all: it takes the place of the "I don't know".
        changed = _change_round(
            spoken, place.round, replies=(reply,), outcome=Outcome.ANSWERED, unaided=None
        )
    else:
        changed = _change_round(spoken, place.round, replies=(*item.replies, reply))
    return _push(changed, Judge(place=place))


def _wanted(session: Session, event: Wanted) -> Session:
    place = _listening_place(session)
    before = session
    session = _heard(session, event.at, event.text, event.intent)
    match event.intent:
        case Intent.REPEAT | Intent.REPHRASE | Intent.CLARIFY | Intent.PAUSE:
            return _push(session, Say(cue=Cue(event.intent.value), place=place))
        case Intent.HINT:
            given = session.plan.mode == "practice"
            return _push(session, Say(cue=Cue.HINT if given else Cue.NO_HINT, place=place))
        case Intent.BACK:
            return _back(session, before)
        case Intent.END:
            return _end(session, event.at)
        case Intent.SKIP | Intent.DONT_KNOW:
            return _pass(session, place, event)


def _pass(session: Session, place: Place, event: Wanted) -> Session:
    """Skip, or 'I don't know', at a question, a follow-up or an addition."""
    if session.resume is not None:
        return _return(session)
    if place.follow_up is not None:
        return _finish_round(session, place.round, event.at)
    if event.intent is Intent.SKIP:
        closed = _change_round(session, place.round, outcome=Outcome.SKIPPED, closed_at=event.at)
        return _push(closed, Say(cue=Cue.SKIPPED, place=place), Pick())
    reply = Reply(answer=Answer(text=event.text or "I don't know."), at=event.at)
    closed = _change_round(
        session, place.round, replies=(reply,), outcome=Outcome.UNKNOWN, closed_at=event.at
    )
    return _push(closed, Judge(place=place), Say(cue=Cue.UNKNOWN, place=place), Pick())


def _end(session: Session, at: float) -> Session:
    index = len(session.rounds) - 1
    if session.current:
        has_reply = bool(session.current.replies)
        outcome = Outcome.ANSWERED if has_reply else Outcome.UNFINISHED
        session = _change_round(session, index, outcome=outcome, closed_at=at)
    session = _with(session, ending=True, resume=None)
    if session.rounds and _answers_to_probes(session.rounds[index]):
        session = _push(session, JudgeWhole(round=index))
    return _push(session, Say(cue=Cue.WRAP_UP))


def _back(session: Session, before: Session) -> Session:
    """Go back to the answer before, to add to it."""
    here = before.place
    target = _last_answer(before)
    if here is None or target is None or before.resume is not None:
        return _push(session, Say(cue=Cue.NO_BACK, place=here))
    return _push(_with(session, resume=here, place=target), Say(cue=Cue.BACK, place=target))


def _last_answer(session: Session) -> Place | None:
    for index in range(len(session.rounds) - 1, -1, -1):
        replies = session.rounds[index].replies
        if replies:
            return Place(round=index, follow_up=replies[-1].follow_up)
    return None


def _return(session: Session) -> Session:
    """After an addition: back to where the interview was."""
    there = session.resume
    return _push(_with(session, place=there, resume=None), Say(cue=Cue.RETURN, place=there))


def _picked(session: Session, event: Picked) -> Session:
    question = event.question
    if question is None:
        return _push(_with(session, ending=True, place=None), Say(cue=Cue.WRAP_UP))
    if question.id in session.asked:
        raise InvalidEvent(f"'{question.id}' was asked already.")
    opened = Round(
        question_id=question.id,
        prompt=question.prompt,
        asked_at=event.at,
        because=event.because,
    )
    place = Place(round=len(session.rounds))
    return _push(
        _with(session, rounds=(*session.rounds, opened), place=place),
        Say(cue=Cue.ASK, place=place),
    )


def _judged(session: Session, event: Judged) -> Session:
    place = event.place
    item = session.rounds[place.round]
    session = _graded(session, place, event.grade)
    if session.resume is not None:
        if _answers_to_probes(item):
            return _push(session, JudgeWhole(round=place.round))
        return _return(session)
    if item.outcome is not Outcome.OPEN:
        return session
    return _push(session, ChooseProbe())


def _graded(session: Session, place: Place, grade: Graded) -> Session:
    if place.follow_up is None:
        return _change_round(session, place.round, unaided=grade)
    probes = tuple(
        probe.model_copy(update={"grade": grade}) if probe.follow_up == place.follow_up else probe
        for probe in session.rounds[place.round].probes
    )
    return _change_round(session, place.round, probes=probes)


def _regraded(session: Session, event: Regraded) -> Session:
    item = session.rounds[event.round] if 0 <= event.round < len(session.rounds) else None
    grade = event.grade
    if item is None or not isinstance(grade, Grade):
        return session
    session = _spent(session, grade.usage)
    if event.whole:
        stands = item.after_probing is not None and item.whole_text == event.text
        return _change_round(session, event.round, after_probing=grade) if stands else session
    if not event.text or item.text(event.follow_up) != event.text:
        return session
    return _graded(session, Place(round=event.round, follow_up=event.follow_up), grade)


def _spent(session: Session, usage: Usage | None) -> Session:
    return _with(session, usage=session.usage + usage) if usage else session


def _judged_whole(session: Session, event: JudgedWhole) -> Session:
    session = _change_round(session, event.round, after_probing=event.grade)
    if session.resume is not None:
        return _return(session)
    return _settle(session, event.at)


def _probed(session: Session, event: Probed) -> Session:
    index = len(session.rounds) - 1
    if event.follow_up is None:
        return _finish_round(session, index, event.at)
    chosen = event.follow_up
    if any(probe.follow_up == chosen.id for probe in session.rounds[index].probes):
        raise InvalidEvent(f"The follow-up '{chosen.id}' was asked already.")
    probe = Probe(
        follow_up=chosen.id,
        ask=chosen.ask,
        asked_at=event.at,
        composed=chosen if event.composed else None,
    )
    place = Place(round=index, follow_up=chosen.id)
    session = _spent(session, event.usage)
    session = _change_round(session, index, probes=(*session.rounds[index].probes, probe))
    return _push(_with(session, place=place), Say(cue=Cue.PROBE, place=place))


def _answers_to_probes(item: Round) -> bool:
    return any(reply.follow_up for reply in item.replies)


def _finish_round(session: Session, index: int, at: float) -> Session:
    session = _change_round(session, index, outcome=Outcome.ANSWERED, closed_at=at)
    if _answers_to_probes(session.rounds[index]):
        session = _push(session, JudgeWhole(round=index))
    return _push(session, Say(cue=Cue.CLOSE, place=Place(round=index)), Pick())


def _spoken(session: Session, event: Spoken) -> Session:
    command = session.pending[0] if session.pending else None
    if not isinstance(command, Say):
        raise InvalidEvent("The session has nothing to say now.")
    place = command.place
    line = Line(
        speaker="interviewer",
        cue=command.cue,
        text=event.text,
        at=event.at,
        round=place.round if place else None,
        follow_up=place.follow_up if place else None,
        note=event.note,
    )
    session = _with(session, pending=session.pending[1:], lines=(*session.lines, line))
    session = _spent(session, event.usage)
    if event.hinted and place:
        hints = (*session.rounds[place.round].hints, event.hinted)
        session = _change_round(session, place.round, hints=hints)
    return _settle(session, event.at)


def ungraded_rounds(session: Session) -> tuple[int, ...]:
    """Indices of rounds with an answer that has no grade."""
    return tuple(
        index
        for index, item in enumerate(session.rounds)
        if item.replies and not isinstance(item.grade, Grade)
    )
