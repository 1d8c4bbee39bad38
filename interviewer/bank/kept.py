"""Files that can be made again and are kept because making them takes time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO


def keep(
    path: Path, content: bytes | Callable[[IO[bytes]], None], *, pattern: str, most: int
) -> None:
    """Write a file beside its place and move it there, so that nobody ever reads half of it.

    Args:
        path: Where it goes; folders are made.
        content: What is in it, or what writes it.
        pattern: Of the files of its kind in that folder.
        most: How many of those stay, the last used.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                content(stream)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for old in sorted(path.parent.glob(pattern), key=_last_use, reverse=True)[most:]:
        with suppress(OSError):
            old.unlink()


def used(path: Path) -> None:
    """Note that a kept file was of use."""
    with suppress(OSError):
        os.utime(path)


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
