"""What goes wrong in a call: nothing that was said is lost, and nothing leaks."""

import pytest
from playwright.sync_api import Page, expect

from tests.audio_server import AudioServer, Heard
from tests.ui.calling import (
    ANSWER,
    begin,
    begin_while_it_speaks,
    choose_to_speak,
    hear,
    said,
    state,
    turn,
    wait_said,
)
from tests.ui.serving import listening

pytestmark = pytest.mark.browser

OPEN = "(stage.streams || []).filter((one) => one.getTracks()[0].readyState === 'live').length"


def speak(page: Page, milliseconds: int = 500) -> None:
    """Make a sound for so long, and be silent for a moment."""
    page.evaluate("stage.loud(true)")
    page.wait_for_timeout(milliseconds)
    page.evaluate("stage.loud(false)")
    page.wait_for_timeout(500)


def lose_the_first_stretch(page: Page, audio: AudioServer) -> None:
    """Say two stretches, of which the server writes down the second."""
    audio.transcripts = [*[Heard(status=500)] * 4, Heard("from a simple model")]
    speak(page)
    expect(page.locator("#answer")).to_have_value("[…]")
    speak(page)
    expect(page.locator("#answer")).to_have_value("[…] from a simple model")


def leave_and_return(page: Page) -> None:
    """Go to the setup for longer than the server takes to write words down."""
    page.go_back()
    page.wait_for_selector('[data-stage="setup"]')
    page.wait_for_timeout(2500)
    page.go_forward()
    listening(page)


def test_words_that_are_not_settled_are_sent_too(server, open_page):
    page = open_page({"patience": 8})
    begin(page, server.url)
    hear(page, "bias is error")
    hear(page, "from a simple model", final=False)
    page.click(".send")
    assert wait_said(page, 1) == ["bias is error from a simple model"]


def test_a_stretch_on_its_way_is_waited_for(spoken_server, audio, open_page):
    page = open_page({"patience": 8})
    audio.transcripts = [Heard("bias is error"), Heard("from a simple model", delay=2)]
    begin(page, spoken_server.url)
    speak(page)
    expect(page.locator("#answer")).to_have_value("bias is error")
    speak(page)
    page.click(".send")
    assert wait_said(page, 1) == ["bias is error from a simple model"]


def test_typing_instead_keeps_what_is_on_its_way(spoken_server, audio, open_page):
    page = open_page({"patience": 8})
    audio.transcripts = [Heard("bias is error from a simple model", delay=1)]
    begin(page, spoken_server.url)
    speak(page)
    page.click('[data-call-do="off"]')
    expect(page.locator("#answer")).to_have_value("bias is error from a simple model")
    assert page.evaluate(OPEN) == 0


def test_words_that_come_after_the_interview_was_left_wait_for_it(spoken_server, audio, open_page):
    page = open_page({"patience": 8})
    audio.transcripts = [Heard("bias is error from a simple model", delay=2)]
    begin(page, spoken_server.url)
    speak(page)
    leave_and_return(page)
    expect(page.locator("#answer")).to_have_value("bias is error from a simple model")


def test_a_lost_stretch_comes_to_its_place_in_what_was_left(spoken_server, audio, open_page):
    page = open_page({"patience": 9})
    begin(page, spoken_server.url)
    lose_the_first_stretch(page, audio)
    audio.transcripts = [Heard("bias is error", delay=2)]
    page.click('[data-call-do="again"]')
    leave_and_return(page)
    expect(page.locator("#answer")).to_have_value("bias is error from a simple model")


def test_words_do_not_follow_into_another_interview(spoken_server, audio, open_page):
    page = open_page({"patience": 8})
    begin(page, spoken_server.url)
    first = page.url
    page.goto(spoken_server.url)
    begin(page, spoken_server.url)
    audio.transcripts = [Heard("bias is error from a simple model", delay=2)]
    speak(page)
    page.click('[data-page-link="history"]')
    page.wait_for_timeout(200)
    page.evaluate("(url) => history.pushState(null, '', url)", first)
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    listening(page)
    page.wait_for_timeout(2500)
    assert page.input_value("#answer") == ""
    page.go_back()
    page.go_back()
    listening(page)
    expect(page.locator("#answer")).to_have_value("bias is error from a simple model")


def test_a_reload_keeps_what_was_heard(server, open_page):
    page = open_page({"patience": 8})
    begin(page, server.url)
    hear(page, "bias is error")
    hear(page, "from a simple model", final=False)
    page.reload()
    listening(page)
    assert page.input_value("#answer") == "bias is error from a simple model"


def test_an_echo_that_is_settled_late_is_no_answer(server, open_page):
    page = open_page()
    begin_while_it_speaks(page, server.url)
    page.wait_for_function("stage.listening() !== null")
    echo = page.evaluate("stage.uttered.at(-1).text").lower().rstrip(".?")
    hear(page, echo, final=False)
    turn(page)
    page.wait_for_timeout(900)
    page.evaluate("(text) => stage.hear(text, true)", echo)
    assert page.input_value("#answer") == ""


