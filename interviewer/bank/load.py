"""Read question files into a ``Bank``; every error names file, line, field and fix."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from interviewer import model
from interviewer.bank.kept import keep, used
from interviewer.bank.taxonomy import Taxonomy
from interviewer.errors import BankError, Problem, QuestionFileError, UnknownQuestion
from interviewer.model import FollowUp, Question

TAXONOMY_FILE = "taxonomy.yaml"
MAX_FILE_BYTES = 1_000_000
MAX_DEPTH = 20
"""Lists and mappings inside each other; a question has six."""

_PREFIX = "bank-questions-"
_MOST = 3
_ALL = TypeAdapter(list[Question])
_Model = TypeVar("_Model", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Bank:
    """Questions by id, with the taxonomy they use.

    Args:
        questions: In any order; sorted by topic, then id.
        taxonomy: The words the questions use.
        files: Where each question was read from, by id.
    """

    def __init__(
        self,
        questions: Iterable[Question],
        taxonomy: Taxonomy,
        files: dict[str, Path] | None = None,
    ) -> None:
        """Index the questions; nothing is read from disk."""
        self.questions = tuple(sorted(questions, key=lambda item: (item.topic, item.id)))
        self.taxonomy = taxonomy
        self.files = files or {}
        self._by_id = {question.id: question for question in self.questions}

    def __len__(self) -> int:
        return len(self.questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def __contains__(self, question_id: object) -> bool:
        return question_id in self._by_id

    def __getitem__(self, question_id: str) -> Question:
        """The question with that id.

        Raises:
            UnknownQuestion: There is none; the message names the closest ids.
        """
        try:
            return self._by_id[question_id]
        except KeyError:
            close = difflib.get_close_matches(question_id, self._by_id, n=3, cutoff=0.5)
            hint = f" Did you mean {', '.join(close)}?" if close else ""
            raise UnknownQuestion(
                f"No question has the id '{question_id}'.{hint} "
                "See `interviewer bank list` for all ids."
            ) from None

    def follow_up(self, question_id: str, which: str | int) -> FollowUp:
        """A follow-up by its id, or by its number counted from 1.

        Raises:
            UnknownQuestion: The question or the follow-up does not exist.
        """
        question = self[question_id]
        text = str(which)
        found = question.follow_up(text)
        if found is None and text.isascii() and text.isdigit():
            number = int(text)
            if 1 <= number <= len(question.follow_ups):
                found = question.follow_ups[number - 1]
        if found is None:
            ids = ", ".join(
                f"{n} ({item.id})" for n, item in enumerate(question.follow_ups, start=1)
            )
            raise UnknownQuestion(
                f"Question '{question_id}' has no follow-up '{which}'. It has: {ids or 'none'}."
            )
        return found

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of every question, independent of file layout."""
        digest = hashlib.sha256()
        for question in self.questions:
            digest.update(question.model_dump_json().encode())
        return digest.hexdigest()


def load_bank(
    folder: Path, *, extending: Path | None = None, cache_dir: Path | None = None
) -> Bank:
    """Read ``<folder>/<topic>/<id>.yaml``.

    Args:
        folder: The bank to read.
        extending: A bank to start from. A question of ``folder`` with the same
            id takes the place of the one there.
        cache_dir: Where questions that were read and found right are kept, as JSON,
            which is read ten times as fast; None: nowhere.

    Returns:
        The bank. ``folder`` may have a taxonomy.yaml of its own; its entries
        are added to those of ``extending``.

    Raises:
        BankError: The folder does not exist or holds no question.
        QuestionFileError: Files do not follow the schema; all problems at once.
    """
    if not folder.is_dir():
        raise BankError(f"There is no bank folder at '{folder}'. Give the path of a folder.")
    base = load_bank(extending, cache_dir=cache_dir) if extending else None
    problems: list[Problem] = []
    taxonomy = _taxonomy(folder, base, problems)
    questions = {question.id: question for question in base} if base else {}
    files = dict(base.files) if base else {}
    paths = [
        path
        for path in sorted(folder.rglob("*.y*ml"))
        if path.name != TAXONOMY_FILE and path.suffix in {".yaml", ".yml"}
    ]
    kept = _Kept.of(paths, folder, cache_dir)
    known = kept.questions()
    if known is None:
        known = _read_all(paths, folder, problems)
        if not problems:
            kept.keep(known)
    if problems:
        raise QuestionFileError(tuple(problems))
    if not known:
        raise BankError(
            f"The bank folder '{folder}' holds no question. "
            "Put one YAML file per question under <topic>/<id>.yaml."
        )
    files |= {question.id: path for question, path in known}
    questions |= {question.id: question for question, _ in known}
    return Bank(questions.values(), taxonomy, files)


