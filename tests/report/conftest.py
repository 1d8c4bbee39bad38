"""One interview to report on: strong after probing, weak, skipped, not known, not in the bank."""

import pytest

from interviewer.bank import Bank
from interviewer.bank.taxonomy import KindEntry, RoleEntry, Taxonomy, Titled, Topic
from interviewer.interview.session import Outcome, Probe, Reply, Round, Session
from interviewer.model import (
    Answer,
    Difficulty,
    Evidence,
    Feedback,
    FollowUp,
    Grade,
    Heard,
    Kind,
    Level,
    Misconception,
    Mode,
    Plan,
    Point,
    Provenance,
    Question,
    Role,
    Rubric,
    Span,
    Status,
    Tier,
    Ungraded,
    Verdict,
)

START = 1_700_000_000.0
FIRST = "Bias is error from wrong assumptions. More data always fixes bias."
SECOND = "Variance falls when you average models."


def evidence(text: str, words: str) -> Evidence:
    start = text.index(words)
    return Evidence(span=Span(start=start, end=start + len(words)), quote=words, similarity=0.9)


def verdict(
    point: str,
    status: Status,
    tier: Tier = Tier.CORE,
    strength: float = 0.0,
    shown: Evidence | None = None,
) -> Verdict:
    return Verdict(point_id=point, tier=tier, status=status, strength=strength, evidence=shown)


def grade(level: Level, score: float, *verdicts: Verdict, heard: tuple[Heard, ...] = ()) -> Grade:
    return Grade(
        level=level,
        score=score,
        confidence=0.8,
        verdicts=verdicts,
        misconceptions=heard,
        feedback=Feedback(summary="You named bias.", better_answer="Say both, then the trade."),
        provenance=Provenance(grader="similarity", policy="v1"),
    )


def reply(text: str, follow_up: str | None = None) -> Reply:
    return Reply(answer=Answer(text=text), at=START + 60, follow_up=follow_up)


@pytest.fixture
def taxonomy() -> Taxonomy:
    return Taxonomy(
        topics={"fundamentals": Topic(title="Fundamentals", about="Learning.")},
        kinds={Kind.CONCEPT: KindEntry(title="Concept", minutes=5)},
        levels={Difficulty.INTERMEDIATE: Titled(title="Intermediate")},
        roles={Role.ML_ENGINEER: RoleEntry(title="ML engineer", core=("fundamentals",))},
    )


@pytest.fixture
def bank(taxonomy: Taxonomy) -> Bank:
    bias = Question(
        id="bias-variance",
        topic="fundamentals",
        title="Bias and variance",
        prompt="What is the bias-variance trade-off?",
        model_answer="Bias is systematic error, variance is sensitivity to the sample.",
        points=(
            Point(id="bias", tier="core", claim="Bias comes from wrong assumptions.", hint="Err?"),
            Point(id="variance", tier="core", claim="Variance is sensitivity.", hint="Resample?"),
            Point(id="ensembles", tier="depth", claim="Averaging lowers variance."),
        ),
        misconceptions=(
            Misconception(
                id="more-data",
                contradicts="bias",
                claim="More data removes bias.",
                correction="More data lowers variance, not bias.",
            ),
        ),
        rubric=Rubric(strong="Both and the trade.", ok="Both.", weak="Neither."),
        follow_ups=(
            FollowUp(
                id="bagging",
                ask="Why does bagging help?",
                probes=("ensembles",),
                model_answer="It averages away variance.",
                points=(Point(id="averages", tier="core", claim="It averages variance away."),),
            ),
        ),
    )
    folds = Question(
        id="folds",
        topic="fundamentals",
        title="Cross-validation",
        prompt="Why cross-validate?",
        model_answer="To estimate error on new data.",
        points=(
            Point(id="estimate", tier="core", claim="It estimates the error.", weight=1),
            Point(id="unseen", tier="core", claim="On data not trained on.", weight=3),
            Point(id="spread", tier="depth", claim="It shows the spread."),
        ),
    )
    unsure = Question(
        id="unsure",
        topic="other-topic",
        title="Calibration",
        prompt="What is calibration?",
        model_answer="Scores that are frequencies.",
        points=(Point(id="frequency", tier="core", claim="Scores match frequencies.", weight=2),),
    )
    return Bank([bias, folds, unsure], taxonomy)


@pytest.fixture
def probed() -> Round:
    whole = f"{FIRST}\n\n{SECOND}"
    heard = Heard(
        misconception_id="more-data",
        contradicts="bias",
        correction="More data lowers variance, not bias.",
        evidence=evidence(whole, "More data always fixes bias"),
    )
    shown = evidence(FIRST, "Bias is error from wrong assumptions")
    unaided = grade(
        Level.WEAK,
        0.2,
        verdict("bias", Status.COVERED, strength=0.7, shown=shown),
        verdict("variance", Status.MISSING),
    )
    after = grade(
        Level.OK,
        0.5,
        verdict("bias", Status.CONTRADICTED, shown=evidence(whole, "fixes bias")),
        verdict("variance", Status.COVERED, strength=0.8, shown=evidence(whole, "Variance falls")),
        verdict(
            "ensembles",
            Status.COVERED,
            tier=Tier.DEPTH,
            strength=0.8,
            shown=evidence(whole, "average models"),
        ),
        heard=(heard,),
    )
    probe_grade = grade(
        Level.STRONG,
        0.9,
        verdict("averages", Status.COVERED, strength=0.9, shown=evidence(SECOND, "average models")),
    )
    return Round(
        question_id="bias-variance",
        prompt="What is the bias-variance trade-off?",
        asked_at=START,
        replies=(reply(FIRST), reply(SECOND, "bagging")),
        probes=(
            Probe(
                follow_up="bagging",
                ask="Why does bagging help?",
                asked_at=START,
                grade=probe_grade,
            ),
        ),
        hints=("variance",),
        outcome=Outcome.ANSWERED,
        unaided=unaided,
        after_probing=after,
    )


@pytest.fixture
def rounds(probed: Round) -> tuple[Round, ...]:
    weak = grade(
        Level.WEAK,
        0.1,
        verdict("estimate", Status.MISSING),
        verdict("unseen", Status.MISSING),
        verdict("spread", Status.MISSING, tier=Tier.DEPTH),
    )
    folds = Round(
        question_id="folds",
        prompt="Why cross-validate?",
        asked_at=START,
        replies=(reply("It is good."),),
        outcome=Outcome.ANSWERED,
        unaided=weak,
    )
    unsure = Round(
        question_id="unsure",
        prompt="What is calibration?",
        asked_at=START,
        outcome=Outcome.UNKNOWN,
    )
    gone = Round(
        question_id="gone",
        prompt="What did this say?",
        asked_at=START,
        replies=(reply("Something."),),
        probes=(Probe(follow_up="more", ask="And more?", asked_at=START),),
        outcome=Outcome.ANSWERED,
        unaided=Ungraded(ungraded="The judge is down. Try again."),
    )
    skipped = Round(
        question_id="gone-too", prompt="And this?", asked_at=START, outcome=Outcome.SKIPPED
    )
    left = Round(question_id="last", prompt="Last one?", asked_at=START, outcome=Outcome.UNFINISHED)
    return (probed, folds, unsure, gone, skipped, left)


@pytest.fixture
def session(rounds: tuple[Round, ...]) -> Session:
    return Session(
        id="s-1",
        seed=1,
        plan=Plan(mode=Mode.MOCK, minutes=30),
        created_at=START - 100,
        started_at=START,
        ended_at=START + 24 * 60,
        rounds=rounds,
    )
