"""Transcription on this machine by faster-whisper: ``pip install interviewer[whisper]``."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

from interviewer.errors import SpeechError

DEFAULT_MODEL = "base.en"


class LocalTranscriber:
    """Whisper by faster-whisper (CTranslate2), int8 on the processor.

    The model is downloaded when it is first used, with a bar on the terminal.

    Args:
        model: A size such as ``base.en``, or a folder that holds a converted model.
        cache_dir: Where downloaded models are kept.
    """

    def __init__(self, model: str, cache_dir: Path) -> None:
        """Remember them; nothing is loaded yet."""
        self._model = model
        self._folder = cache_dir / "whisper"
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def name(self) -> str:
        """The model and where it runs."""
        return f"whisper {self._model} on this machine"

    @property
    def local(self) -> bool:
        """Whether the sound stays on this machine."""
        return True

    def transcribe(self, sound: bytes, *, hint: str = "") -> str:
        """What was said, in English.

        Args:
            sound: A WAV file.
            hint: Words that are likely to be said.

        Raises:
            SpeechError: faster-whisper or its model is not there; what to do.
        """
        with self._lock:
            model = self._loaded()
            try:
                parts, _ = model.transcribe(
                    io.BytesIO(sound),
                    language="en",
                    initial_prompt=hint or None,
                    vad_filter=True,
                    condition_on_previous_text=False,
                )
                return " ".join(part.text.strip() for part in parts).strip()
            except Exception as error:
                raise SpeechError(f"Whisper could not read the sound ({error}).") from error

    def _loaded(self) -> Any:  # noqa: ANN401 - an extra
        if self._made is None:
            try:
                from faster_whisper import WhisperModel
            except ImportError as error:
                raise SpeechError(
                    "Transcription on this machine needs faster-whisper: "
                    "pip install 'interviewer[whisper]'. The browser's own recogniser, and "
                    "typing, work without it."
                ) from error
            try:
                self._made = WhisperModel(
                    self._model,
                    device="cpu",
                    compute_type="int8",
                    download_root=str(self._folder),
                )
            except Exception as error:
                raise SpeechError(
                    f"The Whisper model '{self._model}' is not here and cannot be downloaded "
                    f"({_first_line(error)}). Connect to the network once, or set "
                    "INTERVIEWER_TRANSCRIBER=local/FOLDER to a folder that holds it."
                ) from error
        return self._made


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
