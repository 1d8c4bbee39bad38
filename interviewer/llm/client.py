"""LiteLLM's models as ``LanguageModel``.

Requests, time limits, repeats and the structured modes are here; what an
exception means is in ``failures``, how a value is read in ``reply``.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from pydantic import BaseModel

from interviewer.errors import ModelDeclined, ModelError, ModelRejected, ReplyInvalid
from interviewer.llm.failures import Called, Trouble, explain
from interviewer.llm.library import Mode, first_mode, library, missing_keys, price
from interviewer.llm.protocol import Completed, Message, Piece, Shape
from interviewer.llm.reply import NotTheShape, read_reply, schema_of
from interviewer.model import Usage

LONGEST_WAIT = 20.0
"""Seconds a provider may ask to wait before another try; beyond it the call fails."""
_SPREAD_TEMPERATURE = 0.7
_PATIENCE = 1.5
"""No try begins later than this many time limits after the first."""
_LONGEST_LINE = 4
"""Time limits that a stream may take as a whole."""
_ABOUT_THE_FORMAT = re.compile(r"(?i)response_?format|json|schema|grammar|structured|support")
_OPTIONAL = ("temperature", "seed", "stream_options")
_NEXT: dict[Mode, Mode | None] = {"schema": "object", "object": "plain", "plain": None}


class LiteLLMModel:
    """A model that LiteLLM reaches.

    The key comes from the environment by LiteLLM's conventions unless given.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 30.0,
        tries: int = 3,
        temperature: float | None = None,
        backoff: float = 0.5,
    ) -> None:
        """Keep the settings; nothing is loaded or called yet.

        Args:
            name: LiteLLM's name of the model, such as ``ollama/llama3.1``.
            base_url: Address of an OpenAI-compatible server, Ollama or a proxy.
            api_key: Wins over the environment.
            timeout: Seconds for a whole reply; in a stream for each next piece.
            tries: At most so many requests for one reply when the trouble may pass.
            temperature: For every sample; None: 0 for sample 0, else 0.7.
            backoff: Seconds before the second try; doubles with each further one.
        """
        self._called = Called(name, base_url, api_key, timeout)
        self._tries = tries
        self._temperature = temperature
        self._backoff = backoff
        self._mode: Mode | None = None
        self._proven = False
        self._forgone: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """LiteLLM's name of the model."""
        return self._called.model

    def __repr__(self) -> str:
        return f"LiteLLMModel({self.name!r})"

    async def complete(
        self, messages: Sequence[Message], shape: type[Shape], *, sample: int = 0
    ) -> Completed[Shape]:
        """See ``LanguageModel``."""
        started = time.perf_counter()
        usage = Usage()
        conversation = list(messages)
        problem = ""
        for _ in range(2):
            try:
                reply, spent = await self._typed(conversation, shape, sample)
            except ModelError as error:
                error.usage = _sum(usage if usage.calls else None, error.usage)
                raise
            usage += spent
            text, cut = _text_of(reply), reply.choices[0].finish_reason == "length"
            try:
                value = read_reply(text, shape, mend=not cut)
            except NotTheShape as error:
                if not error.found_json and not cut:
                    self._mode, self._proven = "plain", False  # it ignores the format
                problem = "It was cut off at the limit of tokens." if cut else str(error)
            else:
                self._proven = True
                seconds = time.perf_counter() - started
                return Completed(value, text, usage, str(reply.model or self.name), seconds)
            conversation = [*messages, Message("assistant", text), _again(problem, shape)]
        wrong = "; ".join(line.removeprefix("- ") for line in problem.splitlines()).rstrip(".")
        invalid = ReplyInvalid(
            f"The reply of {self._called.where} is not what was asked for, twice ({wrong}). "
            "Try again or take a larger model."
        )
        invalid.usage = usage
        raise invalid

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Piece, None]:
        """See ``LanguageModel``; a try that failed is repeated only before the first piece."""
        effort = self._effort()
        spent: Usage | None = None
        while True:
            said = False
            trouble: Trouble | None = None
            async with contextlib.aclosing(self._pieces(messages)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Trouble):
                        trouble = piece
                        break
                    said = said or bool(piece.text)
                    yield Piece(piece.text, _sum(piece.usage, spent if piece.usage else None))
            if trouble is None:
                return
            spent = trouble.error.usage = _sum(spent, trouble.error.usage)
            if said:
                raise trouble.error
            if not self._forgo(trouble.error):
                await effort.rest(trouble)

    async def _typed(
        self, messages: Sequence[Message], shape: type[BaseModel], sample: int
    ) -> tuple[Any, Usage]:
        """One reply, by the best mode that the model takes."""
        await library()
        while True:
            mode = self._mode or first_mode(self.name)
            try:
                reply = await self._reply(messages, shape, mode, sample)
            except ModelRejected as error:
                following = _NEXT[mode]
                if self._proven or following is None or not _ABOUT_THE_FORMAT.search(str(error)):
                    raise
                self._mode = following
            else:
                self._mode = mode
                return reply

    async def _reply(
        self, messages: Sequence[Message], shape: type[BaseModel], mode: Mode, sample: int
    ) -> tuple[Any, Usage]:
        """A whole reply with text in it, after as many tries as it is worth, and all it took."""
        effort = self._effort()
        spent: Usage | None = None
        while True:
            reply = await self._whole(messages, shape, mode, sample)
            if not isinstance(reply, Trouble):
                usage = self._usage(getattr(reply, "usage", None))
                return reply, usage + spent if spent else usage
            spent = reply.error.usage = _sum(spent, reply.error.usage)
            if not self._forgo(reply.error):
                await effort.rest(reply)

    async def _whole(
        self, messages: Sequence[Message], shape: type[BaseModel], mode: Mode, sample: int
    ) -> Any:  # noqa: ANN401 - litellm's own response, or a Trouble
        litellm = await library()
        asked = {"schema": shape, "object": {"type": "json_object"}, "plain": None}[mode]
        if mode != "schema":
            messages = _with_schema(messages, shape)
        try:
            async with asyncio.timeout(self._called.timeout):
                reply = await litellm.acompletion(
                    **self._request(messages, sample), response_format=asked
                )
            choice = reply.choices[0]
            if _text_of(reply) and not (
                _refusal(choice.message) or choice.finish_reason == "content_filter"
            ):
                return reply
            declined = _refusal(choice.message)
            trouble = self._declined() if declined else self._ended(choice.finish_reason)
            trouble.error.usage = self._usage(getattr(reply, "usage", None))
            return trouble  # noqa: TRY300 - the exceptions of all of it are explained below
        except Exception as error:  # noqa: BLE001 - whatever a provider's code raises is explained
            return explain(error, self._called)

    async def _pieces(self, messages: Sequence[Message]) -> AsyncGenerator[Piece | Trouble, None]:
        """One try at a stream; trouble comes as the last item."""
        litellm = await library()
        limit = self._called.timeout
        opened: Any = None
        usage, said = None, False
        started = time.monotonic()
        try:
            async with asyncio.timeout(limit):
                opened = await litellm.acompletion(**self._request(messages, 0, stream=True))
            chunks = aiter(opened)
            while True:
                # Chunks without words, as of a model that thinks, must not hold a turn for ever.
                left = started + limit * (_LONGEST_LINE if said else 1) - time.monotonic()
                async with asyncio.timeout(min(limit, left)):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                usage = getattr(chunk, "usage", None) or usage
                delta = chunk.choices[0].delta if chunk.choices else None
                if _refusal(delta):
                    yield self._spending(self._declined(), usage)
                    return
                text = getattr(delta, "content", None) or ""
                if text := text if said else text.lstrip():
                    said = True
                    yield Piece(text)
        except Exception as error:  # noqa: BLE001 - whatever a provider's code raises is explained
            trouble = explain(error, self._called)
            trouble = self._cut() if said and trouble.passing else trouble
            yield self._spending(trouble, usage) if said else trouble
        else:
            finish = getattr(opened, "received_finish_reason", None)
            if finish is None and said:
                yield self._spending(self._cut(), usage)
            elif finish in {"length", "content_filter"} or not said:
                yield self._spending(self._ended(finish), usage)
            else:
                yield Piece("", self._usage(usage))
        finally:
            if opened is not None:
                with contextlib.suppress(Exception):  # it is over either way
                    await opened.aclose()

    def _request(
        self, messages: Sequence[Message], sample: int, *, stream: bool = False
    ) -> dict[str, Any]:
        temperature = self._temperature
        if temperature is None:
            temperature = _SPREAD_TEMPERATURE if sample else 0.0
        optional: dict[str, Any] = {"temperature": temperature, "seed": sample}
        if stream:
            optional["stream_options"] = {"include_usage": True}
        return {
            "model": self._called.model,
            "messages": [{"role": each.role, "content": each.content} for each in messages],
            "base_url": self._called.base_url,
            "api_key": self._key(),
            "timeout": self._called.timeout,
            "stream": stream,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            **{name: value for name, value in optional.items() if name not in self._forgone},
        }

    def _forgo(self, error: ModelError) -> bool:
        """Do without the setting that a rejected request names, if it is one we can do without."""
        if not isinstance(error, ModelRejected):
            return False
        named = {name for name in _OPTIONAL if re.search(rf"\b{name}\b", str(error))}
        new = named - self._forgone
        self._forgone |= new
        return bool(new)

    def _key(self) -> str | None:
        """The key; servers of one's own often need none, but their clients do."""
        if self._called.api_key or not self._called.base_url:
            return self._called.api_key
        return "none" if missing_keys(self._called.model) else None

    def _usage(self, counted: Any) -> Usage:  # noqa: ANN401 - litellm's own usage
        asked = int(getattr(counted, "prompt_tokens", 0) or 0)
        said = int(getattr(counted, "completion_tokens", 0) or 0)
        return Usage(
            calls=1, prompt_tokens=asked, completion_tokens=said, usd=price(self.name, counted)
        )

    def _spending(self, trouble: Trouble, counted: Any) -> Trouble:  # noqa: ANN401 - see above
        """The trouble of a reply that was at least begun, with what it took."""
        trouble.error.usage = self._usage(counted)
        return trouble

    def _declined(self) -> Trouble:
        return Trouble(
            ModelDeclined(
                f"{self._called.where} or its filter would not answer. Try again in other words "
                "or take another model."
            )
        )

    def _cut(self) -> Trouble:
        return Trouble(ReplyInvalid(f"The reply of {self._called.where} was cut off. Try again."))

    def _ended(self, finish: str | None) -> Trouble:
        """A reply that is over without being one."""
        where = self._called.where
        if finish == "content_filter":
            return self._declined()
        if finish == "length":
            return Trouble(
                ReplyInvalid(f"The reply of {where} hit its limit of tokens. Take another model.")
            )
        return Trouble(
            ReplyInvalid(f"The reply of {where} is empty. Try again or take another model."),
            passing=True,
            once=True,
        )

    def _effort(self) -> _Effort:
        return _Effort(self._tries, self._backoff, _PATIENCE * self._called.timeout)


