"""An interview in the terminal: lines in, lines out; the runner does the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator

from interviewer.cli.graded import print_graded
from interviewer.cli.terminal import out, plain, print_note, working
from interviewer.errors import AnswerRefused, InvalidEvent, StaleTurn
from interviewer.interview import Speaking, Update
from interviewer.interview.session import (
    Cue,
    Intent,
    Judge,
    JudgeWhole,
    Line,
    Phase,
    Session,
    question_of,
)
from interviewer.model import Grade, Mode
from interviewer.wiring import Parts

COMMANDS = {f"/{intent.value}": intent for intent in Intent}
_CLOSING = frozenset({Cue.CLOSE, Cue.SKIPPED, Cue.UNKNOWN})
_HELP = (
    "Type your answer; an empty line sends it. Ask in words (repeat that, a hint please, next "
    "question), or with: " + ", ".join((*COMMANDS, "/leave", "/help")) + "."
)


class _Left(Exception):
    """The candidate left the terminal; the interview is saved."""


class Talk:
    """One candidate at one terminal.

    Args:
        parts: What the interview is held with.
    """

    def __init__(self, parts: Parts) -> None:
        """Nothing is said yet."""
        self._parts = parts
        self._console = out()
        self._shown = 0
        self._said = ""
        self._noted: set[int | None] = set()
        self._judged: set[int] = set()

    def hold(self, session: Session) -> None:
        """Hold the interview from where it stands until it ends or the candidate leaves."""
        self._console.print(self._parts.grader_note(), style="dim", markup=False)
        self._console.print(_HELP, style="dim", markup=False)
        # What was closed before this terminal was opened has been read.
        self._noted = {line.round for line in session.lines if line.cue in _CLOSING}
        self._judged = {
            index
            for index, item in enumerate(session.rounds)
            if isinstance(item.grade, Grade) and item.grade.provenance.model
        }
        if session.phase is Phase.ENDED:
            print_note("This interview is over.")
        try:
            self._talk(session)
        except (_Left, KeyboardInterrupt):
            self._console.print()
            print_note(f"Saved. Go on with: interviewer practice --session {session.id}")
        else:
            print_note(f"Read the report with: interviewer report {session.id}")

    def _talk(self, session: Session) -> None:
        session = self._follow(self._parts.runner.go_on(session.id), session)
        while session.phase is not Phase.ENDED:
            self._show_judged(self._parts.runner.load(session.id))
            asked = time.monotonic()
            text = self._listen(session)
            if text:
                session = self._take(session, text, time.monotonic() - asked)
        self._show_judged(session)

    def _take(self, session: Session, text: str, seconds: float) -> Session:
        """Do what the candidate typed; when it is refused, say why and stay."""
        runner, seen = self._parts.runner, len(session.lines)
        word = text.strip().lower()
        try:
            if word in COMMANDS:
                moves = runner.want(session.id, COMMANDS[word], seen=seen)
            elif word.startswith("/") and len(word.split()) == 1:
                print_note(f"There is no command {word}. {_HELP}")
                return session
            else:
                moves = runner.answer(session.id, text, seconds=seconds, seen=seen)
            return self._follow(moves, session)
        except AnswerRefused as error:
            print_note(str(error))
            return session
        except (StaleTurn, InvalidEvent) as error:
            print_note(f"{error} Your text was not sent:\n{text}")
            return self._follow(runner.go_on(session.id), runner.load(session.id))

    def _follow(self, moves: Iterator[Update], session: Session) -> Session:
        """Show what is said as it is said; grades that come later are shown later."""
        self._show(session)
        moves = iter(moves)
        while True:
            with working("Grading" if _grades(session) else "Thinking"):
                moved = next(moves, None)
            while isinstance(moved, Speaking):
                self._show_piece(moved)
                moved = next(moves, None)
            if moved is None:
                return session
            session = moved
            self._show(session)
            if session.phase is Phase.LISTENING:
                return session

    def _show_piece(self, update: Speaking) -> None:
        """Print what is new of a line that is being said."""
        if not self._said:
            self._console.print()
            self._console.print("Interviewer", style="bold cyan")
            self._console.print("  ", end="")
        self._console.print(
            plain(update.text[len(self._said) :]), end="", markup=False, highlight=False
        )
        self._said = update.text

    def _show(self, session: Session) -> None:
        """Print the lines that are new; own words only when an interview is taken up again."""
        resumed = self._shown == 0
        for line in session.lines[self._shown :]:
            if line.speaker == "interviewer":
                self._show_line(line, session)
            elif resumed:
                self._say("You", "bold green", line.text)
            if line.cue in _CLOSING:
                self._show_notes(session, line.round)
        self._shown = len(session.lines)

    def _show_line(self, line: Line, session: Session) -> None:
        """A line of the interviewer; one that was printed as it came is only ended."""
        said, self._said = self._said, ""
        if said:
            self._console.print()
        if not said or plain(said).strip() != plain(line.text).strip():
            self._say("Interviewer", "bold cyan", line.text)
        if line.note:
            print_note(line.note)
        if line.cue is Cue.ASK and line.round is not None:
            because = session.rounds[line.round].because
            if because:
                print_note(f"Because your text asks for: {because}")
            name = session.rounds[line.round].question_id
            if any(item.id == name for item in session.plan.composed):
                print_note("The model composed this question for your text.")

    def _show_judged(self, session: Session) -> None:
        """What the judge said since to answers whose notes were printed."""
        if session.plan.mode is not Mode.PRACTICE:
            return
        for index, item in enumerate(session.rounds):
            grade = item.grade
            if index not in self._noted or index in self._judged or not isinstance(grade, Grade):
                continue
            if grade.provenance.model:
                self._judged.add(index)
                self._console.print()
                text = f"The judge on question {index + 1}: {grade.level.label}."
                self._console.print(text, style="bold")
                self._print_indented(grade.feedback.summary)

    def _say(self, who: str, style: str, text: str) -> None:
        self._console.print()
        self._console.print(who, style=style)
        self._print_indented(text)

    def _print_indented(self, text: str) -> None:
        from rich.padding import Padding
        from rich.text import Text

        self._console.print(Padding(Text(plain(text)), (0, 0, 0, 2), expand=False))

    def _show_notes(self, session: Session, index: int | None) -> None:
        """In practice: the grade and a better answer to a question that is done."""
        if session.plan.mode is not Mode.PRACTICE or index is None or index in self._noted:
            return
        self._noted.add(index)
        item = session.rounds[index]
        question = question_of(session, index, self._parts.bank)
        if question is None:
            return
        self._console.print()
        self._console.rule("Notes", style="dim")
        if item.grade:
            print_graded(question, item.grade)
        if not isinstance(item.grade, Grade) or not item.grade.feedback.better_answer:
            self._console.print("Model answer", style="bold")
            self._print_indented(question.model_answer)
        self._console.rule(style="dim")

    def _listen(self, session: Session) -> str:
        """Lines up to an empty one; a command is taken at once.

        Raises:
            _Left: The candidate left, or the input ended.
        """
        left = int(session.seconds_left(time.time()) // 60)
        self._console.print()
        prompt = f"[bold green]You[/] [dim]({left} min left)[/] "
        lines: list[str] = []
        while True:
            try:
                line = self._console.input(prompt if not lines else "  ")
            except EOFError as error:
                if lines:
                    return "\n".join(lines)
                raise _Left from error
            word = line.strip().lower()
            if not lines and word in {"/leave", "/quit", "/exit"}:
                raise _Left
            if not lines and word == "/help":
                print_note(_HELP)
                continue
            if not lines and word.startswith("/") and len(word.split()) == 1:
                return word
            if not word:
                return "\n".join(lines)
            lines.append(line)


def _grades(session: Session) -> bool:
    return bool(session.pending) and isinstance(session.pending[0], Judge | JudgeWhole)
