"""Grade many answers from JSONL to JSONL: resumable, one bad row never stops it.

How one answer is graded is the grader's business; progress bars and exit codes
are the command line's.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, runtime_checkable

from pydantic import ValidationError

from interviewer.bank import Bank
from interviewer.errors import BatchError, EmbeddingError, UnknownQuestion
from interviewer.grading import Grader
from interviewer.grading.reference import question_from_reference
from interviewer.model import Answer, Graded, Question, Ungraded

_BOM = b"\xef\xbb\xbf"
_TOGETHER = 96
"""Rows graded at once, and lost at most when a run is killed."""
_LOG = logging.getLogger(__name__)


@runtime_checkable
class GradesMany(Protocol):
    """A grader that is faster on several answers at once."""

    def grade_many(self, items: Sequence[tuple[Question, Answer]]) -> list[Graded]:
        """Grade answers, each as ``grade`` does."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the input.

    Attributes:
        line: Its line in the input, from 1.
        head: The fields that the output repeats: id, question_id, follow_up.
        answer: What was said; None when the row is bad.
        problem: What is wrong with the row, or None.
    """

    line: int
    head: dict[str, Any]
    answer: str | None
    problem: str | None = None

    @property
    def answer_hash(self) -> str | None:
        """Tells whether a stored output row was made from this answer."""
        if self.answer is None:
            return None
        data = self.answer.encode(errors="surrogatepass")
        return hashlib.sha256(data).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one row.

    Attributes:
        line: Its line in the input, from 1.
        outcome: graded, ungraded (with a note), or kept from an earlier run.
        note: Why there is no grade.
    """

    line: int
    outcome: Literal["graded", "ungraded", "kept"]
    note: str | None = None


@dataclass(frozen=True)
class Questions:
    """The bank's questions and others; on a clash of ids the others win."""

    bank: Bank
    others: Mapping[str, Question] = field(default_factory=dict)

    @property
    def clashes(self) -> tuple[str, ...]:
        """Ids that both have."""
        return tuple(name for name in self.others if name in self.bank)

    def find(self, question_id: str, follow_up: str | int | None) -> Question:
        """The question, or its follow-up as a question.

        Raises:
            UnknownQuestion: There is none.
        """
        if question_id in self.others:
            if follow_up is not None:
                raise UnknownQuestion(f"Question '{question_id}' has no follow-ups.")
            return self.others[question_id]
        question = self.bank[question_id]
        if follow_up is None:
            return question
        return question.as_follow_up(self.bank.follow_up(question_id, follow_up))


def read_questions(stream: BinaryIO, name: str) -> dict[str, Question]:
    """Questions outside the bank, from rows ``{"id", "prompt", "model_answer"}``.

    Args:
        stream: The rows, UTF-8.
        name: What errors call the stream.

    Raises:
        BatchError: A row cannot be used; the message lists every such row.
    """
    found: dict[str, Question] = {}
    problems: list[str] = []
    for line, raw in _lines(stream):
        row, problem = _object(raw)
        values = [row.get(key) for key in ("id", "prompt", "model_answer")]
        identifier, prompt, model_answer = values
        if problem is None and not all(isinstance(item, str) and item.strip() for item in values):
            problem = 'needs "id", "prompt" and "model_answer", each a text that is not blank'
        if problem is None and identifier in found:
            problem = f"the id '{identifier}' is used twice"
        if problem is None:
            try:
                found[str(identifier)] = question_from_reference(
                    str(identifier), str(prompt), str(model_answer)
                )
            except ValidationError as error:
                problem = error.errors(include_url=False)[0]["msg"]
        if problem:
            problems.append(f"{name}:{line}: {problem}.")
    if problems:
        raise BatchError("\n".join((*problems, "Correct these rows and run again.")))
    return found


def count_rows(path: Path) -> int:
    """How many rows a file has, blank lines left out."""
    with path.open("rb") as stream:
        return sum(1 for _ in _lines(stream))


def read_rows(stream: Iterable[bytes]) -> Iterator[Row]:
    """The rows of an input, bad ones included; blank lines are left out."""
    for line, raw in _lines(stream):
        data, problem = _object(raw)
        head = {
            key: data[key]
            for key in ("id", "question_id", "follow_up")
            if isinstance(data.get(key), str | int) and not isinstance(data[key], bool)
        }
        answer = data.get("answer")
        if problem is None:
            problem = _row_problem(data, head)
        usable = problem is None and isinstance(answer, str)
        yield Row(line, head, str(answer) if usable else None, problem)


def _row_problem(data: Mapping[str, Any], head: Mapping[str, Any]) -> str | None:
    for key in ("question_id", "answer"):
        if data.get(key) is None:
            return f'"{key}" is missing'
        if not isinstance(data[key], str):
            return f'"{key}" is not a text'
    for key, kind in (("id", "a text or a whole number"), ("follow_up", "an id or a number")):
        if data.get(key) is not None and key not in head:
            return f'"{key}" is not {kind}'
    return None


def grade_stream(
    source: Iterable[bytes], target: BinaryIO, grader: Grader, questions: Questions
) -> Iterator[Done]:
    """Grade every row of a stream into another, some at a time.

    Raises:
        EmbeddingError: The model cannot be loaded.
    """
    yield from _grade_all(target, read_rows(source), grader, questions)


