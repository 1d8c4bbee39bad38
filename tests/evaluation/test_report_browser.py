"""The report page in a real Chromium, from a file, with nothing else to reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from interviewer.evaluation.report import write_report
from tests.evaluation.making import HOSTILE, make_probe, make_row, make_run
from tests.ui.serving import Watched, chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    rows = [
        make_row(1, truth="w", level="s", answer=HOSTILE, confidence=0.9),
        make_row(2, truth="o", level="s", answer="gradients vanish " * 80),
        make_row(
            3, truth="s", level="o", answer="the kernel trick", said={"bias": ("covered", (0, 10))}
        ),
        make_row(4, truth="s", level="s"),
        make_row(5, truth="o", level=None, answer="unheard"),
    ]
    first = make_run(rows=rows, probes=(make_probe(held=False, answer=HOSTILE),))
    second = make_run(levels="swwo", truths="wwwo", grader="other", split="dev")
    path = tmp_path_factory.mktemp("report") / "page.html"
    write_report(path, [first, second])
    return path


@pytest.fixture(params=[(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")], ids=str)
def watched(request, browser, file):
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    watching = Watched(context)
    watching.page.goto(file.as_uri())
    yield watching
    context.close()
    assert watching.abroad == [file.as_uri()]
    assert watching.errors == []


def shown(page: Page) -> list[str]:
    found = page.locator("#run-1 .case:visible").evaluate_all(
        "cases => cases.map(item => item.id.replace('run-1-', ''))"
    )
    assert page.locator("#run-1-wrong output").inner_text() == f"{len(found)} shown"
    return list(found)


def test_nothing_runs_overflows_or_is_left_unstyled(watched):
    page = watched.page
    for summary in page.locator("#run-1 summary").all():
        summary.click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#run-1 .case .answer").first.inner_text() == HOSTILE
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    track, fill = (
        page.locator(f"#run-1 .row:has-text('fundamentals') {part}").bounding_box()
        for part in (".track", ".fill")
    )
    assert track
    assert fill
    assert fill["width"] == pytest.approx(track["width"] / 4, abs=1)
    light = watched.page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == ("rgb(246, 243, 236)" if light else "rgb(22, 21, 19)")


def test_filters_narrow_together_and_can_be_cleared(watched):
    page = watched.page
    everything = shown(page)
    assert everything == ["q1-1", "q1-2", "q2-3", "q3-5"]
    page.select_option("#run-1-given", "strong")
    assert shown(page) == ["q1-1", "q1-2"]
    page.fill("#run-1-text", "Vanish GRADIENTS")
    assert shown(page) == ["q1-2"]
    page.select_option("#run-1-truth", "strong")
    assert shown(page) == []
    assert page.locator("#run-1 .nothing").is_visible()
    page.click("#run-1-wrong button[type=reset]")
    expect(page.locator("#run-1-wrong output")).to_have_text("4 shown")
    assert shown(page) == everything
    page.select_option("#run-1-given", "ungraded")
    assert shown(page) == ["q3-5"]


def test_the_keyboard_reaches_everything(watched):
    page = watched.page
    page.keyboard.press("/")
    page.keyboard.type("kernel")
    assert shown(page) == ["q2-3"]
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert page.locator("#run-1-q2-3[open] mark.covered").is_visible()
    assert page.locator("#run-1-q2-3 mark .tag").inner_text() == "covered 1"


def test_one_run_shows_at_a_time_and_an_address_opens_its_answer(watched, file):
    page = watched.page
    assert page.locator("main:visible").count() == 1
    page.click("[data-run=run-2]")
    page.wait_for_selector("#run-2:visible")
    assert not page.locator("#run-1").is_visible()
    page.goto(f"{file.as_uri()}#run-1-q1-2")
    page.wait_for_selector("#run-1-q1-2[open] .body:visible")
    watched.abroad[1:] = [item for item in watched.abroad[1:] if not item.startswith("file:")]
