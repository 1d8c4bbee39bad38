"""How the scripted model judges: by the words of a point that an answer has. No more than that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from interviewer.llm.protocol import Message

FEEDBACK = (
    "These are the findings of a scripted judge that only compares words; it cannot tell "
    "whether you are right. Set INTERVIEWER_MODEL to a language model for a judge that reads."
)
_POINT = re.compile(r"^- (\S+) \((?:core|depth)\): (.+)$", re.MULTILINE)
_ANSWER = re.compile(r"^<answer-(\w+)>\n(.*?)\n</answer-\1>$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"\w{4,}")
_STEM = 5
_MOST = 0.5


def judge_rule(messages: Sequence[Message]) -> dict[str, object]:
    """A reply to the judge's prompt: covered when most words of the claim are in the answer."""
    prompt = "\n".join(each.content for each in messages if each.role == "user")
    return {
        "verdicts": [
            _verdict(name, claim, answer)
            for points, answer in _sections(prompt)
            for name, claim in points
        ],
        "misconceptions": [],
        "errors": [],
        "feedback": FEEDBACK,
    }


def _sections(prompt: str) -> Iterator[tuple[list[tuple[str, str]], str]]:
    """The points and the answer of each question; nothing inside an answer is a point."""
    start = 0
    for answer in _ANSWER.finditer(prompt):
        lines = [line.removeprefix("|").strip() for line in answer[2].splitlines()]
        yield _POINT.findall(prompt[start : answer.start()]), "\n".join(lines)
        start = answer.end()


def _verdict(name: str, claim: str, answer: str) -> dict[str, str]:
    wanted = _words(claim)
    quote = max(
        (sentence.strip() for sentence in _SENTENCE.findall(answer)),
        key=lambda sentence: len(wanted & _words(sentence)),
        default="",
    )
    made = len(wanted & _words(answer)) > _MOST * len(wanted)
    return {
        "id": name,
        "status": "covered" if made else "missing",
        "quote": quote if made else "",
    }


def _words(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())}
