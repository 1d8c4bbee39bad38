"""Fit the numbers of ``interviewer/grading/combined.json`` on recorded judge replies.

    python evals/fit_combined.py runs/reader [--save]

Each point of a marked train answer is missing, made or contradicted. The judge's
status comes from recorded replies, the embedded grader's strength from a reader that
was trained without the question. Nobody knows which judge a user will set,
and the recorded one is a good one, so three things are held: what a judge calls
partial stays partial (the marks do not tell it), what it covers is partial where the
other grader is surest that it is not there, and what it misses is never covered. Maximum
likelihood with a Gaussian prior around the numbers that are there. Prints how it
holds out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from interviewer.bank import load_bank
from interviewer.embedding import SentenceEncoder
from interviewer.errors import NotRecorded
from interviewer.evaluation.cases import Case, Split, load_split
from interviewer.evaluation.graders import Bench
from interviewer.evaluation.replies import ReplayedModel
from interviewer.grading import EmbeddedGrader, Judge, Section
from interviewer.grading.combine import NUMBERS, status_of
from interviewer.grading.reader import load_reader, trained_on
from interviewer.model import Grade, Status
from interviewer.prompting import load_prompts
from interviewer.resources import bank_folder, evals_folder

Floats = NDArray[np.float64]
FITTED = Path(__file__).parents[1] / "interviewer" / "grading" / "combined.json"
STATUSES = tuple(status.value for status in Status)
CLASSES = {Status.MISSING: 0, Status.PARTIAL: 1, Status.COVERED: 1, Status.CONTRADICTED: 2}
SPREAD = 1.0
"""Standard deviation of the prior."""
START = {
    "judge": {
        "covered": [0.0, 2.2, -2.0],
        "partial": [0.0, -0.1, -2.0],
        "missing": [2.0, 0.0, -2.0],
        "contradicted": [0.0, -1.0, 2.5],
    },
    "embedded": {"covered": 1.0, "partial": 0.25, "missing": 0.6, "contradicted": 0.4},
    "embedded_contradicted": 2.5,
}
"""The middle of the prior: set by hand on the dev split, with simulated judges."""
MARGIN = 0.05
"""Log-odds that are kept from a threshold."""
HELD = (*range(3, 6), 13)
"""Numbers of what the judge calls partial, which are not fitted."""


def rows(bench: Bench, cases: Sequence[Case], readers: Path) -> tuple[Floats, list[int], list[str]]:
    """For each point judge's status, clipped odds, contradicted; its mark; its question."""
    name, folder = bench.judge_file()
    judge = Judge(ReplayedModel(name, folder), load_prompts())
    graders = [
        (trained_on(path), EmbeddedGrader(bench.encoder, reader=load_reader(path)))
        for path in sorted(readers.glob("fold-*.npz"))
    ]
    found, marks, owners = [], [], []
    for case in cases:
        section = Section("question", case.asked(bench.bank), case.said())
        try:
            judged = asyncio.run(judge.judge([section])).sections[0]
        except NotRecorded:
            continue
        grader = next(made for known, made in graders if case.question not in known)
        graded = grader.grade(section.question, section.answer)
        if case.marks is None or not isinstance(graded, Grade):
            continue
        for said, held in zip(judged.verdicts, graded.verdicts, strict=True):
            sure = min(max(held.strength, 1e-6), 1 - 1e-6)
            odds = float(np.clip(np.log(sure / (1 - sure)), -NUMBERS["clip"], NUMBERS["clip"]))
            denied = float(held.status is Status.CONTRADICTED)
            found.append([STATUSES.index(said.status.value), odds, denied])
            marks.append(CLASSES[case.marks.points[said.point_id]])
            owners.append(case.question)
    return np.array(found), marks, owners


def pack(numbers: dict[str, Any]) -> Floats:
    """The numbers as one vector: judge 4 x 3, embedded 4, embedded contradicted."""
    judge = [value for status in STATUSES for value in numbers["judge"][status]]
    embedded = [numbers["embedded"][status] for status in STATUSES]
    return np.array([*judge, *embedded, numbers["embedded_contradicted"]])


