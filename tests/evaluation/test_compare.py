"""Two runs side by side."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.errors import EvaluationError
from interviewer.evaluation.compare import Difference, compare, excerpt, mcnemar
from interviewer.evaluation.results import Row
from interviewer.model import Level
from tests.evaluation.rows import OK, STRONG, WEAK, row, run_of

TRUTH = [WEAK, OK, STRONG, WEAK, OK, STRONG, WEAK, OK]


def graded(levels: Sequence[Level | None], truth: Sequence[Level] = TRUTH) -> list[Row]:
    pairs = zip(truth, levels, strict=True)
    return [row(f"q{place}/1", right, given) for place, (right, given) in enumerate(pairs)]


def figure(found: tuple[Difference, ...], name: str) -> Difference:
    (item,) = (item for item in found if item.name == name)
    return item


def test_a_run_does_not_differ_from_itself() -> None:
    run = run_of(graded([WEAK, WEAK, STRONG, STRONG, OK, OK, None, OK]))
    found = compare(run, run)
    assert (found.n, found.questions, found.left_out, found.changes) == (8, 8, 0, ())
    for item in found.differences:
        assert item.first == item.second
        if item.first is None:
            assert (item.difference, item.low, item.high) == (None, None, None)
        else:
            assert (item.difference, item.low, item.high) == (0, 0, 0)
    assert (found.mcnemar.only_first, found.mcnemar.only_second, found.mcnemar.p) == (0, 0, None)


def test_a_better_run_is_better_surely() -> None:
    worse = run_of(graded([OK] * 8), grader="old")
    found = compare(worse, run_of(graded(TRUTH), grader="new"))
    assert (found.first, found.second, found.split) == ("old", "new", "test")
    right = figure(found.differences, "accuracy")
    assert (right.first, right.second, right.difference) == (0.375, 1.0, 0.625)
    assert right.low is not None
    assert right.low > 0
    # Five of eight became right, none wrong: 2 / 2**5.
    assert (found.mcnemar.only_first, found.mcnemar.only_second) == (0, 5)
    assert found.mcnemar.p == 0.0625
    assert [change.effect for change in found.changes] == ["better"] * 5


def test_pairing_narrows_the_interval() -> None:
    """Graders that differ on one answer only: apart each is unsure, the difference is not."""
    from interviewer.evaluation.figures import FIGURES, interval

    levels: list[Level | None] = [WEAK, WEAK, WEAK, WEAK, OK, OK, OK, OK]
    one = graded(levels)
    other = graded([*levels[:7], WEAK])
    alone = interval(FIGURES["accuracy"], one)
    paired = figure(compare(run_of(one), run_of(other)).differences, "accuracy")
    assert alone.low is not None
    assert alone.high is not None
    assert paired.low is not None
    assert paired.high is not None
    assert paired.high - paired.low < alone.high - alone.low


@pytest.mark.parametrize(
    ("b", "c", "p"),
    # R: binom.test(b, b + c)$p.value
    [(1, 5, 0.21875), (5, 1, 0.21875), (0, 6, 0.03125), (3, 3, 1.0), (2, 10, 0.03857421875)],
)
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int, p: float) -> None:
    truth = [OK] * (b + c)
    one = graded([OK] * b + [WEAK] * c, truth)
    other = graded([WEAK] * b + [OK] * c, truth)
    found = mcnemar(one, other)
    assert (found.only_first, found.only_second) == (b, c)
    assert found.p == pytest.approx(p)


LEVEL = st.sampled_from([None, WEAK, OK, STRONG])


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(Level), LEVEL, LEVEL), min_size=1, max_size=20))
def test_turned_round_it_says_the_opposite(
    rows: list[tuple[Level, Level | None, Level | None]],
) -> None:
    truth = [item[0] for item in rows]
    one, other = (run_of(graded([item[k] for item in rows], truth)) for k in (1, 2))
    forth, back = compare(one, other), compare(other, one)
    assert forth.mcnemar.p == back.mcnemar.p
    opposite = {"better": "worse", "worse": "better", "other": "other"}
    assert {(item.case, item.effect) for item in forth.changes} == {
        (item.case, opposite[item.effect]) for item in back.changes
    }
    for there, here in zip(forth.differences, back.differences, strict=True):
        assert (there.first, there.second) == (here.second, here.first)
        if there.difference is not None and here.difference is not None:
            assert there.difference == pytest.approx(-here.difference)
        if there.low is not None and here.high is not None:
            assert there.low == pytest.approx(-here.high, abs=2e-4)


def test_changed_answers_are_told_worst_first() -> None:
    truth = [WEAK, OK, OK, WEAK, STRONG]
    before = graded([STRONG, OK, WEAK, None, STRONG], truth)
    after = graded([OK, WEAK, STRONG, WEAK, STRONG], truth)
    found = compare(run_of(before), run_of(after)).changes
    assert [(item.case, item.effect, item.first, item.second) for item in found] == [
        ("q1/1", "worse", OK, WEAK),
        ("q0/1", "better", STRONG, OK),
        ("q2/1", "other", WEAK, STRONG),
        ("q3/1", "other", None, WEAK),
    ]


def test_runs_on_different_cases_are_refused() -> None:
    one = run_of([row("a/1", OK, OK), row("b/1", OK, OK), row("c/1", OK, OK), row("e/1", OK, OK)])
    other = run_of(
        [
            row("b/1", OK, WEAK),
            row("c/1", WEAK, OK),
            row("d/1", OK, OK),
            row("e/1", OK, OK, answer="Another."),
        ]
    )
    with pytest.raises(EvaluationError) as caught:
        compare(one, other)
    message = str(caught.value)
    assert "1 only in the first, 1 only in the second, 2 with another answer, label" in message
    assert "--common" in message
    found = compare(one, other, common=True)
    assert (found.n, found.left_out) == (1, 4)
    assert [item.case for item in found.changes] == ["b/1"]
    with pytest.raises(EvaluationError, match="no case in common"):
        compare(one, run_of([row("z/1", OK, OK)]), common=True)


@given(st.text())
def test_an_excerpt_is_one_short_line(text: str) -> None:
    found = excerpt(text, 20)
    assert len(found) <= 20
    assert len(found.splitlines()) <= 1
