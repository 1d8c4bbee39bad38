"""Spoken interviews: the page's ears, mouth and turns, in a real Chromium."""

import json
import re
import shutil
import subprocess
import wave

import pytest
from playwright.sync_api import expect

from tests.audio_server import Heard
from tests.ensure import find_browser
from tests.ui.calling import (
    ANSWER,
    FIRM,
    STAND_INS,
    begin,
    begin_while_it_speaks,
    choose_to_speak,
    hear,
    said,
    state,
    turn,
    wait_said,
)
from tests.ui.serving import FLAGS, Watched, listening, until

pytestmark = pytest.mark.browser

# The browser's own ears and mouth.


def test_a_whole_interview_without_touching_a_key(server, open_page):
    page = open_page()
    begin(page, server.url)
    uttered = " ".join(page.evaluate("stage.uttered.map((one) => one.text)"))
    question = page.locator(".turn.question .words").inner_text()
    assert uttered.endswith(question)
    assert page.input_value("#answer") == ""
    hear(page, "bias is error", final=False)
    expect(page.locator('[data-call="caption"]')).to_have_text("bias is error")
    hear(page, ANSWER)
    expect(page.locator("#answer")).to_have_value(ANSWER)
    state(page, "counting")
    assert wait_said(page, 1) == [ANSWER]
    for number in range(2, 6):
        page.wait_for_selector('.call[data-state="listening"], .after-end:visible')
        if page.locator(".after-end").is_visible():
            break
        hear(page, "I don't know")
        wait_said(page, number)
    page.wait_for_selector(".after-end:visible")
    page.click("text=See your report")
    page.wait_for_selector(".report")
    assert page.locator(".delivery").count() == 1


def test_a_pause_does_not_cut_off(server, open_page):
    page = open_page({"patience": 4})
    begin(page, server.url)
    hear(page, "bias is error")
    state(page, "counting")
    page.evaluate("stage.loud(true)")
    state(page, "hearing")
    page.wait_for_timeout(4_500)
    assert said(page) == []
    hear(page, "from a model that is too simple")
    page.evaluate("stage.loud(false)")
    state(page, "counting")
    assert wait_said(page, 1) == ["bias is error from a model that is too simple"]


def test_let_me_think_gives_more_time(server, open_page):
    page = open_page()
    begin(page, server.url)
    hear(page, "bias is error, um, let me think")
    state(page, "pausing")
    page.wait_for_timeout(2_000)
    assert said(page) == []
    hear(page, "it comes from a model that is too simple")
    assert len(wait_said(page, 1)) == 1


def test_the_countdown_can_be_stopped(server, open_page):
    page = open_page({"patience": 4})
    begin(page, server.url)
    hear(page, "bias is error")
    state(page, "counting")
    page.keyboard.press("Escape")
    page.wait_for_timeout(4_500)
    assert said(page) == []
    hear(page, "from a simple model")
    assert wait_said(page, 1) == ["bias is error from a simple model"]


def test_what_was_heard_is_corrected_before_it_counts(server, open_page):
    page = open_page({"patience": 4})
    begin(page, server.url)
    hear(page, "bias is terror from a model that is too simple")
    page.fill("#answer", "bias is error from a model that is too simple")
    page.wait_for_timeout(4_500)
    assert said(page) == []
    page.press("#answer", "Enter")
    assert wait_said(page, 1) == ["bias is error from a model that is too simple"]


def test_in_practice_each_answer_is_checked(server, open_page):
    page = open_page({"check": True})
    begin(page, server.url, mode="practice")
    hear(page, ANSWER)
    state(page, "checking")
    assert page.evaluate("stage.listening()") is None
    page.wait_for_timeout(1_500)
    assert said(page) == []
    page.click('[data-call-do="go-on"]')
    hear(page, "and variance is the opposite")
    state(page, "checking")
    page.click(".send")
    assert wait_said(page, 1) == [f"{ANSWER} and variance is the opposite"]


def test_a_request_needs_no_check(server, open_page):
    page = open_page({"check": True})
    begin(page, server.url, mode="practice")
    hear(page, "can you give me a hint")
    page.wait_for_selector(".turn.candidate.request")
    turn(page)
    hear(page, ANSWER)
    hear(page, "can you give me a hint")
    state(page, "checking")
    assert len(said(page)) == 1


