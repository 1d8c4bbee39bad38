"""Fit the numbers of ``interviewer/grading/weights.json`` and the word-order table.

    python evals/train_reader.py --folds 3 --keep runs/reader --save
    python evals/fit_embedded.py runs/reader [--save]

Recall and alignment are fitted on the bank's exemplars; points, misconceptions and
levels on the marked answers of the train and dev splits, each read by a reader that
was trained without its question. Questions of the test split are left out of all of
it. Prints every number with questions held out once more; no random choice is made.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from interviewer.bank import Bank, load_bank
from interviewer.embedding import SentenceEncoder
from interviewer.evaluation.cases import Case, Split, load_split, questions_of
from interviewer.grading import EmbeddedGrader, order, policy, weights
from interviewer.grading.contrast import PAIR_FEATURES, contrast, twins
from interviewer.grading.coverage import FEATURES, cosines, cover
from interviewer.grading.embedded import caps_of
from interviewer.grading.measure import (
    REFERENCE_FEATURES,
    Measured,
    Prepared,
    reference_features,
)
from interviewer.grading.reader import load_reader, trained_on
from interviewer.grading.reference import question_from_reference
from interviewer.grading.words import read
from interviewer.model import Level, Question, Status, Tier
from interviewer.resources import bank_folder

Floats = NDArray[np.float64]
CASES = Path(__file__).parent / "cases"
MADE = (Status.COVERED, Status.PARTIAL)


@dataclass(frozen=True, slots=True)
class Seen:
    """A marked answer as the grader measured it, with the bank's question and without points."""

    case: Case
    question: Question
    prepared: Prepared
    measured: Measured
    reference: Floats
    capped: bool


def coverage_rows(
    encoder: SentenceEncoder, bank: Bank, allowed: frozenset[str]
) -> tuple[Floats, Floats, list[str]]:
    """Features, labels and question ids of (point, answer) pairs."""
    features, labels, groups = [], [], []
    questions = [question for question in bank if question.id in allowed]
    for index, question in enumerate(questions):
        answers: list[tuple[str, str]] = [("none", question.prompt)]
        answers += [
            ("none", questions[(index + step) % len(questions)].exemplars[0].answer)
            for step in (1, 7)
        ]
        answers.append(("all", question.model_answer))
        for item in question.exemplars:
            if item.level is Level.STRONG:
                answers.append(("core", item.answer))
            elif item.level is Level.OK:
                answers.append(("no-depth", item.answer))
            elif item.flaw == "vague":
                answers.append(("none", item.answer))
        echo = read(encoder, [question.prompt])[0].stem_set
        words = read(encoder, [text for _, text in answers])
        for point in question.points:
            wordings = read(encoder, list(point.wordings))
            stacked = np.concatenate([item.vectors for item in wordings])
            core = point.tier is Tier.CORE
            for (says, _), answer in zip(answers, words, strict=True):
                if (says == "core" and not core) or (says == "no-depth" and core):
                    continue
                near = cosines(wordings, stacked, answer)
                features.append(cover(wordings, answer, echo, near).features)
                labels.append(float(says in {"all", "core"}))
                groups.append(question.id)
    return np.array(features), np.array(labels), groups


def contrast_rows(
    encoder: SentenceEncoder, bank: Bank, allowed: frozenset[str]
) -> tuple[Floats, list[tuple[str, int, bool]], list[str]]:
    """Features of pairs near an answer, (question, answer, wrong) keys, misconception ids."""
    features: list[Floats] = []
    keys: list[tuple[str, int, bool]] = []
    targets: list[str] = []
    for question in bank:
        if question.id not in allowed:
            continue
        pairs = [
            twins(read(encoder, [wording.wrong])[0], read(encoder, [wording.right])[0], item.id)
            for item in question.misconceptions
            for wording in item.wordings
            if wording.right
        ]
        sides = [side.words for pair in pairs for side in (pair.wrong, pair.right)]
        stacked = np.concatenate([item.vectors for item in sides])
        for number, (text, wrong) in enumerate(_texts(question)):
            answer = read(encoder, [text])[0]
            for found in contrast(pairs, answer, cosines(sides, stacked, answer)):
                features.append(found.features)
                keys.append((question.id, number, wrong))
                targets.append(found.pair.target)
    return np.array(features), keys, targets


