"""Grade what was said in an interview: at once on this machine, and by the judge beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import Final

from interviewer.bank import Bank
from interviewer.errors import InterviewerError
from interviewer.grading import Grader, judgeable
from interviewer.interview.second import Due, Keep, SecondOpinions
from interviewer.interview.session import (
    Judged,
    JudgedWhole,
    Place,
    Reply,
    Session,
    question_of,
)
from interviewer.model import Answer, Grade, Graded, Manner, Question, Ungraded

_LOG: Final = logging.getLogger(__name__)


class Grades:
    """The grades of interviews. Holds no session; what it finds is handed back.

    Args:
        bank: The questions.
        grader: Grades at once.
        second: Judges beside the interview, if there is a model for it.
    """

    def __init__(self, bank: Bank, grader: Grader, second: SecondOpinions | None) -> None:
        """Keep the parts; nothing is graded."""
        self._bank = bank
        self._grader = grader
        self._second = second

    def grade(self, session: Session, place: Place, *, whole: bool = False) -> Graded:
        """The grade of what was said at a place. Never raises.

        Args:
            session: As it stands.
            place: Of a question or a follow-up.
            whole: Everything said in the place's round, as an answer to its question.
        """
        return self._grade(session, place, _said(session, place, whole=whole))

    def note(self, session: Session, event: Judged | JudgedWhole) -> None:
        """Remember that the judge is to look at what was graded."""
        if self._second is None:
            return
        whole = isinstance(event, JudgedWhole)
        place = Place(round=event.round) if isinstance(event, JudgedWhole) else event.place
        asked = self._asked(session, place)
        answer = _said(session, place, whole=whole)
        if asked is not None and judgeable(answer):
            self._second.note(session.id, Due(place, whole, asked, answer, event.grade))

    def begin(self, session_id: str, keep: Keep) -> None:
        """Let the judge begin on what was noted since."""
        if self._second is not None:
            self._second.begin(session_id, keep)

    def running(self, session_id: str) -> tuple[Future[None], ...]:
        """What the judge is reading now."""
        return self._second.running(session_id) if self._second is not None else ()

    def regradable(self, session: Session) -> bool:
        """Whether grading again can say more about an answer than it has."""
        return any(
            self._wants_more(session, place, grade, whole=whole)
            for index in range(len(session.rounds))
            for place, whole, grade in _graded_places(session, index)
        )

    def due_again(self, session: Session, index: int) -> tuple[Due, ...]:
        """What of a round can be graded better than it is, graded again on this machine."""
        found = []
        for place, whole, grade in _graded_places(session, index):
            asked = self._asked(session, place)
            if asked is None or not self._wants_more(session, place, grade, whole=whole):
                continue
            answer = _said(session, place, whole=whole)
            found.append(Due(place, whole, asked, answer, self._grade(session, place, answer)))
        return tuple(found)

    def submit(self, session_id: str, due: Sequence[Due], keep: Keep) -> Future[None] | None:
        """Have the judge read answers now; None: there is no judge."""
        return self._second.submit(session_id, due, keep) if self._second is not None else None

    def _wants_more(
        self, session: Session, place: Place, grade: Graded | None, *, whole: bool
    ) -> bool:
        """Whether grading again can say more than the grade there is."""
        if self._asked(session, place) is None:
            return False
        if not isinstance(grade, Grade):
            return True
        if self._second is None or grade.provenance.model is not None:
            return False
        return judgeable(_said(session, place, whole=whole))

    def _asked(self, session: Session, place: Place) -> Question | None:
        """The question or follow-up at a place, to be graded; None: it is gone."""
        question = question_of(session, place.round, self._bank)
        if question is None or place.follow_up is None:
            return question
        probes = session.rounds[place.round].probes
        composed = next((p.composed for p in probes if p.follow_up == place.follow_up), None)
        follow_up = composed or question.follow_up(place.follow_up)
        return question.as_follow_up(follow_up) if follow_up else None

    def _grade(self, session: Session, place: Place, answer: Answer) -> Graded:
        item = session.rounds[place.round]
        question = self._asked(session, place)
        if question is None:
            return Ungraded(
                ungraded=f"The bank no longer has the question '{item.question_id}'"
                + (f" with its follow-up '{place.follow_up}'." if place.follow_up else ".")
                + " The answer is kept."
            )
        try:
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


def _graded_places(session: Session, index: int) -> Iterator[tuple[Place, bool, Graded | None]]:
    """Where something was said in a round, whether it is the whole of it, and its grade."""
    item = session.rounds[index]
    if item.text():
        yield Place(round=index), False, item.unaided
    for probe in item.probes:
        if item.text(probe.follow_up):
            yield Place(round=index, follow_up=probe.follow_up), False, probe.grade
    if item.after_probing is not None:
        yield Place(round=index), True, item.after_probing


def _said(session: Session, place: Place, *, whole: bool) -> Answer:
    """Everything said at a place, or in the whole of its round, as one answer."""
    item = session.rounds[place.round]
    if whole:
        return _one_answer(item.whole_text, item.replies)
    replies = [reply for reply in item.replies if reply.follow_up == place.follow_up]
    return _one_answer(item.text(place.follow_up), replies)


def _one_answer(text: str, replies: Sequence[Reply]) -> Answer:
    spoken = any(reply.answer.manner is Manner.SPOKEN for reply in replies)
    times = [reply.answer.seconds for reply in replies]
    known = [seconds for seconds in times if seconds is not None]
    return Answer(
        text=text,
        manner=Manner.SPOKEN if spoken else Manner.TYPED,
        seconds=sum(known) if known and len(known) == len(times) else None,
    )
