"""The judge's reply: its shape, and what of it holds.

A verdict counts for an id that was asked, with a status of the list and, but for
missing, with words that stand in the answer. Nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from interviewer.grading import quotes
from interviewer.grading.brief import Section, prefixes
from interviewer.grading.focus import focus
from interviewer.grading.reference import sentences_of
from interviewer.grading.words import stems_of
from interviewer.model import Kind, Question, Span, Status

_TICKS = " `\"'"
"""What models put around an id."""
_CARRIED = 5
"""Words of one quote for each point it may show; two points it may always show."""
_THIN = 3
"""Points one quote shows where a judge that reads does not (none of 360 recorded replies)."""


def _closed(schema: dict[str, Any]) -> None:
    """Tell a model to write every field and no other; what comes is read leniently."""
    schema["required"] = list(schema["properties"])
    schema["additionalProperties"] = False
    schema.pop("description", None)
    for part in (schema, *schema["properties"].values()):
        part.pop("title", None)
        part.pop("default", None)


def _blank(value: object) -> object:
    return "" if value is None else value


def _none(value: object) -> object:
    return [] if value is None else value


_Text = Annotated[str, BeforeValidator(_blank)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra=_closed)


class PointReply(_Part):
    """One verdict as the judge wrote it; its status may be off the list."""

    id: _Text = ""
    status: Annotated[
        _Text, Field(json_schema_extra={"enum": [status.value for status in Status]})
    ] = ""
    quote: _Text = Field(default="", description="The candidate's words; empty for missing.")


class MisconceptionReply(_Part):
    """A misconception the judge heard."""

    id: _Text = ""
    quote: _Text = Field(default="", description="The candidate's words.")


class ErrorReply(_Part):
    """Something wrong that nothing listed names."""

    quote: _Text = Field(default="", description="The candidate's words.")
    correction: _Text = Field(default="", description="What is right.")


class JudgeReply(_Part):
    """What the judge is asked for."""

    verdicts: Annotated[list[PointReply], BeforeValidator(_none)]
    misconceptions: Annotated[list[MisconceptionReply], BeforeValidator(_none)] = Field(default=[])
    errors: Annotated[list[ErrorReply], BeforeValidator(_none)] = Field(default=[])
    feedback: _Text = Field(default="", description="Said to the candidate.")


@dataclass(frozen=True, slots=True)
class PointVerdict:
    """What the judge found on one point.

    Attributes:
        point_id: Of the question.
        status: After the check of the quote.
        span: Where the answer shows it; None exactly when the point is missing.
        agreement: Share of the judge's samples that say so.
        thin: Whether its quote is to show two other points or more as well.
    """

    point_id: str
    status: Status
    span: Span | None
    agreement: float = 1.0
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge found in one answer.

    Attributes:
        name: Of the section.
        verdicts: In the order of the question's points.
        heard: Ids of misconceptions, and where.
        slips: Where something else is wrong, and what is right.
        feedback: To the candidate, in the first of several sections; else empty.
    """

    name: str
    verdicts: tuple[PointVerdict, ...]
    heard: tuple[tuple[str, Span], ...] = ()
    slips: tuple[tuple[Span, str], ...] = ()
    feedback: str = ""


def asked_ids(sections: Sequence[Section]) -> tuple[str, ...]:
    """Every id the judge owes a verdict."""
    return tuple(
        prefix + point.id
        for section, prefix in zip(sections, prefixes(sections), strict=True)
        for point in section.question.points
    )


def sort_verdicts(
    reply: JudgeReply, ids: Sequence[str]
) -> tuple[dict[str, PointReply], tuple[str, ...]]:
    """The verdicts that can be used, by id, and complaints on the others.

    An id with two different statuses has none that can be used.
    """
    menu = {status.value for status in Status}
    found: dict[str, PointReply] = {}
    complaints: list[str] = []
    spoilt: set[str] = set()
    for item in reply.verdicts:
        name, status = item.id.strip(_TICKS), item.status.strip().lower()
        if name not in ids:
            complaints.append(f"'{name}' is no id that was asked")
        elif status not in menu:
            complaints.append(f"'{name}' has the status '{item.status}'")
        elif name in found and found[name].status != status:
            complaints.append(f"'{name}' has two statuses")
            spoilt.add(name)
        elif name not in found:
            found[name] = item.model_copy(update={"id": name, "status": status})
    return {name: item for name, item in found.items() if name not in spoilt}, tuple(complaints)


