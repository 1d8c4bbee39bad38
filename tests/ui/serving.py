"""A real server in a process of its own, and a real Chromium, for tests and screenshots."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    expect,
    sync_playwright,
)

from tests.ensure import find_browser

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90_000
"""Milliseconds that anything may take: a server that still loads its model on a busy machine."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Server:
    """``app.py`` with a database of its own.

    Args:
        folder: Where its database and its log lie.
        settings: More of its environment.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8")

    def start(self, timeout: float = 120) -> None:
        """Start, and return when the page is served."""
        environment = os.environ | {
            "INTERVIEWER_DATABASE_URL": f"sqlite:///{self.folder / 'history.db'}",
            "INTERVIEWER_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self._settings,
        }
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py")],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"The server ended:\n{self.log}")
            try:
                with urllib.request.urlopen(self.url, timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError(f"The server did not come up:\n{self.log}")

    def kill(self) -> None:
        """End it the hard way, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = find_browser()
    if path is None:
        raise RuntimeError("No Chromium: run `python tests/ensure.py browser`.")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A page that remembers what it must not do: leave the machine, log errors, run foreign code.

    Args:
        context: The browser context it opens in.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.abroad: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self._seen(request.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._failed(str(error)))
        self.page.on("dialog", self._asked)

    def _failed(self, error: str) -> None:
        # A page that is left in the middle of a reply ends the stream.
        if not error.startswith(("AbortError", "Unexpected error Connection errored out")):
            self.errors.append(error)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._failed(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.errors.append(f"A dialog: {dialog.message}")
        dialog.dismiss()

    def _seen(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.abroad.append(url)


def until(page: Page, happened: Callable[[], bool]) -> None:
    """Wait for something outside the page."""
    for _ in range(PATIENCE // 100):
        if happened():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen")


def listening(page: Page) -> None:
    """Wait until the interviewer listens."""
    page.wait_for_selector(".composer:not(.busy) >> nth=0")
    page.wait_for_selector(".talk:visible .pill.listening")


def say(page: Page, text: str) -> None:
    """Type an answer, send it with Enter, and wait for what follows."""
    page.fill("#answer", text)
    page.press("#answer", "Enter")
    page.wait_for_function("document.querySelector('#answer').value === ''")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the interviewer listens, or the interview is over."""
    page.wait_for_selector(".composer:not(.busy)", state="attached")
    page.wait_for_selector(".pill.listening, .pill.ended", state="attached")


def begin(page: Page, url: str, *, questions: int = 3, mode: str = "practice") -> str:
    """Fill in the form, begin, and wait for the first question. The interview's id."""
    page.goto(url)
    page.wait_for_selector(".begin:visible")
    page.check(f'input[name="mode"][value="{mode}"]')
    page.fill('input[name="questions"]', str(questions))
    page.click(".begin")
    listening(page)
    return page.url.split("interview=")[1]