def _read_all(
    paths: Iterable[Path], folder: Path, problems: list[Problem]
) -> list[tuple[Question, Path]]:
    """Every question with its file; what is wrong is added to the problems."""
    own: dict[str, tuple[Question, Path]] = {}
    for path in paths:
        question = _read(path, Question, problems, folder)
        if question is None:
            continue
        if question.id in own:
            problems.append(
                Problem(
                    _shown(path, folder),
                    1,
                    "id",
                    f"'{question.id}' is also the id of {_shown(own[question.id][1], folder)}.",
                    "Give one of them another id.",
                )
            )
        own[question.id] = (question, path)
    return list(own.values())


@dataclass(frozen=True, slots=True)
class _Kept:
    """The questions of some files, kept under the hash of their names and contents."""

    paths: tuple[Path, ...]
    path: Path | None

    @classmethod
    def of(cls, paths: Iterable[Path], folder: Path, cache_dir: Path | None) -> _Kept:
        """Where they would be kept; nowhere without a folder for it."""
        paths = tuple(paths)
        if cache_dir is None:
            return cls(paths, None)
        digest = hashlib.sha256(Path(model.__file__).read_bytes())
        try:
            for path in paths:
                content = path.read_bytes()
                digest.update(f"{_shown(path, folder)}\0{len(content)}\0".encode())
                digest.update(content)
        except OSError:
            return cls(paths, None)
        return cls(paths, cache_dir / f"{_PREFIX}{digest.hexdigest()[:32]}.json")

    def questions(self) -> list[tuple[Question, Path]] | None:
        """The questions with their files; None: they are not kept, or not as they should be."""
        if self.path is None:
            return None
        try:
            found = _ALL.validate_json(self.path.read_bytes())
        except (OSError, ValueError):
            return None
        if len(found) != len(self.paths):
            return None
        used(self.path)
        return list(zip(found, self.paths, strict=True))

    def keep(self, known: Iterable[tuple[Question, Path]]) -> None:
        """Keep them; a cache that cannot be written costs time, nothing else."""
        if self.path is None:
            return
        content = _ALL.dump_json([question for question, _ in known])
        with suppress(OSError):
            keep(self.path, content, pattern=f"{_PREFIX}*", most=_MOST)


def _taxonomy(folder: Path, base: Bank | None, problems: list[Problem]) -> Taxonomy:
    path = folder / TAXONOMY_FILE
    inherited = base.taxonomy if base else None
    if not path.exists():
        if inherited is None:
            from interviewer.resources import bank_folder

            inherited = _read(bank_folder() / TAXONOMY_FILE, Taxonomy, problems, folder)
    else:
        own = _read(path, Taxonomy, problems, folder)
        if own and inherited:
            return Taxonomy(
                topics=inherited.topics | own.topics,
                kinds=inherited.kinds | own.kinds,
                levels=inherited.levels | own.levels,
                roles=inherited.roles | own.roles,
            )
        inherited = own
    if inherited is None:
        raise QuestionFileError(tuple(problems))
    return inherited


def _shown(path: Path, folder: Path) -> str:
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)


def _read(path: Path, model: type[_Model], problems: list[Problem], folder: Path) -> _Model | None:
    """One file as ``model``, or None with the problems added to the list."""
    shown = _shown(path, folder)
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_FILE_BYTES:
            problems.append(
                Problem(shown, 1, "file", "is over 1 MB.", "A question file is a few kilobytes.")
            )
            return None
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.append(Problem(shown, line, "file", "is not UTF-8.", "Save it as UTF-8."))
        return None
    except OSError as error:
        problems.append(
            Problem(shown, 1, "file", f"cannot be read ({error.strerror}).", "Check permissions.")
        )
        return None
    try:
        if problem := _risk(shown, text):
            problems.append(problem)
            return None
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.append(_yaml_problem(shown, error))
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.append(
            Problem(
                shown, 1, "file", "is not a mapping of fields.", "Start from an existing question."
            )
        )
        return None
    before = len(problems)
    problems.extend(_duplicate_keys(shown, node))
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        problems.extend(
            _field_problem(shown, node, dict(detail), model)
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
