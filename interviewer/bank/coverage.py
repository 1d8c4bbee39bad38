"""Whether a bank answers the topics of a syllabus, and whether the search finds where."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from interviewer.bank.load import Bank
from interviewer.errors import BankError

if TYPE_CHECKING:
    from interviewer.bank.search import BankIndex

WITHIN: Final = 2
"""A topic's question is to be among so many first hits."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A row of a syllabus.

    Attributes:
        id: Of the row.
        text: What somebody looks for.
        questions: Ids of the questions that answer it, any of them.
    """

    id: str
    text: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """What the search finds for a topic.

    Attributes:
        topic: The row.
        rank: Of the first question that answers it, 1 is best; None: not found, or there is none.
        hits: The ids found, best first.
    """

    topic: Topic
    rank: int | None
    hits: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether a question that answers it comes early enough."""
        return self.rank is not None and self.rank <= WITHIN


def read_topics(path: Path, texts: Path | None = None) -> tuple[Topic, ...]:
    """The topics of a CSV file with the columns ``id``, ``topic`` and ``questions``.

    Args:
        path: The file.
        texts: Another file whose ``topic`` is looked for in place of this one's, by ``id``.

    Raises:
        BankError: A file cannot be read, or lacks a column or a topic.
    """
    words = {row["id"]: row["topic"] for row in _rows(texts, ("id", "topic"))} if texts else {}
    topics = []
    for row in _rows(path, ("id", "topic", "questions")):
        text = words.get(row["id"], "") if texts else row["topic"]
        if not text.strip():
            raise BankError(f"'{texts or path}' has no topic for the row '{row['id']}'.")
        topics.append(Topic(row["id"], text, tuple(row["questions"].split())))
    return tuple(topics)


def cover(topics: Sequence[Topic], bank: Bank, index: BankIndex) -> tuple[Covered, ...]:
    """Look for every topic.

    Args:
        topics: The syllabus.
        bank: The questions.
        index: Searches them.

    Raises:
        BankError: A topic names a question the bank does not have.
    """
    for topic in topics:
        for name in topic.questions:
            if name not in bank:
                raise BankError(f"The topic '{topic.id}' names '{name}', which is no question.")
    found = index.search_all([topic.text for topic in topics], 10)
    covered = []
    for topic, hits in zip(topics, found, strict=True):
        ids = tuple(hit.question_id for hit in hits)
        ranks = [ids.index(name) + 1 for name in topic.questions if name in ids]
        covered.append(Covered(topic, min(ranks, default=None), ids))
    return tuple(covered)


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BankError(f"'{path}' cannot be read as CSV ({error}).") from error
    missing = [name for name in columns if not rows or name not in rows[0]]
    if missing:
        raise BankError(f"'{path}' has no column {', '.join(missing)}.")
    return rows
