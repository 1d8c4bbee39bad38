"""Whether every topic of a syllabus finds its question."""

from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.bank.coverage import Topic, cover, read_topics
from interviewer.bank.search import BankIndex
from interviewer.embedding import SentenceEncoder
from interviewer.errors import BankError
from interviewer.resources import bank_folder


def written(folder: Path, text: str, name: str = "topics.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def index(bank: Bank, encoder: SentenceEncoder, vectors: Path) -> BankIndex:
    return BankIndex(bank, encoder, vectors)


def test_every_topic_of_the_syllabus_finds_its_question(bank: Bank, index: BankIndex):
    topics = read_topics(bank_folder() / "topics.csv")
    assert len(topics) == 292
    assert [item.topic.id for item in cover(topics, bank, index) if not item.found] == []


def test_a_topic_knows_where_its_question_comes(bank: Bank, index: BankIndex):
    topics = (
        Topic("a", "principal component analysis", ("pca",)),
        Topic("b", "principal component analysis", ("lora", "pca")),
        Topic("c", "principal component analysis", ("why-not",)),
    )
    first, second = cover(topics[:2], bank, index)
    assert (first.rank, first.found, first.hits[0]) == (1, True, "pca")
    assert second.rank == 1
    lost = cover([Topic("d", "principal component analysis", ("what-is-mlops",))], bank, index)
    assert not lost[0].found
    with pytest.raises(BankError, match="why-not"):
        cover(topics, bank, index)


def test_topics_are_read_and_their_words_replaced(tmp_path):
    path = written(tmp_path, "id,topic,questions\na,PCA,pca\nb,LoRA,lora pca\n")
    assert read_topics(path)[1] == Topic("b", "LoRA", ("lora", "pca"))
    texts = written(tmp_path, 'id,topic\na,"Principal, components"\nb,Adapters\n', "texts.csv")
    assert [item.text for item in read_topics(path, texts)] == ["Principal, components", "Adapters"]
    short = written(tmp_path, "id,topic\na,Other words\n", "short.csv")
    with pytest.raises(BankError, match="no topic for the row 'b'"):
        read_topics(path, short)


@pytest.mark.parametrize("text", ["", "id,topic\na,b\n", "\xff"])
def test_a_file_that_is_no_syllabus_is_told(tmp_path, text):
    with pytest.raises(BankError, match="column"):
        read_topics(written(tmp_path, text))
    with pytest.raises(BankError, match="cannot be read"):
        read_topics(tmp_path / "none.csv")
