import dataclasses
import itertools
import logging
import re
import time

import pytest

from interviewer.errors import (
    ContextTooLong,
    ModelBusy,
    ModelDeclined,
    ModelError,
    ModelFailed,
    ModelRefusedKey,
    ModelRejected,
    ModelTimeout,
    ModelUnknown,
    ModelUnreachable,
    ReplyInvalid,
)
from interviewer.llm import Bridge, LanguageModel, LiteLLMModel, Piece, probe
from interviewer.model import Usage
from tests.llm.asking import GOOD, complete, pieces, said
from tests.llm.conftest import KEY
from tests.scripted_server import (
    Step,
    busy,
    called,
    cut_off,
    empty,
    fail,
    filtered,
    malformed,
    refuse,
    say,
    too_long,
    typed,
)

BOTH = pytest.mark.parametrize("streaming", [False, True], ids=["complete", "stream"])
CONTEXT = fail(400, "This model's maximum context length is 10 tokens.", code="context_length")
FILTER = fail(400, "The response was filtered.", code="content_filter")


def ask(bridge: Bridge, model: LanguageModel, streaming: bool) -> object:  # noqa: FBT001
    return pieces(bridge, model) if streaming else complete(bridge, model)


@BOTH
@pytest.mark.parametrize(
    ("step", "error", "words", "calls"),
    [
        (fail(401, f"Incorrect API key: {KEY}"), ModelRefusedKey, "INTERVIEWER_MODEL_API_KEY", 1),
        (fail(403, "Not yours."), ModelRefusedKey, "INTERVIEWER_MODEL_API_KEY", 1),
        (fail(404, "No such model."), ModelUnknown, "Check the model's name and the address", 1),
        (fail(400, "Bad."), ModelRejected, "does not take the request", 1),
        (fail(422, "Bad."), ModelRejected, "does not take the request", 1),
        (CONTEXT, ContextTooLong, "more text than", 1),
        (FILTER, ModelDeclined, "filter", 1),
        (fail(402, "Pay."), ModelBusy, "quota", 1),
        (fail(429, "You exceeded your current quota."), ModelBusy, "billing", 1),
        (busy(60), ModelBusy, "in 60 seconds", 1),
        (busy(), ModelBusy, "in a minute", 3),
        (fail(500), ModelFailed, "failed", 3),
        (fail(503), ModelFailed, "failed", 3),
        (fail(529), ModelFailed, "failed", 3),
        (refuse(), ModelDeclined, "would not answer", 1),
        (filtered(), ModelDeclined, "would not answer", 1),
        (Step(text="{}", finish="content_filter"), ModelDeclined, "would not answer", 1),
        (empty(), ReplyInvalid, "empty", 2),
        (Step(text="  \n "), ReplyInvalid, "empty", 2),
    ],
)
def test_each_failure_has_a_type_and_advice_and_is_repeated_only_when_it_may_pass(
    server, open_to, bridge, streaming, step, error, words, calls
):
    server.script(lambda _: step)
    with pytest.raises(error, match=words) as caught:
        ask(bridge, open_to(), streaming)
    assert type(caught.value) is error
    assert server.calls == calls


@BOTH
@pytest.mark.parametrize(
    "step", [busy(), busy(0.05), fail(500), fail(502), empty(), cut_off("never", 0)]
)
def test_trouble_that_passes_is_not_seen(server, open_to, bridge, streaming, step):
    server.script([step, typed(GOOD)])
    ask(bridge, open_to(), streaming)
    assert server.calls == 2


def test_a_body_that_is_no_json_is_asked_for_again(server, open_to, bridge):
    server.script([malformed(), typed(GOOD), *[malformed()] * 3])
    model = open_to()
    assert complete(bridge, model).value.number == 2
    with pytest.raises(ModelFailed, match="no JSON"):
        complete(bridge, model)
    assert server.calls == 5


@BOTH
def test_retry_after_is_waited_for(server, open_to, bridge, streaming):
    server.script([busy(0.3), typed(GOOD)])
    ask(bridge, open_to(), streaming)
    first, second = server.requests
    assert second.arrived - first.arrived >= 0.3


def test_retry_after_may_be_a_date(server, open_to, bridge):
    server.script([busy("Wed, 21 Oct 2099 07:28:00 GMT")])
    with pytest.raises(ModelBusy):
        complete(bridge, open_to())
    server.script([busy("Wed, 21 Oct 2015 07:28:00 GMT"), typed(GOOD)])
    assert complete(bridge, open_to()).value.number == 2


