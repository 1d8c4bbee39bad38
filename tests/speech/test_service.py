import numpy as np
import pytest

from interviewer.errors import SpeechError
from interviewer.speech.service import tidy, write_down
from interviewer.speech.sound import MAX_SECONDS, check, is_silent
from tests.audio_server import as_wav, tone

RATE = 16_000


class Ears:
    """Hears what it is told to."""

    name = "ears"
    local = True

    def __init__(self, text: str) -> None:
        self.text = text
        self.hints: list[str] = []

    def transcribe(self, sound: bytes, *, hint: str = "") -> str:
        assert sound.startswith(b"RIFF")
        self.hints.append(hint)
        return self.text


def shout(text: str) -> str:
    return text.upper()


def test_what_is_heard_is_normalised_and_kept_as_it_was():
    ears = Ears(" ell one (coughs) helps ")
    made = write_down(tone(0.5), ears, shout, hint="L1")
    assert (made.text, made.heard) == ("ELL ONE HELPS", "ell one (coughs) helps")
    assert ears.hints == ["L1"]


def test_silence_is_not_even_sent():
    ears = Ears("Thank you.")
    quiet = np.random.default_rng(1).integers(-12, 12, RATE)
    assert write_down(as_wav(quiet), ears, shout).empty
    assert write_down(as_wav(np.zeros(RATE)), ears, shout).empty
    assert write_down(as_wav(np.zeros(0)), ears, shout).empty
    assert ears.hints == []


def test_a_phantom_of_the_recogniser_is_nothing():
    assert write_down(tone(0.5), Ears("Thanks for watching!"), shout).empty
    assert tidy("um uh", shout).empty
    assert tidy("bagging", shout).text == "BAGGING"


def test_a_short_word_in_a_long_silence_is_heard():
    samples = np.zeros(5 * RATE)
    samples[RATE : RATE + RATE // 4] = 4_000 * np.sin(np.arange(RATE // 4) / 5)
    assert not is_silent(as_wav(samples))


@pytest.mark.parametrize("sound", [b"", b"RIFF", b"not a sound at all", tone(0.1)[:30]])
def test_what_is_no_sound_is_refused(sound):
    with pytest.raises(SpeechError, match="did not arrive whole"):
        check(sound)


def test_an_hour_of_sound_is_refused():
    assert check(tone(1.0)) == pytest.approx(1.0)
    with pytest.raises(SpeechError, match="shorter parts"):
        check(as_wav(np.zeros(10 * (MAX_SECONDS + 1)), rate=10))
