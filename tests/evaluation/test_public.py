"""Public sets: how they are read, and that no question is in both halves."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.errors import EvaluationError
from interviewer.evaluation.public import (
    SCORERS,
    evaluate,
    make_scorer,
    pearson,
    raters_agree,
    regressed,
    rmse,
)
from interviewer.evaluation.public_sets import SETS, load_set

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()


def line(number: int, score: float, **more: object) -> dict[str, object]:
    """An answer as long as it is good."""
    return {
        "qid": f"Q{number}",
        "question": f"What is {WORDS[number]}?",
        "reference": "one two three ||| four five",
        "answer": " ".join(WORDS[: 1 + round(score * 9)]),
        "score": str(score),
    } | more


def write(folder: Path, name: str, *rows: object) -> Path:
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def graded(questions: int = 10, **more: object) -> list[dict[str, object]]:
    return [line(q, s, **more) for q in range(questions) for s in (0.0, 0.2, 0.5, 0.6, 0.9, 1.0)]


def test_items_are_typed_and_levels_come_from_the_label_or_the_score(tmp_path):
    rows = [line(1, 0.39), line(1, 0.4), line(1, 0.79), line(1, 0.8), line(1, 0.9, label3="1")]
    items = load_set(write(tmp_path, "mohler", *rows), "mohler")
    assert [item.level for item in items] == [0, 1, 1, 2, 1]
    assert items[0].references == ("one two three", "four five")
    assert items[0].question_id == "Q1"
    assert items[0].split is None


@pytest.mark.parametrize(
    "answer", ["", "  ", "No submission.", "no response", "Not answered", "#NAME?", None]
)
def test_lines_without_an_answer_are_dropped(tmp_path, answer):
    empty = line(1, 0.0, answer=answer)
    if answer is None:
        del empty["answer"]
    assert len(load_set(write(tmp_path, "saf", empty, line(1, 1.0)), "saf")) == 1


def test_questions_of_the_same_words_are_one_question(tmp_path):
    twin = line(1, 1.0, qid="Q77", question="what is  BETA?")
    items = load_set(write(tmp_path, "mohler", line(1, 0.0), twin), "mohler")
    assert {item.question_id for item in items} == {"Q1"}


@pytest.mark.parametrize("name", SETS)
def test_a_missing_file_says_what_it_is_and_under_which_licence(tmp_path, name):
    with pytest.raises(EvaluationError) as caught:
        load_set(tmp_path / "nowhere", name)
    message = str(caught.value)
    for said in (f"{name}.jsonl", SETS[name].source, SETS[name].licence, "--data"):
        assert said in message


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (line(1, 1.2), "score"),
        (line(1, 1.0, label3="7"), "label3"),
        ({"qid": "Q1"}, "question"),
        ("no object", "line"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, row, said):
    folder = write(tmp_path, "saf", line(1, 1.0), row)
    with pytest.raises(EvaluationError, match=rf"saf\.jsonl:2: {said}"):
        load_set(folder, "saf")


def test_an_empty_set_and_an_unknown_one_are_refused(tmp_path):
    with pytest.raises(EvaluationError, match="no line has an answer"):
        load_set(write(tmp_path, "saf", line(1, 0.0, answer="")), "saf")
    with pytest.raises(EvaluationError, match="Known: mohler"):
        load_set(tmp_path, "guessed")


@pytest.mark.parametrize(
    ("name", "train", "tests"),
    [
        ("mohler", None, ()),
        ("saf", "training", ("unseen_questions",)),
        ("scientsbank", "train", ("UQ", "UD")),
        ("beetle", "train", ("UQ",)),
    ],
)
def test_no_question_is_ever_in_both_halves(tmp_path, name, train, tests):
    rows = graded(split=train)
    for number, split in enumerate(tests):
        rows += [row | {"split": split} for row in graded() if row["qid"] == f"Q{number}"]
    items = load_set(write(tmp_path, name, *rows), name)
    calls = []

    def scorer(known, asked):
        seen = {item.question_id for item in known}
        assert not seen & {item.question_id for item in asked}
        assert {item.split for item in known} == {train}
        calls.append(len(asked))
        return np.array([item.score for item in asked])

    results = evaluate(items, name, scorer, "perfect")
    assert calls
    assert [result.split for result in results if tests] == list(tests)
    for result in results:
        assert result.pearson.value == 1.0
        assert result.rmse.value == 0.0
        assert result.qwk.value == 1.0
        assert result.macro_f1.value == 1.0
    if not tests:
        assert results[0].n == len(items)


def test_rmse_of_mohler_is_in_points_of_five(tmp_path):
    items = load_set(write(tmp_path, "mohler", *graded()), "mohler")

    def right(_, asked):
        return np.array([item.score for item in asked])

    def a_tenth_off(_, asked):
        return np.array([item.score - 0.1 for item in asked])

    off = [evaluate(items, "mohler", scorer, "off")[0] for scorer in (right, a_tenth_off)]
    assert [result.rmse.value for result in off] == pytest.approx([0.0, 0.5])


def test_two_raters_give_the_human_row(tmp_path):
    rows = [line(q, s, s1=str(s), s2=str(s)) for q in range(4) for s in (0.0, 0.5, 1.0)]
    found = raters_agree(load_set(write(tmp_path, "mohler", *rows), "mohler"), "mohler")
    assert found is not None
    assert (found.qwk.value, found.rmse.value) == (1.0, 0.0)
    labels = [line(q, s, split="train", s1="correct", s2="correct") for q in (1, 2) for s in (0, 1)]
    assert raters_agree(load_set(write(tmp_path, "beetle", *labels), "beetle"), "beetle") is None


def test_a_scorer_must_score_every_answer(tmp_path):
    items = load_set(write(tmp_path, "mohler", *graded()), "mohler")
    for broken in (np.zeros(3), np.full(12, np.nan)):
        with pytest.raises(EvaluationError, match="'broken' must give one finite score"):
            evaluate(items, "mohler", lambda *_, given=broken: given, "broken")


def test_a_missing_split_and_a_lone_question_are_refused(tmp_path):
    items = load_set(write(tmp_path, "saf", *graded(split="training")), "saf")
    with pytest.raises(EvaluationError, match="'unseen_questions' has no answers"):
        evaluate(items, "saf", lambda _, asked: np.zeros(len(asked)), "zero")
    items = load_set(write(tmp_path, "mohler", *graded(1)), "mohler")
    with pytest.raises(EvaluationError, match="two questions at least"):
        evaluate(items, "mohler", lambda _, asked: np.zeros(len(asked)), "zero")


def test_the_shipped_scorers_find_what_is_there(tmp_path, encoder):
    items = load_set(write(tmp_path, "mohler", *graded()), "mohler")
    length = evaluate(items, "mohler", make_scorer("length", encoder), "length")[0]
    assert length.pearson.value is not None
    assert length.pearson.value > 0.9
    good = "Gradient descent follows the slope of the loss downhill."
    rows = [
        line(q, s, reference=good, answer=good if s else "My cat likes fish.")
        for q in range(5)
        for s in (0, 1)
    ]
    items = load_set(write(tmp_path, "mohler", *rows), "mohler")
    cosine = evaluate(items, "mohler", make_scorer("cosine", encoder), "cosine")[0]
    assert cosine.accuracy.value == 1.0
    with pytest.raises(EvaluationError, match="Known: length"):
        make_scorer("guess", encoder)
    assert set(SCORERS) == {"length", "cosine", "embedded"}


def test_a_feature_that_says_nothing_gives_the_mean(tmp_path):
    items = load_set(write(tmp_path, "mohler", *graded(2)), "mohler")
    scores = regressed(lambda some: np.ones(len(some)))(items, items[:3])
    assert scores.tolist() == pytest.approx([np.mean([item.score for item in items])] * 3)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=30))
def test_pearson_is_the_correlation_where_both_vary(pairs):
    first, second = (np.round(np.array(side), 3) for side in zip(*pairs, strict=True))
    found = pearson(first, second)
    if np.ptp(first) and np.ptp(second):
        assert found == pytest.approx(
            statistics.correlation(first.tolist(), second.tolist()), abs=1e-6
        )
    else:
        assert found is None
    assert rmse(first, second) == pytest.approx(np.linalg.norm(first - second) / len(first) ** 0.5)
