"""The JSON Schema of a question file, made from the model for editors to read."""

from __future__ import annotations

import json
from pathlib import Path

from interviewer.model import Question

SCHEMA_FILE = "bank.schema.json"


def question_schema() -> str:
    """The schema as JSON text, ending in a line break; the same for the same model."""
    schema = Question.model_json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A question of the interviewer's bank",
    }
    return json.dumps(head | {k: v for k, v in schema.items() if k != "title"}, indent=2) + "\n"


def write_schema(folder: Path) -> Path:
    """Write the schema into a bank folder, if it is not there word for word already.

    Raises:
        OSError: The file cannot be written.
    """
    path, text = folder / SCHEMA_FILE, question_schema()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path
