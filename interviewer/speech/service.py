"""One seam for the page: write sound down, tidy words, speak a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from interviewer.model import Value
from interviewer.speech.noise import is_noise, without_asides
from interviewer.speech.sound import check, is_silent


class Transcriber(Protocol):
    """What writes sound down."""

    @property
    def name(self) -> str:
        """The model and where it runs."""
        ...

    @property
    def local(self) -> bool:
        """Whether the sound stays on this machine."""
        ...

    def transcribe(self, sound: bytes, *, hint: str = "") -> str:
        """What was said in a WAV file."""
        ...


class Speaker(Protocol):
    """What speaks words."""

    @property
    def name(self) -> str:
        """The model and where it runs."""
        ...

    def speak(self, text: str, *, speed: float = 1.0) -> Iterator[bytes]:
        """MP3 of a sentence or two, in pieces."""
        ...


class Transcript(Value):
    """What was said, as it was recognised and as it was meant."""

    text: str
    heard: str

    @property
    def empty(self) -> bool:
        """Nothing was said."""
        return not self.text


def tidy(heard: str, normalise: Callable[[str], str]) -> Transcript:
    """A recogniser's words as they were meant; none, when they are noise.

    Args:
        heard: As recognised.
        normalise: From spoken to written notation.
    """
    if is_noise(heard):
        return Transcript(text="", heard=heard.strip())
    return Transcript(text=normalise(without_asides(heard).strip()), heard=heard.strip())


def write_down(
    sound: bytes, transcriber: Transcriber, normalise: Callable[[str], str], *, hint: str = ""
) -> Transcript:
    """What was said in a WAV file; silence is not even sent.

    Raises:
        SpeechError: The sound cannot be read, or the transcriber failed.
    """
    check(sound)
    if is_silent(sound):
        return Transcript(text="", heard="")
    return tidy(transcriber.transcribe(sound, hint=hint), normalise)
