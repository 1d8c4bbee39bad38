"""Whether words stand in an order in which people say them.

A bag of the right words fools every grader that matches words. English shows its
order in its function words: each word is reduced to itself (function words) or to
its ending, and neighbouring classes are scored by how much more often than chance
they follow each other (pointwise mutual information, Church & Hanks 1990) in the
bank's own answers. ``evals/fit_embedded.py`` counts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
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
_SMOOTHING = 1.5


def disordered(text: str) -> bool:
    """Whether a text is a bag of words: enough of them, in no order people use."""
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
