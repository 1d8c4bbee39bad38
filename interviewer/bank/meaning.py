"""What an embedding model can check about a bank: texts that say the same, or drift apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from interviewer.bank.kept import keep, used
from interviewer.bank.lint import Finding
from interviewer.bank.load import Bank
from interviewer.model import Question

if TYPE_CHECKING:
    from interviewer.embedding import Encoder

SAME_POINT: Final = 0.9
"""Cosine above which two points of a question say the same."""
DRIFT: Final = 0.45
"""A phrasing may be nearer to another point than to its own by so much, in cosine."""
ASTRAY: Final = 0.42
"""A wrong wording may be nearer to the model answer than to its misconception by so much."""
_PREFIX: Final = "bank-meaning-"
_RULES: Final = f"1 {SAME_POINT} {DRIFT} {ASTRAY}"


def lint_meaning(bank: Bank, encoder: Encoder, cache_dir: Path | None = None) -> list[Finding]:
    """Points that say the same, phrasings and wrong wordings that say something else.

    Args:
        bank: The questions.
        encoder: The embedding model.
        cache_dir: Where findings are kept by question; None: nowhere.
    """
    path = cache_dir / f"{_PREFIX}{_digest(encoder.name, _RULES)}.json" if cache_dir else None
    known = _read(path)
    keys = {question.id: _digest(question.model_dump_json()) for question in bank}
    new = [question for question in bank if keys[question.id] not in known]
    for question, found in zip(new, _lint(new, encoder), strict=True):
        known[keys[question.id]] = [(item.field, item.message) for item in found]
    if path is not None:
        content = json.dumps({key: known[key] for key in keys.values()}).encode()
        with suppress(OSError):
            keep(path, content, pattern=f"{_PREFIX}*.json", most=2)
    return [
        Finding(question.id, field, message)
        for question in bank
        for field, message in known[keys[question.id]]
    ]


def _lint(questions: Sequence[Question], encoder: Encoder) -> Iterable[list[Finding]]:
    texts = [text for question in questions for text in _texts(question)]
    unique = sorted(set(texts), key=len)
    vectors = dict(zip(unique, encoder.encode(unique), strict=True))
    for question in questions:
        yield [*_points(question, vectors), *_misconceptions(question, vectors)]


def _texts(question: Question) -> Iterable[str]:
    yield question.model_answer
    for point in question.points:
        yield from point.wordings
    for item in question.misconceptions:
        yield item.claim
        yield from (wording.wrong for wording in item.wordings)


def _points(question: Question, vectors: dict[str, np.ndarray]) -> Iterable[Finding]:
    points = question.points
    if not points:
        return
    claims = np.stack([vectors[point.claim] for point in points])
    near = claims @ claims.T
    for row, point in enumerate(points):
        where = f"points.{point.id}"
        for other in range(row):
            if near[row, other] >= SAME_POINT:
                message = f"says the same as '{points[other].id}' (cosine {near[row, other]:.2f})."
                yield Finding(question.id, where, message)
        for phrasing in point.phrasings.all:
            cosines = claims @ vectors[phrasing]
            nearest = int(cosines.argmax())
            if cosines[nearest] - cosines[row] >= DRIFT:
                message = f"'{phrasing}' is nearer to '{points[nearest].id}' than to its own claim."
                yield Finding(question.id, where, message)


def _misconceptions(question: Question, vectors: dict[str, np.ndarray]) -> Iterable[Finding]:
    right = vectors[question.model_answer]
    for item in question.misconceptions:
        for wording in item.wordings:
            wrong = vectors[wording.wrong]
            if float(wrong @ right) - float(wrong @ vectors[item.claim]) >= ASTRAY:
                message = f"'{wording.wrong}' is nearer to the model answer than to its own claim."
                yield Finding(question.id, f"misconceptions.{item.id}", message)


def _read(path: Path | None) -> dict[str, list[tuple[str, str]]]:
    try:
        found = json.loads(path.read_bytes()) if path else {}
        known = {key: [(str(f), str(m)) for f, m in items] for key, items in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    if path:
        used(path)
    return known


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
