"""From what a recogniser wrote to what was meant: "ell one" is L1, "sigma squared over n" σ²/n.

The words are read once from left to right; at each one the longest of three readings stands: a
term of the vocabulary, a formula, a measurement. What can be read in two ways stays in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from interviewer.model import Question
from interviewer.speech.formula import Formula
from interviewer.speech.said import DIGITS, NUMBERS, Said, Unclear, cardinal, number
from interviewer.speech.vocabulary import (
    TENS,
    Meaning,
    Vocabulary,
    is_letter,
    letter_names,
    tables,
)

_PASSES: Final = 6
"""What one pass writes may complete a term for the next; nearly always the second finds nothing."""
_WRITTEN: Final = frozenset("/·^|=+-−√_&@#<>*~%.,")
"""Right after these a word is part of something written."""
_SURE: Final = 2
"""Words of a term that are certain, where a letter is heard as another word."""
_NEAR: Final = 8
"""Words within which something that is measured names a decimal."""
_THOUSAND: Final = 1_000
_MILLION: Final = 1_000_000
_EXACT: Final = 2
_OPERATORS: Final = frozenset("plus minus times over equals to point".split())
_ENDINGS: Final = frozenset("squared cubed hat bar".split())


class Normaliser:
    """Turns spoken notation into what was meant; other text comes back as it is.

    Args:
        vocabulary: The terms, and how they are said.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Arrange what is said by its words."""
        self._vocabulary = vocabulary
        self._terms: dict[str, Any] = {}
        for form, meanings in vocabulary.spoken.items():
            node = self._terms
            for word in form:
                node = node.setdefault(word, {})
            node[""] = meanings
        names = letter_names()
        self._first = self._terms.keys() | {
            name for name, (letter, _) in names.items() if letter in self._terms
        }
        self._numbers = NUMBERS | DIGITS.keys() | tables()["greek"].keys()
        self._formulas = NUMBERS | tables()["greek"].keys() | {"log", "root", "square", "big", "oh"}
        self._measures = NUMBERS | DIGITS.keys() | {"point"}

    def __call__(self, text: str) -> str:
        """The text with its spoken notation written; all else character for character."""
        for _ in range(_PASSES):
            written = self._pass(text)
            if written == text:
                break
            text = written
        return text

    def hint(self, question: Question) -> str:
        """Terms of a question, for the transcriber's prompt."""
        return self._vocabulary.hint(question)

    def _pass(self, text: str) -> str:
        said = Said(text)
        pieces: list[str] = []
        at = done = unclear = 0
        while at < len(said.words):
            word = said.words[at]
            if said.starts[at] and text[said.starts[at] - 1] in _WRITTEN:
                at += 1
                continue
            end, meant = self._term(said, at) if word in self._first else (at, "")
            if at >= unclear and self._may_begin(said, at, meant):
                try:
                    found = Formula(said, at, self._term).read()
                except Unclear as halt:
                    unclear, found = halt.reach, None
                end, meant = found if found and found[0] > end else (end, meant)
            if word in self._measures or word[0].isdecimal():
                found = _measured(said, at)
                end, meant = found if found and found[0] > end else (end, meant)
            if end > at:
                pieces += [text[done : said.starts[at]], meant]
                done = said.ends[end - 1]
            at = max(end, at + 1)
        return "".join((*pieces, text[done:])) if pieces else text

    def _term(self, said: Said, at: int) -> tuple[int, str]:
        """The longest term that is said from a word on, as (end, text); no text for none."""
        best = (at, "")
        following = said.following
        for end, meanings, sure, weak in self._walk(self._terms, said, at, at):
            doubtful = weak > 1 or (weak and sure < _SURE)
            if end <= best[0] or doubtful or _is_somebody(said, at, end):
                continue
            beside = said.previous(at), following(end - 1)
            meaning = next((item for item in meanings if item.fits(*beside)), None)
            if meaning is not None:
                best = (end, _cased(meaning.text, said.raw[at]))
        if best[1] and said.words[at] in {"a", "i"} and following(at):
            # "a r n n" is an RNN and no AR.
            return (at, "") if self._term(said, at + 1)[0] > best[0] else best
        return best

    def _walk(
        self, node: dict[str, Any], said: Said, start: int, at: int, sure: int = 0, weak: int = 0
    ) -> Iterator[tuple[int, tuple[Meaning, ...], int, int]]:
        """Every way through the terms, as (end, meanings, certain words, doubtful ones)."""
        if "" in node:
            yield at, node[""], sure, weak
        if at >= said.stops[start]:
            return
        word = said.words[at]
        if (deeper := node.get(word)) is not None:
            tells = word not in {"a", "i"}
            yield from self._walk(deeper, said, start, at + 1, sure + tells, weak)
        letter, certain = letter_names().get(word, ("", False))
        if letter and (deeper := node.get(letter)) is not None:
            weak += not certain
            yield from self._walk(deeper, said, start, at + 1, sure + certain, weak)

    def _may_begin(self, said: Said, at: int, meant: str) -> bool:
        """Whether a formula may begin at a word, by what stands before it."""
        word, before = said.words[at], said.previous(at)
        if not (word in self._formulas or is_letter(word) or meant[-1:].isupper()):
            return False
        table = tables()
        if self._is_part(before) or before == "sub" or _is_tail(said, at):
            return False
        if (before in _OPERATORS and self._is_part(said.previous(at, 2))) or (
            len(word) == 1 and before in table["named"]
        ):
            return False
        if not table["prefers"].isdisjoint(said.words[max(0, at - 3) : at]):
            return False
        count = cardinal(said, at)
        after = said.following(count[1] - 1) if count else ""
        if is_letter(after) or after == "i" or after in table["greek"]:
            return not before or before in table["leads"]
        return not count or after in _OPERATORS

    def _is_part(self, word: str) -> bool:
        """Whether a word before may be part of the same formula."""
        return is_letter(word) or word in _ENDINGS or word in self._numbers


