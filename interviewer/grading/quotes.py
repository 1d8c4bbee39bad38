"""Find a quote in an answer: the words must be there, in that order.

Only case, white space, punctuation and the form of a character (NFKD, Unicode
Standard Annex 15) may differ; nothing is matched by nearness.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from interviewer.model import Span

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese: no spaces between words."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’][^\W_{_UNSPACED}]+)*")
_CONTINUES = re.compile(rf"[{_UNSPACED}]")
_ELLIPSIS = re.compile(r"[\[(]?\s*(?:\.(?:\s?\.){2,}|…)\s*[\])]?")
_FEWEST = 2
"""Words a quote needs, unless the whole answer has fewer."""
_FEWEST_JOINED = 4
"""Words the first of several pieces needs."""


def find(quote: str, text: str, standing: str | None = None) -> Span | None:
    """Where a text says the words of a quote.

    A quote of pieces joined by an ellipsis is found when every piece is, in order;
    its place is that of the first piece.

    Args:
        quote: The words, as somebody copied them.
        text: Where they should stand.
        standing: The text with spaces where words may not count, of the same length; at
            least half of a quote's words must stand there.

    Returns:
        The first place that counts, or None.
    """
    kept = text if standing is None else standing
    whole = _first(quote, text, kept, 0)
    pieces = [piece for piece in _ELLIPSIS.split(quote) if count_words(piece)]
    if whole or not pieces or (len(pieces) > 1 and count_words(pieces[0]) < _FEWEST_JOINED):
        return whole
    found: list[Span] = []
    for piece in pieces:
        place = _first(piece, text, kept, found[-1].end if found else 0)
        if place is None:
            return None
        found.append(place)
    return found[0]


def count_words(text: str) -> int:
    """How many words a text has; where words are not spaced, every character is one."""
    return sum(1 for _ in _WORD.finditer(text))


def _first(quote: str, text: str, kept: str, after: int) -> Span | None:
    fewest = min(_FEWEST, count_words(text))
    for span in _places(quote, text):
        half = (count_words(span.of(text)) + 1) // 2
        if span.start >= after and count_words(span.of(kept)) >= max(1, fewest, half):
            return span
    return None


def _places(quote: str, text: str) -> Iterator[Span]:
    """Every place where a text has the letters of a quote as whole words."""
    letters, places = _letters(text)
    wanted, _ = _letters(quote)
    at = letters.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if _parted(text, places, at) and _parted(text, places, end):
            yield Span(start=places[at], end=places[end - 1] + 1)
        at = letters.find(wanted, at + 1)


def _parted(text: str, places: tuple[int, ...], at: int) -> bool:
    """Whether no word runs on across a place between two letters."""
    if at in {0, len(places)}:
        return True
    before, here = places[at - 1], places[at]
    return here - before > 1 or (
        here != before and bool(_CONTINUES.match(text[before]) or _CONTINUES.match(text[here]))
    )


@lru_cache(maxsize=32)
def _letters(text: str) -> tuple[str, tuple[int, ...]]:
    """Letters, digits and marks of a text, folded, and where each stands in it."""
    found: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character.casefold()):
            if letter.isalnum() or unicodedata.category(letter).startswith("M"):
                found.append(letter)
                places.append(place)
    return "".join(found), tuple(places)