def test_speaking_stops_the_interviewer(server, open_page):
    page = open_page(before="window.stageSlow = 1;")
    page.add_init_script("stage.slow = 4000;")
    choose_to_speak(page, server.url)
    page.click('[data-voice="yes"]')
    listening(page)
    state(page, "speaking")
    page.evaluate("stage.loud(true)")
    page.wait_for_selector('.call:not([data-state="speaking"])')
    assert not page.evaluate("speechSynthesis.speaking")
    hear(page, ANSWER)
    page.evaluate("stage.loud(false)")
    assert wait_said(page, 1) == [ANSWER]


def test_the_interviewers_own_voice_is_no_answer(server, open_page):
    page = open_page()
    begin_while_it_speaks(page, server.url)
    echo = page.evaluate("stage.uttered.at(-1).text")
    page.wait_for_function("stage.listening() !== null")
    page.evaluate("(text) => stage.hear(text, true)", echo.lower().rstrip(".?"))
    turn(page)
    assert page.input_value("#answer") == ""
    hear(page, ANSWER)
    assert wait_said(page, 1) == [ANSWER]


def test_a_recogniser_that_stops_by_itself_loses_nothing(server, open_page):
    page = open_page({"patience": 5})
    begin(page, server.url)
    hear(page, "bias is error", final=False)
    page.evaluate("stage.listening().end()")
    expect(page.locator("#answer")).to_have_value("bias is error")
    page.evaluate("stage.listening()?.error('no-speech')")
    hear(page, "from a simple model")
    assert wait_said(page, 1) == ["bias is error from a simple model"]


def test_nothing_of_the_last_turn_comes_into_this_one(server, open_page):
    page = open_page()
    begin(page, server.url)
    page.wait_for_function("stage.listening() !== null")
    page.evaluate("stage.last = stage.listening()")
    hear(page, ANSWER)
    old = page.evaluate_handle("stage.last")
    wait_said(page, 1)
    old.evaluate("(one) => { one.running = true; one.hear('too late', true); one.end(); }")
    turn(page)
    assert page.input_value("#answer") == ""
    assert said(page) == [ANSWER]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("not-allowed", "may not use the microphone"),
        ("service-not-allowed", "does not let pages recognise"),
        ("network", "cannot reach its service"),
        ("audio-capture", "No microphone was found"),
    ],
)
def test_a_recogniser_that_fails_leaves_the_words_and_the_field(server, open_page, kind, says):
    page = open_page({"patience": 5})
    begin(page, server.url)
    hear(page, "bias is error")
    page.evaluate("(kind) => { stage.fail = kind; stage.listening().error(kind); }", kind)
    expect(page.locator('[data-call="notice"]')).to_contain_text(says)
    state(page, "typing")
    assert page.input_value("#answer") == "bias is error"
    page.fill("#answer", ANSWER)
    page.press("#answer", "Enter")
    assert wait_said(page, 1) == [ANSWER]
    page.evaluate("stage.fail = null")
    listening(page)
    page.click('[data-call-do="again"]')
    hear(page, "and variance is the opposite of that")
    assert wait_said(page, 2)[-1] == "and variance is the opposite of that"


@pytest.mark.parametrize("denied", ["NotAllowedError", "NotFoundError"])
def test_without_a_microphone_one_types(server, open_page, denied):
    page = open_page()
    page.add_init_script(f"stage.denied = '{denied}';")
    choose_to_speak(page, server.url)
    page.click('[data-voice-do="open"]')
    expect(page.locator('[data-voice="problem"]')).to_be_visible()
    page.click('[data-voice="yes"]')
    listening(page)
    state(page, "typing")
    page.fill("#answer", ANSWER)
    page.press("#answer", "Enter")
    assert wait_said(page, 1) == [ANSWER]


def test_a_browser_without_a_recogniser_says_so(server, open_page):
    page = open_page(before="window.stageWithoutRecogniser = true;")
    choose_to_speak(page, server.url)
    page.click('[data-voice="yes"]')
    listening(page)
    state(page, "typing")
    expect(page.locator('[data-call="notice"]')).to_contain_text("cannot recognise speech")
    assert page.evaluate("stage.uttered.length") > 0


def test_a_browser_without_a_voice_says_so_and_does_not_wait_for_it(server, open_page):
    page = open_page(before="window.stageWithoutVoice = true;")
    begin(page, server.url)
    expect(page.locator('[data-call="notice"]')).to_contain_text("no voice of its own")
    hear(page, ANSWER)
    assert wait_said(page, 1) == [ANSWER]


