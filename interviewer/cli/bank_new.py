"""``interviewer bank new``: begin a question, asking in the terminal for what was not given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interviewer.cli.terminal import (
    BankOption,
    open_parts,
    plain,
    print_line,
    print_note,
    quiet_stdout,
    working,
)
from interviewer.errors import BankError
from interviewer.model import Difficulty, Kind, Role

if TYPE_CHECKING:
    from interviewer.wiring import Parts


def new(
    *,
    question_id: Annotated[str | None, typer.Argument(help="Its id, such as k-means.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="A topic of the taxonomy.")] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="What sort it is.")] = None,
    level: Annotated[Difficulty | None, typer.Option("--level", help="How hard it is.")] = None,
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="Who is asked; may be repeated.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="A few words for lists.")] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", help="What is asked.")] = None,
    model_answer: Annotated[
        str | None, typer.Option("--model-answer", help="How a strong candidate answers it.")
    ] = None,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Have the model propose points and misconceptions to edit."),
    ] = False,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="The bank folder to write into.")
    ] = None,
    bank: BankOption = None,
) -> None:
    """Begin a question file; what is not given is asked for."""
    from interviewer.bank.scaffold import scaffold, why_no_id, write_question
    from interviewer.resources import bank_folder

    parts = open_parts(bank)
    taxonomy = parts.bank.taxonomy
    if draft and parts.judge_model is None:
        raise BankError(
            "No language model is set, so nothing can be drafted. Set INTERVIEWER_MODEL, or leave "
            "out --draft."
        )
    name = _ask("Id", question_id, lambda text: why_no_id(text, parts.bank))
    chosen = _ask("Topic", topic, _one_of(taxonomy.topics))
    sort = Kind(_ask("Kind", kind, _one_of(Kind), default=Kind.CONCEPT.value))
    hard = Difficulty(_ask("Level", level, _one_of(Difficulty), default="intermediate"))
    heading = _ask("Title", title, _some)
    asked = _ask("What is asked", prompt, _some)
    answer = model_answer or ""
    if draft:
        answer = _ask("Model answer", model_answer, _some)
    proposed = _proposed(parts, sort, hard, asked, answer) if draft else None
    entry = taxonomy.kinds.get(sort)
    fields = scaffold(
        question_id=name,
        topic=chosen,
        kind=sort,
        level=hard,
        roles=role or list(Role),
        title=heading,
        prompt=asked,
        model_answer=answer,
        parts=entry.parts if entry else (),
        proposed=proposed,
    )
    note = ""
    if draft and parts.judge_model is not None:
        note = f"Points and misconceptions are a draft by {parts.judge_model.name}: check each."
    folder = into or parts.settings.bank or bank_folder()
    print_line(str(write_question(fields, folder, note=note)))
    print_note("Write what says TODO, then run: interviewer bank lint")


def _proposed(
    parts: Parts, kind: Kind, level: Difficulty, prompt: str, answer: str
) -> dict[str, Any] | None:
    from interviewer.bank.draft import propose

    model = parts.judge_model
    if model is None:
        return None
    with quiet_stdout(), working("Drafting"):
        return parts.bridge.submit(
            propose,
            model,
            parts.prompts,
            kind=kind.value,
            level=level.value,
            prompt=prompt,
            model_answer=answer,
        ).result()


def _ask(
    what: str,
    given: str | None,
    why_not: Callable[[str], str | None],
    *,
    default: str | None = None,
) -> str:
    """What was given, or what is typed; asked again until it will do.

    Raises:
        BankError: What was given on the command line will not do.
    """
    if given is not None:
        if why := why_not(str(given)):
            raise BankError(why)
        return str(given)
    while True:
        text = str(typer.prompt(what, default=default, err=True)).strip()
        why = why_not(text)
        if why is None:
            return text
        print_note(plain(why))


def _one_of(words: Sequence[str] | Any) -> Callable[[str], str | None]:  # noqa: ANN401 - an enum or a mapping
    known = [str(word) for word in words]
    return lambda text: None if text in known else f"Choose one of: {', '.join(known)}."


def _some(text: str) -> str | None:
    return None if text.strip() else "Write something."