def grade_file(
    source: Iterable[bytes], target: Path, grader: Grader, questions: Questions
) -> Iterator[Done]:
    """Like ``grade_stream``, going on from the rows that ``target`` has already.

    A half-written last line, as a killed run leaves it, is written again.

    Args:
        source: The input rows.
        target: The output; made when it does not exist.
        grader: What grades.
        questions: What may be asked.

    Raises:
        BatchError: ``target`` holds something else than the first rows of this
            input graded, or cannot be written.
        EmbeddingError: The model cannot be loaded.
    """
    try:
        with target.open("a+b") as stream:
            rows = read_rows(source)
            stream.seek(0)
            end = yield from _kept(stream, rows, target)
            stream.truncate(end)
            stream.seek(end)
            yield from _grade_all(stream, rows, grader, questions)
    except OSError as error:
        reason = error.strerror or error
        raise BatchError(
            f"'{target}' cannot be written ({reason}). Choose another output file."
        ) from error


def _kept(stream: BinaryIO, rows: Iterator[Row], target: Path) -> Generator[Done, None, int]:
    """Compare what the output holds with the input; returns where to write on."""
    end = 0
    for number, raw in enumerate(stream, start=1):
        if not raw.endswith(b"\n"):
            break
        data, problem = _object(raw)
        if problem is None and not ("grade" in data or "ungraded" in data):
            problem = "it has neither a grade nor a reason why not"
        if problem:
            raise _mismatch(target, number, problem)
        row = next(rows, None)
        if row is None:
            raise _mismatch(target, number, "the input has no such row")
        for key in ("id", "question_id", "follow_up"):
            if data.get(key) != row.head.get(key):
                raise _mismatch(
                    target,
                    number,
                    f'its "{key}" is {data.get(key)!r}, the input has {row.head.get(key)!r}',
                )
        if "answer_hash" in data and data["answer_hash"] != row.answer_hash:
            raise _mismatch(target, number, "it was made from another answer")
        end += len(raw)
        yield Done(row.line, "kept")
    return end


def _mismatch(target: Path, number: int, what: str) -> BatchError:
    return BatchError(
        f"'{target}' is not the start of this batch: row {number}: {what}. "
        "Remove the file, or choose another output file."
    )


def _grade_all(
    target: BinaryIO, rows: Iterator[Row], grader: Grader, questions: Questions
) -> Iterator[Done]:
    """Grade row by row, or some at a time where that is faster, and write each."""
    together = _TOGETHER if isinstance(grader, GradesMany) else 1
    while chunk := list(islice(rows, together)):
        for row, graded in zip(chunk, _grade(chunk, grader, questions), strict=True):
            yield _write(target, row, graded)


def _write(target: BinaryIO, row: Row, graded: Graded) -> Done:
    result = row.head | ({"answer_hash": row.answer_hash} if row.answer is not None else {})
    if isinstance(graded, Ungraded):
        result["ungraded"] = graded.ungraded
    else:
        result["grade"] = graded.model_dump(mode="json")
    # ASCII: whatever an answer quotes can be written, half characters too.
    target.write(json.dumps(result, separators=(",", ":")).encode("ascii") + b"\n")
    target.flush()
    if isinstance(graded, Ungraded):
        return Done(row.line, "ungraded", graded.ungraded)
    return Done(row.line, "graded")


def _grade(rows: Sequence[Row], grader: Grader, questions: Questions) -> list[Graded]:
    found: list[Graded | None] = [None] * len(rows)
    asked: dict[int, tuple[Question, Answer]] = {}
    for place, row in enumerate(rows):
        if row.problem or row.answer is None:
            found[place] = Ungraded(ungraded=f"The row cannot be used: {row.problem}.")
            continue
        try:
            question = questions.find(row.head["question_id"], row.head.get("follow_up"))
            asked[place] = question, Answer(text=row.answer)
        except UnknownQuestion as error:
            found[place] = Ungraded(ungraded=str(error))
    graded = dict(zip(asked, _grade_together(grader, tuple(asked.values())), strict=True))
    return [grade if grade is not None else graded[place] for place, grade in enumerate(found)]


def _grade_together(grader: Grader, items: Sequence[tuple[Question, Answer]]) -> list[Graded]:
    """Grade at once where the grader can, and one by one what that breaks on."""
    if isinstance(grader, GradesMany):
        try:
            return grader.grade_many(items)
        except EmbeddingError:
            raise
        except Exception:  # noqa: BLE001 - one by one shows which answer it is
            _LOG.debug("Grading together failed; going on one by one.", exc_info=True)
    return [_grade_one(grader, question, answer) for question, answer in items]


def _grade_one(grader: Grader, question: Question, answer: Answer) -> Graded:
    try:
        return grader.grade(question, answer)
    except EmbeddingError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one answer breaks, the rest goes on
        return Ungraded(ungraded=f"The grader failed on this answer ({error!r}). Report it.")


def _lines(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(stream, start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if line.strip():
            yield number, line


def _object(raw: bytes) -> tuple[dict[str, Any], str | None]:
    """The JSON object of a line, or an empty one and what is wrong."""
    try:
        data = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return {}, "it is not UTF-8"
    except (ValueError, RecursionError) as error:
        return {}, f"it is not JSON ({getattr(error, 'msg', 'nested too deeply')})"
    if not isinstance(data, dict):
        return {}, "it is not a JSON object"
    return data, None
