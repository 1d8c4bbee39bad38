from __future__ import annotations

import difflib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.bank import Bank
from interviewer.model import Question
from interviewer.speech.normalise import Normaliser
from interviewer.speech.vocabulary import Vocabulary, tables

HERE = Path(__file__).parent
FORMS = [line.split("\t") for line in (HERE / "spoken_forms.tsv").read_text("utf-8").splitlines()]
ORDINARY = (HERE / "ordinary.txt").read_text("utf-8").splitlines()

READ_ALOUD = {
    "a share": (r"\bper ?cent\b", r"\d%"),
    "a formula": (
        r"\b(over|squared|cubed|root|transpose|hat|bar|to the|one minus|[a-z] of [a-z])\b",
        r"[²³√ᵀ^/|(]|[a-z]\u0302|ᾱ|1-",
    ),
    "a count of samples, bytes or seconds": (r"^[a-z ]+$", r"^(\d|\d\d|\d,\d+|\d+,?000|\d00)$"),
    "a term": (
        r"^(top k|E step|M step|k nearest|pass at k|pass hat k|RMS norm|t tests|ninetieth)$",
        r"^\S+$",
    ),
    "a decimal": (r"\b(two|five|nought) point (one|five|six)$", r"\d\.\d$"),
}
"""What the bank's typed answers say in words, as answers do: what it was, and what it becomes."""


@pytest.fixture(scope="module")
def vocabulary(bank: Bank) -> Vocabulary:
    return Vocabulary.of(bank)


@pytest.fixture(scope="module")
def normalise(vocabulary: Vocabulary) -> Normaliser:
    return Normaliser(vocabulary)


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """The stretches that are not what they were; those a word apart are one."""
    old, new = before.split(), after.split()
    found: list[list[int]] = []
    for tag, *ends in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if found and ends[0] - found[-1][1] <= 1:
            found[-1] = [found[-1][0], ends[1], found[-1][2], ends[3]]
        else:
            found.append(ends)
    marks = ".,:;!?\"'"
    return [
        (" ".join(old[a:b]).strip(marks), " ".join(new[c:d]).strip(marks)) for a, b, c, d in found
    ]


def sentences(bank: Bank) -> list[str]:
    texts = [question.model_answer for question in bank]
    texts += [item.model_answer for question in bank for item in question.follow_ups]
    texts += [
        item.answer for question in bank for item in question.exemplars if item.manner == "typed"
    ]
    return [part for text in texts for part in re.split(r"(?<=[.!?])\s+", text)]


@pytest.mark.parametrize(("spoken", "meant"), FORMS, ids=[spoken for spoken, _ in FORMS])
def test_what_is_said_becomes_what_was_meant(
    normalise: Normaliser, spoken: str, meant: str
) -> None:
    assert normalise(spoken) == meant
    assert normalise(meant) == meant


def test_there_are_enough_forms_and_many_sentences_hold_several(normalise: Normaliser) -> None:
    assert len(FORMS) >= 180
    assert len(ORDINARY) >= 520
    assert len({spoken for spoken, _ in FORMS}) == len(FORMS)
    several = [spoken for spoken, meant in FORMS if len(changed(spoken, meant)) > 1]
    assert len(several) >= len(FORMS) / 4


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_sentence_stays_as_it_is(normalise: Normaliser, text: str) -> None:
    assert normalise(text) == text
    raw = text.lower().translate(str.maketrans("", "", ",.?!"))
    assert normalise(raw) == raw


def test_all_of_them_together_stay_as_they_are(normalise: Normaliser) -> None:
    text = "\n".join(ORDINARY)
    assert normalise(text) == text


def test_what_stands_around_a_term_stays(normalise: Normaliser) -> None:
    assert normalise('  So, "k means" (l two),\n\nthen  p c a!  ') == (
        '  So, "k-means" (L2),\n\nthen  PCA!  '
    )


def test_a_capital_stays_a_capital(normalise: Normaliser) -> None:
    assert normalise("Hyper parameters first.") == "Hyperparameters first."
    assert normalise("K means first.") == "K-means first."
    assert normalise("B f sixteen first.") == "bf16 first."


@pytest.mark.parametrize(
    "text",
    [
        "x minus one over n",
        "mu plus sigma squared over two",
        "y minus y hat squared",
        "one minus p to the n",
        "e to the mu plus sigma squared over two",
        "rho times v plus one minus rho times g squared",
        "n over twenty",
        "square root of n over m",
        "one over n times m",
    ],
)
def test_what_can_be_read_in_two_ways_stays_in_words(normalise: Normaliser, text: str) -> None:
    assert normalise(text) == text


