"""Nothing is trained, fitted or tuned on the test split."""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evals import fit_embedded, reader_pairs, train_reader
from interviewer import grading
from interviewer.evaluation.cases import Case, Split, load_split, questions_of
from interviewer.grading import order
from interviewer.grading.reader import trained_on
from interviewer.grading.weights import FITTED_ON
from interviewer.model import Kind, Question
from interviewer.resources import evals_folder

FOLDER = evals_folder() / "cases"
WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")

ONE_WORDING = frozenset(
    {
        "batch-normalization/01",
        "bayes-theorem/01",
        "bayes-theorem/05",
        "bias-variance-tradeoff/o2",
        "binomial-distribution/01",
        "binomial-distribution/02",
        "correlation-coefficient/03",
        "f1-score-function/04",
        "f1-score-function/o1",
        "gamma-distribution/01",
        "k-nearest-neighbours-from-scratch/01",
        "l1-vs-l2-loss/01",
        "long-context/02",
        "lstm-gates/02",
        "mean-median-mode/01",
        "mean-median-mode/02",
        "mle-vs-map/o1",
        "naive-bayes/01",
        "pca/01",
        "sampling-temperature/01",
        "self-attention-qkv/01",
        "supervised-vs-unsupervised/02",
        "tf-idf-vs-embeddings/04",
        "vision-transformer/01",
        "xgboost-hyperparameters/01",
    }
)
"""Cases that share a formula or a definition with the bank; one shares two formulas."""


def words(text: str) -> list[str]:
    return WORD.findall(text.lower().replace("’", "'"))


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


@pytest.fixture(scope="module")
def splits() -> dict[Split, tuple[Case, ...]]:
    return {split: load_split(FOLDER, split) for split in Split}


@pytest.fixture(scope="module")
def sealed(splits) -> frozenset[str]:
    """The questions of the test split."""
    return questions_of(splits[Split.TEST])


def test_no_question_is_in_two_splits(splits):
    counts = Counter(name for cases in splits.values() for name in questions_of(cases))
    assert [name for name, times in counts.items() if times > 1] == []


def test_there_are_enough_cases_and_the_test_split_has_every_topic_and_kind(splits, sealed, bank):
    assert sum(map(len, splits.values())) >= 600
    assert len(questions_of([case for cases in splits.values() for case in cases])) >= 60
    assert len(splits[Split.TEST]) >= 400
    assert {bank[name].topic for name in sealed} == {question.topic for question in bank}
    assert {bank[name].kind for name in sealed} == set(Kind)


def test_no_answer_is_in_two_splits(splits):
    where = defaultdict(set)
    for split, cases in splits.items():
        for case in cases:
            where[" ".join(words(case.answer))].add(split)
    assert [text for text, found in where.items() if len(found) > 1] == []


def test_no_answer_is_taken_from_the_bank(splits, bank):
    taken = {}
    for case in (case for cases in splits.values() for case in cases):
        question = bank[case.question]
        texts = [question.model_answer, *(item.answer for item in question.exemplars)]
        texts += [item.model_answer for item in question.follow_ups]
        own = runs(case.answer, 12)
        shared = max(len(own & runs(text, 12)) for text in texts)
        if shared:
            taken[case.id] = shared
    assert taken.keys() <= ONE_WORDING
    assert max(taken.values(), default=0) <= 13


def test_no_statement_trained_on_is_taken_from_the_test_split(splits):
    told = {
        run
        for fact in reader_pairs.statements()
        for text in (*fact["said"], *fact["flip"], *fact["near"])
        for run in runs(text, 10)
    }
    assert len(told) > 10_000
    assert [case.id for case in splits[Split.TEST] if runs(case.answer, 10) & told] == []


def test_every_file_of_fitted_numbers_is_known_here():
    folder = Path(grading.__file__).parent
    files = {path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".py"}
    assert files == {"reader.npz", "weights.json", "order.npz", "combined.json"}


@pytest.mark.parametrize("questions", [trained_on(), FITTED_ON], ids=["reader", "weights"])
def test_numbers_are_fitted_on_questions_of_the_bank_outside_the_test_split(
    questions, sealed, bank
):
    assert questions
    assert questions <= {question.id for question in bank}
    assert not questions & sealed


def test_word_order_was_counted_without_the_test_split(sealed, bank):
    """Its file names no questions, so it is counted again, with and without them."""
    with np.load(order.TABLE) as held:
        shipped = {str(name): row for row, name in enumerate(held["names"])}
        scores = held["scores"].astype(float)

    def distance(names: Iterable[str]) -> float:
        found, counted = order.count(texts_of(bank[name] for name in names))
        mine = [row for row, name in enumerate(found) if str(name) in shipped]
        theirs = [shipped[str(found[row])] for row in mine]
        apart = counted.astype(float)[np.ix_(mine, mine)] - scores[np.ix_(theirs, theirs)]
        return float(np.abs(apart).mean())

    assert distance(FITTED_ON) < 0.01
    assert distance(FITTED_ON | sealed) > 0.05


