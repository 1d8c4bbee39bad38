"""A second opinion on answers, beside the interview: asked for in the background."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from interviewer.interview.session import Place, Regraded
from interviewer.model import Answer, Graded, Question

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """An answer the judge is to look at.

    Attributes:
        place: Where it was given.
        whole: It is the whole round's.
        question: What was asked, with points.
        answer: What was said.
        first: The grade it has.
    """

    place: Place
    whole: bool
    question: Question
    answer: Answer
    first: Graded

    def regraded(self, at: float, grade: Graded) -> Regraded:
        """The event that puts a grade in the place of the first."""
        return Regraded(
            at=at,
            round=self.place.round,
            follow_up=self.place.follow_up,
            whole=self.whole,
            text=self.answer.text,
            grade=grade,
        )


Judging = Callable[[Sequence[Due]], Awaitable[Sequence[Graded]]]
"""Judges answers in one call; gives a grade for each and never raises for a model's failure."""

Keep = Callable[[str, Due, Graded], None]
"""Saves a grade of a session."""


Submit = Callable[..., Future[None]]
"""Starts a coroutine function with its arguments in the background."""


class SecondOpinions:
    """Answers waiting for the judge, and those it is reading. Safe between threads.

    Args:
        judging: Judges answers.
        submit: Runs it in the background.
    """

    def __init__(self, judging: Judging, submit: Submit) -> None:
        """Nothing is due."""
        self._judging = judging
        self._submit = submit
        self._lock = threading.Lock()
        self._due: dict[str, list[Due]] = defaultdict(list)
        self._running: dict[str, list[Future[None]]] = defaultdict(list)

    def note(self, session_id: str, due: Due) -> None:
        """Remember an answer; a later one at the same place takes its place."""
        with self._lock:
            kept = [
                item
                for item in self._due[session_id]
                if (item.place, item.whole) != (due.place, due.whole)
            ]
            self._due[session_id] = [*kept, due]

    def begin(self, session_id: str, keep: Keep) -> None:
        """Have the judge begin on what was noted: one call for all of it."""
        with self._lock:
            due = tuple(self._due.pop(session_id, ()))
        # The whole round holds what was said to the question itself.
        wholes = {item.place.round for item in due if item.whole}
        due = tuple(
            item
            for item in due
            if item.whole or item.place.follow_up or item.place.round not in wholes
        )
        if due:
            self.submit(session_id, due, keep)

    def submit(self, session_id: str, due: Sequence[Due], keep: Keep) -> Future[None]:
        """Judge answers in the background and keep each grade."""
        future = self._submit(self._judge, session_id, due, keep)
        with self._lock:
            self._running[session_id].append(future)
        future.add_done_callback(lambda done: self._forget(session_id, done))
        return future

    def running(self, session_id: str) -> tuple[Future[None], ...]:
        """What is being judged now."""
        with self._lock:
            return tuple(
                # Who waits for one wakes before it is forgotten.
                item
                for item in self._running.get(session_id, ())
                if not item.done()
            )

    def _forget(self, session_id: str, future: Future[None]) -> None:
        with self._lock:
            left = [item for item in self._running.get(session_id, ()) if item is not future]
            if left:
                self._running[session_id] = left
            else:
                self._running.pop(session_id, None)

    async def _judge(self, session_id: str, due: Sequence[Due], keep: Keep) -> None:
        try:
            grades = await self._judging(due)
        except Exception:  # noqa: BLE001 - the first grades stand
            _LOG.exception("The second opinion failed in session %s.", session_id)
            return
        for item, grade in zip(due, grades, strict=True):
            try:
                await asyncio.to_thread(keep, session_id, item, grade)
            except Exception:  # noqa: BLE001 - the others can still be kept
                _LOG.exception("A second grade was not kept in session %s.", session_id)
