"""What every test shares: one loaded model, the shipped bank, and folders of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from interviewer.bank import Bank, load_bank
from interviewer.embedding import SentenceEncoder
from interviewer.resources import bank_folder

settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True, scope="session")
def _no_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nobody's own settings, history or cache; the bank's vectors are made once a run."""
    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        for name in tuple(os.environ):
            if name.startswith("INTERVIEWER_"):
                patch.delenv(name)
        patch.setenv("INTERVIEWER_CACHE_DIR", str(folder / "cache"))
        patch.setenv("INTERVIEWER_DATABASE_URL", f"sqlite:///{folder}/history.db")
        yield


@pytest.fixture(scope="session")
def bank() -> Bank:
    return load_bank(bank_folder())


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    model = SentenceEncoder()
    model.warm_up()
    return model


@pytest.fixture(scope="session")
def vectors(_no_settings: None) -> Path:
    """Where the shipped bank's vectors are kept during a run: making them takes long."""
    return Path(os.environ["INTERVIEWER_CACHE_DIR"])


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return Path(__file__).resolve().parent.parent
