"""The text of a job description or a résumé, out of the file it comes in.

The only module that imports pypdf. What an interview makes of the text is in
``interviewer.interview.aim``.
"""

from __future__ import annotations

import codecs
import io
import logging
import re
import time
from pathlib import PurePath
from typing import Final

from interviewer.errors import InterviewError

MAX_BYTES: Final = 5_000_000
"""Of a file."""
MAX_PAGES: Final = 30
SECONDS: Final = 20.0
"""What reading a PDF may take."""

_STREAM_BYTES: Final = 8_000_000
_STREAM_STEPS: Final = 500_000
"""Of one unpacked page, and its drawing steps: more is no text a person wrote."""
_MIN_WORDS: Final = 3
_UNREADABLE_SHARE: Final = 0.1

_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024
_ZIP: Final = b"PK\x03\x04"
_OLD_WORD: Final = b"\xd0\xcf\x11\xe0"

_LIGATURES: Final = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st",
    0xFB06: "st", 0x00AD: "", 0x200B: "", 0xFEFF: "", 0x00A0: " ",
}  # fmt: skip
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def read_target(data: bytes, name: str) -> str:
    """The text of a PDF or a text file.

    Args:
        data: The file.
        name: What it is called, for its kind and for messages.

    Raises:
        InterviewError: It is too large, locked, a scan, damaged, or of another
            kind; the message says what to do.
    """
    if len(data) > MAX_BYTES:
        raise InterviewError(
            f"'{name}' has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read. "
            "Paste its text instead."
        )
    is_pdf = _PDF in data[:_PDF_WITHIN]
    if PurePath(name).suffix.lower() == ".pdf" and not is_pdf and data:
        raise InterviewError(f"'{name}' is not a PDF, whatever its name says. Paste its text.")
    text = _tidy(_pdf_text(data, name) if is_pdf else _plain_text(data, name))
    if not text:
        raise InterviewError(f"'{name}' is empty. Choose another file, or paste the text.")
    return text


def _plain_text(data: bytes, name: str) -> str:
    if data.startswith((_ZIP, _OLD_WORD)):
        raise InterviewError(
            f"'{name}' is no text and no PDF. Save it as a PDF, as Word can, or paste its text."
        )
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InterviewError(
            f"'{name}' is not UTF-8 text. Save it as UTF-8 or as a PDF, or paste its text."
        ) from error
    if "\0" in text:
        raise InterviewError(f"'{name}' is no text and no PDF. Save it as one of them.")
    return text


def _pdf_text(data: bytes, name: str) -> str:
    try:
        text = "\n\n".join(_pages(data, name))
    except InterviewError:
        raise
    except Exception as error:  # broken files make pypdf fail in many ways
        raise InterviewError(
            f"'{name}' cannot be read: the PDF is damaged or of an unusual kind. "
            "Save it again as a PDF, or paste its text."
        ) from error
    unreadable = len(_PRIVATE.findall(text)) + text.count("\N{REPLACEMENT CHARACTER}")
    if len(_WORD.findall(text)) < _MIN_WORDS or unreadable > _UNREADABLE_SHARE * len(text):
        raise InterviewError(
            f"'{name}' holds no text that can be read: its pages are pictures, as in a scan, or "
            "its letters have no codes. Paste the text, or save it from where it was written."
        )
    # A word cut at the end of a line.
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text.translate(_LIGATURES))


def _pages(data: bytes, name: str) -> list[str]:
    import pypdf
    from pypdf.errors import DependencyError

    # Its remarks on broken files are for people who write PDF software.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    deadline = time.monotonic() + SECONDS

    def check_time(*_: object) -> None:
        if time.monotonic() > deadline:
            raise InterviewError(
                f"'{name}' takes too long to read. Save it as a simpler PDF, or paste its text."
            )

    with pypdf.apply_configuration(
        zlib_maximum_output_length=_STREAM_BYTES,
        lzw_maximum_output_length=_STREAM_BYTES,
        run_length_maximum_output_length=_STREAM_BYTES,
        stream_parsing_work_maximum_count=_STREAM_STEPS,
    ):
        reader = pypdf.PdfReader(io.BytesIO(data))
        try:
            # Many files are locked against changes only, and open with no password.
            locked = reader.is_encrypted and not reader.decrypt("")
        except DependencyError:
            locked = True
        if locked:
            raise InterviewError(
                f"'{name}' is locked. Save it without a password, or paste its text."
            )
        if len(reader.pages) > MAX_PAGES:
            raise InterviewError(
                f"'{name}' has {len(reader.pages)} pages; at most {MAX_PAGES} are read. "
                "Save those that matter, or paste their text."
            )
        texts = []
        for page in reader.pages:
            check_time()
            texts.append(page.extract_text(visitor_operand_before=check_time))
        return texts


def _tidy(text: str) -> str:
    """Lines without what no page can show; bullets of symbol fonts are bullets."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").translate(_LIGATURES)
    text = re.sub("(?m)^[ \t]*[\ue000-\uf8ff]", "• ", text)
    text = _PRIVATE.sub("", _CONTROL.sub("", text))
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
