"""Graders under test, by name. A new one is a small class and a line in ``GRADERS``."""

from __future__ import annotations

import asyncio
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
from interviewer.errors import EvaluationError, ModelError
from interviewer.evaluation.cases import Case
from interviewer.evaluation.replies import ReplayedModel, file_of, recorded_models
from interviewer.grading import EmbeddedGrader, Grader, Judge, Section, combine, judgeable
from interviewer.model import (
    Answer,
    Feedback,
    Grade,
    Graded,
    Level,
    Provenance,
    Question,
    Ungraded,
)
from interviewer.prompting import load_prompts
from interviewer.resources import evals_folder


@dataclass(frozen=True)
class Bench:
    """What graders are made from.

    Attributes:
        bank: The questions.
        encoder: The embedding model.
        train: Cases a baseline may fit its thresholds on; never the test split.
        replies: Folder of recorded replies of language models.
        judge: LiteLLM's name of the recorded model that judges; None: the only one there is.
    """

    bank: Bank
    encoder: Encoder
    train: Sequence[Case]
    replies: Path | None = None
    judge: str | None = None

    def judge_file(self) -> tuple[str, Path]:
        """The recorded judge's name, and the folder of its replies.

        Raises:
            EvaluationError: None or several are recorded and none was chosen.
        """
        folder = self.replies or evals_folder() / "replies"
        if self.judge is not None:
            return self.judge, folder
        names = sorted(recorded_models(folder))
        if len(names) != 1:
            found = ", ".join(names) or "none"
            raise EvaluationError(
                f"Choose whose recorded replies to judge by with --judge (recorded: {found}); "
                "record some with `interviewer eval record`."
            )
        return names[0], folder


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


class JudgeReplayed:
    """The judge alone, by recorded replies; what was not recorded is not graded."""

    name = "judge"

    def __init__(self, bench: Bench) -> None:
        """Read the replies.

        Raises:
            EvaluationError: There are none.
        """
        name, folder = bench.judge_file()
        self._judge = Judge(ReplayedModel(name, folder), load_prompts())
        self._bank_hash = bench.bank.hash

    def grade(self, question: Question, answer: Answer) -> Graded:
        """The level by the judge's verdicts alone."""
        return self.combine(question, answer, Ungraded(ungraded="Only the judge is asked."))

    def combine(self, question: Question, answer: Answer, embedded: Graded) -> Graded:
        """The grade with the judge's say."""
        try:
            judgement = asyncio.run(self._judge.judge([Section("question", question, answer)]))
        except ModelError as error:
            return Ungraded(ungraded=str(error))
        return combine(
            question,
            answer,
            embedded,
            judgement.sections[0],
            judgement,
            self._judge.prompts,
            bank_hash=self._bank_hash,
        )


class CombinedReplayed(JudgeReplayed):
    """Embedded grader and recorded judge together."""

    name = "combined"

    def __init__(self, bench: Bench) -> None:
        """Make the embedded grader and read the replies.

        Raises:
            EvaluationError: There are none.
        """
        super().__init__(bench)
        self._embedded = EmbeddedGrader(bench.encoder, bank=bench.bank)

    def grade(self, question: Question, answer: Answer) -> Graded:
        """The combined grade, or none where no reply was recorded."""
        embedded = self._embedded.grade(question, answer)
        return self.combine(question, answer, embedded) if judgeable(answer) else embedded


def _embedded(bench: Bench) -> Grader:
    return EmbeddedGrader(bench.encoder, bank=bench.bank)


GRADERS: Mapping[str, Callable[[Bench], Grader]] = {
    "majority": Majority,
    "length": Length,
    "keywords": Keywords,
    "cosine": Cosine,
    "embedded": _embedded,
    "judge": JudgeReplayed,
    "combined": CombinedReplayed,
}
"""How to make each grader under test."""

BASELINES = ("majority", "length", "keywords", "cosine")
"""Shown beside every other grader."""

REPLAYED = ("judge", "combined")
"""Rest on recorded replies; probes, which nobody recorded, are left out."""


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
    if grader.name in REPLAYED:
        name, folder = bench.judge_file()
        digest.update(name.encode() + file_of(folder, name).read_bytes())
    if grader.name in BASELINES:
        for case in bench.train:
            digest.update(case.model_dump_json().encode())
    return digest.hexdigest()[:16]
