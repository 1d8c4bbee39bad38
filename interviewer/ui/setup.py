"""The form that starts an interview: its HTML, and from what was filled in to a ``Plan``."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from interviewer.bank import Bank
from interviewer.errors import InterviewError
from interviewer.interview.session import Session
from interviewer.interview.target import MAX_BYTES, read_target
from interviewer.model import Difficulty, Kind, Mode, Plan, Role, Value
from interviewer.ui.render import count, render
from interviewer.ui.wire import Ask, Reply

MINUTES = (10, 15, 30, 45, 60)
"""Lengths on offer."""

MAX_TARGET = 20_000


class Problems(Value):
    """Why a form makes no plan: a message by field."""

    fields: dict[str, str]


def form(bank: Bank, *, sent_to: str | None = None) -> str:
    """The form, with what ``Plan`` takes when nothing is said.

    Args:
        bank: The questions.
        sent_to: The language model that a target text is sent to, if there is one.
    """
    words = bank.taxonomy
    counts = dict.fromkeys(words.topics, 0)
    for question in bank:
        counts[question.topic] = counts.get(question.topic, 0) + 1
    concept = words.kinds.get(Kind.CONCEPT)
    return render(
        "setup.html",
        plan=Plan(),
        roles=words.roles,
        levels=words.levels,
        topics=[(topic, words.topic_title(topic), counts[topic]) for topic in counts],
        minutes=MINUTES,
        questions=len(bank),
        minutes_each=concept.minutes if concept else 5,
        max_bytes=MAX_BYTES,
        sent_to=sent_to,
    )


def read(form: Mapping[str, str | list[str]], bank: Bank) -> Plan | Problems:
    """What was filled in, as a plan; or what to change, by field."""
    problems: dict[str, str] = {}
    topics = _many(form, "topics")
    known = {question.topic for question in bank} | set(bank.taxonomy.topics)
    if unknown := [topic for topic in topics if topic not in known]:
        problems["topics"] = f"The bank has no topic '{unknown[0]}'. Choose from the list."
    elif topics and not any(question.topic in topics for question in bank):
        problems["topics"] = "The bank has no question on these topics yet. Choose another one."
    target = _one(form, "target")
    if too_long := _too_long(target):
        problems["target"] = too_long
    minutes = _number(form, "minutes", range(5, 121))
    if minutes is None:
        problems["minutes"] = "Choose between 5 and 120 minutes."
    questions = _number(form, "questions", range(1, 21))
    if questions is None and _one(form, "questions").strip():
        problems["questions"] = "Give a number from 1 to 20, or leave it empty."
    try:
        role, level = Role(_one(form, "role")), Difficulty(_one(form, "level"))
        mode = Mode(_one(form, "mode"))
    except ValueError:
        problems["form"] = "Choose a role, a level and a mode."
    if problems or minutes is None:
        return Problems(fields=problems)
    return Plan(
        role=role,
        level=level,
        topics=tuple(dict.fromkeys(topics)),
        minutes=minutes,
        mode=mode,
        questions=questions,
        target=target.strip(),
    )


def errors(problems: Problems) -> dict[str, str]:
    """The messages for their slots; those of fields that are right are emptied."""
    names = ("form", "topics", "minutes", "questions", "target")
    return {f"error-{name}": render_error(problems.fields.get(name, "")) for name in names}


def render_error(message: str) -> str:
    """One message under its field."""
    return render("field_error.html", message=message) if message else ""


def read_file(ask: Ask) -> Reply:
    """The text of a chosen file for the target field, to be corrected there.

    A file that cannot be read changes nothing but the message under the field.
    """
    name = re.sub(r"[^\w .()+&,@-]", "_", ask.file_name).strip() or "The file"
    try:
        text = read_target(base64.b64decode(ask.file, validate=True), name)
    except InterviewError as error:
        return _refused(str(error))
    except binascii.Error:
        return _refused(f"'{name}' did not arrive whole. Choose it again, or paste its text.")
    words = count(len(text.split()), "word")
    found = render("target_found.html", name=name, words=words)
    slots = {"error-target": render_error(_too_long(text)), "target-found": found}
    return Reply(slots=slots, tell={"target": text})


def _refused(message: str) -> Reply:
    return Reply(slots={"error-target": render_error(message), "target-found": ""})


def _too_long(target: str) -> str:
    if len(target) <= MAX_TARGET:
        return ""
    return f"This text has {len(target):,} characters; {MAX_TARGET:,} fit. Leave out some of it."


def resume_offer(session: Session, bank: Bank) -> str:
    """The offer to go on with an interview that is not finished."""
    role = bank.taxonomy.roles.get(session.plan.role)
    title = role.title if role else session.plan.role.value
    return render("resume.html", session=session, role=title)


def _one(form: Mapping[str, str | list[str]], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else (value[0] if value else "")


def _many(form: Mapping[str, str | list[str]], name: str) -> list[str]:
    value = form.get(name, [])
    return [value] if isinstance(value, str) else list(value)


def _number(
    form: Mapping[str, str | list[str]],
    name: str,
    allowed: range,
) -> int | None:
    """A number of ``allowed``, or None."""
    text = _one(form, name).strip()
    number = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None
    return number if number in allowed else None