def check(
    sections: Sequence[Section], verdicts: Mapping[str, PointReply], reply: JudgeReply
) -> tuple[tuple[Judged, ...], tuple[str, ...]]:
    """What of a reply holds, for each section, and complaints on what does not.

    Args:
        sections: What was asked, with points.
        verdicts: One for each asked id.
        reply: Its other parts are read from here.
    """
    known = {
        prefix + item.id
        for section, prefix in zip(sections, prefixes(sections), strict=True)
        for item in section.question.misconceptions
    }
    said_wrong = [(item.id.strip(_TICKS), item.quote) for item in reply.misconceptions]
    complaints = [f"'{name}' is no misconception" for name, _ in said_wrong if name not in known]
    grounds = [(section.answer.text, standing(section)) for section in sections]
    found: list[Judged] = []
    for section, prefix, ground in zip(sections, prefixes(sections), grounds, strict=True):
        points = []
        for point in section.question.points:
            said = verdicts[prefix + point.id]
            verdict = PointVerdict(point.id, Status(said.status), None)
            if verdict.status is not Status.MISSING:
                span = quotes.find(said.quote, *ground)
                if span is None:
                    complaints.append(f"the quote for '{said.id}' is not in the answer")
                    verdict = replace(verdict, status=Status.MISSING)
                else:
                    verdict = replace(verdict, span=span)
            points.append(verdict)
        heard: dict[str, Span] = {}
        for name, quote in said_wrong:
            if name not in known or not name.startswith(prefix):
                continue
            span = quotes.find(quote, *ground)
            if span is None:
                complaints.append(f"the quote for '{name}' is not in the answer")
            else:
                heard.setdefault(name.removeprefix(prefix), span)
        found.append(
            Judged(
                section.name,
                _carried(points, section.answer.text, complaints),
                tuple(heard.items()),
                feedback="" if found else " ".join(reply.feedback.split()),
            )
        )
    for error in reply.errors:
        places = [quotes.find(error.quote, *ground) for ground in grounds]
        first = next((row for row, span in enumerate(places) if span), None)
        if first is None or not error.correction.strip():
            complaints.append("an error has no quote in the answer, or no correction")
            continue
        span = places[first]
        assert span is not None  # noqa: S101 - the row was chosen so
        slips = (*found[first].slips, (span, " ".join(error.correction.split())))
        found[first] = replace(found[first], slips=slips)
    return tuple(found), tuple(complaints)


def _carried(
    points: Sequence[PointVerdict], text: str, complaints: list[str]
) -> tuple[PointVerdict, ...]:
    """The verdicts, those partial whose one quote is to show more than it can hold."""
    uses = Counter(item.span for item in points if item.status is Status.COVERED)
    kept = []
    for item in points:
        if item.span is not None and item.status is Status.COVERED:
            most = max(2, quotes.count_words(item.span.of(text)) // _CARRIED)
            held: Status = item.status
            if uses[item.span] > most:
                complaints.append(f"the quote for '{item.point_id}' has to show too much")
                held = Status.PARTIAL
            item = replace(item, status=held, thin=uses[item.span] >= _THIN)  # noqa: PLW2901
        kept.append(item)
    return tuple(kept)


def standing(section: Section) -> str:
    """The answer with spaces where it talks to the grader, marks up or repeats itself.

    Talk about grading stays where the question itself is about such words.
    """
    text, vocabulary = section.answer.text, _vocabulary(section.question)
    first = focus(text)
    if vocabulary is None:
        return first
    second = focus(text, vocabulary)
    return "".join(b if a == " " else a for a, b in zip(first, second, strict=True))


def _vocabulary(question: Question) -> frozenset[str] | None:
    if question.kind is Kind.BEHAVIOURAL:
        return None
    texts = [question.prompt, *sentences_of(question.model_answer)]
    texts += [wording for point in question.points for wording in point.wordings]
    texts += [item.claim for item in question.misconceptions]
    return frozenset().union(*map(stems_of, texts))
