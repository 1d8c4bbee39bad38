"""A text as words with their places, stems, weights and contextual vectors."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from interviewer.embedding import Encoder, Tokens, Vectors, unit
from interviewer.grading.lexicon import DIRECTION_WORDS, FUNCTION_WORDS, is_negator

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[=<>+/^²σμλ∝≈]", re.UNICODE)

_FIRST_WORD_ID = 1996
"""In BERT's vocabulary whole words begin here, most frequent first."""


@dataclass(frozen=True)
class Words:
    """The words of a text.

    Attributes:
        text: The text.
        lower: Each word in lower case, n of them.
        stems: Each word's Snowball stem (Porter 2).
        spans: Shape (n, 2), start and end in characters.
        vectors: Shape (n, d), mean of the word's contextual token vectors, unit length.
        weights: Shape (n,), how much content a word carries, about 0.1 to 1.
    """

    text: str
    lower: tuple[str, ...]
    stems: tuple[str, ...]
    spans: NDArray[np.int64]
    vectors: Vectors
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.lower)

    @cached_property
    def negators(self) -> NDArray[np.bool_]:
        """Which words negate, shape (n,)."""
        return np.array([is_negator(word) for word in self.lower], dtype=bool)

    @cached_property
    def content(self) -> NDArray[np.bool_]:
        """Which words are not function words, shape (n,)."""
        return np.array([word not in FUNCTION_WORDS for word in self.lower], dtype=bool)

    @cached_property
    def stem_ids(self) -> NDArray[np.int64]:
        """A number for each stem, the same in every text, shape (n,)."""
        return np.array([_number(s) for s in self.stems], dtype=np.int64)

    @cached_property
    def stem_set(self) -> frozenset[str]:
        """The stems of all content words."""
        return frozenset(s for s, keep in zip(self.stems, self.content, strict=True) if keep)


_STEMMING = threading.Lock()
"""The stemmer keeps the word it works on."""


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Snowball stem of a lower-case word."""
    with _STEMMING:
        return str(_stemmer().stemWord(word))


@lru_cache(maxsize=50_000)
def _number(word: str) -> int:
    """The same number for the same stem: 63 bits of its hash."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) >> 1


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]  # noqa: ANN202 - untyped library
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def stems_of(text: str) -> frozenset[str]:
    """The stems of a text's content words; needs no model."""
    words = (match.group().lower().replace("’", "'") for match in _WORD.finditer(text))
    return frozenset(stem(word) for word in words if word not in FUNCTION_WORDS)


def read(encoder: Encoder, texts: Sequence[str]) -> list[Words]:
    """Encode texts into words; one pass of the model over all of them."""
    return [
        words_of(text, tokens) for text, tokens in zip(texts, encoder.tokens(texts), strict=True)
    ]


def words_of(text: str, tokens: Tokens) -> Words:
    """The words of a text from its token vectors."""
    matches = list(_WORD.finditer(text))
    lower = tuple(match.group().lower().replace("’", "'") for match in matches)
    spans = np.array([match.span() for match in matches], dtype=np.int64).reshape(-1, 2)
    count, dimension = len(matches), tokens.raw.shape[1]
    vectors = np.zeros((count, dimension), dtype=np.float32)
    weights = np.full(count, 0.5, dtype=np.float32)
    starts, ends = tokens.offsets[:, 0], tokens.offsets[:, 1]
    first = np.searchsorted(ends, spans[:, 0], side="right")
    last = np.searchsorted(starts, spans[:, 1], side="left")
    for index, (begin, end) in enumerate(zip(first, last, strict=True)):
        if end > begin:
            vectors[index] = tokens.raw[begin:end].mean(axis=0)
            weights[index] = _weight(lower[index], int(tokens.ids[begin]), int(end - begin))
    return Words(text, lower, tuple(stem(w) for w in lower), spans, unit(vectors), weights)


def _weight(word: str, first_id: int, pieces: int) -> float:
    """How much content a word carries, from its rank in the vocabulary (Zipf).

    A word of several pieces is rare. Negators decide meaning and weigh most.
    """
    if is_negator(word):
        return 1.0
    if word in DIRECTION_WORDS:
        return 0.4
    if word in FUNCTION_WORDS:
        return 0.1
    if pieces > 1:
        return 1.0
    rank = max(1, first_id - _FIRST_WORD_ID)
    return 0.25 + 0.75 * min(1.0, math.log(rank) / math.log(20_000))
