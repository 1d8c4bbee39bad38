"""Find questions by meaning: FAISS over prompts, titles, follow-ups and points.

What is made of the hits (a list, a pick, a lint finding) is decided elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from interviewer.bank.lint import NEAR_DUPLICATE
from interviewer.bank.load import Bank
from interviewer.bank.vectors import vectors_of
from interviewer.model import Question

if TYPE_CHECKING:
    from interviewer.embedding import Encoder, Vectors

Matched = Literal["question", "follow-up", "point"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A question that fits, and what about it fits best."""

    question_id: str
    score: float
    """Cosine, -1 to 1."""
    matched: Matched
    text: str
    """The prompt, title, follow-up or claim that matched."""


class _Item(NamedTuple):
    question_id: str
    matched: Matched
    text: str
    is_prompt: bool = False


class _Built(NamedTuple):
    vectors: Vectors
    index: Any  # faiss ships no types


class BankIndex:
    """Search over a bank; built on first use, safe to share between threads.

    Args:
        bank: The questions.
        encoder: The embedding model.
        cache_dir: Where vectors are kept; None keeps them in memory only.
        shipped: A file of vectors that are known already.
    """

    def __init__(
        self, bank: Bank, encoder: Encoder, cache_dir: Path | None, shipped: Path | None = None
    ) -> None:
        """Remember the parts; nothing is encoded or read yet."""
        self._bank = bank
        self._encoder = encoder
        self._cache_dir = cache_dir
        self._shipped = shipped
        self._lock = threading.Lock()
        self._ready: _Built | None = None
        self._items = tuple(item for question in bank for item in _items(question))

    @property
    def texts(self) -> tuple[str, ...]:
        """What is searched."""
        return tuple(item.text for item in self._items)

    def warm_up(self) -> None:
        """Build the index now."""
        self._built()

    def search(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """The questions nearest to a query, best first, each once.

        Args:
            query: Anything a person types; a blank one finds nothing.
            limit: At most this many.
        """
        return self.search_all([query], limit)[0]

    def search_all(self, queries: Sequence[str], limit: int = 10) -> list[tuple[Hit, ...]]:
        """The same for several queries, encoded together.

        Args:
            queries: Anything people type; a blank one finds nothing.
            limit: At most this many for each.
        """
        asked = [query for query in dict.fromkeys(queries) if query.strip()]
        if limit < 1 or not self._items or not asked:
            return [() for _ in queries]
        vectors = self._encoder.encode(asked)
        found = {
            query: self._nearest(vectors[row : row + 1], limit) for row, query in enumerate(asked)
        }
        return [found.get(query, ()) for query in queries]

    def similar(self, question_id: str, limit: int = 5) -> tuple[Hit, ...]:
        """Other questions like this one, best first.

        Raises:
            UnknownQuestion: The bank has no such question.
        """
        question = self._bank[question_id]
        if limit < 1:
            return ()
        row = next(
            i for i, item in enumerate(self._items) if item.is_prompt and item[0] == question.id
        )
        hits = self._nearest(self._built().vectors[row : row + 1], limit + 1)
        return tuple(hit for hit in hits if hit.question_id != question_id)[:limit]

    def near_duplicates(self, threshold: float = NEAR_DUPLICATE) -> list[tuple[str, str, float]]:
        """Pairs of questions whose prompts are at least that close, closest first.

        Args:
            threshold: Cosine, -1 to 1.

        Returns:
            Two ids, in the order of the bank, and the cosine of their prompts.
        """
        rows = [i for i, item in enumerate(self._items) if item.is_prompt]
        if len(rows) < 2:  # noqa: PLR2004 - a pair
            return []
        prompts = np.ascontiguousarray(self._built().vectors[rows])
        limits, scores, found = _index(prompts).range_search(prompts, float(threshold))
        pairs: list[tuple[str, str, float]] = []
        for first in range(len(rows)):
            for at in range(int(limits[first]), int(limits[first + 1])):
                second = int(found[at])
                if first < second:
                    one, other = (self._items[rows[i]].question_id for i in (first, second))
                    pairs.append((one, other, float(scores[at])))
        return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))

    def says_the_same(self, text: str, others: Sequence[str]) -> bool:
        """Whether a text is a near duplicate of one of the others."""
        if not text.strip() or not others:
            return False
        vectors = self._encoder.encode([text, *others])
        return bool((vectors[1:] @ vectors[0]).max() >= NEAR_DUPLICATE)

    def _nearest(self, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        """One hit a question; more items are fetched until there are enough questions."""
        index = self._built().index
        wanted = min(limit, len(self._bank))
        depth = min(len(self._items), wanted * 8)
        while True:
            scores, rows = index.search(vector, depth)
            hits: dict[str, Hit] = {}
            for score, row in zip(scores[0], rows[0], strict=True):
                item = self._items[int(row)]
                cosine = min(1.0, max(-1.0, float(score)))
                hits.setdefault(
                    item.question_id, Hit(item.question_id, cosine, item.matched, item.text)
                )
            if len(hits) >= wanted or depth == len(self._items):
                return tuple(hits.values())[:wanted]
            depth = min(len(self._items), depth * 4)

    def _built(self) -> _Built:
        if self._ready is None:
            with self._lock:
                if self._ready is None:
                    vectors = vectors_of(self.texts, self._encoder, self._cache_dir, self._shipped)
                    self._ready = _Built(vectors, _index(vectors))
        return self._ready


def _items(question: Question) -> Iterator[_Item]:
    yield _Item(question.id, "question", question.prompt, is_prompt=True)
    if question.title:
        yield _Item(question.id, "question", question.title)
    if question.rephrase:
        yield _Item(question.id, "question", question.rephrase)
    for follow_up in question.follow_ups:
        yield _Item(question.id, "follow-up", follow_up.ask)
    for point in question.points:
        yield _Item(question.id, "point", point.claim)


def _index(vectors: Vectors) -> Any:  # noqa: ANN401 - faiss ships no types
    import faiss

    index = faiss.IndexFlatIP(max(1, vectors.shape[1]))
    if len(vectors):
        index.add(np.ascontiguousarray(vectors))
    return index
