"""The hand-written texts of ``evals/attacks``: read, checked, filled in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from interviewer.errors import EvaluationError
from interviewer.model import Identifier, Value
from interviewer.resources import evals_folder


class Dressing(Value):
    """Something put before or after an answer, or given as one."""

    id: Identifier
    place: Literal["before", "after"] = "after"
    text: str = Field(min_length=1, description="May name $title and $terms of the question.")

    def filled(self, title: str, terms: str) -> str:
        """The text for one question; any other dollar sign stays as it is."""
        return Template(self.text).safe_substitute(title=title, terms=terms)

    def on(self, answer: str, title: str = "", terms: str = "") -> str:
        """An answer wearing it."""
        text = self.filled(title, terms)
        return f"{text}\n{answer}" if self.place == "before" else f"{answer}\n{text}"


class Foreign(Value):
    """A strong answer in another language."""

    id: Identifier
    question: Identifier
    language: str = Field(pattern=r"^[a-z]{2}$", description="ISO 639-1.")
    text: str = Field(min_length=1)


@dataclass(frozen=True)
class Texts:
    """Every hand-written text."""

    injections: tuple[Dressing, ...]
    claims: tuple[Dressing, ...]
    verdicts: tuple[Dressing, ...]
    padding: tuple[Dressing, ...]
    languages: tuple[Foreign, ...]


def load_texts(folder: Path | None = None) -> Texts:
    """The texts of a folder; of the checkout, or the installed wheel, when None.

    Raises:
        EvaluationError: A file is missing, empty, or a line is malformed.
        SettingsError: There is no folder of eval data.
    """
    place = folder or evals_folder() / "attacks"
    return Texts(
        injections=_read(place / "injections.jsonl", Dressing),
        claims=_read(place / "claims.jsonl", Dressing),
        verdicts=_read(place / "verdicts.jsonl", Dressing),
        padding=_read(place / "padding.jsonl", Dressing),
        languages=_read(place / "languages.jsonl", Foreign),
    )


Text = TypeVar("Text", Dressing, Foreign)


def _read(path: Path, kind: type[Text]) -> tuple[Text, ...]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error}).") from error
    found: dict[str, Text] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = kind.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "line"
            raise EvaluationError(f"{path}:{number}: {field}: {first['msg']}.") from error
        if item.id in found:
            raise EvaluationError(f"{path}:{number}: the id '{item.id}' occurs twice.")
        found[item.id] = item
    if not found:
        raise EvaluationError(f"{path} holds no texts. Restore it from the repository.")
    return tuple(found.values())
