"""``interviewer eval record``: keep a model's replies as judge, to be replayed offline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from interviewer.cli.terminal import BankOption, err, open_parts, plain, print_line, print_note
from interviewer.errors import EvaluationError, ModelError, SettingsError

if TYPE_CHECKING:
    from interviewer.evaluation.cases import Case
    from interviewer.evaluation.replies import RecordingModel
    from interviewer.wiring import Parts


def record(
    *,
    split: Annotated[
        Literal["test", "dev", "train"], typer.Option("--split", help="Which cases.")
    ] = "test",
    cases: Annotated[
        Path | None,
        typer.Option("--cases", metavar="DIR", help="Folder of train, dev and test.jsonl."),
    ] = None,
    replies: Annotated[
        Path | None,
        typer.Option("--replies", metavar="DIR", help="Where the replies are kept."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first so many cases.")
    ] = None,
    together: Annotated[
        int, typer.Option("--together", min=1, max=64, help="Calls at the same time.")
    ] = 4,
    bank: BankOption = None,
) -> None:
    """Have the judge's model read every case of a split, and keep its replies.

    What is kept already is not asked again, so a stopped run goes on where it was.
    Measure with them by `interviewer eval run --grader judge --grader combined`.
    """
    from interviewer.evaluation.cases import Split, load_split
    from interviewer.evaluation.replies import RecordingModel, file_of
    from interviewer.resources import evals_folder

    parts = open_parts(bank, grader="combined")
    model = parts.judge_model
    if model is None:
        raise SettingsError("No model judges. Set INTERVIEWER_MODEL or INTERVIEWER_JUDGE_MODEL.")
    folder = cases or evals_folder() / "cases"
    found = load_split(folder, Split(split))[:limit]
    if not found:
        raise EvaluationError(f"There is no case in {folder / split}.jsonl.")
    kept = replies or evals_folder() / "replies"
    recording = RecordingModel(model, kept)
    failed = _record(parts, recording, found, together)
    print_line(
        f"{len(found) - len(failed)} of {len(found)} cases of {split} have replies of "
        f"{model.name}, {recording.asked} asked now, in {file_of(kept, model.name)}."
    )
    for name, why in failed[:5]:
        print_note(f"{name}: {why}")
    if failed:
        print_note("Run the same command again to ask for those that are missing.")
        raise typer.Exit(1)


def _record(
    parts: Parts, recording: RecordingModel, cases: Sequence[Case], together: int
) -> list[tuple[str, str]]:
    """Judge every case; the ids of those that failed, and why."""
    from rich.progress import Progress

    from interviewer.grading import Judge, Section

    judge = Judge(recording, parts.prompts, samples=parts.settings.judge_samples)
    failed: list[tuple[str, str]] = []
    console = err()
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"Recording {plain(recording.name)}", total=len(cases))

        async def one(case: Case, room: asyncio.Semaphore) -> None:
            section = Section("question", case.asked(parts.bank), case.said())
            async with room:
                try:
                    await judge.judge([section])
                except ModelError as error:
                    failed.append((case.id, str(error)))
                progress.advance(task)

        async def all_of_them() -> None:
            room = asyncio.Semaphore(together)
            await asyncio.gather(*(one(case, room) for case in cases))

        parts.bridge.submit(all_of_them).result()
    return failed
