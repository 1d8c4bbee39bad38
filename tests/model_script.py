"""What a good model would send to the product's own requests, for the scripted server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from interviewer.llm import Message
from interviewer.llm.probe import probe_rule
from interviewer.llm.scripted_judge import judge_rule
from tests.scripted_server import Request, Step, say, typed

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
        case _:
            return typed({"ask": "How would you tell?", "model_answer": "By looking."})


def failing(what: str, step: Step) -> Callable[[Request], Step]:
    """A server that does this to requests of one purpose, and well to the others."""
    return lambda request: step if purpose(request) == what else well(request)
