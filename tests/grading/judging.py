"""A judge on a real client and a scripted server, and replies for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from interviewer.grading import Judge, Judgement, Section
from interviewer.llm import Bridge, LiteLLMModel
from interviewer.model import Answer, Question
from interviewer.prompting import load_prompts
from tests.scripted_server import Request, ScriptedServer, Step, typed

Verdicts = Mapping[str, tuple[str, str]]


def section(question: Question, text: str, name: str = "question") -> Section:
    return Section(name, question, Answer(text=text))


def reply(
    question: Question,
    verdicts: Verdicts,
    *,
    prefix: str = "",
    others: tuple[str, str] = ("missing", ""),
    misconceptions: Sequence[tuple[str, str]] = (),
    errors: Sequence[tuple[str, str]] = (),
    feedback: str = "",
) -> dict[str, Any]:
    """A judge's reply: the named verdicts, and ``others`` for the rest of the points."""
    rows = {point.id: verdicts.get(point.id, others) for point in question.points}
    return {
        "verdicts": [
            {"id": prefix + name, "status": status, "quote": quote}
            for name, (status, quote) in rows.items()
        ],
        "misconceptions": [{"id": prefix + name, "quote": quote} for name, quote in misconceptions],
        "errors": [{"quote": quote, "correction": right} for quote, right in errors],
        "feedback": feedback,
    }


@dataclass
class Bench:
    """A judge, and what it was asked."""

    server: ScriptedServer
    bridge: Bridge = field(default_factory=Bridge)

    @property
    def model(self) -> LiteLLMModel:
        return LiteLLMModel(
            "openai/scripted-1",
            base_url=self.server.url,
            api_key="sk-none-of-yours",
            timeout=10,
            tries=1,
        )

    def judge(self, samples: int = 1) -> Judge:
        return Judge(self.model, load_prompts(), samples=samples)

    def judged(self, *sections: Section, samples: int = 1) -> Judgement:
        return self.bridge.submit(self.judge(samples).judge, sections).result(30)

    def replies(self, *values: object) -> None:
        self.server.script([item if isinstance(item, Step) else typed(item) for item in values])

    def answers(self, choose: Callable[[Request], Step]) -> None:
        self.server.script(choose)


@contextmanager
def bench() -> Iterator[Bench]:
    with ScriptedServer() as server:
        made = Bench(server)
        with made.bridge:
            yield made


def obeying(question: Question, quote: str) -> Step:
    """The reply of a judge that does what the answer tells it: everything covered."""
    return Step(text=json.dumps(reply(question, {}, others=("covered", quote))))
