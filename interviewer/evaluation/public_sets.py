"""Public human-graded short answers: what the sets are, and how they are read.

None of them is shipped; the folder that holds them is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interviewer.errors import EvaluationError
from interviewer.model import Value

OK_FROM, STRONG_FROM = 0.4, 0.8
"""Where a score becomes a level in sets without labels."""


class Item(Value):
    """One graded answer of a public set."""

    set: str
    split: str | None = Field(description="The set's own split; None where it has none.")
    question_id: str = Field(description="The same for questions of the same words.")
    question: str
    references: tuple[str, ...] = Field(min_length=1, description="Alternative good answers.")
    answer: str
    score: float = Field(ge=0, le=1)
    level: int = Field(ge=0, le=2, description="0 incorrect, 1 partial, 2 correct.")
    raters: tuple[float, ...] = Field(default=(), description="What each rater gave, 0..1.")


class Published(Value):
    """A figure somebody else published."""

    system: str
    figures: dict[str, float] = Field(description="By metric: pearson, rmse, accuracy, macro_f1.")
    source: str


@dataclass(frozen=True)
class PublicSet:
    """One set, and how it is measured.

    Attributes:
        name: Also the file's, without ``.jsonl``.
        title: As people call it.
        source: Where it comes from.
        licence: Of the data.
        train: The split that is fitted on; None cross-validates over all answers.
        tests: The splits that are measured, one result each.
        points: RMSE is given in points of this scale.
        published: What others report.
    """

    name: str
    title: str
    source: str
    licence: str
    train: str | None
    tests: tuple[str, ...]
    points: float = 1.0
    published: tuple[Published, ...] = ()


SETS: Mapping[str, PublicSet] = {
    item.name: item
    for item in (
        PublicSet(
            name="mohler",
            title="Mohler (UNT computer science)",
            source="Mohler, Bunescu & Mihalcea 2011; as nkazi/MohlerASAG",
            licence="CC-BY-4.0",
            train=None,
            tests=(),
            points=5.0,
            published=(
                Published(
                    system="Graph alignment and similarity, SVM",
                    figures={"pearson": 0.518},
                    source="Mohler, Bunescu & Mihalcea 2011",
                ),
                Published(
                    system="Word alignment and embeddings, fitted on other sets",
                    figures={"pearson": 0.592},
                    source="Sultan, Salazar & Sumner 2016",
                ),
                Published(
                    system="Fine-tuned BERT",
                    figures={"pearson": 0.63},
                    source="quoted second hand, not checked against a paper",
                ),
            ),
        ),
        PublicSet(
            name="saf",
            title="Short Answer Feedback (communication networks)",
            source="Filighera et al. 2022",
            licence="CC-BY-4.0 (data), MIT (repository)",
            train="training",
            tests=("unseen_questions",),
            published=(
                Published(
                    system="Baseline of the set's authors, unseen questions",
                    figures={"accuracy": 0.58, "macro_f1": 0.55},
                    source="Filighera et al. 2022",
                ),
            ),
        ),
        PublicSet(
            name="scientsbank",
            title="SciEntsBank (school science)",
            source="Dzikovska et al. 2013, SemEval-2013 task 7",
            licence="CC-BY-SA",
            train="train",
            tests=("UQ", "UD"),
        ),
        PublicSet(
            name="beetle",
            title="Beetle (electricity tutoring)",
            source="Dzikovska et al. 2013, SemEval-2013 task 7",
            licence="CC-BY-SA",
            train="train",
            tests=("UQ",),
        ),
    )
}

NO_ANSWER = frozenset(
    {
        "",
        "#name?",
        "empty response",
        "empty submission",
        "no answer",
        "no response",
        "no submission",
        "not answered",
    }
)
"""What stands where there was no answer, or where a spreadsheet lost it."""


class _Line(BaseModel):
    """A line of a file, as it is; numbers may be written as text."""

    model_config = ConfigDict(extra="ignore")

    qid: str = Field(min_length=1)
    question: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    answer: str = ""
    score: float = Field(ge=0, le=1)
    split: str | None = None
    label3: int | None = Field(default=None, ge=0, le=2)
    s1: str | None = None
    s2: str | None = None


def load_set(folder: Path, name: str) -> tuple[Item, ...]:
    """The answers of a set, from ``<folder>/<name>.jsonl``; lines without an answer are dropped.

    Raises:
        EvaluationError: There is no such set or file, or a line is malformed.
    """
    known = public_set(name)
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        raise EvaluationError(
            f"There is no {path}. It should hold {known.title} ({known.source}; licence "
            f"{known.licence}), one JSON object a line: qid, question, reference, answer, score. "
            "Give its folder with --data."
        )
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error}).") from error
    first_id: dict[str, str] = {}
    items = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _parsed(line, f"{path}:{number}")
        key = first_id.setdefault(_plain(row.question), row.qid)
        if _plain(row.answer).rstrip(".!") not in NO_ANSWER:
            items.append(_item(name, row, key))
    if not items:
        raise EvaluationError(f"{path}: no line has an answer.")
    return tuple(items)


def level_of(score: float) -> int:
    """The level a score of 0..1 stands for: 0, 1 or 2."""
    return int(score >= OK_FROM) + int(score >= STRONG_FROM)


def public_set(name: str) -> PublicSet:
    """What is known about a set.

    Raises:
        EvaluationError: There is no set of that name.
    """
    if name not in SETS:
        raise EvaluationError(f"There is no public set '{name}'. Known: {', '.join(SETS)}.")
    return SETS[name]


def _parsed(line: str, where: str) -> _Line:
    try:
        return _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "line"
        raise EvaluationError(f"{where}: {field}: {first['msg']}.") from error


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _item(name: str, row: _Line, question_id: str) -> Item:
    return Item(
        set=name,
        split=row.split,
        question_id=question_id,
        question=row.question,
        references=tuple(text.strip() for text in row.reference.split("|||") if text.strip()),
        answer=row.answer.strip(),
        score=row.score,
        level=level_of(row.score) if row.label3 is None else row.label3,
        raters=_raters(row),
    )


def _raters(row: _Line) -> tuple[float, ...]:
    """Two numbers, or none: some sets keep their labels in these fields."""
    try:
        return (float(row.s1 or ""), float(row.s2 or ""))
    except ValueError:
        return ()
