"""Vectors of a bank's texts, kept text by text: only what is new is encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import DTypeLike, NDArray

from interviewer.bank.kept import keep, used

if TYPE_CHECKING:
    from interviewer.embedding import Encoder, Vectors

SHIPPED_FILE: Final = "vectors.npz"
"""In the shipped bank's folder: made there by ``interviewer bank vectors --write``."""
KEPT_CACHES: Final = 3
"""How many sets of texts stay on disk, the last used: two banks in turn stay fast."""

_PREFIX: Final = "bank-vectors-"


def vectors_of(
    texts: Sequence[str], encoder: Encoder, cache_dir: Path | None, shipped: Path | None
) -> Vectors:
    """Sentence embeddings, shape (len(texts), d); a cache that cannot be used costs only time.

    Args:
        texts: What is embedded.
        encoder: The embedding model.
        cache_dir: Where vectors are kept; None: nowhere.
        shipped: A file of vectors to read first, as ``write_vectors`` makes it.
    """
    if not texts:
        return encoder.encode([])
    keys = [_key(text) for text in texts]
    path = cache_dir / _name(encoder.name, keys) if cache_dir else None
    known: dict[bytes, NDArray[np.floating]] = {}
    for source in _sources(path, shipped):
        if missing := set(keys) - known.keys():
            found = _read(source, encoder.name)
            known |= {key: found[key] for key in missing if key in found}
            if path and source.parent == path.parent and found:
                used(source)
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        known |= zip(new, encoder.encode(list(new.values())), strict=True)
    vectors = np.stack([known[key] for key in keys]).astype(np.float32)
    if new and path:
        with suppress(OSError):
            keep(
                path,
                lambda stream: _write(stream, encoder.name, keys, vectors, np.float32),
                pattern=f"{_PREFIX}*.npz",
                most=KEPT_CACHES,
            )
    return vectors


def write_vectors(path: Path, texts: Sequence[str], encoder: Encoder) -> int:
    """Write the vectors of texts in half precision; those the file has already stay.

    Args:
        path: The file, replaced.
        texts: What is embedded.
        encoder: The embedding model.

    Returns:
        How many different texts are in the file.

    Raises:
        OSError: It cannot be written.
    """
    unique = list(dict.fromkeys(texts))
    vectors = vectors_of(unique, encoder, None, path)
    keys = [_key(text) for text in unique]
    keep(
        path,
        lambda stream: _write(stream, encoder.name, keys, vectors, np.float16),
        pattern=path.name,
        most=1,
    )
    return len(unique)


def count_missing(path: Path, texts: Sequence[str], model: str) -> int:
    """How many different texts have no vector in a file."""
    return len({_key(text) for text in texts} - _read(path, model).keys())


def _sources(path: Path | None, shipped: Path | None) -> Iterator[Path]:
    """Where vectors may be found, the likeliest first."""
    if path and path.exists():
        yield path
    if shipped:
        yield shipped
    if path:
        yield from sorted(other for other in path.parent.glob(f"{_PREFIX}*.npz") if other != path)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _name(model: str, keys: Sequence[bytes]) -> str:
    digest = hashlib.sha256(model.encode(errors="surrogatepass") + b"".join(keys))
    return f"{_PREFIX}{digest.hexdigest()[:32]}.npz"


def _read(path: Path, model: str) -> dict[bytes, NDArray[np.floating]]:
    """Vectors by key; empty when the file is missing, damaged or of another model."""
    try:
        # Opened here: numpy leaves a damaged file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            vectors, keys, found = stored["vectors"], stored["keys"], str(stored["model"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, NotImplementedError):
        return {}
    fits = (
        found == model
        and vectors.dtype in {np.dtype(np.float16), np.dtype(np.float32)}
        and vectors.ndim == 2  # noqa: PLR2004 - a matrix
        and keys.dtype == np.uint8
        and keys.shape == (len(vectors), 16)
        and bool(np.isfinite(vectors).all())
    )
    return {key.tobytes(): row for key, row in zip(keys, vectors, strict=True)} if fits else {}


def _write(
    stream: IO[bytes], model: str, keys: Sequence[bytes], vectors: Vectors, kind: DTypeLike
) -> None:
    rows = np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), 16)
    np.savez(stream, model=np.array(model), keys=rows, vectors=vectors.astype(kind))
