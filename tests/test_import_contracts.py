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
IGNORED = shutil.ignore_patterns("__pycache__", "assets")
PARTS = "The parts never know the page, the terminal or the wiring"
MEASURES = "Only the command line measures graders"
SENTENCES = "One module owns sentence-transformers"
GRADIO = "Gradio stays in the page"
PLANTED = [
    ("The words know nobody", "model.py", "interviewer.settings"),
    (PARTS, "bank/lint.py", "rich"),
    (PARTS, "evaluation/run.py", "typer"),
    (PARTS, "evaluation/report.py", "interviewer.ui"),
    (PARTS, "evaluation/gate.py", "interviewer.cli"),
    (PARTS, "evaluation/graders.py", "interviewer.wiring"),
    (
        "Grading, history and report do not know each other; the bank knows none of them",
        "grading/spans.py",
        "interviewer.history",
    ),
    ("Interview uses grading through its front door", "interview/pick.py", "interviewer.report"),
    (PARTS, "speech/service.py", "interviewer.ui"),
    ("Speech knows the words and the bank alone", "speech/delivery.py", "interviewer.grading"),
    ("Speech knows the words and the bank alone", "speech/endpoint.py", "litellm"),
    ("LiteLLM stays in llm", "grading/judge.py", "litellm"),
    ("LiteLLM stays in llm", "wiring.py", "openai"),
    (SENTENCES, "bank/search.py", "sentence_transformers"),
    (SENTENCES, "evaluation/attacks/near.py", "torch"),
    (SENTENCES, "evaluation/suite.py", "sentence_transformers"),
    (GRADIO, "report/build.py", "gradio"),
    (GRADIO, "evaluation/report.py", "gradio"),
    ("FAISS stays in search, SQLAlchemy in history", "cli/report.py", "sqlalchemy"),
    (MEASURES, "interview/runner.py", "interviewer.evaluation"),
    (MEASURES, "report/build.py", "interviewer.evaluation.metrics"),
    (MEASURES, "history/__init__.py", "interviewer.evaluation.cases"),
    (MEASURES, "wiring.py", "interviewer.evaluation.graders"),
]


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
    assert set(contracts()) == {name for name, _, _ in PLANTED}


def test_the_tree_keeps_every_contract(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "interviewer", tmp_path / "interviewer", ignore=IGNORED)
    result = check(tmp_path)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("name", "file", "target"), PLANTED)
def test_a_planted_import_breaks_its_contract(name, file, target, tmp_path):
    shutil.copytree(ROOT / "interviewer", tmp_path / "interviewer", ignore=IGNORED)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "interviewer" / file
    path.write_text(path.read_text(encoding="utf-8") + f"\nimport {target}\n", encoding="utf-8")
    result = check(tmp_path)
    assert result.returncode == 1
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert f"{name} BROKEN" in broken
