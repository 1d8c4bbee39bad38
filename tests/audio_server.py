"""A real HTTP server that speaks the OpenAI audio protocol from a script.

Transcriptions come from a list; what arrived is kept, so that a test can say what
sound was sent. Speech is a tone as long as the text would take, faster.
"""

from __future__ import annotations

import io
import json
import math
import threading
import time
import wave
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

import numpy as np

from tests.http_server import Handler, HttpServer


@dataclass(frozen=True, slots=True)
class Heard:
    """What the server does with one stretch of sound.

    Attributes:
        text: The transcript.
        status: 200, or the status of an error.
        delay: Seconds before it replies.
        raw: Sent as the body in place of a transcript.
        hang_up: The connection is closed with no reply.
    """

    text: str = ""
    status: int = 200
    delay: float = 0.0
    raw: str | None = None
    hang_up: bool = False


@dataclass(slots=True)
class Sound:
    """A stretch of sound as it came."""

    seconds: float
    level: float
    fields: dict[str, str]
    authorization: str
    arrived: float


@dataclass(slots=True)
class Spoken:
    """A text that was to be spoken."""

    body: dict[str, Any]
    arrived: float


class AudioServer(HttpServer):
    """The server; a context manager.

    Attributes:
        transcripts: Answers to the next stretches of sound, in order; then empty ones.
        speech_status: 200, or the status that each text to be spoken gets.
        speech_delay: Seconds before the first sound.
        speech_seconds: Length of each sound.
        speech_kind: The content type of each sound.
        sounds: The stretches of sound that came.
        spoken: The texts that came.
    """

    def __init__(self) -> None:
        """Open a free port; ``start`` begins to answer."""
        super().__init__(_Handler)
        self._lock = threading.Lock()
        self.transcripts: list[Heard] = []
        self.speech_status = 200
        self.speech_delay = 0.0
        self.speech_seconds = 0.25
        self.speech_kind = "audio/mpeg"
        self.sounds: list[Sound] = []
        self.spoken: list[Spoken] = []

    def take(self, sound: Sound) -> Heard:
        """Record a sound and choose its transcript."""
        with self._lock:
            self.sounds.append(sound)
            return self.transcripts.pop(0) if self.transcripts else Heard()


class _Handler(Handler):
    def do_POST(self) -> None:  # noqa: N802 - the library's name
        arrived = time.perf_counter()
        body = self.body_sent()
        if self.path.endswith("/audio/transcriptions"):
            self._transcribe(body, arrived)
        elif self.path.endswith("/audio/speech"):
            self._speak(json.loads(body), arrived)
        else:
            self._send(404, b'{"error": {"message": "No such page."}}')

    def _transcribe(self, body: bytes, arrived: float) -> None:
        fields, sound = _multipart(self.headers["content-type"], body)
        seconds, level = measure(sound)
        sound_in = Sound(seconds, level, fields, self.headers.get("authorization", ""), arrived)
        step = self.server.owner.take(sound_in)
        time.sleep(step.delay)
        if step.hang_up:
            self.close_connection = True
        elif step.status != 200:
            self._send(step.status, b'{"error": {"message": "Scripted failure."}}')
        else:
            self._send(200, (step.raw or json.dumps({"text": step.text})).encode())

    def _speak(self, body: dict[str, Any], arrived: float) -> None:
        owner = self.server.owner
        owner.spoken.append(Spoken(body, arrived))
        time.sleep(owner.speech_delay)
        if owner.speech_status != 200:
            self._send(owner.speech_status, b'{"error": {"message": "Scripted failure."}}')
        else:
            self._send(200, tone(owner.speech_seconds), owner.speech_kind)

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.head(status, len(body), kind)
        self.wfile.write(body)


def _multipart(kind: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """The fields of a form, and the file in it."""
    message = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    file = b""
    for part in message.get_payload():
        assert not isinstance(part, str)
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name == "file":
            file = content
        else:
            fields[str(name)] = content.decode()
    return fields, file


def measure(sound: bytes) -> tuple[float, float]:
    """Seconds and loudness (root mean square, full scale 1) of a WAV file."""
    with wave.open(io.BytesIO(sound)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
        seconds = file.getnframes() / file.getframerate()
    return seconds, float(np.sqrt((samples**2).mean())) if len(samples) else 0.0


def tone(seconds: float, *, level: float = 0.2, pitch: float = 220.0, rate: int = 16_000) -> bytes:
    """A WAV file of a tone."""
    times = np.arange(int(seconds * rate)) / rate
    samples = (level * 32767 * np.sin(2 * math.pi * pitch * times)).astype("<i2")
    return as_wav(samples, rate)


def as_wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    """Samples of 16 bits as a WAV file."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return held.getvalue()
