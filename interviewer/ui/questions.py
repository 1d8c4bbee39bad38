"""The question bank as a page: search, filters, one question with everything about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from interviewer.bank import Bank
from interviewer.errors import EmbeddingError, UnknownQuestion
from interviewer.model import Question, Value
from interviewer.ui.render import render
from interviewer.ui.wire import Ask, Reply, notice

if TYPE_CHECKING:
    from interviewer.wiring import Parts

SIMILAR = 4
"""How many questions like the open one are named."""


class Filter(Value):
    """What the list is narrowed to; an empty field narrows nothing."""

    text: str = Field(default="", max_length=500)
    topic: str = ""
    kind: str = ""
    level: str = ""
    role: str = ""

    def fits(self, question: Question) -> bool:
        """Whether a question passes, its text aside."""
        return (
            self.topic in {"", question.topic}
            and self.kind in {"", question.kind.value}
            and self.level in {"", question.level.value}
            and (not self.role or self.role in {role.value for role in question.roles})
        )


class Found(Value):
    """A question in the list, and what the search matched if it was not the question."""

    question: Question
    matched: str = ""


class QuestionsPage:
    """Answers the events of the question bank.

    Args:
        parts: Bank and index; looked up when they are needed.
    """

    def __init__(self, parts: Parts) -> None:
        """Keep the parts; nothing is opened."""
        self._parts = parts

    def shell(self) -> str:
        """The static HTML of the page, every question listed."""
        bank = self._parts.bank
        found = [Found(question=question) for question in bank]
        return render(
            "questions.html",
            words=bank.taxonomy,
            topics=dict.fromkeys(question.topic for question in bank),
            results=results(found, bank, Filter()),
            placeholder=empty_detail(),
        )

    def handle(self, ask: Ask) -> Iterator[Reply]:
        """Search, show one question, or put it away."""
        if ask.do == "find":
            wanted = read_filter(ask.form)
            yield Reply(slots={"results": results(self._find(wanted), self._parts.bank, wanted)})
        elif ask.do == "show":
            yield from self._show(ask.question or "")
        elif ask.do == "hide":
            yield Reply(slots={"detail": empty_detail(), "similar": "", "questions-notice": ""})
        else:
            yield Reply()

    def _find(self, wanted: Filter) -> Sequence[Found]:
        bank = self._parts.bank
        if not wanted.text:
            return [Found(question=item) for item in bank if wanted.fits(item)]
        plain = plain_matches(bank, wanted)
        if not self._parts.encoder.ready:
            return plain
        try:
            hits = self._parts.index.search(wanted.text, limit=20)
        except EmbeddingError:
            return plain
        # Words that stand in a question come first; then what means the same.
        found = {item.question.id: item for item in plain}
        for hit in hits:
            if hit.question_id in bank and wanted.fits(bank[hit.question_id]):
                matched = "" if hit.matched == "question" else hit.text
                found.setdefault(
                    hit.question_id, Found(question=bank[hit.question_id], matched=matched)
                )
        return list(found.values())

    def _show(self, question_id: str) -> Iterator[Reply]:
        bank = self._parts.bank
        try:
            question = bank[question_id]
        except UnknownQuestion as error:
            yield Reply(
                slots={"detail": empty_detail()} | notice("questions-notice", str(error)),
                tell={"shown": None},
            )
            return
        waiting = not self._parts.encoder.ready
        yield Reply(
            slots={
                "detail": detail(question, bank),
                "similar": similar([], waiting=waiting),
                "questions-notice": "",
            },
            tell={"shown": question.id, "title": question.name},
            final=False,
        )
        try:
            hits = self._parts.index.similar(question.id, limit=SIMILAR)
        except EmbeddingError as error:
            yield Reply(slots=notice("similar", str(error), kind="warning"))
            return
        others = [bank[hit.question_id] for hit in hits if hit.question_id in bank]
        yield Reply(slots={"similar": similar(others, waiting=False, bank=bank)})


def read_filter(form: Mapping[str, str | list[str]]) -> Filter:
    """What the search form holds; text that is too long is cut."""
    values = {
        name: value if isinstance(value, str) else "".join(value[:1])
        for name, value in form.items()
        if name in Filter.model_fields
    }
    values["text"] = values.get("text", "").strip()[:500]
    return Filter.model_validate(values)


def plain_matches(bank: Bank, wanted: Filter) -> list[Found]:
    """Questions that hold every word looked for: title first, then prompt, then points."""
    needles = wanted.text.casefold().split()
    ranked: list[tuple[int, Found]] = []
    for question in bank:
        if not wanted.fits(question):
            continue
        places = (
            question.name,
            question.prompt,
            *(point.claim for point in question.points),
            question.model_answer,
        )
        for rank, place in enumerate(places):
            if all(needle in place.casefold() for needle in needles):
                inside = 1 < rank < len(places) - 1
                ranked.append((rank, Found(question=question, matched=place if inside else "")))
                break
    ranked.sort(key=lambda pair: pair[0])
    return [found for _, found in ranked]


def results(found: Sequence[Found], bank: Bank, wanted: Filter) -> str:
    """The list, or why it is empty."""
    return render("results.html", found=found, words=bank.taxonomy, wanted=wanted, total=len(bank))


def detail(question: Question, bank: Bank) -> str:
    """One question with its model answer, rubric, points and follow-ups."""
    claims = {point.id: point.told for point in question.points}
    return render("question.html", question=question, words=bank.taxonomy, claims=claims)


def empty_detail() -> str:
    """What stands where no question is open."""
    return render("question_empty.html")


def similar(questions: Sequence[Question], *, waiting: bool, bank: Bank | None = None) -> str:
    """Questions like the open one."""
    return render(
        "similar.html",
        questions=questions,
        waiting=waiting,
        looked=bank is not None,
        words=bank.taxonomy if bank else None,
    )
