"""The report page: runs as one HTML file that needs nothing else.

What it shows is gathered here as plain values; the template only lays them out.
Answers are strangers' text: everything is escaped by the template, nothing is put
together in the browser, and the page's own policy forbids every connection and
every script but its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from interviewer import __version__
from interviewer.bank import Bank
from interviewer.errors import EvaluationError
from interviewer.evaluation import metrics
from interviewer.evaluation.attacks import Family, families
from interviewer.evaluation.beside import length_beside, majority_beside
from interviewer.evaluation.graders import BASELINES
from interviewer.evaluation.metrics import Interval, Summary
from interviewer.evaluation.results import ProbeRow, Row, Run, RunInfo
from interviewer.evaluation.wrong import WrongAnswer, wrong_answers

ASSETS = Path(__file__).resolve().parent / "assets"
HELD_LINE = 0.95
"""What an attack or invariance family should reach."""


@dataclass(frozen=True)
class Line:
    """One grader in a panel of headline figures."""

    name: str
    role: str
    """run, other, baseline or human: how it is drawn."""
    figure: Interval


@dataclass(frozen=True)
class Panel:
    """One headline figure with everything it should be seen beside."""

    title: str
    about: str
    lines: tuple[Line, ...]
    low: float
    """Where the axis begins; it ends at 1."""


@dataclass(frozen=True)
class Group:
    """Answers that have something in common."""

    name: str
    figure: Interval
    too_high: int
    too_low: int


@dataclass(frozen=True)
class FamilyView:
    """An attack or invariance family, with the probes that did not hold."""

    family: Family
    figure: Interval
    fell: tuple[ProbeRow, ...]


@dataclass(frozen=True)
class RunView:
    """Everything the page shows of one run."""

    info: RunInfo
    summary: Summary
    human: Summary
    panels: tuple[Panel, ...]
    twins: Interval
    fluent_wrong: Interval
    """Share of fluent but wrong answers called strong."""
    groups: tuple[tuple[str, tuple[Group, ...]], ...]
    families: tuple[FamilyView, ...]
    wrong: tuple[WrongAnswer, ...]
    questions: int
    note: str | None
    """What a reader must know about the rows beside it."""


def write_report(path: Path, runs: Sequence[Run], bank: Bank | None = None) -> None:
    """Write the page of some runs.

    Args:
        path: The file; it appears whole or not at all.
        runs: Shown in this order.
        bank: Gives prompts and claims their words, for runs made with this very bank.

    Raises:
        EvaluationError: There is nothing to show, or the file cannot be written.
    """
    page = render_report(runs, bank)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(page, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be written ({error.strerror}).") from error


def render_report(runs: Sequence[Run], bank: Bank | None = None) -> str:
    """The page of some runs as HTML.

    Raises:
        EvaluationError: There is no run, or a run has no rows.
    """
    if not runs:
        raise EvaluationError("There is no run to report. Make one with `interviewer eval run`.")
    for run in runs:
        if not run.rows:
            raise EvaluationError(
                f"The run of '{run.info.grader}' on {run.info.split} has no answers. "
                "Make it again with `interviewer eval run`."
            )
    style, script = _asset("report.css"), _asset("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            views=[view(run, runs, bank) for run in _subjects(runs)],
            style=style,
            script=script,
            policy=_policy(style, script),
            levels=metrics.LEVELS,
            held_line=HELD_LINE,
            version=__version__,
        )
        .strip()
        + "\n"
    )


def _subjects(runs: Sequence[Run]) -> Sequence[Run]:
    """The runs that get a section: all but baselines, unless there is nothing else."""
    return [run for run in runs if run.info.grader not in BASELINES] or runs


def view(run: Run, runs: Sequence[Run], bank: Bank | None = None) -> RunView:
    """What the page shows of one run.

    Args:
        run: With at least one row.
        runs: All that are reported; those on the same cases are shown beside it.
        bank: See ``write_report``.
    """
    rows, seed = run.rows, run.info.seed
    summary = metrics.summarise(rows, seed=seed)
    human = metrics.human_ceiling(rows, seed=seed)
    cases = {row.case for row in rows}
    others = [other for other in runs if other is not run and _cases(other) == cases]
    beside, missing = _beside(run, others)
    lines = [(_name(run, others), "run", summary), *beside]
    if human.n:
        lines.append(("second labeller", "human", human))
    words = bank if bank is not None and bank.hash == run.info.bank_hash else None
    return RunView(
        info=run.info,
        summary=summary,
        human=human,
        panels=_panels(lines),
        twins=metrics.twins_differ(rows),
        fluent_wrong=metrics.fluent_wrong_strong(rows, seed=seed),
        groups=_groups(rows, seed),
        families=_families(run),
        wrong=wrong_answers(rows, words),
        questions=len({row.question for row in rows}),
        note=_note(missing, human),
    )


def _cases(run: Run) -> set[str]:
    return {row.case for row in run.rows}


def _name(run: Run, others: Iterable[Run]) -> str:
    """The grader's name, told from another run of the same grader by what made it."""
    if any(other.info.grader == run.info.grader for other in others):
        return f"{run.info.grader} ({run.info.commit or run.info.identity[:7]})"
    return run.info.grader


