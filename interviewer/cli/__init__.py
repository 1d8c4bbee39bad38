"""The command line: the same parts as the page, no logic of its own.

Results go to stdout, everything else to stderr. Exit code 0: done; 1: the lint
found errors, the gate fails or a model does not work; 2: something could not be used,
and the message says what to do.
"""

from __future__ import annotations

from typing import Annotated

import typer

from interviewer import __version__
from interviewer.cli import bank, grade, interview, report
from interviewer.cli import eval as evaluation
from interviewer.cli.terminal import Commands, print_line

app = typer.Typer(
    name="interviewer",
    cls=Commands,
    help="A mock interviewer for ML roles, with rubric grading you can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(interview.serve)
app.command("practice")(interview.practice)
app.command("grade")(grade.grade)
app.command("grade-batch")(grade.grade_batch)
app.add_typer(bank.app, name="bank")
app.add_typer(evaluation.app, name="eval")
app.command("report")(report.report)
app.command("sessions")(report.sessions)
app.command("regrade")(report.regrade)
app.command("probe")(report.probe)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        print_line(__version__)
        raise typer.Exit


@app.callback()
def _options(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line."""
    app()
