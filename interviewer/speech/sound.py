"""WAV sound from a browser: what it must be, how long it is, how loud."""

from __future__ import annotations

import io
import wave
from typing import Final

import numpy as np

from interviewer.errors import SpeechError

MAX_SECONDS: Final = 600
MAX_BYTES: Final = 32_000_000
QUIET: Final = 0.0015
"""Root mean square, full scale 1, under which nobody speaks: -56 dB."""


def check(sound: bytes) -> float:
    """The length of a WAV file in seconds.

    Raises:
        SpeechError: It is no WAV file of 16-bit samples, or too long.
    """
    if len(sound) > MAX_BYTES:
        raise SpeechError(f"The sound has {len(sound) / 1e6:.0f} MB; speak in shorter parts.")
    try:
        with wave.open(io.BytesIO(sound)) as file:
            rate, width = file.getframerate(), file.getsampwidth()
            frames: int = file.getnframes()
    except (wave.Error, EOFError, ValueError) as error:
        raise SpeechError("The sound did not arrive whole. Say it again, or type it.") from error
    if width != 2 or rate <= 0:  # noqa: PLR2004 - bytes a sample
        raise SpeechError("The sound is not in a form that can be read. Type your answer.")
    if frames / rate > MAX_SECONDS:
        raise SpeechError(f"Over {MAX_SECONDS // 60} minutes of sound. Speak in shorter parts.")
    return float(frames / rate)


def is_silent(sound: bytes) -> bool:
    """Whether the loudest tenth of a second of a WAV file is too quiet for speech."""
    with wave.open(io.BytesIO(sound)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    if not len(samples):
        return True
    step = max(1, rate * channels // 10)
    whole = samples[: len(samples) // step * step] if len(samples) >= step else samples
    levels = whole.astype(np.float64).reshape(-1, min(step, len(whole))) / 32768
    return bool(np.sqrt((levels**2).mean(axis=1)).max() < QUIET)
