"""A real HTTP server that speaks the OpenAI chat protocol from a script.

A script is a list of steps, one a request, or a function from the request to a
step. ``ScriptedServer`` records each request and when the first token left.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.http_server import Handler, HttpServer

MODEL = "scripted-1"


@dataclass(frozen=True, slots=True)
class Step:
    """What the server does with one request.

    Attributes:
        text: The reply.
        status: 200, or the status of an error.
        headers: Sent besides the usual ones.
        error: The message of an error.
        code: The provider's code of an error.
        refusal: Text in the message's refusal field.
        tool: Name of the tool that is called with ``text`` as its arguments.
        finish: The reason the reply ends.
        first_delay: Seconds before anything is sent.
        token_delay: Seconds between two tokens of a stream.
        cut_after: Tokens (or bytes, when not streaming) after which the reply ends.
        cut: abrupt: the connection is reset. silent: the stream just ends.
        raw: Sent as the body in place of a reply.
        usage: Whether tokens are counted.
    """

    text: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    code: str | None = None
    refusal: str | None = None
    tool: str | None = None
    finish: str = "stop"
    first_delay: float = 0.0
    token_delay: float = 0.0
    cut_after: int | None = None
    cut: Literal["abrupt", "silent"] = "abrupt"
    raw: str | None = None
    usage: bool = True

    def after(self, first_delay: float, token_delay: float = 0.0) -> Step:
        """The same step, slower."""
        return replace(self, first_delay=first_delay, token_delay=token_delay)


def say(text: str) -> Step:
    """A reply of ``text``."""
    return Step(text=text)


def typed(value: object) -> Step:
    """A reply of ``value`` as JSON."""
    return Step(text=json.dumps(value, ensure_ascii=False))


def called(tool: str, value: object) -> Step:
    """A tool call with ``value`` as its arguments."""
    return Step(text=json.dumps(value), tool=tool, finish="tool_calls")


def fail(status: int, error: str = "Scripted failure.", *, code: str | None = None) -> Step:
    """An error of that status."""
    return Step(status=status, error=error, code=code)


def busy(retry_after: float | str | None = None) -> Step:
    """Status 429."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Step(status=429, error="Rate limit reached.", headers=headers)


def cut_off(
    text: str, after: int, *, how: Literal["abrupt", "silent"] = "abrupt", usage: bool = False
) -> Step:
    """A reply that ends after some tokens, with no finish and no ``[DONE]``."""
    return Step(text=text, cut_after=after, cut=how, usage=usage)


def malformed() -> Step:
    """A body that is no JSON."""
    return Step(raw='{"id": "x", "choices": [{"mess')


def refuse(text: str = "I cannot help with that.") -> Step:
    """The model's own refusal."""
    return Step(refusal=text)


def filtered() -> Step:
    """A reply that the provider's filter stopped."""
    return Step(finish="content_filter")


def empty() -> Step:
    """A reply with no text."""
    return Step()


def too_long(text: str) -> Step:
    """A reply that hit the limit of tokens."""
    return Step(text=text, finish="length")


@dataclass(slots=True)
class Request:
    """One request as it came, and the server's clock (``time.perf_counter``)."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    arrived: float
    first_token: float | None = None
    done: float | None = None
    hung_up: bool = False

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation that was sent."""
        found: list[dict[str, Any]] = self.body.get("messages", [])
        return found

    @property
    def text(self) -> str:
        """Every message's text."""
        return "\n".join(str(message.get("content")) for message in self.messages)

    @property
    def streaming(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))


Script = Iterable[Step] | Callable[[Request], Step]


class ScriptedServer(HttpServer):
    """The server; a context manager.

    A list that has run out answers with its last step when ``repeat`` is set,
    else with an error that no client repeats.
    """

    def __init__(self, script: Script = (), *, repeat: bool = False) -> None:
        """Open a free port; ``start`` begins to answer."""
        super().__init__(_Handler)
        self._lock = threading.Lock()
        self._repeat = repeat
        self.requests: list[Request] = []
        self.script(script)

    @property
    def calls(self) -> int:
        """Requests for a completion so far."""
        return sum(request.method == "POST" for request in self.requests)

    def script(self, script: Script) -> None:
        """Replace what is still to come."""
        with self._lock:
            self._steps = None if callable(script) else list(script)
            self._choose = script if callable(script) else None
            self._last: Step | None = None

    def add(self, *steps: Step) -> None:
        """Append steps to a list script."""
        with self._lock:
            assert self._steps is not None, "the script is a function"
            self._steps.extend(steps)

    def take(self, request: Request) -> Step:
        """Record a request and choose its step."""
        with self._lock:
            self.requests.append(request)
            if self._choose is None and self._steps:
                self._last = self._steps.pop(0)
                return self._last
            if self._choose is None:
                nothing = fail(400, "Nothing is scripted for this request.")
                return self._last if self._repeat and self._last else nothing
            choose = self._choose
        return choose(request)