def _is_somebody(said: Said, at: int, end: int) -> bool:
    """Whether a letter is a person: "by a p I think", "Kay means well"."""
    letters = [word for word in said.raw[at:end] if len(word) == 1]
    if "I" in letters and any(letter.islower() for letter in letters):
        return True
    then = said.following(end - 1)
    return said.words[at] in tables()["people"] and then in tables()["of_people"]


def _cased(text: str, raw: str) -> str:
    """A term with the capital that its first word was said with."""
    first, *_ = text.split()
    small = first.replace("-", "").isalpha() and first.islower()
    if small and raw[0].isupper() and (len(raw) == 1 or raw[1:].islower()):
        return text[0].upper() + text[1:]
    return text


def _measured(said: Said, at: int) -> tuple[int, str] | None:
    """A measurement, as (end, text)."""
    if _is_tail(said, at):
        return None
    found = number(said, at)
    if found is None:
        return None
    readings = (_percentile(said, at), _share(said, at, *found), _counting(said, at, *found))
    return next((item for item in readings if item is not None), None)


def _is_tail(said: Said, at: int) -> bool:
    """Whether a number is the end of one: "a hundred and ten"."""
    before = said.previous(at)
    after_and = before == "and" and said.previous(at, 2) in {"hundred", "thousand"}
    return after_and or before in NUMBERS or before == "point"


def _counting(said: Said, at: int, digits: str, end: int) -> tuple[int, str] | None:
    """A number that is written in digits: 0.9, 1e-5, 7B, 8-bit, 10,000 rows."""
    table, before = tables(), said.previous(at)
    after, then = said.following(end - 1), said.following(end - 1, 2)
    figure = said.words[at][0].isdecimal()
    if "." in digits:
        return (end, digits) if not figure and _is_decimal(said, at, end) else None
    if after == "e" and then == "minus" and said.following(end - 1, 3):
        power = cardinal(said, end + 2)
        return (power[1], f"{digits}e-{power[0]}") if power else None
    if after == "b" and (then in table["sizes"] or before in table["sizes"]):
        return end + 1, f"{digits}B"
    if after == "bit" and then in table["bits"]:
        return end + 1, f"{digits}-bit"
    value = 0 if figure else int(digits)
    large = end - at > 1 and _THOUSAND <= value < _MILLION and after in table["counted"]
    return (end, f"{value:,}") if large or (value and after in table["units"]) else None


def _share(said: Said, at: int, digits: str, end: int) -> tuple[int, str] | None:
    """A share: "ninety five percent", "five to ten percent"."""
    if said.words[at][0].isdecimal():
        return None  # figures are written already, and so is what comes after them
    if (sign := _percent(said, end)) is not None:
        sure = digits == "100" and said.following(sign - 1) in tables()["sure"]
        return None if sure else (sign, f"{digits}%")
    link = said.following(end - 1)
    if link not in {"to", "or"} and not (link == "and" and said.previous(at) == "between"):
        return None
    if not said.following(end):
        return None
    other = number(said, end + 1)
    sign = _percent(said, other[1]) if other else None
    return (sign, f"{digits} {link} {other[0]}%") if other and sign else None


def _percent(said: Said, at: int) -> int | None:
    """Where "percent" or "per cent" ends."""
    word = said.following(at - 1)
    if word == "percent":
        return at + 1
    return at + 2 if word == "per" and said.following(at) == "cent" else None


def _percentile(said: Said, at: int) -> tuple[int, str] | None:
    """A rank: "ninety fifth percentile"."""
    ranks: list[str] = tables()["ranks"]
    rank = said.following(at)
    if said.words[at] not in TENS or rank not in ranks or said.following(at, 2) != "percentile":
        return None
    unit = ranks.index(rank) + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(unit, "th")
    return at + 2, f"{TENS[said.words[at]] + unit}{ending}"


def _is_decimal(said: Said, at: int, end: int) -> bool:
    """Whether "point five" is a number and not the fifth point of a list."""
    table, before = tables(), said.previous(at)
    point = said.words.index("point", at)
    exact = end - point > _EXACT or said.words[point + 1] in {"zero", "oh", "o", "nought"}
    if point == at:
        if before in table["points"]:
            return False
        near = said.words[max(0, at - _NEAR) : at]
        return exact or (before in table["weak_before"] and not table["decimals"].isdisjoint(near))
    if before in table["greek"] and said.words[at] in {"one", "two"}:
        return False  # "beta one point nine": the first beta is 0.9
    return exact or said.words[at] != "one" or before not in table["scored"]
