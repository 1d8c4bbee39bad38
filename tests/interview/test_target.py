"""The text of a file, or a message that says why there is none."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.errors import DependencyError
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from interviewer.errors import InterviewError
from interviewer.interview import target
from interviewer.interview.target import MAX_BYTES, MAX_PAGES, read_target


def make_pdf(*pages: str, password: str | None = None, encoding: str = "latin-1") -> bytes:
    """A PDF with lines of Helvetica on each page; a blank page for an empty text."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(595, 842)
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        shown = "".join(f"({line}) Tj 0 -14 Td\n" for line in text.split("\n") if line)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 11 Tf 60 780 Td\n{shown}ET".encode(encoding))
        page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    if password is not None:
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(InterviewError) as caught:
        read_target(data, name)
    return str(caught.value)


def test_a_pdf_gives_its_lines_page_after_page():
    data = make_pdf("Ada Lovelace\nBuilt a ranking model", "Second page of it")
    assert read_target(data, "cv.pdf") == "Ada Lovelace\nBuilt a ranking model\n\nSecond page of it"


def test_a_pdf_is_known_by_what_it_holds_not_by_its_name():
    assert read_target(make_pdf("Three plain words"), "stdin") == "Three plain words"
    assert "is not a PDF" in refusal(b"Just some text.", "cv.PDF")


def test_words_cut_at_the_end_of_a_line_are_whole_again():
    assert read_target(make_pdf("Tuned opti-\nmisers for GPU-\nClusters"), "cv.pdf") == (
        "Tuned optimisers for GPU-\nClusters"
    )


def test_a_pdf_locked_only_against_changes_is_read():
    data = make_pdf("Three plain words", password="")
    assert PdfReader(io.BytesIO(data)).is_encrypted
    assert read_target(data, "cv.pdf") == "Three plain words"


def test_a_pdf_behind_a_password_is_refused():
    assert "is locked. Save it without a password" in refusal(
        make_pdf("Three plain words", password="secret"), "cv.pdf"
    )


def test_a_cipher_that_is_not_known_here_is_refused_as_locked(monkeypatch):
    def unknown(*_: object) -> None:
        raise DependencyError("cryptography is needed for AES")

    monkeypatch.setattr(PdfReader, "decrypt", unknown)
    assert "is locked" in refusal(make_pdf("Three plain words", password=""), "cv.pdf")


def test_a_scan_is_refused():
    assert "pages are pictures" in refusal(make_pdf("", ""), "scan.pdf")


def test_letters_without_codes_are_refused():
    strange = "\ufffd" * 40 + " and a few words"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, "_pages", lambda *_: iter([strange]))
        assert "letters have no codes" in refusal(b"%PDF-1.7", "cv.pdf")


@pytest.mark.parametrize("keep", [20, 200, 400])
def test_a_damaged_pdf_is_refused_or_read_never_a_crash(keep):
    data = make_pdf("Three plain words")[:keep]
    assert "Paste" in refusal(data, "cv.pdf") or "paste" in refusal(data, "cv.pdf")


@given(st.binary(max_size=400))
def test_whatever_follows_the_first_bytes_there_is_a_text_or_a_message(rest):
    with contextlib.suppress(InterviewError):
        assert read_target(b"%PDF-1.7\n" + rest, "cv.pdf")


def test_too_many_bytes_or_pages_are_refused_not_cut():
    assert "has 5.0 MB; at most 5 MB" in refusal(b"x" * (MAX_BYTES + 1), "cv.txt")
    pages = ["Three plain words"] * (MAX_PAGES + 1)
    assert f"has {MAX_PAGES + 1} pages; at most {MAX_PAGES}" in refusal(make_pdf(*pages), "a.pdf")


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(target, "SECONDS", -1.0)
    assert "takes too long" in refusal(make_pdf("Three plain words"), "cv.pdf")


def test_a_pdf_that_unpacks_to_far_more_than_text_is_refused():
    assert "cannot be read" in refusal(make_pdf("a" * 9_000_000), "bomb.pdf")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Zürich – PyTorch\r\n\r\n\r\n\r\n- LoRA".encode(), "Zürich – PyTorch\n\n- LoRA"),
        ("\ufeffBOM".encode(), "BOM"),
        ("Größe".encode("utf-16"), "Größe"),
        (b"tab\tand   spaces \n", "tab and spaces"),
        ("\uf0b7 built a model\nef\ufb01cient\x07".encode(), "• built a model\nefficient"),
    ],
)
def test_a_text_file_is_read_and_tidied(data, text):
    assert read_target(data, "cv.md") == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b"\xff\xfeg", "not UTF-8"),
        ("Größe".encode("latin-1"), "not UTF-8 text. Save it as UTF-8"),
        (b"PK\x03\x04 and so on", "Save it as a PDF, as Word can"),
        (b"\xd0\xcf\x11\xe0 and so on", "Save it as a PDF, as Word can"),
        (b"\0\0\0\0", "no text and no PDF"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(data, said):
    message = refusal(data, "cv.docx")
    assert said in message
    assert "'cv.docx'" in message
