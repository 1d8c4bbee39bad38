"""Which sentences of an answer make which point, by the encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interviewer.embedding import Encoder, Vectors
from interviewer.model import Point

SAID = 0.55
"""A cosine with a wording from which a sentence may be taken to make the point."""
_MARGIN = 0.05


class Nearness:
    """Tells which sentences come near a point; each text is encoded once.

    Args:
        encoder: Gives sentence embeddings.
    """

    def __init__(self, encoder: Encoder) -> None:
        """Nothing is encoded yet."""
        self._encoder = encoder
        self._kept: dict[tuple[str, ...], Vectors] = {}

    def of(self, point: Point, whole: Sequence[str]) -> NDArray[np.float32]:
        """Highest cosine of each sentence with any wording of the point.

        Args:
            point: Of the question.
            whole: The sentences, n of them.

        Returns:
            Shape (n,), -1..1.
        """
        cosines: NDArray[np.float32] = self._vectors(point.wordings) @ self._vectors(whole).T
        nearest: NDArray[np.float32] = cosines.max(axis=0)
        return nearest

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        key = tuple(texts)
        if key not in self._kept:
            self._kept[key] = self._encoder.encode(key)
        return self._kept[key]


def making(row: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The sentences that make a point, given its cosines; at least the nearest one."""
    best = float(row.max())
    mask: NDArray[np.bool_] = row >= (min(SAID, best) if best - _MARGIN > SAID else best - _MARGIN)
    return mask
