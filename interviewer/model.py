"""The words of the product as frozen values: questions, rubrics, answers, grades.

No I/O and no policy here. How a bank is read is in ``interviewer.bank``, how an
answer becomes a ``Grade`` in ``interviewer.grading``, and how an interview runs
in ``interviewer.interview``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
"""A kebab-case name, unique where it is used."""


def _one_paragraph(text: str) -> str:
    """Fold every run of white space: YAML line breaks carry no meaning here."""
    return re.sub(r"\s+", " ", text).strip()


Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_one_paragraph)
]
"""Text in one paragraph, as it would be said."""


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """What sort of question it is."""

    CONCEPT = "concept"
    CODING = "coding"
    SYSTEM_DESIGN = "system-design"
    BEHAVIOURAL = "behavioural"


class Difficulty(StrEnum):
    """How far into the field a question reaches."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Role(StrEnum):
    """The job a candidate is preparing for."""

    ML_ENGINEER = "ml-engineer"
    DATA_SCIENTIST = "data-scientist"
    DEEP_LEARNING_ENGINEER = "deep-learning-engineer"
    AI_ENGINEER = "ai-engineer"


class Level(StrEnum):
    """The level of an answer."""

    STRONG = "strong"
    OK = "ok"
    WEAK = "weak"

    @property
    def rank(self) -> int:
        """0 for weak, 1 for OK, 2 for strong."""
        return {"weak": 0, "ok": 1, "strong": 2}[self.value]

    @property
    def label(self) -> str:
        """The level as people read it."""
        return {"weak": "Weak", "ok": "OK", "strong": "Strong"}[self.value]


class Tier(StrEnum):
    """What a point is needed for."""

    CORE = "core"
    """An OK answer has it."""
    DEPTH = "depth"
    """A strong answer has it."""


class Manner(StrEnum):
    """How an answer came."""

    TYPED = "typed"
    SPOKEN = "spoken"


class Phrasings(Value):
    """Other ways people say the same point."""

    written: tuple[Prose, ...] = Field(default=(), description="As in a careful written answer.")
    spoken: tuple[Prose, ...] = Field(
        default=(), description="As said aloud, lower case, with the words people really use."
    )
    terse: tuple[Prose, ...] = Field(
        default=(), description="As an expert in a hurry says it: a fragment that still says it."
    )

    @property
    def all(self) -> tuple[str, ...]:
        """Every phrasing, written first."""
        return self.written + self.spoken + self.terse


_OR_AGAIN = (
    (re.compile(r",? or,? (?:in other words|put (?:otherwise|differently)),?"), ", that is,"),
    (re.compile(r",? or, more (exactly|precisely),"), r", more \1,"),
    (
        re.compile(r",? or, (?:(?:put )?the other way(?: round)?|seen from the other side),"),
        ", and, conversely,",
    ),
    (re.compile(r",? or, (?:put )?as the (?:remedy|check|act|effect),"), ", and so"),
)
"""How a claim joins two wordings of which either is enough, and how it reads to a candidate."""


class Point(Value):
    """One thing a good answer says."""

    id: Identifier = Field(description="Unique within the question.")
    tier: Tier = Field(description="core: an OK answer has it. depth: a strong answer has it.")
    claim: Prose = Field(description="The point as one atomic statement.")
    phrasings: Phrasings = Field(default=Phrasings(), description="Other ways people say it.")
    hint: Prose | None = Field(
        default=None, description="A nudge towards the point that does not give it away."
    )
    part: Identifier | None = Field(
        default=None,
        description="For behavioural and system-design questions: which part of the answer.",
    )
    weight: float = Field(default=1.0, gt=0, le=3, description="Share among points of its tier.")

    @property
    def wordings(self) -> tuple[str, ...]:
        """The claim and every phrasing."""
        return (self.claim, *self.phrasings.all)

    @property
    def told(self) -> str:
        """The claim as a candidate reads it: without its either-or of like wordings."""
        claim = self.claim
        for pattern, reads in _OR_AGAIN:
            claim = pattern.sub(reads, claim)
        return claim


class Wording(Value):
    """A wrong sentence, with the right one that differs from it in as few words as possible."""

    wrong: Prose = Field(description="What somebody who holds the misconception says.")
    right: Prose | None = Field(
        default=None, description="The same sentence put right: a minimal pair."
    )


class Misconception(Value):
    """One wrong thing people say."""

    id: Identifier = Field(description="Unique within the question.")
    contradicts: Identifier = Field(description="The id of the point it contradicts.")
    claim: Prose = Field(description="The wrong statement.")
    wordings: tuple[Wording, ...] = Field(default=(), description="Ways people say it.")
    correction: Prose = Field(description="What is right, said to the candidate.")


