"""``practice --target``: a PDF, a text file or stdin, or why not."""

from pathlib import Path

import pytest

from interviewer.settings import load_settings
from interviewer.wiring import build
from tests.cli.conftest import Run, parsed
from tests.interview.test_target import make_pdf


def target_of(run: Run) -> str:
    (row,) = parsed(run("sessions", "--json"))
    return build(load_settings()).store.load(row["id"]).plan.target


def test_a_pdf_aims_the_interview(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "cv.pdf"
    path.write_bytes(make_pdf("Bayes' theorem and priors"))
    assert run("practice", "--target", path, "--questions", "1", stdin="").exit_code == 0
    assert target_of(run) == "Bayes' theorem and priors"


@pytest.mark.parametrize(
    "data", [make_pdf("Trained large detectors"), b"Trained large detectors\n"]
)
def test_stdin_brings_the_text_and_the_interview_is_saved(run: Run, data: bytes) -> None:
    result = run("practice", "--target", "-", "--questions", "1", stdin=data)
    assert result.exit_code == 0
    assert "practice --session" in result.stderr
    assert target_of(run) == "Trained large detectors"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (make_pdf(""), "'cv.pdf' holds no text that can be read"),
        (make_pdf("Three plain words", password="x"), "'cv.pdf' is locked"),
        (b"hello", "'cv.pdf' is not a PDF"),
        (b"%PDF-1.4 broken", "the PDF is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_starts_nothing(
    run: Run, tmp_path: Path, data: bytes, said: str
) -> None:
    path = tmp_path / "cv.pdf"
    path.write_bytes(data)
    result = run("practice", "--target", path, stdin="")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert parsed(run("sessions", "--json")) == []