def _beside(run: Run, others: Sequence[Run]) -> tuple[list[tuple[str, str, Summary]], list[str]]:
    """Other runs on the same cases, and baselines: those given, else made from the rows."""
    seed, compared = run.info.seed, [run, *others]
    lines = [
        (
            _name(other, [item for item in compared if item is not other]),
            "baseline" if other.info.grader in BASELINES else "other",
            metrics.summarise(other.rows, seed=seed),
        )
        for other in others
    ]
    given = {item.info.grader for item in compared}
    missing = []
    for name, make in (("majority", majority_beside), ("length", length_beside)):
        if name not in given and (made := make(run.rows)):
            lines.append((name, "baseline", metrics.summarise(made, seed=seed)))
            missing.append(name)
    return sorted(lines, key=lambda line: line[1] == "baseline"), missing


def _note(made: Sequence[str], human: Summary) -> str | None:
    notes = []
    if made:
        notes.append(
            f"{' and '.join(made).capitalize()} saw the labels of this run's other questions, "
            "never those of the question they grade; report their run files too to see them "
            "fitted on the train split."
        )
    if human.n:
        notes.append(
            f"The second labeller graded {human.n} of the answers and is measured against the "
            "author: no grader need exceed that."
        )
    return " ".join(notes) or None


def _panels(lines: Sequence[tuple[str, str, Summary]]) -> tuple[Panel, ...]:
    def panel(title: str, about: str, figure: Callable[[Summary], Interval]) -> Panel:
        made = tuple(Line(name, role, figure(summary)) for name, role, summary in lines)
        ends = [v for line in made for v in (line.figure.low, line.figure.value) if v is not None]
        return Panel(title, about, made, low=_floor(min(ends, default=0.0)))

    return (
        panel("Quadratic weighted kappa", "1 is perfect, 0 is chance", lambda s: s.qwk),
        panel("Macro-F1", "every level counts the same", lambda s: s.macro_f1),
        panel("Accuracy", "share of levels that are right", lambda s: s.accuracy),
        panel("Weak called strong", "lower is better", lambda s: s.weak_called_strong),
    )


def _floor(value: float) -> float:
    """The next quarter below, and never above zero: where an axis begins."""
    return min(0.0, value // 0.25 * 0.25)


def _groups(rows: Sequence[Row], seed: int) -> tuple[tuple[str, tuple[Group, ...]], ...]:
    def split(title: str, by: Callable[[Row], str]) -> tuple[str, tuple[Group, ...]]:
        found = metrics.groups(rows, by)
        return title, tuple(_group(name, part, seed) for name, part in found.items())

    return (
        split("Style of answer", lambda row: row.style),
        split("Topic", lambda row: row.topic),
        split("Kind of question", lambda row: row.kind),
        split("Difficulty", lambda row: row.difficulty),
    )


def _group(name: str, rows: Sequence[Row], seed: int) -> Group:
    truth, given, asked = metrics.ranks_of(rows)
    return Group(
        name=name,
        figure=metrics.bootstrap(metrics.accuracy, truth, given, asked, seed=seed),
        too_high=int((given > truth).sum()),
        too_low=int((given < truth).sum()),
    )


def _families(run: Run) -> tuple[FamilyView, ...]:
    """Families of probes, attacks first."""
    found = families(run.probes, seed=run.info.seed)
    return tuple(
        FamilyView(
            family=family,
            figure=Interval(value=family.rate, low=family.low, high=family.high, n=family.n),
            fell=tuple(
                probe for probe in run.probes if probe.family == family.name and not probe.held
            ),
        )
        for family in sorted(found, key=lambda family: family.kind)
    )


def _policy(style: str, script: str) -> str:
    """A content security policy: the page's own style and script, and no connection."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = lambda value: "–" if value is None else f"{value:.2f}"
    environment.filters["percent"] = lambda value: "–" if value is None else f"{value:.0%}"
    environment.filters["words"] = lambda text: text.replace("-", " ")
    return environment
