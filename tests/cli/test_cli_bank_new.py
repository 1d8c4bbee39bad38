"""Begin a question in the terminal, by hand and with a model's draft."""

import json
from pathlib import Path

import pytest
import yaml

from interviewer.bank import load_bank
from interviewer.model import Question
from tests.scripted_server import ScriptedServer, fail, typed

TYPED = "Bad Id\npca\nmy-question\nno-topic\nfundamentals\n\nbeginner\nMine\nWhat is it?\n"


GIVEN = (
    *("bank", "new", "my-question", "--topic", "coding", "--level", "advanced"),
    *("--title", "Mine", "--prompt", "What is it?"),
)


def text_of(folder: Path, topic: str = "fundamentals") -> str:
    return (folder / topic / "my-question.yaml").read_text(encoding="utf-8")


def test_what_is_not_given_is_asked_for(run, tmp_path):
    done = run("bank", "new", "--into", tmp_path, stdin=TYPED)
    assert done.exit_code == 0, done.output
    assert "lower-case words joined by hyphens" in done.output
    assert "There is a question 'pca' already" in done.output
    assert "Choose one of" in done.output
    assert done.stdout.strip().endswith("my-question.yaml")
    question = load_bank(tmp_path)["my-question"]
    assert (question.prompt, question.level) == ("What is it?", "beginner")
    told = run("bank", "lint", "--bank", tmp_path, "--no-model")
    assert told.exit_code == 1
    assert "begin with TODO" in told.output


@pytest.mark.parametrize("kind", ["concept", "coding", "system-design", "behavioural"])
def test_a_scaffold_of_every_kind_loads_and_lacks_only_words(run, tmp_path, kind):
    done = run(*GIVEN, "--kind", kind, "--into", tmp_path)
    assert done.exit_code == 0, done.output
    found = json.loads(run("bank", "lint", "--bank", tmp_path, "--no-model", "--json").stdout)
    about = {item["field"] for item in found["findings"] if item["question_id"] == "my-question"}
    assert "text" in about
    assert "rubric" not in about
    assert not {"misconceptions", "id", "kind"} & about


def test_a_file_that_is_there_is_never_overwritten(run, tmp_path):
    again = (*GIVEN, "--kind", "coding", "--into", tmp_path)
    assert run(*again).exit_code == 0
    before = text_of(tmp_path, "coding")
    done = run(*again)
    assert done.exit_code == 2
    assert "already" in done.output
    assert text_of(tmp_path, "coding") == before


def test_without_a_model_nothing_is_drafted(run, tmp_path):
    done = run("bank", "new", "--draft", "--into", tmp_path)
    assert done.exit_code == 2
    assert "INTERVIEWER_MODEL" in done.output


@pytest.fixture
def server(monkeypatch):
    with ScriptedServer() as running:
        monkeypatch.setenv("INTERVIEWER_MODEL", "openai/scripted-1")
        monkeypatch.setenv("INTERVIEWER_MODEL_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-never-shown-42")
        yield running


def drafted(*arguments: object) -> tuple[object, ...]:
    return ("bank", "new", "my-question", "--topic", "fundamentals", "--kind", "concept", "--level",
            "advanced", "--title", "Mine", "--prompt", "What is: it?", "--model-answer",
            "It is this, and never that.", "--draft", "--into", *arguments)  # fmt: skip


def test_a_draft_is_written_to_be_edited(run, server, tmp_path):
    point = {"tier": "core", "claim": "It is this.", "hint": "What is it?", "written": ["This."],
             "spoken": ["so it's this: right"], "terse": ["This"]}  # fmt: skip
    wrong = {"claim": "It is that.", "correction": "It is this.",
             "wordings": [{"wrong": "it is that", "right": "it is this"}]}  # fmt: skip
    reply = {
        "points": [point | {"id": "It is this!"}, point | {"id": "it-is-this", "tier": "depth"}],
        "misconceptions": [wrong | {"contradicts": "it-is-this"}, wrong | {"contradicts": "none"}],
    }
    server.script([typed(reply)])
    done = run(*drafted(tmp_path))
    assert done.exit_code == 0, done.output
    assert "It is this, and never that." in server.requests[0].text
    text = text_of(tmp_path)
    assert "a draft by openai/scripted-1: check each" in text
    question = Question.model_validate(yaml.safe_load(text))
    assert [point.id for point in question.points] == ["it-is-this", "it-is-this-2"]
    assert [item.contradicts for item in question.misconceptions] == ["it-is-this-2"]
    assert question.prompt == "What is: it?"


def test_a_draft_that_fails_writes_nothing_and_says_why(run, server, tmp_path):
    server.script(lambda _: fail(401, "bad key"))
    done = run(*drafted(tmp_path))
    assert done.exit_code == 2
    assert "OPENAI_API_KEY" in done.output
    assert list(tmp_path.rglob("*.yaml")) == []
