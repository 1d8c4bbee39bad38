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
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import numpy as np


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


@dataclass(slots=True)
class AudioServer:
    """The server; a context manager.

    Attributes:
        transcripts: Answers to the next stretches of sound, in order; then empty ones.
        speech_status: 200, or the status that each text to be spoken gets.
        speech_delay: Seconds before the first sound.
    """

    transcripts: list[Heard] = field(default_factory=list)
    speech_status: int = 200
    speech_delay: float = 0.0
    speech_seconds: float = 0.25
    speech_kind: str = "audio/mpeg"
    sounds: list[Sound] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    _http: ThreadingHTTPServer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The base URL a client is given."""
        assert self._http
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def take(self, sound: Sound) -> Heard:
        """Record a sound and choose its transcript."""
        with self._lock:
            self.sounds.append(sound)
            return self.transcripts.pop(0) if self.transcripts else Heard()

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"server_of_audio": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._http
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of_audio: AudioServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        arrived = time.perf_counter()
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
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
        step = self.server_of_audio.take(sound_in)
        time.sleep(step.delay)
        if step.hang_up:
            self.close_connection = True
        elif step.status != 200:
            self._send(step.status, b'{"error": {"message": "Scripted failure."}}')
        else:
            self._send(200, (step.raw or json.dumps({"text": step.text})).encode())

    def _speak(self, body: dict[str, Any], arrived: float) -> None:
        owner = self.server_of_audio
        owner.spoken.append(Spoken(body, arrived))
        time.sleep(owner.speech_delay)
        if owner.speech_status != 200:
            self._send(owner.speech_status, b'{"error": {"message": "Scripted failure."}}')
        else:
            self._send(200, tone(owner.speech_seconds), owner.speech_kind)

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
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
