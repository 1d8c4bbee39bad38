"""The bank browser, the history and the page as a whole."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from interviewer.errors import EmbeddingError
from interviewer.interview.session import Intent
from interviewer.model import Plan
from interviewer.ui import page as whole
from interviewer.ui.history import PAGE, HistoryPage
from interviewer.ui.models import ModelsPage
from interviewer.ui.questions import QuestionsPage
from interviewer.ui.render import ASSETS, asset
from interviewer.ui.theme import Paper, head
from interviewer.ui.wire import Ask, Reply
from interviewer.wiring import Parts
from tests.ui.stand_ins import FakeParts


def run(handling: HistoryPage | QuestionsPage, **ask: Any) -> list[Reply]:
    return list(handling.handle(Ask(**ask)))


def hit(question_id: str, matched: str = "question", text: str = "words") -> SimpleNamespace:
    return SimpleNamespace(question_id=question_id, score=0.9, matched=matched, text=text)


def hold(parts: FakeParts, *, end: bool = True) -> str:
    session = parts.runner.start(Plan(questions=1))
    list(parts.runner.go_on(session.id))
    if end:
        list(parts.runner.want(session.id, Intent.END))
    return session.id


@pytest.fixture
def questions(parts):
    return QuestionsPage(parts)


@pytest.fixture
def past(parts):
    return HistoryPage(parts)


def test_search_adds_what_means_the_same_to_what_has_the_words(questions, parts):
    parts.index.hits = [hit("question-4", "point", "A point."), hit("gone"), hit("question-2")]
    (reply,) = run(questions, do="find", form={"text": "title 2", "topic": "algorithms"})
    html = reply.slots["results"]
    assert html.index("Question title 2") < html.index("Question title 4")
    assert html.count("Question title 2") == 1
    assert "A point." in html


def test_search_works_before_the_model_does(questions, parts):
    parts.index.hits = [hit("question-4")]
    parts.encoder.ready = False
    (reply,) = run(questions, do="find", form={"text": "title 2"})
    assert "1 of 4 questions" in reply.slots["results"]


def test_search_works_without_a_model(questions, parts, monkeypatch):
    def fail(*_args, **_kwargs):
        raise EmbeddingError("No model.")

    monkeypatch.setattr(parts.index, "search", fail)
    (reply,) = run(questions, do="find", form={"text": "title 2"})
    assert "1 of 4 questions" in reply.slots["results"]
    monkeypatch.setattr(parts.index, "similar", fail)
    first, second = run(questions, do="show", question="question-1")
    assert "What is thing number 1?" in first.slots["detail"]
    assert "No model." in second.slots["similar"]


def test_a_question_comes_first_and_those_like_it_after(questions, parts):
    parts.index.hits = [hit("question-1"), hit("question-3")]
    first, second = run(questions, do="show", question="question-1")
    assert not first.final
    assert "What is thing number 1?" in first.slots["detail"]
    assert "Question title 3" in second.slots["similar"]
    assert "Question title 1" not in second.slots["similar"]


def test_a_question_that_is_not_there_is_a_notice(questions):
    (reply,) = run(questions, do="show", question="question-11")
    assert "Did you mean" in reply.slots["questions-notice"]


def test_history_lists_and_deletes(past, parts):
    ended, running = hold(parts), hold(parts, end=False)
    (listed,) = run(past, do="list")
    assert ended in listed.slots["history"]
    assert running in listed.slots["history"]
    (after,) = run(past, do="delete", interview=ended)
    assert ended not in after.slots["history"]
    assert after.tell["deleted"] == ended
    (again,) = run(past, do="delete", interview=ended)
    assert "deleted already" in again.slots["history-notice"]


def test_a_page_of_history_that_is_no_more_is_the_last_one(past, parts):
    for _ in range(PAGE + 1):
        parts.runner.start(Plan())
    (reply,) = run(past, do="list", page=99)
    assert "2 of 2" in reply.slots["history"]


def test_an_unknown_event_changes_nothing(questions, past):
    assert [reply.slots for reply in run(questions, do="x") + run(past, do="x")] == [{}, {}]


def test_nothing_on_the_page_comes_from_elsewhere():
    texts = [head(), *(path.read_text(encoding="utf-8") for path in ASSETS.iterdir())]
    for text in texts:
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "@import" not in text
        assert "@font-face" not in text
    assert Paper()._stylesheets == []
    assert "font-face" not in " ".join(Paper()._font_css)


def test_motion_and_dark_are_asked_about():
    style = asset("page.css")
    assert "prefers-reduced-motion" in style
    assert ".dark {" in style


def test_the_page_is_built_without_loading_anything_heavy(parts):
    async def build() -> gr.Blocks:
        return whole.build_page(parts)

    # Without a running loop gradio makes two and never closes them.
    blocks = asyncio.run(build())
    assert blocks.title == "Interviewer"
    assert blocks.analytics_enabled is False
    sent = blocks.get_config_file()
    assert [item["props"]["elem_id"] for item in sent["components"] if "elem_id" in item["props"]]
    assert "Graded by a table." in str(sent)


@pytest.mark.parametrize("error", [EmbeddingError("No model."), RuntimeError("boom")])
def test_a_model_that_does_not_warm_up_is_logged_and_no_more(error, caplog):
    def fail():
        raise error

    whole._warm_up(cast(Parts, SimpleNamespace(warm_up=fail)))
    assert str(error) in caplog.text


def test_the_page_of_models_shows_no_password_of_an_address(parts):
    parts.settings = SimpleNamespace(
        model_base_url="http://bob:hunter2@127.0.0.1:9/v1", embedder="all-MiniLM-L6-v2"
    )
    shown = "".join(reply.slots["models"] for reply in ModelsPage(parts).handle(Ask(do="list")))
    assert "127.0.0.1:9/v1" in shown
    assert "hunter2" not in shown
    assert "bob" not in shown


def test_what_comes_late_takes_no_notice_away():
    late = Reply(
        slots={"lines": "<li></li>", "talk-notice": ""}, tell={"interview": "a", "seen": 3}
    )
    assert late.aside() == Reply(slots={"lines": "<li></li>"}, tell={"interview": "a"}, final=False)
