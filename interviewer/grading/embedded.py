"""The embedded grader: no key, no network, one pass of a small encoder.

An answer is encoded once into words with contextual vectors. Each point is then
matched by weighted soft recall (``coverage``), each misconception by aligning the
answer with a wrong sentence and its right twin (``contrast``). Two logistic
regressions turn the features into strengths; ``policy`` turns those into a level.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.bank import Bank
from interviewer.embedding import Encoder, Vectors
from interviewer.grading import policy
from interviewer.grading.contrast import Contrast, Pair, contrast, twins
from interviewer.grading.coverage import Cosines, Match, cosines, cover, similarity
from interviewer.grading.feedback import compose
from interviewer.grading.intake import refusal, says_unknown
from interviewer.grading.reference import with_points
from interviewer.grading.spans import is_list, trim
from interviewer.grading.weights import (
    CONTRAST,
    CONTRAST_BIAS,
    COVERAGE,
    COVERAGE_BIAS,
    HEARD,
    REFERENCE,
    REFERENCE_BIAS,
    TOGETHER,
)
from interviewer.grading.words import Words, read
from interviewer.model import (
    Answer,
    Evidence,
    Grade,
    Graded,
    Heard,
    Level,
    Provenance,
    Question,
    Span,
    Status,
    Ungraded,
    Verdict,
)
from interviewer.prompting import Prompts, load_prompts

NAME = "embedded-1"
_KEEP = 256
_FEW_WORDS = 8
"""An answer shorter than this, or than a quarter of a short model answer, shows too little."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A question's sentences, encoded."""

    question: Question
    echo: frozenset[str]
    points: tuple[tuple[Words, ...], ...]
    pairs: tuple[Pair, ...]
    sentences: tuple[Words, ...]
    stacked: Vectors

    def near(self, answer: Words) -> Cosines:
        """Cosines of every sentence with an answer."""
        return cosines(self.sentences, self.stacked, answer)


class EmbeddedGrader:
    """Grades with the embedding model alone.

    Args:
        encoder: Gives token vectors.
        bank: Its hash is recorded in every grade.
        prompts: The words of the feedback; the shipped ones when None.
    """

    def __init__(
        self, encoder: Encoder, *, bank: Bank | None = None, prompts: Prompts | None = None
    ) -> None:
        """Keep the parts; the model is loaded with the first grade."""
        self._encoder = encoder
        self._bank_hash = bank.hash if bank else None
        self._prompts = prompts or load_prompts()
        self._prepared: OrderedDict[str, _Prepared] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name and version."""
        return NAME

    def prepare(self, question: Question) -> None:
        """Encode a question's sentences ahead of its first answer."""
        self._prepare(question)

    def grade(self, question: Question, answer: Answer) -> Graded:
        """Grade an answer against a question.

        Args:
            question: With points, or with only a prompt and a model answer.
            answer: What the candidate said.

        Returns:
            A grade, or why there is none.

        Raises:
            EmbeddingError: The model cannot be loaded.
        """
        refused = refusal(answer.text)
        if refused:
            return Ungraded(ungraded=refused)
        prepared = self._prepare(question)
        words = read(self._encoder, [answer.text])[0]
        if not len(words):
            return Ungraded(ungraded="That holds no words the grader can read.")
        near = prepared.near(words)
        matches = [cover(wordings, words, prepared.echo, near) for wordings in prepared.points]
        heard = _heard(prepared, contrast(prepared.pairs, words, near), words, near)
        verdicts = _verdicts(prepared, matches, heard, words, near)
        caps = _caps(prepared, words, answer.text)
        given = policy.level(prepared.question, verdicts, caps)
        return Grade(
            level=given,
            score=policy.score(prepared.question, verdicts, given),
            confidence=policy.confidence(prepared.question, verdicts, given),
            verdicts=verdicts,
            misconceptions=heard,
            reasons=tuple(cap.reason for cap in caps),
            feedback=compose(prepared.question, given, verdicts, heard, caps, self._prompts),
            provenance=Provenance(
                grader=NAME,
                policy=policy.POLICY,
                embedder=self._encoder.name,
                bank_hash=self._bank_hash,
            ),
        )

    def _prepare(self, question: Question) -> _Prepared:
        key = question.model_dump_json()
        with self._lock:
            if found := self._prepared.get(key):
                self._prepared.move_to_end(key)
                return found
        prepared = self._encode(question)
        with self._lock:
            self._prepared[key] = prepared
            while len(self._prepared) > _KEEP:
                self._prepared.popitem(last=False)
        return prepared

    def _encode(self, asked: Question) -> _Prepared:
        question = with_points(asked)
        texts = [question.prompt]
        for point in question.points:
            texts.extend(point.wordings)
        told = [
            (item.id, wording.wrong, wording.right)
            for item in question.misconceptions
            for wording in item.wordings
            if wording.right
        ]
        for _, wrong, right in told:
            texts.extend((wrong, right))
        sentences = read(self._encoder, texts)
        encoded = iter(sentences)
        echo = next(encoded).stem_set
        points = tuple(tuple(next(encoded) for _ in point.wordings) for point in question.points)
        pairs = tuple(twins(next(encoded), next(encoded), target) for target, _, _ in told)
        stacked = np.concatenate([item.vectors for item in sentences])
        return _Prepared(question, echo, points, pairs, tuple(sentences), stacked)


