from pathlib import Path

import pytest
from pydantic import ValidationError

from interviewer.embedding import DEFAULT_MODEL
from interviewer.errors import SettingsError
from interviewer.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CACHE_DIR", "DATABASE_URL"):
        monkeypatch.delenv(f"INTERVIEWER_{name}")


def test_the_defaults_need_nothing_and_touch_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert (settings.bank, settings.bank_mode, settings.embedder) == (
        None,
        "replace",
        DEFAULT_MODEL,
    )
    assert settings.cache_dir.is_relative_to(tmp_path)
    assert settings.database_url.startswith(f"sqlite:///{tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_the_environment_sets_and_a_choice_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERVIEWER_PORT", "8000")
    monkeypatch.setenv("INTERVIEWER_BANK", "~/questions")
    monkeypatch.setenv("INTERVIEWER_BANK_MODE", "extend")
    monkeypatch.setenv("INTERVIEWER_HOST", "")
    settings = load_settings(bank_mode=None)
    assert settings.port == 8000
    assert settings.bank == Path.home() / "questions"
    assert settings.bank_mode == "extend"
    assert settings.host == "127.0.0.1"
    assert load_settings(port=9000, host="0.0.0.0").port == 9000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "many"),
        ("BANK_MODE", "append"),
    ],
)
def test_a_wrong_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"INTERVIEWER_{name}", value)
    with pytest.raises(SettingsError, match=rf"INTERVIEWER_{name}: .*\nCorrect it or unset it"):
        load_settings()


def test_a_slip_in_a_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERVIEWER_DATABASE_URI", "x")
    with pytest.raises(SettingsError, match="Did you mean INTERVIEWER_DATABASE_URL"):
        load_settings()
    monkeypatch.delenv("INTERVIEWER_DATABASE_URI")
    monkeypatch.setenv("INTERVIEWER_OF_THE_YEAR", "somebody else's")
    load_settings()


def test_a_password_is_not_shown_and_settings_do_not_change() -> None:
    settings = Settings(database_url="postgresql://me:secret@host/db")
    assert "secret" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]
