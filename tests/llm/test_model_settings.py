import pytest

from interviewer.errors import SettingsError
from interviewer.settings import load_settings


def test_no_model_is_set_unless_one_is():
    settings = load_settings()
    assert (settings.model, settings.judge_model, settings.interview_model) == (None, None, None)
    assert (settings.model_base_url, settings.model_api_key) == (None, None)
    assert (settings.model_timeout, settings.judge_samples) == (30, 1)


def test_the_environment_sets_the_models(monkeypatch):
    monkeypatch.setenv("INTERVIEWER_MODEL", "ollama/llama3.1")
    monkeypatch.setenv("INTERVIEWER_JUDGE_MODEL", "openai/gpt-4o-mini")
    monkeypatch.setenv("INTERVIEWER_INTERVIEW_MODEL", "off")
    monkeypatch.setenv("INTERVIEWER_MODEL_BASE_URL", "http://127.0.0.1:4000/v1")
    monkeypatch.setenv("INTERVIEWER_MODEL_TIMEOUT", "12.5")
    monkeypatch.setenv("INTERVIEWER_JUDGE_SAMPLES", "3")
    settings = load_settings()
    assert settings.model == "ollama/llama3.1"
    assert (settings.judge_model, settings.interview_model) == ("openai/gpt-4o-mini", "off")
    assert settings.model_base_url == "http://127.0.0.1:4000/v1"
    assert (settings.model_timeout, settings.judge_samples) == (12.5, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_TIMEOUT", "0"),
        ("MODEL_TIMEOUT", "601"),
        ("JUDGE_SAMPLES", "0"),
        ("JUDGE_SAMPLES", "6"),
        ("MODEL_BASE_URL", "localhost:4000"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(f"INTERVIEWER_{name}", value)
    with pytest.raises(SettingsError, match=f"INTERVIEWER_{name}"):
        load_settings()


def test_keys_and_addresses_with_passwords_are_not_shown(monkeypatch):
    monkeypatch.setenv("INTERVIEWER_MODEL_API_KEY", "sk-secret")
    monkeypatch.setenv("INTERVIEWER_MODEL_BASE_URL", "http://me:hunter2@127.0.0.1/v1")
    settings = load_settings()
    assert settings.model_api_key is not None
    assert settings.model_api_key.get_secret_value() == "sk-secret"
    shown = f"{settings!r} {settings} {settings.model_dump_json(include={'model_api_key'})}"
    assert "sk-secret" not in shown
    assert "hunter2" not in shown
