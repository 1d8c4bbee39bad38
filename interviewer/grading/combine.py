"""One grade from the embedded grader's and the judge's verdicts: policy c3.

Each point gets shares of missing, made and contradicted: the judge's log-odds for
its status, scaled by how far its samples agree, plus the embedded grader's log-odds
that the point is made. A status follows from the shares, the level from the
statuses by policy v1, under limits the judge cannot lift: what the embedded grader
limits by the answer's form; no Strong while either hears something wrong; and where
the judge credits several points of which the embedded grader sees no trace, or shows
the same words for three points or more, not all of them covered by it, as a judge that
obeys the answer does, not above the embedded grader's level, which when it is Weak
keeps Strong away in any case.
Numbers are in ``combined.json``, which says where they come from.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from interviewer.errors import ModelError
from interviewer.grading import policy, quotes
from interviewer.grading.feedback import compose, quote
from interviewer.grading.judge import Judgement
from interviewer.grading.reference import with_points
from interviewer.grading.reply import Judged, PointVerdict
from interviewer.model import (
    Answer,
    Evidence,
    Feedback,
    Grade,
    Graded,
    Heard,
    Level,
    Opinion,
    Provenance,
    Question,
    Slip,
    Span,
    Status,
    Ungraded,
    Verdict,
)
from interviewer.prompting import Prompts

NAME: Final = "combined-1"
ALONE: Final = "j1"
"""The policy where only the judge could read the answer."""

NUMBERS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "combined.json").read_text(encoding="utf-8")
)
POLICY: Final = str(NUMBERS["version"])

_WRONG = "Something wrong stands in it."
_ONE_SIDED = "One of the graders heard something wrong in it."
_SAME_WORDS = "The judge shows the same words of it for several points."
_UNSUPPORTED = "The graders disagree on how much of it is there."
_NEAR = {Status.COVERED: 2, Status.PARTIAL: 1, Status.MISSING: 0, Status.CONTRADICTED: -1}

_FEEDBACK_WORDS = 120
_GIVES_AWAY = re.compile(
    r"\b(?:rubric|points? ids?|grader|grading|json|misconceptions?|verdicts?|the candidate"
    r"|core points?|depth points?|system prompt|instructions?)\b|https?:|www\.|[*#`{}<>|_]",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]|[‘]([^‘’]+)[’]")
_ADDRESSED = re.compile(r"\byou(?:r|rs|'|’)?", re.IGNORECASE)


def shares(
    said: Status, agreement: float, strength: float | None, embedded: Status | None
) -> tuple[float, float, float]:
    """How far a point is missing, made and contradicted; they sum to 1.

    Args:
        said: The judge's status.
        agreement: Share of the judge's samples that say so.
        strength: How surely the embedded grader holds it made, 0..1; None without one.
        embedded: Its status.
    """
    missing, made, denied = (agreement * value for value in NUMBERS["judge"][said.value])
    if strength is not None:
        sure = min(max(strength, 1e-6), 1 - 1e-6)
        odds = math.log(sure / (1 - sure))
        made += NUMBERS["embedded"][said.value] * max(-NUMBERS["clip"], min(NUMBERS["clip"], odds))
    if embedded is Status.CONTRADICTED:
        denied += NUMBERS["embedded_contradicted"]
    raised = [math.exp(value) for value in (missing, made, denied)]
    total = sum(raised)
    return raised[0] / total, raised[1] / total, raised[2] / total


def status_of(found: tuple[float, float, float]) -> Status:
    """The status that follows from a point's shares."""
    least = NUMBERS["thresholds"]
    if found[2] >= least["contradicted"]:
        return Status.CONTRADICTED
    if found[1] >= least["covered"]:
        return Status.COVERED
    return Status.PARTIAL if found[1] >= least["partial"] else Status.MISSING


def unjudged(embedded: Graded, error: ModelError, *, counted: bool = True) -> Graded:
    """What stands when the judge had no say, with the reason and what to do.

    Args:
        embedded: The grade that stands.
        error: Why the judge had no say.
        counted: Whether this grade carries what the judge's replies took.
    """
    said = f"The judge had no say in this: {error}"
    if isinstance(embedded, Ungraded):
        return Ungraded(ungraded=f"{embedded.ungraded} {said}")
    note = f"{said} The embedded grader's grade stands; it can be graded again later."
    usage = error.usage if counted else None
    return embedded.model_copy(update={"note": note, "usage": usage})


