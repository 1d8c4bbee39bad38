"""How the embedded grader's levels agree with answers written and labelled blind.

    python evals/check.py [CASES]

The 150 cases of ``evals/cases/dev.jsonl`` were written from the questions alone,
before the points were seen. Prints a row a style, accuracy and quadratic weighted
kappa (Cohen 1968), each beside the majority label and answer length alone.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import cohen_kappa_score

from interviewer.bank import load_bank
from interviewer.embedding import SentenceEncoder
from interviewer.grading import EmbeddedGrader
from interviewer.model import Answer, Grade, Level
from interviewer.resources import bank_folder

CASES = Path(__file__).parent / "cases" / "dev.jsonl"
RANKS = {level.value: level.rank for level in Level}


def report(name: str, truth: list[int], given: list[int]) -> None:
    """Print one row: accuracy and kappa."""
    accuracy = float(np.mean(np.array(truth) == np.array(given)))
    kappa = cohen_kappa_score(truth, given, weights="quadratic", labels=[0, 1, 2])
    print(f"{name:<22} accuracy {accuracy:.2f}   QWK {kappa:.2f}")


def by_length(rows: list[dict[str, str]]) -> list[int]:
    """Ranks by length, cut so that each level is given as often as it is true."""
    counts = Counter(row["label"] for row in rows)
    order = np.argsort([len(row["answer"].split()) for row in rows], kind="stable")
    ranks = [0] * counts["weak"] + [1] * counts["ok"] + [2] * counts["strong"]
    given = [0] * len(rows)
    for place, row in enumerate(order):
        given[int(row)] = ranks[place]
    return given


def main(path: Path) -> None:
    """Grade every case and print the table."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    bank = load_bank(bank_folder())
    grader = EmbeddedGrader(SentenceEncoder(), bank=bank)
    table: dict[str, Counter[str]] = defaultdict(Counter)
    truth, given, lengths = [], [], by_length(rows)
    kept = []
    for row, length in zip(rows, lengths, strict=True):
        grade = grader.grade(bank[row["question_id"]], Answer(text=row["answer"]))
        if not isinstance(grade, Grade):
            table[row["style"]]["ungraded"] += 1
            continue
        table[row["style"]][grade.level.value] += 1
        truth.append(RANKS[row["label"]])
        given.append(grade.level.rank)
        kept.append(length)
    print(f"{'style':<12}{'strong':>8}{'ok':>8}{'weak':>8}{'ungraded':>10}")
    for style, counts in table.items():
        cells = "".join(f"{counts[name]:>8}" for name in ("strong", "ok", "weak"))
        print(f"{style:<12}{cells}{counts['ungraded']:>10}")
    report("embedded", truth, given)
    report("answer length alone", truth, kept)
    report("always weak", truth, [0] * len(truth))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CASES)
