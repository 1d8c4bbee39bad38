"""The terms of a bank, and how people say them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from interviewer.bank import Bank
from interviewer.model import FollowUp, Question

SPOKEN: Final = Path(__file__).with_name("spoken.yaml")
"""What no bank can tell: names of letters, splits, mis-hearings, and what stands beside them."""

_WORD: Final = re.compile(r"(?<![\w.@/])[A-Za-z][A-Za-z0-9]*(?:[-/@][A-Za-z0-9]+)*(?![\w(])")
_NAME: Final = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?![\w-])")
"""A capital inside a sentence."""
_SPACED: Final = re.compile(r"(?<![\w'’])[B-HJ-Zb-hj-z] [a-z]{3,}")
_CAPITALS: Final = re.compile(r"[A-Z]{2,}")
_CODED: Final = re.compile(r"(?:[A-Za-z]{2,}|[B-HJ-Zp])\d+|[A-Z]\w*-\d+|[A-Za-z]+[a-z]\d[a-z]+")
_MIXED: Final = re.compile(r"[a-z]+[A-Z]\w*|[A-Z]+[a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]+\w*")
_HEADED: Final = re.compile(r"[B-HJ-Zb-hj-z]-[A-Za-z]{3,}")
_PAIR: Final = re.compile(r"[A-Z][a-z]{2,}-[A-Z][a-z]{2,}")
_CHUNK: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_VOWELS: Final = frozenset("AEIOUY")
_MOST_FORMS: Final = 12
_MOST_SPELLED: Final = 6
_RARE: Final = 0.02
"""A word in so few of the questions, said so often in one, says what that is about."""
_OFTEN: Final = 3
_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen".split()
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
UNITS: Final[Mapping[str, int]] = {word: value for value, word in enumerate(_ONES)}
TENS: Final[Mapping[str, int]] = {word: 10 * value for value, word in enumerate(_TENS, start=2)}


class Meaning(NamedTuple):
    """What is meant by some words, and beside which words only."""

    text: str
    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    never_after: frozenset[str] = frozenset()
    never_before: frozenset[str] = frozenset()
    pair: bool = False
    """Two letters: next to a third one they are no term."""

    def fits(self, previous: str, following: str) -> bool:
        """Whether the words beside it allow it."""
        if previous in self.never_after or following in self.never_before:
            return False
        if self.pair and (is_letter(previous) or is_letter(following)):
            return False
        wanted = self.after or self.before
        return not wanted or previous in self.after or following in self.before


Forms = dict[tuple[str, ...], tuple[Meaning, ...]]
"""What is meant, by the words that are said."""


def is_letter(word: str) -> bool:
    """Whether it is a letter, and not the word a or I."""
    return len(word) == 1 and word.isalpha() and word not in {"a", "i"}


@cache
def tables() -> Mapping[str, Any]:
    """spoken.yaml; its long lines as sets of words."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = yaml.load(SPOKEN.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe one
    read["accented"] = {mark: letters.split() for mark, letters in read["accented"].items()}
    return {
        key: frozenset(value.split()) if isinstance(value, str) and key != "terms" else value
        for key, value in read.items()
    }


@cache
def letter_names() -> Mapping[str, tuple[str, bool]]:
    """The letter a word names, and whether it is surely that."""
    return {
        name: (letter, key == "letters")
        for key in ("weak_letters", "letters")
        for letter, names in tables()[key].items()
        for name in names.split()
    }


