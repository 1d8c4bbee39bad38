"""Whether a transcript holds anything a candidate said: silence must not become words."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_SOUNDS: Final = (
    "music|applause|silence|noise|static|inaudible|unintelligible|background|laugh|cough|sigh"
    "|breath|click|typing|beep|blank|clears|no (?:audio|speech)|foreign"
)
_ASIDE: Final = re.compile(
    rf"\[[^\]\d]*\]|\((?:[^)]*\b(?:{_SOUNDS})[^)]*)\)|\*(?:[^*]*\b(?:{_SOUNDS})[^*]*)\*"
    r"|[♪♫][^♪♫]*[♪♫]?|<\|[^>]*\|>",
    re.IGNORECASE,
)
"""What recognisers put into brackets: [BLANK_AUDIO], (music), *coughs*."""
_FILLER: Final = frozenset("um uh uhm er erm ah hm hmm mm mhm oh eh huh".split())
_PHANTOMS: Final = frozenset(
    (
        "you",
        "bye",
        "bye bye",
        "thank you",
        "thank you very much",
        "thank you so much",
        "thank you bye",
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "thanks for listening",
        "please subscribe",
        "please subscribe to my channel",
        "like and subscribe",
        "dont forget to like and subscribe",
        "see you next time",
        "see you in the next video",
        "ill see you in the next video",
        "subtitles by the amara org community",
        "subtitles by amara org",
        "transcription by castingwords",
        "music",
        "applause",
        "silence",
        "blank audio",
        "so",
        "the",
        "and",
        "i",
        "a",
    )
)
"""What Whisper writes for silence (Koenecke et al. 2024, and its users' reports)."""
_LOOP_WORDS: Final = 8
_LOOP_SHARE: Final = 0.8


def is_noise(text: str) -> bool:
    """Whether a transcript is silence, noise or fillers alone, as a whole."""
    words = _words(_ASIDE.sub(" ", text))
    said = [word for word in words if word not in _FILLER]
    return not said or " ".join(said) in _PHANTOMS or _loops(said)


def without_asides(text: str) -> str:
    """A transcript without what the recogniser put into brackets."""
    return re.sub(r"\s+", " ", _ASIDE.sub(" ", text)).strip() if _ASIDE.search(text) else text


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower().replace("'", "").replace("’", ""))


def _loops(words: list[str]) -> bool:
    """Whether a few words come again and again, as in a recogniser that is stuck."""
    if len(words) < _LOOP_WORDS:
        return False
    for size in (1, 2, 3):
        runs = Counter(tuple(words[at : at + size]) for at in range(0, len(words) - size + 1, size))
        if runs.most_common(1)[0][1] * size >= _LOOP_SHARE * len(words):
            return True
    return False
