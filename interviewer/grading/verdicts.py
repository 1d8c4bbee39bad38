"""What was measured on an answer, decided point by point: verdicts and what was said wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interviewer.grading import policy
from interviewer.grading.contrast import Contrast
from interviewer.grading.coverage import Match, similarity
from interviewer.grading.measure import Measured, Prepared, conviction, recall
from interviewer.grading.spans import places_of, trim
from interviewer.grading.weights import (
    HEARD,
    HEARD_DENIED,
    HEARD_READ,
    MISCONCEPTION,
    MISCONCEPTION_BIAS,
    POINT,
    POINT_BIAS,
    REFERENCE,
    REFERENCE_BIAS,
    TOGETHER,
)
from interviewer.grading.words import Words
from interviewer.model import Evidence, Heard, Span, Status, Verdict

SHORT_ANSWER = 45
"""Words that count, below which the reader cannot tell a denial from a truth with "not" in it.

There a point is contradicted only where, of a misconception's twins, the wrong one fits better.
"""
_SPOKEN = 0.5
"""How far a wrong twin must fit for that."""


def point_shares(measured: Measured) -> NDArray[np.float64]:
    """How far each point is missing, made and contradicted, shape (points, 3)."""
    if measured.points is None:
        raise ValueError("there are no shares without a reader")
    values = measured.points @ np.array(POINT).T + np.array(POINT_BIAS)
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _twins_decide(measured: Measured) -> bool:
    """Whether the reader read the answer, but it is too short for it to tell a denial."""
    return measured.points is not None and len(measured.words) < SHORT_ANSWER


def settled_shares(prepared: Prepared, measured: Measured) -> NDArray[np.float64]:
    """The same, where a short answer denies only what a misconception it says denies."""
    shares = point_shares(measured)
    if not _twins_decide(measured):
        return shares
    fits = _fitting(measured)
    denied = {item.contradicts for item in prepared.question.misconceptions if item.id in fits}
    for row, point in enumerate(prepared.question.points):
        if point.id not in denied:
            shares[row] += (shares[row, 2], 0.0, -shares[row, 2])
    return shares


def misconception_shares(measured: Measured) -> NDArray[np.float64]:
    """How surely each misconception was said, shape (misconceptions,)."""
    if measured.misconceptions is None:
        raise ValueError("there are no shares without a reader")
    values = measured.misconceptions @ np.array(MISCONCEPTION) + MISCONCEPTION_BIAS
    shares: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-values))
    return shares


def heard_in(prepared: Prepared, measured: Measured) -> tuple[Heard, ...]:
    """The misconceptions an answer says."""
    result = []
    read = measured.misconceptions is not None
    said = misconception_shares(measured) if read else None
    denied = _denied(prepared, measured) if read else frozenset()
    fits = _fitting(measured)
    for row, item in enumerate(prepared.question.misconceptions):
        if item.id not in fits:
            continue
        found = fits[item.id]
        sure, least = conviction(found), HEARD
        if said is not None:
            sure = float(said[row])
            least = HEARD_DENIED if item.contradicts in denied else HEARD_READ
        if sure < least:
            continue
        words, wrong = measured.words, found.pair.wrong
        start, end = found.window
        near = similarity(wrong.words, words, measured.near)[:, start:end]
        sought = wrong.words.content | wrong.decisive
        places = places_of(near, sought)
        vital = places[wrong.decisive[sought]]
        result.append(
            Heard(
                misconception_id=item.id,
                contradicts=item.contradicts,
                correction=item.correction,
                evidence=_evidence(words, trim(words, found.window, places, vital), sure),
            )
        )
    return tuple(result)


def _fitting(measured: Measured) -> dict[str, Contrast]:
    """The misconceptions that may be heard, each with the pair of twins that shows it best.

    In a short answer those whose nearest twin is a wrong one; else all.
    """
    twins = _twins_decide(measured)
    how = _nearness if twins else _conviction
    best: dict[str, Contrast] = {}
    for found in measured.contrasts:
        held = best.get(found.pair.target)
        if held is None or how(found) > how(held):
            best[found.pair.target] = found
    return {name: found for name, found in best.items() if not twins or _says_wrong(found)}


def _nearness(found: Contrast) -> tuple[float, float]:
    return max(found.wrong, found.rival), found.wrong


def _conviction(found: Contrast) -> tuple[float, float]:
    return conviction(found), found.wrong


def _says_wrong(found: Contrast) -> bool:
    """Whether the wrong twin fits better; where both fit alike, the fuller one is meant."""
    wrong = (round(found.wrong, 6), float(found.pair.wrong.weights.sum()))
    right = (round(found.rival, 6), float(found.pair.right.weights.sum()))
    return found.wrong >= _SPOKEN and wrong > right


def _denied(prepared: Prepared, measured: Measured) -> frozenset[str]:
    """Ids of the points that the reader finds contradicted."""
    shares = point_shares(measured)[:, 2]
    points = prepared.question.points
    return frozenset(
        point.id for point, share in zip(points, shares, strict=True) if share >= policy.DENIED
    )


def _evidence(words: Words, place: tuple[int, int], similarity_: float) -> Evidence:
    span = Span(start=place[0], end=place[1])
    return Evidence(
        span=span,
        quote=span.of(words.text),
        similarity=round(float(np.clip(similarity_, -1.0, 1.0)), 3),
    )


def verdicts_on(
    prepared: Prepared,
    measured: Measured,
    shares: NDArray[np.float64] | None,
    heard: Sequence[Heard],
) -> tuple[Verdict, ...]:
    """A verdict on each point.

    Args:
        prepared: The question.
        measured: The answer.
        shares: What ``settled_shares`` gives; without them recall alone decides.
        heard: The misconceptions it says.
    """
    wrong = {item.contradicts: item.evidence for item in heard}
    verdicts = []
    for row, (point, match) in enumerate(
        zip(prepared.question.points, measured.matches, strict=True)
    ):
        if shares is None:
            sure = strength(match, derived=prepared.derived)
            state = policy.status(sure)
        else:
            sure = float(shares[row, 1])
            state = policy.status_of(shares[row])
        evidence = None
        if point.id in wrong:
            state, evidence = Status.CONTRADICTED, wrong[point.id]
        elif state is not Status.MISSING:
            wording = prepared.points[row][match.wording]
            start, end = match.window
            near = similarity(wording, measured.words, measured.near)[:, start:end]
            place = trim(measured.words, match.window, places_of(near, wording.content))
            evidence = _evidence(measured.words, place, match.features[4])
        verdicts.append(
            Verdict(
                point_id=point.id,
                tier=point.tier,
                status=state,
                strength=round(sure, 3),
                evidence=evidence,
            )
        )
    return tuple(verdicts)


def strength(match: Match, *, derived: bool) -> float:
    """How surely a point is covered by recall alone, 0..1.

    Args:
        match: Of the point with the answer.
        derived: The point is a sentence of a model answer and has one wording.
    """
    if derived:
        value = float(match.features[0]) * REFERENCE + REFERENCE_BIAS
        return float(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))
    sure = recall(match)
    return sure if match.features[4] >= TOGETHER else min(sure, policy.COVERED - 0.01)