def test_the_bank_says_only_what_it_reads_aloud_in_another_way(
    normalise: Normaliser, bank: Bank
) -> None:
    every = sentences(bank)
    pairs = [pair for text in every for pair in changed(text, normalise(text))]
    assert len(pairs) <= 0.03 * len(every)
    unexplained = [
        (old, new)
        for old, new in pairs
        if not any(
            re.search(was, old, re.IGNORECASE) and re.search(becomes, new)
            for was, becomes in READ_ALOUD.values()
        )
    ]
    assert not unexplained


def test_written_notation_stays_as_it_is(normalise: Normaliser, vocabulary: Vocabulary) -> None:
    for term in vocabulary.terms:
        assert normalise(term) == term
        assert normalise(f"We use {term}, and {term} again.") == f"We use {term}, and {term} again."
    text = "P(y|x) = 0.9, σ²/n ± 5%, O(n²), 1e-5 and 10,000 rows on 2 GPUs at 95 percent."
    assert normalise(text) == text


def test_what_the_bank_says_aloud_is_settled_at_once(normalise: Normaliser, bank: Bank) -> None:
    for question in bank:
        for point in question.points:
            for text in point.phrasings.spoken:
                written = normalise(text)
                assert normalise(written) == written


@given(text=st.text())
def test_any_text_gives_a_text(normalise: Normaliser, text: str) -> None:
    assert isinstance(normalise(text), str)


@given(data=st.data())
def test_any_words_are_settled_at_once(
    normalise: Normaliser, vocabulary: Vocabulary, data: st.DataObject
) -> None:
    table = tables()
    said = sorted({word for form in vocabulary.spoken for word in form} | table["ends"])
    formula = "squared over minus plus times equals root of log to the power given hat sub".split()
    number = "zero one two ten twenty hundred thousand point percent per cent and bit".split()
    letters = "a b d e i k n o p q s t x y I A".split()
    common = [*formula, *number, *letters, *table["greek"]]
    words = st.one_of(st.sampled_from(common), st.sampled_from(said))
    written = normalise(" ".join(data.draw(st.lists(words, max_size=16))))
    assert normalise(written) == written


@pytest.mark.parametrize(
    "words", ["one over one plus", "log of", "square root of", "e to the x over", "x over y plus"]
)
def test_the_time_of_a_formula_grows_with_its_length(normalise: Normaliser, words: str) -> None:
    def taken(times: int) -> float:
        started = time.thread_time()
        normalise(" ".join([words] * times))
        return time.thread_time() - started

    ratio = min(taken(1_600) for _ in range(3)) / min(taken(200) for _ in range(3))
    assert ratio < 24, "linear is 8, quadratic 64"


def test_a_hint_names_the_question_s_own_terms(normalise: Normaliser, bank: Bank) -> None:
    hint = normalise.hint(bank["pca"])
    assert hint.startswith("Principal component analysis: PCA")
    assert "t-SNE" in hint
    assert "LSTM" in normalise.hint(bank["lstm-gates"])


@pytest.mark.parametrize("most", [0, 1, 7, 60])
def test_a_hint_stays_within_its_length(vocabulary: Vocabulary, bank: Bank, most: int) -> None:
    for question in bank:
        hint = vocabulary.hint(question, most)
        assert len(hint.split()) <= most
        assert hint == " ".join(hint.split())


def test_a_question_without_terms_has_a_hint_too(vocabulary: Vocabulary) -> None:
    bare = Question(id="bare", prompt="Why?", model_answer="Because it is so.")
    assert vocabulary.hint(bare) == ""
    named = bare.model_copy(update={"title": "Reasons."})
    assert vocabulary.hint(named) == "Reasons."


def test_terms_are_written_forms_the_frequent_ones_first(vocabulary: Vocabulary) -> None:
    terms = vocabulary.terms
    assert len(set(terms)) == len(terms)
    assert {"AUC", "L2", "F1", "XGBoost", "softmax", "k-means", "t-SNE", "bf16"} <= set(terms)
    assert terms.index("LLM") < terms.index("XGBoost") < terms.index("FastAPI")


def test_a_bank_brings_its_own_terms(bank: Bank) -> None:
    question = bank["pca"].model_copy(
        update={"model_answer": "The ZQFX is a ZqBoost with an H7 and a w-score. The w-score wins."}
    )
    normalise = Normaliser(Vocabulary.of(Bank([question], bank.taxonomy)))
    assert normalise("the z q f x with h seven and w scores") == "the ZQFX with H7 and w-scores"
