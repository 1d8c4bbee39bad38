"""Cut an answer into clauses, for written text and for unpunctuated speech."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from interviewer.grading.words import Words

_BREAK = re.compile(r"[.!?;:\n]|,\s|\s[-–—]\s|\(|\)")
_SIGNS = re.compile(r"[^\w\s.,;:!?–—。，、！？；：]*")
_STOP = re.compile(r"[.!?][\"'”’)\]]*\s|\n")
_MARKERS = frozenset(
    "and but so because whereas while then which if when where since also plus although".split()
)
_SHORTEST = 5
_LONGEST = 18
_RUN = 7
_MOST = 0.6
_FAR = 6
_FOUND = 0.65
_ALIKE = 0.02
"""Places of an answer whose cosines with a word differ by less are alike."""
_ABBREVIATED = frozenset({"vs", "g", "e", "cf", "approx"})
"""Last words of short forms that end in a full stop, as in vs., e.g. and i.e."""


def clauses(words: Words) -> NDArray[np.int64]:
    """First word of each clause, ascending from 0.

    A clause ends at punctuation; where there is none for long, as in a raw
    transcript, it ends before a conjunction, and at the latest after 18 words.
    """
    starts = [0]
    for index in range(1, len(words)):
        length = index - starts[-1]
        gap = _gap(words, index)
        hard = bool(re.search(r"[.!?;\n]", gap)) and not _inner(words, index)
        soft = _broken(words, index)
        if hard or (soft and length >= _SHORTEST) or length >= _LONGEST:
            starts.append(index)
    return np.array(starts, dtype=np.int64)


def places_of(near: NDArray[np.float32], sought: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where in the answer the words of a wording that are sought stand, shape (sought words,).

    Of a word that stands there twice, the place nearest to the others counts; -1 is nowhere.

    Args:
        near: Cosines of the wording's words with the answer's, shape (words, words of the answer).
        sought: Shape (words,), its content words, and those that decide.
    """
    rows = near[sought]
    places = np.full(len(rows), -1, dtype=np.int64)
    if not rows.size:
        return places
    best = rows.max(axis=1)
    found = best >= min(_FOUND, float(best.max()))
    alike = rows[found] >= best[found, None] - _ALIKE
    columns = np.arange(rows.shape[1])
    apart = np.abs(columns[:, None] - columns)
    middle = sum(apart[row].min(axis=0) for row in alike).argmin()
    places[found] = np.where(alike, apart[middle], rows.shape[1]).argmin(axis=1)
    return places


def trim(
    words: Words,
    window: tuple[int, int],
    places: NDArray[np.int64],
    vital: NDArray[np.int64] | None = None,
) -> tuple[int, int]:
    """The clauses of a window that hold its matched words, as characters of the text.

    Where the others stand in one sentence, a lone word before or after it is left out.

    Args:
        words: The answer.
        window: First and last word (exclusive).
        places: Where in the window the words of a wording were found; -1 is nowhere.
        vital: Those that are never left out.
    """
    hits = np.unique(places[places >= 0]) + window[0]
    if not len(hits):
        hits = np.arange(*window)
    hits = _foremost(words, hits, set() if vital is None else set((vital + window[0]).tolist()))
    first, last = int(hits[0]), int(hits[-1]) + 1
    starts = clauses(words)
    begin = int(starts[np.searchsorted(starts, first, side="right") - 1])
    after = starts[np.searchsorted(starts, last - 1, side="right") :]
    end = int(after[0]) if len(after) else len(words)
    # Far from the next part: cut at the word itself; else where the clause was cut for its length.
    if first - begin > _FAR or not _broken(words, begin):
        rough = first if first - begin > _FAR else begin
        near = range(first, max(first - _FAR, 0) - 1, -1)
        begin = next((at for at in near if _broken(words, at)), rough)
    if end - last > _FAR or not _broken(words, end):
        rough = last if end - last > _FAR else end
        near = range(last, min(last + _FAR, len(words)) + 1)
        end = next((at for at in near if _broken(words, at)), rough)
    for _ in range(_FAR):
        begin -= _joined(words, begin)
        end += _joined(words, end)
    start, stop = int(words.spans[begin, 0]), int(words.spans[end - 1, 1])
    quoted = words.text[start:stop]
    more = quoted.count("(") - quoted.count(")")
    if more > 0 and words.text[stop : stop + 1] == ")":
        stop += 1
    elif more < 0 and words.text[start - 1 : start] == "(":
        start -= 1
    return start, stop


