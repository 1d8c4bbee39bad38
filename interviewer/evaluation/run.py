"""Run a grader over cases: cached per answer, resumable, with provenance."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TextIO

from pydantic import Field, ValidationError

from interviewer.bank import Bank
from interviewer.errors import EvaluationError, UnknownQuestion
from interviewer.evaluation.cases import Case
from interviewer.evaluation.graders import Bench, identity
from interviewer.evaluation.results import Outcome, Row, Run, RunInfo, outcome_of
from interviewer.grading import Grader
from interviewer.model import Question, Value
from interviewer.resources import prompts_folder

PACKAGES = ("interviewer", "numpy", "sentence-transformers", "torch", "transformers")
Progress = Callable[[int, int], None]


_SHOWN = 5
"""Cases named in an error."""


class _Kept(Value):
    """One cached grade."""

    key: str
    outcome: Outcome | None = None
    ungraded: str | None = None
    seconds: float = Field(ge=0)
    tokens: int = 0


class Cache:
    """Grades by what they were made from, appended to one JSONL file a grader.

    A run that is killed leaves every finished grade behind; a line cut short is
    skipped and written again.
    """

    def __init__(self, folder: Path | None, grader: str) -> None:
        """Read what is kept; without a folder nothing is."""
        self._path = folder / f"{grader}.jsonl" if folder else None
        self._held: dict[str, _Kept] = {}
        if self._path and self._path.is_file():
            for line in self._path.read_bytes().splitlines():
                try:
                    kept = _Kept.model_validate_json(line)
                except ValidationError:
                    continue
                self._held[kept.key] = kept

    def get(self, key: str) -> _Kept | None:
        """The grade kept under a key."""
        return self._held.get(key)

    @contextmanager
    def writing(self) -> Iterator[Callable[[_Kept], None]]:
        """Give a function that keeps a grade at once."""
        if self._path is None:
            yield lambda _: None
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            torn = self._path.is_file() and not self._path.read_bytes().endswith(b"\n")
            stream = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise EvaluationError(
                f"Grades cannot be kept in {self._path} ({error.strerror}). "
                "Set INTERVIEWER_CACHE_DIR, or keep none with --no-cache."
            ) from error
        with stream:
            if torn and stream.tell():
                stream.write("\n")
            yield lambda kept: self._append(stream, kept)

    def _append(self, stream: TextIO, kept: _Kept) -> None:
        stream.write(kept.model_dump_json(exclude_none=True) + "\n")
        stream.flush()
        self._held[kept.key] = kept


def run(
    grader: Grader,
    cases: Sequence[Case],
    bench: Bench,
    *,
    split: str,
    cache: Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    prompts_hash: str | None = None,
) -> Run:
    """Grade every case.

    Args:
        grader: Under test.
        cases: In the order of the rows.
        bench: Holds the bank the cases refer to.
        split: What the cases are, for the record.
        cache: Folder of kept grades; None keeps nothing.
        seed: Of every random choice made later on this run.
        progress: Called with (done, all) after each case.
        prompts_hash: Of the prompts in use; None: the shipped ones.

    An answer that was not graded is not kept: going on tries it again.

    Raises:
        EvaluationError: A case's question is not in the bank, or the cache cannot be written.
    """
    started, begun = datetime.now(UTC), time.perf_counter()
    asked = questions_asked(cases, bench.bank)
    decided_by = fingerprint(grader, bench)
    kept = Cache(cache, grader.name)
    rows = []
    with kept.writing() as keep:
        for number, (case, question) in enumerate(zip(cases, asked, strict=True), start=1):
            key = _key(decided_by, case, question)
            found = kept.get(key)
            if found is None:
                tick = time.perf_counter()
                outcome, reason = outcome_of(grader.grade(question, case.said()))
                found = _Kept(
                    key=key,
                    outcome=outcome,
                    ungraded=reason,
                    seconds=round(time.perf_counter() - tick, 4),
                )
                if outcome is not None:
                    keep(found)
                rows.append(_row(case, question, found, cached=False))
            else:
                rows.append(_row(case, question, found, cached=True))
            if progress:
                progress(number, len(cases))
    commit, dirty = _commit()
    info = RunInfo(
        grader=grader.name,
        identity=decided_by,
        split=split,
        seed=seed,
        commit=commit,
        dirty=dirty,
        bank_hash=bench.bank.hash,
        prompts_hash=prompts_hash or _prompts_hash(),
        model=bench.encoder.name,
        python=platform.python_version(),
        packages={name: installed for name in PACKAGES if (installed := _version(name))},
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - begun, 2),
    )
    return Run(info=info, rows=tuple(rows))


def questions_asked(cases: Sequence[Case], bank: Bank) -> list[Question]:
    """The question of each case.

    Raises:
        EvaluationError: The bank lacks some; names the cases.
    """
    asked, lost = [], []
    for case in cases:
        try:
            asked.append(case.asked(bank))
        except UnknownQuestion:
            lost.append(f"{case.id} ({'/'.join(filter(None, (case.question, case.follow_up)))})")
    if lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        raise EvaluationError(
            f"The bank lacks the question of {len(lost)} of {len(cases)} cases: "
            f"{', '.join(lost[:_SHOWN])}{more}. Give the bank they were written for with --bank, "
            "or their folder with --cases."
        )
    return asked


def fingerprint(grader: Grader, bench: Bench) -> str:
    """A hash of all that decides a grade, in code, data and libraries: the cache's key."""
    package = Path(__file__).resolve().parents[1]
    sources = [package / "embedding.py", package / "model.py"]
    sources += sorted(
        path
        for path in (package / "grading").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    digest = hashlib.sha256(identity(grader, bench).encode())
    for path in sources:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(json.dumps({name: _version(name) for name in PACKAGES}).encode())
    return digest.hexdigest()[:16]


def _key(decided_by: str, case: Case, question: Question) -> str:
    """The same only if grader, question and answer are."""
    material = json.dumps([decided_by, question.model_dump_json(), case.answer, case.manner])
    return hashlib.sha256(material.encode()).hexdigest()[:32]


def _row(case: Case, question: Question, kept: _Kept, *, cached: bool) -> Row:
    return Row(
        case=case.id,
        question=case.question,
        follow_up=case.follow_up,
        topic=question.topic,
        kind=question.kind.value,
        difficulty=question.level.value,
        style=case.style,
        manner=case.manner,
        twin=case.twin,
        answer=case.answer,
        truth=case.level,
        author=case.label.level,
        second=case.second.level if case.second else None,
        marks=case.marks,
        outcome=kept.outcome,
        ungraded=kept.ungraded,
        seconds=kept.seconds,
        tokens=kept.tokens,
        cached=cached,
    )


def _prompts_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(prompts_folder().glob("*.md")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _commit() -> tuple[str | None, bool | None]:
    """The checkout's commit, and whether tracked files differ from it; None outside one."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / ".git").exists():
        return None, None
    try:
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        return commit, bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed words
        ["git", *words],  # noqa: S607 - the one on the path
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
