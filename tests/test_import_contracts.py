"""Each import contract fails on a planted violation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLANTED = {
    "The words know nobody": ("model.py", "interviewer.settings"),
    "The parts never know the page, the terminal or the wiring": ("bank/lint.py", "rich"),
    "Grading, history and report do not know each other; the bank knows none of them": (
        "grading/spans.py",
        "interviewer.history",
    ),
    "Interview uses grading through its front door": ("interview/pick.py", "interviewer.report"),
    "One module owns sentence-transformers": ("bank/search.py", "sentence_transformers"),
    "Gradio stays in the page": ("report/build.py", "gradio"),
    "FAISS stays in search, SQLAlchemy in history": ("cli/report.py", "sqlalchemy"),
}


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [item["name"] for item in settings["tool"]["importlinter"]["contracts"]]


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_contract_has_a_planted_violation():
    assert set(contracts()) == set(PLANTED)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_import_breaks_its_contract(name, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "assets")
    shutil.copytree(ROOT / "interviewer", tmp_path / "interviewer", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, target = PLANTED[name]
    path = tmp_path / "interviewer" / file
    path.write_text(path.read_text(encoding="utf-8") + f"\nimport {target}\n", encoding="utf-8")
    result = check(tmp_path)
    assert result.returncode == 1
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert f"{name} BROKEN" in broken
