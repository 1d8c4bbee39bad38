"""What a good model would send to the product's own requests, for the scripted server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from interviewer.llm import Message
from interviewer.llm.probe import probe_rule
from interviewer.llm.scripted_judge import judge_rule
from tests.scripted_server import (
    Request,
    Step,
    busy,
    cut_off,
    empty,
    fail,
    malformed,
    refuse,
    say,
    too_long,
    typed,
)

ASK = re.compile(r"^ASK:[ \t]*(.+)$", re.MULTILINE)
ACKNOWLEDGED = "You started from the errors."


def conversation(request: Request) -> tuple[Message, ...]:
    """The messages of a request."""
    return tuple(Message(item["role"], item["content"]) for item in request.messages)


def purpose(request: Request) -> str:
    """judge, probe, compose or words: what a request is for."""
    if request.body.get("stream"):
        return "words"
    text = json.dumps(request.body)
    if "JudgeReply" in text or "verdicts" in text:
        return "judge"
    return "probe" if "balls" in text else "compose"


STEPS = {
    "probe": "balls",
    "questions": "two behavioural questions",
    "clarify": "what you mean",
    "rephrase": "in other words",
    "hint": "They ask for",
    "follow-up": "then ask this follow-up",
    "composed": "The point that was not made",
    "unknown": "do not know this one",
    "close": "You leave this question now",
}
"""What the product asks a model for, and words of that request. The judge is told by its shape."""


def step_of(request: Request) -> str:
    """Which step of an interview a request is for."""
    if purpose(request) == "judge":
        return "judge"
    text = request.text
    return next(name for name, words in STEPS.items() if words in text)


def well(request: Request) -> Step:
    """What a good model would send."""
    match purpose(request):
        case "words":
            asked = ASK.findall(request.messages[-1]["content"])
            return say(f"{ACKNOWLEDGED} {asked[-1]}" if asked else f"{ACKNOWLEDGED} Let's move on.")
        case "judge":
            return typed(dict(judge_rule(conversation(request))))
        case "probe":
            return typed(probe_rule(conversation(request)))
        case "compose" if step_of(request) == "questions":
            return typed({"questions": []})
        case _:
            return typed({"ask": "How would you tell?", "model_answer": "By looking."})


def failing(what: str, step: Step) -> Callable[[Request], Step]:
    """A server that does this to requests of one step, and well to the others."""
    return lambda request: step if step_of(request) == what else well(request)


FAILURES = {
    "key": fail(401, "bad key"),
    "unknown": fail(404, "no such model"),
    "busy": busy(0),
    "broken": fail(500),
    "slow": Step(text="late", first_delay=20),
    "cut": cut_off(f"{ACKNOWLEDGED} And so", 3),
    "malformed": malformed(),
    "refusal": refuse(),
    "empty": empty(),
    "too long": too_long("You said"),
}
"""Every way a server fails."""


BANK = """
id: two-errors
topic: fundamentals
title: Two errors
prompt: What are the two parts of a model's error that you can do something about?
clarify: The error on new data of a model that was trained on a sample.
model_answer: >-
  Bias is the error of assumptions that are too simple, so the model underfits. Variance is the
  error of following the training sample too closely, so it changes with the sample.
points:
  - id: bias
    tier: core
    claim: Bias is the error that comes from assumptions that are too simple.
    hint: What goes wrong when a straight line is all you allow?
  - id: variance
    tier: core
    claim: Variance is the error that comes from following the training sample too closely.
    hint: What happens when you draw another sample?
follow_ups:
  - id: training-error
    ask: What does the training error of a model with high bias look like?
    probes: [bias]
    model_answer: It is high already in training, and close to the error on new data.
    points:
      - id: high-in-training
        tier: core
        claim: The training error of a model with high bias is high.
"""
NEXT = """
id: what-is-left
topic: fundamentals
level: advanced
title: What is left
prompt: Why can even the best model not reach an error of zero?
model_answer: >-
  The labels are noisy, so the same input has different outcomes, which nobody can predict.
points:
  - id: noise
    tier: core
    claim: The labels are noisy, so the same input has different outcomes.
"""
NOISE = "The labels are noisy, so the same input has different outcomes. Nobody can predict those."


def write_bank(folder: Path) -> Path:
    """A bank of two questions: a follow-up probes the first one's first point, none its second.

    Args:
        folder: Made if it is not there.
    """
    topic = folder / "fundamentals"
    topic.mkdir(parents=True)
    (topic / "two-errors.yaml").write_text(BANK, encoding="utf-8")
    (topic / "what-is-left.yaml").write_text(NEXT, encoding="utf-8")
    return folder


TARGET = "I led the migration of our ranking service to a two-tower model at Alpen Travel."
PARTLY = "There is noise in the labels as well, which nobody can remove by a better model."
SAID = "It is high in training too."