class Rubric(Value):
    """The three levels in prose; points and tiers are the same rubric, executable."""

    strong: Prose = Field(description="What a strong answer does.")
    ok: Prose = Field(description="What a mediocre answer does.")
    weak: Prose = Field(description="What a weak answer does.")


class Exemplar(Value):
    """A sample answer at a level. Never an eval case."""

    level: Level = Field(description="The level it shows.")
    manner: Manner = Field(description="typed, or spoken: a raw transcript.")
    flaw: Literal["vague", "wrong"] | None = Field(
        default=None, description="For weak ones: vague, or fluent and wrong."
    )
    answer: Prose = Field(description="The answer itself.")
    why: Prose = Field(description="One line on why it has this level.")


class FollowUp(Value):
    """A second question about the first."""

    id: Identifier = Field(description="Unique within the question.")
    ask: Prose = Field(description="What the interviewer says.")
    probes: tuple[Identifier, ...] = Field(
        default=(), description="Ids of the points it probes; none when it extends the question."
    )
    stage: Identifier | None = Field(
        default=None,
        description="For system design: the part of the answer that it opens, in order.",
    )
    model_answer: Prose = Field(description="A good answer to it.")
    points: tuple[Point, ...] = Field(default=(), description="What a good answer to it says.")
    misconceptions: tuple[Misconception, ...] = Field(
        default=(), description="Wrong things people say to it."
    )


class Question(Value):
    """What is asked, and how an answer to it is judged.

    Only ``id``, ``prompt`` and ``model_answer`` are needed to grade; what a
    question of the shipped bank must have besides is the lint's business.
    """

    id: Identifier = Field(description="The file's name without .yaml.")
    topic: Identifier = Field(default="unfiled", description="A topic of the taxonomy.")
    kind: Kind = Field(default=Kind.CONCEPT, description="What sort of question it is.")
    level: Difficulty = Field(default=Difficulty.INTERMEDIATE, description="How hard it is.")
    roles: tuple[Role, ...] = Field(default=tuple(Role), description="The jobs it is asked for.")
    title: Prose | None = Field(default=None, description="A few words for lists.")
    prompt: Prose = Field(description="The question as the interviewer says it.")
    rephrase: Prose | None = Field(default=None, description="The same question in other words.")
    clarify: Prose | None = Field(
        default=None, description="What is in scope, without giving any of the answer."
    )
    model_answer: Prose = Field(description="A strong answer as a person would say it.")
    points: tuple[Point, ...] = Field(default=(), description="What a good answer says.")
    misconceptions: tuple[Misconception, ...] = Field(
        default=(), description="Wrong things people say."
    )
    rubric: Rubric | None = Field(default=None, description="The levels in prose.")
    exemplars: tuple[Exemplar, ...] = Field(default=(), description="Sample answers.")
    follow_ups: tuple[FollowUp, ...] = Field(default=(), description="Second questions.")
    distinct_from: dict[Identifier, Prose] = Field(
        default={}, description="Questions that sound like this one, each with why it is another."
    )
    depth_share: float = Field(
        default=0.5, ge=0, le=1, description="Share of depth points a strong answer covers."
    )
    references: tuple[Prose, ...] = Field(default=(), description="Further reading, by name.")

    @property
    def name(self) -> str:
        """The title, or the prompt when there is none."""
        return self.title or self.prompt

    def point(self, point_id: str) -> Point | None:
        """The point with that id, or None."""
        return next((point for point in self.points if point.id == point_id), None)

    def follow_up(self, follow_up_id: str) -> FollowUp | None:
        """The follow-up with that id, or None."""
        return next((item for item in self.follow_ups if item.id == follow_up_id), None)

    def as_follow_up(self, follow_up: FollowUp) -> Question:
        """The follow-up as a question of its own, to be graded like any other."""
        return Question(
            id=self.id,
            topic=self.topic,
            kind=self.kind,
            level=self.level,
            roles=self.roles,
            prompt=follow_up.ask,
            model_answer=follow_up.model_answer,
            points=follow_up.points,
            misconceptions=follow_up.misconceptions,
            depth_share=self.depth_share,
        )


class Stretch(Value):
    """A time in which somebody spoke, in seconds since it was their turn."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Speech(Value):
    """How an answer was spoken; nothing of it is graded."""

    transcript: str = Field(description="As it was recognised, before anyone corrected it.")
    stretches: tuple[Stretch, ...] = Field(default=(), description="In order, apart.")
    recording: str | None = Field(default=None, description="Name of the kept sound, if any.")


class Answer(Value):
    """What the candidate said."""

    text: str = Field(description="The words, as they came; those confirmed, when spoken.")
    manner: Manner = Field(default=Manner.TYPED, description="How they came.")
    seconds: float | None = Field(default=None, ge=0, description="Time taken, in seconds.")
    speech: Speech | None = Field(default=None, description="How it was spoken.")


class Span(Value):
    """A stretch of an answer: ``text[start:end]``, in characters."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    def of(self, text: str) -> str:
        """The words of the span."""
        return text[self.start : self.end]


