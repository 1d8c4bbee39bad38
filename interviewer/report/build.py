"""From a session and its bank to a ``Report``: pure, no clock and no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from interviewer.bank import Bank
from interviewer.interview.pick import minutes_for
from interviewer.interview.session import Outcome, Probe, Round, Session, question_of
from interviewer.model import (
    Grade,
    Graded,
    Heard,
    Point,
    Question,
    Slip,
    Status,
    Tier,
    Verdict,
)
from interviewer.report.data import (
    AnswerReport,
    Counts,
    Facts,
    FollowUpReport,
    Gap,
    HeardRow,
    Report,
    RoundReport,
    Strength,
    TopicRow,
    VerdictRow,
)
from interviewer.report.highlight import Mark, highlight, locate
from interviewer.speech.delivery import delivery, together

STRENGTHS = 5
"""How many of the best covered points a report names."""

_NOT_IN_BANK = "No longer in the bank"


class _Entry(NamedTuple):
    """A round, and its question if the bank still has it."""

    round: Round
    question: Question | None
    composed: bool

    @property
    def name(self) -> str:
        return self.question.name if self.question else self.round.prompt

    @property
    def grade(self) -> Grade | None:
        standing = self.round.grade
        return standing if isinstance(standing, Grade) else None


def build_report(session: Session, bank: Bank, *, now: float) -> Report:
    """Look back on an interview.

    The report gives everything away, model answers included, also of a round
    that is still open: whether it may be shown yet is the caller's decision.

    Args:
        session: Finished or not.
        bank: Where the questions are looked up. Those it no longer has are
            reported from what the session keeps.
        now: Seconds since the epoch, for the time used by a running interview.

    Returns:
        The report. Scores are means over standing grades in 0..1, and None
        where there is no grade.
    """
    composed = {item.id for item in session.plan.composed}
    entries = tuple(
        _Entry(item, question_of(session, index, bank), item.question_id in composed)
        for index, item in enumerate(session.rounds)
    )
    rounds = tuple(_round(entry, bank) for entry in entries)
    return Report(
        facts=_facts(session, bank, entries, now),
        counts=_counts(entries),
        mean_score=_mean_score(entries),
        topics=tuple(_topics(entries, bank)),
        strengths=_strengths(entries),
        gaps=_gaps(entries),
        rounds=rounds,
        delivery=together([item.delivery for item in rounds if item.delivery]),
    )


def _facts(session: Session, bank: Bank, entries: Sequence[_Entry], now: float) -> Facts:
    plan, words = session.plan, bank.taxonomy
    role, level = words.roles.get(plan.role), words.levels.get(plan.level)
    began = session.created_at if session.started_at is None else session.started_at
    graders = (_grader(entry.grade) for entry in entries if entry.grade)
    return Facts(
        session_id=session.id,
        role=role.title if role else _spelt(plan.role),
        level=level.title if level else _spelt(plan.level),
        mode=plan.mode,
        minutes_planned=plan.minutes,
        minutes_used=session.seconds_used(now) / 60,
        at=datetime.fromtimestamp(began, UTC),
        finished=session.ended_at is not None,
        graders=tuple(dict.fromkeys(graders)),
        usage=session.usage if session.usage.calls else None,
    )


def _grader(grade: Grade) -> str:
    source = grade.provenance
    return f"{source.grader} ({source.model})" if source.model else source.grader


def _spelt(identifier: str) -> str:
    """An id in words, for what the bank no longer explains."""
    return identifier.replace("-", " ").capitalize()


def _standing(entry: _Entry) -> str:
    """The field of ``Counts`` a round belongs to."""
    if entry.grade:
        return entry.grade.level.value
    if entry.round.replies:
        return "ungraded"
    if entry.round.outcome in {Outcome.SKIPPED, Outcome.UNKNOWN}:
        return entry.round.outcome.value
    return "unanswered"


def _counts(entries: Iterable[_Entry]) -> Counts:
    fields = [_standing(entry) for entry in entries]
    return Counts(**{field: fields.count(field) for field in fields})


def _mean_score(entries: Iterable[_Entry]) -> float | None:
    scores = [entry.grade.score for entry in entries if entry.grade]
    return sum(scores) / len(scores) if scores else None


def _topics(entries: Sequence[_Entry], bank: Bank) -> Iterator[TopicRow]:
    by_topic: dict[str | None, list[_Entry]] = {}
    for entry in entries:
        topic = entry.question.topic if entry.question else None
        by_topic.setdefault(topic, []).append(entry)
    for topic, members in by_topic.items():
        yield TopicRow(
            topic=topic,
            title=_NOT_IN_BANK if topic is None else bank.taxonomy.topic_title(topic),
            questions=len(members),
            counts=_counts(members),
            mean_score=_mean_score(members),
        )


def _strengths(entries: Iterable[_Entry]) -> tuple[Strength, ...]:
    found = [
        (
            verdict,
            Strength(
                question_id=entry.round.question_id,
                question=entry.name,
                claim=_claim(verdict, _points(entry.question)),
                quote=verdict.evidence.quote,
                strength=verdict.strength,
            ),
        )
        for entry in entries
        if entry.grade
        for verdict in entry.grade.verdicts
        if verdict.status is Status.COVERED and verdict.evidence
    ]
    # Among equals core comes first; the sort keeps the order they were said in.
    found.sort(key=lambda pair: (-pair[0].strength, pair[0].tier is not Tier.CORE))
    return tuple(strength for _, strength in found[:STRENGTHS])


def _gaps(entries: Iterable[_Entry]) -> tuple[Gap, ...]:
    """Contradicted before missing, core before depth, then heavier, then the earlier question."""
    found: list[tuple[float, Gap]] = []
    for entry in entries:
        points = _points(entry.question)
        for verdict in _missed(entry):
            point = points.get(verdict.point_id)
            gap = Gap(
                question_id=entry.round.question_id,
                question=entry.name,
                point_id=verdict.point_id,
                claim=_claim(verdict, points),
                tier=verdict.tier,
                status=verdict.status,
                correction=_correction(entry.grade, verdict.point_id),
                hint=point.hint if point else None,
            )
            found.append((point.weight if point else 1.0, gap))
    found.sort(
        key=lambda pair: (
            pair[1].status is not Status.CONTRADICTED,
            pair[1].tier is not Tier.CORE,
            -pair[0],
        )
    )
    return tuple(gap for _, gap in found)


def _missed(entry: _Entry) -> Iterator[Verdict]:
    """What is wrong, and what is missing: of depth only where no core point is."""
    if entry.grade:
        verdicts = entry.grade.verdicts
        yield from (item for item in verdicts if item.status is Status.CONTRADICTED)
        missing = [item for item in verdicts if item.status is Status.MISSING]
        core = [item for item in missing if item.tier is Tier.CORE]
        yield from core or missing
    elif entry.round.outcome is Outcome.UNKNOWN and entry.question:
        # "I don't know" is not graded, but what it leaves out is known.
        for point in entry.question.points:
            if point.tier is Tier.CORE:
                yield Verdict(point_id=point.id, tier=point.tier, status=Status.MISSING, strength=0)


def _correction(grade: Grade | None, point_id: str) -> str | None:
    heard = grade.misconceptions if grade else ()
    return next((item.correction for item in heard if item.contradicts == point_id), None)


def _round(entry: _Entry, bank: Bank) -> RoundReport:
    item, question = entry.round, entry.question
    # Spans of ``after_probing`` count in everything said, those of ``unaided``
    # in what was said to the question itself.
    text = item.text() if item.after_probing is None else item.whole_text
    answer = _answer(text, item.grade, question, item.hints)
    model_answer = question.model_answer if question else None
    spoken = tuple(found for reply in item.replies if (found := delivery(reply.answer)) is not None)
    budget = 60.0 * minutes_for(question, bank) if question else None
    said_better = answer.feedback.better_answer if answer.feedback else ""
    return RoundReport(
        question_id=item.question_id,
        name=entry.name,
        prompt=item.prompt,
        composed=entry.composed,
        topic=bank.taxonomy.topic_title(question.topic) if question else None,
        kind=question.kind if question else None,
        difficulty=question.level if question else None,
        outcome=item.outcome,
        unaided=item.unaided,
        after_probing=item.after_probing,
        lifted=_lifted(item),
        answer=answer,
        better_answer=said_better or model_answer,
        model_answer=model_answer,
        rubric=question.rubric if question else None,
        follow_ups=tuple(_follow_up(item, probe, question) for probe in item.probes),
        spoken=spoken,
        delivery=together(spoken, budget_seconds=budget),
        recordings=tuple(
            reply.answer.speech.recording
            for reply in item.replies
            if reply.answer.speech and reply.answer.speech.recording
        ),
    )


def _lifted(item: Round) -> bool:
    """Whether the same grader gave the whole round more than the first answer."""
    before, after = item.unaided, item.after_probing
    if not isinstance(before, Grade) or not isinstance(after, Grade):
        return False
    grader = before.provenance.grader
    levels = {each.grader: each.level for each in after.opinions}
    level = after.level if after.provenance.grader == grader else levels.get(grader)
    return level is not None and level.rank > before.level.rank


def _follow_up(item: Round, probe: Probe, question: Question | None) -> FollowUpReport:
    known = probe.composed or (question.follow_up(probe.follow_up) if question else None)
    as_question = question.as_follow_up(known) if question and known else None
    return FollowUpReport(
        follow_up_id=probe.follow_up,
        ask=probe.ask,
        composed=probe.composed is not None,
        answer=_answer(item.text(probe.follow_up), probe.grade, as_question, ()),
        model_answer=known.model_answer if known else None,
    )


def _answer(
    text: str, graded: Graded | None, question: Question | None, hinted: Sequence[str]
) -> AnswerReport:
    points = _points(question)
    wrong = {item.id: item.claim for item in question.misconceptions} if question else {}
    verdicts = graded.verdicts if isinstance(graded, Grade) else ()
    heard = graded.misconceptions if isinstance(graded, Grade) else ()
    slips = graded.slips if isinstance(graded, Grade) else ()
    return AnswerReport(
        text=text,
        segments=highlight(text, _marks(text, verdicts, heard, slips)),
        grade=graded,
        verdicts=tuple(_verdict_row(item, points, hinted) for item in verdicts),
        misconceptions=tuple(
            HeardRow(
                misconception_id=item.misconception_id,
                claim=wrong.get(item.misconception_id),
                quote=item.evidence.quote,
                correction=item.correction,
            )
            for item in heard
        )
        + tuple(
            HeardRow(
                misconception_id=_slip_id(number),
                claim=None,
                quote=item.evidence.quote,
                correction=item.correction,
            )
            for number, item in enumerate(slips)
        ),
    )


def _slip_id(number: int) -> str:
    return f"slip-{number + 1}"


def _marks(
    text: str, verdicts: Iterable[Verdict], heard: Iterable[Heard], slips: Sequence[Slip]
) -> Iterator[Mark]:
    for verdict in verdicts:
        if verdict.evidence and (span := locate(text, verdict.evidence)):
            yield Mark(id=verdict.point_id, span=span)
    for item in heard:
        if span := locate(text, item.evidence):
            yield Mark(id=item.misconception_id, span=span, wrong=True)
    for number, slip in enumerate(slips):
        if span := locate(text, slip.evidence):
            yield Mark(id=_slip_id(number), span=span, wrong=True)


def _verdict_row(verdict: Verdict, points: dict[str, Point], hinted: Sequence[str]) -> VerdictRow:
    point = points.get(verdict.point_id)
    return VerdictRow(
        point_id=verdict.point_id,
        claim=_claim(verdict, points),
        tier=verdict.tier,
        status=verdict.status,
        quote=verdict.evidence.quote if verdict.evidence else None,
        hint=point.hint if point else None,
        hinted=verdict.point_id in hinted,
    )


def _points(question: Question | None) -> dict[str, Point]:
    return {point.id: point for point in question.points} if question else {}


def _claim(verdict: Verdict, points: dict[str, Point]) -> str:
    point = points.get(verdict.point_id)
    return point.told if point else _spelt(verdict.point_id)