def texts_of(questions: Iterable[Question]) -> list[str]:
    return [
        text
        for question in questions
        for text in (
            question.model_answer,
            *(item.answer for item in question.exemplars),
            *(item.model_answer for item in question.follow_ups),
        )
    ]


@dataclass
class Asked:
    """What a training program asks for; of test cases it is given the questions' names alone."""

    splits: list[Split] = field(default_factory=list)

    def load(self, folder: Path, split: Split) -> Any:
        assert folder.resolve() == FOLDER.resolve()
        self.splits.append(split)
        cases = load_split(folder, split)
        if split is Split.TEST:
            return tuple(SimpleNamespace(question=case.question) for case in cases)
        return cases


def test_the_reader_learns_from_train_and_dev_alone(monkeypatch, splits, sealed, bank):
    asked, learned = Asked(), []
    monkeypatch.setattr(train_reader, "load_split", asked.load)
    monkeypatch.setattr(train_reader, "train", lambda pairs, *_: learned.append(pairs))
    monkeypatch.setattr(train_reader, "read", lambda *_: np.zeros((0, 3)))
    monkeypatch.setattr(train_reader, "report", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["train_reader.py", "--folds", "2"])
    train_reader.main()
    assert set(asked.splits) == {Split.TRAIN, Split.DEV}
    assert len(learned) == 3 * len(reader_pairs.RECIPES)
    answers = {case.answer for case in splits[Split.TEST]}
    answers |= set(texts_of(bank[name] for name in sealed))
    told = {wording for name in sealed for point in bank[name].points for wording in point.wordings}
    # "Temporal split." is what two questions say by themselves.
    told -= {
        wording
        for question in bank
        if question.id not in sealed
        for point in question.points
        for wording in point.wordings
    }
    for pairs in learned:
        assert len(pairs) > 10_000
        assert not answers & {pair.answer for pair in pairs}
        assert not told & {pair.statement for pair in pairs}


@pytest.mark.parametrize("recipe", reader_pairs.RECIPES)
def test_a_fold_of_the_reader_never_sees_the_questions_held_out(bank, splits, recipe):
    cases = splits[Split.TRAIN] + splits[Split.DEV]
    known = sorted(questions_of(cases))[::2]
    held_out = questions_of(cases) - set(known)
    pairs = reader_pairs.pairs_of(bank, cases, known, reader_pairs.RECIPES[recipe], 0)
    texts = {pair.answer for pair in pairs}
    assert not texts & {case.answer for case in cases if case.question in held_out}
    assert not texts & set(texts_of(bank[name] for name in held_out))


def test_fitting_takes_train_and_dev_alone(monkeypatch, sealed):
    """It asks which questions the test split has, to leave them out, and no more."""
    asked, used = Asked(), {}

    def exemplars(_encoder, _bank, allowed):
        used["exemplars"] = allowed
        return {}

    def look(_encoder, _bank, cases, _readers):
        used["cases"] = cases
        return cases

    monkeypatch.setattr(fit_embedded, "load_split", asked.load)
    monkeypatch.setattr(fit_embedded, "recall_and_alignment", exemplars)
    monkeypatch.setattr(fit_embedded, "look", look)
    monkeypatch.setattr(fit_embedded, "by_readings", lambda _: {})
    monkeypatch.setattr(sys, "argv", ["fit_embedded.py", "readers"])
    fit_embedded.main()
    assert {Split.TRAIN, Split.DEV} <= set(asked.splits)
    assert used["exemplars"] == FITTED_ON
    assert not used["exemplars"] & sealed
    assert all(isinstance(case, Case) for case in used["cases"])
    assert questions_of(used["cases"]) == FITTED_ON


def test_exemplars_of_the_test_questions_are_not_looked_at(monkeypatch, tmp_path, encoder, bank):
    """Recall, alignment and word order: a sealed question gives its id and nothing else."""
    known = random.Random(0).sample(sorted(FITTED_ON), 3)
    others = [SimpleNamespace(id=question.id) for question in bank if question.id not in FITTED_ON]
    mixed: Any = [*others, *(bank[name] for name in known), *others]
    allowed = frozenset(known)
    _, _, groups = fit_embedded.coverage_rows(encoder, mixed, allowed)
    assert set(groups) == allowed
    _, keys, _ = fit_embedded.contrast_rows(encoder, mixed, allowed)
    assert {key[0] for key in keys} <= allowed
    monkeypatch.setattr(order, "TABLE", tmp_path / "order.npz")
    fit_embedded.count_order(mixed, allowed)
    assert order.TABLE.is_file()