def test_the_waits_between_tries_grow(server, open_to, bridge):
    server.script(lambda _: fail(500))
    with pytest.raises(ModelFailed):
        complete(bridge, open_to(tries=4, backoff=0.1))
    at = [request.arrived for request in server.requests]
    waits = [after - before for before, after in itertools.pairwise(at)]
    assert [wait >= least for wait, least in zip(waits, [0.05, 0.1, 0.2], strict=True)] == [
        True
    ] * 3
    assert sum(waits) < 10


@BOTH
def test_a_late_first_word_is_a_timeout_and_tried_once_more(server, open_to, bridge, streaming):
    server.script(lambda _: say("late").after(20))
    started = time.perf_counter()
    with pytest.raises(ModelTimeout, match=r"1.5 seconds.*INTERVIEWER_MODEL_TIMEOUT"):
        ask(bridge, open_to(timeout=1.5), streaming)
    assert time.perf_counter() - started < 15
    assert server.calls == 2


def test_a_whole_reply_that_trickles_in_is_stopped_at_the_limit(server, open_to, bridge):
    server.script(lambda _: Step(text='{"word": "two", "number": 2}', first_delay=0.6))
    with pytest.raises(ModelTimeout):
        complete(bridge, open_to(timeout=0.3, tries=1))


def test_a_pause_in_a_stream_ends_it_after_what_was_said(server, open_to, bridge):
    server.script([say("one two three").after(0, 8)])
    heard: list[Piece] = []
    with pytest.raises(ReplyInvalid, match="cut off"):
        _until_it_breaks(bridge, open_to(timeout=1.5), heard)
    assert said(heard) == "one"
    assert server.calls == 1


def _until_it_breaks(bridge: Bridge, model: LanguageModel, heard: list[Piece]) -> None:
    heard.extend(bridge.iterate(lambda: model.stream(())))


@pytest.mark.parametrize("how", ["abrupt", "silent"])
def test_a_cut_stream_says_so_and_is_not_begun_again(server, open_to, bridge, how):
    server.script([cut_off("one two three four", 2, how=how), say("never asked for")])
    heard: list[Piece] = []
    with pytest.raises(ReplyInvalid, match="cut off"):
        _until_it_breaks(bridge, open_to(), heard)
    assert said(heard) == "one two"
    assert server.calls == 1


def test_a_reply_at_its_limit_of_tokens_is_said(server, open_to, bridge):
    server.script(lambda _: too_long('{"word": "two", "num'))
    with pytest.raises(ReplyInvalid, match="limit of tokens"):
        complete(bridge, open_to())
    assert server.calls == 2  # asked once more, to be shorter
    heard: list[Piece] = []
    with pytest.raises(ReplyInvalid, match="limit of tokens"):
        _until_it_breaks(bridge, open_to(), heard)
    assert said(heard).startswith("{")


def test_what_a_reply_at_its_limit_lacks_is_not_mended(server, open_to, bridge):
    server.script([too_long('{"word": "two", "number": 2'), typed(GOOD)])
    assert complete(bridge, open_to()).usage.calls == 2
    assert "cut off" in server.requests[1].text
    server.script([too_long('{"word": "two", "number": 2}')])
    assert complete(bridge, open_to()).value.number == 2


def test_an_unknown_reason_to_end_is_no_failure(server, open_to, bridge):
    server.script([Step(text="Well.", finish="eos")])
    assert said(pieces(bridge, open_to())) == "Well."


def test_the_providers_words_are_kept_short_and_without_keys(server, open_to, bridge, monkeypatch):
    monkeypatch.setenv("SOME_ACCESS_TOKEN", "hush-hush-hush")
    words = f"Bad skeleton_value; key sk-abc***xyz9, hush-hush-hush. {'More. ' * 100}"
    server.script([fail(400, words)])
    with pytest.raises(ModelRejected, match="Bad skeleton_value; key") as caught:
        complete(bridge, open_to())
    assert not re.search("xyz9|hush", str(caught.value))
    assert len(str(caught.value)) < 400


def test_a_whole_reply_cut_in_the_middle_is_asked_for_again(server, open_to, bridge):
    server.script([cut_off("word " * 50, 120), typed(GOOD)])
    assert complete(bridge, open_to()).value.number == 2