def test_push_to_talk_by_the_space_bar(server, open_page):
    page = open_page({"mode": "push"})
    choose_to_speak(page, server.url)
    page.click('[data-voice="yes"]')
    listening(page)
    state(page, "waiting")
    assert page.evaluate("stage.listening()") is None
    page.evaluate("document.activeElement.blur()")
    page.keyboard.down("Space")
    hear(page, ANSWER, final=False)
    page.keyboard.up("Space")
    assert wait_said(page, 1) == [ANSWER]


def test_muted_is_deaf(server, open_page):
    page = open_page()
    begin(page, server.url)
    page.wait_for_function("stage.listening() !== null")
    page.click('[data-call-do="mute"]')
    state(page, "muted")
    page.wait_for_function("stage.listening() === null")
    page.evaluate("stage.loud(true)")
    page.wait_for_timeout(400)
    assert page.locator(".call meter").evaluate("(bar) => bar.value") == 0
    page.evaluate("stage.loud(false)")
    page.click('[data-call-do="mute"]')
    hear(page, ANSWER)
    assert wait_said(page, 1) == [ANSWER]


def test_replay_captions_and_typing_instead(server, open_page):
    page = open_page()
    begin(page, server.url)
    question = page.locator(".turn.question .words").inner_text()
    before = page.evaluate("stage.uttered.length")
    page.click('[data-call-do="replay"]')
    page.wait_for_function("count => stage.uttered.length > count", arg=before)
    turn(page)
    again = page.evaluate("count => stage.uttered.slice(count).map((one) => one.text)", before)
    assert " ".join(again) == question
    page.click('[data-call-do="captions"]')
    hear(page, "bias is", final=False)
    assert not page.locator(".captions").is_visible()
    page.click('[data-call-do="off"]')
    assert not page.locator(".call").is_visible()
    page.fill("#answer", ANSWER)
    page.press("#answer", "Enter")
    assert wait_said(page, 1) == [ANSWER]
    page.click('[data-do="voice"]')
    page.click('[data-voice="yes"]')
    turn(page)


def test_the_microphone_check(server, open_page):
    page = open_page()
    choose_to_speak(page, server.url)
    assert "sound" in page.locator(".privacy").inner_text()
    assert page.evaluate("stage.mic") is None, "the microphone opens only when asked"
    page.click('[data-voice-do="open"]')
    page.wait_for_function("stage.listening() !== null")
    page.evaluate("stage.loud(true)")
    page.wait_for_function("document.querySelector('[data-voice=level]').value > 0.1")
    hear(page, "I would start with a simple baseline")
    expect(page.locator('[data-voice="heard"]')).to_contain_text("simple baseline")
    expect(page.locator('[data-voice-do="playback"]')).to_be_enabled()
    page.evaluate("stage.loud(false)")
    page.click('[data-voice-do="hear"]')
    page.wait_for_function("stage.uttered.length > 0")
    page.click('[data-voice="no"]')
    listening(page)
    assert not page.locator(".call").is_visible()
    assert page.input_value("#answer") == ""


# The server's ears and mouth.


def test_the_server_writes_down_and_speaks(spoken_server, audio, recordings, open_page):
    page = open_page({"keep": True})
    audio.transcripts = [Heard("Bias is error from a model"), Heard("that is too simple.")]
    audio.sounds.clear()
    audio.spoken.clear()
    begin(page, spoken_server.url)
    question = page.locator(".turn.question .words").inner_text()
    assert " ".join(one.body["input"] for one in audio.spoken).endswith(question)
    assert len(audio.spoken) > 2, "a request a sentence"
    loud = []
    for _ in range(2):
        began = page.evaluate("stage.loud(true), performance.now()")
        page.wait_for_timeout(500)
        loud.append((page.evaluate("stage.loud(false), performance.now()") - began) / 1000)
        page.wait_for_timeout(500)
    assert wait_said(page, 1) == ["Bias is error from a model that is too simple."]
    assert [sound.seconds for sound in audio.sounds] == [
        pytest.approx(seconds + 0.7, abs=0.5) for seconds in loud
    ], "each stretch alone"
    assert all(sound.level > 0.02 for sound in audio.sounds)
    until(page, lambda: any(recordings.rglob("*.wav")))
    page.wait_for_timeout(500)
    assert len(list(recordings.rglob("*.wav"))) == 1


