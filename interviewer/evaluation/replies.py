"""A model's replies, recorded and replayed: a judge is measured with no network.

One JSONL file a model; each line holds the reply to one exact request, under the
hash of that request. A request that was not recorded has no reply: never a guess.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from interviewer.errors import EvaluationError, NotRecorded, ReplyInvalid
from interviewer.llm import Completed, LanguageModel, Message, Piece, Shape
from interviewer.model import Usage, Value


class Recorded(Value):
    """One reply as it was recorded."""

    key: str = Field(description="Hash of the exact request.")
    name: str = Field(description="LiteLLM's name of the model that was asked.")
    reply: str = Field(description="The text the model sent.")
    model: str = Field(description="The model's name as the provider gave it.")
    how: str = Field(description="How the reply came about.")
    usage: Usage = Usage()
    seconds: float | None = Field(default=None, ge=0, description="None: not measured.")
    at: str = Field(description="When, ISO 8601.")


def request_key(name: str, messages: Sequence[Message], shape: type[BaseModel], sample: int) -> str:
    """The hash of a request: model, messages, wanted form and sample."""
    request = {
        "model": name,
        "messages": [[item.role, item.content] for item in messages],
        "schema": shape.model_json_schema(),
        "sample": sample,
    }
    text = json.dumps(request, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def file_of(folder: Path, name: str) -> Path:
    """Where a model's replies are kept."""
    return folder / f"{re.sub(r'[^A-Za-z0-9.]+', '-', name).strip('-')}.jsonl"


def recorded_models(folder: Path) -> set[str]:
    """LiteLLM's names of the models with recorded replies.

    Raises:
        EvaluationError: A line cannot be read.
    """
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    return {kept.name for path in files for kept in list(read_replies(path).values())[:1]}


def read_replies(path: Path) -> dict[str, Recorded]:
    """The replies of a file by key.

    Raises:
        EvaluationError: A line cannot be read.
    """
    if not path.is_file():
        return {}
    found: dict[str, Recorded] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            kept = Recorded.model_validate_json(line)
        except ValidationError as error:
            what = error.errors(include_url=False)[0]["msg"]
            raise EvaluationError(
                f"{path.name}:{number}: {what}. Remove the line and record it again."
            ) from error
        found[kept.key] = kept
    return found


class ReplayedModel:
    """A language model that says only what was recorded.

    Args:
        name: LiteLLM's name of the recorded model.
        folder: Of the recorded replies.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Read the replies.

        Raises:
            EvaluationError: There are none of this model, or a line cannot be read.
        """
        self._name = name
        self._replies = read_replies(file_of(folder, name))
        if not self._replies:
            raise EvaluationError(
                f"No replies of '{name}' were recorded in {folder}. Record some with "
                f"`interviewer eval record` and INTERVIEWER_MODEL={name}."
            )

    @property
    def name(self) -> str:
        """The recorded model's name."""
        return self._name

    async def complete(
        self, messages: Sequence[Message], shape: type[Shape], *, sample: int = 0
    ) -> Completed[Shape]:
        """The reply that was recorded for exactly this request.

        Raises:
            NotRecorded: There is none.
            ReplyInvalid: It is not of this form.
        """
        kept = self._replies.get(request_key(self._name, messages, shape, sample))
        if kept is None:
            raise NotRecorded(
                f"No reply of '{self._name}' was recorded for this request; the prompt, the "
                "bank or the answer changed since. Record it with `interviewer eval record`."
            )
        try:
            value = shape.model_validate_json(kept.reply)
        except ValidationError as error:
            raise ReplyInvalid(f"The recorded reply is not a {shape.__name__}.") from error
        return Completed(value, kept.reply, kept.usage, kept.model, kept.seconds or 0.0)

    async def stream(self, messages: Sequence[Message]) -> AsyncIterator[Piece]:  # noqa: ARG002
        """Nothing: only typed replies are recorded."""
        raise NotRecorded("Streamed words are not recorded.")
        yield Piece("")  # makes this a generator


class RecordingModel:
    """A language model whose typed replies are kept; what is kept is not asked again.

    Args:
        model: Who replies.
        folder: Where the replies are kept.
        how: How they come about, for the record.
    """

    def __init__(self, model: LanguageModel, folder: Path, *, how: str = "by its API") -> None:
        """Read what is kept.

        Raises:
            EvaluationError: A kept line cannot be read.
        """
        self._model = model
        self._path = file_of(folder, model.name)
        self._how = how
        self._held = read_replies(self._path)
        self.asked = 0

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    async def complete(
        self, messages: Sequence[Message], shape: type[Shape], *, sample: int = 0
    ) -> Completed[Shape]:
        """The model's reply, or the one that was kept.

        Raises:
            ModelError: The model did not reply; nothing is kept.
        """
        key = request_key(self.name, messages, shape, sample)
        kept = self._held.get(key)
        if kept is not None:
            value = shape.model_validate_json(kept.reply)
            return Completed(value, kept.reply, kept.usage, kept.model, kept.seconds or 0.0)
        begun = time.perf_counter()
        done = await self._model.complete(messages, shape, sample=sample)
        self.asked += 1
        kept = Recorded(
            key=key,
            name=self.name,
            reply=done.value.model_dump_json(),
            model=done.model,
            how=self._how,
            usage=done.usage,
            seconds=round(time.perf_counter() - begun, 3),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._held[key] = kept
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(kept.model_dump_json() + "\n")
        # As it will be replayed: a re-ask shows the reply, and must be the same request.
        return replace(done, raw=kept.reply)

    def stream(self, messages: Sequence[Message]) -> AsyncIterator[Piece]:
        """The model's own stream; not kept."""
        return self._model.stream(messages)
