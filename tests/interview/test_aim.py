"""What a job description asks for, and the interview that is made of it."""

from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import yaml

from interviewer.bank import load_bank
from interviewer.bank.search import BankIndex
from interviewer.embedding import SentenceEncoder
from interviewer.interview.aim import Aims, aim, requirements
from interviewer.interview.plan import agenda
from interviewer.model import Kind, Plan, Question, Role
from interviewer.resources import bank_folder

BANK = load_bank(bank_folder())
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("jobs.yaml").read_text("utf-8")
)
QUESTIONS = 8
SEEDS = range(3)


@pytest.fixture(scope="module")
def index(encoder: SentenceEncoder, vectors: Path) -> BankIndex:
    return BankIndex(BANK, encoder, vectors)


@pytest.fixture(scope="module")
def aimed(index: BankIndex) -> dict[str, Aims]:
    return {name: aim(index, BANK, Plan(target=job["text"])) for name, job in JOBS.items()}


def plan_for(job: dict[str, Any], **changes: object) -> Plan:
    fields = {"role": job["role"], "minutes": 120, "questions": QUESTIONS, "target": job["text"]}
    return Plan.model_validate(fields | changes)


def first_questions(job: dict[str, Any], aims: Aims | None) -> Iterator[Question]:
    """Every question of some interviews but the behavioural ones, which nobody aims."""
    for seed in SEEDS:
        for question in agenda(plan_for(job), BANK, seed=seed, aims=aims):
            if question.kind is not Kind.BEHAVIOURAL:
                yield question


def rates(job: dict[str, Any], aims: Aims | None) -> tuple[float, float]:
    """Shares of questions that fit, and of questions on a topic that fits."""
    asked = list(first_questions(job, aims))
    return (
        mean(question.id in job["fits"] for question in asked),
        mean(question.topic in job["topics"] for question in asked),
    )


def test_the_labels_name_questions_and_topics_of_the_bank():
    for name, job in JOBS.items():
        assert set(job["fits"]) <= {question.id for question in BANK}, name
        assert set(job["topics"]) <= set(BANK.taxonomy.topics), name


@pytest.mark.parametrize("held_out", [False, True])
def test_the_first_eight_questions_are_what_the_text_asks_for(aimed, held_out):
    found: list[tuple[float, ...]] = []
    for name, job in JOBS.items():
        if job.get("held_out", False) is not held_out:
            continue
        found.append((*rates(job, None), *rates(job, aimed[name])))
        plain, plain_topics, fits, topics = found[-1]
        print(
            f"{name:20} questions that fit: {plain:4.0%} not aimed, {fits:4.0%} aimed;"
            f" on a fitting topic: {plain_topics:4.0%}, {topics:4.0%}"
        )
    plain, plain_topics, fits, topics = (mean(column) for column in zip(*found, strict=True))
    print(
        f"{'mean':20} questions that fit: {plain:4.0%} not aimed, {fits:4.0%} aimed;"
        f" on a fitting topic: {plain_topics:4.0%}, {topics:4.0%}"
    )
    assert fits > plain + (0.15 if held_out else 0.4)
    assert topics > plain_topics + (0 if held_out else 0.3)


def test_an_interview_covers_different_requirements(aimed):
    for name, aims in aimed.items():
        asked: list[str] = []
        reasons: list[str] = []
        for question in agenda(plan_for(JOBS[name]), BANK, aims=aims):
            found = aims.left(asked).get(question.id)
            if found and found.because:
                reasons.append(found.because)
            asked.append(question.id)
        assert len(set(reasons)) >= min(3, len(reasons)), (name, reasons)
        assert len(reasons) >= 3, name


def test_a_reason_is_words_of_the_text(aimed):
    for name, aims in aimed.items():
        text = " ".join(JOBS[name]["text"].replace("**", "").split())
        for found in aims.left().values():
            if found.because:
                assert found.because.rstrip("…") in text, name
                assert found.fit >= 0.25


def test_a_question_on_it_takes_from_a_requirement_and_leaves_the_others(index):
    text = "- Bayes' theorem and prior probabilities\n- Convolution layers, kernels and stride"
    aims = aim(index, BANK, Plan(target=text))
    before = aims.fits()
    of_vision = max(
        (name for name in before if BANK[name].topic in {"computer-vision", "deep-learning"}),
        key=before.__getitem__,
    )
    after = aims.fits(["bayes-theorem"])
    assert after["bayes-theorem"] < before["bayes-theorem"] * 0.8
    assert after[of_vision] == pytest.approx(before[of_vision], rel=0.1)
    assert aims.left()[of_vision].because == "Convolution layers, kernels and stride"


def test_aiming_keeps_to_the_topics_and_the_role_of_the_plan(index):
    job = JOBS["nlp"]
    for role in (Role.AI_ENGINEER, Role.DATA_SCIENTIST):
        plan = plan_for(job, role=role, topics=("nlp", "llm"), minutes=30)
        asked = agenda(plan, BANK, aims=aim(index, BANK, plan))
        assert {question.topic for question in asked} <= {"nlp", "llm"}
        assert all(role in question.roles for question in asked)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n ",
        "We sell roses at the market. Come and see us. Parking is free.",
        "30 days of holiday, a pension plan and dental insurance. We are an equal opportunity "
        "employer. All genders are welcome. Flexible hours and two days a week from home.",
    ],
)
def test_a_text_that_asks_for_nothing_in_the_bank_aims_at_nothing(index, text):
    plan = Plan(target=text, minutes=60)
    aims = aim(index, BANK, plan)
    assert aims.left() == {}
    assert agenda(plan, BANK, seed=4, aims=aims) == agenda(plan, BANK, seed=4)


def test_what_an_employer_promises_gives_no_question(index):
    job = "- Bayes' theorem and prior probabilities"
    promise = "We offer 30 days of holiday, a pension plan, a gym and fresh fruit."
    alone, both = (aim(index, BANK, Plan(target=text)) for text in (job, f"{job}\n{promise}"))
    # Encoded beside other texts, a text's vector differs in its last digits.
    assert both.fits() == pytest.approx(alone.fits(), abs=1e-4)


def test_an_empty_bank_is_aimed_at_nothing(index):
    assert aim(index, BANK, Plan(target="Bayes' theorem", topics=("no-such-topic",))) == Aims()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- Train large models\n* Serve them fast",
         [("Train large models",), ("Serve them fast",)]),
        ("1. Train large models\n2) Serve them fast",
         [("Train large models",), ("Serve them fast",)]),
        ("You train models. You serve them; you watch them.",
         [("You train models.",), ("You serve them;",), ("you watch them.",)]),
        ("• Train models • Serve them fast", [("Train models",), ("Serve them fast",)]),
        ("You train large\nmodels every day", [("You train large models every day",)]),
        ("Train detectors,\nsegment images", [
            ("Train detectors, segment images", "Train detectors", "segment images")]),
        ("Drift detection and feature stores", [
            ("Drift detection and feature stores", "Drift detection", "feature stores")]),
        ("**Your mission:** Serve large models", [("Serve large models",)]),
        ("Requirements:\nPython\nServe Models\n- serve models", [("Serve Models",)]),
        ("---\n...\n 42", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_into_requirements_and_their_clauses(text, found):
    assert list(requirements(text)) == found
