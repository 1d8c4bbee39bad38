"""Run interviews: carry out what the session asks for, save, and hand each step on.

Every step loads the session, carries out its first pending command, and saves
before anyone sees it. A step holds nothing between steps, so an iterator may be
dropped anywhere, by a closed page or a killed process, and ``go_on`` takes over.
"""

from __future__ import annotations

import logging
import math
import re
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, Protocol
from weakref import WeakValueDictionary

from interviewer.bank import Bank
from interviewer.errors import AnswerRefused, InterviewerError, SessionConflict, StaleTurn
from interviewer.grading import Grader, refusal
from interviewer.interview.follow_up import choose
from interviewer.interview.intents import normalise, recognise
from interviewer.interview.pick import pick
from interviewer.interview.plan import check
from interviewer.interview.session import (
    Answered,
    Begin,
    ChooseProbe,
    Command,
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
    Reply,
    Say,
    Session,
    Spoken,
    Wanted,
    advance,
)
from interviewer.interview.voice import Voice
from interviewer.model import Answer, FollowUp, Graded, Manner, Plan, Ungraded

_LOG: Final = logging.getLogger(__name__)
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of characters: no store and no page can hold them."""

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


class Index(Protocol):
    """What the search offers to an interview."""

    def relevance(self, text: str) -> Mapping[str, float]:
        """For each question id, 0..1, how close it is to a text."""
        ...

    def says_the_same(self, text: str, others: Sequence[str]) -> bool:
        """Whether a text says the same as one of the others."""
        ...


class Runner:
    """Holds interviews. Safe to share between threads, and between processes by the store.

    Args:
        bank: The questions.
        grader: Grades answers.
        store: Keeps sessions.
        voice: Finds the interviewer's words.
        index: Aims at a target text and guards against near-duplicates, if given.
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
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the parts; nothing is read or loaded."""
        self._bank = bank
        self._grader = grader
        self._store = store
        self._voice = voice
        self._index = index
        self._clock = clock
        self._aimed: tuple[str, Mapping[str, float] | None] = ("", None)
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._guard = threading.Lock()

    def start(self, plan: Plan, *, seed: int | None = None) -> Session:
        """Create and save an interview; ``go_on`` says the first words.

        Args:
            plan: What the candidate asked for.
            seed: Decides every choice left to chance; None draws one.

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
        )
        session, _ = advance(new, Begin(at=now))
        self._store.save(session, after=None)
        return session

    def load(self, session_id: str) -> Session:
        """The session as it is stored.

        Raises:
            UnknownSession: There is none with that id.
        """
        return self._store.load(session_id)

    def go_on(self, session_id: str) -> Iterator[Session]:
        """Carry out what is pending, saving after each step.

        Yields:
            The session after each step; nothing when it waits for the candidate.

        Raises:
            UnknownSession: There is none with that id.
        """
        while (session := self._step(session_id)) is not None:
            yield session

    def answer(
        self,
        session_id: str,
        text: str,
        *,
        manner: Manner = Manner.TYPED,
        seconds: float | None = None,
        seen: int | None = None,
    ) -> Iterator[Session]:
        """Take what the candidate typed or said: an answer, or a request in words.

        The words are saved before this returns, also when nobody iterates.

        Args:
            session_id: Which interview.
            text: As it came.
            manner: Typed or spoken.
            seconds: Time taken, if known.
            seen: How many lines the candidate's page showed; None: do not check.

        Returns:
            The saved session first, then the session after each step.

        Raises:
            AnswerRefused: The text cannot be taken as an answer.
            StaleTurn: The interview moved on since the page was drawn.
            InvalidEvent: The interview is over or is not listening.
        """
        text = _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))

        def event(now: float) -> Event:
            intent = recognise(text)
            if intent is not None:
                return Wanted(at=now, intent=intent, text=text.strip())
            if why := refusal(text):
                raise AnswerRefused(why)
            taken = seconds if seconds is not None and 0 <= seconds < math.inf else None
            return Answered(at=now, answer=Answer(text=text, manner=manner, seconds=taken))

        return self._take_turn(session_id, event, seen)

    def want(
        self, session_id: str, intent: Intent, *, seen: int | None = None
    ) -> Iterator[Session]:
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
    ) -> Iterator[Session]:
        with self._lock(session_id):
            session = self._store.load(session_id)
            _refuse_stale(session, seen)
            moved, _ = advance(session, event(self._clock()))
            try:
                self._store.save(moved, after=session.revision)
            except SessionConflict as error:
                raise StaleTurn(_STALE) from error
        return chain((moved,), self.go_on(session_id))

    def _lock(self, session_id: str) -> threading.Lock:
        with self._guard:
            # Held weakly: a lock lives as long as somebody holds or waits for it.
            return self._locks.setdefault(session_id, threading.Lock())

    def _step(self, session_id: str) -> Session | None:
        """Carry out the next command; None: nothing is pending."""
        with self._lock(session_id):
            session = self._store.load(session_id)
            if not session.pending:
                return None
            moved, _ = advance(session, self._carry_out(session, session.pending[0]))
            try:
                self._store.save(moved, after=session.revision)
            except SessionConflict:
                # Another process carried the same command out; go on from there.
                return self._store.load(session_id)
            return moved

    def _carry_out(self, session: Session, command: Command) -> Event:
        match command:
            case Pick():
                now = self._clock()
                question = pick(self._bank, session, now, self._relevance(session.plan.target))
                return Picked(at=now, question=question)
            case Say():
                words = self._voice.say(session, command, self._bank)
                return Spoken(at=self._clock(), text=words.text, hinted=words.hinted)
            case Judge(place=place):
                grade = self._grade(session, place, _answer_at(session, place))
                return Judged(at=self._clock(), place=place, grade=grade)
            case JudgeWhole(round=index):
                grade = self._grade(session, Place(round=index), _whole_answer(session, index))
                return JudgedWhole(at=self._clock(), round=index, grade=grade)
            case ChooseProbe():
                now = self._clock()
                return Probed(at=now, follow_up=self._choose(session, now))

    def _grade(self, session: Session, place: Place, answer: Answer) -> Graded:
        item = session.rounds[place.round]
        try:
            question = self._bank[item.question_id]
            if place.follow_up is not None:
                follow_up = self._bank.follow_up(item.question_id, place.follow_up)
                question = question.as_follow_up(follow_up)
            return self._grader.grade(question, answer)
        except InterviewerError as error:
            return Ungraded(ungraded=str(error))
        except Exception:  # noqa: BLE001 - one answer must not end the interview
            _LOG.exception(
                "Grading failed in session %s, question %s.", session.id, item.question_id
            )
            return Ungraded(
                ungraded="The grader failed on this answer. The answer is kept; "
                "the log says more, under the number of this interview."
            )

    def _choose(self, session: Session, now: float) -> FollowUp | None:
        item = session.current
        if item is None or item.question_id not in self._bank:
            return None
        return choose(self._bank[item.question_id], session, now, self._says_the_same)

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

    def _relevance(self, target: str) -> Mapping[str, float] | None:
        if self._index is None or not target.strip():
            return None
        aimed_at, relevance = self._aimed
        if aimed_at != target:
            try:
                relevance = self._index.relevance(target)
            except InterviewerError as error:
                _LOG.warning("The interview cannot be aimed at its target text: %s", error)
                return None
            self._aimed = (target, relevance)
        return relevance


