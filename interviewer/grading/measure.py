"""What the embedded grader measures on an answer, before anything is decided.

One pass of the encoder over the answer gives its words and its token vectors. Each
point is looked for by weighted soft recall (``coverage``) and by the reader; each
misconception by alignment to a wrong sentence and its right twin (``contrast``) and
by the reader; the model answer's sentences by the reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.embedding import Encoder, Tokens, Vectors
from interviewer.grading.contrast import Contrast, Pair, contrast, twins
from interviewer.grading.coverage import Cosines, Match, cosines, cover
from interviewer.grading.focus import mostly_denies
from interviewer.grading.reader import DENIED, SAID, Reader, Statements
from interviewer.grading.reference import OVERLAP_FEATURES, overlap, sentences_of, with_points
from interviewer.grading.weights import CONTRAST, CONTRAST_BIAS, COVERAGE, COVERAGE_BIAS
from interviewer.grading.words import Words, stems_of, words_of
from interviewer.model import Kind, Question

Floats = NDArray[np.float64]

POINT_FEATURES = (
    "said",
    "denied",
    "said_best",
    "recall",
    "contrast",
    "denied_most",
    "soft",
    "soft_mean",
    "local",
)
"""Log-odds but for the last three, which are recalls."""

MISCONCEPTION_FEATURES = ("said", "denied", "point_denied", "point_said", "contrast")
"""Log-odds."""

REFERENCE_FEATURES = (*OVERLAP_FEATURES, "said", "said_least", "denied")
"""What the level rests on where there is only a model answer; the last three 0..1."""


_VERBATIM = np.log(np.array([0.01, 0.97, 0.02]))
"""Log-probabilities of absent, said and denied for a point that is said word for word."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question's sentences, encoded.

    Attributes:
        question: With points.
        derived: The points are the sentences of a model answer.
        echo: Stems of the question's own words.
        vocabulary: Stems of everything the question is about; None for a story, which may
            be about anything.
        denying: The model answer itself mostly says what is not the case.
        points: Wordings of each point.
        pairs: Wrong sentences with their right twins.
        sentences: Every sentence, in the order of ``stacked``.
        stacked: Shape (all words, d).
        statements: For the reader: points, misconceptions, model answer; None without one.
        rows: First row of each point's wordings in the statements, and the end.
    """

    question: Question
    derived: bool
    echo: frozenset[str]
    vocabulary: frozenset[str] | None
    denying: bool
    points: tuple[tuple[Words, ...], ...]
    pairs: tuple[Pair, ...]
    sentences: tuple[Words, ...]
    stacked: Vectors
    statements: tuple[Statements, ...] | None
    rows: tuple[int, ...]

    def near(self, answer: Words) -> Cosines:
        """Cosines of every sentence with an answer."""
        return cosines(self.sentences, self.stacked, answer)


@dataclass(frozen=True, slots=True)
class Measured:
    """An answer, measured.

    Attributes:
        words: Of the answer.
        near: Cosines of every sentence with it.
        matches: One for each point.
        contrasts: Pairs it comes near to.
        points: Shape (points, len(POINT_FEATURES)); None without a reader.
        misconceptions: Shape (misconceptions, len(MISCONCEPTION_FEATURES)); None without one.
        model: Mean probability that the model answer's sentences are said.
    """

    words: Words
    near: Cosines
    matches: tuple[Match, ...]
    contrasts: tuple[Contrast, ...]
    points: Floats | None
    misconceptions: Floats | None
    model: float


def prepare(encoder: Encoder, asked: Question, reader: Reader | None) -> Prepared:
    """Encode a question's sentences."""
    question = with_points(asked)
    told = [
        (item.id, wording.wrong, wording.right)
        for item in question.misconceptions
        for wording in item.wordings
        if wording.right
    ]
    texts = [question.prompt]
    texts += [wording for point in question.points for wording in point.wordings]
    spoken = len(texts)
    texts += [side for _, wrong, right in told for side in (wrong, right)]
    read_only = len(texts)
    texts += [item.claim for item in question.misconceptions]
    texts += sentences_of(question.model_answer)
    tokens = encoder.tokens(texts)
    words = [words_of(text, own) for text, own in zip(texts, tokens, strict=True)][:read_only]
    encoded = iter(words)
    echo = next(encoded).stem_set
    points = tuple(tuple(next(encoded) for _ in point.wordings) for point in question.points)
    pairs = tuple(twins(next(encoded), next(encoded), target) for target, _, _ in told)
    ends = np.cumsum([0, *(len(point.wordings) for point in question.points)])
    return Prepared(
        question=question,
        derived=not asked.points,
        echo=echo,
        vocabulary=(
            None
            if question.kind is Kind.BEHAVIOURAL
            else frozenset().union(*(stems_of(text) for text in texts))
        ),
        denying=mostly_denies(question.model_answer),
        points=points,
        pairs=pairs,
        sentences=tuple(words),
        stacked=np.concatenate([item.vectors for item in words]),
        statements=reader.statements(tokens[1:spoken] + tokens[read_only:]) if reader else None,
        rows=tuple(int(end) for end in ends),
    )


