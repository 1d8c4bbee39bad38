"""What every command shares: output, errors, and the options that choose a bank."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from interviewer.errors import InterviewerError, SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from interviewer.wiring import Parts

_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_PIPE_WIDTH = 200

BankOption = Annotated[
    Path | None,
    typer.Option("--bank", metavar="DIR", help="Use the questions of this folder only."),
]
AddBankOption = Annotated[
    Path | None,
    typer.Option(
        "--add-bank", metavar="DIR", help="Add the questions of this folder to the shipped ones."
    ),
]
GraderOption = Annotated[
    str,
    typer.Option(
        "--grader",
        help="embedded: on this machine. combined: with the judge. auto: combined where "
        "INTERVIEWER_MODEL is set.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


class Commands(typer.core.TyperGroup):
    """Commands whose errors are one message on stderr and exit code 2."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as in the library
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InterviewerError as error:
            print_error(str(error))
            raise typer.Exit(2) from error


def out() -> Console:
    """The terminal that results go to; lines of a pipe or a file are not cut at 80."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def err() -> Console:
    """The terminal that everything else goes to."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def plain(text: str) -> str:
    """The text without anything a terminal would obey."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def print_line(text: str) -> None:
    """Print a line of text on stdout, as it is."""
    sys.stdout.write(f"{text}\n")


def many(count: int, what: str) -> str:
    """A number with its noun, as in ``1 error`` and ``2 errors``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def print_json(value: object) -> None:
    """Print a value as JSON on stdout; ASCII, so that no terminal can fail on it."""
    print_line(json.dumps(value, indent=2))


def print_error(message: str) -> None:
    """Print a message on stderr."""
    console = err()
    console.print("Error:", style="bold red", end=" ")
    console.print(plain(message), markup=False, soft_wrap=True)


def print_note(message: str) -> None:
    """Print a remark on stderr."""
    err().print(plain(message), markup=False, soft_wrap=True)


def quiet_stdout() -> contextlib.AbstractContextManager[object]:
    """Send what libraries print to stderr, so that stdout holds results alone."""
    return contextlib.redirect_stdout(sys.stderr)


def working(what: str) -> contextlib.AbstractContextManager[object]:
    """A spinner on stderr while something takes its time; nothing when it is no terminal."""
    console = err()
    return console.status(what) if console.is_terminal else contextlib.nullcontext()


def open_parts(
    bank: Path | None = None,
    add_bank: Path | None = None,
    *,
    grader: str = "auto",
    **chosen: object,
) -> Parts:
    """The parts for what was chosen on the command line and in the environment.

    Raises:
        SettingsError: Both banks are given, or a setting cannot be used.
    """
    from interviewer.settings import load_settings
    from interviewer.wiring import build

    if bank and add_bank:
        raise SettingsError("Give either --bank or --add-bank, not both.")
    if bank or add_bank:
        chosen |= {"bank": bank or add_bank, "bank_mode": "replace" if bank else "extend"}
    return build(load_settings(**chosen), grader=grader)


def read_text(name: str, option: str) -> str:
    """The text of a file, or of stdin for ``-``.

    Raises:
        typer.BadParameter: It cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(
            f"'{name}' cannot be read ({error.strerror}).", param_hint=option
        ) from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(
            f"'{name}' is not UTF-8 text. Save it as UTF-8.", param_hint=option
        ) from error
