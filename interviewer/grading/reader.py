"""Reads an answer for one statement: says it, denies it, or does not speak of it.

Similarity does not know "not", nor which of two terms went up. The reader is a
small network over the token vectors that the encoder gives anyway: every token of
the statement looks for its counterpart in the answer (attention, after the
decomposable attention model of Parikh et al. 2016), the two are compared, and the
comparisons are pooled into three logits. Two such networks, trained by two recipes,
read together. ``evals/train_reader.py`` trains them and says on what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Statements, their tokens one after the other.

    Attributes:
        ids: Shape (n,), vocabulary ids.
        vectors: Shape (n, h).
        queries: Shape (n, h), rows of unit length.
        weights: Shape (n,), say of each token.
        base: Shape (n, m), what the comparison owes to the statement alone.
        starts: Shape (k,), first token of each statement.
        owner: Shape (n,), the statement of each token.
    """

    ids: NDArray[np.int64]
    vectors: Floats
    queries: Floats
    weights: Floats
    base: Floats
    starts: NDArray[np.int64]
    owner: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)


class Network:
    """One network, in numpy.

    Args:
        arrays: Its weights by name, as ``evals/train_reader.py`` saves them.
    """

    def __init__(self, arrays: Mapping[str, Floats]) -> None:
        """Keep the weights as float32; the comparison's first layer taken apart by input."""
        self._w = {name: np.asarray(value, dtype=np.float32) for name, value in arrays.items()}
        first = self._w["cmp.0.weight"].T
        hidden = len(self._w["P.bias"])
        own, found, less, times = (first[part * hidden : (part + 1) * hidden] for part in range(4))
        self._own, self._found, self._times = own + less, found - less, times
        self._scalars = first[4 * hidden :]

    def read(self, tokens: Tokens) -> Read:
        """Project a text's token vectors."""
        both = np.concatenate([tokens.inner, tokens.raw], axis=1)
        vectors = np.tanh(both @ self._w["P.weight"].T + self._w["P.bias"])
        return Read(tokens.ids, vectors, _unit(vectors @ self._w["k.weight"].T))

    def statements(self, tokens: Sequence[Tokens]) -> Statements:
        """Make statements ready to be looked for; one without tokens is found nowhere."""
        hidden = len(self._w["P.bias"])
        zeros = np.zeros((1, hidden), np.float32)
        nothing = Read(np.array([-1]), zeros, zeros)
        read = [self.read(item) if len(item.ids) else nothing for item in tokens]
        sizes = np.array([len(item.ids) for item in read], dtype=np.int64)
        vectors = np.concatenate([np.zeros((0, hidden), np.float32), *(r.vectors for r in read)])
        ids = np.concatenate([np.zeros(0, np.int64), *(item.ids for item in read)])
        say = _sigmoid(vectors @ self._w["w.weight"][0] + self._w["w.bias"][0])
        return Statements(
            ids=ids,
            vectors=vectors,
            queries=_unit(vectors @ self._w["q.weight"].T),
            weights=say,
            base=np.asarray(vectors @ self._own + self._w["cmp.0.bias"], dtype=np.float32),
            starts=np.cumsum(sizes) - sizes,
            owner=np.repeat(np.arange(len(sizes)), sizes),
        )

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
        cosine = statements.queries @ keys.T
        same = statements.ids[:, None] == ids[None, :]
        attention = _softmax(cosine * self._w["temp"] + same * self._w["ex"])
        found = attention @ vectors
        centre = attention @ np.arange(len(ids), dtype=np.float32)
        weights, starts, owner = statements.weights, statements.starts, statements.owner
        total = np.add.reduceat(weights, starts) + np.float32(1e-6)
        middle = np.add.reduceat(centre * weights, starts) / total
        scalars = np.stack(
            [
                cosine.max(axis=1),
                same.any(axis=1).astype(np.float32),
                np.minimum(np.abs(centre - middle[owner]) / np.float32(_FAR), np.float32(2.0)),
            ],
            axis=1,
        )
        first = statements.base + found @ self._found + scalars @ self._scalars
        first += (statements.vectors * found) @ self._times
        compared = _gelu(
            _gelu(np.asarray(first, dtype=np.float32)) @ self._w["cmp.3.weight"].T
            + self._w["cmp.3.bias"]
        )
        pooled = np.concatenate(
            [
                np.add.reduceat(compared * weights[:, None], starts) / total[:, None],
                np.maximum.reduceat(compared, starts),
                np.minimum.reduceat(compared, starts),
            ],
            axis=1,
        )
        rows = _gelu(pooled @ self._w["out.0.weight"].T + self._w["out.0.bias"])
        return _log_softmax(rows @ self._w["out.3.weight"].T + self._w["out.3.bias"])


class Reader:
    """Networks that read together: the geometric mean of what they find.

    Args:
        networks: At least one.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        """Keep the networks."""
        self._networks = tuple(networks)

    def read(self, tokens: Tokens) -> tuple[Read, ...]:
        """Project a text's token vectors, for each network."""
        return tuple(network.read(tokens) for network in self._networks)

    def statements(self, tokens: Sequence[Tokens]) -> tuple[Statements, ...]:
        """Make statements ready to be looked for, for each network."""
        return tuple(network.statements(tokens) for network in self._networks)

    def judge(self, statements: Sequence[Statements], answer: Sequence[Read]) -> Floats:
        """Log-probabilities of absent, said and denied, shape (k, 3)."""
        found = [
            network.judge(own, read)
            for network, own, read in zip(self._networks, statements, answer, strict=True)
        ]
        return _log_softmax(np.asarray(np.mean(found, axis=0), dtype=np.float32))


@lru_cache(maxsize=8)
def load_reader(path: Path = WEIGHTS) -> Reader:
    """A reader from its file; the shipped one by default."""
    with np.load(path) as held:
        names = sorted({name.split("/")[0] for name in held.files if "/" in name})
        return Reader(
            [
                Network(
                    {
                        key.removeprefix(f"{name}/"): held[key]
                        for key in held.files
                        if key.startswith(f"{name}/")
                    }
                )
                for name in names
            ]
        )


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
    inner = 0.7978845608 * (values + 0.044715 * values * values * values)
    return np.asarray(0.5 * values * (1.0 + np.tanh(inner)), dtype=np.float32)


def _softmax(values: Floats) -> Floats:
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def _log_softmax(values: Floats) -> Floats:
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(
        shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32
    )
