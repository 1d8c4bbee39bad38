"""Hold a call in the browser, by stand-ins for recogniser, voice and microphone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.ui.serving import listening

STAND_INS = Path(__file__).with_name("stand_ins.js").read_text(encoding="utf-8")
ANSWER = "bias is error from a model that is too simple and it underfits the training data"
FIRM = {"patience": 1, "check": False}
"""Preferences of somebody who is quick."""


def begin(page: Page, url: str, *, mode: str = "mock", questions: int = 1) -> None:
    """Choose to speak, check the microphone, and wait until it is our turn."""
    choose_to_speak(page, url, mode=mode, questions=questions)
    page.click('[data-voice="yes"]')
    turn(page)


def choose_to_speak(page: Page, url: str, *, mode: str = "mock", questions: int = 1) -> None:
    """Begin a spoken interview, up to the check of the microphone."""
    page.goto(url)
    page.wait_for_selector(".begin:visible")
    page.check(f'input[name="mode"][value="{mode}"]')
    page.check('input[name="manner"][value="spoken"]')
    page.fill('input[name="questions"]', str(questions))
    page.click(".begin")
    page.wait_for_selector("dialog.voice[open]")


def begin_while_it_speaks(page: Page, url: str) -> None:
    """Begin, and be at a moment when it is our turn and the interviewer still speaks."""
    page.add_init_script("stage.slow = 3000;")
    choose_to_speak(page, url)
    page.click('[data-voice="yes"]')
    listening(page)
    page.evaluate("stage.slow = 400")
    state(page, "speaking")


def turn(page: Page) -> None:
    """Wait until the candidate may speak."""
    listening(page)
    page.wait_for_selector('.call[data-state="listening"]')


def state(page: Page, name: str) -> None:
    page.wait_for_selector(f'.call[data-state="{name}"]')


def hear(page: Page, text: str, *, final: bool = True) -> None:
    """The recogniser hears something, once it listens."""
    page.wait_for_function("([text, final]) => stage.hear(text, final)", arg=[text, final])


def said(page: Page) -> list[str]:
    return page.locator(".turn.candidate .words").all_inner_texts()


def wait_said(page: Page, count: int) -> list[str]:
    page.wait_for_function(
        "count => document.querySelectorAll('.turn.candidate .words').length >= count", arg=count
    )
    return said(page)
