"""A model without a network, to try the ways of a language model with no key.

It is no judge of anything: it says the question it was told to ask, and types
replies by rules. Its name says that it is scripted.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from interviewer.errors import ReplyInvalid
from interviewer.llm.protocol import Completed, Message, Piece, Shape
from interviewer.model import Usage

NAME = "scripted"

Rule = Callable[[Sequence[Message]], Mapping[str, Any]]
"""From a conversation to the fields of a typed reply."""

_ASK = re.compile(r"^ASK:[ \t]*(.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```scripted[ \t]*\n(.*?)\n```[ \t]*$", re.MULTILINE | re.DOTALL)
_TOKENS = re.compile(r"\s*\S+")
_DEEPEST = 20


class ScriptedModel:
    """Says what its messages tell it to say; never calls anybody."""

    def __init__(
        self, *, rules: Mapping[str, Rule] = MappingProxyType({}), delay: float = 0.02
    ) -> None:
        """Keep the rules.

        Args:
            rules: By the name of a shape, how its reply is found.
            delay: Seconds before each word of a stream.
        """
        self._rules = rules
        self._delay = delay

    @property
    def name(self) -> str:
        """``scripted``."""
        return NAME

    def __repr__(self) -> str:
        return "ScriptedModel()"

    async def complete(
        self,
        messages: Sequence[Message],
        shape: type[Shape],
        *,
        sample: int = 0,  # noqa: ARG002 - every sample is the same
    ) -> Completed[Shape]:
        """A fenced ``scripted`` block of the messages, else by rule, else the least that fits."""
        started = time.perf_counter()
        found: Mapping[str, Any] | None = _block(messages)
        if found is None and shape.__name__ in self._rules:
            found = self._rules[shape.__name__](messages)
        if found is None:
            found = least(shape)
        try:
            value = shape.model_validate(found)
        except ValidationError as error:
            raise ReplyInvalid(
                f"The scripted model has no reply of the form {shape.__name__}. Give it a rule."
            ) from error
        raw = value.model_dump_json()
        seconds = time.perf_counter() - started
        return Completed(value, raw, _usage(messages, raw), NAME, seconds)

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Piece, None]:
        """``Right.`` and what the last ``ASK:`` line says, word by word."""
        last = messages[-1].content if messages else ""
        asks = _ASK.findall(last)
        text = f"Right. {asks[-1].strip()}" if asks else "Right."
        for token in _TOKENS.findall(text):
            await asyncio.sleep(self._delay)
            yield Piece(token)
        yield Piece("", _usage(messages, text))


def least(shape: type[BaseModel]) -> dict[str, Any]:
    """The fields of the smallest value of a shape; by its JSON schema."""
    schema = shape.model_json_schema()
    found = _least(schema, schema.get("$defs", {}), 0)
    return found if isinstance(found, dict) else {}


def _least(schema: Mapping[str, Any], parts: Mapping[str, Any], depth: int) -> Any:  # noqa: ANN401 - any JSON value
    if depth > _DEEPEST:
        return None
    if "$ref" in schema:
        return _least(parts[schema["$ref"].rpartition("/")[2]], parts, depth + 1)
    for given in ("default", "const"):
        if given in schema:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            options = [_least(each, parts, depth + 1) for each in schema[choice]]
            return None if None in options else options[0]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: _least(fields[name], parts, depth + 1) for name in schema.get("required", ())}
    if kind == "array":
        item = schema.get("items", {})
        return [_least(item, parts, depth + 1) for _ in range(schema.get("minItems", 0))]
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> str | int | None:
    kind = schema.get("type")
    if kind == "string":
        return "-".ljust(schema.get("minLength", 0), "-")
    if kind in {"integer", "number"}:
        return int(max(0, schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1))
    return False if kind == "boolean" else None


def _block(messages: Sequence[Message]) -> dict[str, Any] | None:
    """The last fenced ``scripted`` block of any message."""
    blocks = [block for message in messages for block in _BLOCK.findall(message.content)]
    if not blocks:
        return None
    try:
        found = json.loads(blocks[-1])
    except ValueError as error:
        raise ReplyInvalid(f"The scripted block is no JSON ({error}). Correct it.") from error
    if not isinstance(found, dict):
        raise ReplyInvalid("The scripted block is no JSON object. Correct it.")
    return found


def _usage(messages: Sequence[Message], said: str) -> Usage:
    asked = sum(len(_TOKENS.findall(message.content)) for message in messages)
    return Usage(
        calls=1, prompt_tokens=asked, completion_tokens=len(_TOKENS.findall(said)), usd=0.0
    )
