"""How well an answer covers a point: weighted soft recall of its wordings.

For each wording, every word looks for its closest word in the answer; the
weighted mean of those similarities is the recall. Words of the question itself
count little, so an echoed question covers nothing. This is the recall side of
BERTScore (Zhang et al. 2020, section 3) with word weights and an exact-stem term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.embedding import Vectors
from interviewer.grading.words import Words

WINDOW = 30
"""Words that a local match may stretch over."""

_STRIDE = 5
_REACH_STRIDE = 20

REACH = 80
"""Words over which what is said to one point may be spread: a longer answer gains nothing."""

ECHO_WEIGHT = 0.3
"""What a word of the question is worth beside a word of its own."""


@dataclass(frozen=True, slots=True)
class Match:
    """How an answer matches one point.

    Attributes:
        features: Shape (len(FEATURES),).
        window: First and last word (exclusive) of the best local match.
        wording: Index of the best wording.
    """

    features: NDArray[np.float64]
    window: tuple[int, int]
    wording: int


FEATURES = ("soft", "soft_mean", "exact", "exact_mean", "local")

Cosines = Mapping[int, Vectors]
"""For the id of each wording: cosines of its words with the answer's, shape (m, n)."""


def cosines(wordings: Sequence[Words], stacked: Vectors, answer: Words) -> Cosines:
    """Cosines of every wording with an answer, in one multiplication.

    Args:
        wordings: Sentences whose vectors lie in ``stacked``, one below the other.
        stacked: Shape (all words, d).
        answer: The answer.
    """
    every = np.clip(stacked @ answer.vectors.T, 0.0, 1.0)
    parts, start = {}, 0
    for wording in wordings:
        parts[id(wording)] = every[start : start + len(wording)]
        start += len(wording)
    return parts


def same_stem(first: Words, second: Words) -> NDArray[np.bool_]:
    """Which words share a stem, shape (len(first), len(second))."""
    same: NDArray[np.bool_] = first.stem_ids[:, None] == second.stem_ids[None, :]
    return same


def similarity(wording: Words, answer: Words, near: Cosines) -> NDArray[np.float32]:
    """Word by word similarity, shape (len(wording), len(answer)); 0.9 or more for the same stem."""
    cosine = near[id(wording)]
    same = same_stem(wording, answer)
    result: NDArray[np.float32] = np.where(same, np.maximum(cosine, 0.9), cosine * 0.9)
    return result


def cover(wordings: Sequence[Words], answer: Words, echo: frozenset[str], near: Cosines) -> Match:
    """Match one point, given by its wordings, with an answer.

    Args:
        wordings: At least one.
        answer: At least one word.
        echo: Stems of the question's own words.
        near: Cosines of the wordings with the answer.
    """
    size = min(WINDOW, len(answer))
    starts = np.array(
        sorted({*range(0, len(answer) - size + 1, _STRIDE), len(answer) - size}), dtype=np.int64
    )
    rows = [_match(wording, answer, echo, starts, size, near) for wording in wordings]
    soft, exact, local, places = zip(*rows, strict=True)
    top = int(np.argmax(local))
    features = np.array(
        [max(soft), float(np.mean(soft)), max(exact), float(np.mean(exact)), local[top]]
    )
    start = int(starts[places[top]])
    return Match(features, (start, start + size), top)


def _match(
    wording: Words,
    answer: Words,
    echo: frozenset[str],
    starts: NDArray[np.int64],
    size: int,
    near: Cosines,
) -> tuple[float, float, float, int]:
    """Soft, exact and local recall, and which window is best, for one wording."""
    known = np.array([s in echo for s in wording.stems], dtype=bool)
    weights = wording.weights * np.where(known, ECHO_WEIGHT, 1.0).astype(np.float32)
    total = float(weights.sum()) or 1.0
    matrix = similarity(wording, answer, near)
    exact = matrix >= 0.9
    views = np.lib.stride_tricks.sliding_window_view(matrix, size, axis=1)[:, starts]
    windows = (weights * views.max(axis=2).T).sum(axis=1) / total
    best = int(windows.argmax())
    soft, held = 0.0, 0.0
    for begin in range(0, max(1, len(answer) - REACH + _REACH_STRIDE), _REACH_STRIDE):
        part = slice(begin, begin + REACH)
        value = float((weights * matrix[:, part].max(axis=1)).sum()) / total
        if value > soft:
            soft = value
            held = float((weights * exact[:, part].any(axis=1)).sum()) / total
    return soft, held, float(windows[best]), best
