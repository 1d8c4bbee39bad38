"""``interviewer eval report`` and ``interviewer eval public``: pages and public sets."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interviewer.cli.terminal import (
    AddBankOption,
    BankOption,
    JsonOption,
    open_parts,
    out,
    plain,
    print_json,
    print_line,
    print_note,
    quiet_stdout,
    working,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.status import Status

    from interviewer.evaluation.metrics import Interval
    from interviewer.evaluation.public import Result
    from interviewer.evaluation.public_sets import PublicSet

_FIGURES = {
    "pearson": "Pearson r",
    "rmse": "RMSE",
    "accuracy": "Accuracy",
    "qwk": "QWK",
    "macro_f1": "Macro-F1",
}


def report(
    *,
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run files of `interviewer eval run`.")
    ],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write.")] = (
        Path("report.html")
    ),
    show: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    bank: BankOption = None,
    add_bank: AddBankOption = None,
) -> None:
    """Write runs as one HTML page; runs of baselines are shown beside the others."""
    from interviewer.evaluation.report import write_report
    from interviewer.evaluation.results import read_run

    read = [read_run(path) for path in runs]
    with working("Drawing intervals"):
        write_report(target, read, open_parts(bank, add_bank).bank)
    print_note(f"Wrote {target}.")
    if show and not webbrowser.open(target.resolve().as_uri()):
        print_note("No browser could be opened.")


def public(
    *,
    data: Annotated[
        Path, typer.Option("--data", metavar="FOLDER", help="Where the sets' JSONL files lie.")
    ],
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Only this set; may be repeated.")
    ] = None,
    scorers: Annotated[
        list[str] | None, typer.Option("--scorer", help="Only this scorer; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure scorers on public human-graded sets, every question held out."""
    from interviewer.evaluation.public import SCORERS, evaluate, make_scorer, raters_agree
    from interviewer.evaluation.public_sets import SETS, load_set

    names = list(dict.fromkeys(sets or SETS))
    encoder = open_parts().encoder
    step = _Step()
    chosen = dict.fromkeys(scorers or SCORERS)
    made = {name: make_scorer(name, encoder, step.told) for name in chosen}
    loaded = {name: load_set(data, name) for name in names}
    found: dict[str, object] = {}
    for name, items in loaded.items():
        human = raters_agree(items, name)
        results = [human] if human else []
        for label, scorer in made.items():
            what = f"{SETS[name].title}: {label}"
            with quiet_stdout(), working(what) as line:
                step.begin(what, line)
                results.extend(evaluate(items, name, scorer, label))
        if as_json:
            found[name] = _plain(SETS[name], results)
        else:
            _print_set(SETS[name], results)
    if as_json:
        print_json(found)


class _Step:
    """Keeps the line of what is being done up to date, where there is one."""

    def __init__(self) -> None:
        """Nothing is being done yet."""
        self._what = ""
        self._line: Status | None = None

    def begin(self, what: str, line: object) -> None:
        """Something begins, shown in what ``working`` gave."""
        from rich.status import Status

        self._what = what
        self._line = line if isinstance(line, Status) else None

    def told(self, done: int, of: int) -> None:
        """So many answers are measured."""
        if self._line is not None:
            self._line.update(f"{self._what}, {done} of {of} answers")


def _plain(known: PublicSet, results: Sequence[Result]) -> dict[str, object]:
    return {
        "title": known.title,
        "source": known.source,
        "licence": known.licence,
        "rmse_scale": known.points,
        "results": [result.model_dump(mode="json") for result in results],
        "published": [item.model_dump(mode="json") for item in known.published],
    }


def _print_set(known: PublicSet, results: Sequence[Result]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("Scorer", "Measured on", "n"):
        table.add_column(title, overflow="fold", justify="right" if title == "n" else "left")
    for name, title in _FIGURES.items():
        points = f" of {known.points:g}" if name == "rmse" and known.points != 1 else ""
        table.add_column(title + points, no_wrap=True)
    for result in results:
        cells = [result.scorer, f"{result.split} ({result.questions} questions)", str(result.n)]
        cells += [_interval(getattr(result, name)) for name in _FIGURES]
        table.add_row(*(Text(plain(cell)) for cell in cells))
    for item in known.published:
        given = [f"{item.figures[name]:.2f}" if name in item.figures else "" for name in _FIGURES]
        table.add_row(*map(Text, (f"published: {item.system}", item.source, "", *given)))
    print_line(f"{known.title}: {known.source}, {known.licence}")
    out().print(table)
    print_line("")
    sys.stdout.flush()  # the next set may take minutes


def _interval(figure: Interval) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"
