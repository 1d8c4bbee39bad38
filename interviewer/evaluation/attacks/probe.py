"""A probe, and what families of probes are made from."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pydantic import Field

from interviewer.bank import Bank
from interviewer.evaluation.attacks.near import Nearness
from interviewer.evaluation.attacks.texts import Texts
from interviewer.evaluation.cases import Case
from interviewer.evaluation.results import Expectation, ProbeKind
from interviewer.model import Identifier, Level, Manner, Question, Status, Value
from interviewer.speech.normalise import Normaliser
from interviewer.speech.vocabulary import Vocabulary


class Probe(Value):
    """A changed answer with what must hold of its grade."""

    id: str = Field(description="<family>/<what it was made from>/<variant>.")
    family: Identifier
    kind: ProbeKind
    question: Identifier
    follow_up: Identifier | None = None
    base: str | None = Field(default=None, description="The unchanged answer, where one counts.")
    base_manner: Manner = Manner.TYPED
    answer: str = Field(min_length=1, description="The changed answer.")
    manner: Manner = Manner.TYPED
    expects: Expectation


@dataclass(frozen=True)
class Target:
    """A question that can be asked: one of the bank, or a follow-up of it."""

    question: Question
    follow_up: str | None

    @property
    def id(self) -> str:
        """Unique in the bank."""
        return f"{self.question.id}/{self.follow_up}" if self.follow_up else self.question.id


@dataclass(frozen=True)
class Material:
    """All that probes are derived from.

    Attributes:
        cases: Of one split, answering questions of the bank.
        bank: The questions.
        nearness: Finds the sentences that make a point.
        texts: The hand-written ones.
        seed: Of every choice.
    """

    cases: tuple[Case, ...]
    bank: Bank
    nearness: Nearness
    texts: Texts
    seed: int

    @cached_property
    def normalise(self) -> Normaliser:
        """Writes what was said as it was meant, with the bank's own terms."""
        return Normaliser(Vocabulary.of(self.bank))

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """The ids of the cases' questions, sorted."""
        return tuple(sorted({case.question for case in self.cases}))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Each question of the cases, and its follow-ups that have points."""
        return tuple(self._targets())

    def _targets(self) -> Iterator[Target]:
        for name in self.questions:
            question = self.bank[name]
            yield Target(question, None)
            for item in question.follow_ups:
                if item.points:
                    yield Target(question.as_follow_up(item), item.id)

    def pick(self, family: str, question: str, most: int, *levels: Level) -> list[Case]:
        """Up to ``most`` cases of a question with these levels, chosen by hash.

        Answers that do not try are never taken: changing nothing shows nothing.
        """
        found = [
            case
            for case in self.cases
            if case.question == question and case.level in levels and case.style not in _NO_TRY
        ]
        found.sort(key=lambda case: order(self.seed, case.id, family))
        return found[:most]

    def draw(self, family: str, about: str) -> random.Random:
        """Random numbers of their own for one thing in one family."""
        return draw(self.seed, about, family)


Card = TypeVar("Card")

_NO_TRY = frozenset(("non-answer", "offtopic", "keywords"))


def order(seed: int, about: str, family: str) -> int:
    """A number that decides what comes first; the same on every machine."""
    digest = hashlib.sha256(f"{seed}\0{about}\0{family}".encode()).digest()
    return int.from_bytes(digest[:8])


def draw(seed: int, about: str, family: str) -> random.Random:
    """Random numbers that depend on these three alone."""
    return random.Random(order(seed, about, family))  # noqa: S311 - no secret


def deal(deck: Sequence[Card], hands: int, least: int) -> list[list[Card]]:
    """Deal a deck to ``hands``, each ``least`` cards or more, every card used.

    Raises:
        ValueError: The deck is empty.
    """
    if not deck:
        raise ValueError("There is nothing to deal.")
    each = min(len(deck), max(least, -(-len(deck) // hands)))
    return [[deck[(hand * each + i) % len(deck)] for i in range(each)] for hand in range(hands)]


def contradicts(case: Case) -> bool:
    """Whether an answer is marked, or was written, to say something wrong."""
    if case.marks is not None:
        wrong = Status.CONTRADICTED in case.marks.points.values()
        return wrong or bool(case.marks.misconceptions)
    return case.style == "slip" or "wrong" in case.style
