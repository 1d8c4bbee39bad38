"""``interviewer eval``: measure graders, compare runs, hold the gate."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from interviewer.cli import eval_record, eval_report
from interviewer.cli import eval_tables as tables
from interviewer.cli.eval_progress import following, resumable
from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    JsonOption,
    open_parts,
    print_json,
    print_note,
    quiet_stdout,
)
from interviewer.errors import EvaluationError

if TYPE_CHECKING:
    from interviewer.evaluation.gate import Baseline
    from interviewer.evaluation.metrics import Interval
    from interviewer.evaluation.results import Row, Run
    from interviewer.evaluation.suite import Suite

app = typer.Typer(help="Measure graders on labelled answers.", no_args_is_help=True)

_BESIDE = ("majority", "length")
"""Baselines that every table has."""
_GATED = ("dev", "test")

SplitName = Literal["test", "dev", "train"]
CasesOption = Annotated[
    Path | None,
    typer.Option("--cases", metavar="DIR", help="Folder of train, dev and test.jsonl."),
]
CacheOption = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep grades, and use those kept.")
]
JudgeOption = Annotated[
    str | None,
    typer.Option("--judge", metavar="MODEL", help="Whose recorded replies judge."),
]
RepliesOption = Annotated[
    Path | None, typer.Option("--replies", metavar="DIR", help="Folder of recorded replies.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of attacks and intervals.")]


@app.command("run")
def run(
    *,
    grader: Annotated[
        list[str] | None,
        typer.Option("--grader", metavar="NAME", help="What to measure; may be given again."),
    ] = None,
    split: Annotated[SplitName, typer.Option("--split", help="Which cases.")] = "test",
    cases: CasesOption = None,
    target: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the run files go.")
    ] = Path("runs"),
    cache: CacheOption = True,
    seed: SeedOption = 0,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first so many cases.")
    ] = None,
    attacks: Annotated[
        bool | None,
        typer.Option(
            "--attacks/--no-attacks",
            help="Attack it too; unless said, all but baselines and replayed graders are.",
        ),
    ] = None,
    judge: JudgeOption = None,
    replies: RepliesOption = None,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grade every case of a split; a stopped run goes on where it was.

    Writes OUT/<grader>-<split>.json and prints every figure with its 95 % interval over
    questions, beside the majority level, answer length alone and the second labeller.
    """
    from interviewer.evaluation.cases import Split
    from interviewer.evaluation.graders import BASELINES, REPLAYED

    names = tuple(dict.fromkeys(grader or ["embedded"]))
    wanted = Split(split)
    suite = _open_suite(cases, bank, add_bank, cache=cache, seed=seed, judge=judge, replies=replies)
    answers = suite.cases(wanted, limit=limit)
    runs: dict[str, Run] = {}
    with resumable(suite) as check, quiet_stdout():
        graders = {name: suite.grader(name) for name in (*names, *_BESIDE)}
        for name, made in graders.items():
            quiet = (*BASELINES, *REPLAYED)
            attacked = name in names and (name not in quiet if attacks is None else attacks)
            with following(name, check) as follow:
                runs[name] = suite.measure(made, answers, wanted, attacks=attacked, follow=follow)
    files = {name: target / f"{name}-{split}.json" for name in names}
    for name, path in files.items():
        _write(path, runs[name])
    if as_json:
        print_json(_as_json(runs, files))
    else:
        _print_runs(runs, names)
        for path in files.values():
            print_note(f"Wrote {path}.")


def _open_suite(
    cases: Path | None,
    bank: Path | None,
    add_bank: Path | None,
    *,
    cache: bool,
    seed: int,
    judge: str | None = None,
    replies: Path | None = None,
) -> Suite:
    from interviewer.evaluation.suite import Suite
    from interviewer.resources import evals_folder

    parts = open_parts(bank, add_bank)
    folder = cases or evals_folder() / "cases"
    if not folder.is_dir():
        raise EvaluationError(
            f"There is no folder of cases at '{folder}'. Give the path of a folder with --cases."
        )
    kept = parts.settings.cache_dir / "eval" if cache else None
    return Suite.open(
        folder, parts.bank, parts.encoder, cache=kept, seed=seed, judge=judge, replies=replies
    )


