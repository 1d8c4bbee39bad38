"""A ``Bank``: the questions of a folder, by id."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter

from interviewer import model
from interviewer.bank.kept import keep, used
from interviewer.bank.question_file import read, shown
from interviewer.bank.taxonomy import Taxonomy
from interviewer.errors import BankError, Problem, QuestionFileError, UnknownQuestion
from interviewer.model import FollowUp, Question

TAXONOMY_FILE = "taxonomy.yaml"

_PREFIX = "bank-questions-"
_MOST = 3
_ALL = TypeAdapter(list[Question])


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
        question = read(path, Question, problems, folder)
        if question is None:
            continue
        if question.id in own:
            problems.append(
                Problem(
                    shown(path, folder),
                    1,
                    "id",
                    f"'{question.id}' is also the id of {shown(own[question.id][1], folder)}.",
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
                digest.update(f"{shown(path, folder)}\0{len(content)}\0".encode())
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

            inherited = read(bank_folder() / TAXONOMY_FILE, Taxonomy, problems, folder)
    else:
        own = read(path, Taxonomy, problems, folder)
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
