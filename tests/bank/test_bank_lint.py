from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank import Bank, load_bank
from interviewer.bank.copied import shared_runs
from interviewer.bank.lint import (
    Finding,
    is_minimal_pair,
    lint_bank,
    lint_question,
    near_duplicates,
    readability,
)
from interviewer.model import Difficulty, Question
from tests.bank.conftest import MINIMAL

Data = dict[str, Any]

GOOD = "bias-variance-tradeoff"


def test_the_shipped_bank_has_no_findings(bank: Bank) -> None:
    assert lint_bank(bank) == []


def set_to(field: str, value: object) -> Callable[[Data], None]:
    def plant(question: Data) -> None:
        question[field] = value

    return plant


def point(**changes: object) -> Callable[[Data], None]:
    return lambda question: question["points"][0].update(changes)


def misconception(**changes: object) -> Callable[[Data], None]:
    return lambda question: question["misconceptions"][0].update(changes)


def follow_up(**changes: object) -> Callable[[Data], None]:
    return lambda question: question["follow_ups"][0].update(changes)


def without_exemplar(**kind: object) -> Callable[[Data], None]:
    def plant(question: Data) -> None:
        question["exemplars"] = [
            item
            for item in question["exemplars"]
            if any(item[key] != value for key, value in kind.items())
        ]

    return plant


def no_core(question: Data) -> None:
    for item in question["points"]:
        item["tier"] = "depth"


def no_depth(question: Data) -> None:
    for item in question["points"]:
        item["tier"] = "core"


def untold(question: Data) -> None:
    question["misconceptions"] = [
        item
        for item in question["misconceptions"]
        if item["contradicts"] != question["points"][0]["id"]
    ]


def same_phrasing(question: Data) -> None:
    first = question["points"][0]
    first["phrasings"]["terse"] = [first["claim"].upper() + "!"]


def no_spoken(question: Data) -> None:
    question["points"][0]["phrasings"]["spoken"] = []


def too_few_phrasings(question: Data) -> None:
    question["points"][0]["phrasings"] = {"written": ["a b"], "spoken": [], "terse": ["c d"]}


def twin(wrong: str, right: str | None) -> Callable[[Data], None]:
    def plant(question: Data) -> None:
        question["misconceptions"][0]["wordings"] = [
            {"wrong": wrong, "right": right},
            {"wrong": "bias falls", "right": "bias rises"},
        ]

    return plant


def no_twin(question: Data) -> None:
    question["misconceptions"][0]["wordings"] = [{"wrong": "one"}, {"wrong": "two"}]


def strong_flaw(question: Data) -> None:
    question["exemplars"][0]["flaw"] = "vague"


def punctuated(question: Data) -> None:
    for item in question["exemplars"]:
        if item["manner"] == "spoken":
            item["answer"] = "So it is this. And that."
            return


def no_probes(question: Data) -> None:
    for item in question["follow_ups"]:
        item["probes"] = []


def points_twice(question: Data) -> None:
    question["points"][1]["id"] = question["points"][0]["id"]


FAULTS: list[tuple[Callable[[Data], None], str, str]] = [
    (set_to("id", "another-id"), "id", "is not the file's name"),
    (set_to("topic", "llm"), "topic", "is not the folder's name"),
    (set_to("topic", "astrology"), "topic", "is not in the taxonomy"),
    (set_to("title", None), "title", "is needed"),
    (set_to("title", "one two three four five six seven eight nine ten"), "title", "nine words"),
    (set_to("rephrase", None), "rephrase", "is missing"),
    (set_to("clarify", None), "clarify", "is missing"),
    (set_to("prompt", "Explain bias."), "prompt", "has 2 words; write 6 to 60"),
    (set_to("prompt", "word " * 61), "prompt", "has 61 words"),
    (set_to("prompt", "Explain **bias** and variance to me, will you?"), "prompt", "markup"),
    (set_to("model_answer", "word " * 79), "model_answer", "has 79 words; write 80 to 200"),
    (set_to("model_answer", "word " * 201), "model_answer", "has 201 words"),
    (lambda q: q.update(points=q["points"][:3]), "points", "has 3 points; write 4 to 8"),
    (points_twice, "points", "is used 2 times"),
    (no_core, "points", "at least two core points"),
    (no_depth, "points", "one depth point"),
    (point(hint=None), "points.bias-is-underfitting", "has no hint"),
    (point(part="result"), "points.bias-is-underfitting", "part 'result' is not one of"),
    (same_phrasing, "points.bias-is-underfitting", "same phrasing twice"),
    (no_spoken, "points.bias-is-underfitting", "has no spoken phrasing"),
    (too_few_phrasings, "points.bias-is-underfitting", "has 2 phrasings; write 3 to 5"),
    (untold, "points.bias-is-underfitting", "is core and has no misconception"),
    (misconception(contradicts="nothing"), "misconceptions.", "which is no point"),
    (misconception(wordings=[{"wrong": "a", "right": "b a"}]), "misconceptions.", "has 1 wordings"),
    (no_twin, "misconceptions.", "has no wording with its right twin"),
    (twin("cats are fine", "the loss goes up with depth"), "misconceptions.", "differ too much"),
    (twin("bias goes up", "bias goes up"), "misconceptions.", "differ too much"),
    (set_to("rubric", None), "rubric", "is missing"),
    (without_exemplar(level="strong", manner="spoken"), "exemplars", "a strong spoken transcript"),
    (without_exemplar(level="ok", manner="typed"), "exemplars", "an OK typed one"),
    (without_exemplar(flaw="wrong"), "exemplars", "flaw: wrong"),
    (without_exemplar(flaw="vague"), "exemplars", "write at least 6"),
    (strong_flaw, "exemplars[0]", "has a flaw but is not weak"),
    (punctuated, "exemplars[", "is spoken but punctuated"),
    (lambda q: q.update(follow_ups=q["follow_ups"][:2]), "follow_ups", "write at least 3"),
    (no_probes, "follow_ups", "none of them probes a point"),
    (follow_up(probes=["nothing"]), "follow_ups.", "which is no point"),
    (follow_up(model_answer="Too short."), "follow_ups.", "has 2 words; write 25 to 140"),
    (follow_up(points=[]), "follow_ups.", "has 0 points; write 2 to 5"),
    (set_to("kind", "behavioural"), "points", "needs a point for the part 'situation'"),
]