@dataclass(frozen=True)
class Vocabulary:
    """Terms of a bank, and how people say them.

    Attributes:
        terms: Written forms, most frequent first.
        spoken: What is meant, by the words as they are said.
    """

    terms: tuple[str, ...]
    spoken: Forms = field(repr=False)
    _shared: Mapping[str, int] = field(repr=False)
    _questions: int = 0

    @classmethod
    def of(cls, bank: Bank) -> Vocabulary:
        """The vocabulary of a bank; the field's own common terms are always said in it."""
        counts: Counter[str] = Counter()
        shared: Counter[str] = Counter()
        spaced: Counter[str] = Counter()
        names: Counter[str] = Counter()
        for question in bank:
            text = _text(question)
            found = Counter(_WORD.findall(text))
            counts.update(found)
            shared.update({word.lower() for word in found})
            spaced.update(pair.lower() for pair in _SPACED.findall(text))
            names.update(set(_NAME.findall(text)))
        known = _notation(counts)
        said = _said(known, counts, spaced)
        closed = {meaning.text for item in said.values() for meaning in item}
        merged = {word: n for word, n in names.items() if n > 1 and not counts[word.lower()]}
        merged |= {word: counts[word] for word in closed & counts.keys()} | known
        dull = tables()["not_terms"] | {f"{word}s" for word in merged}
        kept = merged.keys() - dull
        terms = tuple(sorted(kept, key=lambda word: (-merged[word], word)))
        return cls(terms, said, shared, len(bank))

    def hint(self, question: Question, most: int = 60) -> str:
        """The question's title and its own terms, for a transcriber's prompt.

        Args:
            question: Of the bank, or any other.
            most: Words at most.
        """
        own = list(islice(self._own(question), most))
        named = (question.title or "").rstrip(".?!")
        parts = [f"{named}:"] if named and own else [f"{named}."] if named else []
        words = " ".join([*parts, ", ".join(own) + "."] if own else parts).split()
        return " ".join(words[:most]).rstrip(":,;")

    def _own(self, question: Question) -> Iterator[str]:
        """Terms of a question, the telling ones first; then words that few questions have."""
        found = Counter(_WORD.findall(_text(question)))
        known = frozenset(self.terms)

        def telling(word: str) -> tuple[float, str]:
            share = (1 + self._questions) / (1 + self._shared.get(word.lower(), 0))
            return -found[word] * math.log(1 + share), word

        said = set()
        for word in sorted(found, key=telling):
            one = word.removesuffix("s")
            term = next((item for item in (word, one, one.lower()) if item in known), None)
            if term and term not in said:
                said |= {term, word.lower(), one.lower()}
                yield term
        for word in sorted(found, key=telling):
            rare = self._shared.get(word, 0) <= max(2, _RARE * self._questions)
            if rare and word.islower() and found[word] >= _OFTEN and word not in said:
                yield word


def _text(question: Question | FollowUp) -> str:
    """Everything of a question that is written with care."""
    parts = [question.model_answer]
    if isinstance(question, Question):
        parts += [question.title or "", question.prompt]
        parts += map(_text, question.follow_ups)
    else:
        parts.append(question.ask)
    for point in question.points:
        parts += [point.claim, *point.phrasings.written]
    return "\n".join(parts)


def _notation(counts: Mapping[str, int]) -> dict[str, int]:
    """What carries notation, in its most frequent spelling, with how often it is there."""
    by_key: dict[str, Counter[str]] = {}
    lowered = {word.lower() for word in counts}
    for word, count in counts.items():
        one = word.removesuffix("s")
        term = one if one.lower() in lowered else word
        if any(kind.fullmatch(term) for kind in (_CAPITALS, _CODED, _MIXED, _HEADED, _PAIR)):
            by_key.setdefault(term.lower(), Counter())[term] += count
    dull = tables()["not_terms"]
    found = {}
    for spellings in by_key.values():
        term, _ = max(spellings.items(), key=lambda item: (item[1], item[0]))
        if term not in dull:
            found[term] = spellings.total()
    return found


def _said(known: Mapping[str, int], counts: Mapping[str, int], spaced: Mapping[str, int]) -> Forms:
    """How the terms are said: derived from how they are written, then the tables on top."""
    said: Forms = {}
    table_terms = tables()["terms"].split()
    given = {term.lower(): term for term in (*known, *table_terms)}
    for term in given.values():
        if _PAIR.fullmatch(term):
            names = term.lower().split("-")
            if not all(name in counts for name in names):
                said.setdefault(tuple(names), (Meaning(term),))
        elif _HEADED.fullmatch(term) and term.partition("-")[2].lower() not in tables()["marks"]:
            head, noun = term.lower().split("-")
            if head in tables()["counts"] and term not in table_terms:
                continue
            if spaced.get(f"{head} {noun}", 0) < counts.get(term, 1):
                said |= _plurals((head, noun), Meaning(term))
        else:
            pair = len(term) == len("KL")
            for form in _forms(term):
                said |= _plurals(form, Meaning(term, pair=pair and len(form) == len(term)))
    for form, meant in tables()["always"].items():
        said[tuple(str(form).split())] = (Meaning(meant),)
    return said | _beside()


