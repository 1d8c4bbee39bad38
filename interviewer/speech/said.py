"""A text as words, and the numbers in it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from interviewer.speech.vocabulary import TENS, UNITS

_WORD: Final = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’-][^\W_]+)*")
_FIGURE: Final = re.compile(r"\d{1,9}(?:,\d{3})*(?:\.\d{1,9})?")
_TEN: Final = 10
_HUNDRED: Final = 100
_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_OPEN: Final = frozenset({"hundred", "and", *_SCALES})
_LONGEST: Final = 40
"""Words of a formula at most, so that no text takes long."""
_NOUGHTS: Final = dict.fromkeys(("zero", "oh", "o", "nought", "naught"), "0")
DIGITS: Final = {word: str(value) for word, value in UNITS.items() if value < _TEN} | _NOUGHTS
_SMALL: Final = UNITS.keys() | TENS.keys()
NUMBERS: Final = _SMALL | {"hundred", *_SCALES}


class Said:
    """A text as words, each with where the run of words ends that it is in."""

    def __init__(self, text: str) -> None:
        """Split it; a run ends where anything but space stands."""
        found = list(_WORD.finditer(text))
        self.text = text
        self.raw = [item[0] for item in found]
        self.words = [word.lower() for word in self.raw]
        self.starts = [item.start() for item in found]
        self.ends = [item.end() for item in found]
        self.stops = [len(found)] * len(found)
        for at in range(len(found) - 2, -1, -1):
            between = text[self.ends[at] : self.starts[at + 1]]
            self.stops[at] = self.stops[at + 1] if between.isspace() else at + 1

    def previous(self, at: int, back: int = 1) -> str:
        """The word so many before, in the same run; none otherwise."""
        return self.words[at - back] if at >= back and at < self.stops[at - back] else ""

    def following(self, last: int, on: int = 1) -> str:
        """The word so many after, in the same run; none otherwise."""
        return self.words[last + on] if last + on < self.stops[last] else ""


def cardinal(said: Said, start: int) -> tuple[int, int] | None:
    """A whole number in words, as (value, end)."""
    total, value, last, at = 0, -1, "", start
    while at < said.stops[start]:
        word = said.words[at]
        free = value < 0 or last in _OPEN
        if word in UNITS and (free or (last in TENS and 0 < UNITS[word] <= len(DIGITS))):
            value = max(value, 0) + UNITS[word]
        elif word in TENS and free:
            value = max(value, 0) + TENS[word]
        elif word == "hundred" and 0 < value < _HUNDRED and last not in _OPEN:
            value *= 100
        elif word in _SCALES and value > 0 and (not total or total % (_SCALES[word] * 1000) == 0):
            total, value = total + value * _SCALES[word], -1
        elif not (word == "and" and last == "hundred" and said.following(at) in _SMALL):
            break
        last, at = word, at + 1
    return (total + max(value, 0), at) if at > start else None


def decimal(said: Said, start: int) -> tuple[str, int] | None:
    """A number with a point, as (digits, end): "zero point nine", "point oh five"."""
    at, whole = start, "0"
    if said.words[at] in _NOUGHTS and said.following(at) == "point":
        at += 1
    elif said.words[at] != "point":
        number = cardinal(said, at)
        if number is None or number[1] >= said.stops[start] or said.words[number[1]] != "point":
            return None
        whole, at = str(number[0]), number[1]
    places, at = "", at + 1
    while at < said.stops[start] and (word := said.words[at]) in DIGITS:
        if said.following(at) == "point":
            break
        places, at = places + DIGITS[word], at + 1
    if not places and at < said.stops[start] and said.words[at] in TENS:
        number = cardinal(said, at)
        if number is not None and number[0] < _HUNDRED:
            places, at = str(number[0]), number[1]
    told = places and (whole, places.strip("0")) != ("0", "")
    return (f"{whole}.{places}", at) if told else None


def number(said: Said, start: int) -> tuple[str, int] | None:
    """A number in words or figures, as (digits, end)."""
    if _FIGURE.fullmatch(said.words[start]):
        return said.words[start], start + 1
    if said.words[start] == "a" and said.following(start) == "hundred":
        return "100", start + 2
    whole = cardinal(said, start)
    return decimal(said, start) or (whole and (str(whole[0]), whole[1]))


class Node(NamedTuple):
    """A part of a formula: number, letter, marked, square, power, product, ratio or group."""

    text: str
    kind: str = "letter"


class Unclear(Exception):
    """A formula that means two things; the words up to there stay as they are."""

    def __init__(self, reach: int) -> None:
        """Up to that word."""
        super().__init__(reach)
        self.reach = reach


class Cursor:
    """A place in a text that moves on as words are read.

    Args:
        said: The text.
        at: The first word.
    """

    def __init__(self, said: Said, at: int) -> None:
        """Begin there; what is read ends with the run of words."""
        self.said = said
        self.at = at
        self.stop = min(said.stops[at], at + _LONGEST)
        self.strong = False
        """Whether something was read that nobody would say but in a formula."""

    def next(self, on: int = 0) -> str:
        """A word to come; none after the run."""
        return self.said.words[self.at + on] if self.at + on < self.stop else ""

    def take(self, *phrases: str) -> bool:
        """Whether one of those comes next; it is read."""
        for phrase in phrases:
            words = phrase.split()
            end = self.at + len(words)
            if end <= self.stop and self.said.words[self.at : end] == words:
                self.at = end
                return True
        return False

    def mark(self) -> tuple[int, bool]:
        """Where it stands, to come back to."""
        return self.at, self.strong

    def back(self, mark: tuple[int, bool]) -> None:
        """To a place where it stood."""
        self.at, self.strong = mark

    def no(self, mark: tuple[int, bool]) -> Node | None:
        """Back there: nothing was read."""
        self.back(mark)
        return None
