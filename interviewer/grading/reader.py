"""Reads an answer for one statement: says it, denies it, or does not speak of it.

Similarity does not know "not", nor which of two terms went up. The reader is a
small network over the token vectors that the encoder gives anyway: every token of
the statement looks for its counterpart in the answer (attention, after the
decomposable attention model of Parikh et al. 2016), the two are compared, and the
comparisons are pooled into three logits. ``evals/train_reader.py`` trains it and
says on what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interviewer.embedding import DEFAULT_MODEL, Tokens

Floats = NDArray[np.float32]

ABSENT, SAID, DENIED = 0, 1, 2
WEIGHTS = Path(__file__).parent / "reader.npz"
WINDOW = 240
"""Tokens read at once; a longer answer is read in overlapping windows."""
_STRIDE = 160
_FAR = 20.0
_NONE = np.float32(-1e4)


@dataclass(frozen=True, slots=True)
class Read:
    """A text as the reader takes it.

    Attributes:
        ids: Shape (n,), vocabulary ids.
        vectors: Shape (n, h), projected token vectors.
        keys: Shape (n, h), what is looked for, rows of unit length.
    """

    ids: NDArray[np.int64]
    vectors: Floats
    keys: Floats


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements side by side, padded to the longest.

    Attributes:
        ids: Shape (k, m), -1 where padded.
        vectors: Shape (k, m, h).
        queries: Shape (k, m, h), rows of unit length.
        weights: Shape (k, m), say of each token, 0 where padded.
    """

    ids: NDArray[np.int64]
    vectors: Floats
    queries: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.ids)


class Reader:
    """The network, in numpy.

    Args:
        arrays: Its weights by name, as ``evals/train_reader.py`` saves them.
    """

    def __init__(self, arrays: dict[str, Floats]) -> None:
        """Keep the weights as float32."""
        self._w = {name: np.asarray(value, dtype=np.float32) for name, value in arrays.items()}

    def read(self, tokens: Tokens) -> Read:
        """Project a text's token vectors."""
        both = np.concatenate([tokens.inner, tokens.raw], axis=1)
        vectors = np.tanh(both @ self._w["P.weight"].T + self._w["P.bias"])
        return Read(tokens.ids, vectors, _unit(vectors @ self._w["k.weight"].T))

    def statements(self, tokens: Sequence[Tokens]) -> Statements:
        """Make statements ready to be looked for."""
        longest = max((len(item.ids) for item in tokens), default=1) or 1
        hidden = len(self._w["P.bias"])
        ids = np.full((len(tokens), longest), -1, dtype=np.int64)
        vectors = np.zeros((len(tokens), longest, hidden), dtype=np.float32)
        for row, item in enumerate(tokens):
            ids[row, : len(item.ids)] = item.ids
            vectors[row, : len(item.ids)] = self.read(item).vectors
        queries = _unit(vectors @ self._w["q.weight"].T)
        say = _sigmoid(vectors @ self._w["w.weight"][0] + self._w["w.bias"][0]) * (ids >= 0)
        return Statements(ids, vectors, queries, say.astype(np.float32))

    def judge(self, statements: Statements, answer: Read) -> Floats:
        """Log-probabilities of absent, said and denied, shape (k, 3).

        A long answer is read in windows; the window that speaks of a statement
        most decides on it.
        """
        count = len(answer.ids)
        if not len(statements) or not count:
            return np.tile(
                np.log(np.array([0.98, 0.01, 0.01], dtype=np.float32)), (len(statements), 1)
            )
        starts = range(0, max(1, count - WINDOW + _STRIDE), _STRIDE)
        views = np.stack([self._judge(statements, answer, start) for start in starts])
        best = views[:, :, ABSENT].argmin(axis=0)
        return np.asarray(views[best, np.arange(len(statements))], dtype=np.float32)

    def _judge(self, statements: Statements, answer: Read, start: int) -> Floats:
        """The same for one window."""
        part = slice(start, start + WINDOW)
        ids, vectors, keys = answer.ids[part], answer.vectors[part], answer.keys[part]
        rows, longest, hidden = statements.vectors.shape
        cosine = (statements.queries.reshape(-1, hidden) @ keys.T).reshape(rows, longest, -1)
        same = statements.ids[:, :, None] == ids[None, None, :]
        attention = _softmax(cosine * self._w["temp"] + same * self._w["ex"])
        found = (attention.reshape(-1, len(ids)) @ vectors).reshape(rows, longest, hidden)
        centre = attention @ np.arange(len(ids), dtype=np.float32)
        weights = statements.weights
        total = weights.sum(axis=1, keepdims=True) + 1e-6
        middle = (centre * weights).sum(axis=1, keepdims=True) / total
        own = statements.vectors
        compared = np.concatenate(
            [
                own,
                found,
                own - found,
                own * found,
                cosine.max(axis=2)[..., None],
                same.any(axis=2)[..., None],
                np.minimum(np.abs(centre - middle) / _FAR, 2.0)[..., None],
            ],
            axis=2,
        ).astype(np.float32)
        hidden_rows = self._layers("cmp", compared.reshape(rows * longest, -1), last=True)
        compared = hidden_rows.reshape(rows, longest, -1)
        padded = (statements.ids < 0)[..., None]
        pooled = np.concatenate(
            [
                (compared * weights[..., None]).sum(axis=1) / total,
                np.where(padded, _NONE, compared).max(axis=1),
                np.where(padded, -_NONE, compared).min(axis=1),
            ],
            axis=1,
        )
        return _log_softmax(self._layers("out", pooled, last=False))

    def _layers(self, name: str, rows: Floats, *, last: bool) -> Floats:
        """Two dense layers with GELU between them, and after them where ``last``."""
        rows = _gelu(rows @ self._w[f"{name}.0.weight"].T + self._w[f"{name}.0.bias"])
        rows = rows @ self._w[f"{name}.3.weight"].T + self._w[f"{name}.3.bias"]
        return _gelu(rows) if last else rows


@lru_cache(maxsize=8)
def load_reader(path: Path = WEIGHTS) -> Reader:
    """A reader from its file; the shipped one by default."""
    with np.load(path) as held:
        return Reader({name: held[name] for name in held.files if name != "questions"})


def trained_on(path: Path = WEIGHTS) -> frozenset[str]:
    """The ids of the questions a reader was trained on."""
    with np.load(path) as held:
        return frozenset(str(name) for name in held["questions"])


def reads(encoder_name: str) -> bool:
    """Whether the reader was trained on this encoder's vectors."""
    return encoder_name == DEFAULT_MODEL


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), dtype=np.float32)


def _gelu(values: Floats) -> Floats:
    """With tanh, as in Hendrycks & Gimpel 2016."""
    inner = 0.7978845608 * (values + 0.044715 * values**3)
    return np.asarray(0.5 * values * (1.0 + np.tanh(inner)), dtype=np.float32)


def _softmax(values: Floats) -> Floats:
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def _log_softmax(values: Floats) -> Floats:
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(
        shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32
    )
