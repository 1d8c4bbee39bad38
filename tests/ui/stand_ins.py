"""Questions, grades and parts that the tests of the page stand on."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from interviewer.bank import Bank
from interviewer.interview import Runner, Session
from interviewer.model import (
    Answer,
    Evidence,
    Feedback,
    FollowUp,
    Grade,
    Graded,
    Level,
    Misconception,
    Plan,
    Point,
    Provenance,
    Question,
    Rubric,
    Span,
    Status,
    Tier,
    Ungraded,
    Verdict,
)
from interviewer.speech.recordings import Recordings


def make_question(number: int, **changes: object) -> Question:
    values: dict[str, object] = {
        "id": f"question-{number}",
        "topic": "fundamentals" if number % 2 else "algorithms",
        "title": f"Question title {number}",
        "prompt": f"What is thing number {number}?",
        "model_answer": f"Thing number {number} is a model answer.",
        "points": (
            Point(id="core-a", tier=Tier.CORE, claim=f"Claim A of {number}.", hint="Think of A."),
            Point(id="depth-b", tier=Tier.DEPTH, claim=f"Claim B of {number}."),
        ),
        "misconceptions": (
            Misconception(
                id="upside-down", contradicts="core-a", claim="It is B.", correction="It is A."
            ),
        ),
        "rubric": Rubric(strong="Says both.", ok="Says A.", weak="Says neither."),
        "follow_ups": (
            FollowUp(
                id="more",
                ask=f"And what follows from thing {number}?",
                probes=("core-a",),
                model_answer="B follows.",
                points=(Point(id="b", tier=Tier.CORE, claim="B follows."),),
            ),
        ),
    }
    return Question.model_validate(values | changes)


def table_grade(level: Level, text: str) -> Grade:
    words = text.split(maxsplit=1)[0]
    shown = Evidence(span=Span(start=0, end=len(words)), quote=words, similarity=0.9)
    covered = level is not Level.WEAK
    return Grade(
        level=level,
        score=level.rank / 2,
        confidence=0.8,
        verdicts=(
            Verdict(
                point_id="core-a",
                tier=Tier.CORE,
                status=Status.COVERED if covered else Status.MISSING,
                strength=0.9 if covered else 0.0,
                evidence=shown if covered else None,
            ),
            Verdict(point_id="depth-b", tier=Tier.DEPTH, status=Status.MISSING, strength=0.0),
        ),
        feedback=Feedback(
            summary=f"This was {level.label}.",
            said_well=(f"You said {words}.",) if covered else (),
            missing=("Claim B.",),
            wrong=() if covered else ("It is A.",),
            better_answer="Say A, then B.",
        ),
        provenance=Provenance(grader="table", policy="v1"),
    )


class TableGrader:
    """Strong when the answer says so, and so on; no grade for 'ungradable'."""

    name = "table"

    def grade(self, question: Question, answer: Answer) -> Graded:  # noqa: ARG002 - a table
        if "ungradable" in answer.text:
            return Ungraded(ungraded="The table has no row for this answer.")
        for level in (Level.STRONG, Level.OK):
            if level.value in answer.text:
                return table_grade(level, answer.text)
        return table_grade(Level.WEAK, answer.text)


@dataclass
class FakeIndex:
    hits: list[SimpleNamespace] = field(default_factory=list)

    def search(self, query: str, limit: int = 10) -> list[SimpleNamespace]:  # noqa: ARG002 - fixed
        return self.hits[:limit]

    def similar(self, question_id: str, limit: int = 5) -> list[SimpleNamespace]:
        return [hit for hit in self.hits if hit.question_id != question_id][:limit]


@dataclass
class FakeParts:
    bank: Bank
    store: object
    runner: Runner
    index: FakeIndex = field(default_factory=FakeIndex)
    encoder: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(ready=True))
    interview_name: str | None = None
    transcriber: object | None = None
    speaker: object | None = None
    recordings: Recordings = field(default_factory=lambda: Recordings(Path("no recordings")))

    def grader_note(self) -> str:
        return "Graded by a table."

    def start(self, plan: Plan) -> Session:
        return self.runner.start(plan)

    def model_states(self) -> tuple[object, ...]:
        return ()