class _Effort:
    """How often one reply is tried for, and the waits between."""

    def __init__(self, tries: int, backoff: float, patience: float) -> None:
        self._tries = tries
        self._backoff = backoff
        self._deadline = time.monotonic() + patience
        self._failed = 0

    async def rest(self, trouble: Trouble) -> None:
        """Wait before the next try.

        Raises:
            ModelError: It is not worth one.
        """
        self._failed += 1
        most = min(self._tries, 2) if trouble.once else self._tries
        wait = self._backoff * 2 ** (self._failed - 1) * random.uniform(0.5, 1.0)  # noqa: S311
        wait = max(wait, trouble.after)
        if (
            not trouble.passing
            or self._failed >= most
            or wait > LONGEST_WAIT
            or time.monotonic() + wait > self._deadline
        ):
            raise trouble.error
        await asyncio.sleep(wait)


def _with_schema(messages: Sequence[Message], shape: type[BaseModel]) -> tuple[Message, ...]:
    """The conversation with what the reply must be, in the first system message."""
    asked = (
        "Reply with one JSON object and nothing else. It must follow this JSON schema:\n"
        f"{schema_of(shape)}"
    )
    if messages and messages[0].role == "system":
        return (Message("system", f"{messages[0].content}\n\n{asked}"), *messages[1:])
    return (Message("system", asked), *messages)


def _again(problem: str, shape: type[BaseModel]) -> Message:
    return Message(
        "user",
        f"That reply cannot be used:\n{problem}\n"
        "Reply again with one complete JSON object and nothing else, by this JSON schema:\n"
        f"{schema_of(shape)}",
    )


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    return one + other if one and other else one or other


def _text_of(reply: Any) -> str:  # noqa: ANN401 - litellm's own response
    """The text of a reply, or the arguments of its one tool call."""
    message = reply.choices[0].message
    if message.content and message.content.strip():
        return str(message.content)
    calls = message.tool_calls or []
    return str(calls[0].function.arguments or "") if len(calls) == 1 else ""


def _refusal(message: Any) -> bool:  # noqa: ANN401 - litellm's own message or delta
    fields = getattr(message, "provider_specific_fields", None) or {}
    return bool(getattr(message, "refusal", None) or fields.get("refusal"))