def unpack(values: Floats) -> dict[str, Any]:
    """The vector as the numbers."""
    return {
        "judge": {
            status: [round(float(item), 2) for item in values[3 * row : 3 * row + 3]]
            for row, status in enumerate(STATUSES)
        },
        "embedded": {
            status: round(float(values[12 + row]), 2) for row, status in enumerate(STATUSES)
        },
        "embedded_contradicted": round(float(values[16]), 2),
    }


def logits(values: Floats, x: Floats) -> Floats:
    """Log-odds of missing, made and contradicted, shape (n, 3), as ``combine.shares`` has them."""
    said = x[:, 0].astype(int)
    found: Floats = values[:12].reshape(4, 3)[said].copy()
    found[:, 1] += values[12:16][said] * x[:, 1]
    found[:, 2] += values[16] * x[:, 2]
    return found


def agreement(found: Floats, y: NDArray[np.int64]) -> float:
    """Share of points whose status, by the thresholds, is of the marked class."""
    raised = np.exp(found - found.max(axis=1, keepdims=True))
    given = raised / raised.sum(axis=1, keepdims=True)
    classes = [CLASSES[status_of((row[0], row[1], row[2]))] for row in given]
    return float((np.array(classes) == y).mean())


def loss(values: Floats, x: Floats, y: NDArray[np.int64], prior: Floats) -> float:
    """Negative log-likelihood with the prior."""
    found = logits(values, x)
    each = np.logaddexp.reduce(found, axis=1) - found[np.arange(len(y)), y]
    return float(each.sum() + ((values - prior) ** 2).sum() / (2 * SPREAD**2))


def room(values: Floats) -> Floats:
    """Not below zero where no judge is trusted over a grader that is sure; see the top."""
    covered = values[1] - values[0] - values[12] * NUMBERS["clip"]
    missing = values[6] - values[7] - values[14] * NUMBERS["clip"]
    least = NUMBERS["thresholds"]
    most, some = (np.log(share / (1 - share)) for share in (least["covered"], least["partial"]))
    return np.array([most - covered - MARGIN, covered - some - MARGIN, missing + most - MARGIN])


def fit(x: Floats, y: NDArray[np.int64], prior: Floats) -> Floats:
    """The numbers; what the embedded grader says never counts against itself."""
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * 12 + [(0.0, None)] * 5
    for place in HELD:
        bounds[place] = (prior[place], prior[place])
    safe = {"type": "ineq", "fun": room}
    return np.asarray(
        minimize(loss, prior, (x, y, prior), method="SLSQP", bounds=bounds, constraints=[safe]).x
    )


def main() -> None:
    """Fit, print, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", type=Path, help="readers kept by train_reader.py")
    parser.add_argument("--save", action="store_true", help="replace combined.json")
    asked = parser.parse_args()
    bank = load_bank(bank_folder())
    cases = load_split(evals_folder() / "cases", Split.TRAIN)
    bench = Bench(bank, SentenceEncoder(), cases)
    x, marks, owners = rows(bench, cases, asked.readers)
    y, prior = np.array(marks), pack(START)
    given = np.zeros((len(y), 3))
    for train, test in GroupKFold(5).split(x, y, owners):
        given[test] = logits(fit(x[train], y[train], prior), x[test])
    order = {status: CLASSES[Status(status)] for status in STATUSES}
    judge_alone = np.array([order[STATUSES[int(row)]] for row in x[:, 0]])
    name = bench.judge_file()[0]
    print(f"{len(y)} points of {len(set(owners))} train questions, replies of {name}")
    print(f"judge alone: agreement {float((judge_alone == y).mean()):.3f}")
    for told, numbers in (("by hand", prior), ("that are there", pack(NUMBERS))):
        print(f"numbers {told}: agreement {agreement(logits(numbers, x), y):.3f}")
    print(f"fitted, questions held out: agreement {agreement(given, y):.3f}")
    values = unpack(fit(x, y, prior))
    print(json.dumps(values))
    if asked.save:
        held = {
            **NUMBERS,
            "provenance": (
                f"Fitted by evals/fit_combined.py on {len(y)} points of marked train answers "
                f"with recorded replies of {name}, held so that no judge is trusted over a grader "
                "that is sure; what a judge calls partial and the thresholds are set by hand."
            ),
            **values,
        }
        FITTED.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
        print(f"saved {FITTED.name}")


if __name__ == "__main__":
    main()
