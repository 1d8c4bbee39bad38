"""How far a long run is, and what an interrupt does to it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import typer

from interviewer.cli.terminal import err, plain, print_note

if TYPE_CHECKING:
    from interviewer.evaluation.suite import Follow, Suite

_INTERRUPTED = 130


@contextlib.contextmanager
def resumable(suite: Suite) -> Iterator[Callable[[], None]]:
    """Say how to go on when the run is interrupted.

    Gives what stops a run whose interrupt was lost: Python drops what is raised in a
    finaliser.
    """
    pressed = threading.Event()

    def press(*_: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    except KeyboardInterrupt:
        kept = (
            f"Every finished grade is kept in {suite.cache}; run the same command again to go on."
            if suite.cache
            else "Nothing was kept, as --no-cache asks."
        )
        print_note(f"Stopped. {kept}")
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def following(name: str, check: Callable[[], None]) -> Iterator[Follow]:
    """A progress bar on stderr for each thing done; none when it is no terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = err()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def follow(what: str) -> Any:  # noqa: ANN401 - evaluation.run.Progress
            task = progress.add_task(f"{what} ({plain(name)})", total=None)

            def one_more(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)
                check()

            return one_more

        yield follow
