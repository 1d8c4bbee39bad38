"""Take the pictures of docs/: ``python -m tests.ui.screenshots [FOLDER]``.

A real server, a real Chromium, one practice interview; the main states at 1440
and 390 pixels, light and dark.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from interviewer.bank import Bank, load_bank
from interviewer.model import Level
from interviewer.resources import bank_folder
from tests.ui.serving import ROOT, Server, Watched, begin, chromium, say, settled

STAND_INS = Path(__file__).with_name("stand_ins.js").read_text(encoding="utf-8")
SHAPES = (("wide", 1440, 900), ("narrow", 390, 844))


def main(folder: Path) -> None:
    """Hold the interview and take the pictures."""
    folder.mkdir(exist_ok=True)
    bank = load_bank(bank_folder())
    with (
        tempfile.TemporaryDirectory() as scratch,
        Server(Path(scratch)) as server,
        chromium() as browser,
    ):
        for shape, width, height in SHAPES:
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                    locale="en-GB",
                )
                page = Watched(context).page
                _walk(page, server.url, bank, folder, f"{shape}-{scheme}")
                page.add_init_script(STAND_INS)
                _call(page, server.url, folder, f"{shape}-{scheme}")
                context.close()


def _call(page: Page, url: str, folder: Path, tag: str) -> None:
    """The call, with stand-ins for recogniser, voice and microphone."""

    def shoot(name: str) -> None:
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}-{tag}.png")

    page.goto(url)
    page.wait_for_selector(".begin:visible")
    page.check('input[name="manner"][value="spoken"]')
    page.fill('input[name="questions"]', "1")
    page.click(".begin")
    page.click('[data-voice-do="open"]')
    page.wait_for_function("stage.listening() !== null")
    page.evaluate("stage.loud(true)")
    page.evaluate("stage.hear('I would start with a simple baseline and measure it', true)")
    page.click(".voice summary")
    shoot("voice")
    page.evaluate("stage.loud(false)")
    page.click('[data-voice="yes"]')
    page.wait_for_selector('.call[data-state="listening"]')
    page.wait_for_function("stage.listening() !== null")
    page.evaluate(
        "stage.hear('well the short version is that a model can be wrong in two ways', true)"
    )
    page.evaluate("stage.loud(true)")
    page.wait_for_selector('.call[data-state="hearing"]')
    page.evaluate("stage.hear('it can be too simple for the pattern or', false)")
    shoot("call")
    page.evaluate("stage.loud(false)")
    page.wait_for_selector('.call[data-state="checking"]')
    shoot("call-check")


def _walk(page: Page, url: str, bank: Bank, folder: Path, tag: str) -> None:
    def shoot(name: str, *, full: bool = False) -> None:
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{tag}.png", full_page=full)

    page.goto(url)
    page.wait_for_selector(".begin:visible")
    shoot("setup")
    begin(page, url, questions=3)
    shoot("question")
    page.click('[data-intent="hint"]')
    page.wait_for_function("document.querySelectorAll('.turn').length > 2")
    settled(page)
    say(page, _answer(page, bank, Level.OK))
    shoot("follow-up")
    say(page, _model_answer(page, bank))
    _finish(page, 1)
    shoot("feedback")
    say(page, _answer(page, bank, Level.STRONG))
    _finish(page, 2)
    say(page, _answer(page, bank, Level.WEAK))
    _finish(page, 3)
    page.wait_for_selector(".after-end:visible")
    shoot("ended")
    page.click('[data-do="report"]')
    page.wait_for_selector(".report")
    shoot("report", full=True)
    page.goto(f"{url}?question=bias-variance-tradeoff")
    page.wait_for_selector(".similar .question-list")
    shoot("bank")
    page.goto(f"{url}?at=models")
    page.wait_for_selector(".model-rows")
    shoot("models")
    page.goto(f"{url}?at=history")
    page.wait_for_selector(".past li")
    shoot("history")


def _finish(page: Page, number: int) -> None:
    while (
        page.locator(".turn.question").count() == number and not page.locator(".pill.ended").count()
    ):
        page.click('[data-intent="dont-know"]')
        page.wait_for_timeout(100)
        settled(page)


def _answer(page: Page, bank: Bank, level: Level) -> str:
    """A sample answer of that level to the question that is open."""
    asked = page.locator(".turn.question .words").last.inner_text()
    question = next(item for item in bank if item.prompt in asked)
    return next(item.answer for item in question.exemplars if item.level is level)


def _model_answer(page: Page, bank: Bank) -> str:
    """The model answer to the follow-up that is open, or to the question."""
    asked = page.locator(".turn.interviewer .words").last.inner_text()
    for question in bank:
        for item in question.follow_ups:
            if item.ask in asked:
                return item.model_answer
    return _answer(page, bank, Level.STRONG)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
