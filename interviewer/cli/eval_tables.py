"""Runs, comparisons and gates as tables on the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from interviewer.cli.terminal import out, plain

if TYPE_CHECKING:
    from interviewer.evaluation.compare import Comparison
    from interviewer.evaluation.gate import Baseline, Check
    from interviewer.evaluation.metrics import Interval
    from interviewer.evaluation.results import Row, Run

LEADING = ("accuracy", "qwk", "macro_f1", "weak_called_strong")
"""Figures of the first table: every grader, baseline and labeller has them."""

_NONE = "–"


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; all but the first column to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, title in enumerate(titles):
        table.add_column(title, overflow="fold", justify="right" if place else "left")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    out().print(table)


def print_head(text: str) -> None:
    """Print a heading with an empty line before it."""
    from rich.text import Text

    out().print()
    out().print(Text(plain(text), style="bold"))


def number(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash where there is none."""
    return _NONE if value is None else f"{value:.{digits}f}"


def span(found: Interval) -> str:
    """A figure with its interval."""
    if found.low is None or found.high is None:
        return number(found.value)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def print_leading(rows: Iterable[tuple[str, int, dict[str, Interval]]]) -> None:
    """A row for each grader, baseline and labeller: name, answers, figures."""
    from interviewer.evaluation.figures import FIGURES

    titles = ("Grader", "n", *(FIGURES[name].title for name in LEADING))
    cells = ((who, str(n), *(span(held[name]) for name in LEADING)) for who, n, held in rows)
    print_table(titles, cells)


def print_rest(rows: Iterable[tuple[str, dict[str, Interval], float | None]]) -> None:
    """The other figures: a row for each, a column for each grader, seconds at the end."""
    from interviewer.evaluation.figures import FIGURES

    graders = list(rows)
    lines = [
        (figure.title, *(f"{span(held[name])}  n {held[name].n}" for _, held, _ in graders))
        for name, figure in FIGURES.items()
        if name not in LEADING
    ]
    lines.append(("Seconds a grade", *(number(seconds) for _, _, seconds in graders)))
    print_table(("Also", *(who for who, _, _ in graders)), lines)


def group_rows(run: Run, by: Callable[[Row], str]) -> list[dict[str, Any]]:
    """By some property: answers, levels given, accuracy, QWK."""
    from interviewer.evaluation.figures import FIGURES, interval
    from interviewer.evaluation.metrics import groups
    from interviewer.model import Level

    found = []
    for name, rows in groups(run.rows, by).items():
        given = [row.outcome.level if row.outcome else None for row in rows]
        found.append(
            {
                "name": name,
                "n": len(rows),
                **{level.value: given.count(level) for level in Level},
                "ungraded": given.count(None),
                **{
                    figure: interval(FIGURES[figure], rows, seed=run.info.seed)
                    for figure in ("accuracy", "qwk")
                },
            }
        )
    return found


def print_groups(title: str, rows: Iterable[dict[str, Any]], *, kappa: bool) -> None:
    """A table by style, with levels given, or by topic, with QWK."""
    names = ("n", "strong", "ok", "weak", "ungraded")
    titles = (title, "n", "Strong", "OK", "Weak", "Ungraded", "Accuracy")
    lines = [
        (
            row["name"],
            *(str(row[name]) for name in names),
            span(row["accuracy"]),
            *((span(row["qwk"]),) if kappa else ()),
        )
        for row in rows
    ]
    out().print()
    print_table((*titles, "QWK") if kappa else titles, lines)


def print_families(run: Run) -> None:
    """A table of attacks and invariances."""
    from interviewer.evaluation.attacks import COLUMNS, families, table

    out().print()
    print_table(COLUMNS, table(families(run.probes, seed=run.info.seed)))


def print_comparison(found: Comparison, *, shown: int) -> None:
    """Figures side by side, McNemar's test, and the answers that changed."""
    left = f"; {found.left_out} left out" if found.left_out else ""
    print_table(
        ("Figure", found.first, found.second, "Difference", "95 % interval", "Better"),
        [
            (
                item.title,
                number(item.first),
                number(item.second),
                _NONE if item.difference is None else f"{item.difference:+.3f}",
                _NONE if item.low is None else f"[{item.low:+.3f}, {item.high:+.3f}]",
                item.better,
            )
            for item in found.differences
        ],
    )
    test = found.mcnemar
    p = _NONE if test.p is None else f"{test.p:.4f}"
    print_head(
        f"{found.n} answers to {found.questions} questions ({found.split}){left}. Right only in "
        f"the first: {test.only_first}, only in the second: {test.only_second}; "
        f"McNemar's exact p = {p}."
    )
    if not found.changes:
        print_head("No level changed.")
        return
    counts = {
        effect: sum(change.effect == effect for change in found.changes)
        for effect in ("better", "worse", "other")
    }
    told = ", ".join(f"{count} {effect}" for effect, count in counts.items())
    more = len(found.changes) - shown
    rest = f"; {more} more with --changes or --json" if more > 0 else ""
    print_head(f"{len(found.changes)} levels changed: {told}{rest}")
    print_table(
        ("Case", "Effect", "Truth", "First", "Second", "Answer"),
        [
            (
                change.case,
                change.effect,
                change.truth.label,
                change.first.label if change.first else "ungraded",
                change.second.label if change.second else "ungraded",
                change.answer,
            )
            for change in found.changes[:shown]
        ],
    )


def print_checks(checks: Sequence[Check]) -> None:
    """A row for each bound: what is expected, what was got."""
    print_table(
        ("Metric", "Split", "Expected", "Got", "Committed n", "n", "Result"),
        [
            (
                item.bound.metric,
                item.bound.split,
                f"{'≥' if item.bound.better == 'higher' else '≤'} {item.bound.bound:.4f}",
                number(item.end, 4),
                str(item.bound.n),
                str(item.got.n) if item.got else _NONE,
                f"FAILS: {item.failure}" if item.failure else "holds",
            )
            for item in checks
        ],
    )


def print_changes(before: Baseline | None, after: Baseline) -> bool:
    """A row for each bound that is new, gone or another; whether there is any."""
    old = {(item.split, item.metric): item for item in before.bounds} if before else {}
    new = {(item.split, item.metric): item for item in after.bounds}
    rows = []
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        rows.append(
            (
                key[1],
                key[0],
                f"{was.bound:.4f} (n {was.n})" if was else "new",
                f"{now.bound:.4f} (n {now.n})" if now else "gone",
            )
        )
    if rows:
        print_table(("Metric", "Split", "Was", "Is"), rows)
    return bool(rows)
