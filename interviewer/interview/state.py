"""A session and everything that can happen to it, as values.

How a session moves on is in ``interviewer.interview.session``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, ValidationInfo, field_validator

from interviewer.model import Answer, FollowUp, Grade, Graded, Plan, Question, Usage, Value

FORMAT: Final = 1
"""Version of the stored form of a session."""


class Phase(StrEnum):
    """What the interview is waiting for."""

    THINKING = "thinking"
    """For the runner: a command is pending."""
    LISTENING = "listening"
    """For the candidate."""
    ENDED = "ended"


class Intent(StrEnum):
    """What a candidate can ask for instead of answering."""

    REPEAT = "repeat"
    REPHRASE = "rephrase"
    CLARIFY = "clarify"
    HINT = "hint"
    PAUSE = "pause"
    SKIP = "skip"
    DONT_KNOW = "dont-know"
    BACK = "back"
    END = "end"


class Cue(StrEnum):
    """What a line of the interviewer is for."""

    GREET = "greet"
    ASK = "ask"
    PROBE = "probe"
    REPEAT = "repeat"
    REPHRASE = "rephrase"
    CLARIFY = "clarify"
    HINT = "hint"
    NO_HINT = "no-hint"
    PAUSE = "pause"
    BACK = "back"
    NO_BACK = "no-back"
    RETURN = "return"
    CLOSE = "close"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    WRAP_UP = "wrap-up"


class Outcome(StrEnum):
    """How a round ended."""

    OPEN = "open"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    UNFINISHED = "unfinished"


class Line(Value):
    """One thing that was said."""

    speaker: Literal["interviewer", "candidate"]
    cue: Cue | Intent | None = Field(default=None, description="None: an answer.")
    text: str
    at: float = Field(description="Seconds since the epoch.")
    round: int | None = Field(default=None, description="Index of the round it belongs to.")
    follow_up: str | None = Field(default=None, description="Id of the follow-up it belongs to.")
    note: str | None = Field(default=None, description="Why the model did not say it.")

    @field_validator("cue", mode="before")
    @classmethod
    def _by_speaker(cls, cue: str | None, info: ValidationInfo) -> Cue | Intent | None:
        """'hint' is a cue and an intent; who spoke says which."""
        if cue is None:
            return None
        return Cue(cue) if info.data.get("speaker") == "interviewer" else Intent(cue)


class Reply(Value):
    """An answer to a question or, when ``follow_up`` is set, to a follow-up."""

    answer: Answer
    at: float
    follow_up: str | None = None


class Probe(Value):
    """A follow-up that was asked, and how it was answered."""

    follow_up: str
    ask: str
    asked_at: float
    grade: Graded | None = None
    composed: FollowUp | None = Field(default=None, description="Set when it is not the bank's.")


class Round(Value):
    """One question with everything said to it."""

    question_id: str
    prompt: str
    asked_at: float
    because: str | None = Field(default=None, description="Words of the target that ask for it.")
    replies: tuple[Reply, ...] = ()
    probes: tuple[Probe, ...] = ()
    hints: tuple[str, ...] = Field(default=(), description="Ids of the points hinted at.")
    outcome: Outcome = Outcome.OPEN
    unaided: Graded | None = Field(default=None, description="The grade before any follow-up.")
    after_probing: Graded | None = Field(default=None, description="With follow-up answers.")
    closed_at: float | None = None

    @property
    def grade(self) -> Graded | None:
        """The grade that stands: after probing where there is one."""
        if isinstance(self.after_probing, Grade):
            return self.after_probing
        return self.unaided or self.after_probing

    def text(self, follow_up: str | None = None) -> str:
        """What was said to the question itself, or to one follow-up."""
        return "\n\n".join(r.answer.text for r in self.replies if r.follow_up == follow_up)

    @property
    def whole_text(self) -> str:
        """Everything said in the round: what ``after_probing`` was given for."""
        return "\n\n".join(reply.answer.text for reply in self.replies)


class Place(Value):
    """Where the next answer belongs."""

    round: int
    follow_up: str | None = None


# What the runner is asked to do.


class Pick(Value):
    """Pick the next question; answered by ``Picked``."""

    command: Literal["pick"] = "pick"


class Judge(Value):
    """Grade what was said at a place; answered by ``Judged``."""

    command: Literal["judge"] = "judge"
    place: Place


class JudgeWhole(Value):
    """Grade a round with its follow-up answers; answered by ``JudgedWhole``."""

    command: Literal["judge-whole"] = "judge-whole"
    round: int


class ChooseProbe(Value):
    """Choose a follow-up, or none; answered by ``Probed``."""

    command: Literal["choose-probe"] = "choose-probe"


class Say(Value):
    """Put a cue into words; answered by ``Spoken``."""

    command: Literal["say"] = "say"
    cue: Cue
    place: Place | None = None


Command = Annotated[Pick | Judge | JudgeWhole | ChooseProbe | Say, Field(discriminator="command")]

# What happens to a session.


class Begin(Value):
    """The candidate starts."""

    at: float


class Answered(Value):
    """The candidate gave an answer."""

    at: float
    answer: Answer


class Wanted(Value):
    """The candidate asked for something; ``text`` are the words, if there were any."""

    at: float
    intent: Intent
    text: str = ""


class Picked(Value):
    """The next question, or None: nothing fits or time is up."""

    at: float
    question: Question | None
    because: str | None = Field(default=None, description="Words of the target that ask for it.")


class Judged(Value):
    """The grade of what was said at a place."""

    at: float
    place: Place
    grade: Graded


class JudgedWhole(Value):
    """The grade of a whole round."""

    at: float
    round: int
    grade: Graded


class Probed(Value):
    """The follow-up to ask, or None."""

    at: float
    follow_up: FollowUp | None
    composed: bool = Field(default=False, description="A model composed it.")
    usage: Usage | None = None


class Spoken(Value):
    """The words the interviewer found for a cue."""

    at: float
    text: str
    hinted: str | None = Field(default=None, description="Id of the point a hint was for.")
    note: str | None = Field(default=None, description="Why the model did not say it.")
    usage: Usage | None = None


class Regraded(Value):
    """A grade that came later; it answers no command and fits every phase.

    It is for the words it names: when others stand there by now, nothing changes.
    """

    at: float
    round: int
    follow_up: str | None = None
    whole: bool = Field(default=False, description="Of the round with its follow-up answers.")
    text: str = Field(description="The words it grades.")
    grade: Graded


Event = Begin | Answered | Wanted | Picked | Judged | JudgedWhole | Probed | Spoken | Regraded


class Session(Value):
    """One interview. Every change is an event."""

    format: Literal[1] = FORMAT
    id: str
    seed: int = Field(description="Decides every choice left to chance.")
    plan: Plan
    created_at: float = Field(description="Seconds since the epoch.")
    started_at: float | None = None
    ended_at: float | None = None
    phase: Phase = Phase.THINKING
    rounds: tuple[Round, ...] = ()
    lines: tuple[Line, ...] = ()
    place: Place | None = Field(default=None, description="Where the next answer belongs.")
    resume: Place | None = Field(default=None, description="Where to return after adding to one.")
    ending: bool = Field(default=False, description="The interview is wrapping up.")
    pending: tuple[Command, ...] = Field(default=(), description="Commands not yet answered.")
    revision: int = Field(default=0, ge=0, description="Events so far.")
    usage: Usage = Field(default=Usage(), description="What language models took so far.")

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the questions asked so far."""
        return frozenset(item.question_id for item in self.rounds)

    @property
    def current(self) -> Round | None:
        """The round that is open, if any."""
        last = self.rounds[-1] if self.rounds else None
        return last if last and last.outcome is Outcome.OPEN else None

    def seconds_used(self, now: float) -> float:
        """Seconds since the start, until the end or ``now``."""
        if self.started_at is None:
            return 0.0
        until = now if self.ended_at is None else self.ended_at
        return max(0.0, until - self.started_at)

    def seconds_left(self, now: float) -> float:
        """Seconds of the planned time left, never below zero."""
        return max(0.0, self.plan.minutes * 60 - self.seconds_used(now))


class Questions(Protocol):
    """Where questions are looked up; a ``Bank`` is one."""

    def __contains__(self, question_id: object) -> bool:
        """Whether it has the question."""
        ...

    def __getitem__(self, question_id: str) -> Question:
        """The question."""
        ...


def question_of(session: Session, index: int, bank: Questions) -> Question | None:
    """The question of a round: the bank's, one composed for this interview, or None: it is gone."""
    name = session.rounds[index].question_id
    composed = next((item for item in session.plan.composed if item.id == name), None)
    if composed is not None:
        return composed
    return bank[name] if name in bank else None  # noqa: SIM401 - no mapping
