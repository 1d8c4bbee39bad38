"""Labelled answers: what graders are measured on.

A case is an answer, the level its author gave it, a second level by somebody who
saw neither the first nor the points, and what it does to each point where that is
known. Splits are by question: one file a split, and no question in two of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from interviewer.bank import Bank
from interviewer.errors import EvaluationError
from interviewer.grading import question_from_reference
from interviewer.model import Answer, Identifier, Level, Manner, Prose, Question, Status, Value


class Split(StrEnum):
    """What a case may be used for."""

    TRAIN = "train"
    """Fitting."""
    DEV = "dev"
    """Choosing between graders and setting thresholds."""
    TEST = "test"
    """Measuring. Never fitted or tuned on; ``tests/evaluation`` holds the proof."""


class Label(Value):
    """A level, and who gave it."""

    level: Level
    by: str = Field(min_length=1, description="A person's or labeller's short name.")


class Marks(Value):
    """What the answer does to the question's points, by somebody who saw the points."""

    points: dict[Identifier, Status] = Field(description="Every point of the question.")
    misconceptions: tuple[Identifier, ...] = Field(default=(), description="Those said.")
    by: str = Field(min_length=1)


class Case(Value):
    """One labelled answer."""

    id: str = Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", description="<question>/<number>.")
    question: Identifier = Field(description="Of the bank, or any name for an inline question.")
    follow_up: Identifier | None = Field(default=None, description="It answers this follow-up.")
    prompt: Prose | None = Field(default=None, description="Inline: the question asked.")
    model_answer: Prose | None = Field(default=None, description="Inline: a good answer.")
    answer: str = Field(min_length=1)
    manner: Manner = Manner.TYPED
    style: Identifier = Field(description="How it was written: terse, padded, fluent-wrong …")
    label: Label = Field(description="The author's.")
    second: Label | None = Field(default=None, description="Blind to the first and the points.")
    third: Label | None = Field(default=None, description="Decides when the two differ.")
    twin: str | None = Field(default=None, description="The typed case that says the same.")
    marks: Marks | None = None

    @model_validator(mode="after")
    def _whole(self) -> Case:
        if (self.prompt is None) != (self.model_answer is None):
            raise ValueError("an inline question needs both prompt and model_answer")
        if self.prompt is not None and self.follow_up is not None:
            raise ValueError("follow_up belongs to a question of the bank, not to an inline one")
        return self

    @property
    def level(self) -> Level:
        """The level that counts: the author's, or the third labeller's where two differ."""
        if self.third is not None and not self.agreed:
            return self.third.level
        return self.label.level

    @property
    def agreed(self) -> bool:
        """Whether the two labels are the same; true while there is only one."""
        return self.second is None or self.second.level is self.label.level

    def asked(self, bank: Bank) -> Question:
        """The question it answers, ready to be graded against.

        Raises:
            UnknownQuestion: The bank lacks the question or the follow-up.
        """
        if self.prompt is not None and self.model_answer is not None:
            return question_from_reference(self.question, self.prompt, self.model_answer)
        question = bank[self.question]
        if self.follow_up is None:
            return question
        return question.as_follow_up(bank.follow_up(self.question, self.follow_up))

    def said(self) -> Answer:
        """The answer as a grader takes it."""
        return Answer(text=self.answer, manner=self.manner)


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of one JSONL file.

    Raises:
        EvaluationError: A line is no case, or an id occurs twice; says which and why.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error}).") from error
    cases: list[Case] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "line"
            raise EvaluationError(
                f"{path}:{number}: {field}: {first['msg']}. See evals/cases/README.md."
            ) from error
        if case.id in seen:
            raise EvaluationError(f"{path}:{number}: the id '{case.id}' occurs twice.")
        seen.add(case.id)
        cases.append(case)
    return tuple(cases)


def load_split(folder: Path, split: Split) -> tuple[Case, ...]:
    """The cases of a split, from ``<folder>/<split>.jsonl``.

    Raises:
        EvaluationError: The file is missing or malformed.
    """
    path = folder / f"{split.value}.jsonl"
    if not path.is_file():
        raise EvaluationError(f"There are no cases at {path}. Give the folder with --cases.")
    return read_cases(path)


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Write cases as JSONL, fields that are not set left out."""
    rows = (
        json.dumps(c.model_dump(mode="json", exclude_none=True), ensure_ascii=False) for c in cases
    )
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def questions_of(cases: Sequence[Case]) -> frozenset[str]:
    """The ids of the questions the cases belong to."""
    return frozenset(case.question for case in cases)
