import threading
from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.embedding import SentenceEncoder
from interviewer.errors import BankError, EmbeddingError, SettingsError
from interviewer.interview.session import Phase, Session
from interviewer.model import Answer, Grade, Plan
from interviewer.settings import load_settings
from interviewer.wiring import GRADERS, Parts, build


@pytest.fixture
def parts(encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Parts:
    monkeypatch.setattr("interviewer.embedding.SentenceEncoder", lambda *_: encoder)
    return build(load_settings(database_url=f"sqlite:///{tmp_path}/new/history.db"))


def test_building_makes_nothing(tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    built = build(load_settings(bank=missing, database_url=f"sqlite:///{tmp_path}/new/h.db"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BankError):
        _ = built.bank
    with pytest.raises(BankError):
        _ = built.grader


def test_a_part_is_made_once_whoever_asks(parts: Parts, bank: Bank) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(parts.runner)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({id(item) for item in found}) == 1
    assert parts.bank is parts.bank
    assert parts.bank.hash == bank.hash


def test_the_parts_hold_an_interview(parts: Parts) -> None:
    parts.warm_up()
    session = parts.runner.start(Plan(questions=1), seed=1)
    *_, asked = parts.runner.go_on(session.id)
    assert isinstance(asked, Session)
    session = asked
    assert session.phase is Phase.LISTENING
    assert parts.store.load(session.id) == session
    question = parts.bank[session.rounds[0].question_id]
    assert isinstance(parts.grader.grade(question, Answer(text=question.model_answer)), Grade)
    assert parts.index.search(question.prompt)[0].question_id == question.id
    assert "no key, no network" in parts.grader_note()


def test_a_bank_extends_or_replaces(bank: Bank, tmp_path: Path) -> None:
    text = "id: one\nprompt: What is overfitting?\nmodel_answer: It learns noise.\n"
    (tmp_path / "one.yaml").write_text(text)
    assert len(build(load_settings(bank=tmp_path)).bank) == 1
    both = build(load_settings(bank=tmp_path, bank_mode="extend")).bank
    assert len(both) == len(bank) + 1


def test_an_unknown_grader_names_those_there_are() -> None:
    for name in GRADERS:
        build(load_settings(model="scripted"), grader=name)
    with pytest.raises(SettingsError, match="The graders are: auto, embedded, combined"):
        build(load_settings(), grader="gpt")


def test_a_model_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="INTERVIEWER_EMBEDDER"):
        build(load_settings(embedder=str(tmp_path / "no-model"))).warm_up()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"model": "openai/a"}, ["beside it by openai/a", "sent to openai/a,", "résumé"]),
        (
            {"model": "openai/a", "judge_model": "openai/b"},
            ["beside it by openai/b", "sent to openai/a and to openai/b"],
        ),
        ({"model": "openai/a", "judge_model": "off"}, ["sent to openai/a, a job"]),
    ],
)
def test_the_page_says_where_words_are_sent(settings: dict[str, str], told: list[str]) -> None:
    note = build(load_settings(**settings)).grader_note()
    assert all(words in note for words in told)
    assert "no network" not in note


def test_an_interviewer_without_a_judge_is_not_said_to_judge() -> None:
    note = build(load_settings(model="openai/a", judge_model="off")).grader_note()
    assert "beside" not in note


def test_a_scripted_stand_in_sends_nothing_anywhere() -> None:
    note = build(load_settings(model="scripted")).grader_note()
    assert "Nothing leaves this machine" in note
