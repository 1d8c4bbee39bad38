"""Run interviews: carry out what the session asks for, save, and hand each step on.

Every step loads the session, carries out its first pending command, and saves
before anyone sees it. A step holds nothing between steps, so an iterator may be
dropped anywhere, by a closed page or a killed process, and ``go_on`` takes over.

With a judge, each answer is graded twice: at once on this machine, so that the
interview goes on, and beside it by the judge, whose grade takes the place of the
first when it comes.
"""

from __future__ import annotations

import logging
import math
import re
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol
from weakref import WeakValueDictionary

from interviewer.bank import Bank
from interviewer.errors import AnswerRefused, InterviewerError, SessionConflict, StaleTurn
from interviewer.grading import Grader, refusal
from interviewer.interview.aim import Aims, Searcher, aim
from interviewer.interview.composed import Composed
from interviewer.interview.follow_up import choose, may_probe
from interviewer.interview.grades import Grades
from interviewer.interview.intents import normalise, recognise
from interviewer.interview.pick import pick
from interviewer.interview.plan import check
from interviewer.interview.second import Due, SecondOpinions
from interviewer.interview.session import (
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
    Phase,
    Pick,
    Picked,
    Place,
    Probed,
    Regraded,
    Say,
    Session,
    Spoken,
    Wanted,
    advance,
    question_of,
)
from interviewer.interview.voice import Voice, Words
from interviewer.model import (
    Answer,
    Graded,
    Manner,
    Plan,
    Question,
    Speech,
    Usage,
)