class _Handler(Handler):
    def do_GET(self) -> None:  # noqa: N802 - the library's name
        request = self._request({})
        self.server.owner.requests.append(request)
        if self.path.endswith("/models"):
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        else:
            self._json(404, _error(fail(404, "No such page.")))

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        request = self._request(json.loads(self.body_sent() or b"{}"))
        step = self.server.owner.take(request)
        time.sleep(step.first_delay)
        try:
            self._answer(request, step)
        except OSError:
            request.hung_up = True
            self.close_connection = True
        request.done = time.perf_counter()

    def _request(self, body: dict[str, Any]) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, self.path, headers, body, time.perf_counter())

    def _answer(self, request: Request, step: Step) -> None:
        if not self.path.endswith("/chat/completions"):
            self._json(404, _error(fail(404, "No such page.")))
        elif step.status != 200:
            self._json(step.status, _error(step), step.headers)
        elif step.raw is not None:
            self._body(200, step.raw.encode(), step.headers)
        elif request.streaming:
            self._stream(request, step)
        else:
            request.first_token = time.perf_counter()
            self._whole(request, step)

    def _whole(self, request: Request, step: Step) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": step.text or None}
        if step.refusal is not None:
            message |= {"content": None, "refusal": step.refusal}
        if step.tool is not None:
            message |= {"content": None, "tool_calls": [_call(step.tool, step.text)]}
        choice = {"index": 0, "message": message, "finish_reason": step.finish}
        reply = _envelope("chat.completion") | {"choices": [choice]}
        if step.usage:
            reply["usage"] = _usage(request, step)
        body = json.dumps(reply).encode()
        self.head(200, len(body), **step.headers)
        self.wfile.write(body[: step.cut_after])
        if step.cut_after is not None:
            self._reset()

    def _stream(self, request: Request, step: Step) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        for name, value in step.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for number, delta in enumerate(_deltas(step)):
            if number == step.cut_after:
                break
            if number:
                time.sleep(step.token_delay)
            else:
                request.first_token = time.perf_counter()
            self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        if step.cut_after is not None and step.cut == "abrupt":
            self._reset()
            return
        if step.cut_after is None:
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": step.finish}]})
        if step.usage and request.body.get("stream_options", {}).get("include_usage"):
            self._event({"choices": [], "usage": _usage(request, step)})
        if step.cut_after is None:
            self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, part: dict[str, Any]) -> None:
        event = json.dumps(_envelope("chat.completion.chunk") | part, ensure_ascii=False)
        self._chunk(f"data: {event}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _reset(self) -> None:
        """Cut the connection so that the client sees it broken."""
        self.wfile.flush()
        time.sleep(0.02)  # what was sent arrives before the reset
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()

    def _json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        self._body(status, json.dumps(value).encode(), headers or {})

    def _body(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.head(status, len(body), **headers)
        self.wfile.write(body)


def _envelope(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": MODEL}


def _call(tool: str, arguments: str) -> dict[str, Any]:
    return {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": tool, "arguments": arguments},
    }


def _deltas(step: Step) -> list[dict[str, Any]]:
    """What a stream sends: the role with the first token, then a token each."""
    if step.refusal is not None:
        parts: list[dict[str, Any]] = [{"refusal": step.refusal}]
    elif step.tool is not None:
        parts = [{"tool_calls": [_call(step.tool, step.text)]}]
    else:
        parts = [{"content": token} for token in tokens(step.text)]
    return [{"role": "assistant"} | parts[0], *parts[1:]] if parts else [{"role": "assistant"}]


def tokens(text: str) -> list[str]:
    """The words of a text with the white space before them: what a stream sends one by one."""
    return re.findall(r"\s*\S+|\s+$", text)


def _usage(request: Request, step: Step) -> dict[str, int]:
    asked, said = len(tokens(request.text)), len(tokens(step.text))
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _error(step: Step) -> dict[str, Any]:
    return {"error": {"message": step.error, "type": "error", "code": step.code}}
