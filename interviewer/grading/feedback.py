"""Feedback that names what was said, what was missing and what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interviewer.grading.policy import Cap
from interviewer.model import (
    Evidence,
    Feedback,
    Heard,
    Level,
    Point,
    Question,
    Status,
    Tier,
    Verdict,
)
from interviewer.prompting import Prompts

_QUOTE_WORDS = 18


def compose(
    question: Question,
    level: Level,
    verdicts: Sequence[Verdict],
    heard: Sequence[Heard],
    caps: Sequence[Cap],
    prompts: Prompts,
) -> Feedback:
    """Feedback on one answer; every remark on what was said quotes the answer."""
    points = {point.id: point for point in question.points}
    ranked = sorted(verdicts, key=lambda item: (item.tier is Tier.DEPTH, -item.strength))
    covered = [
        (points[item.point_id], item.evidence)
        for item in ranked
        if item.status is Status.COVERED and item.evidence
    ]
    partial = [
        (points[item.point_id], item.evidence) for item in ranked if item.status is Status.PARTIAL
    ]
    missing = [points[item.point_id] for item in ranked if item.status is Status.MISSING]
    told = {item.contradicts for item in heard}
    denied = [
        (points[item.point_id], item.evidence)
        for item in ranked
        if item.status is Status.CONTRADICTED and item.evidence and item.point_id not in told
    ]
    if caps:
        sentences = [prompts.render("feedback-capped", {"reason": caps[0].reason})]
    else:
        counts = {"covered": len(covered), "total": len(verdicts)}
        sentences = [prompts.render(f"feedback-{level.value}", counts)]
        wrong = [(item.evidence, item.correction) for item in heard]
        wrong += [(evidence, point.told) for point, evidence in denied]
        sentences.extend(_wrong_or_missing(wrong, [p for p, _ in partial], missing, prompts))
    return Feedback(
        summary=" ".join(sentences),
        said_well=tuple(_remark(evidence, point.told) for point, evidence in covered),
        partly=tuple(
            _remark(evidence, point.told) if evidence else point.told for point, evidence in partial
        ),
        missing=tuple(point.told for point in missing),
        wrong=(
            *(_remark(item.evidence, item.correction) for item in heard),
            *(_remark(evidence, point.told) for point, evidence in denied),
        ),
        better_answer=question.model_answer,
    )


def _wrong_or_missing(
    wrong: Sequence[tuple[Evidence, str]],
    partial: Sequence[Point],
    missing: Sequence[Point],
    prompts: Prompts,
) -> list[str]:
    found: list[tuple[str, Mapping[str, object]]] = []
    if wrong:
        evidence, correction = wrong[0]
        found.append(("feedback-wrong", {"quote": quote(evidence.quote), "correction": correction}))
    gaps = [("feedback-missing", point) for point in missing]
    gaps += [("feedback-partial", point) for point in partial]
    gaps.sort(key=lambda item: item[1].tier is Tier.DEPTH)
    if gaps:
        found.append((gaps[0][0], {"claim": gaps[0][1].told}))
    return [prompts.render(name, variables) for name, variables in found]


def _remark(evidence: Evidence, text: str) -> str:
    return f"“{quote(evidence.quote)}”: {text}"


def quote(words: str) -> str:
    """A quote short enough to be read in a sentence."""
    parts = words.split()
    short = " ".join(parts[:_QUOTE_WORDS])
    return (f"{short} …" if len(parts) > _QUOTE_WORDS else short).strip(" ,;:.")
