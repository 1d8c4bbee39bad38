"""What a report says, as frozen values. How it is made is in ``interviewer.report.build``."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from interviewer.interview.session import Outcome
from interviewer.model import (
    Difficulty,
    Feedback,
    Grade,
    Graded,
    Kind,
    Mode,
    Rubric,
    Status,
    Tier,
    Usage,
    Value,
)
from interviewer.report.highlight import Segment
from interviewer.speech.delivery import Delivery


class Facts(Value):
    """What the interview was."""

    session_id: str
    role: str = Field(description="The role's title.")
    level: str = Field(description="The level's title.")
    mode: Mode
    minutes_planned: int
    minutes_used: float = Field(ge=0, description="Until the end, or until the report was made.")
    at: datetime = Field(description="When it began (UTC), or was made if it never began.")
    finished: bool = Field(description="False: the interview still runs.")
    graders: tuple[str, ...] = Field(description="What gave the grades, each once.")
    usage: Usage | None = Field(default=None, description="What language models took, if any.")


class Counts(Value):
    """Rounds by how they stand; every round is counted once."""

    strong: int = Field(default=0, ge=0)
    ok: int = Field(default=0, ge=0)
    weak: int = Field(default=0, ge=0)
    ungraded: int = Field(default=0, ge=0, description="Answered, but without a grade.")
    skipped: int = Field(default=0, ge=0)
    unknown: int = Field(default=0, ge=0, description="The candidate said they did not know.")
    unanswered: int = Field(default=0, ge=0, description="Asked, and left when time was up.")

    @property
    def total(self) -> int:
        """How many rounds there are."""
        return sum(self.model_dump().values())


class TopicRow(Value):
    """How one topic went."""

    topic: str | None = Field(description="None: the questions are no longer in the bank.")
    title: str
    questions: int = Field(ge=1)
    counts: Counts
    mean_score: float | None = Field(ge=0, le=1, description="None: nothing was graded.")


class Strength(Value):
    """A point that was made well."""

    question_id: str
    question: str = Field(description="The question's name.")
    claim: str
    quote: str = Field(description="The candidate's own words.")
    strength: float = Field(ge=0, le=1)


class Gap(Value):
    """A point that was missed or contradicted."""

    question_id: str
    question: str = Field(description="The question's name.")
    point_id: str
    claim: str
    tier: Tier
    status: Status = Field(description="missing or contradicted.")
    correction: str | None = Field(description="What is right, when something wrong was said.")
    hint: str | None = Field(description="A nudge towards it for the next time.")


class VerdictRow(Value):
    """What an answer did to one point."""

    point_id: str
    claim: str
    tier: Tier
    status: Status
    quote: str | None = Field(description="The words that show it.")
    hint: str | None
    hinted: bool = Field(description="The interviewer gave a hint at it.")


class HeardRow(Value):
    """A misconception, or another error, that was heard."""

    misconception_id: str
    claim: str | None = Field(description="None: the bank has none, or no longer.")
    quote: str
    correction: str


class AnswerReport(Value):
    """What was said at one place, and how it stands."""

    text: str = Field(description="Empty: nothing was said.")
    segments: tuple[Segment, ...] = Field(description="The text, cut by evidence.")
    grade: Graded | None = Field(description="None: there was nothing to grade, or not yet.")
    verdicts: tuple[VerdictRow, ...]
    misconceptions: tuple[HeardRow, ...]

    @property
    def feedback(self) -> Feedback | None:
        """What the grader had to say, if it gave a grade."""
        return self.grade.feedback if isinstance(self.grade, Grade) else None

    def shown(self, segment: Segment) -> Literal["wrong", "partly", "point"]:
        """How a segment that is evidence is marked: wrong first, then made, then partly made."""
        status = {row.point_id: row.status for row in self.verdicts}
        found = {status.get(name) for name in segment.points}
        if segment.misconceptions or Status.CONTRADICTED in found:
            return "wrong"
        return "partly" if found == {Status.PARTIAL} else "point"


class FollowUpReport(Value):
    """A follow-up that was asked."""

    follow_up_id: str
    ask: str
    composed: bool = Field(default=False, description="A model composed it.")
    answer: AnswerReport
    model_answer: str | None = Field(description="None: it is no longer in the bank.")


class RoundReport(Value):
    """One question with everything that came of it."""

    question_id: str
    name: str
    prompt: str = Field(description="As it was asked.")
    composed: bool = Field(default=False, description="A model composed it for the target text.")
    topic: str | None = Field(description="Title of the topic. None: not in the bank.")
    kind: Kind | None = Field(description="None: the question is no longer in the bank.")
    difficulty: Difficulty | None = Field(description="None: not in the bank any more.")
    outcome: Outcome
    unaided: Graded | None = Field(description="The grade before any follow-up.")
    after_probing: Graded | None = Field(description="With the answers to follow-ups.")
    lifted: bool = Field(description="The follow-ups raised the level.")
    answer: AnswerReport = Field(description="The text that the standing grade is for.")
    better_answer: str | None = Field(description="The grader's, or else the model answer.")
    model_answer: str | None = Field(description="The bank's. None: not in it any more.")
    rubric: Rubric | None
    follow_ups: tuple[FollowUpReport, ...]
    spoken: tuple[Delivery, ...] = Field(default=(), description="Of each answer that was spoken.")
    delivery: Delivery | None = Field(default=None, description="Of all of them together.")
    recordings: tuple[str, ...] = Field(default=(), description="Names of those that were kept.")


class Report(Value):
    """An interview, looked back on."""

    facts: Facts
    counts: Counts
    mean_score: float | None = Field(ge=0, le=1, description="None: nothing was graded.")
    topics: tuple[TopicRow, ...] = Field(description="In the order they came up.")
    strengths: tuple[Strength, ...] = Field(description="The best covered points, best first.")
    gaps: tuple[Gap, ...] = Field(description="The most important first.")
    rounds: tuple[RoundReport, ...] = Field(description="In the order they were asked.")
    delivery: Delivery | None = Field(default=None, description="None: nothing was spoken.")
