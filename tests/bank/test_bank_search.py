import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from interviewer.bank import Bank, load_bank
from interviewer.bank.search import BankIndex
from interviewer.embedding import SentenceEncoder
from interviewer.errors import UnknownQuestion
from tests.bank.conftest import MINIMAL, WordEncoder


@pytest.fixture(scope="module")
def index(bank: Bank, encoder: SentenceEncoder, vectors: Path) -> BankIndex:
    return BankIndex(bank, encoder, vectors)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("xgboost", "gradient-boosting-xgboost"),
        ("L1 and L2 penalties", "regularization"),
        ("your model failed in production", "model-failed-in-production"),
        ("what does the kv cache do", "kv-cache"),
        ("explore or exploit", "exploration-vs-exploitation"),
        ("one hot encoding", "one-hot-encoding"),
        ("what fraud system would you build for a bank", "fraud-detection"),
        ("how do I read a p value", "p-value"),
    ],
)
def test_search_finds_the_obvious_first(index: BankIndex, query: str, expected: str) -> None:
    assert index.search(query)[0].question_id == expected


def test_a_title_and_a_prompt_find_their_own_question(index: BankIndex, bank: Bank) -> None:
    for question in bank.questions[::6]:
        assert index.search(question.prompt, 1)[0].question_id == question.id
        assert question.id in {hit.question_id for hit in index.search(question.name, 2)}


def test_a_follow_up_and_a_point_are_found_and_named(index: BankIndex, bank: Bank) -> None:
    question = bank["regularization"]
    hit = index.search(question.follow_ups[0].ask)[0]
    assert (hit.question_id, hit.matched) == ("regularization", "follow-up")
    assert hit.text == question.follow_ups[0].ask
    hit = index.search(question.points[0].claim)[0]
    assert (hit.question_id, hit.matched) == ("regularization", "point")
    assert hit.score == pytest.approx(1.0, abs=1e-3)


def test_hits_come_best_first_once_a_question(index: BankIndex, bank: Bank) -> None:
    hits = index.search("gradient descent", len(bank) + 5)
    assert len(hits) == len({hit.question_id for hit in hits}) == len(bank)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert index.search("gradient descent", 3) == hits[:3]


@pytest.mark.parametrize("query", ["", " \n\t "])
def test_an_empty_query_finds_nothing(index: BankIndex, query: str) -> None:
    assert index.search(query) == ()
    assert index.search_all([query, query]) == [(), ()]
    assert not index.says_the_same(query, ["anything"])
    assert not index.says_the_same("anything", [])
    assert index.search("anything", 0) == ()


def test_similar_questions_are_others(index: BankIndex) -> None:
    hits = index.similar("k-means-clustering", 3)
    assert hits[0].question_id == "k-means-from-scratch"
    assert len(hits) == 3
    assert "k-means-clustering" not in {hit.question_id for hit in hits}
    with pytest.raises(UnknownQuestion):
        index.similar("nothing")


def test_the_shipped_bank_asks_nothing_twice(index: BankIndex) -> None:
    assert index.near_duplicates() == []
    first, second, cosine = index.near_duplicates(0.6)[0]
    assert first != second
    assert 0.6 <= cosine < 0.92


def test_near_duplicates_are_found(own_bank: Callable[..., Path], words: WordEncoder) -> None:
    files = {name: MINIMAL.format(id=name) for name in ("one", "two")}
    other = MINIMAL.format(id="three").replace("overfitting", "a list in Python, in a word")
    index = BankIndex(load_bank(own_bank(**files, three=other)), words, None)
    ((first, second, cosine),) = index.near_duplicates(0.9)
    assert (first, second) == ("one", "two")
    assert cosine == pytest.approx(1.0)


def test_a_bank_of_one_question_works(own_bank: Callable[..., Path], words: WordEncoder) -> None:
    index = BankIndex(load_bank(own_bank(one=MINIMAL.format(id="one"))), words, None)
    assert [hit.question_id for hit in index.search("overfitting", 10)] == ["one"]
    assert index.similar("one") == ()
    assert index.near_duplicates() == []


def test_the_same_in_other_words_is_the_same(index: BankIndex) -> None:
    asked = ["Why do we scale features before k-means?", "What is dropout?"]
    assert index.says_the_same("Why do you scale features before k-means?", asked)
    assert not index.says_the_same("How would you pick k?", asked)


def test_nothing_is_made_before_it_is_needed(bank: Bank, words: WordEncoder) -> None:
    BankIndex(bank, words, None)
    assert words.encoded == []


def test_threads_share_one_index(bank: Bank, tmp_path: Path) -> None:
    encoder = WordEncoder()
    index = BankIndex(bank, encoder, tmp_path)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(index.search("gradient"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(hits == found[0] for hits in found)
    assert encoder.encoded.count(bank["pca"].prompt) == 1
