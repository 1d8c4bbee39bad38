"""Fit the numbers of ``interviewer/grading/weights.py`` on the bank's exemplars.

    python evals/fit_embedded.py

Coverage: a strong exemplar covers its core points and a model answer all points;
a vague exemplar, another question's strong exemplar and the question itself cover
none, and an OK exemplar none of the depth points. Contrast: in a fluent, wrong
exemplar the two misconceptions that fit best count as said, in all others none
(multiple-instance learning, four rounds). Cross-validated with questions held out;
no random choice is made.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from interviewer.bank import Bank, load_bank
from interviewer.embedding import SentenceEncoder
from interviewer.grading.contrast import PAIR_FEATURES, contrast, twins
from interviewer.grading.coverage import FEATURES, cosines, cover
from interviewer.grading.words import read
from interviewer.model import Level, Question, Tier
from interviewer.resources import bank_folder

Floats = NDArray[np.float64]


def coverage_rows(encoder: SentenceEncoder, bank: Bank) -> tuple[Floats, Floats, list[str]]:
    """Features, labels and question ids of (point, answer) pairs."""
    features, labels, groups = [], [], []
    questions = list(bank)
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
    encoder: SentenceEncoder, bank: Bank
) -> tuple[Floats, list[tuple[str, int, bool]], list[str]]:
    """Features of pairs near an answer, (question, answer, wrong) keys, misconception ids."""
    features: list[Floats] = []
    keys: list[tuple[str, int, bool]] = []
    targets: list[str] = []
    for question in bank:
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
) -> Floats:
    """Fit, print weights and the cross-validated AUC; return held-out probabilities."""
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
    return held_out


def main() -> None:
    """Fit both and print the numbers."""
    encoder, bank = SentenceEncoder(), load_bank(bank_folder())
    x, y, groups = coverage_rows(encoder, bank)
    fit("coverage", FEATURES, x, y, groups, 10.0, balanced=True)
    x, keys, targets = contrast_rows(encoder, bank)
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
    fit("contrast", PAIR_FEATURES, x[use], labels[use], groups, 3.0, balanced=False)


if __name__ == "__main__":
    main()
