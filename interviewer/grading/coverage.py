"""How well an answer covers a point: weighted soft recall of its wordings.

For each wording, every word looks for its closest word in the answer; the
weighted mean of those similarities is the recall. Words of the question itself
count little, so an echoed question covers nothing. This is the recall side of
BERTScore (Zhang et al. 2020, section 3) with word weights and an exact-stem term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.grading.words import Words

WINDOW = 30
"""Words that a local match may stretch over."""

ECHO_WEIGHT = 0.3
"""What a word of the question is worth beside a word of its own."""


@dataclass(frozen=True, slots=True)
class Match:
    """How an answer matches one point.

    Attributes:
        features: Shape (len(FEATURES),).
        window: First and last word (exclusive) of the best local match.
        wording: Index of the best wording.
        cosine: Of the best window with the best wording.
    """

    features: NDArray[np.float64]
    window: tuple[int, int]
    wording: int
    cosine: float


FEATURES = ("soft", "soft_mean", "exact", "exact_mean", "local", "cosine")


def similarity(first: Words, second: Words) -> NDArray[np.float32]:
    """Word by word similarity, shape (len(first), len(second)), 1 for the same stem."""
    cosine = np.clip(first.vectors @ second.vectors.T, 0.0, 1.0)
    same = same_stem(first, second)
    result: NDArray[np.float32] = np.where(same, np.maximum(cosine, 0.9), cosine * 0.9)
    return result


def same_stem(first: Words, second: Words) -> NDArray[np.bool_]:
    """Which words share a stem, shape (len(first), len(second))."""
    ids: dict[str, int] = {}
    left = np.array([ids.setdefault(s, len(ids)) for s in first.stems], dtype=np.int64)
    right = np.array([ids.setdefault(s, len(ids)) for s in second.stems], dtype=np.int64)
    same: NDArray[np.bool_] = left[:, None] == right[None, :]
    return same


def cover(wordings: Sequence[Words], answer: Words, echo: frozenset[str]) -> Match:
    """Match one point, given by its wordings, with an answer.

    Args:
        wordings: At least one.
        answer: At least one word.
        echo: Stems of the question's own words.
    """
    size = min(WINDOW, len(answer))
    starts = list(range(0, max(1, len(answer) - size + 1), 5))
    if starts[-1] != len(answer) - size:
        starts.append(len(answer) - size)
    means = np.stack([answer.mean(start, start + size) for start in starts])
    soft, exact, local, cosines, places = [], [], [], [], []
    for wording in wordings:
        weights = wording.weights * np.where(
            [s in echo for s in wording.stems], ECHO_WEIGHT, 1.0
        )
        total = float(weights.sum()) or 1.0
        matrix = similarity(wording, answer)
        soft.append(float(weights @ matrix.max(axis=1)) / total)
        exact.append(float(weights @ same_stem(wording, answer).any(axis=1)) / total)
        windows = np.array(
            [float(weights @ matrix[:, s : s + size].max(axis=1)) / total for s in starts]
        )
        best = int(windows.argmax())
        local.append(float(windows[best]))
        cosines.append(float((means @ wording.mean(0, len(wording))).max()))
        places.append(best)
    top = int(np.argmax(local))
    features = np.array(
        [
            max(soft),
            float(np.mean(soft)),
            max(exact),
            float(np.mean(exact)),
            local[top],
            max(cosines),
        ]
    )
    start = starts[places[top]]
    return Match(features, (start, start + size), top, cosines[top])
