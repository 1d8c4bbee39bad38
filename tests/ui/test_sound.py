"""The routes of the page's sound, over HTTP and without a browser."""

import threading
import time
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from interviewer.errors import SpeechError
from interviewer.model import Plan
from interviewer.speech.recordings import Recordings
from interviewer.ui.sound import MAX_SAID, routes
from tests.audio_server import tone

NAME = "0123456789abcdef.wav"


class Transcriber:
    name, local = "ears", True

    def __init__(self) -> None:
        self.hints: list[str] = []
        self.text = " ell one "

    def transcribe(self, sound, *, hint=""):
        assert sound == tone(0.5)
        self.hints.append(hint)
        if isinstance(self.text, Exception):
            raise self.text
        return self.text


class Speaker:
    name = "mouth"

    def __init__(self) -> None:
        self.pieces = [b"ID3", b"more"]
        self.asked: list[tuple[str, float]] = []

    def speak(self, text, *, speed=1.0):
        self.asked.append((text, speed))
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


class Normaliser:
    def __call__(self, text):
        return text.replace("ell one", "L1")

    def hint(self, question):
        return f"Terms of {question.id}"


@pytest.fixture
def sound(parts, tmp_path):
    return SimpleNamespace(
        transcriber=Transcriber(),
        speaker=Speaker(),
        normaliser=Normaliser(),
        recordings=Recordings(tmp_path / "recordings"),
        runner=parts.runner,
        bank=parts.bank,
    )


@pytest.fixture
def client(sound):
    app = Starlette(routes=routes(sound))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as made:
        yield made
    server.should_exit = True
    thread.join()


@pytest.fixture
def interview(parts):
    session = parts.runner.start(Plan(questions=1))
    list(parts.runner.go_on(session.id))
    return session.id


def test_sound_becomes_words(client, sound, interview):
    reply = client.post("/speech/transcribe", params={"interview": interview}, content=tone(0.5))
    assert reply.json() == {"text": "L1", "heard": "ell one", "asks": False}
    assert sound.transcriber.hints[0].startswith("Terms of question-")


def test_without_an_interview_there_is_no_hint(client, sound):
    for name in ("", "nobody", "../etc"):
        client.post("/speech/transcribe", params={"interview": name}, content=tone(0.5))
    assert sound.transcriber.hints == ["", "", ""]


def test_words_are_tidied(client):
    reply = client.post("/speech/tidy", content="we use ell one")
    assert reply.json() == {"text": "we use L1", "heard": "we use ell one", "asks": False}
    asked = client.post("/speech/tidy", content="can you give me a hint").json()
    assert asked["asks"]
    assert not client.post("/speech/tidy", content="end the interview").json()["asks"]
    assert client.post("/speech/tidy", content="[BLANK_AUDIO]").json()["text"] == ""
    assert client.post("/speech/tidy", content=b"\xff\xfe").status_code == 200
    assert client.post("/speech/tidy", content="word " * 100_000).status_code == 413


def test_a_sentence_is_spoken(client, sound):
    reply = client.get("/speech/say", params={"text": " Hello. ", "speed": "1.5"})
    assert (reply.status_code, reply.content) == (200, b"ID3more")
    assert reply.headers["content-type"] == "audio/mpeg"
    assert sound.speaker.asked == [("Hello.", 1.5)]
    sound.speaker.pieces = [b"RIFF...."]
    assert client.get("/speech/say", params={"text": "A."}).headers["content-type"] == "audio/wav"


@pytest.mark.parametrize(("given", "taken"), [("9", 2.0), ("0", 0.5), ("nan", 1.0), ("x", 1.0)])
def test_a_speed_that_no_voice_has(client, sound, given, taken):
    client.get("/speech/say", params={"text": "Hello.", "speed": given})
    assert sound.speaker.asked == [("Hello.", taken)]


def test_what_cannot_be_spoken(client, sound):
    for text in ("", "  ", "x" * (MAX_SAID + 1)):
        assert client.get("/speech/say", params={"text": text}).status_code == 400
    sound.speaker.pieces = [SpeechError("The key was refused.")]
    reply = client.get("/speech/say", params={"text": "Hello."})
    assert (reply.status_code, reply.json()) == (502, {"error": "The key was refused."})
    sound.speaker.pieces = []
    assert client.get("/speech/say", params={"text": "Hello."}).status_code == 502
    sound.speaker.pieces = [b"ID3", SpeechError("broke off")]
    assert client.get("/speech/say", params={"text": "Hello."}).content == b"ID3"


def test_a_transcriber_that_fails(client, sound):
    sound.transcriber.text = SpeechError("Nobody answers.")
    reply = client.post("/speech/transcribe", content=tone(0.5))
    assert (reply.status_code, reply.json()) == (502, {"error": "Nobody answers."})
    sound.transcriber.text = RuntimeError("a secret of ours")
    reply = client.post("/speech/transcribe", content=tone(0.5))
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert client.post("/speech/transcribe", content=b"no sound").status_code == 502


def test_what_the_browser_does_the_server_does_not(client, sound):
    sound.transcriber = sound.speaker = None
    assert client.post("/speech/transcribe", content=tone(0.5)).status_code == 404
    assert client.get("/speech/say", params={"text": "Hello."}).status_code == 404


def test_a_recording_is_kept_played_and_deleted(client, interview):
    path = f"/speech/recordings/{interview}/{NAME}"
    assert client.get(path).status_code == 404
    assert client.post(path, content=tone(0.5)).status_code == 201
    assert client.post(path, content=tone(0.5)).status_code == 502
    reply = client.get(path)
    assert (reply.content, reply.headers["content-type"]) == (tone(0.5), "audio/wav")
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_nothing_is_kept_for_an_interview_that_is_not_there(client, tmp_path):
    assert client.post(f"/speech/recordings/nobody/{NAME}", content=tone(0.5)).status_code == 400
    for name in ("..%2Fx.wav", "sound.mp3"):
        assert client.get(f"/speech/recordings/nobody/{name}").status_code == 404
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_may_ask(client, sound, interview, site):
    headers = {"sec-fetch-site": site}
    path = f"/speech/recordings/{interview}/{NAME}"
    client.post(path, content=tone(0.5))
    assert client.post("/speech/transcribe", content=tone(0.5), headers=headers).status_code == 403
    asked = client.get("/speech/say", params={"text": "Hi."}, headers=headers)
    assert asked.status_code == 403
    assert client.get(path, headers=headers).status_code == 403
    assert client.delete(path, headers=headers).status_code == 403
    assert sound.transcriber.hints == sound.speaker.asked == []
    assert client.get(path).status_code == 200
