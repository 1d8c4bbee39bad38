import importlib.util

import pytest

from interviewer.errors import SpeechError
from interviewer.speech.local import LocalTranscriber
from tests.audio_server import tone

INSTALLED = importlib.util.find_spec("faster_whisper") is not None


@pytest.mark.skipif(INSTALLED, reason="the extra is installed")
def test_without_the_extra_it_says_what_to_install(tmp_path):
    with pytest.raises(SpeechError, match=r"interviewer\[whisper\]"):
        LocalTranscriber("base.en", tmp_path).transcribe(tone(0.5))


@pytest.mark.skipif(not INSTALLED, reason="the extra is not installed")
def test_a_model_that_cannot_be_had_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SpeechError, match="cannot be downloaded"):
        LocalTranscriber("base.en", tmp_path).transcribe(tone(0.5))


def test_it_says_where_the_sound_stays(tmp_path):
    made = LocalTranscriber("base.en", tmp_path)
    assert made.local
    assert made.name == "whisper base.en on this machine"
