"""Does the model work: a question whose answer can be checked."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from interviewer.errors import ModelError
from interviewer.llm.protocol import LanguageModel, Message

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_SMALLEST = 6


@dataclass(frozen=True, slots=True)
class Probe:
    """What a probe found.

    Attributes:
        ok: Whether the content of the reply was right.
        message: What to show.
        seconds: How long the reply took.
        model: LiteLLM's name of the model.
    """

    ok: bool
    message: str
    seconds: float
    model: str


class ProbeReply(BaseModel):
    """What the probe asks for."""

    model_config = ConfigDict(frozen=True)

    total: Annotated[int, Field(description="The sum, in digits.")]
    larger: Annotated[str, Field(description="The larger of the two numbers, as a word.")]


async def probe(model: LanguageModel) -> Probe:
    """Ask the model a small sum in words and check what it says; never raises ``ModelError``."""
    first, second = random.SystemRandom().sample(range(_SMALLEST, len(_NUMBERS)), 2)
    started = time.perf_counter()
    try:
        done = await model.complete(_question(first, second), ProbeReply)
    except ModelError as error:
        late = time.perf_counter() - started
        return Probe(ok=False, message=str(error), seconds=late, model=model.name)
    seconds = time.perf_counter() - started
    reply = done.value
    right = reply.total == first + second
    right = right and reply.larger.strip(" .").lower() == _NUMBERS[max(first, second)]
    if right:
        message = f"{model.name} answered a test question rightly in {seconds:.1f} s."
    else:
        message = (
            f"{model.name} answers, but got a small sum wrong. Take a larger model: it would "
            "not judge answers well."
        )
    return Probe(ok=right, message=message, seconds=seconds, model=model.name)


def _question(first: int, second: int) -> Sequence[Message]:
    return (
        Message("system", "You answer with exactly what is asked for, as JSON."),
        Message(
            "user",
            f"A box holds {_NUMBERS[first]} red balls and {_NUMBERS[second]} blue balls. "
            "How many balls are in it, and which of the two numbers is larger?",
        ),
    )


def probe_rule(messages: Sequence[Message]) -> dict[str, object]:
    """The right reply, for the scripted model."""
    words = [word for word in messages[-1].content.split() if word in _NUMBERS]
    first, second = (_NUMBERS.index(word) for word in words[:2])
    return {"total": first + second, "larger": _NUMBERS[max(first, second)]}
