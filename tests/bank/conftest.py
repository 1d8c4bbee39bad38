import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from interviewer.embedding import Tokens, Vectors, unit

MINIMAL = "id: {id}\nprompt: What is overfitting?\nmodel_answer: It learns the noise too.\n"


class WordEncoder:
    """Bags of words as vectors: quick, exact, and it counts what it is given."""

    def __init__(self, name: str = "words", dimension: int = 256) -> None:
        self.name = name
        self.dimension = dimension
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode()) % self.dimension] += 1
        return unit(vectors)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        raise NotImplementedError


@pytest.fixture
def words() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def own_bank(tmp_path: Path) -> Callable[..., Path]:
    """Write files into a bank folder: ``own_bank(name_without_yaml=text, ...)``."""

    def write(**files: str) -> Path:
        folder = tmp_path / "own"
        for name, text in files.items():
            path = folder / "unfiled" / f"{name.replace('_', '-')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return write
