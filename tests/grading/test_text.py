"""Intake, clauses and lists of key words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import snowballstemmer

from interviewer.grading import refusal
from interviewer.grading.intake import foreign, says_unknown
from interviewer.grading.spans import clauses, is_list, places_of, trim
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


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("rows", "it", "Run five-fold CV; each fold's scores come from a fit that excluded it."),
        ("Run", "Level", "Run five-fold CV; each fold's scores come from a fit that excluded it."),
        ("CV", "scores", "Run five-fold CV; each fold's scores"),
        ("rows", "rows", "rows."),
    ],
)
def test_a_quote_holds_no_scrap_of_another_sentence(encoder, first, last, shown):
    text = (
        "There must be no leak of any kind into the rows. Run five-fold CV; each fold's scores "
        "come from a fit that excluded it. Level two is a ridge on those columns and it learns "
        "how to mix them."
    )
    (words,) = read(encoder, [text])
    lower = list(words.lower)
    begin, end = lower.index(first.lower()), lower.index(last.lower()) + 1
    place = trim(words, (begin, end), np.arange(end - begin))
    assert text[slice(*place)].rstrip(".") == shown.rstrip(".")


def test_a_quote_keeps_the_sentence_that_was_found(encoder):
    text = (
        "When only one patient in a hundred is ill, use accuracy. It treats all of the patients "
        "alike, ill or well."
    )
    (words,) = read(encoder, [text])
    lower = list(words.lower)
    window = (lower.index("accuracy"), lower.index("patients") + 1)
    matched = np.isin(lower[slice(*window)], ["accuracy", "patients"])
    assert "use accuracy. It treats" in text[slice(*trim(words, window, np.flatnonzero(matched)))]


def test_a_quote_leaves_out_a_lone_word_of_the_sentence_before(encoder):
    text = (
        "The batch is drawn at random. A larger batch gives a less noisy gradient. It costs more."
    )
    (words,) = read(encoder, [text])
    lower = list(words.lower)
    matched = np.isin(lower, ["larger", "less", "noisy", "gradient"])
    matched[lower.index("batch")] = True
    place = trim(words, (0, len(words)), np.flatnonzero(matched))
    assert text[slice(*place)] == "A larger batch gives a less noisy gradient"


def test_a_quote_that_would_begin_in_the_middle_begins_at_a_comma(encoder):
    text = (
        "We had far too few examples of what we were looking for in that year in any of the "
        "files, so I took a simple linear model with few features"
    )
    (words,) = read(encoder, [text])
    matched = np.isin(words.lower, ["simple", "linear", "model"])
    place = trim(words, (0, len(words)), np.flatnonzero(matched))
    assert text[slice(*place)].startswith("so I took a simple")


def test_a_quote_does_not_end_in_a_formula(encoder):
    text = "It is a lower bound on log p(x) that misses it by the KL and so on and on it goes"
    (words,) = read(encoder, [text])
    matched = np.isin(words.lower, ["lower", "bound", "log", "p"])
    place = trim(words, (0, len(words)), np.flatnonzero(matched))
    assert text[slice(*place)] == "It is a lower bound on log p(x)"


@pytest.mark.parametrize(
    ("text", "matched", "shown"),
    [
        ("It gave us a speedup of about 1.5x there.", ["speedup", "1"], "1.5x"),
        ("You call np.mean(scores), and that is all.", ["mean", "scores"], "np.mean(scores)"),
        ("We set weight_decay to a small value, and so on.", ["decay", "small"], "weight_decay to"),
        ("We use regularisation, e.g. dropout.", ["regularisation"], "regularisation"),
        ("It was slow. (The batch was small) so we raised it.", ["batch"], "(The batch was small)"),
    ],
)
def test_a_quote_cuts_no_term(encoder, text, matched, shown):
    (words,) = read(encoder, [text])
    place = trim(words, (0, len(words)), np.flatnonzero(np.isin(words.lower, matched)))
    assert shown in text[slice(*place)]
    assert not text[slice(*place)].endswith(", e")


def test_a_quote_keeps_a_list_of_lines_whole(encoder):
    text = "Use:\n- dropout\n- weight decay\n- early stopping\n- augmentation\n- ensembling"
    (words,) = read(encoder, [text])
    firsts = np.isin(words.lower, ["dropout", "weight", "early", "augmentation", "ensembling"])
    quoted = text[slice(*trim(words, (0, len(words)), np.flatnonzero(firsts)))]
    assert quoted.endswith(
        "dropout\n- weight decay\n- early stopping\n- augmentation\n- ensembling"
    )


def test_a_quote_keeps_the_word_that_makes_it_wrong(encoder):
    text = "A larger batch gives a less noisy gradient. A smaller batch gives a noisier gradient."
    (words,) = read(encoder, [text])
    lower = list(words.lower)
    places = np.array([1, 2, 3, lower.index("noisier")])
    assert "noisier" not in text[slice(*trim(words, (0, len(words)), places))]
    assert "noisier" in text[slice(*trim(words, (0, len(words)), places, places[3:]))]


@pytest.mark.parametrize(
    "said",
    [
        "Variance falls with bagging. It is simple. Bagging lowers variance, I said.",
        "Bagging lowers variance. It is simple to do. Bagging lowers variance.",
    ],
)
def test_of_what_is_said_twice_one_place_is_found(encoder, said):
    wording, answer = read(encoder, ["Bagging lowers variance", said])
    near = np.array([[float(one == two) for two in answer.stems] for one in wording.stems])
    found = places_of(near.astype(np.float32), wording.content)
    assert [answer.lower[at] for at in found] == ["bagging", "lowers", "variance"]
    assert np.ptp(found) == 2


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
