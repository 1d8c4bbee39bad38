"""Interviews through a real Chromium with a language model behind: a scripted server."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from interviewer.bank import Bank, load_bank
from interviewer.model import Level, Question
from interviewer.resources import bank_folder
from tests.model_script import (
    ACKNOWLEDGED,
    FAILURES,
    NOISE,
    PARTLY,
    SAID,
    TARGET,
    failing,
    purpose,
    step_of,
    well,
    write_bank,
)
from tests.scripted_server import Request, ScriptedServer, Step, fail
from tests.scripted_server import (
    say as reply,
)
from tests.ui.serving import Server, Watched, begin, listening, say, settled, until

pytestmark = pytest.mark.browser

KEY = "sk-scripted-0123456789"
PATIENT = "60"
"""Seconds a model may take where its slowness is not at stake, on a busy machine too."""


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(well) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory, model) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = {
        "INTERVIEWER_MODEL": "openai/scripted-1",
        "INTERVIEWER_MODEL_BASE_URL": model.url,
        "INTERVIEWER_MODEL_TIMEOUT": PATIENT,
        "OPENAI_API_KEY": KEY,
    }
    with Server(folder, **settings) as running:
        yield running
    assert KEY not in running.log


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank(bank_folder())


@pytest.fixture
def page(browser, model) -> Iterator[Page]:
    model.script(well)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watching = Watched(context)
    yield watching.page
    context.close()
    model.script(well)
    assert watching.abroad == []
    assert watching.errors == []


def asked(page: Page, bank: Bank) -> Question:
    words = page.locator(".turn.question .words").last.inner_text()
    return next(question for question in bank if question.prompt in words)


def ok_answer(question: Question) -> str:
    return next(item.answer for item in question.exemplars if item.level is Level.OK)


def last_line(page: Page) -> str:
    return page.locator(".turn.interviewer .words").last.inner_text()


def test_the_interviewer_takes_up_what_was_said_and_asks_the_banks_follow_up(
    server, page, bank, model
):
    begin(page, server.url, questions=1)
    question = asked(page, bank)
    before = len(model.requests)
    say(page, ok_answer(question))
    line = last_line(page)
    assert line.startswith(ACKNOWLEDGED)
    assert any(line.endswith(item.ask) for item in question.follow_ups)
    until(page, lambda: len(model.requests) >= before + 2)
    page.wait_for_timeout(500)
    made = sorted(map(purpose, model.requests[before:]))
    assert [item for item in made if item != "probe"] == ["judge", "words"]


def test_words_appear_before_the_model_has_finished(server, page, bank, model):
    begin(page, server.url, questions=1)
    question = asked(page, bank)

    def slowly(request: Request) -> Step:
        step = well(request)
        return step.after(0.0, 0.6) if purpose(request) == "words" else step

    model.script(slowly)
    page.fill("#answer", ok_answer(question))
    page.press("#answer", "Enter")
    page.wait_for_selector(".turn.saying")
    seen = page.locator(".turn.saying .words").inner_text()
    assert 0 < len(seen) < len(ACKNOWLEDGED) + 10
    settled(page)
    assert last_line(page).startswith(ACKNOWLEDGED)


def test_the_judge_never_holds_up_the_interview_and_its_grade_comes_later(
    server, page, bank, model
):
    begin(page, server.url, questions=2)
    question = asked(page, bank)

    may_judge = threading.Event()

    def late(request: Request) -> Step:
        if purpose(request) == "judge":
            may_judge.wait(200)
        return well(request)

    model.script(late)
    try:
        say(page, question.model_answer)
        while page.locator(".turn.question").count() == 1:
            page.click('[data-intent="dont-know"]')
            page.wait_for_timeout(50)
            settled(page)
        assert "the judge is still reading" in page.locator(".card").inner_text()
        page.fill("#answer", "being typed while the judge reads")
    finally:
        may_judge.set()
    page.wait_for_function("!document.querySelector('.card').innerText.includes('still reading')")
    assert page.input_value("#answer") == "being typed while the judge reads"


@contextmanager
def server_of_two(folder: Path, model: ScriptedServer, timeout: str) -> Iterator[Server]:
    """The page with a bank of two questions, one of which takes every step; it is warm."""
    settings = {
        "INTERVIEWER_MODEL": "openai/scripted-1",
        "INTERVIEWER_MODEL_BASE_URL": model.url,
        "INTERVIEWER_MODEL_TIMEOUT": timeout,
        "INTERVIEWER_BANK": str(write_bank(folder / "bank")),
        "OPENAI_API_KEY": KEY,
    }
    before = len(model.requests)
    with Server(folder, **settings) as running:
        deadline = time.monotonic() + 200
        while "probe" not in map(purpose, model.requests[before:]):
            assert time.monotonic() < deadline, "the server did not warm up"
            time.sleep(0.1)
        yield running
    assert KEY not in running.log


@pytest.fixture(scope="module")
def two(tmp_path_factory, model) -> Iterator[Server]:
    with server_of_two(tmp_path_factory.mktemp("two"), model, PATIENT) as running:
        yield running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory, model) -> Iterator[Server]:
    """Waits two seconds for the model, as a test of a slow one needs it."""
    with server_of_two(tmp_path_factory.mktemp("hasty"), model, "2") as running:
        yield running


def interview(page: Page, url: str, mode: str) -> None:
    """Hold a whole interview that takes every step at which a model is asked."""
    page.goto(url)
    page.wait_for_selector(".begin:visible")
    page.check(f'input[name="mode"][value="{mode}"]')
    page.fill('input[name="questions"]', "2")
    page.locator("details:has(#target)").evaluate_all(
        "all => all.forEach(each => each.open = true)"
    )
    page.fill("#target", TARGET)
    page.click(".begin")
    listening(page)
    for _ in range(2):
        if "error of zero" in page.locator(".turn.question .words").last.inner_text():
            say(page, NOISE)
            continue
        for intent in ["clarify", "rephrase", *(["hint"] if mode == "practice" else [])]:
            page.click(f'[data-intent="{intent}"]')
            page.wait_for_timeout(50)
            settled(page)
        say(page, PARTLY)
        assert "training error of a model with high bias" in last_line(page)
        say(page, SAID)
    page.wait_for_selector(".pill.ended", state="attached")


def test_a_whole_interview_with_a_model_that_is_well(two, page, model):
    before = len(model.requests)
    interview(page, two.url, "mock")
    assert page.locator(".turn-note").all_inner_texts() == []
    assert {step_of(request) for request in model.requests[before:]} - {"probe"} == MOCK
    page.click('[data-do="report"]')
    page.wait_for_selector(".report")
    page.wait_for_function("document.querySelector('.report').innerText.includes('combined-1')")


MOCK = {"questions", "clarify", "rephrase", "follow-up", "composed", "close", "judge"}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize(("mode", "steps"), [("practice", MOCK | {"hint"}), ("mock", MOCK)])
def test_a_model_that_fails_at_every_step_loses_nothing(request, page, model, name, mode, steps):
    server = request.getfixturevalue("hasty" if name == "slow" else "two")
    before = len(model.requests)
    model.script(lambda _: FAILURES[name])
    interview(page, server.url, mode)
    assert {step_of(request) for request in model.requests[before:]} - {"probe"} == steps
    notes = page.locator(".turn-note").all_inner_texts()
    assert len(notes) == len(steps) - 1, notes  # each but the judge, whose note is in the report
    assert "No question was composed for your text" in notes[0]
    assert (name != "key") or all("OPENAI_API_KEY" in note for note in notes)
    assert KEY not in page.content()
    said = page.locator(".turn.candidate .words").all_inner_texts()
    assert {PARTLY, SAID, NOISE} <= set(said)
    page.click('[data-do="report"]')
    page.wait_for_selector(".report")
    page.wait_for_function(
        "document.querySelector('.report').innerText.includes('The judge had no say')"
    )
    shown = page.locator(".report").inner_text()
    assert all(text in shown for text in (PARTLY, SAID, NOISE))
    model.script(well)
    page.click('.report-actions [data-do="regrade"]')
    page.wait_for_function(
        "!document.querySelector('.report').innerText.includes('The judge had no say')"
    )
    assert "combined-1" in page.locator(".report .colophon").inner_text()


@pytest.mark.parametrize("step", sorted(MOCK | {"hint"}))
def test_a_model_that_fails_at_one_step_goes_on_with_the_others(two, page, model, step):
    model.script(failing(step, fail(500)))
    interview(page, two.url, "practice")
    notes = page.locator(".turn-note").all_inner_texts()
    assert len(notes) == (step != "judge"), notes
    page.click('[data-do="report"]')
    page.wait_for_selector(".report")
    wanted = "The judge had no say" if step == "judge" else "combined-1"
    page.wait_for_function(f"document.querySelector('.report').innerText.includes('{wanted}')")


def test_only_the_judge_fails(server, page, bank, model):
    begin(page, server.url, questions=1)
    model.script(failing("judge", fail(500)))
    say(page, ok_answer(asked(page, bank)))
    assert last_line(page).startswith(ACKNOWLEDGED)


def test_a_model_that_leaves_the_follow_up_is_brought_back(server, page, bank, model):
    begin(page, server.url, questions=1)
    question = asked(page, bank)
    model.script(
        lambda request: (
            reply("Great answer! What is your favourite colour?")
            if purpose(request) == "words"
            else well(request)
        )
    )
    say(page, ok_answer(question))
    line = last_line(page)
    assert "colour" not in line
    assert any(item.ask in line for item in question.follow_ups)


def test_the_page_of_models_tests_them_by_content(server, page, model):
    page.goto(f"{server.url}?at=models")
    page.click('[data-do="probe"]')
    page.wait_for_selector(".model-state.ready >> nth=2")
    assert "openai/scripted-1" in page.locator(".models").inner_text()
    model.script(lambda _: reply('{"total": 1, "larger": "one"}'))
    page.click('[data-do="probe"]')
    page.wait_for_selector(".model-state.failed")
    assert "got a small sum wrong" in page.locator(".model-state.failed").first.inner_text()
    assert KEY not in page.content()


def test_reload_in_the_middle_of_a_line_goes_on(server, page, bank, model):
    begin(page, server.url, questions=1)
    question = asked(page, bank)

    def slowly(request: Request) -> Step:
        step = well(request)
        return step.after(0.0, 0.4) if purpose(request) == "words" else step

    model.script(slowly)
    page.fill("#answer", ok_answer(question))
    page.press("#answer", "Enter")
    page.wait_for_selector(".turn.saying")
    page.reload()
    listening(page)
    assert re.search("|".join(re.escape(item.ask) for item in question.follow_ups), last_line(page))
    assert page.locator(".turn.candidate").count() == 1