def _texts(question: Question) -> list[tuple[str, bool]]:
    return [(item.answer, item.flaw == "wrong") for item in question.exemplars] + [
        (question.model_answer, False)
    ]


def fit(
    name: str,
    names: tuple[str, ...],
    x: Floats,
    y: Floats,
    groups: list[str],
    c: float,
    *,
    balanced: bool,
) -> list[float]:
    """Fit, print weights and the cross-validated AUC; return weights and bias."""
    weight = "balanced" if balanced else None
    held_out = np.zeros(len(y))
    for train, test in GroupKFold(8).split(x, y, groups):
        model = LogisticRegression(C=c, class_weight=weight).fit(x[train], y[train])
        held_out[test] = model.predict_proba(x[test])[:, 1]
    model = LogisticRegression(C=c, class_weight=weight).fit(x, y)
    weights = dict(zip(names, model.coef_[0].round(2).tolist(), strict=True))
    print(
        f"{name}: {weights}, bias {model.intercept_[0]:.2f}, "
        f"held-out AUC {roc_auc_score(y, held_out):.3f} on {len(y)} rows"
    )
    return [round(float(value), 3) for value in (*model.coef_[0], model.intercept_[0])]


Numbers = dict[str, object]


def recall_and_alignment(encoder: SentenceEncoder, bank: Bank, allowed: frozenset[str]) -> Numbers:
    """Fit what needs no reader on the exemplars."""
    x, y, groups = coverage_rows(encoder, bank, allowed)
    coverage = fit("coverage", FEATURES, x, y, groups, 10.0, balanced=True)
    x, keys, targets = contrast_rows(encoder, bank, allowed)
    wrong = np.array([key[2] for key in keys])
    values = x[:, 0] * x[:, 1]
    for _ in range(4):
        labels = np.zeros(len(x))
        best: dict[tuple[str, int, bool], dict[str, int]] = defaultdict(dict)
        for row in np.flatnonzero(wrong):
            held = best[keys[row]].get(targets[row])
            if held is None or values[row] > values[held]:
                best[keys[row]][targets[row]] = int(row)
        for rows in best.values():
            for said in sorted(rows.values(), key=lambda item: -values[item])[:2]:
                labels[said] = 1.0
        use = ~wrong | (labels == 1.0)
        model = LogisticRegression(C=3.0).fit(x[use], labels[use])
        values = model.predict_proba(x)[:, 1]
    groups = [keys[row][0] for row in np.flatnonzero(use)]
    aligned = fit("contrast", PAIR_FEATURES, x[use], labels[use], groups, 3.0, balanced=False)
    return {
        "coverage": coverage[:-1],
        "coverage_bias": coverage[-1],
        "contrast": aligned[:-1],
        "contrast_bias": aligned[-1],
    }


def look(encoder: SentenceEncoder, bank: Bank, cases: Sequence[Case], readers: Path) -> list[Seen]:
    """Measure every case by a reader that does not know its question."""
    graders = []
    for path in sorted(readers.glob("fold-*.npz")):
        grader = EmbeddedGrader(encoder, bank=bank, reader=load_reader(path))
        graders.append((trained_on(path), grader))
    seen = []
    for case in cases:
        grader = next(made for known, made in graders if case.question not in known)
        question = case.asked(bank)
        found = grader.measure(question, case.answer)
        bare = question_from_reference(case.question, question.prompt, question.model_answer)
        alone = grader.measure(bare, case.answer)
        if found is None or alone is None:
            continue
        prepared, measured = found
        capped = bool(caps_of(prepared, measured.words, case.answer))
        features = reference_features(*alone)
        seen.append(Seen(case, question, prepared, measured, features, capped))
    return seen


def points_of(seen: Sequence[Seen]) -> tuple[Floats, NDArray[np.int64], list[str]]:
    """Features of points, what was marked (missing, made, contradicted), questions."""
    rows, labels, groups = [], [], []
    for item in seen:
        if item.case.marks is None or item.measured.points is None:
            continue
        for point, row in zip(item.question.points, item.measured.points, strict=True):
            mark = item.case.marks.points[point.id]
            rows.append(row)
            labels.append(2 if mark is Status.CONTRADICTED else int(mark in MADE))
            groups.append(item.case.question)
    return np.array(rows), np.array(labels), groups


