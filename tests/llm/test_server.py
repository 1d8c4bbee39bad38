"""The scripted server itself, by a plain client."""

import json
import urllib.error
import urllib.request

import pytest

from tests.scripted_server import ScriptedServer, Step, busy, cut_off, fail, say, tokens


def post(server: ScriptedServer, **body: object) -> str:
    asked = json.dumps({"messages": [{"role": "user", "content": "hi"}]} | body).encode()
    request = urllib.request.Request(f"{server.url}/chat/completions", asked)
    with urllib.request.urlopen(request, timeout=5) as reply:
        return str(reply.read().decode())


def test_it_lists_its_model(server):
    with urllib.request.urlopen(f"{server.url}/models", timeout=5) as reply:
        assert json.load(reply)["data"][0]["id"] == "scripted-1"
    assert server.calls == 0


def test_a_stream_is_the_text_in_tokens_with_the_usage_last(server):
    server.script([say("one  two\nthree")])
    lines = post(server, stream=True, stream_options={"include_usage": True}).split("\n\n")
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    words = [each["choices"][0]["delta"].get("content") for each in events if each["choices"]]
    assert words == ["one", "  two", "\nthree", None]
    assert events[-1]["usage"]["completion_tokens"] == 3
    assert lines[-2] == "data: [DONE]"
    assert server.requests[0].first_token is not None
    assert server.requests[0].arrived <= server.requests[0].first_token


def test_a_silent_cut_has_no_end(server):
    server.script([cut_off("one two three", 1, how="silent")])
    whole = post(server, stream=True)
    assert "one" in whole
    assert "[DONE]" not in whole
    assert "stop" not in whole


def test_errors_carry_status_and_headers(server):
    server.script([busy(7)])
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server)
    assert (caught.value.code, caught.value.headers["retry-after"]) == (429, "7")
    caught.value.close()


def test_a_list_runs_out_with_an_error_nobody_repeats(server):
    server.script([say("once")])
    assert "once" in post(server)
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server)
    assert caught.value.code == 400
    caught.value.close()
    server.add(say("more"))
    assert "more" in post(server)


def test_a_function_sees_the_request(server):
    server.script(lambda request: say(request.text.upper()))
    assert "HI" in post(server)


def test_the_last_step_can_stand_for_all_that_follow():
    with ScriptedServer([fail(500), say("fine")], repeat=True) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(server)
        caught.value.close()
        assert "fine" in post(server)
        assert "fine" in post(server)


@pytest.mark.parametrize("text", ["", "a", " a  b\n", "\n\n"])
def test_tokens_lose_nothing(text):
    assert "".join(tokens(text)) == text
    assert Step(text=text).after(1).first_delay == 1