def _joined(words: Words, index: int) -> bool:
    """Whether nothing but signs, as in f(x), stands between this word and the one before."""
    if not 0 < index < len(words):
        return False
    gap = _gap(words, index)
    return bool(_SIGNS.fullmatch(gap)) or (_inner(words, index) and not re.search(r"\s", gap))


def _broken(words: Words, index: int) -> bool:
    """Whether a part of a sentence, however short, begins with this word."""
    if index in {0, len(words)}:
        return True
    breaks = bool(_BREAK.search(_gap(words, index))) and not _inner(words, index)
    return breaks or words.lower[index] in _MARKERS


def _foremost(words: Words, hits: NDArray[np.int64], vital: set[int]) -> NDArray[np.int64]:
    """Matched words without a lone one of another sentence, first or last."""
    for less in (hits, hits[1:], hits[:-1], hits[1:-1]):
        few = len(hits) - len(less) < len(less)
        if few and not _apart(words, less[0], less[-1]):
            return less if vital.isdisjoint(np.setdiff1d(hits, less).tolist()) else hits
    return hits


def _apart(words: Words, one: np.int64, other: np.int64) -> bool:
    return any(_parted(words, at) for at in range(int(one) + 1, int(other) + 1))


def _parted(words: Words, index: int) -> bool:
    """Whether a sentence begins with this word."""
    if not 0 < index < len(words) or _inner(words, index):
        return False
    return bool(_STOP.search(_gap(words, index)))


def _gap(words: Words, index: int) -> str:
    """What stands between a word and the one before."""
    return words.text[words.spans[index - 1, 1] : words.spans[index, 0]]


def _inner(words: Words, index: int) -> bool:
    """Whether the sign before this word ends nothing, as in 1.5x, np.mean, weight_decay and e.g."""
    gap = _gap(words, index)
    if gap.startswith(".") and words.lower[index - 1] in _ABBREVIATED:
        return "\n" not in gap
    follows = words.text[words.spans[index, 0]]
    return gap in {".", ",", "_"} and (follows.isdigit() or follows.islower())


def _hyphenated(words: Words, index: int) -> bool:
    """Whether a word hangs on its neighbour by a hyphen, as the "of" of "out-of-fold" does."""
    before = words.text[words.spans[index - 1, 1] : words.spans[index, 0]] if index else ""
    after = (
        words.text[words.spans[index, 1] : words.spans[index + 1, 0]]
        if index + 1 < len(words)
        else ""
    )
    return "-" in {before, after}


def is_list(words: Words) -> bool:
    """Whether an answer is a bare list of terms.

    True when most words stand in runs of seven or more terms that no function
    word, operator, full stop or colon relates to each other. Commas only list.
    """
    listed, run = 0, 0
    for index in range(len(words) + 1):
        ends = index == len(words) or words.lower[index] in "=<>+/^"
        ends = ends or not (words.content[index] or _hyphenated(words, index))
        if not ends and index:
            gap = words.text[words.spans[index - 1, 1] : words.spans[index, 0]]
            if gap != "-" and re.search(r"[.:;!?()→-]", gap):
                listed += run if run >= _RUN else 0
                run = 0
        if ends:
            listed += run if run >= _RUN else 0
            run = 0
        else:
            run += 1
    return bool(len(words)) and listed / len(words) >= _MOST
