"""Whether words stand in an order in which people say them.

A bag of the right words fools every grader that matches words. English shows its
order in its function words: each word is reduced to itself (function words) or to
its ending, and neighbouring classes are scored by how much more often than chance
they follow each other (pointwise mutual information, Church & Hanks 1990) in the
bank's own answers. ``evals/fit_embedded.py`` counts them. Capitals and full stops
that stand where nobody puts them tell the same of terse notes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interviewer.grading.lexicon import FILLERS, FUNCTION_WORDS, is_negator

TABLE = Path(__file__).parent / "order.npz"
RULES = ((0.3, 0.02, 16), (0.22, -0.1, 30))
"""Share of function words from which, mean association below which, and words from which
the order is no better than chance; terse notes have few function words: they must be
longer and further off."""

_ENDINGS = ("ing", "ed", "ly", "tion", "ment", "ness", "ity", "ance", "ence", "s")
_RARE = 8
_STARTS = 2
"""Sentences from which capitals and full stops can be compared."""
_STOP = re.compile(r"[.!?][\"')\]]*$")
_SHORT_FORM = re.compile(r"\b(?:e\.g|i\.e|vs|etc|cf|al|approx|[A-Za-z])\.$")
_BEFORE_CAPITAL = re.compile(r"[:;\-–—•>/|]$|^\d+[.)]$")
_CAPITALISED = re.compile(r"[A-Z][a-z]+(?![A-Za-z])")
_SMOOTHING = 1.5


def disordered(text: str) -> bool:
    """Whether a text is a bag of words: enough of them, in no order people use."""
    if _scattered(text):
        return True
    classes = _classes(text)
    if not classes:
        return False
    share = sum(not name.startswith("*") for name in classes) / len(classes)
    if share < RULES[-1][0] or len(classes) < RULES[0][2]:
        return False
    index, table = _table()
    rest = index["*"]
    places = np.array([index.get(name, rest) for name in classes])
    association = float(table[places[:-1], places[1:]].mean())
    return any(
        share >= least and association < most and len(classes) >= words
        for least, most, words in RULES
    )


def _scattered(text: str) -> bool:
    """Whether sentences begin small while capitals stand inside them, as in shuffled text."""
    words = text.split()
    starts = small = capitals = functions = 0
    for before, word in pairwise(words):
        bare = word.lstrip("\"'([{“‘")
        if not bare[:1].isalpha():
            continue
        if _STOP.search(before) and not _SHORT_FORM.search(before):
            starts += 1
            small += bare[0].islower()
        elif _CAPITALISED.match(bare) and not _BEFORE_CAPITAL.search(before):
            capitals += 1
            functions += re.split(r"[^A-Za-z]", bare)[0].lower() in FUNCTION_WORDS
    if starts < _STARTS or small < starts / 2:
        return False
    return functions >= 2 or capitals >= max(3, starts / 2) or (functions == 1 and capitals == 2)


def count(texts: Iterable[str]) -> tuple[NDArray[np.str_], NDArray[np.float16]]:
    """The classes found in texts, and their association as neighbours, shape (k, k)."""
    rows = [_classes(text) for text in texts]
    single = Counter(name for row in rows for name in row)
    names = sorted(name for name, times in single.items() if times >= _RARE or name == "*")
    index = {name: place for place, name in enumerate(names)}
    rest = index["*"]
    pairs = np.zeros((len(names), len(names)))
    for row in rows:
        places = [index.get(name, rest) for name in row]
        np.add.at(pairs, (places[:-1], places[1:]), 1)
    chance = np.outer(pairs.sum(axis=1), pairs.sum(axis=0)) / max(pairs.sum(), 1)
    scores = np.log((pairs + _SMOOTHING) / (chance + _SMOOTHING))
    return np.array(names), scores.astype(np.float16)


def _classes(text: str) -> list[str]:
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("’", "'"))
    said = [word for word in words if word not in FILLERS]
    return [
        _class(word) for place, word in enumerate(said) if place == 0 or word != said[place - 1]
    ]


def _class(word: str) -> str:
    if word in FUNCTION_WORDS or is_negator(word):
        return word
    return next((f"*{end}" for end in _ENDINGS if word.endswith(end)), "*")


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, int], NDArray[np.float32]]:
    with np.load(TABLE) as held:
        names, scores = held["names"], held["scores"].astype(np.float32)
    return {str(name): place for place, name in enumerate(names)}, scores