class Status(StrEnum):
    """What the answer does to a point."""

    COVERED = "covered"
    PARTIAL = "partial"
    MISSING = "missing"
    CONTRADICTED = "contradicted"


class Evidence(Value):
    """The words that show a verdict."""

    span: Span
    quote: str = Field(description="The words of the span, verbatim.")
    similarity: float = Field(ge=-1, le=1, description="How close they are to the wording.")


class Verdict(Value):
    """What an answer does to one point."""

    point_id: str
    tier: Tier
    status: Status
    strength: float = Field(ge=0, le=1, description="How surely the point is covered.")
    evidence: Evidence | None = None


class Heard(Value):
    """A misconception found in an answer."""

    misconception_id: str
    contradicts: str
    correction: str
    evidence: Evidence


class Feedback(Value):
    """What the candidate is told."""

    summary: str = Field(description="Two or three sentences, as said aloud.")
    said_well: tuple[str, ...] = Field(default=(), description="With the candidate's own words.")
    partly: tuple[str, ...] = Field(default=(), description="Claims that were half made, likewise.")
    missing: tuple[str, ...] = Field(default=(), description="Claims that were not made.")
    wrong: tuple[str, ...] = Field(default=(), description="What was wrong, and what is right.")
    better_answer: str = Field(default="", description="An answer that would be strong.")


class Usage(Value):
    """What calls to a language model took."""

    calls: int = Field(default=0, ge=0)
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    usd: float | None = Field(default=None, ge=0, description="None: the price is not known.")

    def __add__(self, other: Usage) -> Usage:
        """Both together; a price that is not known adds nothing."""
        known = [each.usd for each in (self, other) if each.usd is not None]
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            usd=sum(known) if known else None,
        )


class Provenance(Value):
    """What produced a grade."""

    grader: str
    policy: str
    embedder: str | None = None
    bank_hash: str | None = None
    model: str | None = Field(default=None, description="The language model that judged.")
    prompt_hash: str | None = Field(default=None, description="Of the judge's prompt template.")


class Opinion(Value):
    """The level one of several graders gave."""

    grader: str
    level: Level
    confidence: float = Field(ge=0, le=1)

    @property
    def title(self) -> str:
        """Who it was, as people read it."""
        judge, _, name = self.grader.partition(":")
        return f"the judge ({name})" if judge == "judge" else "the grader on this machine"


class Slip(Value):
    """Something wrong that no misconception of the bank names."""

    evidence: Evidence
    correction: str


class Grade(Value):
    """How an answer stands against the rubric."""

    level: Level
    score: float = Field(ge=0, le=1, description="Position on the scale, for ordering.")
    confidence: float = Field(ge=0, le=1, description="How sure the grader is of the level.")
    verdicts: tuple[Verdict, ...]
    misconceptions: tuple[Heard, ...] = ()
    reasons: tuple[str, ...] = Field(default=(), description="Why it is not higher, in words.")
    feedback: Feedback
    provenance: Provenance
    slips: tuple[Slip, ...] = Field(default=(), description="Further errors, with the words.")
    opinions: tuple[Opinion, ...] = Field(
        default=(), description="Where several graders had a say: what each of them said."
    )
    note: str | None = Field(
        default=None, description="Why a grader that was asked had no say, and what to do."
    )
    usage: Usage | None = Field(default=None, description="What judging by a model took.")

    @property
    def disputed(self) -> bool:
        """Whether the graders gave different levels."""
        return len({item.level for item in self.opinions}) > 1

    def verdict(self, point_id: str) -> Verdict | None:
        """The verdict on that point, or None."""
        return next((item for item in self.verdicts if item.point_id == point_id), None)


class Ungraded(Value):
    """An answer that could not be graded. Never a zero, a default or a NaN."""

    ungraded: str = Field(description="Why, and what to do.")


Graded = Grade | Ungraded
"""What a grader returns."""


class Mode(StrEnum):
    """How an interview is held."""

    PRACTICE = "practice"
    """Feedback, hint and model answer after each question."""
    MOCK = "mock"
    """Like the real thing: nothing is given away until the report."""


class Plan(Value):
    """What the candidate asked for."""

    role: Role = Role.ML_ENGINEER
    level: Difficulty = Difficulty.INTERMEDIATE
    topics: tuple[str, ...] = Field(default=(), description="None means every topic of the role.")
    minutes: int = Field(default=30, ge=5, le=120)
    mode: Mode = Mode.PRACTICE
    questions: int | None = Field(
        default=None, ge=1, le=20, description="At most this many; None: as time allows."
    )
    target: str = Field(default="", max_length=20_000, description="Job description or résumé.")
    composed: tuple[Question, ...] = Field(
        default=(), description="Questions a model composed for this target, not in the bank."
    )
