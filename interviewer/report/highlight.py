"""Cut an answer into segments by the evidence that covers them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from pydantic import Field

from interviewer.model import Evidence, Span, Value


class Mark(Value):
    """A stretch of a text that is evidence for something."""

    id: str = Field(description="Id of the point or misconception.")
    span: Span
    wrong: bool = Field(default=False, description="The id is a misconception's.")


class Segment(Value):
    """A stretch of an answer that is evidence for the same things throughout."""

    text: str
    points: tuple[str, ...] = Field(default=(), description="Ids of points it is evidence for.")
    misconceptions: tuple[str, ...] = Field(default=(), description="Ids of those heard in it.")

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id, points first; none for words that are evidence for nothing."""
        return self.points + self.misconceptions


def highlight(text: str, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """Cut a text where evidence starts or ends.

    Args:
        text: The answer.
        marks: In any order. They may overlap; what lies outside the text, or
            ends before it starts, is left out.

    Returns:
        Segments, none of them empty, whose texts joined are ``text``. Neighbours
        differ in their ids; ids are in the order of ``marks``, each once.
    """
    kept = tuple(mark for mark in marks if mark.span.start < min(mark.span.end, len(text)))
    cuts = {0, len(text)}
    for mark in kept:
        cuts |= {mark.span.start, min(mark.span.end, len(text))}
    edges = sorted(cuts)
    segments: list[Segment] = []
    for start, end in pairwise(edges):
        over = [mark for mark in kept if mark.span.start <= start and end <= mark.span.end]
        points = tuple(dict.fromkeys(mark.id for mark in over if not mark.wrong))
        wrong = tuple(dict.fromkeys(mark.id for mark in over if mark.wrong))
        piece = Segment(text=text[start:end], points=points, misconceptions=wrong)
        if segments and (segments[-1].points, segments[-1].misconceptions) == (points, wrong):
            piece = piece.model_copy(update={"text": segments.pop().text + piece.text})
        segments.append(piece)
    return tuple(segments)


def locate(text: str, evidence: Evidence) -> Span | None:
    """Where the quote of a piece of evidence stands in a text, or None.

    The span is taken when its words are the quote; else the quote is looked
    for, so that a span of another text never marks words that show nothing.
    """
    if not evidence.quote.strip():
        return None
    if evidence.span.of(text) == evidence.quote:
        return evidence.span
    start = text.find(evidence.quote)
    return Span(start=start, end=start + len(evidence.quote)) if start >= 0 else None
