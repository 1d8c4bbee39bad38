"""What of an answer may count: not talk to the grader, not repeats, not filler.

Nothing is removed: characters that may not count become spaces, so that places in
the text stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from interviewer.grading.lexicon import GENERIC_WORDS, is_negator
from interviewer.grading.words import stems_of

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_REPEAT = 12
"""Words in a row that, said before, are not said again."""
_LEAST = 0.15
"""Share of a sentence's words that the question knows, where only one of them is."""
_LONG = 40
"""Words from which a sentence is a transcript without full stops."""

_HESITATION = re.compile(
    r"\b(?:u+m+|u+h+|e+r+m*|h+m+|you know|i mean|sort of|kind of)\b", re.IGNORECASE
)

_BULLET = re.compile(r"^[ \t]*(?:[-–—*•·▪]+|\d{1,2}[.)])(?=[ \t])", re.MULTILINE)

_MARKUP = re.compile(
    r"</?[A-Za-z!][^<>\n]{0,200}>|\{[^{}]{0,400}\}|```|<!--.{0,400}?-->", re.DOTALL
)
_TO_THE_GRADER = re.compile(
    r"\b(?:note|message|memo|attention|dear|hello|hi|to|for|as)\b.{0,15}"
    r"\b(?:grader|examiner|grading|evaluator)\b"
    r"|\brubric\b|\bfull marks\b|\btop marks\b|\banswer key\b"
    r"|\b(?:ignore|disregard|forget|override|skip)\b.{0,40}"
    r"\b(?:instructions?|rules|prompt|previous|prior|above)\b"
    r"|\b(?:system|developer|admin)\s*(?::|note|message|override|prompt\s*(?::|override))"
    r"|\b(?:mark|grade|rate|score|rank|count|treat|give|award)\b.{0,30}"
    r"\b(?:answer|me|this|response|candidate|it)\b.{0,30}"
    r"\b(?:strong|full|highest|perfect|covered|maximum)\b"
    r"|\b(?:I|this answer|my answer|the answer|the candidate)\b.{0,20}"
    r"\b(?:cover|address|mention|hit|made|meet|includ|satisf)\w*\b.{0,30}"
    r"\b(?:all|every|each)\b.{0,30}\b(?:points?|criteria|criterion|requirements?|items?)\b"
    r"|[\"'](?:level|verdict|grade|score|status)[\"']\s*:"
    r"|\b(?:level|verdict|grade|rating)\s*[:=]\s*[\"']?(?:strong|ok|covered|pass|full)\b"
    r"|\b(?:overall|final)\s+(?:grade|verdict|level|assessment)\b",
    re.IGNORECASE,
)

_RUN = 8
"""Words in a row that nobody says by chance."""
_RECITED_FROM = 60
"""Words of a model answer from which a part of it is a part."""
_MOSTLY, _ALL = 0.8, 0.75
"""Shares of an answer that is recited, and of a model answer that is whole."""

_DENYING_SHARE = 0.58
_DENYING_DENSITY = 0.04


def focus(text: str, vocabulary: frozenset[str] | None = None) -> str:
    """A text with what may not count blanked, of the same length.

    Args:
        text: The answer.
        vocabulary: Stems the question is about. A sentence that shares none of
            them but the most general, or one among many others, is blanked; None
            keeps every sentence.
    """
    kept = _MARKUP.sub(_blank, text)
    kept = _SENTENCE.sub(lambda found: _sentence(found, vocabulary), kept)
    return _without_repeats(kept)


def plain(text: str) -> str:
    """A text without sounds of hesitation and marks of a list, of the same length."""
    return _BULLET.sub(_blank, _HESITATION.sub(_blank, text))


def mostly_denies(text: str) -> bool:
    """Whether nearly every sentence says what is not the case."""
    sentences = [part for part in re.split(r"(?<=[.!?;:])\s+", text) if len(part.split()) > 2]
    if len(sentences) < 2:
        return False
    denying = [sum(map(is_negator, _lower(part))) for part in sentences]
    count = sum(len(_lower(part)) for part in sentences)
    share = sum(times > 0 for times in denying) / len(sentences)
    return share >= _DENYING_SHARE and sum(denying) / max(1, count) >= _DENYING_DENSITY


def recites_part(text: str, model_answer: str) -> bool:
    """Whether a text is little else than a part of a model answer, word for word."""
    said, model = _lower(text), _lower(model_answer)
    if len(model) < _RECITED_FROM:
        return False
    taken, whole = _shared(said, model), _shared(model, said)
    return taken >= _MOSTLY * len(said) and whole < _ALL * len(model)


def _shared(words: Sequence[str], others: Sequence[str]) -> int:
    """How many words stand in runs that others have too."""
    runs = {tuple(others[i : i + _RUN]) for i in range(len(others) - _RUN + 1)}
    held = [False] * len(words)
    for start in range(len(words) - _RUN + 1):
        if tuple(words[start : start + _RUN]) in runs:
            held[start : start + _RUN] = [True] * _RUN
    return sum(held)


def _lower(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())


def _sentence(found: re.Match[str], vocabulary: frozenset[str] | None) -> str:
    said = found.group()
    talk = _TO_THE_GRADER.search(said)
    if talk and not (vocabulary and stems_of(talk.group()) <= vocabulary):
        if len(said.split()) <= _LONG:
            return _blank(found)
        said = _TO_THE_GRADER.sub(_blank, said)
    if vocabulary is not None:
        own = stems_of(said)
        shared = len(own & (vocabulary - _generic()))
        if own and (not shared or (shared == 1 and shared < _LEAST * len(own))):
            return _blank(found)
    return said


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    """Stems of words that any answer to any question may hold."""
    return stems_of(" ".join(GENERIC_WORDS))


def _without_repeats(text: str) -> str:
    """Blank every run of words that was said before."""
    places = list(_WORD.finditer(text))
    words = [place.group().lower() for place in places]
    seen: set[tuple[str, ...]] = set()
    again = [False] * len(words)
    for start in range(len(words) - _REPEAT + 1):
        run = tuple(words[start : start + _REPEAT])
        if run in seen:
            again[start : start + _REPEAT] = [True] * _REPEAT
        seen.add(run)
    if not any(again):
        return text
    letters = list(text)
    for index, (place, repeated) in enumerate(zip(places, again, strict=True)):
        if repeated:
            end = places[index + 1].start() if index + 1 < len(places) else len(text)
            letters[place.start() : end] = " " * (end - place.start())
    return "".join(letters)
