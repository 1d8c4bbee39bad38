"""From a session to what the conversation shows: pure, no runner and no gradio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from interviewer.bank import Bank
from interviewer.interview import Speaking
from interviewer.interview.session import (
    Cue,
    Judge,
    JudgeWhole,
    Line,
    Outcome,
    Phase,
    Pick,
    Place,
    Session,
    question_of,
)
from interviewer.model import Grade, Graded, Kind, Mode, Plan, Value
from interviewer.ui.render import render
from interviewer.ui.wire import Reply

_LABELS = {
    Cue.PROBE: "Follow-up",
    Cue.REPEAT: "Once more",
    Cue.REPHRASE: "In other words",
    Cue.CLARIFY: "To be clear",
    Cue.HINT: "Hint",
    Cue.BACK: "Back to your answer",
}
"""What stands above a line of the interviewer, where its purpose needs a word."""

_CLOSING = {Cue.CLOSE, Cue.SKIPPED, Cue.UNKNOWN}


class Turn(Value):
    """One line of the transcript as it is shown."""

    key: str
    speaker: Literal["interviewer", "candidate"]
    style: str = Field(description="question, follow-up, aside, answer or request.")
    label: str
    text: str
    note: str | None = None


class Card(Value):
    """Feedback on a closed round."""

    key: str
    number: int
    name: str
    outcome: Outcome
    unaided: Graded | None
    after: Graded | None
    graded: Graded | None = Field(description="The grade that stands.")
    model_answer: str | None
    judging: bool = Field(default=False, description="The judge is still reading.")
    composed: bool = Field(default=False, description="A model composed the question.")


class Status(Value):
    """What the interviewer is doing, in a word and in a sentence."""

    state: Literal["listening", "thinking", "grading", "ended"]
    word: str
    sentence: str


def speaking(update: Speaking) -> Reply:
    """A line that is being said, as far as it has come."""
    label = _LABELS.get(update.cue, "Interviewer")
    return Reply(
        tell={"interview": update.session.id, "saying": {"label": label, "text": update.text}},
        final=False,
    )


def reply(
    session: Session,
    bank: Bank,
    *,
    now: float,
    model_ready: bool = True,
    judging: bool = False,
    final: bool = True,
) -> Reply:
    """Everything the conversation shows, and what page.js needs to know about it.

    Args:
        session: Where the interview stands.
        bank: Where titles and model answers are looked up.
        now: Seconds since the epoch.
        model_ready: Whether the grader's model is loaded.
        judging: Whether the judge is still reading an answer.
        final: No further step follows without the candidate.
    """
    state = status(session, model_ready=model_ready)
    return Reply(
        slots={
            "talk-head": head(session, bank, state=state, now=now),
            "lines": transcript(session, bank, state, judging=judging),
            "talk-notice": "",
        },
        tell={
            "stage": "talk",
            "interview": session.id,
            "phase": session.phase.value,
            "seen": len(session.lines),
            "practice": session.plan.mode is Mode.PRACTICE,
            "can_add": session.resume is None and any(item.replies for item in session.rounds),
            "placeholder": _placeholder(session),
            "status": f"{state.word}. {state.sentence}" if state.sentence else state.word,
        },
        final=final,
    )


def status(session: Session, *, model_ready: bool = True) -> Status:
    """What the interviewer is doing."""
    if session.phase is Phase.ENDED:
        return Status(state="ended", word="Ended", sentence="")
    if session.phase is Phase.LISTENING:
        return Status(state="listening", word="Listening", sentence="Take your time.")
    following = session.pending[0] if session.pending else None
    if isinstance(following, Judge | JudgeWhole):
        if not model_ready:
            sentence = "Getting the grader ready; the first answer takes a few seconds more."
            return Status(state="grading", word="Grading", sentence=sentence)
        return Status(state="grading", word="Grading", sentence="Weighing your answer.")
    if isinstance(following, Pick):
        return Status(state="thinking", word="Thinking", sentence="Choosing the next question.")
    return Status(state="thinking", word="Thinking", sentence="")


def head(session: Session, bank: Bank, *, state: Status, now: float) -> str:
    """The bar above the conversation: progress, time and state."""
    asked = len(session.rounds)
    total = max(asked, expected_questions(session.plan, bank))
    words = bank.taxonomy
    return render(
        "talk_head.html",
        session=session,
        state=state,
        now=now,
        asked=asked,
        total=total,
        exact=session.plan.questions is not None,
        role=words.roles[session.plan.role].title
        if session.plan.role in words.roles
        else session.plan.role.value,
        ended=session.phase is Phase.ENDED,
    )


def expected_questions(plan: Plan, bank: Bank) -> int:
    """About how many questions fit: by the plan, the time, and what the bank has."""
    concept = bank.taxonomy.kinds.get(Kind.CONCEPT)
    by_time = max(1, round(plan.minutes / (concept.minutes if concept else 5)))
    fitting = sum(
        plan.role in item.roles and (not plan.topics or item.topic in plan.topics) for item in bank
    )
    return max(1, min(plan.questions or by_time, fitting or by_time))


def transcript(session: Session, bank: Bank, state: Status, *, judging: bool = False) -> str:
    """Every line, a feedback card after each closed round in practice."""
    items = tuple(_items(session, bank, judging=judging))
    return render("transcript.html", items=items, state=state)


def _items(session: Session, bank: Bank, *, judging: bool) -> Iterator[Turn | Card]:
    waiting = _ready_cards(session, bank, judging=judging)
    for index, line in enumerate(session.lines):
        # A card whose round has no closing line comes before what follows the round.
        if line.cue in {Cue.ASK, Cue.WRAP_UP}:
            before = len(session.rounds) if line.round is None else line.round
            for number in [number for number in waiting if number < before]:
                yield waiting.pop(number)
        yield _turn(index, line, session)
        if line.cue in _CLOSING and line.round in waiting:
            yield waiting.pop(line.round)
    yield from waiting.values()


def _ready_cards(session: Session, bank: Bank, *, judging: bool) -> dict[int, Card]:
    if session.plan.mode is not Mode.PRACTICE:
        return {}
    pending = {_round_of(command) for command in session.pending}
    return {
        index: _card(session, index, bank, judging=judging)
        for index, item in enumerate(session.rounds)
        if item.outcome not in {Outcome.OPEN, Outcome.UNFINISHED} and index not in pending
    }


def _round_of(command: object) -> int | None:
    """The round a grade is still due for."""
    if isinstance(command, Judge):
        return command.place.round
    return command.round if isinstance(command, JudgeWhole) else None


def _card(session: Session, index: int, bank: Bank, *, judging: bool) -> Card:
    item = session.rounds[index]
    question = question_of(session, index, bank)
    graded = item.grade
    return Card(
        key=f"card-{index}",
        number=index + 1,
        name=question.name if question else item.prompt,
        outcome=item.outcome,
        unaided=item.unaided,
        after=item.after_probing if isinstance(item.after_probing, Grade) else None,
        graded=graded,
        model_answer=question.model_answer if question else None,
        judging=judging and isinstance(graded, Grade) and graded.provenance.model is None,
        composed=any(each.id == item.question_id for each in session.plan.composed),
    )


def _turn(index: int, line: Line, session: Session) -> Turn:
    key = f"line-{index}"
    if line.speaker == "candidate":
        style = "request" if line.cue else "answer"
        return Turn(key=key, speaker="candidate", style=style, label="You", text=line.text)
    if line.cue is Cue.ASK and line.round is not None:
        label, style = f"Question {line.round + 1}", "question"
    elif line.cue is Cue.PROBE:
        label, style = _LABELS[Cue.PROBE], "follow-up"
    elif line.cue in _LABELS and isinstance(line.cue, Cue):
        label, style = _LABELS[line.cue], "aside"
    else:
        label, style = "Interviewer", "aside"
    note = line.note
    if line.cue is Cue.ASK and line.round is not None:
        note = note or _why_asked(session, line.round)
    return Turn(key=key, speaker="interviewer", style=style, label=label, text=line.text, note=note)


def _why_asked(session: Session, index: int) -> str | None:
    item = session.rounds[index]
    if any(each.id == item.question_id for each in session.plan.composed):
        return "The model composed this question for your text."
    return f"Because your text asks for: {item.because}" if item.because else None


def _placeholder(session: Session) -> str:
    place: Place | None = session.place
    if session.phase is Phase.ENDED or place is None:
        return ""
    if session.resume is not None:
        return "What would you add?"
    return "Answer the follow-up" if place.follow_up else "Answer as you would say it"
