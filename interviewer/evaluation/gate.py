"""The gate: a grader may not become worse than the committed baseline says.

A baseline holds, per split and metric, the end of the interval that counts: the
lower end where higher is better (a floor), the upper end where lower is better (a
ceiling). A run passes when that end of its own interval is no worse than the
committed one by more than the tolerance. A metric that is missing, or rests on
fewer units than were committed, fails.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from interviewer.errors import EvaluationError
from interviewer.evaluation.figures import FIGURES, Better, interval, rounded
from interviewer.evaluation.metrics import Interval
from interviewer.evaluation.results import Run
from interviewer.model import Value

TOLERANCE = 0.01
"""Of a new baseline."""

_PREFIX = {"attack": "attacks", "invariance": "invariances"}


class Bound(Value):
    """What is committed of one metric on one split."""

    split: str
    metric: str = Field(description="Dotted: qwk, points.agreement, attacks.<family> …")
    better: Better = Field(description="higher: the bound is a floor. lower: it is a ceiling.")
    bound: float = Field(
        allow_inf_nan=False, description="The lower end of the interval, or the upper one."
    )
    value: float = Field(allow_inf_nan=False, description="The figure itself, for the record.")
    n: int = Field(ge=1, description="Answers, points, pairs or probes it rests on.")


class Baseline(Value):
    """A baseline file."""

    version: Literal[1] = 1
    grader: str = Field(description="Measured when the gate is given no run.")
    tolerance: float = Field(
        ge=0,
        lt=0.5,
        allow_inf_nan=False,
        description="How much worse than its bound an end may be.",
    )
    bounds: tuple[Bound, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Baseline:
        keys = [(bound.split, bound.metric) for bound in self.bounds]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"{twice[1]} on {twice[0]} occurs twice")
        return self

    def of(self, split: str) -> tuple[Bound, ...]:
        """The bounds of a split."""
        return tuple(bound for bound in self.bounds if bound.split == split)


class Measured(Value):
    """A metric of a run, with which way is better."""

    better: Better
    interval: Interval

    @property
    def end(self) -> float | None:
        """The end of the interval that counts."""
        return self.interval.low if self.better == "higher" else self.interval.high


class Check(Value):
    """One committed bound against a run."""

    bound: Bound
    got: Interval | None = Field(description="None: the run does not have the metric.")
    end: float | None = Field(description="The end of its interval that counts.")
    failure: str | None = Field(description="Why it fails; None: it holds.")


def measured(run: Run) -> dict[str, Measured]:
    """Every metric of a run that can be gated, by dotted name."""
    found = {
        name: Measured(
            better=figure.better, interval=interval(figure, run.rows, seed=run.info.seed)
        )
        for name, figure in FIGURES.items()
    }
    if run.probes:
        from interviewer.evaluation.attacks import families

        for family in families(run.probes, seed=run.info.seed):
            found[f"{_PREFIX[family.kind]}.{family.name}"] = Measured(
                better="higher",
                interval=Interval(
                    value=rounded(family.rate),
                    low=rounded(family.low),
                    high=rounded(family.high),
                    # Which of them can fail hangs on the grader; how many there are does not.
                    n=family.n + family.idle,
                ),
            )
    return found


def check(baseline: Baseline, run: Run) -> tuple[Check, ...]:
    """Every bound of the run's split.

    Raises:
        EvaluationError: The baseline has none for it.
    """
    bounds = baseline.of(run.info.split)
    if not bounds:
        splits = ", ".join(sorted({bound.split for bound in baseline.bounds}))
        raise EvaluationError(
            f"The baseline has no bound for the split '{run.info.split}', only for {splits}. "
            "Add them with `interviewer eval gate --update`."
        )
    found = measured(run)
    checks = []
    for bound in bounds:
        got = found.get(bound.metric)
        checks.append(
            Check(
                bound=bound,
                got=got.interval if got else None,
                end=got.end if got else None,
                failure=_failure(bound, got, baseline.tolerance),
            )
        )
    return tuple(checks)


def _failure(bound: Bound, got: Measured | None, tolerance: float) -> str | None:
    if got is None or got.interval.value is None:
        return "it was not measured"
    if got.better != bound.better:
        return f"here {got.better} is better, in the baseline {bound.better}"
    if got.interval.n < bound.n:
        return f"it rests on {got.interval.n}, fewer than {bound.n}"
    if got.end is None:
        return "it has no interval"
    # Figures are rounded to four digits: so is the limit they are held against.
    if bound.better == "higher" and got.end < round(bound.bound - tolerance, 4):
        return "it is below its floor"
    if bound.better == "lower" and got.end > round(bound.bound + tolerance, 4):
        return "it is above its ceiling"
    return None


def ungated(baseline: Baseline, run: Run) -> tuple[str, ...]:
    """Metrics the run has and the baseline has no bound for."""
    held = {bound.metric for bound in baseline.of(run.info.split)}
    return tuple(
        name
        for name, got in measured(run).items()
        if name not in held and got.interval.value is not None
    )


def updated(baseline: Baseline | None, runs: Sequence[Run], *, grader: str) -> Baseline:
    """The baseline with the bounds of these runs' splits taken from them.

    Args:
        baseline: Its tolerance and its other splits are kept; None starts one.
        runs: One a split.
        grader: For a new baseline: its name.

    Raises:
        EvaluationError: No metric of a run has an interval, as on a single question.

    A metric without an interval gets no bound; ``ungated`` names it.
    """
    splits = {run.info.split for run in runs}
    kept = [bound for bound in baseline.bounds if bound.split not in splits] if baseline else []
    bounds = [bound for run in runs for bound in _bounds(run)]
    return Baseline(
        grader=baseline.grader if baseline else grader,
        tolerance=baseline.tolerance if baseline else TOLERANCE,
        bounds=(*bounds, *kept),
    )


def _bounds(run: Run) -> list[Bound]:
    bounds = []
    for name, got in measured(run).items():
        if got.interval.value is None or got.end is None:
            continue
        bounds.append(
            Bound(
                split=run.info.split,
                metric=name,
                better=got.better,
                bound=got.end,
                value=got.interval.value,
                n=got.interval.n,
            )
        )
    if not bounds:
        raise EvaluationError(
            f"No metric on {run.info.split} has an interval: the run is empty or on a single "
            "question, so it cannot be a baseline. Make it on all cases."
        )
    return bounds


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file.

    Raises:
        EvaluationError: There is no such file, or it is no baseline.
    """
    if not path.is_file():
        raise EvaluationError(
            f"There is no baseline at {path}. "
            "Make it from the grader as it is with `interviewer eval gate --update`."
        )
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error}).") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise EvaluationError(
            f"{path}: {field}: {first['msg']}. See the README beside it, or make it again "
            "with `interviewer eval gate --update`."
        ) from error


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, one bound a line so that a change is easy to read.

    Raises:
        EvaluationError: It cannot be written.
    """
    held = baseline.model_dump(mode="json")
    bounds = ",\n".join(f"    {json.dumps(bound)}" for bound in held.pop("bounds"))
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in held.items())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{\n{head}  "bounds": [\n{bounds}\n  ]\n}}\n', encoding="utf-8")
    except OSError as error:
        raise EvaluationError(
            f"The baseline cannot be written to {path} ({error.strerror}). "
            "Choose another file with --baseline."
        ) from error
