"""From a finished session to its report page: pure."""

from __future__ import annotations

from interviewer.bank import Bank
from interviewer.interview.session import Session
from interviewer.model import Grade
from interviewer.report import Report, as_markdown, build_report
from interviewer.ui import conversation
from interviewer.ui.render import count, render

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def view(session: Session, bank: Bank, *, now: float, can_regrade: bool = False) -> str:
    """The report as HTML, with its Markdown beside it for the download."""
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
    )


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
