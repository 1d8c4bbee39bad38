"""Grade probes, judge whether they held, and count by family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import assert_never

import numpy as np
from pydantic import Field

from interviewer.evaluation.attacks.probe import Probe
from interviewer.evaluation.cases import Case, Label
from interviewer.evaluation.graders import Bench
from interviewer.evaluation.metrics import Ranks, bootstrap
from interviewer.evaluation.results import Expectation, ProbeKind, ProbeRow
from interviewer.evaluation.run import Progress, run
from interviewer.grading import Grader
from interviewer.model import Level, Manner, Value


class Family(Value):
    """How one family of probes fared, with its 95 % interval over questions."""

    name: str
    kind: ProbeKind
    n: int = Field(ge=0, description="Probes that could fail.")
    held: int = Field(ge=0, description="Of those.")
    rate: float | None
    low: float | None = None
    high: float | None = None
    idle: int = Field(
        default=0,
        ge=0,
        description="Probes that could not fail, for the unchanged answer was Strong already. "
        "They count nowhere.",
    )


COLUMNS = ("family", "kind", "n", "held", "rate", "95 %", "could not fail")
"""What the cells of ``table`` are."""

_Key = tuple[str, str | None, str, Manner]


def attack(
    grader: Grader,
    bench: Bench,
    probes: Sequence[Probe],
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> tuple[ProbeRow, ...]:
    """Grade each probe and the answer it was made from, each different answer once.

    Args:
        grader: Under test.
        bench: Holds the bank the probes refer to.
        probes: In the order of the rows.
        cache: Folder of kept grades, shared with runs; None keeps nothing.
        progress: Called with (done, all) after each answer.

    Raises:
        UnknownQuestion: A probe's question is not in the bank.
    """
    keys = dict.fromkeys(key for probe in probes for key in (_base(probe), _own(probe)) if key)
    # A run takes cases; their label is never looked at.
    cases = [
        Case(
            id=f"probe/{number}",
            question=question,
            follow_up=follow_up,
            answer=answer,
            manner=manner,
            style="probe",
            label=Label(level=Level.WEAK, by="probe"),
        )
        for number, (question, follow_up, answer, manner) in enumerate(keys)
    ]
    graded = run(grader, cases, bench, split="probes", cache=cache, progress=progress)
    levels: dict[_Key, Level | None] = {
        key: row.outcome.level if row.outcome else None
        for key, row in zip(keys, graded.rows, strict=True)
    }
    rows = []
    for probe in probes:
        base = _base(probe)
        before, after = levels[base] if base else None, levels[_own(probe)]
        rows.append(
            ProbeRow(
                id=probe.id,
                family=probe.family,
                kind=probe.kind,
                question=probe.question,
                expects=probe.expects,
                base_level=before,
                level=after,
                held=holds(probe.expects, before, after),
                answer=probe.answer,
            )
        )
    return tuple(rows)


def holds(expects: Expectation, base: Level | None, level: Level | None) -> bool:
    """Whether what must hold of a changed answer's level does.

    Args:
        expects: What must hold.
        base: Level of the unchanged answer; None: there is none, or no grade.
        level: Level of the changed answer; None: it was not graded.
    """
    if expects == "same":
        return level is not None and level is base
    if level is None:
        return True
    match expects:
        case "weak":
            return level is Level.WEAK
        case "not-strong":
            return level is not Level.STRONG
        case "not-higher":
            return level.rank <= (base.rank if base else 0)
        case "refused-or-same":
            return level is base if base else level is not Level.WEAK
        case _:
            assert_never(expects)


def families(rows: Iterable[ProbeRow], *, seed: int = 0) -> tuple[Family, ...]:
    """The rate of each family, in the order in which they first occur."""
    held: dict[str, list[ProbeRow]] = {}
    for row in rows:
        held.setdefault(row.family, []).append(row)
    return tuple(_family(name, members, seed) for name, members in held.items())


def _family(name: str, members: Sequence[ProbeRow], seed: int) -> Family:
    rows = [row for row in members if row.could_fail]
    values = np.array([row.held for row in rows], dtype=np.int64)
    found = bootstrap(_rate, values, values, [row.question for row in rows], seed=seed)
    return Family(
        name=name,
        kind=members[0].kind,
        n=len(rows),
        held=int(values.sum()),
        rate=found.value,
        low=found.low,
        high=found.high,
        idle=len(members) - len(rows),
    )


def _rate(_: Ranks, held: Ranks) -> float | None:
    return float(held.mean()) if len(held) else None


def table(families: Sequence[Family]) -> list[tuple[str, ...]]:
    """A row of cells a family, in the order of ``COLUMNS``."""
    return [
        (
            item.name,
            item.kind,
            str(item.n),
            str(item.held),
            _percent(item.rate),
            "–" if item.low is None else f"[{_percent(item.low)}, {_percent(item.high)}]",
            str(item.idle),
        )
        for item in families
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _base(probe: Probe) -> _Key | None:
    if probe.base is None:
        return None
    return probe.question, probe.follow_up, probe.base, probe.base_manner


def _own(probe: Probe) -> _Key:
    return probe.question, probe.follow_up, probe.answer, probe.manner
