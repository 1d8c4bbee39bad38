"""How an answer was delivered: pace, fillers, pauses. Kept apart from its content.

Times are counted from when it was the candidate's turn. Nothing here is graded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from pydantic import Field

from interviewer.model import Answer, Stretch, Value

FILLERS: Final = re.compile(
    r"\b(?:u+h+m*|u+m+|e+r+m*|a+h+|h+m+|m+h+m+|you know|i mean|sort of|kind of)\b", re.IGNORECASE
)
"""Sounds and phrases that fill time; "like" and "so" are left out: they are words too."""
PAUSE: Final = 0.3
"""Seconds of silence that belong to speaking: shorter ones are breath and consonants."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


class Delivery(Value):
    """The delivery of one answer, or of several together."""

    words: int = Field(ge=0)
    fillers: int = Field(ge=0)
    talk_seconds: float = Field(ge=0, description="From the first word to the last.")
    longest_pause: float = Field(ge=0, description="Between two words, in seconds.")
    first_word: float | None = Field(
        default=None, ge=0, description="Seconds until the first word; several: the median."
    )
    budget_seconds: float | None = Field(default=None, ge=0, description="Time the question has.")
    stretches: tuple[Stretch, ...] = Field(default=(), description="For the plot.")

    @property
    def words_per_minute(self) -> float | None:
        """Pace; None when too little was said to tell."""
        if self.talk_seconds < _TELLING_SECONDS or self.words < _TELLING_WORDS:
            return None
        return 60 * self.words / self.talk_seconds

    @property
    def fillers_per_minute(self) -> float | None:
        """How often time was filled; None when too little was said to tell."""
        if self.words_per_minute is None:
            return None
        return 60 * self.fillers / self.talk_seconds


_TELLING_SECONDS: Final = 3.0
_TELLING_WORDS: Final = 5


def delivery(answer: Answer, *, budget_seconds: float | None = None) -> Delivery | None:
    """How an answer was delivered; None when it was typed or its times are not known.

    Args:
        answer: With the words as they were recognised: a correction is no delivery.
        budget_seconds: Time the question has.
    """
    if answer.speech is None:
        return None
    stretches = merged(answer.speech.stretches)
    if not stretches:
        return None
    words = answer.speech.transcript
    return Delivery(
        words=len(_WORD.findall(words)),
        fillers=len(FILLERS.findall(words)),
        talk_seconds=stretches[-1].end - stretches[0].start,
        longest_pause=max((b.start - a.end for a, b in pairwise(stretches)), default=0.0),
        first_word=stretches[0].start,
        budget_seconds=budget_seconds,
        stretches=stretches,
    )


def together(parts: Sequence[Delivery], *, budget_seconds: float | None = None) -> Delivery | None:
    """Several answers as one: sums, the longest pause, the median first word.

    Args:
        parts: Of each answer.
        budget_seconds: Time for all of them; None sums what is known.
    """
    if not parts:
        return None
    firsts = sorted(item.first_word for item in parts if item.first_word is not None)
    budgets = [item.budget_seconds for item in parts if item.budget_seconds is not None]
    return Delivery(
        words=sum(item.words for item in parts),
        fillers=sum(item.fillers for item in parts),
        talk_seconds=sum(item.talk_seconds for item in parts),
        longest_pause=max(item.longest_pause for item in parts),
        first_word=firsts[len(firsts) // 2] if firsts else None,
        budget_seconds=budget_seconds if budget_seconds is not None else sum(budgets) or None,
    )


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The stretches in order, those that overlap or nearly touch as one."""
    found: list[Stretch] = []
    for item in sorted(stretches, key=lambda each: each.start):
        if item.end <= item.start:
            continue
        if found and item.start - found[-1].end < PAUSE:
            found[-1] = Stretch(start=found[-1].start, end=max(found[-1].end, item.end))
        else:
            found.append(item)
    return tuple(found)