def test_the_greeting_of_the_settings_is_no_answer(server, open_page):
    page = open_page({"patience": 8})
    page.add_init_script("stage.slow = 1500;")
    begin(page, server.url)
    page.click('[data-call-do="settings"]')
    page.click('[data-voice-do="hear"]')
    page.wait_for_function("stage.uttered.at(-1).text.startsWith('Hello')")
    page.wait_for_timeout(500)
    page.click('[data-voice="yes"]')
    hear(page, "hello i am glad you are here")
    page.wait_for_timeout(900)
    hear(page, "bias is error")
    expect(page.locator("#answer")).to_have_value("bias is error")


def test_a_skipped_question_takes_its_words_with_it(server, open_page):
    page = open_page({"patience": 4})
    begin(page, server.url, questions=2)
    hear(page, "bias is error")
    page.click('[data-intent="skip"]')
    page.wait_for_function("document.querySelectorAll('.turn.question').length === 2")
    turn(page)
    assert page.input_value("#answer") == ""
    page.wait_for_timeout(4_500)
    assert "bias is error" not in said(page)


def test_a_hint_in_mid_answer_sends_nothing_and_keeps_the_words(server, open_page):
    page = open_page({"patience": 4, "check": True})
    begin(page, server.url, mode="practice")
    hear(page, "bias is error")
    page.click('[data-intent="hint"]')
    expect(page.locator(".turn .label", has_text="Hint")).to_be_visible()
    page.wait_for_selector('.call[data-state="listening"]')
    page.wait_for_timeout(4_500)
    assert page.input_value("#answer") == "bias is error"
    hear(page, "from a simple model")
    state(page, "checking")
    page.click(".send")
    expect(page.locator(".turn.candidate .words").last).to_have_text(
        "bias is error from a simple model"
    )


def test_nobody_listens_on_another_page(server, open_page):
    page = open_page()
    begin(page, server.url)
    assert page.evaluate(OPEN) == 1
    page.click('[data-page-link="questions"]')
    page.wait_for_selector(".results")
    assert page.evaluate(OPEN) == 0
    assert page.evaluate("stage.listening()") is None


def test_a_permission_that_comes_too_late_opens_nothing(server, open_page):
    page = open_page(before="window.stageAsks = true;")
    choose_to_speak(page, server.url)
    page.click('[data-voice-do="open"]')
    page.wait_for_function("Boolean(stage.allow)")
    page.click('[data-voice="no"]')
    listening(page)
    page.evaluate("stage.allow()")
    page.wait_for_timeout(500)
    assert page.evaluate(OPEN) == 0
    assert page.evaluate("stage.recognisers.length") == 0


def test_one_permission_opens_one_microphone(server, open_page):
    page = open_page(before="window.stageAsks = true;")
    choose_to_speak(page, server.url)
    page.click('[data-voice-do="open"]')
    page.click('[data-voice="yes"]')
    page.wait_for_function("Boolean(stage.allow)")
    page.evaluate("stage.allow()")
    turn(page)
    assert page.evaluate(OPEN) == 1
    page.click('[data-call-do="off"]')
    assert page.evaluate(OPEN) == 0


def test_a_call_that_is_taken_up_again_is_not_muted(server, open_page):
    page = open_page({"patience": 4})
    begin(page, server.url)
    page.click('[data-call-do="mute"]')
    page.click('[data-call-do="off"]')
    page.click('[data-do="voice"]')
    page.click('[data-voice="yes"]')
    page.wait_for_selector('.call[data-state="listening"]')
    page.evaluate("stage.loud(true)")
    page.wait_for_function("document.querySelector('.call meter').value > 0.1")


def test_space_talks_in_every_turn(server, open_page):
    page = open_page({"mode": "push"})
    choose_to_speak(page, server.url)
    page.click('[data-voice="yes"]')
    for number, words in enumerate((ANSWER, "and variance is the opposite of that"), start=1):
        listening(page)
        state(page, "waiting")
        page.keyboard.down("Space")
        hear(page, words, final=False)
        page.keyboard.up("Space")
        assert wait_said(page, number)[-1] == words


def test_a_press_of_enter_switches_talking(server, open_page):
    page = open_page({"mode": "push"})
    choose_to_speak(page, server.url)
    page.click('[data-voice="yes"]')
    listening(page)
    state(page, "waiting")
    page.keyboard.press("Enter")
    hear(page, ANSWER, final=False)
    page.keyboard.press("Enter")
    assert wait_said(page, 1) == [ANSWER]


def test_a_voice_from_before_the_key_is_heard(spoken_server, audio, open_page):
    page = open_page({"mode": "push"})
    audio.transcripts = [Heard(ANSWER)]
    choose_to_speak(page, spoken_server.url)
    page.click('[data-voice="yes"]')
    listening(page)
    state(page, "waiting")
    page.evaluate("stage.loud(true)")
    page.wait_for_timeout(300)
    page.keyboard.down("Space")
    page.wait_for_timeout(500)
    page.keyboard.up("Space")
    page.evaluate("stage.loud(false)")
    assert wait_said(page, 1) == [ANSWER]


