"""A small bank, a page whose grader is a table; and a real server with a real browser."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from interviewer.bank import Bank
from interviewer.bank.taxonomy import KindEntry, RoleEntry, Taxonomy, Titled, Topic
from interviewer.history import open_store
from interviewer.interview.runner import Runner
from interviewer.interview.voice import TemplateVoice
from interviewer.model import Difficulty, Kind, Role
from interviewer.prompting import load_prompts
from interviewer.resources import prompts_folder
from tests.audio_server import AudioServer
from tests.ui.calling import FIRM, STAND_INS
from tests.ui.serving import Server, Watched, chromium
from tests.ui.stand_ins import FakeParts, TableGrader, make_question


@pytest.fixture
def bank() -> Bank:
    taxonomy = Taxonomy(
        topics={
            "fundamentals": Topic(title="Fundamentals", about="Learning."),
            "algorithms": Topic(title="Algorithms", about="Trees."),
            "empty-topic": Topic(title="Empty", about="Nothing yet."),
        },
        kinds={Kind.CONCEPT: KindEntry(title="Concept", minutes=5)},
        levels={level: Titled(title=level.value.capitalize()) for level in Difficulty},
        roles={role: RoleEntry(title=role.value, core=("fundamentals",)) for role in Role},
    )
    return Bank([make_question(number) for number in range(1, 5)], taxonomy)


@pytest.fixture
def parts(bank, tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        voice = TemplateVoice(load_prompts(prompts_folder()))
        yield FakeParts(bank, store, Runner(bank, TableGrader(), store, voice))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def audio():
    with AudioServer() as running:
        yield running


@pytest.fixture(scope="module")
def spoken_server(tmp_path_factory, audio):
    folder = tmp_path_factory.mktemp("spoken")
    settings = {
        "INTERVIEWER_TRANSCRIBER": "whisper-1",
        "INTERVIEWER_SPEAKER": "kokoro",
        "INTERVIEWER_SPEECH_BASE_URL": audio.url,
        "INTERVIEWER_SPEECH_API_KEY": "sk-1",
        "INTERVIEWER_RECORDINGS_DIR": str(folder / "recordings"),
    }
    with Server(folder, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def recordings(spoken_server):
    return spoken_server.folder / "recordings"


@pytest.fixture
def open_page(browser):
    """``open_page(preferences, stage)`` opens a watched page with the stand-ins."""
    opened = []

    def make(preferences=None, before="", width=1280):
        context = browser.new_context(viewport={"width": width, "height": 800})
        context.add_init_script(before + STAND_INS)
        held = json.dumps(json.dumps(FIRM | (preferences or {})))
        context.add_init_script(
            f"if (!localStorage.getItem('interviewer.voice')) "
            f"localStorage.setItem('interviewer.voice', {held});"
        )
        watched = Watched(context)
        opened.append((context, watched))
        return watched.page

    yield make
    for context, watched in opened:
        context.close()
        assert watched.abroad == []
        assert [error for error in watched.errors if "502" not in error] == []
