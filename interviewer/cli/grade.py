"""``interviewer grade`` and ``interviewer grade-batch``."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from interviewer.cli.graded import print_graded
from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    GraderOption,
    JsonOption,
    err,
    open_parts,
    plain,
    print_json,
    print_note,
    quiet_stdout,
    read_text,
    working,
)
from interviewer.errors import BatchError
from interviewer.model import Answer, Ungraded

if TYPE_CHECKING:
    from interviewer.grading.batch import Done


def grade(
    *,
    question_id: Annotated[str, typer.Argument(help="The question's id.")],
    answer: Annotated[
        str, typer.Option("--answer", metavar="FILE", help="The answer; - reads it from stdin.")
    ],
    follow_up: Annotated[
        str | None,
        typer.Option("--follow-up", metavar="N", help="It answers this follow-up: number or id."),
    ] = None,
    grader: GraderOption = "auto",
    as_json: JsonOption = False,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Grade one answer."""
    parts = open_parts(bank, add_bank, grader=grader)
    question = parts.bank[question_id]
    asked: dict[str, Any] = {"question_id": question_id}
    if follow_up is not None:
        chosen = parts.bank.follow_up(question_id, follow_up)
        question = question.as_follow_up(chosen)
        asked["follow_up"] = chosen.id
    text = read_text(answer, "--answer")
    if parts.judge_name:
        print_note(parts.grader_note())
    with quiet_stdout(), working("Grading"):
        graded = parts.grader.grade(question, Answer(text=text))
    if not as_json:
        from interviewer.grading.reference import with_points

        print_graded(with_points(question), graded)
    elif isinstance(graded, Ungraded):
        print_json(asked | graded.model_dump(mode="json"))
    else:
        print_json(asked | {"grade": graded.model_dump(mode="json")})


def grade_batch(
    *,
    source: Annotated[str, typer.Argument(metavar="IN", help="JSONL answers; - reads stdin.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="JSONL grades; - writes stdout.")],
    questions: Annotated[
        str | None,
        typer.Option(
            "--questions", metavar="FILE", help="JSONL questions that are not in the bank."
        ),
    ] = None,
    grader: GraderOption = "embedded",
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Grade many answers; a stopped run goes on where it was.

    IN has a row {"id"?, "question_id", "follow_up"?, "answer"} for each answer.
    OUT gets a row for each, in the same order: with "grade", or with "ungraded" and why.
    FILE has rows {"id", "prompt", "model_answer"}.
    """
    from interviewer.grading.batch import Questions, grade_file, grade_stream, read_questions

    _check_files(source, target)
    parts = open_parts(bank, add_bank, grader=grader)
    asked = Questions(parts.bank)
    if questions is not None:
        with _reading(questions) as rows:
            asked = Questions(parts.bank, read_questions(rows, questions))
    for name in asked.clashes:
        print_note(f"The bank has a question '{name}' too; the one of {questions} is used.")
    with _reading(source) as rows:
        if target == "-":
            stdout = sys.stdout.buffer
            with quiet_stdout():
                _follow(grade_stream(rows, stdout, parts.grader, asked), source)
        else:
            with quiet_stdout():
                _follow(grade_file(rows, Path(target), parts.grader, asked), source)


def _check_files(source: str, target: str) -> None:
    if "-" in (source, target):
        return
    one, other = Path(source), Path(target)
    if one.resolve() == other.resolve():
        raise BatchError("IN and OUT are the same file. Choose another output file.")


@contextlib.contextmanager
def _reading(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise BatchError(f"'{name}' cannot be read ({error.strerror}). Check the path.") from error
    with stream:
        yield stream


def _follow(rows: Iterator[Done], source: str) -> None:
    """Show progress, notes and a summary on stderr."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from interviewer.grading.batch import count_rows

    total = None if source == "-" else count_rows(Path(source))
    console = err()
    counts: Counter[str] = Counter()
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Grading", total=total)
        for done in rows:
            counts[done.outcome] += 1
            if done.note:
                note = plain(f"{source}:{done.line}: not graded: {done.note}")
                console.print(note, markup=False, soft_wrap=True)
            progress.advance(task)
    kept = f", {counts['kept']} kept from before" if counts["kept"] else ""
    print_note(f"{counts['graded']} graded, {counts['ungraded']} not graded{kept}.")