def _refuse_stale(session: Session, seen: int | None) -> None:
    """Refuse a turn from a page that has not shown what was said since."""
    if seen is None or session.phase is Phase.ENDED:
        return
    newer = session.lines[max(0, seen) :]
    if any(line.speaker == "interviewer" for line in newer):
        raise StaleTurn(_STALE)
    if newer and session.phase is Phase.THINKING:
        raise StaleTurn(_STALE)


def _answer_at(session: Session, place: Place) -> Answer:
    """Everything said at a place, as one answer."""
    item = session.rounds[place.round]
    replies = [reply for reply in item.replies if reply.follow_up == place.follow_up]
    return _one_answer(item.text(place.follow_up), replies)


def _whole_answer(session: Session, index: int) -> Answer:
    """Everything said in a round, as one answer."""
    item = session.rounds[index]
    return _one_answer(item.whole_text, item.replies)


def _one_answer(text: str, replies: Sequence[Reply]) -> Answer:
    spoken = any(reply.answer.manner is Manner.SPOKEN for reply in replies)
    times = [reply.answer.seconds for reply in replies]
    known = [seconds for seconds in times if seconds is not None]
    return Answer(
        text=text,
        manner=Manner.SPOKEN if spoken else Manner.TYPED,
        seconds=sum(known) if known and len(known) == len(times) else None,
    )
