"""What starting costs: heavy libraries come in when they are used."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "sentence_transformers", "transformers", "gradio", "litellm", "openai", "faiss")


def _processor_seconds() -> float:
    """Used by child processes so far: unlike a clock, it does not mind who else is running."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(root: Path, *arguments: str) -> tuple[str, float]:
    before = _processor_seconds()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout, _processor_seconds() - before


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
    assert run(root, "-c", code)[0].split() == []


def best(root: Path, *arguments: str) -> float:
    """Processor seconds of the best of three."""
    return min(run(root, *arguments)[1] for _ in range(3))


def test_importing_the_package_is_quick(root: Path) -> None:
    assert best(root, "-c", "import interviewer") < 0.3


def test_help_is_quick(root: Path) -> None:
    assert best(root, "-m", "interviewer.cli", "--help") < 0.6