def combine(
    question: Question,
    answer: Answer,
    embedded: Graded,
    judged: Judged,
    judgement: Judgement,
    prompts: Prompts,
    *,
    bank_hash: str | None = None,
) -> Grade:
    """One grade from both graders, or from the judge alone.

    The confidence is 1/3 + 2/3 x (mean over points of how near the two statuses are,
    times the agreement of the judge's samples) x (how near the two levels are): 1/3
    is what chance gives among three levels. What a call for several answers took is
    kept with the first of them.

    Args:
        question: What was asked.
        answer: What was said.
        embedded: ``Ungraded`` where the embedded grader cannot read the language.
        judged: What the judge found in this answer.
        judgement: What it was part of.
        prompts: The words of the feedback.
        bank_hash: Recorded where no embedded grade tells it.
    """
    question = with_points(question)
    other = None if isinstance(embedded, Ungraded) else embedded
    alone = _Side.of(question, answer, judged, None)
    own = alone.level(())
    sure = policy.confidence(question, alone.verdicts, own)
    opinions = [Opinion(grader=f"judge:{judgement.model}", level=own, confidence=sure)]
    provenance = Provenance(
        grader=NAME,
        policy=POLICY if other else ALONE,
        embedder=other.provenance.embedder if other else None,
        bank_hash=other.provenance.bank_hash if other else bank_hash,
        model=judgement.model,
        prompt_hash=judgement.prompt_hash,
    )
    both = alone
    form: tuple[policy.Cap, ...] = ()
    given = own
    reasons = alone.reasons(())
    thin = {item.point_id for item in judged.verdicts if item.thin}
    if other is not None:
        name = other.provenance.grader
        opinions.insert(0, Opinion(grader=name, level=other.level, confidence=other.confidence))
        both = _Side.of(question, answer, judged, other)
        form = tuple(
            policy.Cap(Level.WEAK, reason) for reason in other.reasons if other.level is Level.WEAK
        )
        caps = (*form, *both.doubts(alone, other, thin))
        given, reasons = both.level(caps), both.reasons(caps)
        reasons = tuple(cap.reason for cap in form) or reasons
        sure = _confidence(judged.verdicts, other, own)
    elif thin:
        caps = (policy.Cap(Level.OK, _SAME_WORDS),)
        given, reasons = alone.level(caps), alone.reasons(caps)
    feedback = both.feedback(given, form, prompts)
    if given is own and not form and speakable(judged.feedback, question, answer):
        feedback = feedback.model_copy(update={"summary": judged.feedback})
    return Grade(
        level=given,
        score=policy.score(question, both.verdicts, given),
        confidence=sure,
        verdicts=both.verdicts,
        misconceptions=both.heard,
        reasons=reasons,
        feedback=feedback,
        provenance=provenance,
        slips=both.slips,
        opinions=tuple(opinions),
        usage=judgement.usage if judged is judgement.sections[0] else None,
    )


