"""An OpenAI-compatible audio server: hosted, or a local Whisper or Kokoro by its address.

The only module here that imports openai.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from interviewer.errors import SpeechError

RETRIES: Final = 1
CHUNK: Final = 4_096
"""Bytes of sound handed on at once: about a quarter of a second of MP3."""
_HOSTED: Final = "api.openai.com"


class Endpoint:
    """Where sound is written down and words are spoken.

    Args:
        base_url: Its address, as in http://127.0.0.1:8000/v1; None: OpenAI's own.
        api_key: Its key; None: OPENAI_API_KEY, or none where the address needs none.
        timeout: Seconds it may take.
    """

    def __init__(self, base_url: str | None, api_key: str | None, timeout: float) -> None:
        """Remember them; nothing is asked yet."""
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self._made: Any = None

    @property
    def host(self) -> str:
        """Who hears, as the page names it."""
        return urlsplit(self._base_url).netloc.rpartition("@")[2] if self._base_url else _HOSTED

    def client(self) -> Any:  # noqa: ANN401 - openai is loaded late
        """The openai client.

        Raises:
            SpeechError: There is no key.
        """
        if self._made is None:
            import os

            import openai

            key = self._api_key or os.environ.get("OPENAI_API_KEY")
            if not key and self._base_url is None:
                raise SpeechError(
                    "The speech endpoint needs a key. Set INTERVIEWER_SPEECH_API_KEY or "
                    "OPENAI_API_KEY, or INTERVIEWER_SPEECH_BASE_URL for a server of your own."
                )
            self._made = openai.OpenAI(
                base_url=self._base_url,
                api_key=key or "none",
                timeout=self._timeout,
                max_retries=RETRIES,
            )
        return self._made


class EndpointTranscriber:
    """Transcriptions by an endpoint.

    Args:
        endpoint: Where.
        model: Its model, such as whisper-1.
    """

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        """Remember them."""
        self._endpoint = endpoint
        self._model = model

    @property
    def name(self) -> str:
        """The model and where it runs."""
        return f"{self._model} at {self._endpoint.host}"

    @property
    def local(self) -> bool:
        """Whether the sound stays on this machine."""
        return False

    def transcribe(self, sound: bytes, *, hint: str = "") -> str:
        """What was said, in English.

        Args:
            sound: A WAV file.
            hint: Words that are likely to be said.

        Raises:
            SpeechError: The endpoint did not do it; why, and what to do.
        """
        with _errors(self._endpoint.host, self._model, "INTERVIEWER_TRANSCRIBER"):
            found = self._endpoint.client().audio.transcriptions.create(
                model=self._model,
                file=("answer.wav", sound, "audio/wav"),
                prompt=hint,
                language="en",
                response_format="json",
            )
            text = getattr(found, "text", None)
            if not isinstance(text, str):
                raise SpeechError(
                    f"{self._endpoint.host} sent no transcript. Check that "
                    "INTERVIEWER_SPEECH_BASE_URL is the address of an OpenAI-compatible server."
                )
            return text.strip()


class EndpointSpeaker:
    """Speech by an endpoint.

    Args:
        endpoint: Where.
        model: Its model, such as tts-1 or kokoro.
        voice: A voice of the model.
    """

    def __init__(self, endpoint: Endpoint, model: str, voice: str) -> None:
        """Remember them."""
        self._endpoint = endpoint
        self._model = model
        self._voice = voice

    @property
    def name(self) -> str:
        """The model and where it runs."""
        return f"{self._model} at {self._endpoint.host}"

    def speak(self, text: str, *, speed: float = 1.0) -> Iterator[bytes]:
        """MP3 in pieces, the first as soon as the endpoint sends it.

        Args:
            text: A sentence or two.
            speed: 0.25 to 4; 1 is the voice's own.

        Raises:
            SpeechError: The endpoint did not do it; before the first piece, or in the middle.
        """
        with (
            _errors(self._endpoint.host, self._model, "INTERVIEWER_SPEAKER"),
            self._endpoint.client().audio.speech.with_streaming_response.create(
                model=self._model,
                voice=self._voice,
                input=text,
                response_format="mp3",
                speed=speed,
            ) as reply,
        ):
            kind = reply.headers.get("content-type", "")
            if kind.startswith(("text/", "application/json")):
                raise SpeechError(
                    f"{self._endpoint.host} sent {kind} in place of sound. Check that "
                    "INTERVIEWER_SPEECH_BASE_URL is the address of an OpenAI-compatible server."
                )
            yield from reply.iter_bytes(CHUNK)


@contextmanager
def _errors(host: str, model: str, setting: str) -> Iterator[None]:
    """The library's errors as ours, each with what to do."""
    import httpx
    import openai

    try:
        yield
    except openai.APITimeoutError as error:
        raise SpeechError(f"{host} took too long. Try again, or type for now.") from error
    except openai.APIConnectionError as error:
        raise SpeechError(
            f"Nobody answers at {host}. Check INTERVIEWER_SPEECH_BASE_URL and that the "
            "server runs; typing works meanwhile."
        ) from error
    except openai.AuthenticationError as error:
        raise SpeechError(
            f"{host} refused the key. Check INTERVIEWER_SPEECH_API_KEY or OPENAI_API_KEY."
        ) from error
    except openai.PermissionDeniedError as error:
        raise SpeechError(f"The key may not use {model} at {host}.") from error
    except openai.NotFoundError as error:
        raise SpeechError(f"{host} has no model '{model}'. Check {setting}.") from error
    except openai.RateLimitError as error:
        raise SpeechError(
            f"{host} has too many requests, or the quota is used up. Try again in a moment."
        ) from error
    except openai.APIStatusError as error:
        raise SpeechError(f"{host} failed (status {error.status_code}). Try again.") from error
    except ValueError as error:
        raise SpeechError(
            f"{host} sent no transcript that can be read. Check that INTERVIEWER_SPEECH_BASE_URL "
            "is the address of an OpenAI-compatible server."
        ) from error
    except (openai.OpenAIError, httpx.HTTPError) as error:
        raise SpeechError(f"{host} broke off ({type(error).__name__}). Try again.") from error