def _write(path: Path, made: Run) -> None:
    from interviewer.evaluation.results import write_run

    try:
        write_run(path, made)
    except OSError as error:
        raise EvaluationError(
            f"The run cannot be written to {path} ({error.strerror}). "
            "Choose another folder with --out; the grades are kept if the cache is on."
        ) from error


def _style(row: Row) -> str:
    return row.style


def _topic(row: Row) -> str:
    return row.topic


def _human(rows: tuple[Row, ...], seed: int) -> tuple[int, dict[str, Interval]]:
    """The second labeller against the author: the ceiling of agreement."""
    from interviewer.evaluation.figures import figures
    from interviewer.evaluation.metrics import second_labels

    seen = second_labels(rows)
    return len(seen), figures(seen, seed=seed)


def _print_runs(runs: dict[str, Run], names: tuple[str, ...]) -> None:
    from interviewer.evaluation.figures import figures
    from interviewer.evaluation.metrics import summarise

    first = runs[names[0]]
    found = {name: figures(made.rows, seed=made.info.seed) for name, made in runs.items()}
    rows = [(name, len(made.rows), found[name]) for name, made in runs.items()]
    human = _human(first.rows, first.info.seed)
    tables.print_leading([*rows, ("second labeller", *human)])
    if not human[0]:
        print_note("These cases have no second label, so there is no row for a second labeller.")
    tables.print_head(f"{first.info.split}: [low, high] is the 95 % interval over questions.")
    tables.print_rest(
        (name, found[name], summarise(runs[name].rows).seconds_median) for name in names
    )
    for name in names:
        tables.print_head(name)
        tables.print_groups("Style", tables.group_rows(runs[name], _style), kappa=False)
        tables.print_groups("Topic", tables.group_rows(runs[name], _topic), kappa=True)
        if runs[name].probes:
            tables.print_families(runs[name])


def _as_json(runs: dict[str, Run], files: dict[str, Path]) -> dict[str, Any]:
    from interviewer.evaluation.figures import figures

    first = next(iter(runs.values()))
    n, ceiling = _human(first.rows, first.info.seed)
    return {
        "split": first.info.split,
        "n": len(first.rows),
        "graders": {name: _measured(runs[name], path) for name, path in files.items()},
        "beside": {
            name: {
                "n": len(runs[name].rows),
                "figures": _plain(figures(runs[name].rows, seed=first.info.seed)),
            }
            for name in _BESIDE
        },
        "human_ceiling": {
            "n": n,
            "figures": _plain({name: ceiling[name] for name in tables.LEADING}),
        },
    }


def _measured(made: Run, path: Path) -> dict[str, Any]:
    from interviewer.evaluation.figures import figures
    from interviewer.evaluation.metrics import summarise

    groups = {"styles": _style, "topics": _topic}
    seed = made.info.seed
    found: dict[str, Any] = {
        "file": str(path),
        "figures": _plain(figures(made.rows, seed=seed)),
        "summary": summarise(made.rows, seed=seed).model_dump(mode="json"),
    }
    for name, by in groups.items():
        found[name] = [
            row | _plain({key: row[key] for key in ("accuracy", "qwk")})
            for row in tables.group_rows(made, by)
        ]
    if made.probes:
        from interviewer.evaluation.attacks import families

        found["families"] = [
            item.model_dump(mode="json") for item in families(made.probes, seed=seed)
        ]
    return found


def _plain(held: dict[str, Interval]) -> dict[str, Any]:
    return {name: item.model_dump(mode="json") for name, item in held.items()}


