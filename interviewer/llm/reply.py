"""A typed value out of a model's text: what was asked for, or why it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from interviewer.llm.protocol import Shape

_LONGEST = 200_000
_LONGEST_MENDED = 30_000
_MOST_SIGNS = 1_200
"""Strings and characters outside of them: mending takes their square when out of order."""
_MOST_ERRORS = 8
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_OPENING = re.compile(r"\{(?=\s*(?:[\"'}]|\w+\s*:))")
"""A brace that opens an object: a key or the end comes next; in prose it rarely does."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


_HALF = re.compile("[\ud800-\udfff]")
"""Half a character: no store and no page can hold it."""
_HALF_WRITTEN = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def _whole_pair(found: re.Match[str]) -> str:
    """An escape of both halves as it is; one of a half alone is left out."""
    return found.group() if len(found.group()) > len("\\ud83d") else ""


class NotTheShape(ValueError):
    """The text holds no value of the shape.

    Attributes:
        found_json: Whether there was a JSON object at all.
    """

    def __init__(self, problem: str, *, found_json: bool) -> None:
        """Keep what is wrong, in words a model can act on."""
        super().__init__(problem)
        self.found_json = found_json


def read_reply(text: str, shape: type[Shape], *, mend: bool = True) -> Shape:
    """The value that a reply holds.

    Takes the JSON out of fences and prose and mends commas, quotes and missing
    brackets; never ends a sentence that was cut off. Two objects that fit and
    differ are no reply: one may be a quotation.

    Args:
        text: The reply.
        shape: What it must be.
        mend: False for a reply known to be cut off: what is missing is not known.

    Raises:
        NotTheShape: What is wrong.
    """
    text = _THOUGHT.sub("", text[:_LONGEST]).strip()
    text = _HALF.sub("", _HALF_WRITTEN.sub(_whole_pair, text))
    fitting: list[Shape] = []
    errors: list[ValidationError] = []
    for found in _objects(text, mend=mend):
        try:
            value = shape.model_validate(found)
        except ValidationError as error:
            errors.append(error)
        else:
            if value not in fitting:
                fitting.append(value)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise NotTheShape("There are several JSON objects; give exactly one.", found_json=True)
    if errors:
        raise NotTheShape(_describe(errors[0]), found_json=True)
    raise NotTheShape("There is no complete JSON object.", found_json=False)


def schema_of(shape: type[BaseModel]) -> str:
    """The JSON schema as text for a prompt."""
    return json.dumps(shape.model_json_schema(), ensure_ascii=False)


def _objects(text: str, *, mend: bool) -> list[dict[str, Any]]:
    """Every outermost JSON object; when none can be read as it stands, a mended one."""
    whole = list(_as_they_stand(text))
    if whole or not mend:
        return whole
    fenced = _FENCED.search(text)
    mended = _mended(fenced[1] if fenced else text)
    return [] if mended is None else [mended]


def _as_they_stand(text: str) -> Iterator[dict[str, Any]]:
    """The outermost objects up to the first that cannot be read: its parts are no replies."""
    decoder = json.JSONDecoder(strict=False)  # takes raw line breaks in strings
    opening = _OPENING.search(text)
    while opening:
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            return
        yield value
        opening = _OPENING.search(text, end)


def _mended(text: str) -> dict[str, Any] | None:
    """The object that was meant; None when there is none or its end is inside a string."""
    import json_repair

    opening = _OPENING.search(text)
    text = text[opening.start() :] if opening else ""
    signs = "".join(_STRING.sub("s", text).split())
    if not text or '"' in signs or len(text) > _LONGEST_MENDED or len(signs) > _MOST_SIGNS:
        return None
    try:
        value = json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _describe(error: ValidationError) -> str:
    lines = [
        f"- {'.'.join(map(str, detail['loc'])) or 'the object'}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    ]
    more = len(lines) - _MOST_ERRORS
    return "\n".join((*lines[:_MOST_ERRORS], *([f"- and {more} more"] if more > 0 else [])))