def test_a_stretch_that_the_server_lost_is_kept_and_asked_again(spoken_server, audio, open_page):
    page = open_page()
    audio.transcripts = [Heard("bias is error"), Heard(status=500), *[Heard(status=500)] * 3]
    begin(page, spoken_server.url)
    for _ in range(2):
        page.evaluate("stage.loud(true)")
        page.wait_for_timeout(500)
        page.evaluate("stage.loud(false)")
        page.wait_for_timeout(600)
    expect(page.locator('[data-call="notice"]')).to_contain_text("failed (status 500)")
    assert page.input_value("#answer") == "bias is error […]"
    page.wait_for_timeout(1_500)
    assert said(page) == []
    audio.transcripts = [Heard("from a model that is too simple")]
    page.click('[data-call-do="again"]')
    assert wait_said(page, 1) == ["bias is error from a model that is too simple"]


def test_silence_and_noise_make_no_words(spoken_server, audio, open_page):
    page = open_page()
    audio.transcripts = [Heard("Thank you."), Heard("")]
    begin(page, spoken_server.url)
    for _ in range(2):
        page.evaluate("stage.loud(true)")
        page.wait_for_timeout(400)
        page.evaluate("stage.loud(false)")
        page.wait_for_timeout(500)
    page.wait_for_timeout(1_500)
    assert page.input_value("#answer") == ""
    assert said(page) == []


def test_a_voice_that_fails_gives_way_to_the_browsers(spoken_server, audio, open_page):
    page = open_page()
    audio.speech_status = 500
    try:
        begin(page, spoken_server.url)
    finally:
        audio.speech_status = 200
    assert page.evaluate("stage.uttered.length") > 0
    expect(page.locator('[data-call="notice"]')).to_contain_text("voice cannot be reached")


def test_recordings_are_replayed_and_deleted(spoken_server, audio, recordings, open_page):
    page = open_page({"keep": True})
    audio.transcripts = [Heard("I do not remember this one at all but it averages trees.")]
    begin(page, spoken_server.url)
    page.evaluate("stage.loud(true)")
    page.wait_for_timeout(600)
    page.evaluate("stage.loud(false)")
    wait_said(page, 1)
    listening(page)
    page.click('[data-do="confirm-end"]')
    page.click('dialog.confirm:not(.voice) [value="yes"]')
    page.wait_for_selector(".after-end:visible")
    page.click("text=See your report")
    page.wait_for_selector(".report .recording")
    assert page.locator(".delivery .timeline rect").count() >= 1
    seconds = page.evaluate(
        """async () => { const audio = document.querySelector('.recording audio');
        audio.load(); await new Promise((done) => { audio.onloadedmetadata = done; });
        return audio.duration; }"""
    )
    assert 0.4 < seconds < 10
    page.click("text=Delete this recording")
    page.wait_for_selector(".recording", state="detached")
    page.reload()
    page.wait_for_selector(".report")
    assert page.locator(".report .recording").count() == 0
    name = re.search(r"interview=(\S+)", page.url)
    assert name
    assert not list((recordings / name[1]).glob("*.wav"))


# A synthesised voice through Chromium's own fake microphone.


@pytest.fixture
def voice(tmp_path):
    """A file of silence, a spoken sentence, and silence; Chromium plays it over and over."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("no espeak-ng: run `python tests/ensure.py voice`")
    said = tmp_path / "said.wav"
    subprocess.run(
        [program, "-w", said, "-s", "170", "Bias is error from a simple model."], check=True
    )
    with wave.open(str(said)) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    path = tmp_path / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(4 * rate) + frames + bytes(10 * rate))
    return path, len(frames) / 2 / rate


def test_an_interview_by_a_synthesised_voice(spoken_server, audio, voice, browser):
    path, seconds = voice
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}",
    )
    audio.transcripts = [Heard("Bias is error from a simple model."), Heard("I don't know.")]
    audio.sounds.clear()
    path_of = find_browser()
    with browser.browser_type.launch(executable_path=path_of, args=[*FLAGS, *flags]) as own:
        context = own.new_context(permissions=["microphone"])
        held = json.dumps(json.dumps(FIRM | {"patience": 1.5}))
        context.add_init_script("window.stageRealMicrophone = true;" + STAND_INS)
        context.add_init_script(f"localStorage.setItem('interviewer.voice', {held});")
        watched = Watched(context)
        page = watched.page
        begin(page, spoken_server.url)
        assert wait_said(page, 1) == ["Bias is error from a simple model."]
        page.wait_for_selector(".after-end:visible, .turn.follow-up")
        audio.transcripts += [Heard("I don't know.")] * 3
        page.wait_for_selector(".after-end:visible", timeout=60_000)
        page.click("text=See your report")
        page.wait_for_selector(".report .delivery")
        context.close()
        assert watched.errors == []
    assert audio.sounds[0].seconds == pytest.approx(seconds + 0.7, abs=0.8)
    assert audio.sounds[0].level > 0.01