def planted(bank: Bank, fault: Callable[[Data], None]) -> list[Finding]:
    data = bank[GOOD].model_dump(mode="json")
    fault(data)
    question = Question.model_validate(data)
    path = bank.files[GOOD]
    return list(lint_question(question, Bank([question], bank.taxonomy, {question.id: path})))


@pytest.mark.parametrize(("fault", "field", "message"), FAULTS)
def test_each_planted_fault_is_found(
    bank: Bank, fault: Callable[[Data], None], field: str, message: str
) -> None:
    findings = planted(bank, fault)
    assert any(item.field.startswith(field) and message in item.message for item in findings), (
        findings
    )
    assert all(item.severity == "error" for item in findings)


def test_a_topic_with_one_question_is_a_warning(bank: Bank) -> None:
    few = Bank([bank[GOOD]], bank.taxonomy, bank.files)
    warnings = [item for item in lint_bank(few) if item.severity == "warning"]
    assert {item.field for item in warnings} == set(bank.taxonomy.topics)


def test_a_kind_outside_the_taxonomy_is_found_and_no_crash(bank: Bank) -> None:
    without = bank.taxonomy.model_copy(update={"kinds": {}})
    findings = lint_bank(Bank([bank[GOOD]], without, bank.files))
    assert any(item.field == "kind" for item in findings)


def test_a_minimal_question_is_told_all_that_is_missing(own_bank: Callable[..., Path]) -> None:
    bank = load_bank(own_bank(one=MINIMAL.format(id="one")))
    fields = {item.field for item in lint_bank(bank) if item.question_id == "one"}
    assert fields >= {"topic", "title", "points", "rubric", "exemplars", "follow_ups"}


def test_near_duplicates_become_findings_unless_a_reason_is_stated(bank: Bank) -> None:
    pairs = [("pca", "k-means-clustering", 0.95), ("pca", "lora", 0.91)]
    (found,) = near_duplicates(bank, pairs)
    assert found.question_id == "pca"
    assert "asks the same as 'k-means-clustering' (cosine 0.95)" in found.message
    told = bank["pca"].model_copy(update={"distinct_from": {"k-means-clustering": "Another."}})
    rest = [question for question in bank if question.id != "pca"]
    assert near_duplicates(Bank([told, *rest], bank.taxonomy), pairs) == []


def test_words_in_a_row_from_another_text_are_found(bank: Bank) -> None:
    words = " ".join(bank[GOOD].model_answer.split()[3:15])
    (found,) = shared_runs(bank, {"a-page.txt": f"Before it. {words.upper()}! After it."})
    assert found.question_id == GOOD
    assert "a-page.txt" in found.message
    seven = " ".join(words.split()[:7])
    assert shared_runs(bank, {"a-page.txt": f"Before it. {seven} after."}) == []


def test_a_topic_without_an_advanced_question_is_told(bank: Bank) -> None:
    easy = [question.model_copy(update={"level": Difficulty.BEGINNER}) for question in bank]
    told = {
        item.field for item in lint_bank(Bank(easy, bank.taxonomy)) if "advanced" in item.message
    }
    assert told == set(bank.taxonomy.topics)


def test_prompts_are_read_by_ear() -> None:
    plain = "What is the bias of a model, and what is its variance?"
    heavy = (
        "Characterise heteroscedasticity considerations underlying semiparametric identifiability."
    )
    assert readability(plain) < 8
    assert readability(heavy) > 20


@pytest.mark.parametrize(
    ("wrong", "right", "minimal"),
    [
        ("bias goes up", "bias goes down", True),
        ("bias goes up", "bias goes up", False),
        ("it overfits", "more data would be needed there", False),
    ],
)
def test_minimal_pairs(wrong: str, right: str, *, minimal: bool) -> None:
    assert is_minimal_pair(wrong, right) is minimal
