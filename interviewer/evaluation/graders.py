"""Graders under test, by name. A new one is a small class and a line in ``GRADERS``."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from interviewer.bank import Bank
from interviewer.embedding import Encoder
from interviewer.errors import EvaluationError
from interviewer.evaluation.cases import Case
from interviewer.grading import EmbeddedGrader, Grader
from interviewer.model import Answer, Feedback, Grade, Graded, Level, Provenance, Question


@dataclass(frozen=True)
class Bench:
    """What graders are made from.

    Attributes:
        bank: The questions.
        encoder: The embedding model.
        train: Cases a baseline may fit its thresholds on; never the test split.
    """

    bank: Bank
    encoder: Encoder
    train: Sequence[Case]


class Thresholded(ABC):
    """A baseline that cuts one number into three levels.

    The cuts give the train cases as many of each level as they really have.
    """

    name: ClassVar[str]

    def __init__(self, bench: Bench) -> None:
        """Fit the two cuts."""
        self.bench = bench
        values = np.sort([self.value(case.asked(bench.bank), case.said()) for case in bench.train])
        if not len(values):
            raise EvaluationError(f"The baseline '{self.name}' needs train cases for its cuts.")
        counts = Counter(case.level for case in bench.train)
        weak = counts[Level.WEAK]
        self.cuts = (_cut(values, weak), _cut(values, weak + counts[Level.OK]))

    @abstractmethod
    def value(self, question: Question, answer: Answer) -> float:
        """The number that is cut."""

    def grade(self, question: Question, answer: Answer) -> Graded:
        """The level its number falls into."""
        value = self.value(question, answer)
        rank = int(value >= self.cuts[0]) + int(value >= self.cuts[1])
        return _bare(self.name, (Level.WEAK, Level.OK, Level.STRONG)[rank])


def _cut(values: np.ndarray, place: int) -> float:
    return float(values[place]) if place < len(values) else float("inf")


class Length(Thresholded):
    """Answer length alone, in words."""

    name = "length"

    def value(self, question: Question, answer: Answer) -> float:  # noqa: ARG002
        """How many words there are."""
        return float(len(answer.text.split()))


class Cosine(Thresholded):
    """Cosine of the answer with the model answer, cut at two thresholds."""

    name = "cosine"

    def value(self, question: Question, answer: Answer) -> float:
        """The cosine, -1..1."""
        first, second = self.bench.encoder.encode([question.model_answer, answer.text])
        return float(first @ second)


class Keywords(Thresholded):
    """Share of the content words of model answer and claims that the answer holds."""

    name = "keywords"

    def value(self, question: Question, answer: Answer) -> float:
        """The share, 0..1."""
        from interviewer.grading.words import stems_of

        wanted = stems_of(" ".join([question.model_answer, *(p.claim for p in question.points)]))
        wanted -= stems_of(question.prompt)
        return len(wanted & stems_of(answer.text)) / max(1, len(wanted))


class Majority:
    """Always the level most train cases have."""

    name = "majority"

    def __init__(self, bench: Bench) -> None:
        """Count."""
        if not bench.train:
            raise EvaluationError("The baseline 'majority' needs train cases.")
        self.level = Counter(case.level for case in bench.train).most_common(1)[0][0]

    def grade(self, question: Question, answer: Answer) -> Graded:  # noqa: ARG002
        """That level."""
        return _bare(self.name, self.level)


def _bare(name: str, level: Level) -> Grade:
    """A grade that is only a level."""
    return Grade(
        level=level,
        score=level.rank / 2,
        confidence=0.0,
        verdicts=(),
        feedback=Feedback(summary=level.label),
        provenance=Provenance(grader=name, policy="none"),
    )


def _embedded(bench: Bench) -> Grader:
    return EmbeddedGrader(bench.encoder, bank=bench.bank)


GRADERS: Mapping[str, Callable[[Bench], Grader]] = {
    "majority": Majority,
    "length": Length,
    "keywords": Keywords,
    "cosine": Cosine,
    "embedded": _embedded,
}
"""How to make each grader under test."""

BASELINES = ("majority", "length", "keywords", "cosine")
"""Shown beside every other grader."""


def make_grader(name: str, bench: Bench) -> Grader:
    """The grader of that name.

    Raises:
        EvaluationError: There is none.
    """
    try:
        make = GRADERS[name]
    except KeyError:
        known = ", ".join(GRADERS)
        raise EvaluationError(f"There is no grader '{name}' to test. Known: {known}.") from None
    return make(bench)


def identity(grader: Grader, bench: Bench) -> str:
    """A hash of all that decides a grade: source of grading, bank, encoder, train cases."""
    from interviewer import grading

    digest = hashlib.sha256()
    for part in (grader.name, bench.encoder.name, bench.bank.hash):
        digest.update(part.encode() + b"\0")
    for path in sorted(Path(grading.__file__).parent.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    if grader.name in BASELINES:
        for case in bench.train:
            digest.update(case.model_dump_json().encode())
    return digest.hexdigest()[:16]
