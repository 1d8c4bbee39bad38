import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from interviewer.cli import app
from interviewer.embedding import SentenceEncoder

Run = Callable[..., Result]


@pytest.fixture
def run(encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in this process, with the model that is loaded already."""
    monkeypatch.setattr("interviewer.embedding.SentenceEncoder", lambda *_: encoder)
    monkeypatch.setenv("INTERVIEWER_DATABASE_URL", f"sqlite:///{tmp_path}/history.db")
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: object, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(app, [str(item) for item in arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def parsed(result: Result) -> Any:
    """The JSON on stdout; it must be there alone."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