@BOTH
def test_nobody_at_the_address(server, bridge, streaming):
    server.stop()
    model = LiteLLMModel("openai/x", base_url=server.url, api_key=KEY, backoff=0.01)
    with pytest.raises(ModelUnreachable, match="Is the server running there"):
        ask(bridge, model, streaming)
    ollama = LiteLLMModel("ollama_chat/llama3.1", base_url=server.url[:-3], backoff=0.01)
    with pytest.raises(ModelUnreachable, match=r"Is Ollama running at http://127.0.0.1:\d+\?"):
        ask(bridge, ollama, streaming)


@BOTH
@pytest.mark.parametrize(
    ("name", "words"),
    [("nonsense", "names no provider"), ("brand/new", "names no provider")],
)
def test_a_name_without_a_provider_is_told(bridge, streaming, name, words):
    with pytest.raises(ModelUnknown, match=words):
        ask(bridge, LiteLLMModel(name), streaming)


@BOTH
@pytest.mark.parametrize(
    ("name", "variable"),
    [("openai/gpt-4o-mini", "OPENAI_API_KEY"), ("anthropic/claude-x", "ANTHROPIC_API_KEY")],
)
def test_a_missing_key_is_named(bridge, monkeypatch, streaming, name, variable):
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ModelRefusedKey, match=f"Set {variable}"):
        ask(bridge, LiteLLMModel(name), streaming)


def test_an_address_that_is_none(bridge):
    with pytest.raises(ModelUnreachable, match="Write it as"):
        complete(bridge, LiteLLMModel("openai/x", base_url="no address", api_key=KEY))