def speakable(feedback: str, question: Question, answer: Answer) -> bool:
    """Whether the judge's own feedback can be said to the candidate.

    It speaks to them, quotes only what they or the interviewer said, and neither
    gives away how answers are judged nor holds markup or an address.
    """
    words = feedback.split()
    if not 5 <= len(words) <= _FEEDBACK_WORDS or not _ADDRESSED.search(feedback):
        return False
    ids = {point.id for point in question.points}
    ids |= {item.id for item in question.misconceptions}
    if _GIVES_AWAY.search(feedback) or any(
        name.count("-") > 1 and name in feedback for name in ids
    ):
        return False
    said = [first or second for first, second in _QUOTED.findall(feedback)]
    return all(
        quotes.find(item, answer.text) or quotes.find(item, question.prompt)
        for item in said
        if quotes.count_words(item) > 1
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """What is held of an answer, by the judge alone or by both graders."""

    question: Question
    verdicts: tuple[Verdict, ...]
    heard: tuple[Heard, ...]
    slips: tuple[Slip, ...]

    @classmethod
    def of(cls, question: Question, answer: Answer, judged: Judged, other: Grade | None) -> _Side:
        """Verdicts with their evidence, and what is wrong in the answer."""

        def evidence(span: Span, sure: float) -> Evidence:
            return Evidence(span=span, quote=span.of(answer.text), similarity=round(sure, 3))

        told = {item.id: item for item in question.misconceptions}
        heard = [
            Heard(
                misconception_id=name,
                contradicts=told[name].contradicts,
                correction=told[name].correction,
                evidence=evidence(span, 1.0),
            )
            for name, span in judged.heard
        ]
        denied = {item.contradicts: item.evidence for item in heard}
        verdicts = []
        for point, said in zip(question.points, judged.verdicts, strict=True):
            before = other.verdict(point.id) if other else None
            status = Status.CONTRADICTED if point.id in denied else said.status
            found = shares(
                status,
                said.agreement,
                before.strength if before else None,
                before.status if before else None,
            )
            held = Status.CONTRADICTED if point.id in denied else status_of(found)
            shown = None
            if held is not Status.MISSING:
                shown = denied.get(point.id)
                if shown is None and said.span and _alike(said.status, held):
                    shown = evidence(said.span, found[1])
                if shown is None and before and _alike(before.status, held):
                    shown = before.evidence
                held = held if shown else Status.MISSING
            verdicts.append(
                Verdict(
                    point_id=point.id,
                    tier=point.tier,
                    status=held,
                    strength=round(found[1], 3),
                    evidence=shown,
                )
            )
        wrong = {item.point_id for item in verdicts if item.status is Status.CONTRADICTED}
        names = {item.misconception_id for item in heard}
        if other:
            heard += [
                item
                for item in other.misconceptions
                if item.contradicts in wrong and item.misconception_id not in names
            ]
        slips = tuple(
            Slip(evidence=evidence(span, 1.0), correction=right) for span, right in judged.slips
        )
        return cls(question, tuple(verdicts), tuple(heard), slips)

    def level(self, caps: Sequence[policy.Cap]) -> Level:
        """The level by policy v1 under the limits, with no Strong over a slip."""
        slip = [policy.Cap(Level.OK, _WRONG)] if self.slips else []
        return policy.level(self.question, self.verdicts, (*caps, *slip))

    def reasons(self, caps: Sequence[policy.Cap]) -> tuple[str, ...]:
        """Why the level is not higher, where a limit lowered it."""
        free = policy.level(self.question, self.verdicts)
        slip = [policy.Cap(Level.OK, _WRONG)] if self.slips else []
        lowering = [cap for cap in (*caps, *slip) if cap.level.rank < free.rank]
        return tuple(dict.fromkeys(cap.reason for cap in lowering))

    def doubts(self, alone: _Side, other: Grade, thin: set[str]) -> tuple[policy.Cap, ...]:
        """Limits from what the two graders hold against each other.

        Args:
            alone: What the judge holds.
            other: The embedded grader's grade.
            thin: Points the judge shows by words that it shows others by.
        """
        sides = (*alone.verdicts, *other.verdicts)
        before = {item.point_id: item.strength for item in other.verdicts}
        unseen = sum(
            item.status is Status.COVERED and before.get(item.point_id, 1.0) < NUMBERS["trace"]
            for item in alone.verdicts
        )
        caps = []
        covered = {item.point_id for item in other.verdicts if item.status is Status.COVERED}
        if thin - covered:
            caps.append(policy.Cap(other.level, _SAME_WORDS))
        if unseen >= NUMBERS["unseen"]:
            caps.append(policy.Cap(other.level, _UNSUPPORTED))
        if any(item.status is Status.CONTRADICTED for item in self.verdicts):
            caps.append(policy.Cap(Level.OK, _WRONG))
        elif any(item.status is Status.CONTRADICTED for item in sides):
            caps.append(policy.Cap(Level.OK, _ONE_SIDED))
        if other.level is Level.WEAK:
            caps.append(policy.Cap(Level.OK, _UNSUPPORTED))
        return tuple(caps)

    def feedback(self, given: Level, form: Sequence[policy.Cap], prompts: Prompts) -> Feedback:
        """What the candidate is told, in our own words."""
        told = compose(self.question, given, self.verdicts, self.heard, form, prompts)
        slips = [(quote(slip.evidence.quote), slip.correction) for slip in self.slips]
        summary = told.summary
        if slips and not told.wrong and not form:
            first = prompts.render(
                "feedback-wrong", {"quote": slips[0][0], "correction": slips[0][1]}
            )
            summary = f"{summary} {first}"
        wrong = (*told.wrong, *(f"“{words}”: {right}" for words, right in slips))
        return told.model_copy(update={"summary": summary, "wrong": wrong})


def _alike(first: Status, second: Status) -> bool:
    """Whether words that show the one status show the other."""
    made = {Status.COVERED, Status.PARTIAL}
    return first is second or {first, second} <= made


def _confidence(said: Sequence[PointVerdict], other: Grade, own: Level) -> float:
    near = []
    for item in said:
        before = other.verdict(item.point_id)
        apart = abs(_NEAR[item.status] - _NEAR[before.status]) if before else 0
        near.append(item.agreement * max(0.0, 1 - apart / 2))
    points = sum(near) / len(near) if near else 1.0
    levels = 1 - abs(own.rank - other.level.rank) / 2
    return round(1 / 3 + 2 / 3 * points * levels, 3)
