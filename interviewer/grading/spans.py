"""Cut an answer into clauses, for written text and for unpunctuated speech."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from interviewer.grading.words import Words

_BREAK = re.compile(r"[.!?;:\n]|,\s|\s[-–—]\s|\(|\)")
_STOP = re.compile(r"[.!?][\"'”’)\]]*\s|\n")
_MARKERS = frozenset(
    "and but so because whereas while then which if when where since also plus although".split()
)
_SHORTEST = 5
_LONGEST = 18
_RUN = 7
_MOST = 0.6
_FAR = 6
_SCRAP = 3


def clauses(words: Words) -> NDArray[np.int64]:
    """First word of each clause, ascending from 0.

    A clause ends at punctuation; where there is none for long, as in a raw
    transcript, it ends before a conjunction, and at the latest after 18 words.
    """
    starts = [0]
    for index in range(1, len(words)):
        length = index - starts[-1]
        gap = words.text[words.spans[index - 1, 1] : words.spans[index, 0]]
        hard = bool(re.search(r"[.!?;\n]", gap))
        soft = bool(_BREAK.search(gap)) or words.lower[index] in _MARKERS
        if hard or (soft and length >= _SHORTEST) or length >= _LONGEST:
            starts.append(index)
    return np.array(starts, dtype=np.int64)


def trim(words: Words, window: tuple[int, int], matched: NDArray[np.bool_]) -> tuple[int, int]:
    """The clauses of a window that hold its matched words, as characters of the text.

    A lone word that matches in another sentence, first or last, is left out.

    Args:
        words: The answer.
        window: First and last word (exclusive).
        matched: Shape (window size,), words that match the wording well.
    """
    hits = np.flatnonzero(matched) + window[0]
    if not len(hits):
        hits = np.arange(*window)
    hits = _foremost(words, hits)
    first, last = int(hits[0]), int(hits[-1]) + 1
    starts = clauses(words)
    begin = int(starts[np.searchsorted(starts, first, side="right") - 1])
    after = starts[np.searchsorted(starts, last - 1, side="right") :]
    end = int(after[0]) if len(after) else len(words)
    if first - begin > _FAR or not _broken(words, begin):
        rough = first if first - begin > _FAR else begin
        near = range(first, max(first - _FAR, 0) - 1, -1)
        begin = next((at for at in near if _broken(words, at)), rough)
    if end - last > _FAR or not _broken(words, end):
        rough = last if end - last > _FAR else end
        near = range(last, min(last + _FAR, len(words)) + 1)
        end = next((at for at in near if _broken(words, at)), rough)
    return int(words.spans[begin, 0]), int(words.spans[end - 1, 1])


def _broken(words: Words, index: int) -> bool:
    """Whether a part of a sentence, however short, begins with this word."""
    if index in {0, len(words)}:
        return True
    gap = words.text[words.spans[index - 1, 1] : words.spans[index, 0]]
    return bool(_BREAK.search(gap)) or words.lower[index] in _MARKERS


def _foremost(words: Words, hits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Matched words without a lone one of another sentence, first or last."""
    while len(hits) > _SCRAP:
        if _apart(words, hits[0], hits[1]):
            hits = hits[1:]
        elif _apart(words, hits[-2], hits[-1]):
            hits = hits[:-1]
        else:
            break
    return hits


def _apart(words: Words, one: np.int64, other: np.int64) -> bool:
    return any(_parted(words, at) for at in range(int(one) + 1, int(other) + 1))


def _parted(words: Words, index: int) -> bool:
    """Whether a sentence begins with this word."""
    if not 0 < index < len(words):
        return False
    return bool(_STOP.search(words.text[words.spans[index - 1, 1] : words.spans[index, 0]]))


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
