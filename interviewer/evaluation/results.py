"""Runs: what a grader said about each case, with what produced it.

A run is versioned JSON. Rows hold the trimmed grade (no feedback prose), so that
metrics, comparisons and reports need neither the model nor the bank again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from interviewer.errors import EvaluationError
from interviewer.evaluation.cases import Marks
from interviewer.model import Grade, Graded, Level, Manner, Span, Status, Value


class Said(Value):
    """What the grader said about one point."""

    status: Status
    strength: float = Field(ge=0, le=1)
    span: Span | None = Field(default=None, description="Its evidence in the answer.")


class Outcome(Value):
    """A grade, without its prose."""

    level: Level
    score: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    points: dict[str, Said] = Field(default={}, description="By point id.")
    misconceptions: dict[str, Span] = Field(default={}, description="Heard, with their evidence.")
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, grade: Grade) -> Outcome:
        """The outcome of a grade."""
        return cls(
            level=grade.level,
            score=grade.score,
            confidence=grade.confidence,
            points={
                item.point_id: Said(
                    status=item.status,
                    strength=item.strength,
                    span=item.evidence.span if item.evidence else None,
                )
                for item in grade.verdicts
            },
            misconceptions={
                item.misconception_id: item.evidence.span for item in grade.misconceptions
            },
            reasons=grade.reasons,
        )


class Row(Value):
    """One case, graded."""

    case: str
    question: str
    follow_up: str | None = None
    topic: str
    kind: str
    difficulty: str
    style: str
    manner: Manner
    twin: str | None = None
    answer: str
    truth: Level
    author: Level = Field(description="The author's label.")
    second: Level | None = Field(default=None, description="The second labeller's.")
    marks: Marks | None = None
    outcome: Outcome | None = Field(default=None, description="None: it was not graded.")
    ungraded: str | None = Field(default=None, description="Why not.")
    seconds: float = Field(ge=0, description="Wall time of this grade.")
    tokens: int = Field(default=0, ge=0, description="Paid to a model, both ways.")
    cached: bool = False


ProbeKind = Literal["attack", "invariance"]
Expectation = Literal["weak", "not-strong", "not-higher", "same", "refused-or-same"]


class ProbeRow(Value):
    """One changed answer, graded: whether what must hold did."""

    id: str
    family: str
    kind: ProbeKind
    question: str
    expects: Expectation
    base_level: Level | None = Field(
        default=None, description="Of the unchanged answer; None: there is none, or no grade."
    )
    level: Level | None = Field(default=None, description="Of the changed one; None: no grade.")
    held: bool
    answer: str = Field(description="The changed answer.")

    @property
    def could_fail(self) -> bool:
        """False where nothing can be higher than the unchanged answer's level."""
        return self.expects != "not-higher" or self.base_level is not Level.STRONG


class RunInfo(Value):
    """What produced a run."""

    grader: str
    identity: str = Field(description="Hash of all that decides a grade: the cache's key.")
    split: str
    seed: int
    commit: str | None = None
    dirty: bool | None = None
    bank_hash: str | None = None
    prompts_hash: str | None = None
    model: str | None = None
    python: str
    packages: dict[str, str] = Field(default={})
    started: str = Field(description="ISO 8601, UTC.")
    seconds: float = Field(ge=0)


class Run(Value):
    """A whole run."""

    version: Literal[1] = 1
    info: RunInfo
    rows: tuple[Row, ...]
    probes: tuple[ProbeRow, ...] = Field(default=(), description="Attacks and invariances.")


def outcome_of(graded: Graded) -> tuple[Outcome | None, str | None]:
    """Outcome and reason of a grade; one of them is None."""
    if isinstance(graded, Grade):
        return Outcome.of(graded), None
    return None, graded.ungraded


def read_run(path: Path) -> Run:
    """A run from its file.

    Raises:
        EvaluationError: There is no such file, or it is no run of this version.
    """
    try:
        return Run.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error}).") from error
    except ValidationError as error:
        raise EvaluationError(
            f"{path}: not a run this version can read. Make it again with `interviewer eval run`."
        ) from error


def write_run(path: Path, run: Run) -> None:
    """Write a run; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(run.model_dump_json(exclude_none=True), encoding="utf-8")
    part.replace(path)