def misconceptions_of(seen: Sequence[Seen]) -> tuple[Floats, NDArray[np.int64], list[str]]:
    """Features of misconceptions, whether they were marked, questions."""
    rows, labels, groups = [], [], []
    for item in seen:
        if item.case.marks is None or item.measured.misconceptions is None:
            continue
        for told, row in zip(
            item.question.misconceptions, item.measured.misconceptions, strict=True
        ):
            rows.append(row)
            labels.append(int(told.id in item.case.marks.misconceptions))
            groups.append(item.case.question)
    return np.array(rows), np.array(labels), groups


def fit_points(x: Floats, y: NDArray[np.int64]) -> LogisticRegression:
    """A multinomial logistic regression."""
    return LogisticRegression(C=1.0, max_iter=5_000).fit(x, y)


def level_rows(seen: Sequence[Seen], model: LogisticRegression) -> Floats:
    """Features of the level, shape (answers, len(policy.LEVEL_FEATURES))."""
    return np.array(
        [
            policy.level_features(
                item.question, model.predict_proba(item.measured.points), item.measured.model
            )
            for item in seen
        ]
    )


def fit_levels(x: Floats, y: NDArray[np.int64], signs: Sequence[int], l2: float) -> policy.Head:
    """Proportional odds by penalised maximum likelihood; a sign of 0 leaves a weight free.

    Signs keep the grade monotone: covering more never lowers it, denying never raises it.
    """
    spread = x.std(axis=0) + 1e-6
    scaled = x / spread
    width = x.shape[1]

    def loss(values: Floats) -> float:
        score = scaled @ values[:width]
        first = 1.0 / (1.0 + np.exp(-(values[width] - score)))
        second = 1.0 / (1.0 + np.exp(-(values[width] + np.exp(values[width + 1]) - score)))
        each = np.choose(y, [first, second - first, 1.0 - second])
        fits = -np.log(np.clip(each, 1e-9, 1.0)).mean()
        return float(fits + l2 * values[:width] @ values[:width])

    bounds = [{1: (0.0, None), -1: (None, 0.0), 0: (None, None)}[sign] for sign in signs]
    found = minimize(
        loss,
        np.array([*(0.1 * np.array(signs)), 0.0, 0.0]),
        method="L-BFGS-B",
        bounds=[*bounds, (None, None), (None, None)],
    ).x
    low = float(found[width])
    return policy.Head(
        tuple(float(value) for value in found[:width] / spread),
        (low, low + float(np.exp(found[width + 1]))),
    )


