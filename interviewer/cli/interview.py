"""``interviewer serve`` and ``interviewer practice``: the page, and the terminal."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    GraderOption,
    open_parts,
    print_line,
    print_note,
    quiet_stdout,
)
from interviewer.errors import SettingsError
from interviewer.model import Difficulty, Mode, Plan, Role


def serve(
    *,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on.")
    ] = None,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = False,
    grader: GraderOption = "auto",
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Serve the page."""
    parts = open_parts(bank, add_bank, grader=grader, host=host, port=port)
    settings = parts.settings
    _check_free(settings.host, settings.port)
    with quiet_stdout():
        # Loads the model behind the page.
        from interviewer.ui import launch

        page = launch(parts, open_browser=browser, block=False)
    shown = "localhost" if settings.host in {"0.0.0.0", "::", "127.0.0.1"} else settings.host  # noqa: S104 - compared
    print_line(f"The interviewer is at http://{shown}:{settings.port} (Ctrl+C stops it)")
    page.block_thread()


def _check_free(host: str, port: int) -> None:
    """Find out before anything is loaded whether the page can listen there.

    Raises:
        SettingsError: It cannot; the message says what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fix = (
                f"Stop what uses it, or choose another: interviewer serve --port {port % 65535 + 1}"
            )
            raise SettingsError(f"Port {port} on {host} is in use. {fix}") from error
        if error.errno == errno.EACCES:
            fix = "Choose one above 1023: interviewer serve --port 7860"
            raise SettingsError(f"Port {port} needs more rights. {fix}") from error
        reason = error.strerror or error
        raise SettingsError(
            f"The page cannot listen on '{host}' ({reason}). Give an address of this machine."
        ) from error


def practice(
    *,
    role: Annotated[Role, typer.Option("--role", help="The job you prepare for.")] = (
        Role.ML_ENGINEER
    ),
    level: Annotated[Difficulty, typer.Option("--level", help="How hard the questions are.")] = (
        Difficulty.INTERMEDIATE
    ),
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="Only this topic; may be repeated.")
    ] = None,
    minutes: Annotated[
        int, typer.Option("--minutes", min=5, max=120, help="How long it may take.")
    ] = 30,
    questions: Annotated[
        int | None, typer.Option("--questions", min=1, max=20, help="At most so many.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option("--mode", help="practice: notes after each question. mock: at the end.")
    ] = Mode.PRACTICE,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="FILE",
            help="A job description or résumé to aim at: PDF or text; - for stdin.",
        ),
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="Go on with this interview.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The same seed picks the same questions.")
    ] = None,
    grader: GraderOption = "auto",
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Hold an interview in the terminal."""
    from interviewer.cli.talk import Talk

    parts = open_parts(bank, add_bank, grader=grader)
    if session is None:
        text = _read_target(target) if target else ""
        limit = 20_000
        if len(text) > limit:
            raise typer.BadParameter(
                f"The text has {len(text):,} characters; at most {limit:,} are read. Shorten it.",
                param_hint="--target",
            )
        plan = Plan(
            role=role,
            level=level,
            topics=tuple(dict.fromkeys(topic or ())),
            minutes=minutes,
            mode=mode,
            questions=questions,
            target=text,
        )
        begun = parts.start(plan, seed=seed)
    else:
        begun = parts.runner.load(session)
        print_note("Going on where it was; the options of the first start hold.")
    Talk(parts).hold(begun)


def _read_target(name: str) -> str:
    """The text of a file, or of stdin for ``-``.

    Raises:
        typer.BadParameter: It cannot be opened.
        InterviewError: There is no text to be read in it.
    """
    from interviewer.interview.target import read_target

    if name != "-":
        try:
            return read_target(Path(name).read_bytes(), Path(name).name)
        except OSError as error:
            raise typer.BadParameter(
                f"'{name}' cannot be read ({error.strerror}).", param_hint="--target"
            ) from error
    text = read_target(sys.stdin.buffer.read(), "stdin")
    if sys.stdout.isatty():
        # The text came through a pipe; the answers come from the terminal.
        with contextlib.suppress(OSError):
            sys.stdin = Path("/dev/tty").open(encoding="utf-8")  # noqa: SIM115 - for the interview
    return text
