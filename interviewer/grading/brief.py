"""What the judge is shown: questions with their rubric, and answers as mere data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interviewer.grading.reference import with_points
from interviewer.llm import Message
from interviewer.model import Answer, Exemplar, Level, Manner, Question
from interviewer.prompting import Prompts, neutral

SYSTEM, SECTION, REASK = "judge", "judge-section", "judge-reask"
"""The templates."""


@dataclass(frozen=True, slots=True)
class Section:
    """One thing to judge.

    Attributes:
        name: ``question``, or the follow-up's id.
        question: With points, or with a model answer whose sentences become points.
        answer: What was said to it.
    """

    name: str
    question: Question
    answer: Answer

    def pointed(self) -> Section:
        """The same with points."""
        return Section(self.name, with_points(self.question), self.answer)


def prefixes(sections: Sequence[Section]) -> tuple[str, ...]:
    """What makes the ids of each section unique; nothing when there is only one."""
    if len(sections) == 1:
        return ("",)
    return tuple(f"q{number}." for number in range(1, len(sections) + 1))


def messages(sections: Sequence[Section], prompts: Prompts) -> tuple[Message, ...]:
    """The judge's prompt: what to do, then the questions with their answers."""
    shown = [
        _shown(section, prefix, prompts)
        for section, prefix in zip(sections, prefixes(sections), strict=True)
    ]
    return (
        Message("system", prompts.render(SYSTEM, {})),
        Message("user", "\n\n".join(shown)),
    )


def _shown(section: Section, prefix: str, prompts: Prompts) -> str:
    question, rubric = section.question, section.question.rubric
    levels = [("Strong", rubric.strong), ("OK", rubric.ok), ("Weak", rubric.weak)] if rubric else []
    return prompts.render(
        SECTION,
        {
            "heading": f"Question {prefix.rstrip('.')}".strip(),
            "prompt": question.prompt,
            "rubric": _lines(f"{name}: {prose}" for name, prose in levels),
            "points": _lines(
                f"{prefix}{p.id} ({p.tier.value}): {p.claim}" for p in question.points
            ),
            "misconceptions": _lines(f"{prefix}{m.id}: {m.claim}" for m in question.misconceptions),
            "examples": _lines(
                f"{item.level.label}: “{item.answer}” {item.why}" for item in anchors(question)
            ),
            "manner": "spoken" if section.answer.manner is Manner.SPOKEN else "typed",
            "code": hashlib.sha256(
                section.answer.text.encode("utf-8", "surrogatepass")
            ).hexdigest()[:10],
            "answer": neutral(section.answer.text),
        },
    )


def _lines(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "(none given)"


def anchors(question: Question) -> tuple[Exemplar, ...]:
    """The shortest sample answer of each level, shortest first; for weak a wrong one."""
    best: list[Exemplar] = []
    for level in Level:
        own = [item for item in question.exemplars if item.level is level]
        own.sort(key=lambda item: (item.flaw != "wrong", len(item.answer)))
        best += own[:1]
    return tuple(sorted(best, key=lambda item: len(item.answer)))
