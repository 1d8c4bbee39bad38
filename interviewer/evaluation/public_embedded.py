"""The embedded grader as a scorer of public sets: what it measures, and a head.

What is measured on an answer comes from the shipped grader with its shipped weights,
from the prompt and the reference alone; the whole answer counts, nothing is blanked
(``grading.focus``). The head that turns it into a score is fitted anew on the train
answers of every fold. ``public`` holds the questions out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.embedding import Encoder, Tokens, Vectors, unit
from interviewer.errors import EvaluationError
from interviewer.evaluation.public_sets import Item
from interviewer.grading.measure import (
    REFERENCE_FEATURES,
    Prepared,
    measure,
    prepare,
    reference_features,
)
from interviewer.grading.reader import load_reader, reads
from interviewer.grading.reference import question_from_reference
from interviewer.grading.words import words_of

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""(answers measured, answers in all)."""

COSINE_FEATURES = (
    "answer_reference",
    "answer_question",
    "reference_question",
    "beyond_question",
    "answer_new",
    "reference_new",
)
"""Cosines of sentence embeddings; the last three after the question's direction is taken
out: the cosine of answer and reference, and how long each still is."""

RIDGE, GAUSSIAN, WIDTH, ALIKE = 3.0, 1.0, 0.3, 0.3
"""Of the head: penalty, share of the Gaussian kernel, its inverse width, and share of
the kernel of embeddings. Chosen on Mohler, 10 folds by question; the linear kernel has 1."""

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Row:
    """One answer, measured.

    Attributes:
        numbers: Shape (len(REFERENCE_FEATURES) + len(COSINE_FEATURES),).
        answer: Its sentence embedding.
        reference: The embedding of the reference it comes nearest to.
    """

    numbers: Floats
    answer: Vectors
    reference: Vectors


class EmbeddedScorer:
    """A ``Scorer``; an answer is measured once and remembered.

    Args:
        encoder: The one the reader was trained on.
        progress: Told how far measuring is.

    Raises:
        EvaluationError: The reader was trained on another encoder.
    """

    def __init__(self, encoder: Encoder, progress: Progress) -> None:
        """Keep the parts."""
        if not reads(encoder.name):
            raise EvaluationError(
                f"The scorer 'embedded' needs the packaged encoder, not '{encoder.name}'. "
                "Unset INTERVIEWER_EMBEDDER."
            )
        self._encoder = encoder
        self._reader = load_reader()
        self._progress = progress
        self._rows: dict[Item, Row] = {}
        self._prepared: dict[tuple[str, str], Prepared] = {}
        self._embedded: dict[str, Vectors] = {}

    def __call__(self, train: Sequence[Item], test: Sequence[Item]) -> Floats:
        """Scores of the test items, 0..1, by a head fitted on the train items."""
        self._measure([*train, *test])
        known = [self._rows[item] for item in train]
        wanted = np.array([item.score for item in train])
        return fitted(known, wanted, [self._rows[item] for item in test])

    def _measure(self, items: Sequence[Item]) -> None:
        new = [item for item in dict.fromkeys(items) if item not in self._rows]
        texts = {text for item in new for text in (item.answer, item.question, *item.references)}
        unknown = sorted(texts - self._embedded.keys())
        self._embedded.update(zip(unknown, self._encoder.encode(unknown), strict=True))
        for start in range(0, len(new), _BATCH):
            self._progress(start, len(new))
            part = new[start : start + _BATCH]
            tokens = self._encoder.tokens([item.answer for item in part])
            for item, own in zip(part, tokens, strict=True):
                self._rows[item] = self._row(item, own)

    def _row(self, item: Item, tokens: Tokens) -> Row:
        """An answer against the reference it shares most with."""
        found = [self._features(item, text, tokens) for text in item.references]
        recall, precision = (REFERENCE_FEATURES.index(name) for name in ("recall", "precision"))
        best = int(np.argmax([row[recall] + row[precision] for row in found]))
        answer, question, reference = (
            self._embedded[text] for text in (item.answer, item.question, item.references[best])
        )
        numbers = np.concatenate([found[best], _cosines(answer, question, reference)])
        return Row(numbers, answer, reference)

    def _features(self, item: Item, reference: str, tokens: Tokens) -> Floats:
        """Of the shipped grader; zeros where the answer or the reference holds no word."""
        words = words_of(item.answer, tokens)
        if not len(words):
            return np.zeros(len(REFERENCE_FEATURES))
        key = (item.question, reference)
        if key not in self._prepared:
            question = question_from_reference(item.question_id, *key)
            self._prepared[key] = prepare(self._encoder, question, self._reader)
        prepared = self._prepared[key]
        if not any(len(words) for wordings in prepared.points for words in wordings):
            return np.zeros(len(REFERENCE_FEATURES))
        return reference_features(prepared, measure(prepared, words, tokens, self._reader))


def fitted(known: Sequence[Row], wanted: Floats, asked: Sequence[Row]) -> Floats:
    """Kernel ridge regression (Saunders et al. 1998) from measured answers to scores.

    The kernel is a sum: linear and Gaussian over the standardised numbers, and the
    product of the answers' and the references' cosines, so that answers alike to
    references alike get scores alike.

    Args:
        known: Of the train answers, at least one.
        wanted: Their scores, 0..1.
        asked: Of the test answers.

    Returns:
        Scores 0..1, shape (len(asked),).
    """
    numbers = np.array([row.numbers for row in known])
    centre, spread = numbers.mean(axis=0), numbers.std(axis=0)
    spread[spread < 1e-9] = 1.0  # noqa: PLR2004 - a number that never varies
    given = (np.array([row.numbers for row in asked]) - centre) / spread
    own = (numbers - centre) / spread
    inner = _kernel(own, own, known, known) + RIDGE * np.eye(len(known))
    mean = wanted.mean()
    weights = np.linalg.solve(inner, wanted - mean)
    scores: Floats = np.clip(mean + _kernel(given, own, asked, known) @ weights, 0.0, 1.0)
    return scores


def _kernel(first: Floats, second: Floats, left: Sequence[Row], right: Sequence[Row]) -> Floats:
    """Shape (len(left), len(right))."""
    inner = first @ second.T
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * inner
    width = first.shape[1]
    answers, references = (
        np.array([getattr(row, name) for row in left])
        @ np.array([getattr(row, name) for row in right]).T
        for name in ("answer", "reference")
    )
    kernel: Floats = (
        inner / width
        + GAUSSIAN * np.exp(-WIDTH * np.maximum(squares, 0.0) / width)
        + ALIKE * answers * references
    )
    return kernel


def _cosines(answer: Vectors, question: Vectors, reference: Vectors) -> Floats:
    """``COSINE_FEATURES`` of three unit vectors."""
    asked, known = float(answer @ question), float(reference @ question)
    beyond = np.stack([answer - asked * question, reference - known * question])
    alike = float(np.prod(unit(beyond), axis=0).sum())
    sizes = np.linalg.norm(beyond, axis=1)
    return np.array([float(answer @ reference), asked, known, alike, *sizes], dtype=np.float64)
