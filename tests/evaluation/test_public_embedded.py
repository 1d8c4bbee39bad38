"""The embedded grader on public sets: what it measures, and the head that is fitted."""

from __future__ import annotations

import numpy as np
import pytest

from interviewer.errors import EvaluationError
from interviewer.evaluation.public import SCORERS, evaluate, make_scorer
from interviewer.evaluation.public_embedded import COSINE_FEATURES, Row, fitted
from interviewer.evaluation.public_sets import Item
from interviewer.grading.measure import REFERENCE_FEATURES

ASKED = {
    "What is a stack?": "A stack is a list where the last item in is the first out.",
    "What is a queue?": "A queue is a list where the first item in is the first out.",
    "What does a compiler do?": "A compiler translates source code into machine code.",
    "What is recursion?": "Recursion is a function that calls itself on a smaller problem.",
    "What is a hash table?": "A hash table finds a value by computing an index from its key.",
    "What is a pointer?": "A pointer is a variable that holds the address of another variable.",
}


def item(question: str, answer: str, score: float, *references: str) -> Item:
    return Item(
        set="mohler",
        split=None,
        question_id=question,
        question=question,
        references=references or (ASKED[question],),
        answer=answer,
        score=score,
        level=int(score >= 0.4) + int(score >= 0.8),
    )


def graded(*questions: str) -> list[Item]:
    """Each reference in full, cut in half, and an answer to something else."""
    items = []
    for question in questions:
        words = ASKED[question].split()
        items.append(item(question, ASKED[question], 1.0))
        items.append(item(question, " ".join(words[: len(words) // 2]), 0.5))
        items.append(item(question, "My cat likes fish and sleeps all day.", 0.0))
    return items


@pytest.fixture(scope="module")
def scorer(encoder):
    return make_scorer("embedded", encoder)


def test_good_answers_to_unseen_questions_score_above_poor_ones(scorer):
    *known, asked = ASKED
    good, half, poor = scorer(graded(*known), graded(asked))
    assert good > half > poor
    assert good > 0.8
    assert poor < 0.2


def test_it_is_measured_with_the_protocol_of_every_scorer(scorer):
    result = evaluate(graded(*ASKED), "mohler", scorer, "embedded")[0]
    assert result.pearson.value is not None
    assert result.pearson.value > 0.9


def test_the_scores_of_test_answers_are_never_looked_at(scorer):
    *known, asked = ASKED
    train, test = graded(*known), graded(asked)
    turned = [each.model_copy(update={"score": 1.0 - each.score, "level": 0}) for each in test]
    np.testing.assert_allclose(scorer(train, test), scorer(train, turned), atol=1e-6)


def test_an_answer_does_not_change_what_others_to_its_question_score(scorer):
    *known, asked = ASKED
    train, test = graded(*known), graded(asked)
    np.testing.assert_allclose(scorer(train, test)[:1], scorer(train, test[:1]), atol=1e-6)


def test_the_nearest_of_several_references_counts(scorer):
    question, other = "What is recursion?", "A dog is an animal."
    train = graded(*(name for name in ASKED if name != question))
    answer = ASKED[question]
    one, either = (
        scorer(train, [item(question, answer, 1.0, *references)])
        for references in ((answer,), (other, answer))
    )
    assert one == pytest.approx(either, abs=1e-6)


@pytest.mark.parametrize(("answer", "reference"), [("?!", "A list."), ("A list.", "?!")])
def test_a_text_without_words_gets_a_score_too(scorer, answer, reference):
    *known, asked = ASKED
    (score,) = scorer(graded(*known), [item(asked, answer, 0.0, reference)])
    assert 0.0 <= score < 0.5


def test_measuring_is_reported_once_an_answer(encoder):
    seen = []
    scorer = make_scorer("embedded", encoder, lambda done, of: seen.append((done, of)))
    items = graded(*ASKED)
    scorer(items[:9], items[9:])
    scorer(items[9:], items[:9])
    assert seen == [(0, len(items))]


def test_another_encoder_is_refused(encoder):
    class Other:
        name = "another/model"
        encode = encoder.encode
        tokens = encoder.tokens

    with pytest.raises(EvaluationError, match="not 'another/model'"):
        SCORERS["embedded"](Other(), lambda *_: None)


def rows(numbers: np.ndarray) -> list[Row]:
    width = len(REFERENCE_FEATURES) + len(COSINE_FEATURES)
    still = np.zeros(4, dtype=np.float32)
    return [Row(np.full(width, number), still, still) for number in numbers]


def test_the_head_finds_a_line_and_stays_within_the_scale():
    numbers = np.linspace(0.0, 1.0, 200)
    known = rows(numbers)
    found = fitted(known, 0.2 + 0.6 * numbers, rows(np.array([0.25, 0.75, 9.0, -9.0])))
    assert found[:2] == pytest.approx([0.35, 0.65], abs=0.02)
    assert found[2:].tolist() == [1.0, 0.0]


def test_where_nothing_varies_the_head_gives_the_mean():
    known = rows(np.ones(10))
    found = fitted(known, np.linspace(0.0, 1.0, 10), rows(np.ones(2)))
    assert found == pytest.approx([0.5, 0.5])
