"""What the embedding model checks: texts that say the same, or drift apart."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.bank.meaning import lint_meaning
from interviewer.embedding import SentenceEncoder, Vectors
from interviewer.model import Phrasings, Question, Wording

GOOD = "bias-variance-tradeoff"


class Counting(SentenceEncoder):
    """The encoder, counting what it encodes."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self._encoder, self.texts = encoder, 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return self._encoder.encode(texts)


@pytest.fixture
def found(bank: Bank, encoder: SentenceEncoder):
    """The findings for one question."""

    def run(question: Question) -> list[str]:
        findings = lint_meaning(Bank([question], bank.taxonomy), encoder)
        return [f"{item.field}: {item.message}" for item in findings]

    return run


def test_a_good_question_has_no_findings(bank, found):
    assert found(bank[GOOD]) == []


def test_two_points_that_say_the_same_are_found(bank, found):
    question = bank[GOOD]
    first = question.points[0]
    twin = first.model_copy(update={"id": "twin", "claim": first.claim.replace("is", "means", 1)})
    told = found(question.model_copy(update={"points": (*question.points, twin)}))
    assert any(f"points.twin: says the same as '{first.id}'" in item for item in told)


def test_a_phrasing_of_another_point_is_found(bank, found):
    question = bank[GOOD]
    first, *_, second = question.points
    drifted = first.model_copy(
        update={"phrasings": Phrasings(written=(second.claim,), spoken=first.phrasings.spoken)}
    )
    told = found(question.model_copy(update={"points": (drifted, *question.points[1:])}))
    assert any(f"nearer to '{second.id}' than to its own claim" in item for item in told)


def test_a_wrong_wording_that_says_what_the_model_answer_says_is_found(bank, found):
    question = bank[GOOD]
    item = question.misconceptions[0]
    wording = Wording(wrong=question.model_answer[:300], right=None)
    astray = item.model_copy(update={"claim": "Cats are animals.", "wordings": (wording,)})
    told = found(question.model_copy(update={"misconceptions": (astray,)}))
    assert any("nearer to the model answer" in text for text in told)


def test_what_was_checked_is_not_encoded_again(bank, encoder, tmp_path: Path):
    two = Bank([bank[GOOD], bank["pca"]], bank.taxonomy)
    counting = Counting(encoder)
    before = lint_meaning(two, counting, tmp_path)
    once = counting.texts
    assert once > 50
    assert lint_meaning(two, counting, tmp_path) == before
    assert counting.texts == once
    changed = bank["pca"].model_copy(update={"title": "Another"})
    lint_meaning(Bank([bank[GOOD], changed], bank.taxonomy), counting, tmp_path)
    assert once < counting.texts < 2 * once
    (kept,) = tmp_path.glob("*.json")
    kept.write_text("{no json")
    assert lint_meaning(two, counting, tmp_path) == before
