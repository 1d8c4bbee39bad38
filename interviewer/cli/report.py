"""``interviewer report`` and ``interviewer sessions``: past interviews."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    JsonOption,
    open_parts,
    out,
    plain,
    print_json,
    print_line,
    print_note,
    working,
)
from interviewer.model import Grade, Graded


def report(
    *,
    session: Annotated[str, typer.Argument(help="The interview's id.")],
    as_json: JsonOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown as it is.")] = False,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Print the report of an interview; list their ids with `interviewer sessions`."""
    from interviewer.report import as_markdown, build_report

    if as_json and markdown:
        raise typer.BadParameter("Give either --json or --markdown, not both.")
    parts = open_parts(bank, add_bank)
    found = build_report(parts.store.load(session), parts.bank, now=time.time())
    console = out()
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif markdown or not console.is_terminal:
        print_line(as_markdown(found).rstrip("\n"))
    else:
        from rich.markdown import Markdown

        console.print(Markdown(as_markdown(found), hyperlinks=False))


def regrade(
    *,
    session: Annotated[str, typer.Argument(help="The interview's id.")],
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Grade again what has no grade, or none by the judge of INTERVIEWER_MODEL."""
    parts = open_parts(bank, add_bank)
    runner = parts.runner
    before = runner.load(session)
    if not runner.regradable(before):
        print_note(
            "Every answer has its grade"
            + ("." if parts.judge_name else "; set INTERVIEWER_MODEL to have a model judge them.")
        )
        return
    with working("Grading"):
        for _ in runner.regrade(session):
            pass
    after = runner.load(session)
    for number, (old, new) in enumerate(zip(before.rounds, after.rounds, strict=True), start=1):
        print_line(f"Question {number}: {_level(old.grade)} -> {_level(new.grade)}")
        if isinstance(new.grade, Grade) and new.grade.note:
            print_note(new.grade.note)


def _level(grade: Graded | None) -> str:
    if isinstance(grade, Grade):
        return f"{grade.level.label} ({grade.provenance.grader})"
    return "none" if grade is None else f"not graded ({grade.ungraded})"


def probe(*, as_json: JsonOption = False) -> None:
    """Ask each model that is set a question, and say what came back."""
    parts = open_parts()
    with working("Asking"):
        states = parts.probe(again=True)
    if as_json:
        print_json([asdict(item) for item in states])
    else:
        for item in states:
            print_line(f"{item.title}: {item.name or 'none'}: {item.state}. {item.words}")
    if any(item.state == "failed" for item in states):
        raise typer.Exit(1)


def sessions(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List past interviews, the newest first."""
    from rich.table import Table
    from rich.text import Text

    found = open_parts().store.list(limit=limit)
    if as_json:
        print_json([item.model_dump(mode="json") for item in found])
        return
    if not found:
        print_note("No interview yet. Start one with `interviewer practice` or on the page.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("Id", "Begun", "Role", "Mode", "Questions", "Strong", "OK", "Weak", "State"):
        table.add_column(title, overflow="fold")
    for item in found:
        begun = datetime.fromtimestamp(item.started_at or item.created_at).astimezone()
        cells = (
            item.id,
            begun.strftime("%Y-%m-%d %H:%M"),
            item.role.value,
            item.mode.value,
            *map(str, (item.rounds, item.strong, item.ok, item.weak)),
            "ended" if item.ended_at else "open",
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    out().print(table)