@app.command("compare")
def compare(
    *,
    first: Annotated[Path, typer.Argument(metavar="A.json", help="The run that was.")],
    second: Annotated[Path, typer.Argument(metavar="B.json", help="The run that is.")],
    common: Annotated[
        bool, typer.Option("--common", help="Only the cases that are the same in both.")
    ] = False,
    changes: Annotated[
        int, typer.Option("--changes", min=0, help="Show at most so many changed answers.")
    ] = 40,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs on the same cases: differences, their intervals, changed answers."""
    from interviewer.evaluation.compare import compare as compared
    from interviewer.evaluation.results import read_run

    found = compared(read_run(first), read_run(second), common=common, seed=seed)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        tables.print_comparison(found, shown=changes)


@app.command("gate")
def gate(
    *,
    made: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN.json]...", help="Runs; without any, they are made."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="FILE", help="What is committed: evals/baselines/embedded.json."
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write the baseline from the runs.")
    ] = False,
    cases: CasesOption = None,
    cache: CacheOption = True,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a grader against its baseline; exit code 1 when something became worse.

    Without a run, the baseline's grader is measured on the splits it has bounds for.
    """
    from interviewer.evaluation import gate as gates
    from interviewer.evaluation.results import read_run
    from interviewer.resources import evals_folder

    path = baseline or evals_folder() / "baselines" / "embedded.json"
    held = None if update and not path.exists() else gates.read_baseline(path)
    grader = held.grader if held else path.stem
    if made:
        runs = [read_run(item) for item in made]
    else:
        splits = sorted({bound.split for bound in held.bounds}) if held and not update else _GATED
        suite = _open_suite(cases, bank, add_bank, cache=cache, seed=0)
        runs = _gated_runs(suite, grader, splits)
    splits = [item.info.split for item in runs]
    if len(set(splits)) < len(splits):
        raise EvaluationError("Two of the runs are on the same split. Give one a split.")
    if update or held is None:
        after = gates.updated(held, runs, grader=grader)
        gates.write_baseline(path, after)
        _print_update(held, after, as_json=as_json)
        print_note(f"Wrote {path}.")
        _print_ungated(after, runs, "its interval needs two questions")
    elif not _hold(held, runs, as_json=as_json):
        raise typer.Exit(1)


def _print_update(before: Baseline | None, after: Baseline, *, as_json: bool) -> None:
    if as_json:
        print_json(after.model_dump(mode="json"))
    elif not tables.print_changes(before, after):
        print_note("No bound changed.")


def _hold(held: Baseline, runs: list[Run], *, as_json: bool) -> bool:
    """Check every run against the baseline; whether all bounds hold."""
    from interviewer.evaluation.gate import check

    checks = [item for made in runs for item in check(held, made)]
    failed = sum(item.failure is not None for item in checks)
    if as_json:
        rows = [item.model_dump(mode="json") for item in checks]
        print_json({"passed": not failed, "tolerance": held.tolerance, "checks": rows})
    else:
        tables.print_checks(checks)
        tables.print_head(
            f"{len(checks) - failed} of {len(checks)} bounds hold, tolerance {held.tolerance}."
        )
    _print_ungated(held, runs, "add it with --update")
    for split in sorted({item.split for item in held.bounds} - {item.info.split for item in runs}):
        print_note(f"The bounds on {split} were not checked: no run of it was given.")
    return not failed


def _print_ungated(held: Baseline, runs: list[Run], why: str) -> None:
    from interviewer.evaluation.gate import ungated

    for made in runs:
        if new := ungated(held, made):
            print_note(f"No bound on {made.info.split} for {', '.join(new)}: {why}.")


def _gated_runs(suite: Suite, grader: str, splits: Iterable[str]) -> list[Run]:
    from interviewer.evaluation.cases import Split

    runs = []
    with resumable(suite) as check, quiet_stdout():
        under_test = suite.grader(grader)
        for name in splits:
            split = Split(name)
            with following(f"{grader}, {name}", check) as follow:
                runs.append(
                    suite.measure(
                        under_test, suite.cases(split), split, attacks=True, follow=follow
                    )
                )
    return runs


app.command("record")(eval_record.record)
app.command("report")(eval_report.report)
app.command("public")(eval_report.public)