def test_a_server_of_ones_own_needs_no_key(server, bridge, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.script([typed(GOOD)])
    assert complete(bridge, LiteLLMModel("openai/x", base_url=server.url)).value.number == 2


def test_the_key_comes_from_the_environment(server, bridge, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    server.script([typed(GOOD)])
    complete(bridge, LiteLLMModel("openai/x", base_url=server.url))
    assert server.requests[0].headers["authorization"] == "Bearer sk-from-the-environment"


@BOTH
@pytest.mark.parametrize("source", ["argument", "environment"])
def test_no_key_is_logged_shown_or_told(
    server, open_to, bridge, monkeypatch, caplog, capfd, streaming, source
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = open_to(api_key=KEY if source == "argument" else None)
    server.script([typed(GOOD), fail(401, f"Wrong key {KEY}, header Bearer {KEY}")])
    ask(bridge, model, streaming)
    with pytest.raises(ModelRefusedKey) as caught:
        ask(bridge, model, streaming)
    assert [request.headers["authorization"] for request in server.requests] == [
        f"Bearer {KEY}"
    ] * 2
    told = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r} {model!r}"
    shown = "".join(capfd.readouterr())
    assert KEY not in told + caplog.text + shown + repr(vars(model))
    assert "(key)" in str(caught.value)
    assert "Feedback" not in shown


def test_a_password_in_an_address_is_not_told(bridge):
    model = LiteLLMModel(
        "openai/x", base_url="http://me:hunter22@127.0.0.1:9/v1?key=abc", tries=1, api_key="k"
    )
    with pytest.raises(ModelError) as caught:
        complete(bridge, model)
    assert not re.search("hunter22|abc", str(caught.value))


def test_tokens_price_and_time_are_kept(server, bridge):
    server.script(lambda _: typed(GOOD))
    cheap = LiteLLMModel("openai/gpt-4o-mini", base_url=server.url, api_key=KEY)
    done = complete(bridge, cheap)
    assert (done.usage.calls, done.usage.prompt_tokens, done.usage.completion_tokens) == (1, 4, 4)
    assert done.usage.usd == pytest.approx(4 * 0.15e-6 + 4 * 0.6e-6)
    assert done.model == "scripted-1"
    assert 0 < done.seconds < 5
    last = pieces(bridge, cheap)[-1]
    assert last == Piece("", done.usage)
    unknown = LiteLLMModel("openai/of-my-own", base_url=server.url, api_key=KEY)
    assert complete(bridge, unknown).usage == done.usage.model_copy(update={"usd": None})


def test_a_server_that_counts_nothing_is_no_failure(server, open_to, bridge):
    uncounted = dataclasses.replace(typed(GOOD), usage=False)
    server.script(lambda _: uncounted)
    assert complete(bridge, open_to()).usage.calls == 1
    found = pieces(bridge, open_to())
    assert isinstance(found[-1].usage, Usage)


def test_only_the_last_piece_has_the_usage(server, open_to, bridge):
    server.script([say("So you said  that\nwell.")])
    found = pieces(bridge, open_to())
    assert said(found) == "So you said  that\nwell."
    assert [piece.usage is None for piece in found] == [True] * (len(found) - 1) + [False]
    assert server.requests[0].body["stream_options"] == {"include_usage": True}


def test_samples_differ_and_the_first_is_the_likeliest(server, open_to, bridge):
    server.script(lambda _: typed(GOOD))
    for sample in (0, 1, 2):
        complete(bridge, open_to(), sample=sample)
    complete(bridge, open_to(temperature=0.2), sample=1)
    asked = [(request.body["temperature"], request.body["seed"]) for request in server.requests]
    assert asked == [(0, 0), (0.7, 1), (0.7, 2), (0.2, 1)]


@BOTH
@pytest.mark.parametrize("setting", ["temperature", "seed"])
def test_a_setting_that_the_model_does_not_take_is_left_out_from_then_on(
    server, open_to, bridge, streaming, setting
):
    no = fail(400, f"Unsupported value: '{setting}' does not support 0 with this model.")
    server.script(lambda request: no if setting in request.body else typed(GOOD))
    model = open_to()
    ask(bridge, model, streaming)
    ask(bridge, model, streaming)
    assert server.calls == 3
    server.script(lambda _: no)
    with pytest.raises(ModelRejected):
        ask(bridge, model, streaming)


def test_a_server_that_does_not_count_streams_is_not_asked_to(server, open_to, bridge):
    no = fail(400, "Unknown field: stream_options")
    server.script(lambda request: no if "stream_options" in request.body else say("Well."))
    assert said(pieces(bridge, open_to())) == "Well."


def test_a_tool_call_is_read_as_the_reply(server, open_to, bridge):
    server.script([called("Count", GOOD)])
    assert complete(bridge, open_to()).value.word == "two"


def test_leaving_a_stream_hangs_up(server, open_to, bridge):
    server.script([say("word " * 200).after(0, 0.02)])
    model = open_to()
    words = bridge.iterate(lambda: model.stream(()))
    assert next(words).text == "word"
    words.close()
    deadline = time.monotonic() + 30
    while not server.requests[0].hung_up and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.requests[0].hung_up


def test_a_probe_is_green_only_when_the_content_is_right(server, open_to, bridge):
    words = "zero one two three four five six seven eight nine ten eleven twelve thirteen".split()
    words += "fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()

    def right(request):
        found = [word for word in request.messages[-1]["content"].split() if word in words]
        first, second = (words.index(word) for word in found[:2])
        return typed({"total": first + second, "larger": words[max(first, second)]})

    server.script(right)
    found = bridge.submit(probe, open_to()).result(20)
    assert found.ok
    assert (found.model, "answered" in found.message) == ("openai/scripted-1", True)
    server.script(lambda _: typed({"total": 1, "larger": "six"}))
    wrong = bridge.submit(probe, open_to()).result(20)
    assert not wrong.ok
    assert "wrong" in wrong.message
    server.script(lambda _: say("Hello! I am up and running."))
    assert not bridge.submit(probe, open_to()).result(20).ok
    server.script(lambda _: fail(401))
    refused = bridge.submit(probe, open_to()).result(20)
    assert not refused.ok
    assert "INTERVIEWER_MODEL_API_KEY" in refused.message


def test_a_stream_that_never_ends_is_ended(server, open_to, bridge, monkeypatch):
    monkeypatch.setattr("interviewer.llm.client._LONGEST_LINE", 2)
    server.script([say("word " * 200).after(0, 0.05)])
    words = bridge.iterate(lambda: open_to(timeout=1).stream(()))
    began, heard = time.monotonic(), []
    with pytest.raises(ReplyInvalid, match="was cut off") as caught:
        heard.extend(words)
    assert 1.5 < time.monotonic() - began < 8
    assert 5 < len(heard) < 100
    assert caught.value.usage.calls == 1


def test_what_failed_replies_took_is_kept_with_the_error(server, open_to, bridge):
    server.script([empty(), refuse()])
    with pytest.raises(ModelDeclined) as caught:
        complete(bridge, open_to())
    assert caught.value.usage.calls == 2
    server.script([fail(500), fail(401)])
    with pytest.raises(ModelRefusedKey) as nothing:
        complete(bridge, open_to())
    assert nothing.value.usage is None
    server.script([empty(), typed(GOOD)])
    assert complete(bridge, open_to()).usage.calls == 2
