"""What starting costs: heavy libraries come in when they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "sentence_transformers", "transformers", "gradio", "litellm", "openai", "faiss")


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("module", "light"),
    [
        ("interviewer", (*HEAVY, "numpy", "pydantic", "yaml", "typer", "sqlalchemy")),
        ("interviewer.model", (*HEAVY, "numpy", "yaml", "typer", "sqlalchemy")),
        ("interviewer.bank", (*HEAVY, "numpy", "typer", "sqlalchemy")),
        ("interviewer.cli", (*HEAVY, "numpy", "yaml", "sqlalchemy", "pydantic_settings")),
        ("interviewer.wiring", (*HEAVY, "yaml", "typer", "sqlalchemy")),
        ("interviewer.grading", (*HEAVY, "typer", "sqlalchemy")),
        ("interviewer.bank.search", (*HEAVY, "typer", "sqlalchemy")),
    ],
)
def test_an_import_loads_nothing_it_does_not_need(
    root: Path, module: str, light: tuple[str, ...]
) -> None:
    code = f"import sys, {module}; print(*[name for name in {light!r} if name in sys.modules])"
    assert run(root, "-c", code).stdout.split() == []


def test_importing_the_package_loads_nothing_else(root: Path) -> None:
    code = "import sys; had = set(sys.modules); import interviewer; print(*set(sys.modules) - had)"
    assert run(root, "-c", code).stdout.split() == ["interviewer"]


def test_help_loads_nothing_heavy(root: Path) -> None:
    """Every module that comes in while the help is written, not only at the import."""
    told = run(root, "-X", "importtime", "-m", "interviewer.cli", "--help").stderr
    loaded = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    assert "interviewer.cli" in loaded
    assert not loaded & {*HEAVY, "numpy", "yaml", "sqlalchemy", "pydantic_settings"}
