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

from interviewer.embedding import Vectors, unit
from interviewer.grading.words import Words

WINDOW = 30
"""Words that a local match may stretch over."""

_STRIDE = 5

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
    same: NDArray[np.bool_] = first.stem_ids[:, None] == second.stem_ids[None, :]
    return same


def cover(wordings: Sequence[Words], answer: Words, echo: frozenset[str]) -> Match:
    """Match one point, given by its wordings, with an answer.

    Args:
        wordings: At least one.
        answer: At least one word.
        echo: Stems of the question's own words.
    """
    size = min(WINDOW, len(answer))
    starts = np.array(
        sorted({*range(0, len(answer) - size + 1, _STRIDE), len(answer) - size}), dtype=np.int64
    )
    means = _window_means(answer, starts, size)
    rows = [_match(wording, answer, echo, starts, size, means) for wording in wordings]
    soft, exact, local, cosines, places = zip(*rows, strict=True)
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
    start = int(starts[places[top]])
    return Match(features, (start, start + size), top, cosines[top])


def _match(
    wording: Words,
    answer: Words,
    echo: frozenset[str],
    starts: NDArray[np.int64],
    size: int,
    means: Vectors,
) -> tuple[float, float, float, float, int]:
    """Soft, exact and local recall, cosine, and which window is best, for one wording."""
    known = np.array([s in echo for s in wording.stems], dtype=bool)
    weights = wording.weights * np.where(known, ECHO_WEIGHT, 1.0).astype(np.float32)
    total = float(weights.sum()) or 1.0
    same = same_stem(wording, answer)
    cosine = np.clip(wording.vectors @ answer.vectors.T, 0.0, 1.0)
    matrix = np.where(same, np.maximum(cosine, 0.9), cosine * 0.9)
    views = np.lib.stride_tricks.sliding_window_view(matrix, size, axis=1)[:, starts]
    windows = (weights @ views.max(axis=2)) / total
    best = int(windows.argmax())
    return (
        float(weights @ matrix.max(axis=1)) / total,
        float(weights @ same.any(axis=1)) / total,
        float(windows[best]),
        float((means @ wording.mean(0, len(wording))).max()),
        best,
    )


def _window_means(answer: Words, starts: NDArray[np.int64], size: int) -> Vectors:
    """Mean vector of each window, unit length, shape (windows, d)."""
    sums = np.concatenate(
        [np.zeros((1, answer.vectors.shape[1]), np.float32), answer.vectors.cumsum(axis=0)]
    )
    return unit((sums[starts + size] - sums[starts]) / size)