def measure(prepared: Prepared, words: Words, tokens: Tokens, reader: Reader | None) -> Measured:
    """Measure an answer that has at least one word.

    Args:
        prepared: The question.
        words: Of the answer.
        tokens: Of the answer.
        reader: The one the question was prepared with.
    """
    near = prepared.near(words)
    matches = tuple(cover(item, words, prepared.echo, near) for item in prepared.points)
    contrasts = tuple(contrast(prepared.pairs, words, near))
    if reader is None or prepared.statements is None:
        return Measured(words, near, matches, contrasts, None, None, 0.0)
    logs = reader.judge(prepared.statements, reader.read(tokens)).astype(np.float64)
    question = prepared.question
    owned, spans = prepared.rows[-1], zip(prepared.rows, prepared.rows[1:], strict=False)
    read = [logs[begin:end] for begin, end in spans]
    _hear_verbatim(question, words.text, read)
    wrong = logs[owned : owned + len(question.misconceptions)]
    model = logs[owned + len(question.misconceptions) :]
    mean = np.array([_mean(rows) for rows in read])
    said_wrong = _convictions(contrasts)
    by_point = {item.contradicts: 0.0 for item in question.misconceptions}
    for item in question.misconceptions:
        by_point[item.contradicts] = max(by_point[item.contradicts], said_wrong.get(item.id, 0.0))
    points = np.array(
        [
            [
                _odds(mean[row, SAID]),
                _odds(mean[row, DENIED]),
                _odds(np.exp(rows[:, SAID].max())),
                _odds(recall(match)),
                _odds(np.clip(by_point.get(point.id, 0.0), 0.01, 0.99)),
                _odds(np.exp(rows[:, DENIED].max())),
                match.features[0],
                match.features[1],
                match.features[4],
            ]
            for row, (point, match, rows) in enumerate(
                zip(question.points, matches, read, strict=True)
            )
        ]
    )
    place = {point.id: row for row, point in enumerate(question.points)}
    misconceptions = np.array(
        [
            [
                _odds(np.exp(logs_[SAID])),
                _odds(np.exp(logs_[DENIED])),
                _odds(mean[place[item.contradicts], DENIED]),
                _odds(mean[place[item.contradicts], SAID]),
                _odds(np.clip(said_wrong.get(item.id, 0.0), 0.01, 0.99)),
            ]
            for item, logs_ in zip(question.misconceptions, wrong, strict=True)
        ]
    ).reshape(-1, len(MISCONCEPTION_FEATURES))
    share = float(np.exp(model[:, SAID]).mean()) if len(model) else 0.0
    return Measured(words, near, matches, contrasts, points, misconceptions, share)


def _hear_verbatim(question: Question, text: str, read: Sequence[Floats]) -> None:
    """A point of which a wording stands in an answer as a sentence of its own is said.

    Args:
        question: With points.
        text: The answer.
        read: Log-probabilities of each point's wordings; changed.
    """
    said = {_bare(sentence) for sentence in sentences_of(text)}
    for point, logs in zip(question.points, read, strict=True):
        if any(_bare(wording) in said for wording in point.wordings):
            logs[:] = _VERBATIM


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def reference_features(prepared: Prepared, measured: Measured) -> Floats:
    """How an answer stands to a model answer whose sentences are the points.

    Returns:
        Shape (len(REFERENCE_FEATURES),).
    """
    sentences = [wordings[0] for wordings in prepared.points]
    shared = overlap(sentences, measured.words, prepared.echo, measured.near)
    if measured.points is None:
        raise ValueError("there is no reading without a reader")
    said, denied = 1.0 / (1.0 + np.exp(-measured.points[:, :2])).T
    return np.array([*shared, said.mean(), said.min(), denied.mean()])


def recall(match: Match) -> float:
    """How surely recall alone says that a point is covered, 0..1."""
    return _sigmoid(float(match.features @ np.array(COVERAGE)) + COVERAGE_BIAS)


def conviction(found: Contrast) -> float:
    """How surely alignment alone says that the wrong twin was said, 0..1."""
    return _sigmoid(float(found.features @ np.array(CONTRAST)) + CONTRAST_BIAS)


def _convictions(contrasts: Sequence[Contrast]) -> dict[str, float]:
    best: dict[str, float] = {}
    for found in contrasts:
        best[found.pair.target] = max(best.get(found.pair.target, 0.0), conviction(found))
    return best


def _mean(logs: Floats) -> Floats:
    """Probabilities of the geometric mean over wordings, shape (3,)."""
    mean = logs.mean(axis=0)
    shares: Floats = np.exp(mean - np.logaddexp.reduce(mean))
    return shares


def _odds(value: float) -> float:
    return float(np.log(np.clip(value, 1e-3, 1.0) / np.clip(1.0 - value, 1e-3, 1.0)))


def _sigmoid(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))
