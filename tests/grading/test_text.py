"""Intake, clauses and lists of key words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import snowballstemmer

from interviewer.grading import refusal
from interviewer.grading.intake import foreign, says_unknown
from interviewer.grading.spans import clauses, is_list
from interviewer.grading.words import read, stem


@pytest.mark.parametrize(
    "text",
    [
        "HTTP GPU CPU TPU FSDP ZeRO NCCL DDP",
        "Precision = TP/(TP+FP); recall = TP/(TP+FN); F1 harmonic mean.",
        "O(n log n)",
        "Naïve Bayes, à la Laplace, assumes independence of the features",
    ],
)
def test_terse_and_technical_english_is_taken(text):
    assert foreign(text) is None
    assert refusal(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("El sesgo es el error cuando el modelo es demasiado simple y no captura el patrón", "es"),
        ("偏差是模型太简单,方差是模型太复杂", "zh"),
        ("Смещение это ошибка слишком простой модели на новых данных", "ru"),
    ],
)
def test_other_languages_are_named(text, language):
    assert foreign(text) == language


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("I don't know", True),
        ("uh honestly I have no idea", True),
        ("idk", True),
        ("I can't remember that one, sorry", True),
        ("I don't know the exact formula but the loss is the log probability", False),
        ("no idea beats a good baseline", False),
    ],
)
def test_only_a_whole_i_dont_know_counts(text, unknown):
    assert says_unknown(text) is unknown


def test_clauses_cover_every_word_of_speech_and_of_prose(encoder):
    texts = [
        "so bias is when the model is too simple and it underfits but variance is the other way "
        "round because it memorizes noise um and then validation error goes up",
        "Bias is underfitting. Variance is overfitting; more data helps.",
    ]
    for words in read(encoder, texts):
        starts = clauses(words)
        assert starts[0] == 0
        assert (np.diff(starts) > 0).all()
        assert len(starts) > 1
        assert starts[-1] < len(words)


def test_a_terse_answer_is_no_list(encoder):
    terse = "High bias underfits: train and validation both bad. High variance overfits: big gap."
    listed = "precision recall f1 accuracy auc threshold imbalance confusion matrix specificity"
    first, second = read(encoder, [terse, listed])
    assert not is_list(first)
    assert is_list(second)


def test_stems_are_the_same_from_many_threads() -> None:
    words = [
        f"{head}{tail}"
        for head in ("regular", "train", "cluster")
        for tail in ("izers", "ing", "ed", "s", "ization", "ly", "ers")
    ] * 40
    stem.cache_clear()
    wanted = {word: snowballstemmer.stemmer("english").stemWord(word) for word in words}
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            stem.cache_clear()
            assert all(
                one == wanted[word] for word, one in zip(words, pool.map(stem, words), strict=True)
            )
