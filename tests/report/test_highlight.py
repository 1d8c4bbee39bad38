"""Cutting an answer by its evidence never changes the answer."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from interviewer.model import Span
from interviewer.report import Mark, highlight

texts = st.text(st.characters(), max_size=30)
marks = st.lists(
    st.builds(
        Mark,
        id=st.sampled_from("abc"),
        span=st.builds(Span, start=st.integers(0, 40), end=st.integers(0, 40) | st.just(2**40)),
        wrong=st.booleans(),
    ),
    max_size=6,
)


def mark(name: str, start: int, end: int, *, wrong: bool = False) -> Mark:
    return Mark(id=name, span=Span(start=start, end=end), wrong=wrong)


def cut(text: str, *given_marks: Mark) -> list[tuple[str, tuple[str, ...]]]:
    return [(segment.text, segment.ids) for segment in highlight(text, given_marks)]


@given(text=texts, given_marks=marks)
def test_the_segments_joined_are_the_text(text: str, given_marks: list[Mark]) -> None:
    segments = highlight(text, given_marks)
    assert "".join(segment.text for segment in segments) == text
    assert all(segment.text for segment in segments)


@given(text=texts, given_marks=marks)
def test_every_character_has_the_ids_of_the_marks_over_it(
    text: str, given_marks: list[Mark]
) -> None:
    position = 0
    for segment in highlight(text, given_marks):
        for at in range(position, position + len(segment.text)):
            over = [item for item in given_marks if item.span.start <= at < item.span.end]
            assert set(segment.points) == {item.id for item in over if not item.wrong}
            assert set(segment.misconceptions) == {item.id for item in over if item.wrong}
        position += len(segment.text)


@given(text=texts, given_marks=marks)
def test_neighbours_differ(text: str, given_marks: list[Mark]) -> None:
    ids = [(item.points, item.misconceptions) for item in highlight(text, given_marks)]
    assert all(one != next_one for one, next_one in pairwise(ids))


def test_overlapping_evidence_is_shared() -> None:
    assert cut("abcdef", mark("x", 0, 4), mark("y", 2, 6)) == [
        ("ab", ("x",)),
        ("cd", ("x", "y")),
        ("ef", ("y",)),
    ]


def test_a_point_and_a_misconception_may_have_the_same_id() -> None:
    (segment,) = highlight("ab", [mark("x", 0, 2), mark("x", 0, 2, wrong=True)])
    assert (segment.points, segment.misconceptions) == (("x",), ("x",))


def test_marks_outside_the_text_are_left_out() -> None:
    assert cut("ab", mark("x", 1, 99), mark("y", 2, 5), mark("z", 1, 0)) == [
        ("a", ()),
        ("b", ("x",)),
    ]


def test_no_text_has_no_segment() -> None:
    assert cut("", mark("x", 0, 1)) == []
