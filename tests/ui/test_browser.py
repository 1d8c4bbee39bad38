"""Whole interviews through a real Chromium and a real server."""

import json
import re

import pytest
from playwright.sync_api import Page

from interviewer.bank import Bank, load_bank
from interviewer.model import Question
from interviewer.resources import bank_folder
from tests.ui.serving import Server, Watched, begin, listening, say, settled

pytestmark = pytest.mark.browser

HOSTILE = (
    "Bias means the model is too simple and underfits the training data, I think. "
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> "
    "${window.hacked = 1} {{value}} &amp; &lt;b&gt; 😀 مرحبا"
)
LEVELS = {"Strong", "OK", "Weak"}


@pytest.fixture(scope="module")
def bank():
    return load_bank(bank_folder())


@pytest.fixture
def watched(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watching = Watched(context)
    yield watching
    context.close()
    assert watching.abroad == []
    assert watching.errors == []


def current_question(page: Page, bank: Bank) -> Question:
    asked = page.locator(".turn.question .words").last.inner_text()
    return next(question for question in bank if question.prompt in asked)


def finish_round(page: Page, number: int) -> None:
    """Decline follow-ups until the next question, or the end."""
    while page.locator(".turn.question").count() == number and not over(page):
        page.click('[data-intent="dont-know"]')
        page.wait_for_timeout(50)
        settled(page)


def over(page: Page) -> bool:
    return page.locator(".pill.ended").count() == 1


def test_an_interview_of_three_questions_from_setup_to_report(server, watched, bank):
    page = watched.page
    begin(page, server.url, questions=3)
    assert page.locator(".talk-progress").inner_text() == "Question 1 of 3"

    say(page, current_question(page, bank).model_answer)
    finish_round(page, 1)
    assert page.locator(".card").count() == 1

    page.fill("#answer", "a draft that is not sent")
    before = page.locator(".lines > li").all_inner_texts()
    page.reload()
    listening(page)
    assert page.locator(".talk .lines > li").all_inner_texts() == before
    assert page.input_value("#answer") == "a draft that is not sent"

    say(page, "it is a really important thing that makes the model good and people use it a lot")
    finish_round(page, 2)
    page.click('[data-intent="skip"]')
    page.wait_for_selector(".after-end:visible")
    page.click("text=See your report")
    page.wait_for_selector(".report")

    rounds = page.locator(".report .round")
    assert rounds.count() == 3
    levels = [rounds.nth(n).locator(".round-level .badge").last for n in range(3)]
    graded = [level.inner_text().strip() for level in levels]
    assert graded[0] in LEVELS
    assert graded[1] == "Weak"
    assert graded[2] == "Skipped"
    assert page.locator(".report h1").inner_text()
    quoted = rounds.nth(0).locator("tr[data-point][tabindex]").first
    quoted.focus()
    assert rounds.nth(0).locator("mark.lit").count() > 0

    with page.expect_download() as download:
        page.click("text=Download as Markdown")
    assert download.value.suggested_filename.endswith(".md")

    page.click("nav >> text=History")
    page.wait_for_selector(".past li")
    page.click("text=Open report")
    page.wait_for_selector(".report:visible")


def test_a_killed_server_and_a_new_one_go_on_where_it_was(watched, tmp_path):
    with Server(tmp_path) as server:
        begin(watched.page, server.url, questions=2)
        before = watched.page.locator(".talk .lines > li").all_inner_texts()
        server.kill()
        server.start()
        watched.page.reload()
        listening(watched.page)
        assert watched.page.locator(".talk .lines > li").all_inner_texts() == before
    # The browser logs that its open connection broke; nothing else may be wrong.
    watched.errors[:] = [text for text in watched.errors if "net::ERR_" not in text]


@pytest.mark.parametrize("leave", ["reload", "away"])
def test_an_answer_that_was_sent_is_no_draft(server, watched, leave):
    page = watched.page
    begin(page, server.url, questions=2)
    page.fill("#answer", "a model that is too simple has high bias and so it underfits")
    page.press("#answer", "Enter")
    if leave == "away":
        page.go_back()
        page.wait_for_selector('[data-stage="setup"]')
        page.wait_for_selector(".resume")
        page.go_forward()
    else:
        page.reload()
    page.wait_for_function("document.querySelectorAll('.turn.candidate').length === 1")
    listening(page)
    assert page.input_value("#answer") == ""


def test_a_second_tab_is_told_that_it_is_behind(server, watched):
    page = watched.page
    begin(page, server.url)
    second = page.context.new_page()
    second.goto(page.url)
    listening(second)
    say(page, "a model that is too simple has high bias and so it underfits")
    second.fill("#answer", "words from the other tab that must not be lost")
    second.press("#answer", "Enter")
    second.wait_for_selector(".notice.warning")
    assert second.input_value("#answer") == "words from the other tab that must not be lost"
    second.click('[data-do="catch-up"]')
    second.wait_for_function(
        "document.querySelectorAll('.talk .lines > li').length > 3"
        " && !document.querySelector('.notice')"
    )
    assert second.locator(".talk .lines").inner_text() == page.locator(".talk .lines").inner_text()
    assert second.input_value("#answer") == "words from the other tab that must not be lost"


def test_hostile_words_show_verbatim_and_do_nothing(server, watched):
    page = watched.page
    begin(page, server.url, questions=1)
    say(page, HOSTILE)
    assert page.locator(".turn.answer .words").first.inner_text() == HOSTILE
    page.reload()
    settled(page)
    assert page.locator(".turn.answer .words").first.inner_text() == HOSTILE
    page.click('[data-do="confirm-end"]')
    page.click("dialog >> text=End it")
    page.wait_for_selector(".after-end:visible")
    page.click("text=See your report")
    page.wait_for_selector(".report")
    assert page.locator(".answer-text").first.inner_text().startswith(HOSTILE)
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("text", ["", "   ", "word " * 20_000])
def test_what_cannot_be_an_answer_is_refused_and_kept(server, watched, text):
    page = watched.page
    begin(page, server.url)
    lines = page.locator(".talk .lines > li").count()
    page.fill("#answer", text)
    page.press("#answer", "Enter")
    page.wait_for_selector(".talk .notice.warning")
    assert page.input_value("#answer") == text
    assert page.locator(".talk .lines > li").count() == lines
    say(page, "a model that is too simple has high bias and so it underfits")


def test_an_interview_by_keyboard_alone(server, watched):
    page = watched.page
    page.goto(server.url)
    page.wait_for_selector(".begin:visible")
    press = page.keyboard.press

    def tab_to(selector: str, limit: int = 60) -> None:
        for _ in range(limit):
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            press("Tab")
        pytest.fail(f"{selector} cannot be reached with Tab")

    tab_to('[name="role"]')
    press("ArrowRight")
    assert page.is_checked('[name="role"][value="data-scientist"]')
    tab_to('[name="questions"]')
    page.keyboard.type("1")
    tab_to(".begin")
    press("Enter")
    listening(page)
    tab_to("#answer")
    page.keyboard.type("one line")
    press("Shift+Enter")
    page.keyboard.type("and another about models that overfit their training data")
    press("Control+Enter")
    page.wait_for_selector(".turn.answer")
    assert page.locator(".turn.answer .words").inner_text().count("\n") == 1
    settled(page)
    if not over(page):
        page.locator('[data-do="confirm-end"]').focus()
        press("Enter")
        press("Escape")
        assert not page.locator("dialog[open]").count()
        press("Enter")
        press("Tab")
        press("Enter")
    page.wait_for_selector(".after-end:visible")
    tab_to('[data-do="report"]')
    press("Enter")
    page.wait_for_selector(".report:visible")


def test_an_unfinished_interview_is_offered_again(server, watched):
    page = watched.page
    session = begin(page, server.url)
    page.goto(server.url)
    page.click("text=Resume")
    listening(page)
    assert session in page.url
    page.goto(server.url)
    page.click("text=Not now")
    page.reload()
    page.wait_for_selector(".begin:visible")
    page.wait_for_timeout(300)
    assert page.locator(".resume").count() == 0


def test_a_form_that_is_wrong_says_so_beside_the_field(server, watched):
    page = watched.page
    page.goto(server.url)
    page.wait_for_selector(".begin:visible")
    page.fill('[name="questions"]', "99")
    page.click(".begin")
    page.wait_for_selector("fieldset .field-error")
    assert "1 to 20" in page.locator(".field-error").inner_text()
    page.fill('[name="questions"]', "1")
    page.click(".begin")
    listening(page)


def test_the_bank_is_searched_filtered_and_read(server, watched, bank):
    page = watched.page
    page.goto(f"{server.url}?at=questions")
    page.wait_for_selector(".question-list")
    assert page.locator(".results .question-list a").count() == len(bank)
    page.select_option('select[name="topic"]', "llm")
    of_llm = sum(question.topic == "llm" for question in bank)
    page.wait_for_function(
        f"document.querySelectorAll('.results .question-list a').length === {of_llm}"
    )
    page.fill(".search input", "zzzz qqqq")
    page.wait_for_selector(".results .empty, .results .question-list")
    page.reload()
    page.click(".results .question-list a >> nth=0")
    page.wait_for_selector(".q-full")
    assert "question=" in page.url
    page.reload()
    page.wait_for_selector(".q-full .rubric")
    page.go_back()
    page.wait_for_selector(".bank-detail .empty")


def test_an_interview_is_deleted_after_a_question(server, watched):
    page = watched.page
    session = begin(page, server.url)
    page.click("nav >> text=History")
    page.wait_for_selector(".past li")
    page.click(f'[data-do="confirm-delete"][data-interview="{session}"]')
    page.click("dialog >> text=Keep it")
    assert page.locator(f'[data-interview="{session}"]').count() == 1
    page.click(f'[data-do="confirm-delete"][data-interview="{session}"]')
    page.click('dialog button[value="yes"]')
    page.wait_for_selector(f'[data-interview="{session}"]', state="detached")
    page.click("nav >> text=Interview")
    page.wait_for_selector(".begin:visible")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_window(server, browser, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    begin(page, server.url, questions=1)
    for url in (page.url, server.url, f"{server.url}?at=questions", f"{server.url}?at=history"):
        page.goto(url)
        page.wait_for_timeout(600)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_config_names_no_other_host(server, watched):
    watched.page.goto(server.url)
    config = json.dumps(watched.page.evaluate("window.gradio_config"))
    hosts = set(re.findall(r"https?://([^/\"\\:']+)", config))
    assert hosts <= {"127.0.0.1", "www.w3.org"}


def test_a_server_that_says_nothing_for_minutes_is_told(server, watched):
    page = watched.page
    begin(page, server.url, questions=1)
    page.clock.install()  # not sooner: a clock of its own puts Gradio's messages out of order
    page.route("**/queue/**", lambda _: None)
    page.fill("#answer", "Nobody will ever read this.")
    page.press("#answer", "Enter")
    page.wait_for_selector(".composer.busy")
    page.clock.fast_forward(121_000)
    page.wait_for_selector(".composer:not(.busy)")
    assert "has not answered for a while" in page.locator(".talk").inner_text()
    page.unroute_all(behavior="ignoreErrors")
