"""A file on the setup page: its text lands in the field, and nothing is lost."""

import base64

import pytest
from playwright.sync_api import FilePayload
from pydantic import ValidationError

from interviewer.interview.target import MAX_BYTES
from interviewer.ui import setup
from interviewer.ui.interview import InterviewPage
from interviewer.ui.wire import Ask, Reply
from tests.interview.test_target import make_pdf
from tests.ui.serving import Server, Watched, chromium, listening


def sent(data: bytes, name: str = "cv.pdf") -> Ask:
    return Ask(do="file", file=base64.b64encode(data).decode(), file_name=name)


def read(data: bytes, name: str = "cv.pdf") -> Reply:
    return setup.read_file(sent(data, name))


def test_the_text_of_a_pdf_is_told_to_the_page():
    reply = read(make_pdf("Trained detectors", "Served them"))
    assert reply.tell == {"target": "Trained detectors\n\nServed them"}
    assert "4 words from cv.pdf" in reply.slots["target-found"]
    assert reply.slots["error-target"] == ""
    assert reply.final


def test_the_interview_page_takes_a_file(parts):
    (reply,) = InterviewPage(parts).handle(sent(make_pdf("Trained large detectors")))
    assert reply.tell["target"] == "Trained large detectors"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (make_pdf(""), "scan.pdf", "pages are pictures"),
        (make_pdf("Three plain words", password="x"), "cv.pdf", "is locked"),
        (b"hello", "cv.pdf", "is not a PDF"),
        (b"", "cv.txt", "is empty"),
        (b"x" * (MAX_BYTES + 1), "cv.txt", "at most 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_changes_only_the_message(data, name, said):
    reply = read(data, name)
    assert reply.tell == {}
    assert said in reply.slots["error-target"]
    assert "field-error" in reply.slots["error-target"]


def test_a_text_that_is_too_long_is_given_whole_with_what_to_do():
    reply = read(b"word " * 5_000, "long.txt")
    assert len(reply.tell["target"]) == 24_999
    assert "24,999 characters; 20,000 fit" in reply.slots["error-target"]


def test_what_arrives_broken_is_refused():
    reply = setup.read_file(Ask(do="file", file="@@@", file_name="cv.pdf"))
    assert "did not arrive whole" in reply.slots["error-target"]


def test_a_name_is_never_markup():
    reply = read(b"some text of mine", "<img src=x onerror=alert(1)>.txt")
    assert "<img" not in reply.slots["target-found"]
    assert "The file" in setup.read_file(Ask(do="file", file_name="")).slots["error-target"]


def test_more_than_a_file_may_have_is_not_even_looked_at():
    with pytest.raises(ValidationError):
        Ask(do="file", file="x" * 8_000_001)


RESUME = """<h1>Ada L.</h1><ul><li>Trained detectors for rust on ships</li>
<li>Segmented hulls pixel by pixel</li></ul>"""


@pytest.mark.browser
def test_a_pdf_is_chosen_corrected_and_aims_the_interview(tmp_path):
    with Server(tmp_path) as server, chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        watched = Watched(context)
        page = watched.page
        page.set_content(RESUME)
        made = page.pdf()
        page.goto(server.url)
        page.wait_for_selector(".begin:visible")
        page.click(".target summary")
        page.fill("#target", "My own words")

        page.set_input_files("#target-file", files=[payload("cv.pdf", made)])
        page.wait_for_selector("text=words from cv.pdf")
        assert "Segmented hulls pixel by pixel" in page.input_value("#target")
        assert page.locator("[data-aimed]").is_visible()
        page.click("text=Put back what stood here")
        assert page.input_value("#target") == "My own words"

        page.set_input_files("#target-file", files=[payload("scan.pdf", make_pdf(""))])
        page.wait_for_selector(".target .field-error")
        assert "pages are pictures" in page.locator(".target .field-error").inner_text()
        assert page.input_value("#target") == "My own words"
        big = payload("big.txt", b"x" * (MAX_BYTES + 1))
        page.set_input_files("#target-file", files=[big])
        page.wait_for_selector("text=at most 5 MB are read")

        drop(page, "dropped.txt", "Serve feature stores at low latency\n" * 100_000)
        page.wait_for_selector("text=words from dropped.txt")
        page.wait_for_selector("text=20,000 fit")
        drop(page, "small.txt", "Serve feature stores at low latency")
        page.wait_for_selector("text=6 words from small.txt")
        page.click(".begin")
        listening(page)
        assert watched.errors == []
        assert watched.abroad == []


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def drop(page, name: str, text: str) -> None:
    """Drop a file on the form, as a hand would."""
    page.evaluate(
        """([name, text]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text], name, { type: "text/plain" }));
          const options = { bubbles: true, cancelable: true, dataTransfer };
          const form = document.querySelector(".setup-form");
          form.dispatchEvent(new DragEvent("dragover", options));
          form.dispatchEvent(new DragEvent("drop", options));
        }""",
        [name, text],
    )
