"""The settings: typed environment variables, ``INTERVIEWER_*``, read once at the start."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from interviewer.embedding import DEFAULT_MODEL
from interviewer.errors import SettingsError

PREFIX = "INTERVIEWER_"
_APP = "interviewer"


def _cache_dir() -> Path:
    return Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def _database_url() -> str:
    folder = Path(platformdirs.user_data_dir(_APP, appauthor=False))
    return f"sqlite:///{folder / 'history.db'}"


def _recordings_dir() -> Path:
    return Path(platformdirs.user_data_dir(_APP, appauthor=False)) / "recordings"


class Settings(BaseSettings):
    """What can be set from outside; ``INTERVIEWER_PORT=8000`` sets ``port``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    bank: Path | None = Field(default=None, description="A bank folder of your own.")
    bank_mode: Literal["replace", "extend"] = Field(
        default="replace",
        description="replace: only that folder. extend: the shipped bank and that folder.",
    )
    database_url: str = Field(
        default_factory=_database_url,
        repr=False,  # may hold a password
        description="Where interviews are kept: sqlite:///file or postgresql://...",
    )
    cache_dir: Path = Field(
        default_factory=_cache_dir, description="Where the bank's vectors are kept."
    )
    embedder: str = Field(
        default=DEFAULT_MODEL,
        min_length=1,
        description="The packaged model, or a folder that holds a sentence-transformers model.",
    )
    model: str | None = Field(
        default=None,
        min_length=1,
        description="A language model by LiteLLM's name, such as openai/gpt-4o-mini; or scripted.",
    )
    judge_model: str | None = Field(
        default=None,
        min_length=1,
        description="Another one that judges answers; off: none does.",
    )
    interview_model: str | None = Field(
        default=None,
        min_length=1,
        description="Another one that words what the interviewer says; off: none does.",
    )
    model_base_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        repr=False,  # may hold a password
        description="Address of an OpenAI-compatible server, of Ollama or of a proxy.",
    )
    model_api_key: SecretStr | None = Field(
        default=None,
        description="A key for that address; else LiteLLM finds it, as in OPENAI_API_KEY.",
    )
    model_timeout: float = Field(
        default=30.0, ge=1, le=600, description="Seconds a model may take for a reply."
    )
    judge_samples: int = Field(
        default=1, ge=1, le=5, description="How many replies of the judge decide by majority."
    )
    transcriber: str | None = Field(
        default=None,
        min_length=1,
        description="A model that writes speech down, such as whisper-1, or local/base.en for "
        "faster-whisper on this machine; unset: the browser's own.",
    )
    speaker: str | None = Field(
        default=None,
        min_length=1,
        description="A model that speaks, such as tts-1 or kokoro; unset: the browser's own.",
    )
    speaker_voice: str = Field(default="alloy", min_length=1, description="A voice of it.")
    speech_base_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        repr=False,  # may hold a password
        description="Address of an OpenAI-compatible audio server; unset: OpenAI's own.",
    )
    speech_api_key: SecretStr | None = Field(
        default=None, description="A key for it; else OPENAI_API_KEY."
    )
    speech_timeout: float = Field(default=30.0, ge=1, le=600, description="Seconds it may take.")
    recordings_dir: Path = Field(
        default_factory=_recordings_dir,
        description="Where recordings lie that a candidate wants kept.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address the page listens on.")
    port: int = Field(default=7860, ge=1, le=65535, description="Port the page listens on.")

    @field_validator("bank", "cache_dir", "recordings_dir")
    @classmethod
    def _at_home(cls, path: Path | None) -> Path | None:
        """Expand ``~``, which no shell does inside quotes."""
        return path.expanduser() if path else None


def load_settings(**chosen: object) -> Settings:
    """The settings from the environment.

    Args:
        chosen: Values that win over the environment; None leaves one as it is.

    Raises:
        SettingsError: A value cannot be used, or a variable's name is nearly
            but not quite one of ours.
    """
    _check_names(os.environ)
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = [
            f"{PREFIX}{str(detail['loc'][0]).upper()}: {detail['msg'].rstrip('.')}."
            for detail in error.errors(include_url=False)
        ]
        raise SettingsError("\n".join((*problems, "Correct it or unset it."))) from error
    except RuntimeError as error:  # no home folder to expand
        raise SettingsError(f"A path that starts with ~ cannot be used ({error}).") from error


def _check_names(environment: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in environment:
        if not name.upper().startswith(PREFIX) or name.upper() in known:
            continue
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.9)
        if close:
            raise SettingsError(f"{name} is not a setting. Did you mean {close[0]}?")
