"""A scripted server, and a loop to call it from."""

from collections.abc import Callable, Iterator

import pytest

from interviewer.llm import Bridge, LiteLLMModel
from tests.scripted_server import ScriptedServer

KEY = "sk-not-a-real-key-0123456789"


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    with Bridge() as made:
        yield made


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as made:
        yield made


@pytest.fixture
def open_to(server: ScriptedServer) -> Callable[..., LiteLLMModel]:
    """A model at the server; its settings by name."""

    def make(name: str = "openai/scripted-1", **settings: object) -> LiteLLMModel:
        chosen = {"api_key": KEY, "base_url": server.url, "backoff": 0.01, "timeout": 5.0}
        return LiteLLMModel(name, **(chosen | settings))  # type: ignore[arg-type]

    return make
