"""``interviewer bank``: look into a bank; ``lint`` and ``new`` are beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interviewer.cli.bank_lint import lint
from interviewer.cli.bank_new import new
from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    JsonOption,
    many,
    open_parts,
    out,
    plain,
    print_json,
    print_line,
    print_note,
    quiet_stdout,
    working,
)
from interviewer.errors import BankError
from interviewer.model import Difficulty, Kind, Question, Role

if TYPE_CHECKING:
    from interviewer.bank import Bank

app = typer.Typer(help="List, search, check and begin questions.", no_args_is_help=True)
app.command("new")(new)
app.command("lint")(lint)

TopicOption = Annotated[str | None, typer.Option("--topic", help="Only this topic.")]
KindOption = Annotated[Kind | None, typer.Option("--kind", help="Only this kind.")]
LevelOption = Annotated[Difficulty | None, typer.Option("--level", help="Only this level.")]
RoleOption = Annotated[Role | None, typer.Option("--role", help="Only for this role.")]


def _summary(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "title": question.name,
        "prompt": question.prompt,
        "topic": question.topic,
        "kind": question.kind.value,
        "level": question.level.value,
        "roles": [role.value for role in question.roles],
    }


def _print_table(rows: Iterable[dict[str, Any]], columns: dict[str, str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns.values():
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(str(row[key]))) for key in columns))
    out().print(table)


@app.command("list")
def list_questions(
    *,
    topic: TopicOption = None,
    kind: KindOption = None,
    level: LevelOption = None,
    role: RoleOption = None,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the questions."""
    questions = open_parts(bank, add_bank).bank
    topics = dict.fromkeys((*questions.taxonomy.topics, *(item.topic for item in questions)))
    if topic and topic not in topics:
        raise BankError(f"There is no topic '{topic}'. The topics are: {', '.join(topics)}.")
    rows = [
        _summary(question)
        for question in questions
        if topic in (None, question.topic)
        and kind in (None, question.kind)
        and level in (None, question.level)
        and (role is None or role in question.roles)
    ]
    if as_json:
        print_json(rows)
    elif rows:
        columns = {"id": "Id", "title": "Title", "topic": "Topic", "kind": "Kind", "level": "Level"}
        _print_table(rows, columns)
    else:
        print_note("No question fits.")


