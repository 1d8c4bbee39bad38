"""The wheel holds the bank and the prompts, and finds them where it is installed."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from interviewer.resources import bank_folder, prompts_folder

CHECK = """
from pathlib import Path
import interviewer
from interviewer.bank import load_bank
from interviewer.prompting import load_prompts
from interviewer.resources import bank_folder, prompts_folder
home = Path(interviewer.__file__).parent
assert bank_folder() == home / "_data" / "bank", bank_folder()
assert prompts_folder() == home / "_data" / "prompts", prompts_folder()
print(load_bank(bank_folder()).hash, len(load_prompts(prompts_folder()).names))
"""


def files(folder: Path, suffix: str) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob(f"*{suffix}")}


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, root],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.wheel
def test_the_wheel_holds_every_question_and_prompt(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = "interviewer/_data"
    assert files(bank_folder(), ".yaml")
    for name in files(bank_folder(), ".yaml") | {"bank.schema.json"}:
        assert f"{data}/bank/{name}" in names
    for name in files(prompts_folder(), ".md"):
        assert f"{data}/prompts/{name}" in names
    assert "interviewer/cli/__init__.py" in names
    assert not [name for name in names if name.startswith(("tests/", "evals/"))]


@pytest.mark.wheel
def test_the_page_comes_with_its_assets(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assets = root / "interviewer" / "ui" / "assets"
    for path in (path for path in assets.rglob("*") if path.is_file()):
        assert str(path.relative_to(root)) in names


@pytest.mark.wheel
def test_the_installed_package_finds_its_data(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=tmp_path / "elsewhere",
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    from interviewer.bank import load_bank

    digest, prompts = done.stdout.split()
    assert digest == load_bank(bank_folder()).hash
    assert int(prompts) == len(files(prompts_folder(), ".md") - {"README.md"})