def test_recordings_follow_the_wish_of_now(spoken_server, audio, recordings, open_page):
    page = open_page({"keep": True, "patience": 9})
    before = set(recordings.rglob("*.wav"))
    audio.transcripts = [Heard("can you repeat the question"), Heard(ANSWER)]
    begin(page, spoken_server.url)
    speak(page)
    page.wait_for_selector(".turn.candidate.request")
    turn(page)
    speak(page)
    expect(page.locator("#answer")).to_have_value(ANSWER)
    page.click('[data-call-do="settings"]')
    page.click("dialog.voice summary")
    page.uncheck('[name="keep"]')
    page.click('[data-voice="yes"]')
    page.click(".send")
    wait_said(page, 2)
    listening(page)
    page.wait_for_timeout(500)
    assert set(recordings.rglob("*.wav")) == before


def test_nothing_is_sent_behind_the_open_settings(server, open_page):
    page = open_page({"patience": 4})
    begin(page, server.url)
    hear(page, "bias is error")
    page.click('[data-call-do="settings"]')
    page.wait_for_timeout(4_500)
    assert said(page) == []


def test_the_interviewer_is_silent_once_the_question_is_skipped(server, open_page):
    page = open_page()
    page.add_init_script("stage.slow = 1500;")
    choose_to_speak(page, server.url, questions=2)
    page.click('[data-voice="yes"]')
    listening(page)
    old = page.locator(".turn.question .words").inner_text()
    page.evaluate("stage.slow = 60")
    page.click('[data-intent="skip"]')
    uttered = page.evaluate("stage.uttered.length")
    turn(page)
    later = page.evaluate("(from) => stage.uttered.slice(from).map((one) => one.text)", uttered)
    assert later
    assert not [text for text in later if text in old]


def test_the_newest_words_are_in_view(server, open_page):
    page = open_page({"patience": 9}, width=390)
    begin(page, server.url)
    hear(page, " ".join([ANSWER] * 20))
    page.wait_for_function("document.querySelector('#answer').value.length > 1000")
    below = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight"
    assert page.locator("#answer").evaluate(below) < 5
    hear(page, "and then " * 60, final=False)
    assert page.locator('[data-call="captions"]').evaluate(below) < 5


def test_a_lost_stretch_comes_back_where_it_was(spoken_server, audio, open_page):
    page = open_page({"patience": 9})
    begin(page, spoken_server.url)
    lose_the_first_stretch(page, audio)
    audio.transcripts = [Heard("bias is error")]
    page.click('[data-call-do="again"]')
    expect(page.locator("#answer")).to_have_value("bias is error from a simple model")


def test_a_gap_is_never_sent(spoken_server, audio, open_page):
    page = open_page({"patience": 9})
    audio.transcripts = [Heard("bias is error from a model"), *[Heard(status=500)] * 4]
    begin(page, spoken_server.url)
    speak(page)
    speak(page)
    expect(page.locator("#answer")).to_have_value("bias is error from a model […]")
    page.click('[data-call-do="off"]')
    page.click(".send")
    assert wait_said(page, 1) == ["bias is error from a model"]


def test_words_that_are_slow_to_come_are_asked_about_before_they_are_left_out(
    spoken_server, audio, open_page
):
    page = open_page({"patience": 9})
    audio.transcripts = [Heard("bias is error"), Heard("from a simple model", delay=12)]
    begin(page, spoken_server.url)
    speak(page)
    expect(page.locator("#answer")).to_have_value("bias is error")
    speak(page)
    page.click(".send")
    expect(page.locator('[data-call="notice"]')).to_contain_text("still being written down")
    assert said(page) == []
    assert wait_said(page, 1) == ["bias is error from a simple model"]


def test_late_words_do_not_come_into_the_next_question(spoken_server, audio, open_page):
    page = open_page({"patience": 9})
    audio.transcripts = [Heard("bias is error from a simple model", delay=3)]
    begin(page, spoken_server.url, questions=2)
    speak(page)
    page.click('[data-call-do="off"]')
    page.click('[data-intent="skip"]')
    page.wait_for_function("document.querySelectorAll('.turn.question').length === 2")
    listening(page)
    page.wait_for_timeout(3_500)
    assert page.input_value("#answer") == ""


def test_a_recogniser_that_others_take_is_given_up(server, open_page):
    page = open_page({"patience": 9})
    begin(page, server.url)
    page.wait_for_function("stage.listening() !== null")
    page.evaluate("stage.fail = 'aborted'; stage.listening().error('aborted')")
    expect(page.locator('[data-call="notice"]')).to_contain_text("another tab")
    assert page.evaluate("stage.recognisers.length") < 10


def test_tidying_that_never_answers_holds_nothing_up(server, open_page):
    page = open_page()
    begin(page, server.url)
    page.route("**/speech/tidy*", lambda _: None)
    hear(page, ANSWER)
    assert wait_said(page, 1) == [ANSWER]
