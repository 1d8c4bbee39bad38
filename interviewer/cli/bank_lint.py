"""``interviewer bank lint``: check every question, and say which file to correct."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    JsonOption,
    many,
    open_parts,
    plain,
    print_json,
    print_line,
    quiet_stdout,
    working,
)
from interviewer.errors import BankError, QuestionFileError

if TYPE_CHECKING:
    from interviewer.bank.lint import Finding
    from interviewer.wiring import Parts


def lint(
    *,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    model: Annotated[
        bool,
        typer.Option("--model/--no-model", help="Look for texts that say the same, or drift."),
    ] = True,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="A text that nothing may be copied from; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every question; exit code 1 when there are errors."""
    from interviewer.bank.copied import shared_runs
    from interviewer.bank.lint import lint_bank, near_duplicates
    from interviewer.bank.meaning import lint_meaning

    parts = open_parts(bank, add_bank)
    try:
        questions = parts.bank
    except QuestionFileError as error:
        _report_files(error, as_json=as_json)
        raise typer.Exit(1) from error
    findings = lint_bank(questions)
    findings += shared_runs(questions, {str(path): _text(path) for path in against or ()})
    if model:
        with quiet_stdout(), working("Comparing texts"):
            findings += near_duplicates(questions, parts.index.near_duplicates())
            findings += lint_meaning(questions, parts.encoder, parts.settings.cache_dir)
    errors = sum(item.severity == "error" for item in findings)
    warnings = len(findings) - errors
    if as_json:
        rows = [_finding(item, parts) for item in findings]
        counts = {"questions": len(questions), "errors": errors, "warnings": warnings}
        print_json(counts | {"findings": rows})
    else:
        _print_findings(findings, parts)
        print_line(
            f"{many(len(questions), 'question')}, {many(errors, 'error')}, "
            f"{many(warnings, 'warning')}"
        )
    if errors:
        raise typer.Exit(1)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BankError(f"'{path}' cannot be read ({error.strerror}). Give a text file.") from error


def _finding(item: Finding, parts: Parts) -> dict[str, Any]:
    path = parts.bank.files.get(item.question_id)
    return {
        "file": str(path) if path else None,
        "question_id": item.question_id,
        "field": item.field,
        "message": item.message,
        "severity": item.severity,
    }


def _print_findings(findings: Iterable[Finding], parts: Parts) -> None:
    by_file: dict[str, list[Finding]] = {}
    for item in findings:
        path = parts.bank.files.get(item.question_id)
        by_file.setdefault(str(path or item.question_id), []).append(item)
    for name, items in by_file.items():
        print_line(plain(name))
        for item in items:
            print_line(plain(f"  {item.severity}: {item.field}: {item.message}"))


def _report_files(error: QuestionFileError, *, as_json: bool) -> None:
    problems = error.problems
    if as_json:
        rows = [
            {
                "file": item.file,
                "line": item.line,
                "field": item.field,
                "message": f"{item.message} Fix: {item.fix}",
                "severity": "error",
            }
            for item in problems
        ]
        # Nothing was loaded, so there is no number of questions.
        print_json({"errors": len(rows), "warnings": 0, "findings": rows})
        return
    for item in problems:
        print_line(plain(str(item)))
    print_line(f"{many(len(problems), 'error')}; correct the files to see the rest.")
