"""A small bank, a grader that counts words it was told to listen for, and a stored runner."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.bank.taxonomy import KindEntry, RoleEntry, Taxonomy, Titled, Topic
from interviewer.errors import EmbeddingError
from interviewer.history import Store, open_store
from interviewer.interview import Runner, Session, TemplateVoice
from interviewer.model import (
    Answer,
    Difficulty,
    Feedback,
    FollowUp,
    Grade,
    Graded,
    Kind,
    Level,
    Plan,
    Point,
    Provenance,
    Question,
    Role,
    Status,
    Tier,
    Verdict,
)
from interviewer.prompting import load_prompts

START = 1_700_000_000.0


def make_point(name: str, tier: Tier = Tier.CORE) -> Point:
    return Point(id=name, tier=tier, claim=f"It is {name}.", hint=f"Think of {name}, roughly.")


def make_question(name: str, **changes: object) -> Question:
    """Two core points, one of depth; follow-ups to a core, the depth and beyond."""
    fields: dict[str, object] = {
        "id": name,
        "topic": "basics",
        "prompt": f"What is {name}?",
        "rephrase": f"Say what {name} means.",
        "clarify": f"Only {name} itself.",
        "model_answer": f"{name} is alpha, beta and gamma.",
        "points": (make_point("alpha"), make_point("beta"), make_point("gamma", Tier.DEPTH)),
        "follow_ups": (
            FollowUp(
                id="to-gamma",
                ask=f"How deep does {name} go?",
                probes=("gamma",),
                model_answer="gamma.",
                points=(make_point("depth"),),
            ),
            FollowUp(
                id="to-beta",
                ask=f"And the other side of {name}?",
                probes=("beta",),
                model_answer="beta.",
                points=(make_point("side"),),
            ),
            FollowUp(
                id="beyond",
                ask=f"Where is the edge of {name}?",
                model_answer="nowhere.",
                points=(make_point("edge"),),
            ),
        ),
    }
    return Question.model_validate(fields | changes)


def make_grade(question: Question, text: str) -> Grade:
    """A point is covered when its id is said, partial after 'half', contradicted after 'no'."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    verdicts = []
    for point in question.points:
        status = Status.MISSING
        if point.id in words:
            before = words[words.index(point.id) - 1] if words.index(point.id) else ""
            status = {"half": Status.PARTIAL, "no": Status.CONTRADICTED}.get(before, Status.COVERED)
        verdicts.append(
            Verdict(
                point_id=point.id,
                tier=point.tier,
                status=status,
                strength=float(status is Status.COVERED),
            )
        )
    core = [verdict.strength for verdict in verdicts if verdict.tier is Tier.CORE]
    share = sum(core) / len(core) if core else 0.0
    depth = all(verdict.strength for verdict in verdicts)
    level = Level.STRONG if share == 1 and depth else Level.OK if share >= 0.5 else Level.WEAK
    return Grade(
        level=level,
        score=share,
        confidence=1.0,
        verdicts=tuple(verdicts),
        feedback=Feedback(summary="Noted."),
        provenance=Provenance(grader="words", policy="test"),
    )


@dataclass
class WordGrader:
    """Deterministic; 'unloadable' and 'crash' in an answer make it fail."""

    name: str = "words"
    seen: list[tuple[str, Answer]] = field(default_factory=list)

    def grade(self, question: Question, answer: Answer) -> Graded:
        self.seen.append((question.prompt, answer))
        if "unloadable" in answer.text:
            raise EmbeddingError("The embedding model cannot be loaded. Reinstall it.")
        if "crash" in answer.text:
            raise RuntimeError("/secret/path exploded")
        return make_grade(question, answer.text)


class Clock:
    """Goes on by a second at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def taxonomy() -> Taxonomy:
    return Taxonomy(
        topics={
            "basics": Topic(title="Basics", about="First things."),
            "systems": Topic(title="Systems", about="Big things."),
            "people": Topic(title="People", about="Other people."),
            "deserted": Topic(title="Deserted", about="No question."),
        },
        kinds={
            Kind.CONCEPT: KindEntry(title="Concept", minutes=5),
            Kind.CODING: KindEntry(title="Coding", minutes=8),
            Kind.SYSTEM_DESIGN: KindEntry(title="System design", minutes=12),
            Kind.BEHAVIOURAL: KindEntry(title="Behavioural", minutes=6),
        },
        levels={level: Titled(title=level.value.capitalize()) for level in Difficulty},
        roles={
            role: RoleEntry(title=role.value.replace("-", " "), core=("basics",)) for role in Role
        },
    )


@pytest.fixture
def bank(taxonomy: Taxonomy) -> Bank:
    return Bank(
        [
            make_question("bias"),
            make_question("variance"),
            make_question("entropy", level="beginner"),
            make_question("serving", topic="systems"),
            make_question("caching", topic="systems", level="advanced"),
        ],
        taxonomy,
    )


@pytest.fixture
def question() -> Callable[..., Question]:
    return make_question


@pytest.fixture
def graded() -> Callable[[Question, str], Grade]:
    return make_grade


@pytest.fixture
def voice() -> TemplateVoice:
    return TemplateVoice(load_prompts())


@pytest.fixture
def grader() -> WordGrader:
    return WordGrader()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/history.db") as opened:
        yield opened


@pytest.fixture
def runner(
    bank: Bank, grader: WordGrader, store: Store, voice: TemplateVoice, clock: Clock
) -> Runner:
    return Runner(bank, grader, store, voice, clock=clock)


@pytest.fixture
def begun(runner: Runner) -> Callable[..., Session]:
    """Start an interview and let the interviewer ask the first question."""

    def begin(seed: int = 1, **plan: object) -> Session:
        session = runner.start(Plan.model_validate(plan), seed=seed)
        asked = list(runner.go_on(session.id))[-1]
        assert isinstance(asked, Session)
        return asked

    return begin
