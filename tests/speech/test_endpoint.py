import pytest

from interviewer.errors import SpeechError
from interviewer.speech.endpoint import Endpoint, EndpointSpeaker, EndpointTranscriber
from tests.audio_server import AudioServer, Heard, tone

KEY = "sk-speech-1234567890"
SOUND = tone(0.5)


@pytest.fixture
def server():
    with AudioServer() as running:
        yield running


@pytest.fixture
def endpoint(server):
    return Endpoint(server.url, KEY, 2.0)


@pytest.fixture
def transcriber(endpoint):
    return EndpointTranscriber(endpoint, "whisper-1")


def test_sound_is_written_down(server, transcriber):
    server.transcripts = [Heard(" The variance falls. ")]
    assert transcriber.transcribe(SOUND, hint="ROC-AUC, L1") == "The variance falls."
    (sound,) = server.sounds
    assert sound.seconds == pytest.approx(0.5)
    assert sound.level > 0.1
    assert sound.fields["model"] == "whisper-1"
    assert sound.fields["prompt"] == "ROC-AUC, L1"
    assert sound.fields["language"] == "en"
    assert sound.authorization == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Heard(status=401), "refused the key"),
        (Heard(status=403), "may not use whisper-1"),
        (Heard(status=404), "has no model 'whisper-1'"),
        (Heard(status=429), "too many requests"),
        (Heard(status=500), "failed (status 500)"),
        (Heard(delay=3), "took too long"),
        (Heard(hang_up=True), "Nobody answers"),
        (Heard(raw='{"nothing": 1}'), "sent no transcript"),
        (Heard(raw="<html>not json</html>"), "sent no transcript"),
    ],
)
def test_each_failure_says_what_to_do(server, transcriber, step, says):
    server.transcripts = [step] * 3
    with pytest.raises(SpeechError) as caught:
        transcriber.transcribe(SOUND)
    assert says in str(caught.value)
    assert KEY not in str(caught.value)


def test_an_address_where_nobody_is():
    transcriber = EndpointTranscriber(Endpoint("http://127.0.0.1:9/v1", KEY, 2.0), "whisper-1")
    with pytest.raises(SpeechError, match="Nobody answers"):
        transcriber.transcribe(SOUND)


def test_without_a_key_openais_own_address_is_not_asked(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SpeechError, match="needs a key"):
        EndpointTranscriber(Endpoint(None, None, 2.0), "whisper-1").transcribe(SOUND)


def test_a_server_of_ones_own_needs_no_key(server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.transcripts = [Heard("Right.")]
    own = EndpointTranscriber(Endpoint(server.url, None, 2.0), "base")
    assert own.transcribe(SOUND) == "Right."


def test_who_hears_is_named_without_a_password():
    assert Endpoint("http://user:secret@voice.local:8000/v1", KEY, 2.0).host == "voice.local:8000"
    assert EndpointTranscriber(Endpoint(None, KEY, 2.0), "w").name == "w at api.openai.com"


def test_words_are_spoken_in_pieces(server, endpoint):
    speaker = EndpointSpeaker(endpoint, "kokoro", "af_heart")
    pieces = list(speaker.speak("What is overfitting?", speed=1.2))
    assert b"".join(pieces) == tone(server.speech_seconds)
    assert len(pieces) > 1
    (spoken,) = server.spoken
    assert spoken.body["input"] == "What is overfitting?"
    assert (spoken.body["model"], spoken.body["voice"]) == ("kokoro", "af_heart")
    assert spoken.body["speed"] == 1.2


@pytest.mark.parametrize(("status", "says"), [(401, "refused the key"), (500, "status 500")])
def test_a_voice_that_fails_says_so(server, endpoint, status, says):
    server.speech_status = status
    with pytest.raises(SpeechError, match=says):
        list(EndpointSpeaker(endpoint, "kokoro", "af_heart").speak("Hello."))


def test_text_in_place_of_sound_is_no_sound(server, endpoint):
    server.speech_kind = "application/json"
    with pytest.raises(SpeechError, match="in place of sound"):
        list(EndpointSpeaker(endpoint, "kokoro", "af_heart").speak("Hello."))
