"""Tell a wrong statement from the right one that differs in a few words.

Sentence vectors do not know "not", nor which of two terms went up. A wrong
sentence and its right twin share most words, so the answer is aligned to both in
the order of their words (a weighted, soft longest common subsequence) and the
two alignments are compared: only the words in which the twins differ can decide.
Decisive words count in full by their stem alone, by nearness of vectors at half.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.grading.coverage import Cosines, same_stem
from interviewer.grading.words import Words

_STRIDE = 3
_NEAR = 0.45
"""Cosine of two words in context below which they have nothing in common."""
_SOFT = 0.8
"""What a word that is near, but not the same, is worth at most."""
_CONTENT = 0.3
"""Weight from which a word has a say in whether the pair is about the same thing."""
_MIN_CONTEXT = 0.45
"""Share of the shared words an answer must hold before a pair is looked at."""

PAIR_FEATURES = ("margin", "wrong", "context", "decisive", "exact", "weakest")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the twins.

    Attributes:
        words: Its words.
        weights: Shape (n,).
        decisive: Shape (n,), the words its twin does not have.
    """

    words: Words
    weights: NDArray[np.float64]
    decisive: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pair:
    """A wrong sentence and its right twin.

    Attributes:
        wrong: What somebody who is mistaken says.
        right: What they should say.
        target: The id of the misconception.
    """

    wrong: Side
    right: Side
    target: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """How an answer stands to one pair.

    Attributes:
        features: Shape (len(PAIR_FEATURES),).
        rival: How far the right twin aligns, as the feature "wrong" says for the wrong one.
        window: First and last word (exclusive) where the wrong twin fits best.
    """

    pair: Pair
    features: NDArray[np.float64]
    rival: float
    window: tuple[int, int]

    @property
    def wrong(self) -> float:
        """How far the wrong twin aligns, 0..1."""
        return float(self.features[1])


def twins(wrong: Words, right: Words, target: str) -> Pair:
    """A pair from two sentences."""
    matcher = difflib.SequenceMatcher(None, wrong.stems, right.stems, autojunk=False)
    first, second = np.ones(len(wrong), dtype=bool), np.ones(len(right), dtype=bool)
    for block in matcher.get_matching_blocks():
        first[block.a : block.a + block.size] = False
        second[block.b : block.b + block.size] = False
    return Pair(
        Side(wrong, _weights(wrong), first),
        Side(right, _weights(right), second),
        target,
    )


def _weights(words: Words) -> NDArray[np.float64]:
    weights = words.weights.astype(np.float64)
    weights[words.negators] = 2.0
    return np.maximum(weights, 0.1)


def contrast(pairs: Sequence[Pair], answer: Words, near: Cosines) -> list[Contrast]:
    """The pairs an answer comes near to, with how it decides between the twins.

    Args:
        pairs: Wrong sentences with their right twins.
        answer: The answer.
        near: Cosines of both twins with the answer.
    """
    if not len(answer):
        return []
    found = []
    for pair in pairs:
        matrix = _similarity(pair.wrong, answer, near)
        shared = ~pair.wrong.decisive
        total = float(pair.wrong.weights[shared].sum())
        held = float(pair.wrong.weights[shared] @ matrix[shared].max(axis=1)) if total else 0.0
        if total and held / total < _MIN_CONTEXT:
            continue
        if not _decidable(pair, matrix):
            continue
        found.append(_contrast(pair, matrix, answer, near))
    return found


def _decidable(pair: Pair, matrix: NDArray[np.float64]) -> bool:
    """Whether any decisive word of the wrong twin is in the answer at all."""
    decisive = pair.wrong.decisive
    return not decisive.any() or bool((matrix[decisive] >= 1.0).any())


def _similarity(side: Side, answer: Words, cosines: Cosines) -> NDArray[np.float64]:
    """Shape (words of the side, words of the answer); 1 for the same stem."""
    near = (cosines[id(side.words)] - _NEAR) / (1 - _NEAR)
    near = np.clip(near, 0.0, 1.0).astype(np.float64) * _SOFT
    same = same_stem(side.words, answer)
    result = np.where(same, 1.0, near)
    result[side.decisive] = np.where(same[side.decisive], 1.0, near[side.decisive] * 0.5)
    return result


def _contrast(
    pair: Pair,
    matrix: NDArray[np.float64],
    answer: Words,
    near: Cosines,
) -> Contrast:
    wrong, right = pair.wrong, pair.right
    longest = max(len(wrong.words), len(right.words))
    size = min(len(answer), round(1.6 * longest) + 5)
    starts = np.array(
        sorted({*range(0, len(answer) - size + 1, _STRIDE), len(answer) - size}), dtype=np.int64
    )
    total = wrong.weights.sum()
    aligned = _align(matrix, wrong.weights, starts, size) / total
    other = _similarity(right, answer, near)
    rival = float((_align(other, right.weights, starts, size) / right.weights.sum()).max())
    share = max(
        wrong.weights[wrong.decisive].sum() / total,
        right.weights[right.decisive].sum() / right.weights.sum(),
    )
    margins = (aligned - rival) / max(float(share), 1e-6)
    best = int((margins + aligned).argmax())
    start = int(starts[best])
    here = matrix[:, start : start + size].max(axis=1)
    context = float(
        (wrong.weights * here)[~wrong.decisive].sum()
        / max(wrong.weights[~wrong.decisive].sum(), 1e-6)
    )
    decided = wrong.decisive
    decisive = (
        float((wrong.weights * (here >= 1.0))[decided].sum() / wrong.weights[decided].sum())
        if decided.any()
        else 0.5
    )
    shared = ~wrong.decisive & (wrong.weights >= _CONTENT)
    exact = (
        float((wrong.weights * (here >= 1.0))[shared].sum() / wrong.weights[shared].sum())
        if shared.any()
        else 0.5
    )
    weakest = float(here[shared].min()) if shared.any() else 0.5
    features = np.array(
        [np.clip(margins[best], -2, 2), aligned[best], context, decisive, exact, weakest]
    )
    return Contrast(pair, features, rival, (start, start + size))


def _align(
    matrix: NDArray[np.float64],
    weights: NDArray[np.float64],
    starts: NDArray[np.int64],
    size: int,
) -> NDArray[np.float64]:
    """Best order-keeping alignment within each window.

    Args:
        matrix: Similarity, shape (m, n).
        weights: Shape (m,).
        starts: First word of each window, shape (k,).
        size: Words in a window.

    Returns:
        The summed weight of what could be aligned, shape (k,).
    """
    columns = starts[:, None] + np.arange(size)[None, :]
    table = np.zeros((len(starts), size + 1))
    for row, weight in zip(matrix, weights, strict=True):
        extended = table[:, :-1] + weight * row[columns]
        table[:, 1:] = np.maximum(table[:, 1:], extended)
        np.maximum.accumulate(table, axis=1, out=table)
    result: NDArray[np.float64] = table[:, -1]
    return result