def _sigmoid(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))


def strength(match: Match, *, derived: bool) -> float:
    """How surely a point is covered, 0..1.

    Args:
        match: Of the point with the answer.
        derived: The point is a sentence of a model answer and has one wording.
    """
    if derived:
        return _sigmoid(float(match.features[0]) * REFERENCE + REFERENCE_BIAS)
    sure = _sigmoid(float(match.features @ np.array(COVERAGE)) + COVERAGE_BIAS)
    return sure if match.features[4] >= TOGETHER else min(sure, policy.COVERED - 0.01)


def conviction(found: Contrast) -> float:
    """How surely the wrong twin was said, 0..1."""
    return _sigmoid(float(found.features @ np.array(CONTRAST)) + CONTRAST_BIAS)


def _heard(
    prepared: _Prepared, contrasts: Sequence[Contrast], words: Words, near: Cosines
) -> tuple[Heard, ...]:
    best: dict[str, tuple[float, Contrast]] = {}
    for found in contrasts:
        sure = conviction(found)
        if sure < HEARD:
            continue
        if sure > best.get(found.pair.target, (0.0, found))[0]:
            best[found.pair.target] = (sure, found)
    result = []
    for item in prepared.question.misconceptions:
        if item.id not in best:
            continue
        sure, found = best[item.id]
        matrix = similarity(found.pair.wrong.words, words, near)
        start, end = found.window
        matched = _matched(found.pair.wrong.words, matrix[:, start:end])
        result.append(
            Heard(
                misconception_id=item.id,
                contradicts=item.contradicts,
                correction=item.correction,
                evidence=_evidence(words, trim(words, found.window, matched), sure),
            )
        )
    return tuple(result)


def _matched(wording: Words, matrix: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which words of the answer a wording's content words found, shape (columns,)."""
    rows = matrix[wording.content]
    if not len(rows):
        return np.zeros(matrix.shape[1], dtype=bool)
    matched = np.zeros(matrix.shape[1], dtype=bool)
    best = rows.argmax(axis=1)
    near = rows.max(axis=1)
    matched[best[near >= min(0.65, float(near.max()))]] = True
    return matched


def _evidence(words: Words, place: tuple[int, int], similarity_: float) -> Evidence:
    span = Span(start=place[0], end=place[1])
    return Evidence(
        span=span,
        quote=span.of(words.text),
        similarity=round(float(np.clip(similarity_, -1.0, 1.0)), 3),
    )


def _verdicts(
    prepared: _Prepared,
    matches: Sequence[Match],
    heard: Sequence[Heard],
    words: Words,
    near: Cosines,
) -> tuple[Verdict, ...]:
    wrong = {item.contradicts: item.evidence for item in heard}
    derived = not prepared.question.points[0].phrasings.all
    verdicts = []
    for point, match, wordings in zip(
        prepared.question.points, matches, prepared.points, strict=True
    ):
        sure = strength(match, derived=derived)
        evidence = None
        state = policy.status(sure)
        if point.id in wrong:
            state, evidence = Status.CONTRADICTED, wrong[point.id]
        elif state is not Status.MISSING:
            wording = wordings[match.wording]
            start, end = match.window
            matched = _matched(wording, similarity(wording, words, near)[:, start:end])
            evidence = _evidence(words, trim(words, match.window, matched), match.features[4])
        verdicts.append(
            Verdict(
                point_id=point.id,
                tier=point.tier,
                status=state,
                strength=round(sure, 3),
                evidence=evidence,
            )
        )
    return tuple(verdicts)


def _caps(prepared: _Prepared, words: Words, text: str) -> tuple[policy.Cap, ...]:
    """Limits that come from the answer's shape."""
    if says_unknown(text):
        return (policy.Cap(Level.WEAK, "You said that you don't know."),)
    content = [s for s, keep in zip(words.stems, words.content, strict=True) if keep]
    own = [s for s in content if s not in prepared.echo]
    if len(own) <= 2 and len(content) >= 3:
        return (policy.Cap(Level.WEAK, "This repeats the question without answering it."),)
    asked_for = len(prepared.question.model_answer.split())
    if len(words) < min(_FEW_WORDS, asked_for // 4):
        return (policy.Cap(Level.WEAK, "This is too short to show what you know."),)
    if is_list(words):
        return (policy.Cap(Level.WEAK, "This lists key words without saying how they relate."),)
    return ()
