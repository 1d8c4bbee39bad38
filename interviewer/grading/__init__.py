"""Grading: an answer against a question's points, with the words that show it."""

from __future__ import annotations

from typing import Protocol

from interviewer.grading.brief import Section
from interviewer.grading.combine import combine
from interviewer.grading.embedded import EmbeddedGrader
from interviewer.grading.intake import refusal
from interviewer.grading.judge import Judge, Judgement
from interviewer.grading.reference import question_from_reference
from interviewer.grading.second import CombinedGrader, judgeable, second
from interviewer.model import Answer, Graded, Question


class Grader(Protocol):
    """Whatever grades an answer against a question."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    def grade(self, question: Question, answer: Answer) -> Graded:
        """Grade an answer; a failure is ``Ungraded``, never an invented grade."""
        ...


__all__ = [
    "CombinedGrader",
    "EmbeddedGrader",
    "Grader",
    "Judge",
    "Judgement",
    "Section",
    "combine",
    "judgeable",
    "question_from_reference",
    "refusal",
    "second",
]
