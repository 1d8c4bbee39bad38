"""A question with only a prompt and a model answer: its points are the answer's sentences."""

from __future__ import annotations

import re

from interviewer.model import Phrasings, Point, Question, Tier

MAX_POINTS = 12
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


def with_points(question: Question) -> Question:
    """The question itself, or with a core point for each sentence of its model answer."""
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
