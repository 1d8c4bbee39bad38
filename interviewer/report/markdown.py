"""A report as Markdown that reads well in a terminal as it stands.

Every text that comes from outside goes through ``interviewer.report.escape``,
the bank's as well as the candidate's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from interviewer.interview.session import Outcome
from interviewer.model import Grade, Graded, Mode, Status, Tier
from interviewer.report.data import (
    AnswerReport,
    Counts,
    FollowUpReport,
    Gap,
    Report,
    RoundReport,
    TopicRow,
    VerdictRow,
)
from interviewer.report.escape import line, quote
from interviewer.speech.delivery import Delivery

SHOWN_GAPS = 10
"""How many gaps the overview lists; the rest are under their questions."""

_COUNTED = {
    "strong": "Strong",
    "ok": "OK",
    "weak": "Weak",
    "ungraded": "ungraded",
    "skipped": "skipped",
    "unknown": "not known",
    "unanswered": "not answered",
}
_STATUS = {
    Status.COVERED: "covered",
    Status.PARTIAL: "partly covered",
    Status.MISSING: "missing",
    Status.CONTRADICTED: "contradicted",
}
_SILENCE = {
    Outcome.OPEN: "Not answered yet.",
    Outcome.ANSWERED: "Nothing was said.",
    Outcome.SKIPPED: "Skipped.",
    Outcome.UNKNOWN: "You said that you did not know.",
    Outcome.UNFINISHED: "The interview ended before an answer.",
}
_MODE = {Mode.PRACTICE: "practice", Mode.MOCK: "mock interview"}


def as_markdown(report: Report) -> str:
    """The report as CommonMark with GFM tables, ending in a line break.

    No text of the candidate, the bank or the grader can add markup, HTML,
    links or terminal control sequences. Half characters become U+FFFD, so the
    result always encodes as UTF-8.
    """
    lines = [*_overview(report), *_strengths(report), *_gaps(report.gaps)]
    if report.delivery:
        lines += _delivery(report.delivery)
    if report.rounds:
        lines += ["## Question by question", ""]
    for number, item in enumerate(report.rounds, start=1):
        lines += _round(number, item)
    return "\n".join(lines).rstrip("\n") + "\n"


def _delivery(delivery: Delivery) -> Iterator[str]:
    yield from ("## How it sounded", "", "Delivery only; none of this is part of a grade.", "")
    if delivery.words_per_minute is not None:
        yield f"- Pace: {delivery.words_per_minute:.0f} words a minute"
    yield f"- Fillers: {delivery.fillers}"
    yield f"- Longest pause: {delivery.longest_pause:.1f} s"
    if delivery.first_word is not None:
        yield f"- First word after {delivery.first_word:.1f} s"
    talked = f"- Talking: {delivery.talk_seconds / 60:.1f} minutes"
    budget = delivery.budget_seconds
    yield f"{talked} of {budget / 60:.0f}" if budget else talked
    yield ""


def _overview(report: Report) -> Iterator[str]:
    facts = report.facts
    used = f"{facts.minutes_used:.0f} of {facts.minutes_planned} minutes"
    yield from ("# Interview report", "")
    about = (line(facts.role), line(facts.level), _MODE[facts.mode], used)
    yield " · ".join((*about, facts.at.date().isoformat()))
    yield ""
    if not facts.finished:
        yield from ("The interview is not over yet.", "")
    yield from ("## Overall", "")
    if report.rounds:
        yield f"- Questions: {report.counts.total} ({_counts(report.counts)})"
        yield f"- Mean score: {_score(report.mean_score)}"
    else:
        yield "No question was asked."
    if facts.graders:
        yield f"- Graded by: {', '.join(line(name) for name in facts.graders)}"
    if facts.usage:
        tokens = facts.usage.prompt_tokens + facts.usage.completion_tokens
        price = "" if not facts.usage.usd else f", about ${facts.usage.usd:.4f}"
        yield f"- Language models: {facts.usage.calls} calls, {tokens:,} tokens{price}"
    yield ""
    if report.topics:
        yield from _topics(report.topics)


def _counts(counts: Counts) -> str:
    numbers = counts.model_dump()
    return ", ".join(
        f"{numbers[name]} {shown}" for name, shown in _COUNTED.items() if numbers[name]
    )


def _score(score: float | None) -> str:
    return "none, nothing was graded" if score is None else f"{score:.2f} of 1"


def _topics(topics: Iterable[TopicRow]) -> Iterator[str]:
    head = ("Topic", "Questions", "How they went", "Mean score")
    rows = [
        (
            line(row.title),
            str(row.questions),
            _counts(row.counts),
            "none" if row.mean_score is None else f"{row.mean_score:.2f}",
        )
        for row in topics
    ]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    rule = tuple("-" * width for width in widths)
    for row in (head, rule, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _strengths(report: Report) -> Iterator[str]:
    if not report.strengths:
        return
    yield from ("## What went well", "")
    for item in report.strengths:
        yield f"- {line(item.claim)} ({line(item.question)})"
        yield f'  You said: "{line(item.quote)}"'
    yield ""


def _gaps(gaps: Sequence[Gap]) -> Iterator[str]:
    if not gaps:
        return
    yield from ("## What to work on", "")
    for gap in gaps[:SHOWN_GAPS]:
        missing = "Missing" if gap.tier is Tier.CORE else "To go deeper"
        what = "Contradicted" if gap.status is Status.CONTRADICTED else missing
        yield f"- {what}: {line(gap.claim)} ({line(gap.question)})"
        if gap.correction:
            yield f"  What is right: {line(gap.correction)}"
        elif gap.hint:
            yield f"  To think about: {line(gap.hint)}"
    if len(gaps) > SHOWN_GAPS:
        yield f"- And {len(gaps) - SHOWN_GAPS} more, under the questions below."
    yield ""


def _round(number: int, item: RoundReport) -> Iterator[str]:
    yield from (f"### {number}. {line(item.name)}", "")
    about = [item.topic, item.kind, item.difficulty]
    about += ["composed by the model for the target text"] if item.composed else []
    known = [line(word) for word in about if word is not None]
    yield from (" · ".join(known) if known else "This question is no longer in the bank.", "")
    yield from _quoted("Question", item.prompt)
    if item.answer.text.strip():
        yield from _quoted("Your answer", item.answer.text)
    else:
        yield from (_SILENCE[item.outcome], "")
    yield from _grade(item)
    yield from _judged(item.answer)
    for follow_up in item.follow_ups:
        yield from _follow_up(follow_up)
    if item.better_answer:
        yield from _quoted("A better answer", item.better_answer)
    if item.model_answer and item.model_answer != item.better_answer:
        yield from _quoted("Model answer", item.model_answer)
    if item.rubric:
        yield from ("**How answers are graded**", "")
        yield f"- Strong: {line(item.rubric.strong)}"
        yield f"- OK: {line(item.rubric.ok)}"
        yield f"- Weak: {line(item.rubric.weak)}"
        yield ""


def _quoted(title: str, text: str) -> Iterator[str]:
    yield from (f"**{title}**", "", *quote(text), "")


def _grade(item: RoundReport) -> Iterator[str]:
    if item.answer.grade is None:
        return
    yield f"**Grade: {_graded(item.answer.grade)}**"
    yield ""
    if isinstance(item.answer.grade, Grade):
        yield from _opinions(item.answer.grade)
    if item.after_probing is not None and item.unaided is not None:
        lifted = "; the follow-ups lifted it" if item.lifted else ""
        yield f"Before the follow-ups: {_graded(item.unaided)}{lifted}."
        yield ""


def _opinions(grade: Grade) -> Iterator[str]:
    """Where graders differ, and why one had no say."""
    if grade.disputed:
        said = (f"{line(item.title)} says {item.level.label}" for item in grade.opinions)
        yield from (f"The graders differ: {', '.join(said)}.", "")
    if grade.note:
        yield from (line(grade.note), "")


def _graded(grade: Graded) -> str:
    if isinstance(grade, Grade):
        return f"{grade.level.label} (score {grade.score:.2f}, confidence {grade.confidence:.2f})"
    return f"none ({line(grade.ungraded)})"


def _judged(answer: AnswerReport) -> Iterator[str]:
    """Feedback, verdicts and misconceptions."""
    if answer.feedback:
        yield from (line(answer.feedback.summary), "")
    if answer.verdicts:
        yield from map(_verdict, answer.verdicts)
        yield ""
    if answer.misconceptions:
        yield from ("**To put right**", "")
        for heard in answer.misconceptions:
            yield f'- You said: "{line(heard.quote)}"'
            yield f"  What is right: {line(heard.correction)}"
        yield ""


def _verdict(row: VerdictRow) -> str:
    hinted = ", after a hint" if row.hinted else ""
    shown = f"- {_STATUS[row.status]} ({row.tier}{hinted}): {line(row.claim)}"
    if row.quote:
        return f'{shown}\n  You said: "{line(row.quote)}"'
    if row.hint and row.status is not Status.COVERED:
        return f"{shown}\n  To think about: {line(row.hint)}"
    return shown


def _follow_up(item: FollowUpReport) -> Iterator[str]:
    yield from _quoted("Follow-up (composed)" if item.composed else "Follow-up", item.ask)
    if item.answer.text.strip():
        yield from _quoted("Your answer to it", item.answer.text)
    else:
        yield from ("Not answered.", "")
    if item.answer.grade is not None:
        yield from (f"**Its grade: {_graded(item.answer.grade)}**", "")
    yield from _judged(item.answer)
    if item.model_answer:
        yield from _quoted("A good answer to it", item.model_answer)
