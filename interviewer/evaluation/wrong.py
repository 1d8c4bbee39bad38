"""The answers a grader got wrong, with what it saw in them beside what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interviewer.bank import Bank
from interviewer.errors import UnknownQuestion
from interviewer.evaluation.results import Row, Said
from interviewer.model import Level, Question, Status
from interviewer.report import Mark, highlight

_STRENGTH = ("misconception", "contradicted", "covered", "partial")
"""Which of several kinds of evidence for the same words is drawn."""


@dataclass(frozen=True)
class Piece:
    """A stretch of an answer."""

    text: str
    kind: str | None
    """covered, partial, contradicted, misconception, or None for words that show nothing."""
    label: str
    """What begins here, for the reader; empty where nothing does."""


@dataclass(frozen=True)
class PointLine:
    """A point: what the grader said of it, and what the marks say."""

    number: int
    name: str
    said: Status | None
    strength: float | None
    mark: Status | None

    @property
    def agrees(self) -> bool | None:
        """Whether both say it was made; None where one of them is silent."""
        if self.said is None or self.mark is None:
            return None
        made = (Status.COVERED, Status.PARTIAL)
        return (self.said in made) == (self.mark in made)


@dataclass(frozen=True)
class MisconceptionLine:
    """A misconception that was heard, marked, or both."""

    name: str
    heard: bool
    marked: bool | None
    """None where the answer has no marks."""


@dataclass(frozen=True)
class WrongAnswer:
    """An answer whose level the grader got wrong, or that it did not grade."""

    row: Row
    given: Level | None
    prompt: str | None
    pieces: tuple[Piece, ...]
    points: tuple[PointLine, ...]
    misconceptions: tuple[MisconceptionLine, ...]

    @property
    def off(self) -> int:
        """How many levels too high; negative when too low, 0 when ungraded."""
        return 0 if self.given is None else self.given.rank - self.row.truth.rank


def wrong_answers(rows: Sequence[Row], bank: Bank | None = None) -> tuple[WrongAnswer, ...]:
    """The wrong and the ungraded, the worst and the surest first.

    Args:
        rows: Of a run.
        bank: The one the run was made with, for the words of prompts and claims.
    """
    wrong = [row for row in rows if row.outcome is None or row.outcome.level is not row.truth]
    return tuple(sorted((_wrong(row, bank) for row in wrong), key=_order))


def _order(wrong: WrongAnswer) -> tuple[int, float, str]:
    sure = wrong.row.outcome.confidence if wrong.row.outcome else 0.0
    return (-abs(wrong.off), -sure, wrong.row.case)


def _wrong(row: Row, bank: Bank | None) -> WrongAnswer:
    question = _question(row, bank)
    said = row.outcome.points if row.outcome else {}
    marks = row.marks.points if row.marks else {}
    names = tuple(dict.fromkeys((*said, *marks)))
    numbers = {name: number for number, name in enumerate(names, start=1)}
    return WrongAnswer(
        row=row,
        given=row.outcome.level if row.outcome else None,
        prompt=question.prompt if question else None,
        pieces=_pieces(row, numbers),
        points=tuple(
            PointLine(
                number=numbers[name],
                name=_claim(question, name),
                said=said[name].status if name in said else None,
                strength=said[name].strength if name in said else None,
                mark=marks.get(name),
            )
            for name in names
        ),
        misconceptions=_misconceptions(row, question),
    )


def _question(row: Row, bank: Bank | None) -> Question | None:
    if bank is None:
        return None
    try:
        question = bank[row.question]
        if row.follow_up is None:
            return question
        return question.as_follow_up(bank.follow_up(row.question, row.follow_up))
    except UnknownQuestion:
        return None


def _claim(question: Question | None, name: str) -> str:
    point = question.point(name) if question else None
    return point.claim if point else name.replace("-", " ")


def _misconceptions(row: Row, question: Question | None) -> tuple[MisconceptionLine, ...]:
    heard = tuple(row.outcome.misconceptions) if row.outcome else ()
    marked = row.marks.misconceptions if row.marks else ()
    claims = {item.id: item.claim for item in question.misconceptions} if question else {}
    return tuple(
        MisconceptionLine(
            name=claims.get(name, name.replace("-", " ")),
            heard=name in heard,
            marked=name in marked if row.marks else None,
        )
        for name in dict.fromkeys((*heard, *marked))
    )


def _pieces(row: Row, numbers: dict[str, int]) -> tuple[Piece, ...]:
    """The answer cut by its evidence; where kinds overlap the gravest is drawn."""
    if row.outcome is None:
        return (Piece(row.answer, None, ""),)
    said = row.outcome.points
    marks = [
        Mark(id=name, span=item.span)
        for name, item in said.items()
        if item.span is not None and item.status is not Status.MISSING
    ]
    marks += [
        Mark(id=name, span=span, wrong=True) for name, span in row.outcome.misconceptions.items()
    ]
    pieces, before = [], frozenset[str]()
    for segment in highlight(row.answer, marks):
        kinds = {said[name].status.value for name in segment.points}
        if segment.misconceptions:
            kinds.add("misconception")
        kind = min(kinds, key=_STRENGTH.index, default=None)
        begins = [name for name in segment.ids if name not in before]
        pieces.append(Piece(segment.text, kind, _label(begins, said, numbers)))
        before = frozenset(segment.ids)
    return tuple(pieces)


def _label(begins: Sequence[str], said: Mapping[str, Said], numbers: Mapping[str, int]) -> str:
    """What evidence begins here, by kind: ``covered 1, 3``; misconceptions have no number."""
    by_kind: dict[str, list[str]] = {}
    for name in begins:
        if name in said:
            by_kind.setdefault(said[name].status.value, []).append(str(numbers[name]))
        else:
            by_kind.setdefault("misconception", [])
    return " · ".join(
        f"{kind} {', '.join(by_kind[kind])}".strip() for kind in _STRENGTH if kind in by_kind
    )
