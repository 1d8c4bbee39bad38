"""The interview page: what the browser asks, carried out by the runner, as views."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from interviewer.errors import (
    AnswerRefused,
    InterviewerError,
    InvalidEvent,
    SessionConflict,
    StaleTurn,
    StoreError,
    UnknownSession,
)
from interviewer.interview import Speaking, Update
from interviewer.interview.session import Intent, Phase, Session
from interviewer.model import Speech
from interviewer.ui import conversation, report, setup
from interviewer.ui.render import render
from interviewer.ui.wire import Ask, Reply, notice
from interviewer.wiring import SCRIPTED

if TYPE_CHECKING:
    from interviewer.wiring import Parts

_STALE = (
    "This interview went on somewhere else, in another tab perhaps. "
    "Your words are still below; look at what was said first."
)


class InterviewPage:
    """Answers the events of the interview page.

    Args:
        parts: Runner, bank and store; looked up when they are needed.
    """

    def __init__(self, parts: Parts) -> None:
        """Keep the parts; nothing is opened."""
        self._parts = parts

    def shell(self) -> str:
        """The static HTML of the page."""
        name = self._parts.interview_name
        form = setup.form(self._parts.bank, sent_to=None if name == SCRIPTED else name)
        return form + render("talk.html") + self._voice()

    def _voice(self) -> str:
        """The check of microphone and voice, which says where sound goes."""
        parts = self._parts
        transcriber, speaker = parts.transcriber, parts.speaker
        endpoint = transcriber is not None and not transcriber.local
        return render(
            "voice.html",
            transcriber=transcriber.name if transcriber else None,
            transcriber_host=endpoint,
            speaker=speaker.name if speaker else None,
        )

    def handle(self, ask: Ask) -> Iterator[Reply]:
        """Carry out what was asked.

        Raises:
            InterviewerError: What failed and is not about the candidate's turn.
        """
        match ask.do:
            case "peek":
                yield self._peek(ask.interview)
            case "begin":
                yield from self._begin(ask)
            case "open" | "report":
                yield from self._open(ask)
            case "file":
                yield setup.read_file(ask)
            case "regrade":
                yield from self._regrade(ask)
            case "answer" | "want":
                yield from self._turn(ask)
            case _:
                yield Reply()

    def _peek(self, session_id: str | None) -> Reply:
        """The offer to resume what this browser remembers, if it can be resumed."""
        nothing = Reply(slots={"resume": ""}, tell={"forget": True})
        if not session_id:
            return nothing
        try:
            session = self._parts.runner.load(session_id)
        except UnknownSession:
            return nothing
        if session.phase is Phase.ENDED:
            return nothing
        return Reply(slots={"resume": setup.resume_offer(session, self._parts.bank)})

    def _begin(self, ask: Ask) -> Iterator[Reply]:
        plan = setup.read(ask.form, self._parts.bank)
        if isinstance(plan, setup.Problems):
            yield Reply(slots=setup.errors(plan), tell={"refused": True, "focus_error": True})
            return
        if plan.target and self._parts.interview_name:
            words = f"Reading your text with {self._parts.interview_name}."
            yield Reply(slots=notice("setup-notice", words, kind="info"), final=False)
        session = self._parts.start(plan)
        yield Reply(
            slots=setup.errors(setup.Problems(fields={})) | {"resume": "", "setup-notice": ""},
            tell={"remember": session.id},
            final=False,
        )
        yield from self._views(self._parts.runner.go_on(session.id))

    def _open(self, ask: Ask) -> Iterator[Reply]:
        try:
            session = self._parts.runner.load(ask.interview or "")
        except StoreError as error:
            slots = notice("setup-notice", str(error))
            yield Reply(slots=slots, tell={"stage": "setup", "forget": True, "leave": True})
            return
        judging = self._parts.runner.judging(session.id)
        ended, listening = session.phase is Phase.ENDED, session.phase is not Phase.THINKING
        yield self._report(session) if ended else self._view(session, final=listening)
        news = False
        steps = self._parts.runner.go_on(session.id, shown=session.revision)
        for reply in self._reports(steps) if ended else self._views(steps, listened=listening):
            news = True
            yield reply
        if judging and not news:  # the judge left without a word: say that it is gone
            session = self._parts.runner.load(session.id)
            yield (self._report(session) if ended else self._view(session, final=True)).aside()

    def _reports(self, steps: Iterable[Update]) -> Iterator[Reply]:
        for update in steps:
            if isinstance(update, Session):
                yield self._report(update).aside()

    def _report(self, session: Session, *, final: bool = True) -> Reply:
        runner = self._parts.runner
        again = runner.regradable(session) and not runner.judging(session.id)
        slots = {
            "report": report.view(
                session,
                self._parts.bank,
                now=time.time(),
                can_regrade=again,
                recorded=self._parts.recordings.find,
            ),
            "report-notice": "",
        }
        return Reply(slots=slots, tell={"stage": "report", "interview": session.id}, final=final)

    def _regrade(self, ask: Ask) -> Iterator[Reply]:
        """Grade again what the judge has not seen, showing each round as it is done."""
        runner = self._parts.runner
        for session in runner.regrade(ask.interview or ""):
            ended = session.phase is Phase.ENDED
            yield self._report(session, final=False) if ended else self._view(session, final=False)
        session = runner.load(ask.interview or "")
        if session.phase is not Phase.ENDED:
            yield self._view(session, final=session.phase is not Phase.THINKING)
            return
        yield self._report(session)
        if runner.regradable(session):
            message = "The judge could not be asked about every answer; try again later."
            slots = notice("report-notice", message, kind="warning")
            yield Reply(slots=slots, tell={"interview": session.id})

    def _turn(self, ask: Ask) -> Iterator[Reply]:
        runner, session_id = self._parts.runner, ask.interview or ""
        try:
            if ask.do == "answer":
                speech = Speech(**dict(ask.spoken)) if ask.spoken else None
                steps = runner.answer(
                    session_id, ask.text, seconds=ask.seconds, seen=ask.seen, speech=speech
                )
            else:
                steps = runner.want(session_id, Intent(ask.intent), seen=ask.seen)
            yield from self._views(steps)
        except AnswerRefused as error:
            slots = notice("talk-notice", str(error), kind="warning")
            yield Reply(slots=slots, tell={"refused": True})
        except (StaleTurn, SessionConflict, InvalidEvent):
            slots = notice(
                "talk-notice", _STALE, kind="warning", action="catch-up", label="Show what was said"
            )
            yield Reply(slots=slots, tell={"refused": True, "stale": True})
        except InterviewerError as error:
            slots = notice(
                "talk-notice", str(error), action="catch-up", label="Go on where it stopped"
            )
            yield Reply(slots=slots, tell={"refused": True})
        except ValueError:
            slots = notice("talk-notice", "The interviewer does not know that request.")
            yield Reply(slots=slots, tell={"refused": True})

    def _views(self, steps: Iterable[Update], *, listened: bool = False) -> Iterator[Reply]:
        for update in steps:
            if isinstance(update, Speaking):
                yield conversation.speaking(update)
                continue
            shown = self._view(update, final=update.phase is not Phase.THINKING)
            # What follows once the candidate may speak is only grades: the page stays theirs.
            yield shown.aside() if listened else shown
            listened = listened or update.phase is not Phase.THINKING

    def _view(self, session: Session, *, final: bool) -> Reply:
        return conversation.reply(
            session,
            self._parts.bank,
            now=time.time(),
            model_ready=self._parts.encoder.ready,
            judging=self._parts.runner.judging(session.id),
            final=final,
        )