def _beside() -> Forms:
    """What is said beside certain words only."""
    found: Forms = {}
    for item in tables()["beside"]:
        form = tuple(item["said"].split())
        after, before, never_after, never_before = (
            frozenset(item.get(key, "").split())
            for key in ("after", "before", "never_after", "never_before")
        )
        meaning = Meaning(item["meant"], after, before, never_after, never_before)
        found[form] = (*found.get(form, ()), meaning)
    return found


def _plurals(form: tuple[str, ...], meaning: Meaning) -> Forms:
    """A form, and with an s: "g p us", "k means", "p values", "l l m's", "v a e s"."""
    *head, last = form
    found: Forms = {form: (meaning,)}
    if last.endswith("s") or last in UNITS or last.isdigit():
        return found
    many = meaning._replace(text=f"{meaning.text}s", pair=False)
    whose = meaning._replace(text=f"{meaning.text}'s", pair=False)
    spelled = len(last) == 1
    if not spelled or f"{last}s" not in {"as", "is"}:
        found[*head, f"{last}s"] = (many,)
    found[*head, f"{last}'s"] = (whose,)
    if spelled and len(head) > 1:
        found[*form, "s"] = (many,)
    return found


def _forms(term: str) -> Iterable[tuple[str, ...]]:
    """How a term of letters, digits and words is said."""
    chunks = _CHUNK.findall(term)
    letters = [chunk for chunk in chunks if not chunk.isdigit()]
    if len(chunks) == 1 and len(term) == len("KL") and _VOWELS & set(term):
        return  # "a i", "i d": words, unless they stand beside the right ones
    if len(letters) == len(chunks) and len(term) <= _MOST_SPELLED and term.isalpha():
        yield tuple(term.lower())
    if len(chunks) == 1 and term.isupper():
        yield tuple(term.lower())
        return
    short = [item for item in letters if not item.isupper() and len(item) <= len("LU")]
    if len(chunks) == 1 or (short and len(letters) == len(chunks)):
        return
    plain = all(len(item) > 1 and not item.isupper() for item in letters)
    if plain and len(letters) == len(chunks):
        return  # "batch norm", "group norm": words as they are
    ways = [_ways(chunk) for chunk in chunks]
    for way in islice(product(*ways), _MOST_FORMS):
        yield tuple(word for part in way for word in part)


def _ways(chunk: str) -> list[tuple[str, ...]]:
    """How a part of a term is said."""
    if chunk.isdigit():
        return [*_number(chunk), (chunk,)]
    whole = (chunk.lower(),)
    spelled = tuple(chunk.lower())
    if len(chunk) == 1:
        return [whole]
    if chunk.isupper() or len(chunk) <= len("bf"):
        return [spelled, whole]
    return [whole]


def _number(digits: str) -> list[tuple[str, ...]]:
    """A number of up to three digits in words; longer ones digit by digit."""
    value = int(digits)
    by_digit = tuple(_ONES[int(digit)] for digit in digits)
    if len(digits) > len("999") or digits.startswith("0"):
        return [by_digit]
    head, rest = divmod(value, 100)
    small: tuple[str, ...] = ()
    if rest >= len(_ONES):
        small = (_TENS[rest // 10 - 2], *([_ONES[rest % 10]] if rest % 10 else []))
    elif rest or not head:
        small = (_ONES[rest],)
    if not head:
        return [small]
    ways = [(_ONES[head], "hundred", *small), by_digit]
    if small:
        ways.append((_ONES[head], *small))
    return [*ways, ("a", "hundred", *small)] if head == 1 else ways
