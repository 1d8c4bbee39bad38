"""A new question file: every field is there, and what is still to be written says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from interviewer.bank.load import Bank
from interviewer.errors import BankError
from interviewer.model import Difficulty, Kind, Role

TODO: Final = "TODO"
"""How a text begins that is still to be written; the lint finds it."""
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FIRST: Final = "# yaml-language-server: $schema=../bank.schema.json\n"
_WIDTH: Final = 100


def scaffold(
    *,
    question_id: str,
    topic: str,
    kind: Kind,
    level: Difficulty,
    roles: Sequence[Role],
    title: str,
    prompt: str,
    model_answer: str = "",
    parts: Sequence[str] = (),
    proposed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The fields of a new question, in the order of the file.

    Args:
        question_id: Its id.
        topic: Of the taxonomy.
        kind: What sort it is.
        level: How hard.
        roles: Who is asked.
        title: A few words.
        prompt: What is asked.
        model_answer: If it is written already.
        parts: What an answer of this kind has; each gets a point.
        proposed: ``points`` and ``misconceptions`` that exist already.
    """
    points = [_point(f"point-{part}", "core", part) for part in parts] or [
        _point("first-point", "core"),
        _point("second-point", "core"),
        _point("third-point", "depth"),
        _point("fourth-point", "depth"),
    ]
    misconceptions = [_misconception(item["id"]) for item in points if item["tier"] == "core"]
    found = dict(proposed or {})
    points = list(found.get("points", points))
    return {
        "id": question_id,
        "topic": topic,
        "kind": kind.value,
        "level": level.value,
        "roles": [role.value for role in roles],
        "title": title,
        "prompt": prompt,
        "rephrase": f"{TODO} the same question in other words.",
        "clarify": f"{TODO} what is in scope, giving nothing away.",
        "model_answer": model_answer or f"{TODO} 80 to 200 words as a strong candidate says them.",
        "points": points,
        "misconceptions": list(found.get("misconceptions", misconceptions)),
        "rubric": {
            "strong": f"{TODO} what a strong answer does.",
            "ok": f"{TODO} what a mediocre candidate says.",
            "weak": f"{TODO} what a weak answer does.",
        },
        "exemplars": [
            _exemplar("strong", "typed"),
            _exemplar("strong", "spoken"),
            _exemplar("ok", "typed"),
            _exemplar("ok", "spoken"),
            _exemplar("weak", "typed", "vague"),
            _exemplar("weak", "typed", "wrong"),
        ],
        "follow_ups": [
            _follow_up("first-follow-up", points[0]["id"]),
            _follow_up("second-follow-up", points[1]["id"]),
            _follow_up("extends", None),
        ],
        "references": [f"{TODO} author, title, venue and year; real ones only."],
    }


def write_question(fields: Mapping[str, Any], folder: Path, *, note: str = "") -> Path:
    """Write a new question file into a bank folder.

    Args:
        fields: As ``scaffold`` gives them.
        folder: The bank.
        note: A comment for the top of the file.

    Raises:
        BankError: There is such a file already, or it cannot be written.
    """
    path = folder / str(fields["topic"]) / f"{fields['id']}.yaml"
    head = _FIRST + "".join(f"# {line}\n" for line in note.splitlines())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(head + _dump(fields))
    except FileExistsError as error:
        raise BankError(f"There is a file '{path}' already. Choose another id.") from error
    except OSError as error:
        raise BankError(
            f"'{path}' cannot be written ({error.strerror}). Choose another folder with --into."
        ) from error
    return path


def why_no_id(question_id: str, bank: Bank) -> str | None:
    """Why a new question cannot have this id, or None."""
    if not _ID.fullmatch(question_id) or len(question_id) > 80:  # noqa: PLR2004 - as in the model
        return "An id is lower-case words joined by hyphens, such as k-means-clustering."
    if question_id in bank:
        return f"There is a question '{question_id}' already."
    return None


def _point(name: str, tier: str, part: str | None = None) -> dict[str, Any]:
    point: dict[str, Any] = {"id": name}
    if part:
        point["part"] = part
    return point | {
        "tier": tier,
        "claim": f"{TODO} one full sentence that says one thing.",
        "phrasings": {
            "written": [f"{TODO} a careful sentence."],
            "spoken": [f"{TODO} as it is said aloud, lower case, no punctuation"],
            "terse": [f"{TODO} an expert's fragment."],
        },
        "hint": f"{TODO} a nudge that gives nothing away.",
    }


def _misconception(point: str) -> dict[str, Any]:
    return {
        "id": f"wrong-about-{point}",
        "contradicts": point,
        "claim": f"{TODO} what people really get wrong.",
        "wordings": [
            {"wrong": f"{TODO} a wrong sentence {number}", "right": f"{TODO} the same put {number}"}
            for number in ("one", "two")
        ],
        "correction": f"{TODO} what is right.",
    }


def _exemplar(level: str, manner: str, flaw: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"level": level, "manner": manner}
    if flaw:
        found["flaw"] = flaw
    name = flaw or level
    return found | {
        "answer": f"{TODO} a {name} answer, {manner}, in a voice of its own",
        "why": f"{TODO} what decides the level.",
    }


def _follow_up(name: str, probes: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": name, "ask": f"{TODO} a second question?"}
    if probes:
        found["probes"] = [probes]
    points = [_point(f"{name}-core", "core"), _point(f"{name}-depth", "depth")]
    for point in points:
        del point["hint"]
    return found | {"model_answer": f"{TODO} 25 to 140 words.", "points": points}


class _Dumper(yaml.SafeDumper):
    """Long texts in folded blocks, lists under their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as in the library
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = ">" if len(text) > _WIDTH - 20 else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _dump(fields: Mapping[str, Any]) -> str:
    return yaml.dump(
        dict(fields), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