_LOG: Final = logging.getLogger(__name__)
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of characters: no store and no page can hold them."""

_TRIES: Final = 20
"""How often a step is saved again when something else was saved in between."""

_STALE: Final = (
    "The interview moved on since this page was drawn. Your words were not sent; "
    "read what was said last, and send them again if they still fit."
)


class SessionStore(Protocol):
    """Where sessions are kept."""

    def save(self, session: Session, *, after: int | None) -> None:
        """Write a session if ``after`` is the stored revision; None: it is new."""
        ...

    def load(self, session_id: str) -> Session:
        """The session with that id."""
        ...


class Index(Searcher, Protocol):
    """What the search offers to an interview."""

    def says_the_same(self, text: str, others: Sequence[str]) -> bool:
        """Whether a text says the same as one of the others."""
        ...


@dataclass(frozen=True, slots=True)
class Speaking:
    """What the interviewer has said so far of a line that is not complete.

    Attributes:
        session: As it stood before the line.
        cue: What the line is for.
        text: The words so far.
    """

    session: Session
    cue: Cue
    text: str


Update = Session | Speaking
"""What a step of an interview hands on."""


class Composer(Protocol):
    """Whatever composes a follow-up the bank does not have."""

    def __call__(self, question: Question, session: Session) -> Composed | None:
        """A follow-up to a point that was missed; None: the model was not asked."""
        ...


class Runner:
    """Holds interviews. Safe to share between threads, and between processes by the store.

    Args:
        bank: The questions.
        grader: Grades answers.
        store: Keeps sessions.
        voice: Finds the interviewer's words.
        index: Aims at a target text and guards against near-duplicates, if given.
        second: Judges beside the interview, if there is a model for it.
        composer: Composes follow-ups to points the bank has none for, if given.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        bank: Bank,
        grader: Grader,
        store: SessionStore,
        voice: Voice,
        *,
        index: Index | None = None,
        second: SecondOpinions | None = None,
        composer: Composer | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the parts; nothing is read or loaded."""
        self._grades = Grades(bank, grader, second)
        self._composed_for: set[str] = set()
        self._notes: dict[str, str] = {}
        """What went wrong before a line and is told with it, by session."""
        self._composer = composer
        self._bank = bank
        self._store = store
        self._voice = voice
        self._index = index
        self._clock = clock
        self._aimed: tuple[tuple[str, tuple[str, ...]], Aims] | None = None
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._guard = threading.Lock()

    def start(
        self,
        plan: Plan,
        *,
        seed: int | None = None,
        usage: Usage | None = None,
        note: str | None = None,
    ) -> Session:
        """Create and save an interview; ``go_on`` says the first words.

        Args:
            plan: What the candidate asked for.
            seed: Decides every choice left to chance; None draws one.
            usage: What composing questions for it took.
            note: What went wrong before; told with the greeting.

        Raises:
            InterviewError: The plan cannot be held with this bank.
            StoreError: The session could not be saved.
        """
        check(plan, self._bank)
        now = self._clock()
        new = Session(
            id=uuid.uuid4().hex,
            seed=secrets.randbelow(2**31) if seed is None else seed,
            plan=plan,
            created_at=now,
            usage=usage or Usage(),
        )
        session, _ = advance(new, Begin(at=now))
        self._store.save(session, after=None)
        if note:
            self._notes[session.id] = note
        return session

    def load(self, session_id: str) -> Session:
        """The session as it is stored.

        Raises:
            UnknownSession: There is none with that id.
        """
        return self._store.load(session_id)

    def go_on(self, session_id: str, *, shown: int | None = None) -> Iterator[Update]:
        """Carry out what is pending, saving after each step.

        Once the candidate is listened to, grades that are still being judged are
        waited for; nobody needs to wait with them.

        Args:
            session_id: Which interview.
            shown: The revision the caller has; a later one is yielded.

        Yields:
            The session after each step, and what is being said between them; nothing
            when it waits for the candidate and no grade is due.

        Raises:
            UnknownSession: There is none with that id.
        """
        while (moved := (yield from self._step(session_id))) is not None:
            shown = moved.revision
        waiting = self._grades.running(session_id)
        for judged in waiting:
            session = self._store.load(session_id)
            if shown is not None and session.revision != shown:
                yield session
            shown = session.revision
            wait([judged])
        session = self._store.load(session_id)
        # Also where nothing was saved: who waited learns that the judge is done.
        if waiting or (shown is not None and session.revision != shown):
            yield session

    def judging(self, session_id: str) -> bool:
        """Whether the judge is still at work on answers of this interview."""
        return bool(self._grades.running(session_id))

    def regrade(self, session_id: str) -> Iterator[Session]:
        """Grade again what has no grade, or none by the judge that is there now.

        Yields:
            The session after each round that was graded.

        Raises:
            UnknownSession: There is none with that id.
        """
        session = self._store.load(session_id)
        for index in range(len(session.rounds)):
            due = self._grades.due_again(session, index)
            if not due:
                continue
            judged = self._grades.submit(session_id, due, self._keep_judged)
            if judged is not None:
                wait([judged])
            else:
                for item in due:
                    self._apply(session_id, item.regraded(self._clock(), item.first))
            yield self._store.load(session_id)

    def regradable(self, session: Session) -> bool:
        """Whether grading again can say more about an answer than it has."""
        return self._grades.regradable(session)

    def answer(
        self,
        session_id: str,
        text: str,
        *,
        manner: Manner = Manner.TYPED,
        seconds: float | None = None,
        seen: int | None = None,
        speech: Speech | None = None,
    ) -> Iterator[Update]:
        """Take what the candidate typed or said: an answer, or a request in words.

        The words are saved before this returns, also when nobody iterates.

        Args:
            session_id: Which interview.
            text: As it came.
            manner: Typed or spoken.
            seconds: Time taken, if known.
            seen: How many lines the candidate's page showed; None: do not check.
            speech: How it was spoken, which makes it a spoken one.

        Returns:
            The saved session first, then the session after each step.

        Raises:
            AnswerRefused: The text cannot be taken as an answer.
            StaleTurn: The interview moved on since the page was drawn.
            InvalidEvent: The interview is over or is not listening.
        """
        text = _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))

        if speech is not None:
            manner = Manner.SPOKEN

        def event(now: float) -> Event:
            intent = recognise(text)
            if intent is not None:
                return Wanted(at=now, intent=intent, text=text.strip())
            if why := refusal(text):
                raise AnswerRefused(why)
            taken = seconds if seconds is not None and 0 <= seconds < math.inf else None
            answer = Answer(text=text, manner=manner, seconds=taken, speech=speech)
            return Answered(at=now, answer=answer)

        return self._take_turn(session_id, event, seen)

    def want(self, session_id: str, intent: Intent, *, seen: int | None = None) -> Iterator[Update]:
        """Take a request that was clicked.

        Args:
            session_id: Which interview.
            intent: What is asked for.
            seen: How many lines the candidate's page showed; None: do not check.

        Returns:
            The saved session first, then the session after each step.

        Raises:
            StaleTurn: The interview moved on since the page was drawn.
            InvalidEvent: The interview is over or is not listening.
        """
        return self._take_turn(session_id, lambda now: Wanted(at=now, intent=intent), seen)

    def _take_turn(
        self, session_id: str, event: Callable[[float], Event], seen: int | None
    ) -> Iterator[Update]:
        with self._lock(session_id):
            session = self._store.load(session_id)
            _refuse_stale(session, seen)
            moved = self._taken(session, event(self._clock()))
        return chain((moved,), self.go_on(session_id, shown=moved.revision))

    def _taken(self, session: Session, event: Event) -> Session:
        """The session with a turn of the candidate, saved."""
        for _ in range(_TRIES):
            moved, _ = advance(session, event)
            try:
                self._store.save(moved, after=session.revision)
            except SessionConflict as error:
                latest = self._store.load(session.id)
                if latest.lines != session.lines or latest.phase is not session.phase:
                    raise StaleTurn(_STALE) from error
                session = latest  # only a grade came in between
            else:
                return moved
        raise StaleTurn(_STALE)

    def _lock(self, session_id: str) -> threading.Lock:
        with self._guard:
            # Held weakly: a lock lives as long as somebody holds or waits for it.
            return self._locks.setdefault(session_id, threading.Lock())

    def _step(self, session_id: str) -> Generator[Update, None, Session | None]:
        """Carry out the next command; returns the session after it, None: nothing is pending."""
        with self._lock(session_id):
            session = self._store.load(session_id)
            if not session.pending:
                self._grades.begin(session_id, self._keep_judged)
                return None
            command = session.pending[0]
            if isinstance(command, Say):
                self._grades.begin(session_id, self._keep_judged)
                event: Event = yield from self._speak(session, command)
            else:
                event = self._carry_out(session, command)
            moved = self._answer_command(session, command, event)
            if isinstance(event, Judged | JudgedWhole):
                self._grades.note(moved, event)
        yield moved
        return moved

    def _answer_command(self, session: Session, command: Command, event: Event) -> Session:
        """The session after a command was carried out, saved."""
        for _ in range(_TRIES):
            moved, _ = advance(session, event)
            try:
                self._store.save(moved, after=session.revision)
            except SessionConflict:
                session = self._store.load(session.id)
                if session.pending[:1] != (command,):
                    return session  # another process carried it out; go on from there
            else:
                return moved
        return session

    def _apply(self, session_id: str, event: Regraded) -> None:
        """Save a grade that came later, whatever happened meanwhile."""
        for _ in range(_TRIES):
            session = self._store.load(session_id)
            moved, _ = advance(session, event)
            try:
                self._store.save(moved, after=session.revision)
            except SessionConflict:
                continue
            return
        _LOG.warning("A grade that came later could not be saved in session %s.", session_id)

    def _speak(self, session: Session, command: Say) -> Generator[Update, None, Spoken]:
        """Say a line, handing on the words as they come."""
        so_far, words = "", Words("")
        # Composing was this turn's call for the interviewer's words.
        plainly = session.id in self._composed_for
        self._composed_for.discard(session.id)
        note = self._notes.pop(session.id, None)
        for piece in self._voice.speak(session, command, self._bank, plainly=plainly):
            if isinstance(piece, Words):
                words = piece
            else:
                so_far += piece
                yield Speaking(session, command.cue, so_far)
        return Spoken(
            at=self._clock(),
            text=words.text,
            hinted=words.hinted,
            note=words.note or note,
            usage=words.usage,
        )

    def _carry_out(
        self, session: Session, command: Pick | Judge | JudgeWhole | ChooseProbe
    ) -> Event:
        match command:
            case Pick():
                return self._pick(session, self._clock())
            case Judge(place=place):
                grade = self._grades.grade(session, place)
                return Judged(at=self._clock(), place=place, grade=grade)
            case JudgeWhole(round=index):
                grade = self._grades.grade(session, Place(round=index), whole=True)
                return JudgedWhole(at=self._clock(), round=index, grade=grade)
            case ChooseProbe():
                now = self._clock()
                return self._choose(session, now)

    def _pick(self, session: Session, now: float) -> Picked:
        """The next question; every second one is a composed one, as long as there are any."""
        aims = self._aims(session.plan)
        picked = pick(self._bank, session, now, aims.fits(session.asked) if aims else None)
        composed = [item for item in session.plan.composed if item.id not in session.asked]
        if picked is not None and composed and len(session.rounds) % 2:
            return Picked(at=now, question=composed[0])
        if picked is None or aims is None:
            return Picked(at=now, question=picked)
        found = aims.left(session.asked).get(picked.id)
        return Picked(at=now, question=picked, because=found.because if found else None)

    def _keep_judged(self, session_id: str, due: Due, grade: Graded) -> None:
        self._apply(session_id, due.regraded(self._clock(), grade))

    def _choose(self, session: Session, now: float) -> Probed:
        index = len(session.rounds) - 1
        question = question_of(session, index, self._bank) if session.current else None
        if question is None:
            return Probed(at=now, follow_up=None)
        chosen = choose(question, session, now, self._says_the_same)
        if chosen is not None or self._composer is None or not may_probe(question, session, now):
            return Probed(at=now, follow_up=chosen)
        try:
            made = self._composer(question, session)
        except Exception:  # noqa: BLE001 - no follow-up must not end the interview
            _LOG.exception("Composing a follow-up failed in session %s.", session.id)
            made = Composed(note="A follow-up could not be composed. The log says why.")
        if made is None:
            return Probed(at=now, follow_up=None)
        self._composed_for.add(session.id)
        if made.note:
            self._notes[session.id] = made.note
        return Probed(
            at=self._clock(),
            follow_up=made.follow_up,
            composed=made.follow_up is not None,
            usage=made.usage,
        )

    def _says_the_same(self, text: str, others: Sequence[str]) -> bool:
        if normalise(text) in {normalise(other) for other in others}:
            return True
        if self._index is None:
            return False
        try:
            return self._index.says_the_same(text, others)
        except InterviewerError as error:
            _LOG.warning("Near-duplicates cannot be told: %s", error)
            return False

    def _aims(self, plan: Plan) -> Aims | None:
        """What the target text asks for; None without one, or without a search."""
        if self._index is None or not plan.target.strip():
            return None
        key = (plan.target, plan.topics)
        if self._aimed is None or self._aimed[0] != key:
            try:
                self._aimed = (key, aim(self._index, self._bank, plan))
            except InterviewerError as error:
                _LOG.warning("The interview cannot be aimed at its target text: %s", error)
                return None
        return self._aimed[1]


def _refuse_stale(session: Session, seen: int | None) -> None:
    """Refuse a turn from a page that has not shown what was said since."""
    if seen is None or session.phase is Phase.ENDED:
        return
    newer = session.lines[max(0, seen) :]
    if any(line.speaker == "interviewer" for line in newer):
        raise StaleTurn(_STALE)
    if newer and session.phase is Phase.THINKING:
        raise StaleTurn(_STALE)