@app.command()
def show(
    *,
    question_id: Annotated[str, typer.Argument(help="The question's id.")],
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a question with its model answer, points, rubric and follow-ups."""
    question = open_parts(bank, add_bank).bank[question_id]
    if as_json:
        print_json(question.model_dump(mode="json"))
    else:
        _print_question(question)


def _print_question(question: Question) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console = out()

    def section(title: str, *texts: str) -> None:
        console.print(Text(title, style="bold"))
        for text in texts:
            console.print(Padding(Text(plain(text)), (0, 0, 0, 2)))
        console.print()

    console.print(Text(plain(question.name), style="bold cyan"))
    about = (question.id, question.topic, question.kind.value, question.level.value)
    console.print(Text(" · ".join(about), style="dim"), end="\n\n")
    section("Question", question.prompt)
    section("Model answer", question.model_answer)
    if question.points:
        section("Points", *(f"{point.tier:5}  {point.claim}" for point in question.points))
    if question.misconceptions:
        said = (f"{item.claim}\n  → {item.correction}" for item in question.misconceptions)
        section("Misconceptions", *said)
    if question.rubric:
        levels = question.rubric.model_dump().items()
        section("Rubric", *(f"{name.capitalize()}: {text}" for name, text in levels))
    if question.follow_ups:
        asked = enumerate(question.follow_ups, start=1)
        section("Follow-ups", *(f"{number}. ({item.id}) {item.ask}" for number, item in asked))


@app.command()
def search(
    *,
    query: Annotated[list[str], typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 10,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find questions by meaning."""
    parts = open_parts(bank, add_bank)
    with quiet_stdout(), working("Searching"):
        hits = parts.index.search(" ".join(query), limit)
    rows = [
        _summary(parts.bank[hit.question_id])
        | {"score": round(hit.score, 4), "matched": hit.matched, "text": hit.text}
        for hit in hits
    ]
    if as_json:
        print_json(rows)
    elif rows:
        shown = [row | {"score": f"{row['score']:.2f}"} for row in rows]
        columns = {"score": "Score", "id": "Id", "topic": "Topic", "text": "Nearest text"}
        _print_table(shown, columns)
    else:
        print_note("Nothing found. Give some words to look for.")


@app.command()
def stats(
    *, bank: BankOption = None, add_bank: AddBankOption = None, as_json: JsonOption = False
) -> None:
    """Count questions by topic, kind, level and role."""
    counts = _stats(open_parts(bank, add_bank).bank)
    if as_json:
        print_json(counts)
        return
    for name in ("questions", "follow_ups", "points"):
        print_line(f"{counts[name]} {name.replace('_', '-')}")
    for name in ("topics", "kinds", "levels", "roles"):
        out().print()
        rows = [{"name": key, "count": count} for key, count in counts[name].items()]
        _print_table(rows, {"name": name.capitalize(), "count": "Questions"})


def _stats(bank: Bank) -> dict[str, Any]:
    """Counts; every word of the taxonomy is there, and every topic in use."""
    words = bank.taxonomy
    topics = Counter(question.topic for question in bank)
    kinds = Counter(question.kind for question in bank)
    levels = Counter(question.level for question in bank)
    roles = Counter(role for question in bank for role in question.roles)
    return {
        "questions": len(bank),
        "follow_ups": sum(len(question.follow_ups) for question in bank),
        "points": sum(len(question.points) for question in bank),
        "topics": {topic: topics[topic] for topic in dict.fromkeys((*words.topics, *topics))},
        "kinds": {kind.value: kinds[kind] for kind in Kind},
        "levels": {level.value: levels[level] for level in Difficulty},
        "roles": {role.value: roles[role] for role in Role},
        "hash": bank.hash,
    }


@app.command()
def coverage(
    *,
    topics: Annotated[
        Path | None,
        typer.Argument(help="CSV with id, topic and questions; the shipped syllabus by default."),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option("--texts", help="CSV with id and topic: other words for the same topics."),
    ] = None,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for every topic of a syllabus; exit code 1 when one is not among the first two hits."""
    from interviewer.bank.coverage import WITHIN, cover, read_topics
    from interviewer.resources import bank_folder

    parts = open_parts(bank, add_bank)
    wanted = read_topics(topics or bank_folder() / "topics.csv", texts)
    with quiet_stdout(), working("Searching"):
        found = cover(wanted, parts.bank, parts.index)
    missed = [item for item in found if not item.found]
    rows: list[dict[str, Any]] = [
        {
            "id": item.topic.id,
            "topic": item.topic.text,
            "questions": " ".join(item.topic.questions),
            "rank": item.rank,
            "hits": " ".join(item.hits[:3]),
        }
        for item in (found if as_json else missed)
    ]
    first = sum(item.rank == 1 for item in found)
    if as_json:
        counts = {"topics": len(found), "first": first, "found": len(found) - len(missed)}
        print_json(counts | {"rows": rows})
    else:
        if rows:
            columns = {"topic": "Topic", "questions": "Wanted", "rank": "Rank", "hits": "Hits"}
            _print_table(rows, columns)
        print_line(
            f"{len(found) - len(missed)} of {many(len(found), 'topic')} among the first {WITHIN} "
            f"hits, {first} the first"
        )
    if missed:
        raise typer.Exit(1)


@app.command()
def schema(
    *,
    write: Annotated[bool, typer.Option("--write", help="Write it into the bank folder.")] = False,
    bank: BankOption = None,
) -> None:
    """Print the JSON Schema of a question file."""
    from interviewer.bank.schema import question_schema, write_schema
    from interviewer.resources import bank_folder

    if not write:
        print_line(question_schema().rstrip("\n"))
        return
    folder = open_parts(bank).settings.bank or bank_folder()
    try:
        print_note(f"Wrote {write_schema(folder)}.")
    except OSError as error:
        raise BankError(
            f"The schema cannot be written into '{folder}' ({error.strerror})."
        ) from error


@app.command()
def vectors(
    *,
    write: Annotated[bool, typer.Option("--write", help="Write the missing ones too.")] = False,
) -> None:
    """Say how much of the shipped bank's search index is ready made, or make it.

    Vectors in the bank's folder spare a fresh machine the time to encode every text.
    """
    from interviewer.bank.vectors import SHIPPED_FILE, count_missing, write_vectors
    from interviewer.resources import bank_folder

    parts = open_parts(bank_folder())
    path, texts = bank_folder() / SHIPPED_FILE, parts.index.texts
    if not write:
        missing = count_missing(path, texts, parts.encoder.name)
        print_line(f"{len(set(texts)):,} texts, {missing:,} without a vector.")
        return
    try:
        print_note(f"Wrote {write_vectors(path, texts, parts.encoder):,} vectors to {path}.")
    except OSError as error:
        raise BankError(f"'{path}' cannot be written ({error.strerror}).") from error
