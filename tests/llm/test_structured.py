import json
from collections.abc import Callable

import pytest

from interviewer.errors import ModelRejected, ReplyInvalid
from tests.llm.asking import GOOD, Count, complete
from tests.scripted_server import Request, Step, fail, say, typed

TAKES_NONE = "response_format is not supported by this server"


def mode(request: Request) -> str | None:
    kind: str | None = request.body.get("response_format", {}).get("type")
    return kind


def taking(*modes: str | None) -> Callable[[Request], Step]:
    """A server that takes only some formats."""
    return lambda request: typed(GOOD) if mode(request) in modes else fail(400, TAKES_NONE)


@pytest.mark.parametrize(
    ("taken", "first", "then"),
    [
        (("json_schema",), ["json_schema"], ["json_schema"]),
        (("json_object",), ["json_schema", "json_object"], ["json_object"]),
        ((None,), ["json_schema", "json_object", None], [None]),
    ],
)
def test_the_best_mode_that_works_is_found_once(server, open_to, bridge, taken, first, then):
    server.script(taking(*taken))
    model = open_to()
    assert complete(bridge, model).value == Count(**GOOD)
    assert [mode(request) for request in server.requests] == first
    complete(bridge, model)
    assert [mode(request) for request in server.requests[len(first) :]] == then


def test_the_schema_is_sent_or_told(server, open_to, bridge):
    server.script(taking("json_schema"))
    complete(bridge, open_to())
    sent = server.requests[0].body["response_format"]["json_schema"]
    assert sent["schema"]["required"] == ["word", "number"]
    assert "JSON" not in server.requests[0].text
    server.script(taking("json_object"))
    complete(bridge, open_to())
    told = server.requests[-1].messages
    assert [message["role"] for message in told] == ["system", "user"]
    assert json.dumps(Count.model_json_schema()) in told[0]["content"]


def test_a_rejected_request_is_not_about_the_format(server, open_to, bridge):
    server.script(lambda _: fail(400, "Too many stop words."))
    with pytest.raises(ModelRejected, match="Too many stop words"):
        complete(bridge, open_to())
    assert server.calls == 1


def test_a_mode_that_worked_is_not_doubted(server, open_to, bridge):
    server.script([typed(GOOD), fail(400, TAKES_NONE)])
    model = open_to()
    complete(bridge, model)
    with pytest.raises(ModelRejected):
        complete(bridge, model)
    assert server.calls == 2


def test_a_model_known_to_take_no_schema_is_not_sent_one(server, open_to, bridge):
    server.script(lambda _: typed(GOOD))
    complete(bridge, open_to("openai/gpt-3.5-turbo"))
    assert mode(server.requests[0]) == "json_object"


def test_a_server_that_ignores_the_format_is_told_the_schema_from_then_on(server, open_to, bridge):
    server.script([say("Two, I think."), say("{}"), typed(GOOD)])
    model = open_to()
    with pytest.raises(ReplyInvalid):
        complete(bridge, model)
    complete(bridge, model)
    assert [mode(request) for request in server.requests] == ["json_schema", None, None]
    assert "JSON schema" in server.requests[-1].text


def test_a_wrong_reply_is_asked_for_once_more_with_what_is_wrong(server, open_to, bridge):
    server.script([typed({"word": "two", "number": -2}), typed(GOOD)])
    done = complete(bridge, open_to())
    assert done.value == Count(**GOOD)
    assert json.loads(done.raw) == GOOD
    assert done.usage.calls == 2
    first, again = server.requests
    assert again.messages[:-2] == first.messages
    assert [message["role"] for message in again.messages[-2:]] == ["assistant", "user"]
    assert "number: Input should be greater than or equal to 0" in again.messages[-1]["content"]


def test_two_wrong_replies_are_the_end(server, open_to, bridge):
    server.script(lambda _: typed({"word": "two", "count": 2}))
    with pytest.raises(ReplyInvalid, match=r"twice \(number: Field required\)"):
        complete(bridge, open_to())
    assert server.calls == 2


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"word": "two", "number": 2}\n```',
        'Here you are:\n{"word": "two", "number": 2}\nAnything else?',
        '<think>Is {"word": "one", "number": 1} it? No.</think>{"word": "two", "number": 2}',
        "{'word': 'two', 'number': 2,}",
        '{"word": "two", "number": 2',
    ],
)
def test_what_can_be_read_is_not_asked_for_again(server, open_to, bridge, text):
    server.script([say(text)])
    assert complete(bridge, open_to()).value == Count(**GOOD)
