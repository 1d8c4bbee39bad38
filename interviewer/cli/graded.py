"""A grade on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from interviewer.cli.terminal import out, plain
from interviewer.model import Grade, Graded, Level, Question, Status, Ungraded, Verdict

_LEVEL_STYLE = {Level.STRONG: "bold green", Level.OK: "bold yellow", Level.WEAK: "bold red"}
_MARKS = {
    Status.COVERED: ("✓", "green"),
    Status.PARTIAL: ("~", "yellow"),
    Status.MISSING: ("·", "dim"),
    Status.CONTRADICTED: ("✗", "red"),
}


def print_graded(question: Question, graded: Graded) -> None:
    """Print the level, what each point got it for, and the feedback."""
    from rich.text import Text

    console = out()
    if isinstance(graded, Ungraded):
        console.print(Text.assemble(("Not graded. ", "bold yellow"), plain(graded.ungraded)))
        return
    figures = f"  score {graded.score:.2f}, confidence {graded.confidence:.2f}"
    level = (graded.level.label, _LEVEL_STYLE[graded.level])
    console.print(Text.assemble(level, (figures, "dim")))
    console.print(Text(plain(graded.feedback.summary)), end="\n\n")
    for verdict in graded.verdicts:
        console.print(_verdict(question, verdict))
    for title, texts in _feedback(graded):
        console.print()
        console.print(Text(title, style="bold"))
        for text in texts:
            console.print(Text(f"  {plain(text)}"))


def _verdict(question: Question, verdict: Verdict) -> object:
    from rich.text import Text

    mark, style = _MARKS[verdict.status]
    point = question.point(verdict.point_id)
    claim = point.told if point else verdict.point_id
    shown = Text.assemble((f"{mark} {verdict.status:13}", style), (f"{verdict.tier:6}", "dim"))
    shown.append(plain(claim))
    if verdict.evidence:
        shown.append(f'\n    "{plain(verdict.evidence.quote)}"', style="italic dim")
    return shown


def _feedback(graded: Grade) -> Iterator[tuple[str, tuple[str, ...]]]:
    if graded.reasons:
        yield "Why it is not higher", graded.reasons
    if graded.feedback.wrong:
        yield "Wrong", graded.feedback.wrong
    if graded.feedback.better_answer:
        yield "A better answer", (graded.feedback.better_answer,)
