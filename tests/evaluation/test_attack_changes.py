"""How answers are changed: words moved, misspelt, laid out, negated."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.bank import Bank
from interviewer.evaluation.attacks.change import (
    FILLERS,
    SPELLINGS,
    bulleted,
    rejoined,
    reordered,
    respelt,
    sentences,
    shuffled,
    terms,
    unpunctuated,
    with_fillers,
    with_typos,
)
from interviewer.evaluation.attacks.negation import negate, negated, opposite

WORDS = "the gradient of loss, says less; and (so) we train 0.5 more. But why? Then stop!".split()
text = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)
draws = st.integers(0, 2**32).map(random.Random)


@given(text, draws)
def test_shuffling_keeps_every_word(answer: str, draw: random.Random) -> None:
    assert Counter(shuffled(answer, draw).split()) == Counter(answer.split())


@given(text, draws)
def test_reordering_keeps_every_sentence_and_moves_one(answer: str, draw: random.Random) -> None:
    moved = reordered(answer, draw)
    assert Counter(moved.split()) == Counter(answer.split())
    if len(set(sentences(answer))) > 1:
        assert moved != " ".join(sentences(answer))


@given(text)
def test_sentences_and_bullets_lose_nothing(answer: str) -> None:
    assert " ".join(sentences(answer)).split() == answer.split()
    assert bulleted(answer).replace("- ", "").split() == answer.split()


@given(text, draws)
def test_fillers_are_only_added(answer: str, draw: random.Random) -> None:
    filled = with_fillers(answer, draw).split()
    added = Counter(filled) - Counter(answer.split())
    assert sum(added.values()) >= 1
    assert set(added) <= set(" ".join(FILLERS).split())
    assert Counter(answer.split()) <= Counter(filled)


@given(st.lists(st.sampled_from(["gradient", "variance", "is", "low"]), min_size=1), draws)
def test_typos_touch_few_and_only_long_words(words: list[str], draw: random.Random) -> None:
    typed = with_typos(" ".join(words), draw).split()
    assert len(typed) == len(words)
    hit = [(old, new) for old, new in zip(words, typed, strict=True) if old != new]
    assert len(hit) <= max(1, len(words) // 15)
    for old, new in hit:
        assert len(old) >= 5
        assert old[0] == new[0]
        assert old[-1] == new[-1]
        assert abs(len(old) - len(new)) <= 1
    if "gradient" in words and "variance" in words:
        assert len(hit) >= 1


def test_a_typo_is_made_where_there_is_a_word_for_it() -> None:
    assert with_typos("it is low", random.Random(1)) == "it is low"
    assert with_typos("variance", random.Random(1)) != "variance"


def test_marks_go_and_numbers_stay() -> None:
    said = unpunctuated('It\'s "0.5", i.e. half (or less) - not 1,000! Why? See f(x).')
    assert said == "it's 0.5 i.e half or less not 1,000 why see f(x)"


def test_abbreviations_end_no_sentence() -> None:
    assert sentences(
        "Use a tree, e.g. XGBoost. It wins, cf. Breiman. Sigma over root n. So four."
    ) == [
        "Use a tree, e.g. XGBoost.",
        "It wins, cf. Breiman.",
        "Sigma over root n.",
        "So four.",
    ]
    assert sentences("so um we train it and then we stop") == ["so um we train it and then we stop"]


def test_terms_are_content_words_once_and_in_order() -> None:
    assert terms("The loss, and the Loss of the held-out set.") == ["loss", "held-out", "set"]


def test_spelling_goes_both_ways() -> None:
    assert respelt("Regularised models optimize behaviour.") == (
        "Regularized models optimise behavior."
    )
    assert respelt("While we check a program, size and noise rise.") == (
        "While we check a program, size and noise rise."
    )
    assert all(british != american for british, american in SPELLINGS.items())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("So it falls, so we stop.", "Therefore it falls, therefore we stop."),
        ("We scale it, so that it fits.", "We scale it, so that it fits."),
        ("It fails because of noise.", "It fails because of noise."),
        ("It fails because noise wins, but for example trees do not.",
         "It fails since noise wins, yet for instance trees do not."),
    ],
)  # fmt: skip
def test_joining_words_alone_are_replaced(before: str, after: str) -> None:
    assert rejoined(before) == after


@pytest.mark.parametrize(
    ("claim", "denial"),
    [
        ("Bagging lowers the variance.", "Bagging does not lower the variance."),
        ("It's sequential.", "It's not sequential."),
        ("I'd use the mean.", "I'd not use the mean."),
        ("It is not invariant.", "It is invariant."),
        ("That doesn't help.", "That does help."),
        ("It can't generate text.", "It can generate text."),
        ("More trees never hurt.", "More trees hurt."),
        ("It has a finite variance.", "It does not have a finite variance."),
        ("I had to choose.", "I did not have to choose."),
        ("It has been dropped.", "It has not been dropped."),
        ("Boosting won by six percent.", "Boosting did not win by six percent."),
        ("Report the recall.", "Do not report the recall."),
        ("A model that calls everything legitimate is accurate.",
         "A model that calls everything legitimate is not accurate."),
        ("If labels are noisy, I start with a forest.",
         "If labels are noisy, I do not start with a forest."),
        ("Neither is fully Bayesian.", "Each is fully Bayesian."),
        ("No order is implied.", "Some order is implied."),
        ("It trains them and averages the votes.",
         "It does not train them and does not average the votes."),
        ("High variance.", "Low variance."),
    ],
)  # fmt: skip
def test_negation(claim: str, denial: str) -> None:
    assert negate(claim) == denial


def test_what_cannot_be_negated_is_dropped() -> None:
    assert negate("Two things.") is None
    assert negated("Two things. It falls.") == ("It does not fall.", 0.5)
    assert negated("Two things.") == ("", 0.0)
    assert negated("") == ("", 0.0)


def test_the_first_word_with_an_opposite_is_swapped_and_keeps_its_capital() -> None:
    assert opposite("High bias, more data") == "Low bias, more data"


def test_most_sentences_of_the_bank_can_be_negated(bank: Bank) -> None:
    whole = [s for question in bank for s in sentences(question.model_answer)]
    changed = [s for s in whole if (new := negate(s)) is not None and new != s]
    assert len(changed) / len(whole) >= 0.9
    shares = [negated(question.model_answer)[1] for question in bank]
    assert min(shares) >= 0.5
    assert sum(share >= 0.8 for share in shares) >= 0.95 * len(shares)
