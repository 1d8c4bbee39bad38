"""What judge and interviewer need from a language model, and nothing of any provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from interviewer.model import Usage

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completed(Generic[Shape]):
    """A typed reply.

    Attributes:
        value: The reply.
        raw: The text it was read from.
        usage: Tokens and cost of every call it took.
        model: The model's name as the provider gave it.
        seconds: From the first request to the last byte.
    """

    value: Shape
    raw: str
    usage: Usage
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a streamed reply; the last one carries the usage.

    Attributes:
        text: What is new.
        usage: Of the whole call; None but on the last piece.
    """

    text: str
    usage: Usage | None = None


class LanguageModel(Protocol):
    """What judge and interviewer need from a model."""

    @property
    def name(self) -> str:
        """LiteLLM's name of the model, such as ``openai/gpt-4o-mini``."""
        ...

    async def complete(
        self, messages: Sequence[Message], shape: type[Shape], *, sample: int = 0
    ) -> Completed[Shape]:
        """A reply as a value of ``shape``.

        Args:
            messages: The conversation.
            shape: What the reply must be.
            sample: 0 asks for the likeliest reply; others draw different ones.

        Raises:
            ModelError: What failed and what to do.
        """
        ...

    def stream(self, messages: Sequence[Message]) -> AsyncIterator[Piece]:
        """A reply as text, piece by piece.

        Raises:
            ModelError: What failed and what to do; also in mid-stream.
        """
        ...
