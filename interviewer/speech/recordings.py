"""Recordings of spoken answers: kept only when the candidate wants it, and deleted on request."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from interviewer.errors import SpeechError

_NAME: Final = re.compile(r"[0-9a-f]{16}\.wav")
_INTERVIEW: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")


class Recordings:
    """WAV files, a folder for each interview.

    Args:
        folder: Made when the first recording is kept.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder."""
        self._folder = folder

    def keep(self, interview: str, name: str, sound: bytes) -> None:
        """Keep a recording.

        Args:
            interview: Whose.
            name: Sixteen hexadecimal digits and .wav, never used before.
            sound: A WAV file.

        Raises:
            SpeechError: It cannot be kept under that name, or cannot be written.
        """
        path = self._path(interview, name)
        if path is None:
            raise SpeechError("A recording cannot have that name.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(sound)
        except FileExistsError as error:
            raise SpeechError("There is a recording of that name already.") from error
        except OSError as error:
            raise SpeechError(
                f"The recording cannot be kept in {self._folder} ({error.strerror}). "
                "Set INTERVIEWER_RECORDINGS_DIR to a folder that can be written."
            ) from error

    def find(self, interview: str, name: str) -> Path | None:
        """The file of a recording; None: there is none."""
        path = self._path(interview, name)
        return path if path and path.is_file() else None

    def delete(self, interview: str, name: str | None = None) -> None:
        """Delete one recording, or all of an interview; what is gone already stays gone.

        Raises:
            SpeechError: It cannot be deleted.
        """
        path = self._path(interview, name or "0" * 16 + ".wav")
        if path is None:
            return
        try:
            if name is not None:
                path.unlink(missing_ok=True)
            elif path.parent.is_dir():
                shutil.rmtree(path.parent)
        except OSError as error:
            raise SpeechError(f"{path.parent} cannot be deleted ({error.strerror}).") from error

    def _path(self, interview: str, name: str) -> Path | None:
        """Where a recording lies: names from outside never lead out of the folder."""
        if not (_INTERVIEW.fullmatch(interview) and _NAME.fullmatch(name)):
            return None
        return self._folder / interview / name
