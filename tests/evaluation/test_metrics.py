"""Metrics against scikit-learn, by hand, and of nothing."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from interviewer.evaluation import metrics
from interviewer.evaluation.figures import FIGURES, figures
from interviewer.evaluation.metrics import Interval, Ranks, bootstrap, summarise
from interviewer.evaluation.results import Row
from interviewer.model import Level, Status
from tests.evaluation.rows import OK, STRONG, WEAK, outcome, row

RANK = st.integers(0, 2)
PAIRS = st.lists(st.tuples(RANK, RANK), min_size=1, max_size=60)
LEVELS = (WEAK, OK, STRONG)


def ranks(pairs: Sequence[tuple[int, int]]) -> tuple[Ranks, Ranks]:
    truth, given = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return truth, given


@given(PAIRS)
def test_agreement_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, given = ranks(pairs)
    labels = [0, 1, 2]
    assert metrics.accuracy(truth, given) == pytest.approx(accuracy_score(truth, given))
    expected = f1_score(truth, given, average="macro", zero_division=0.0)
    assert metrics.macro_f1(truth, given) == pytest.approx(expected)
    table = metrics.confusion(truth, given)
    assert (table == confusion_matrix(truth, given, labels=labels)).all()
    kappa = metrics.qwk(truth, given)
    if len({*truth, *given}) == 1:
        assert kappa is None
    else:
        expected = cohen_kappa_score(truth, given, weights="quadratic", labels=labels)
        assert kappa == pytest.approx(expected)


@given(PAIRS)
def test_scores_of_a_level_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, given = ranks(pairs)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, given, labels=[0, 1, 2], zero_division=0.0
    )
    for rank, found in enumerate(metrics.per_level(metrics.confusion(truth, given))):
        assert found.level.rank == rank
        assert found.n == support[rank]
        assert (found.precision is None) == (rank not in given)
        assert (found.recall is None) == (rank not in truth)
        assert (found.precision or 0.0) == pytest.approx(precision[rank], abs=1e-4)
        assert (found.recall or 0.0) == pytest.approx(recall[rank], abs=1e-4)
        assert (found.f1 or 0.0) == pytest.approx(f1[rank], abs=1e-4)


@settings(max_examples=25)
@given(st.lists(st.tuples(RANK, RANK, st.integers(0, 9)), min_size=1, max_size=60))
def test_an_interval_is_ordered_and_repeatable(rows: list[tuple[int, int, int]]) -> None:
    truth, given = ranks([item[:2] for item in rows])
    groups = [str(item[2]) for item in rows]
    found = bootstrap(metrics.accuracy, truth, given, groups)
    assert found == bootstrap(metrics.accuracy, truth, given, groups)
    assert found.n == len(rows)
    if len(set(groups)) == 1:
        assert (found.low, found.high) == (None, None)
    else:
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.high <= 1


def test_answers_to_one_question_are_not_independent() -> None:
    """The same answers: all of a question alike, or each question mixed."""
    truth = np.zeros(40, dtype=np.int64)
    given = np.repeat([0, 2], 20)
    clustered = bootstrap(metrics.accuracy, truth, given, [str(i // 10) for i in range(40)])
    mixed = bootstrap(metrics.accuracy, truth, given, [str(i % 4) for i in range(40)])
    assert clustered.value == mixed.value == 0.5
    assert (mixed.low, mixed.high) == (0.5, 0.5)
    assert clustered.low is not None
    assert clustered.low < 0.2


def test_the_interval_covers_what_it_estimates() -> None:
    """Of 200 samples of a known rate, about 95 in 100 intervals hold it."""
    random = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        given = (random.random(60) < 0.3).astype(np.int64)
        found = bootstrap(metrics.accuracy, np.ones_like(given), given, [*map(str, range(60))])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.3 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_of_nothing_there_is_no_average() -> None:
    found = summarise([])
    nothing = Interval(value=None, n=0)
    assert found.n == found.graded == 0
    assert found.accuracy == found.qwk == found.macro_f1 == found.weak_called_strong == nothing
    assert found.fluent_wrong_strong == metrics.twins_differ([]) == nothing
    assert found.ungraded_rate is None
    assert found.ece is None
    assert found.points.agreement is None
    assert found.misconception_recall is None
    assert found.seconds_median is None
    assert {score.recall for score in found.levels} == {None}
    assert set(figures([]).values()) == {nothing}
    assert metrics.human_ceiling([]).accuracy == nothing


def test_what_was_not_graded_counts_in_no_level() -> None:
    found = summarise([row("a/1", WEAK, None), row("b/1", WEAK, WEAK)])
    assert (found.n, found.graded, found.ungraded_rate) == (2, 1, 0.5)
    assert found.accuracy.value == 1
    assert summarise([row("a/1", WEAK, None)]).accuracy.value is None


def test_weak_called_strong_rests_on_weak_answers() -> None:
    rows = [
        row("a/1", WEAK, STRONG),
        row("a/2", WEAK, OK),
        row("b/1", WEAK, WEAK),
        row("b/2", WEAK, WEAK),
        row("b/3", OK, STRONG),
    ]
    found = summarise(rows).weak_called_strong
    assert (found.value, found.n) == (0.25, 4)


def test_fluent_and_wrong_answers_to_follow_ups_count() -> None:
    rows = [
        row("a/1", WEAK, STRONG, style="fluent-wrong"),
        row("b/1", WEAK, WEAK, style="follow-up-fluent-wrong"),
        row("c/1", WEAK, STRONG, style="wrong"),
    ]
    found = summarise(rows).fluent_wrong_strong
    assert (found.value, found.n) == (0.5, 2)


def test_points_and_misconceptions_by_hand() -> None:
    marked = {
        "p": Status.COVERED,
        "q": Status.MISSING,
        "r": Status.CONTRADICTED,
        "s": Status.PARTIAL,
    }
    said = {
        "p": Status.PARTIAL,
        "q": Status.COVERED,
        "r": Status.CONTRADICTED,
        "s": Status.MISSING,
    }
    rows = [
        row(
            "a/1",
            WEAK,
            outcome(WEAK, points=said, heard=["m"]),
            marks=marked,
            misconceptions=("m", "n"),
        ),
        row("b/1", OK, outcome(OK, heard=["m"]), marks={"p": Status.COVERED}),
        row("c/1", OK, None, marks={"p": Status.COVERED}),
    ]
    found = summarise(rows)
    assert found.points.n == 4
    assert (found.points.agreement, found.points.precision, found.points.recall) == (0.5, 0.5, 0.5)
    assert found.points.contradicted_recall == 1
    assert (found.misconception_recall, found.misconception_false_alarms) == (0.5, 1)


def test_calibration_by_hand() -> None:
    rows = [
        row("a/1", OK, outcome(OK, confidence=0.95)),
        row("a/2", OK, outcome(WEAK, confidence=0.95)),
        row("a/3", OK, outcome(OK, confidence=1.0)),
        row("a/4", OK, outcome(WEAK, confidence=0.1)),
    ]
    error, bins = metrics.calibration(rows)
    # Bin 0.9..1: mean 0.9667 against 2/3, three of four; bin 0.1..0.2: 0.1 against 0.
    assert error == pytest.approx(0.75 * (0.9667 - 2 / 3) + 0.25 * 0.1, abs=1e-3)
    assert [found.n for found in bins if found.n] == [1, 3]


def test_the_human_ceiling_is_the_second_labeller_against_the_author() -> None:
    rows = [
        row("a/1", WEAK, STRONG, second=WEAK),
        row("b/1", OK, STRONG, second=STRONG),
        row("c/1", OK, STRONG),
    ]
    found = metrics.human_ceiling(rows)
    assert (found.n, found.accuracy.value) == (2, 0.5)
    assert (found.ece, found.reliability, found.seconds_median) == (None, (), None)
    assert found.points.agreement is None


def test_twins_by_hand() -> None:
    rows = [
        row("a/1", OK, OK),
        row("a/2", OK, WEAK, twin="a/1"),
        row("b/1", OK, STRONG),
        row("b/2", OK, STRONG, twin="b/1"),
        row("c/1", OK, None),
        row("c/2", OK, STRONG, twin="c/1"),
        row("d/1", OK, OK, twin="d/9"),
    ]
    assert metrics.twins_differ(rows).value == 0.5
    assert figures(rows)["twins_differ"].n == 3


LEVEL = st.sampled_from(LEVELS)
STATUS = st.sampled_from(Status)
OUTCOMES = st.none() | st.builds(
    lambda level, confidence, points, heard: outcome(
        level, confidence=confidence, points=points, heard=heard
    ),
    LEVEL,
    st.floats(0, 1),
    st.dictionaries(st.sampled_from("pqr"), STATUS),
    st.sets(st.sampled_from("mn")),
)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        LEVEL,
        OUTCOMES,
        st.sampled_from(["ok", "fluent-wrong", "follow-up-fluent-wrong"]),
        st.dictionaries(st.sampled_from("pqr"), STATUS),
        st.sets(st.sampled_from("mn")),
        st.booleans(),
    ),
    max_size=25,
).map(
    lambda items: [
        row(
            f"q{question}/{place}",
            truth,
            given,
            style=style,
            marks=marks,
            misconceptions=tuple(wrong),
            twin=f"q{question}/{place - 1}" if twin else None,
        )
        for place, (question, truth, given, style, marks, wrong, twin) in enumerate(items)
    ]
)


@settings(max_examples=25)
@given(ROWS)
def test_figures_are_what_the_summary_says(rows: list[Row]) -> None:
    """Two ways of counting the same: over rows, and as sums by question."""
    found, summary = figures(rows), summarise(rows)
    assert found.keys() == FIGURES.keys()
    for name in ("accuracy", "qwk", "macro_f1", "weak_called_strong", "fluent_wrong_strong"):
        same(found[name], getattr(summary, name))
    same(found["twins_differ"], metrics.twins_differ(rows))
    values = {
        "points.agreement": summary.points.agreement,
        "misconception_recall": summary.misconception_recall,
        "misconception_false_alarms": summary.misconception_false_alarms,
        "ece": summary.ece,
        "ungraded_rate": summary.ungraded_rate,
    }
    for name, value in values.items():
        assert found[name].value == pytest.approx(value, abs=2e-4), name


def same(one: Interval, other: Interval) -> None:
    for name in ("value", "low", "high"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=2e-4), name


@settings(max_examples=25)
@given(ROWS)
def test_a_figure_lies_within_what_is_possible(rows: list[Row]) -> None:
    for name, found in figures(rows).items():
        if found.low is None or found.high is None:
            assert (found.low, found.high) == (None, None)
            continue
        assert found.value is not None
        assert (-1 if name == "qwk" else 0) <= found.low <= found.high <= 1


def test_groups_are_by_name() -> None:
    rows = [row("b/1", OK, OK, style="z"), row("a/1", OK, OK, style="a"), row("a/2", OK, OK)]
    found = metrics.groups(rows, lambda item: item.style)
    assert list(found) == ["a", "ok", "z"]
    assert [item.case for item in found["a"]] == ["a/1"]


def test_levels_are_ordered() -> None:
    assert [level.rank for level in metrics.LEVELS] == [0, 1, 2]
    assert set(metrics.LEVELS) == set(Level)
