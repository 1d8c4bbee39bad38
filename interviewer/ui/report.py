"""From a finished session to its report page: pure."""

from __future__ import annotations

from collections.abc import Callable

from interviewer.bank import Bank
from interviewer.interview.session import Session
from interviewer.model import Grade
from interviewer.report import Report, as_markdown, build_report
from interviewer.speech.delivery import Delivery
from interviewer.ui import conversation
from interviewer.ui.render import count, render

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


PACE = (110, 175)
"""Words a minute that most listeners find comfortable (Tauroza & Allison 1990)."""
FILLERS = 6
"""A minute; more than that is noticed."""
PAUSE = 6
"""Seconds of silence after which a listener wonders."""


def view(
    session: Session,
    bank: Bank,
    *,
    now: float,
    can_regrade: bool = False,
    recorded: Callable[[str, str], object] = lambda interview, name: True,  # noqa: ARG005
) -> str:
    """The report as HTML, with its Markdown beside it for the download.

    Args:
        session: Whose.
        bank: Holds its questions.
        now: Unix seconds.
        can_regrade: Whether a better grader could have another look.
        recorded: Whether the recording of an interview with a name is there.
    """
    report = build_report(session, bank, now=now)
    return render(
        "report.html",
        report=report,
        headline=headline(report),
        detail=detail(report),
        markdown=as_markdown(report),
        transcript=conversation.transcript(session, bank, conversation.status(session)),
        target=bool(session.plan.target),
        can_regrade=can_regrade,
        is_grade=lambda value: isinstance(value, Grade),
        recorded=recorded,
        remarks=remarks(report.delivery) if report.delivery else (),
        longest=max(
            (part.stretches[-1].end for item in report.rounds for part in item.spoken), default=1.0
        ),
    )


def remarks(delivery: Delivery) -> tuple[str, ...]:
    """What a kind listener would say about the delivery, in a sentence each."""
    said = []
    pace = delivery.words_per_minute
    if pace is not None:
        if pace > PACE[1]:
            said.append("You speak fast; a breath between two points helps a listener keep up.")
        elif pace < PACE[0]:
            said.append("You take your time; say first where you are going, then fill it in.")
        else:
            said.append("A comfortable pace to listen to.")
    if (delivery.fillers_per_minute or 0) > FILLERS:
        said.append("A silent pause in place of a filler sounds surer.")
    if delivery.longest_pause > PAUSE:
        said.append("Before a long pause say that you want to think; interviewers wait gladly.")
    return tuple(said)


def headline(report: Report) -> str:
    """The result in one sentence."""
    counts = report.counts
    graded = counts.strong + counts.ok + counts.weak
    if graded == 0:
        return "Nothing to grade this time."
    held = counts.strong + counts.ok
    if counts.strong == graded:
        return "Every answer was strong." if graded > 1 else "A strong answer."
    if held == graded:
        return "Every answer held up." if graded > 1 else "The answer held up."
    if held == 0:
        return (
            "None of the answers held up yet." if graded > 1 else "The answer did not hold up yet."
        )
    return f"{_word(held).capitalize()} of {_word(graded)} answers held up."


def detail(report: Report) -> str:
    """What the headline leaves out, in one sentence."""
    counts = report.counts
    parts = [f"{count(counts.total, 'question')} in {_minutes(report.facts.minutes_used)}"]
    if counts.skipped:
        parts.append(f"{counts.skipped} skipped")
    if counts.unknown:
        parts.append(f"{counts.unknown} not known")
    if counts.unanswered:
        parts.append(f"{counts.unanswered} left open")
    if counts.ungraded:
        parts.append(f"{counts.ungraded} not graded")
    return ", ".join(parts) + "."


def _word(number: int) -> str:
    return _WORDS[number] if number < len(_WORDS) else str(number)


def _minutes(minutes: float) -> str:
    return "under a minute" if minutes < 1 else count(round(minutes), "minute")