def given_levels(x: Floats, head: policy.Head, capped: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The most probable level of each row; capped ones are weak."""
    ranks = np.array([int(policy.level_shares(row, head).argmax()) for row in x])
    return np.where(capped, 0, ranks)


def print_levels(name: str, truth: NDArray[np.int64], given: NDArray[np.int64]) -> None:
    """One line of agreement."""
    kappa = cohen_kappa_score(truth, given, weights="quadratic")
    f1 = f1_score(truth, given, average="macro")
    strong = float((given[truth == 0] == Level.STRONG.rank).mean())
    print(
        f"{name}: held-out accuracy {float((truth == given).mean()):.3f}, QWK {kappa:.3f}, "
        f"macro-F1 {f1:.3f}, weak called strong {strong:.3f} on {len(truth)} answers"
    )


SIGNS = (1, 1, 1, -1, 1)
REFERENCE_SIGNS = (1, 1, 1, 0, 0, 0, -1, 1, 1, -1)
L2 = 0.003


def by_readings(seen: Sequence[Seen]) -> Numbers:
    """Fit points, misconceptions and levels; print numbers and how they hold out."""
    x, y, groups = points_of(seen)
    shares = np.zeros((len(y), 3))
    for train, test in GroupKFold(7).split(x, y, groups):
        shares[test] = fit_points(x[train], y[train]).predict_proba(x[test])
    model = fit_points(x, y)
    touched = shares[:, 1] >= policy.TOUCHED
    print(
        f"points: held-out agreement {float((touched == (y == 1)).mean()):.3f}, made AUC "
        f"{roc_auc_score(y == 1, shares[:, 1]):.3f}, contradicted AUC "
        f"{roc_auc_score(y == 2, shares[:, 2]):.3f} on {len(y)} points"  # noqa: PLR2004
    )
    told, said, owners = misconceptions_of(seen)
    sure = np.zeros(len(said))
    for train, test in GroupKFold(7).split(told, said, owners):
        sure[test] = (
            LogisticRegression().fit(told[train], said[train]).predict_proba(told[test])[:, 1]
        )
    single = LogisticRegression().fit(told, said)
    heard = sure >= weights.HEARD_READ
    print(
        f"misconceptions: held-out AUC {roc_auc_score(said, sure):.3f}, recall "
        f"{float(heard[said == 1].mean()):.3f}, false alarms {float(heard[said == 0].mean()):.3f}"
    )
    truth = np.array([item.case.level.rank for item in seen])
    owners = [item.case.question for item in seen]
    capped = np.array([item.capped for item in seen])
    given = np.zeros(len(truth), dtype=np.int64)
    alone = np.zeros(len(truth), dtype=np.int64)
    reference = np.array([item.reference for item in seen])
    for train, test in GroupKFold(7).split(truth, truth, owners):
        known = {owners[row] for row in train}
        rows = np.array([group in known for group in groups])
        features = level_rows(seen, fit_points(x[rows], y[rows]))
        head = fit_levels(features[train], truth[train], SIGNS, L2)
        given[test] = given_levels(features[test], head, capped[test])
        head = fit_levels(reference[train], truth[train], REFERENCE_SIGNS, L2)
        alone[test] = given_levels(reference[test], head, capped[test])
    print_levels("levels", truth, given)
    print_levels("levels by the model answer alone", truth, alone)
    level = fit_levels(level_rows(seen, model), truth, SIGNS, L2)
    by_reference = fit_levels(reference, truth, REFERENCE_SIGNS, L2)
    print(f"level: {dict(zip(policy.LEVEL_FEATURES, level.weights, strict=True))} {level.cuts}")
    named = dict(zip(REFERENCE_FEATURES, by_reference.weights, strict=True))
    print(f"level by the model answer alone: {named} {by_reference.cuts}")
    return {
        "point": model.coef_.round(3).tolist(),
        "point_bias": model.intercept_.round(3).tolist(),
        "misconception": single.coef_[0].round(3).tolist(),
        "misconception_bias": round(float(single.intercept_[0]), 3),
        "level": _rounded(level),
        "reference_level": _rounded(by_reference),
    }


def _rounded(head: policy.Head) -> dict[str, list[float]]:
    return {
        "weights": [round(value, 3) for value in head.weights],
        "cuts": [round(value, 3) for value in head.cuts],
    }


def count_order(bank: Bank, allowed: frozenset[str]) -> None:
    """Write the word-order table."""
    texts = []
    for question in bank:
        if question.id in allowed:
            texts.append(question.model_answer)
            texts += [item.answer for item in question.exemplars]
            texts += [item.model_answer for item in question.follow_ups]
    names, scores = order.count(texts)
    questions = np.array(sorted(allowed))
    np.savez_compressed(order.TABLE, names=names, scores=scores, questions=questions)
    print(f"saved {order.TABLE.name}: {len(names)} classes of words")


def main() -> None:
    """Fit and print the numbers."""
    parser = argparse.ArgumentParser(description="Fit the embedded grader's numbers.")
    parser.add_argument("readers", type=Path, help="readers kept by train_reader.py")
    parser.add_argument("--save", action="store_true", help="replace the shipped numbers")
    asked = parser.parse_args()
    encoder, bank = SentenceEncoder(), load_bank(bank_folder())
    cases = load_split(CASES, Split.TRAIN) + load_split(CASES, Split.DEV)
    allowed = questions_of(cases)
    if asked.save:
        count_order(bank, allowed)
    numbers = recall_and_alignment(encoder, bank, allowed)
    numbers |= by_readings(look(encoder, bank, cases, asked.readers))
    if asked.save:
        fitted = {"questions": sorted(allowed), **numbers}
        weights.FITTED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
        print(f"saved {weights.FITTED.name}")


if __name__ == "__main__":
    main()
