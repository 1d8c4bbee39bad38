"""Graders under test: baselines, their cuts, names, identity."""

from collections import Counter

import pytest

from interviewer.bank import Bank
from interviewer.embedding import SentenceEncoder
from interviewer.errors import EvaluationError
from interviewer.evaluation.cases import Case
from interviewer.evaluation.graders import BASELINES, GRADERS, Bench, identity, make_grader
from interviewer.grading import Grader
from interviewer.model import Grade, Level
from tests.evaluation.rows import OK, STRONG, WEAK, case

TRAIN = tuple(
    case(f"pca/{number}", level, answer=" ".join(["word"] * (number + 1)))
    for number, level in enumerate([WEAK] * 5 + [OK] * 3 + [STRONG] * 2)
)


@pytest.fixture
def bench(bank: Bank, encoder: SentenceEncoder) -> Bench:
    return Bench(bank, encoder, TRAIN)


def level(grader: Grader, bench: Bench, item: Case) -> Level:
    graded = grader.grade(item.asked(bench.bank), item.said())
    assert isinstance(graded, Grade)
    assert graded.verdicts == ()
    return graded.level


def test_length_gives_train_as_many_of_each_level_as_there_are(bench: Bench) -> None:
    grader = make_grader("length", bench)
    assert [level(grader, bench, item) for item in TRAIN] == [item.level for item in TRAIN]


def test_majority_gives_the_commonest_level(bench: Bench) -> None:
    grader = make_grader("majority", bench)
    assert Counter(level(grader, bench, item) for item in TRAIN) == {WEAK: 10}


def test_a_level_that_train_lacks_is_never_given(bank: Bank, encoder: SentenceEncoder) -> None:
    only_weak = tuple(item for item in TRAIN if item.level is WEAK)
    bench = Bench(bank, encoder, only_weak)
    grader = make_grader("length", bench)
    assert {level(grader, bench, item) for item in TRAIN} == {WEAK}


@pytest.mark.parametrize("name", ["keywords", "cosine"])
def test_the_model_answer_is_better_than_nothing_said(bench: Bench, name: str) -> None:
    question = bench.bank["pca"]
    half = " ".join(question.model_answer.split()[:20])
    answers = ["I went to the shop.", half, question.model_answer]
    train = tuple(
        case(f"pca/{place}", given, answer=text)
        for place, (given, text) in enumerate(zip((WEAK, OK, STRONG), answers, strict=True))
    )
    fitted = Bench(bench.bank, bench.encoder, train)
    grader = make_grader(name, fitted)
    assert level(grader, fitted, train[2]) is STRONG
    assert level(grader, fitted, train[0]) is WEAK


def test_the_embedded_grader_is_the_product_s_own(bench: Bench) -> None:
    question = bench.bank["regularization"]
    grader = make_grader("embedded", bench)
    item = case("regularization/1", answer=question.model_answer)
    graded = grader.grade(item.asked(bench.bank), item.said())
    assert isinstance(graded, Grade)
    assert graded.level is STRONG
    assert {verdict.point_id for verdict in graded.verdicts} == {
        point.id for point in question.points
    }


def test_an_unknown_grader_is_told_with_those_there_are(bench: Bench) -> None:
    with pytest.raises(EvaluationError, match="no grader 'embeded'") as caught:
        make_grader("embeded", bench)
    for name in GRADERS:
        assert name in str(caught.value)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_needs_train_cases(bank: Bank, encoder: SentenceEncoder, name: str) -> None:
    with pytest.raises(EvaluationError, match="needs train cases"):
        make_grader(name, Bench(bank, encoder, ()))


def test_identity_hangs_on_train_cases_only_where_they_are_fitted_on(bench: Bench) -> None:
    fewer = Bench(bench.bank, bench.encoder, TRAIN[1:])
    for name, same in (("length", False), ("embedded", True)):
        one, other = (identity(make_grader(name, item), item) for item in (bench, fewer))
        assert (one == other) is same


def test_identity_hangs_on_the_bank(bench: Bench) -> None:
    part = Bank(bench.bank.questions[1:], bench.bank.taxonomy)
    other = Bench(part, bench.encoder, TRAIN)
    grader = make_grader("embedded", bench)
    assert identity(grader, bench) != identity(grader, other)
