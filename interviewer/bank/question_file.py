"""One YAML file as a value; every problem names file, line, field and fix."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from interviewer.errors import Problem
from interviewer.model import Question

MAX_FILE_BYTES = 1_000_000
MAX_DEPTH = 20
"""Lists and mappings inside each other; a question has six."""

_Model = TypeVar("_Model", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def shown(path: Path, folder: Path) -> str:
    """A file's name as people know it."""
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)


def read(path: Path, model: type[_Model], problems: list[Problem], folder: Path) -> _Model | None:
    """One file as ``model``, or None with the problems added to the list."""
    name = shown(path, folder)
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_FILE_BYTES:
            problems.append(
                Problem(name, 1, "file", "is over 1 MB.", "A question file is a few kilobytes.")
            )
            return None
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "file", "is not UTF-8.", "Save it as UTF-8."))
        return None
    except OSError as error:
        problems.append(
            Problem(name, 1, "file", f"cannot be read ({error.strerror}).", "Check permissions.")
        )
        return None
    try:
        if problem := _risk(name, text):
            problems.append(problem)
            return None
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.append(_yaml_problem(name, error))
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.append(
            Problem(
                name, 1, "file", "is not a mapping of fields.", "Start from an existing question."
            )
        )
        return None
    before = len(problems)
    problems.extend(_duplicate_keys(name, node))
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        problems.extend(
            _field_problem(name, node, dict(detail), model)
            for detail in error.errors(include_url=False)
        )
        return None
    return value if len(problems) == before else None


def _risk(shown: str, text: str) -> Problem | None:
    """What would bring the reader down: endless nesting, or aliases that multiply.

    Raises:
        yaml.YAMLError: The text is not valid YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            what, fix = "holds an alias ('*name').", "Write the text out, or quote it."
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth <= MAX_DEPTH:
                continue
            what, fix = f"is nested over {MAX_DEPTH} deep.", "Start from an existing question."
        else:
            depth -= isinstance(event, yaml.CollectionEndEvent)
            continue
        line = event.start_mark.line + 1 if event.start_mark else 1
        return Problem(shown, line, "file", what, fix)
    return None


def _yaml_problem(shown: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    what = getattr(error, "problem", None) or str(error) or type(error).__name__
    return Problem(
        shown,
        line,
        "file",
        f"is not valid YAML ({what}).",
        "Check indentation and quote text that holds ': ' or starts with a special character.",
    )


def _duplicate_keys(shown: str, node: yaml.Node, path: str = "") -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            where = f"{path}.{name}" if path else name
            if name in seen:
                yield Problem(
                    shown,
                    key.start_mark.line + 1,
                    where,
                    "is given twice.",
                    "Remove one; the second would silently win.",
                )
            seen.add(name)
            yield from _duplicate_keys(shown, value, where)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _duplicate_keys(shown, value, f"{path}[{index}]")


def _field_problem(
    shown: str, node: yaml.Node, detail: dict[str, Any], model: type[BaseModel]
) -> Problem:
    location: tuple[str | int, ...] = detail["loc"]
    line, field = _locate(node, location)
    kind, context = detail["type"], detail.get("ctx") or {}
    message = f"{detail['msg']}."
    if kind == "extra_forbidden":
        name = str(location[-1])
        known = sorted(_field_names(model))
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        message = f"'{name}' is not a field we know."
        fix = f"Did you mean '{close[0]}'?" if close else "Remove it, or check where it belongs."
    elif kind == "missing":
        message, fix = "is missing.", f"Add '{location[-1]}' here."
    elif kind == "enum":
        fix = f"Use one of {context.get('expected')}."
    elif kind == "string_pattern_mismatch":
        fix = "Use small letters, digits and single hyphens, like 'bias-variance'."
    elif kind == "string_type":
        fix = "Write text; quote it if it looks like a number, a date or yes/no."
    elif kind.endswith(("tuple_type", "list_type")):
        fix = "Write a list: one '- item' a line."
    else:
        fix = "Compare with the schema in bank.schema.json."
    return Problem(shown, line, field, message, fix)


def _field_names(model: type[BaseModel]) -> set[str]:
    from interviewer import model as words

    names = set(model.model_fields)
    if model is Question:
        for part in (
            words.Point,
            words.Phrasings,
            words.Misconception,
            words.Wording,
            words.Rubric,
            words.Exemplar,
            words.FollowUp,
        ):
            names |= set(part.model_fields)
    return names


def _locate(node: yaml.Node, location: tuple[str | int, ...]) -> tuple[int, str]:
    """The line (from 1) nearest to a location, and the location as people read it."""
    line, current = node.start_mark.line + 1, node
    for step in location:
        if isinstance(current, yaml.MappingNode):
            for key, value in current.value:
                if key.value == str(step):
                    line, current = key.start_mark.line + 1, value
                    break
            else:
                break
        elif isinstance(current, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(current.value):
                break
            current = current.value[step]
            line = current.start_mark.line + 1
        else:
            break
    field = re.sub(r"\.(\d+)", r"[\1]", ".".join(str(step) for step in location))
    return line, field or "file"
