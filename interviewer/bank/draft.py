"""Propose points, phrasings and misconceptions for an author's question by a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from interviewer.llm import LanguageModel, Message
from interviewer.prompting import Prompts

_NAME: Final = 60


class DraftPoint(BaseModel):
    """A proposed point."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Lower-case words with hyphens.")
    tier: Literal["core", "depth"] = Field(description="core or depth.")
    claim: str = Field(description="One full sentence.")
    hint: str = Field(description="A nudge that gives nothing away.")
    written: tuple[str, ...] = Field(description="Careful sentences.")
    spoken: tuple[str, ...] = Field(description="As said aloud.")
    terse: tuple[str, ...] = Field(description="Fragments.")


class DraftWording(BaseModel):
    """A wrong sentence and its right twin."""

    model_config = ConfigDict(frozen=True)

    wrong: str = Field(description="What somebody who believes it says.")
    right: str = Field(description="The same, put right.")


class DraftMisconception(BaseModel):
    """A proposed misconception."""

    model_config = ConfigDict(frozen=True)

    contradicts: str = Field(description="The id of the point it contradicts.")
    claim: str = Field(description="The wrong statement.")
    wordings: tuple[DraftWording, ...] = Field(description="Two.")
    correction: str = Field(description="What is right.")


class DraftedQuestion(BaseModel):
    """The model's reply."""

    model_config = ConfigDict(frozen=True)

    points: tuple[DraftPoint, ...] = Field(description="Four to seven.")
    misconceptions: tuple[DraftMisconception, ...] = Field(description="One a core point at least.")


async def propose(
    model: LanguageModel, prompts: Prompts, *, kind: str, level: str, prompt: str, model_answer: str
) -> dict[str, Any]:
    """``points`` and ``misconceptions`` of a question file, to be edited by the author.

    Args:
        model: Proposes.
        prompts: Holds the ``draft-question*`` templates.
        kind: Of the question.
        level: Of the question.
        prompt: What is asked.
        model_answer: What the points are taken from.

    Raises:
        ModelError: The model did not reply.
    """
    turn = {"prompt": prompt, "model_answer": model_answer}
    done = await model.complete(
        (
            Message("system", prompts.render("draft-question", {"kind": kind, "level": level})),
            Message("user", prompts.render("draft-question-turn", turn)),
        ),
        DraftedQuestion,
    )
    return _fields(done.value)


def _fields(draft: DraftedQuestion) -> dict[str, Any]:
    """The reply as fields of a file; what contradicts no point is left out."""
    named = list(zip(_names([item.id for item in draft.points]), draft.points, strict=True))
    asked = {item.id: name for name, item in named}
    points = [
        {
            "id": name,
            "tier": item.tier,
            "claim": _line(item.claim),
            "phrasings": {
                style: [_line(text) for text in getattr(item, style) if text.strip()]
                for style in ("written", "spoken", "terse")
            },
            "hint": _line(item.hint),
        }
        for name, item in named
    ]
    about = [item for item in draft.misconceptions if item.contradicts in asked]
    names = _names([f"wrong-about-{asked[item.contradicts]}" for item in about])
    misconceptions = [
        {
            "id": name,
            "contradicts": asked[item.contradicts],
            "claim": _line(item.claim),
            "wordings": [
                {"wrong": _line(each.wrong), "right": _line(each.right)} for each in item.wordings
            ],
            "correction": _line(item.correction),
        }
        for name, item in zip(names, about, strict=True)
    ]
    return {"points": points, "misconceptions": misconceptions}


def _names(wanted: Sequence[str]) -> list[str]:
    """Ids as the bank has them, none twice."""
    names: list[str] = []
    for text in wanted:
        base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_NAME].rstrip("-") or "point"
        name, number = base, 2
        while name in names:
            name, number = f"{base}-{number}", number + 1
        names.append(name)
    return names


def _line(text: str) -> str:
    return " ".join(text.split()) or "TODO"
