"""What can be taken as an answer at all, and what an answer says about itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from interviewer.grading.lexicon import FILLERS, FUNCTION_WORDS

MAX_WORDS = 4_000
"""About half an hour of speech."""
_LETTERS = 20
"""Characters that count as a word at most."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNKNOWN = re.compile(
    r"^(?:(?:sorry|honestly|i'm afraid|to be honest|well|so)\s+)*"
    r"(?:i\s+(?:really\s+|just\s+|actually\s+)?(?:do\s*n[o']?t|dont|can't|cannot)\s+"
    r"(?:know|remember|recall)"
    r"(?:\s+(?:this|that|it|the answer|this one|that one|anything about \w+))?"
    r"|(?:i\s+have\s+)?no\s+(?:idea|clue)|(?:i'm\s+)?not\s+sure|idk|pass)"
    r"(?:\s+(?:sorry|at all|about that|about this|honestly))*$"
)


def refusal(text: str) -> str | None:
    """Why a text cannot be taken as an answer, said to the candidate, or None."""
    if not text.strip():
        return "There is nothing to grade yet. Type or say your answer, or skip the question."
    words = _WORD.findall(text)
    if not words:
        return "That holds no words. Answer in a sentence or two, or skip the question."
    count = max(len(text.split()), len(words), len(text) // _LETTERS)
    if count > MAX_WORDS:
        return (
            f"That is {count:,} words; an answer can have at most {MAX_WORDS:,}. "
            "Shorten it and send it again. Your text is still here."
        )
    language = foreign(text)
    if language:
        return (
            f"This reads like another language ({language}). The grader on this machine "
            "understands English only; please answer in English."
        )
    return None


def says_unknown(text: str) -> bool:
    """Whether the whole answer is 'I don't know' in some form."""
    words = re.findall(r"[a-z']+", text.lower().replace("’", "'"))
    return bool(_UNKNOWN.match(" ".join(word for word in words if word not in FILLERS)))


def foreign(text: str) -> str | None:
    """The code of the language of a text that is clearly not English, else None.

    Short texts and texts with a usual share of English function words pass, so
    that terse and technical answers are never refused.
    """
    words = [word.lower() for word in _WORD.findall(text)]
    latin = sum(word.isascii() for word in words)
    if len(words) < 6 and latin == len(words):
        return None
    share = sum(word in FUNCTION_WORDS for word in words) / len(words)
    if share >= 0.12:
        return None
    language, probability = _identifier().classify(text[:4_000])
    if language != "en" and (probability > 0.95 or latin < len(words) / 2):
        return str(language)
    return None


@lru_cache(maxsize=1)
def _identifier() -> Any:  # noqa: ANN401 - the library ships no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
