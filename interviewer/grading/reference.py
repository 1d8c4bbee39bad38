"""A question with only a prompt and a model answer: its points are the answer's sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interviewer.grading.coverage import ECHO_WEIGHT, Cosines, similarity
from interviewer.grading.words import Words
from interviewer.model import Phrasings, Point, Question, Tier

MAX_POINTS = 12
_SAME = 0.9
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


def with_points(question: Question) -> Question:
    """The question itself, or with a core point for each sentence of its model answer.

    Misconceptions about points it does not have are left out.
    """
    known = {point.id for point in question.points}
    heard = tuple(item for item in question.misconceptions if item.contradicts in known)
    if len(heard) < len(question.misconceptions):
        question = question.model_copy(update={"misconceptions": heard})
    if question.points:
        return question
    points = tuple(
        Point(id=f"sentence-{number}", tier=Tier.CORE, claim=claim, phrasings=Phrasings())
        for number, claim in enumerate(_claims(question.model_answer), start=1)
    )
    return question.model_copy(update={"points": points})


def sentences_of(text: str) -> list[str]:
    """A text's sentences, as its punctuation has them."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def _claims(text: str) -> list[str]:
    sentences = sentences_of(text)
    claims: list[str] = []
    for sentence in sentences:
        if claims and (len(sentence.split()) < 4 or len(claims) == MAX_POINTS):
            claims[-1] = f"{claims[-1]} {sentence}"
        else:
            claims.append(sentence)
    return claims


def question_from_reference(question_id: str, prompt: str, model_answer: str) -> Question:
    """A question outside the bank.

    Args:
        question_id: Any text; it is only made kebab-case for the question's id.
        prompt: The question.
        model_answer: What a good answer says.

    Raises:
        pydantic.ValidationError: The prompt or the model answer is blank.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", question_id.lower()).strip("-")[:80].strip("-")
    return Question(id=slug or "question", prompt=prompt, model_answer=model_answer)


OVERLAP_FEATURES = (
    "recall",
    "recall_least",
    "recall_exact",
    "precision",
    "precision_exact",
    "length",
    "negation",
)
"""Recalls and precisions 0..1; length: log of the answer's words over the reference's,
clipped to -2..1; negation: 1 where only one of the two negates."""


def overlap(
    sentences: Sequence[Words], answer: Words, echo: frozenset[str], near: Cosines
) -> NDArray[np.float64]:
    """How an answer and the sentences of a reference share their words, both ways.

    Soft recall and precision as in BERTScore (Zhang et al. 2020), weighted, the
    question's own words discounted.

    Args:
        sentences: Of the reference.
        answer: At least one word.
        echo: Stems of the question's own words.
        near: Cosines of the sentences with the answer.

    Returns:
        Shape (len(OVERLAP_FEATURES),).
    """
    matrices = [similarity(item, answer, near) for item in sentences]
    found = [matrix.max(axis=1, initial=0.0) for matrix in matrices]
    weights = [_weights(item, echo) for item in sentences]
    each = [
        float(weight @ best / max(weight.sum(), 1e-6))
        for weight, best in zip(weights, found, strict=True)
    ]
    all_weights, all_found = np.concatenate(weights), np.concatenate(found)
    total = max(float(all_weights.sum()), 1e-6)
    own = _weights(answer, echo)
    held = np.concatenate(matrices).max(axis=0, initial=0.0)
    mass = max(float(own.sum()), 1e-6)
    length = np.log(len(answer) / max(1, len(all_found)))
    negates = any(bool(item.negators.any()) for item in sentences)
    return np.array(
        [
            float(all_weights @ all_found) / total,
            min(each),
            float(all_weights @ (all_found >= _SAME)) / total,
            float(own @ held) / mass,
            float(own @ (held >= _SAME)) / mass,
            float(np.clip(length, -2.0, 1.0)),
            float(negates != bool(answer.negators.any())),
        ]
    )


def _weights(words: Words, echo: frozenset[str]) -> NDArray[np.float64]:
    known = np.array([stem in echo for stem in words.stems], dtype=bool)
    weights: NDArray[np.float64] = np.where(known, ECHO_WEIGHT, 1.0) * words.weights
    return weights
