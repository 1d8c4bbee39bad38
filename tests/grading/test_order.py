"""Bags of words are told from answers, terse ones included."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.evaluation.cases import Split, load_split, questions_of
from interviewer.grading.order import RULES, disordered
from interviewer.resources import evals_folder

PLAIN = (
    "I would first look at how the data was collected, because most of the trouble comes from "
    "there, and only then would I think about which model to train and how to check it."
)
TERSE = [
    "Recall: TP/(TP+FN). Precision: TP/(TP+FP). Rare positives -> accuracy useless. PR curve.",
    pytest.param(
        "- split by time, not at random\n- scaler fit on train only\n- one final run on test\n"
        "- log seeds, versions, data hash",
        marks=pytest.mark.xfail(reason="notes with many prepositions pass for a bag of words"),
    ),
    "Steps: check for leakage, fit a baseline, plot errors by slice, then fix the largest slice. "
    "Report with an interval, not one number.",
    "Cold start: content features, popularity fallback, onboarding quiz. Then matrix "
    "factorization, then two-tower, ANN retrieval, ranker on top, A/B test.",
    "relu dies, leaky relu small slope, gelu smooth, sigmoid saturates, tanh zero centred; "
    "default relu, transformers gelu",
    "Symptoms: train loss down, val loss up. Fixes: more data, augmentation, weight decay, "
    "dropout, early stopping, smaller model.",
]


def shuffled(text: str, seed: int) -> str:
    words = text.split()
    random.Random(seed).shuffle(words)
    return " ".join(words)


def test_every_shuffled_model_answer_of_the_test_questions_is_a_bag_of_words(bank):
    names = questions_of(load_split(evals_folder() / "cases", Split.TEST))
    passed = [
        (name, seed)
        for name in sorted(names)
        for seed in range(5)
        if not disordered(shuffled(bank[name].model_answer, seed))
    ]
    assert not passed


def test_answers_of_the_bank_are_in_order(bank):
    """One of 650 is not seen so: an answer that is half code."""
    texts = [
        (question.id, text)
        for question in bank
        for text in (
            question.model_answer,
            *(item.answer for item in question.exemplars),
            *(item.model_answer for item in question.follow_ups),
        )
    ]
    taken = [name for name, text in texts if disordered(text)]
    assert len(texts) >= 600
    assert len(taken) <= 0.01 * len(texts), taken


@pytest.mark.parametrize("text", TERSE)
def test_terse_notes_are_in_order(text):
    assert not disordered(text)


@pytest.mark.parametrize(
    "text", ["", "  \n", "?!…", "🙂" * 50, "偏差是模型太简单" * 9, "1 2 3 " * 20]
)
def test_what_holds_no_words_is_not_judged(text):
    assert not disordered(text)


def test_a_short_text_is_not_judged():
    bag = shuffled(PLAIN, 0).split()
    assert disordered(" ".join(bag))
    assert not disordered(" ".join(bag[: RULES[0][2] - 1]))


@pytest.mark.parametrize("seed", range(5))
def test_punctuation_case_and_fillers_change_nothing(seed):
    bag = shuffled(PLAIN.replace(",", "").replace(".", ""), seed)
    dressed = ", ".join(f"{word.upper()}…" for word in bag.split())
    assert disordered(bag)
    assert disordered(dressed)
    assert disordered(bag.replace(" ", " um, ") + " 🙂")
    assert not disordered(PLAIN.upper().replace(" ", " — "))


def test_curly_and_straight_apostrophes_read_alike():
    text = PLAIN.replace("I would", "I wouldn't")
    assert not disordered(text)
    assert not disordered(text.replace("'", "’"))


@given(st.text(max_size=600))
def test_any_text_is_judged_the_same_in_any_case(text):
    assert disordered(text) is disordered(text.lower())


@pytest.mark.parametrize("seed", range(8))
def test_capitals_and_full_stops_out_of_place_tell_shuffled_notes(seed: int) -> None:
    notes = (
        "Split by time. Fit the scaler on train only. Tune on validation folds. Test once. "
        "If it drifts, retrain. Log seeds, versions, hashes. Compare slices. Report intervals."
    )
    assert not disordered(notes)
    assert disordered(shuffled(notes, seed))


@pytest.mark.parametrize(
    "text",
    [
        "we used adam. then Gaussian noise, as in Ho et al. and it worked",
        "- Split by time\n- Fit on train\n- Test once\n1. Log seeds\n2. Hash the data",
        "so it underfits. and then you know. Bayes error. it stays.",
    ],
)
def test_names_short_forms_and_lists_are_no_sign_of_shuffling(text: str) -> None:
    assert not disordered(text)
