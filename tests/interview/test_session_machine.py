"""Whatever happens, in whatever order, a session stays sound."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from interviewer.errors import InvalidEvent
from interviewer.interview.session import (
    Answered,
    Begin,
    ChooseProbe,
    Event,
    Intent,
    Judge,
    Judged,
    JudgedWhole,
    JudgeWhole,
    Outcome,
    Phase,
    Pick,
    Picked,
    Place,
    Probed,
    Session,
    Spoken,
    Wanted,
    advance,
)
from interviewer.model import (
    Answer,
    Feedback,
    FollowUp,
    Grade,
    Graded,
    Level,
    Mode,
    Plan,
    Provenance,
    Question,
    Ungraded,
)

QUESTIONS = [
    Question(
        id=name,
        prompt=f"What is {name}?",
        model_answer="That.",
        follow_ups=tuple(
            FollowUp(id=each, ask=f"{each}?", model_answer="This.")
            for each in ("why", "how", "when")
        ),
    )
    for name in ("bias", "variance", "entropy", "recall", "drift")
]
ANSWERS = st.sampled_from(["alpha", "beta", "alpha beta gamma"])
GRADES = [
    Grade(
        level=level,
        score=level.rank / 2,
        confidence=1.0,
        verdicts=(),
        feedback=Feedback(summary="Noted."),
        provenance=Provenance(grader="test", policy="test"),
    )
    for level in Level
]
FAILED = Ungraded(ungraded="No grader.")
TEXTS = st.text(max_size=12)


class Interview(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0
        self.heard: list[str] = []
        plan = Plan(mode=Mode.PRACTICE)
        self.session = Session(id="s", seed=1, plan=plan, created_at=0.0)

    def send(self, event: Event) -> bool:
        """Whether the event was taken; one that was not must change nothing."""
        before = self.session.model_dump_json()
        try:
            moved, commands = advance(self.session, event)
        except InvalidEvent:
            assert self.session.model_dump_json() == before
            return False
        assert self.session.model_dump_json() == before, "the old value was changed"
        assert commands == moved.pending
        assert moved.revision == self.session.revision + 1
        assert moved.lines[: len(self.session.lines)] == self.session.lines
        assert self.session.phase is not Phase.ENDED
        self.session = moved
        return True

    def tick(self) -> float:
        self.at += 1.0
        return self.at

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        assert self.send(Begin(at=self.tick()))
        self.carry_out_all(data)

    @rule()
    def begin_again(self) -> None:
        assert not self.send(Begin(at=self.tick()))

    @rule(text=ANSWERS)
    def answer(self, text: str) -> None:
        if self.send(Answered(at=self.tick(), answer=Answer(text=text))):
            self.heard.append(text)

    @rule(intent=st.sampled_from(Intent), text=TEXTS)
    def want(self, intent: Intent, text: str) -> None:
        if self.send(Wanted(at=self.tick(), intent=intent, text=text)) and text:
            self.heard.append(text)

    @precondition(lambda self: self.session.phase is Phase.LISTENING)
    @rule(text=ANSWERS, data=st.data())
    def answer_and_wait(self, text: str, data: st.DataObject) -> None:
        self.answer(text)
        self.carry_out_all(data)

    @precondition(lambda self: self.session.phase is Phase.LISTENING)
    @rule(
        intent=st.sampled_from([each for each in Intent if each is not Intent.END]), data=st.data()
    )
    def want_and_wait(self, intent: Intent, data: st.DataObject) -> None:
        self.want(intent, "please")
        self.carry_out_all(data)

    @precondition(lambda self: self.session.pending)
    @rule(data=st.data())
    def carry_out(self, data: st.DataObject) -> None:
        event = self.fitting(data)
        assert self.send(event), "an answer to the next command must be taken"

    @precondition(lambda self: self.session.phase is Phase.LISTENING)
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        self.want(Intent.BACK, "go back")
        self.carry_out_all(data)
        if data.draw(st.integers(0, 7)) == 0:
            self.want(Intent.END, "stop here")

    @precondition(lambda self: self.session.pending)
    @rule(data=st.data())
    def carry_out_all(self, data: st.DataObject) -> None:
        while self.session.pending:
            self.ask_what_was_asked_already()
            assert self.send(self.fitting(data))

    def ask_what_was_asked_already(self) -> None:
        if not self.session.rounds:
            return
        item = self.session.rounds[-1]
        question = next(each for each in QUESTIONS if each.id == item.question_id)
        assert not self.send(Picked(at=self.at, question=question))
        for probe in item.probes:
            again = question.follow_up(probe.follow_up)
            assert not self.send(Probed(at=self.at, follow_up=again))

    def fitting(self, data: st.DataObject) -> Event:
        command = self.session.pending[0]
        at = self.tick()
        match command:
            case Pick():
                left = [item for item in QUESTIONS if item.id not in self.session.asked]
                return Picked(at=at, question=data.draw(st.sampled_from([*left * 3, None])))
            case Judge(place=place):
                return Judged(at=at, place=place, grade=self.grade(data))
            case JudgeWhole(round=index):
                return JudgedWhole(at=at, round=index, grade=self.grade(data))
            case ChooseProbe():
                item = self.session.rounds[-1]
                asked = {probe.follow_up for probe in item.probes}
                question = next(each for each in QUESTIONS if each.id == item.question_id)
                left_over = [each for each in question.follow_ups if each.id not in asked]
                return Probed(at=at, follow_up=data.draw(st.sampled_from([*left_over, None])))
            case _:
                hinted = data.draw(st.sampled_from([None, "alpha"]))
                return Spoken(at=at, text="Words.", hinted=hinted)

    def grade(self, data: st.DataObject) -> Graded:
        choices: list[Graded] = [FAILED, *GRADES]
        return data.draw(st.sampled_from(choices))

    @rule(
        event=st.one_of(
            st.builds(Picked, at=st.just(0.0), question=st.sampled_from([*QUESTIONS, None])),
            st.builds(
                Judged,
                at=st.just(0.0),
                place=st.builds(
                    Place,
                    round=st.integers(-1, 3),
                    follow_up=st.sampled_from([None, "why", "nowhere"]),
                ),
                grade=st.just(FAILED),
            ),
            st.builds(
                JudgedWhole, at=st.just(0.0), round=st.integers(-1, 3), grade=st.just(FAILED)
            ),
            st.builds(
                Probed,
                at=st.just(0.0),
                follow_up=st.sampled_from([*QUESTIONS[0].follow_ups, None]),
            ),
            st.builds(Spoken, at=st.just(0.0), text=TEXTS, hinted=st.none()),
        )
    )
    def anything(self, event: Event) -> None:
        self.send(event)

    @invariant()
    def no_question_twice(self) -> None:
        asked = [item.question_id for item in self.session.rounds]
        assert len(asked) == len(set(asked))

    @invariant()
    def no_follow_up_twice(self) -> None:
        for item in self.session.rounds:
            asked = [probe.follow_up for probe in item.probes]
            assert len(asked) == len(set(asked))

    @invariant()
    def thinks_exactly_while_something_is_pending(self) -> None:
        if self.session.started_at is not None:
            assert bool(self.session.pending) == (self.session.phase is Phase.THINKING)

    @invariant()
    def listens_at_a_place_that_exists(self) -> None:
        if self.session.phase is not Phase.LISTENING:
            return
        place = self.session.place
        assert place is not None
        item = self.session.rounds[place.round]
        asked = {None, *(probe.follow_up for probe in item.probes)}
        assert place.follow_up in asked
        # An addition goes to something answered, anything else to the open round.
        if self.session.resume is None:
            assert item is self.session.current
        else:
            assert any(reply.follow_up == place.follow_up for reply in item.replies)
            assert self.session.resume.round == len(self.session.rounds) - 1

    @invariant()
    def only_the_last_round_is_open(self) -> None:
        assert all(item.outcome is not Outcome.OPEN for item in self.session.rounds[:-1])
        for item in self.session.rounds:
            assert (item.closed_at is None) == (item.outcome is Outcome.OPEN)

    @invariant()
    def every_word_of_the_candidate_is_kept(self) -> None:
        lines = [line.text for line in self.session.lines if line.speaker == "candidate"]
        assert lines == self.heard

    @invariant()
    def every_answer_is_judged_when_nothing_is_pending(self) -> None:
        if self.session.pending:
            return
        for item in self.session.rounds:
            assert not item.replies or item.grade is not None

    @invariant()
    def what_was_answered_is_not_called_unknown(self) -> None:
        for item in self.session.rounds:
            passed = item.outcome in {Outcome.SKIPPED, Outcome.UNFINISHED}
            assert not (passed and item.replies)
            if item.outcome is Outcome.UNKNOWN:
                assert len(item.replies) == 1

    @invariant()
    def ended_means_over(self) -> None:
        ended = self.session.phase is Phase.ENDED
        assert ended == (self.session.ended_at is not None)
        if ended:
            assert self.session.current is None
            assert self.session.resume is None

    @invariant()
    def survives_a_save(self) -> None:
        again = Session.model_validate_json(self.session.model_dump_json())
        assert again == self.session


Interview.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestInterview = Interview.TestCase
