"""Whole interviews over a real store: saved at each step, and taken up again anywhere."""

import logging
import threading
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

import pytest

from interviewer.errors import (
    AnswerRefused,
    EmbeddingError,
    InterviewError,
    InvalidEvent,
    StaleTurn,
    UnknownSession,
)
from interviewer.interview import Cue, Intent, Outcome, Phase, Runner, Session, Update
from interviewer.interview.runner import _STALE
from interviewer.interview.session import Judge, Say, ungraded_rounds
from interviewer.model import Answer, Grade, Graded, Level, Manner, Mode, Plan, Ungraded


def last(steps: Iterable[Update]) -> Session:
    """The session after the last step."""
    found = list(steps)[-1]
    assert isinstance(found, Session)
    return found


def cues(session: Session) -> list[Cue | Intent | None]:
    return [line.cue for line in session.lines if line.speaker == "interviewer"]


def heard(session: Session) -> list[str]:
    return [line.text for line in session.lines if line.speaker == "candidate"]


def level(graded: Graded | None) -> Level:
    assert isinstance(graded, Grade)
    return graded.level


GERMAN = (
    "Das ist die Verzerrung des Schätzers und nicht die Varianz, "
    "denn sie bleibt auch bei vielen Daten."
)

# A whole interview: what the candidate types, or clicks.
SCRIPT: list[str | Intent] = [
    "alpha", "side", "depth",  # a question with two follow-ups
    "can you repeat that", "hint please", "I don't know",
    Intent.BACK, "beta alpha gamma",  # an answer after all, then on
    "alpha beta gamma", "go back", "that's all", "edge",  # back to it, nothing to add
    Intent.SKIP, "let me think", "alpha unloadable",
]  # fmt: skip


def do(runner: Runner, session_id: str, action: str | Intent) -> Iterator[Update]:
    if isinstance(action, Intent):
        return runner.want(session_id, action)
    return runner.answer(session_id, action)


@pytest.fixture
def frozen(bank, store, voice, grader):
    """Runners whose time stands still, so that their sessions can be compared."""
    return lambda grader=grader: Runner(bank, grader, store, voice, clock=lambda: 1_000.0)


def without_id(session: Session) -> Session:
    return session.model_copy(update={"id": "same"})


def hold(runner: Runner) -> Session:
    session = runner.start(Plan(minutes=60), seed=3)
    session = last(runner.go_on(session.id))
    for action in SCRIPT:
        session = last(do(runner, session.id, action))
    return session


def test_an_interview_from_greeting_to_goodbye(frozen, store):
    session = hold(frozen())
    assert session == store.load(session.id)
    assert session.phase is Phase.ENDED
    assert cues(session) == [
        Cue.GREET, Cue.ASK, Cue.PROBE, Cue.PROBE, Cue.CLOSE,
        Cue.ASK, Cue.REPEAT, Cue.HINT, Cue.UNKNOWN,
        Cue.ASK, Cue.BACK, Cue.RETURN, Cue.PROBE, Cue.BACK, Cue.RETURN, Cue.CLOSE,
        Cue.ASK, Cue.SKIPPED, Cue.ASK, Cue.PAUSE, Cue.CLOSE, Cue.WRAP_UP,
    ]  # fmt: skip
    assert heard(session) == [text for text in SCRIPT if not isinstance(text, Intent)]
    assert [item.outcome for item in session.rounds] == [
        Outcome.ANSWERED, Outcome.ANSWERED, Outcome.ANSWERED, Outcome.SKIPPED, Outcome.ANSWERED,
    ]  # fmt: skip
    assert session.rounds[1].text() == "beta alpha gamma"
    assert session.rounds[1].hints == ("alpha",)


def test_start_saves_and_says_nothing(runner, store):
    session = runner.start(Plan(), seed=5)
    assert (session.lines, session.seed) == ((), 5)
    assert store.load(session.id) == session == runner.load(session.id)
    assert session.pending[0] == Say(cue=Cue.GREET)
    assert runner.start(Plan()).seed != runner.start(Plan()).seed


def test_a_plan_that_cannot_be_held_is_not_saved(runner, store):
    with pytest.raises(InterviewError, match="no topic 'nowhere'"):
        runner.start(Plan(topics=("nowhere",)))
    assert store.count() == 0


def test_going_on_yields_what_was_saved_and_then_nothing(runner, store):
    session = runner.start(Plan(), seed=1)
    for step in runner.go_on(session.id):
        assert store.load(session.id) == step
    assert step.phase is Phase.LISTENING
    assert list(runner.go_on(session.id)) == []


def test_an_answer_is_saved_before_it_is_graded(runner, begun, store, grader):
    session = begun()
    steps = runner.answer(session.id, "alpha", manner=Manner.SPOKEN, seconds=12.0)
    stored = store.load(session.id)
    assert (heard(stored), stored.phase, grader.seen) == (["alpha"], Phase.THINKING, [])
    assert next(steps) == stored
    assert isinstance(stored.pending[0], Judge)
    after = list(steps)[-1]
    assert after.phase is Phase.LISTENING
    assert grader.seen[0][1] == Answer(text="alpha", manner=Manner.SPOKEN, seconds=12.0)


def test_follow_ups_are_graded_as_questions_and_the_round_as_a_whole(runner, begun, grader):
    session = begun(minutes=60, topics=("basics",))
    prompt = session.rounds[0].prompt
    session = last(runner.answer(session.id, "alpha"))
    assert cues(session)[-1] is Cue.PROBE
    session = last(runner.answer(session.id, "the side is beta", manner=Manner.SPOKEN, seconds=2))
    session = last(runner.answer(session.id, "gamma depth"))
    item = session.rounds[0]
    asked = [question for question, _ in grader.seen]
    assert asked == [prompt, item.probes[0].ask, item.probes[1].ask, prompt]
    assert grader.seen[-1][1].text == item.whole_text == "alpha\n\nthe side is beta\n\ngamma depth"
    assert grader.seen[-1][1].manner is Manner.SPOKEN
    assert [level(probe.grade) for probe in item.probes] == [Level.STRONG, Level.STRONG]
    assert (level(item.unaided), level(item.grade)) == (Level.OK, Level.STRONG)
    assert cues(session)[-2:] == [Cue.CLOSE, Cue.ASK]


@pytest.mark.parametrize("times", [(3.0, 4.0), (3.0, None), (3.0, -1.0), (3.0, float("nan"))])
def test_the_time_of_a_whole_is_known_when_each_is(runner, begun, grader, times):
    session = begun(minutes=60)
    for seconds in times:
        last(runner.answer(session.id, "alpha", seconds=seconds))
    last(runner.want(session.id, Intent.SKIP))
    assert grader.seen[-1][1].seconds == (7.0 if times == (3.0, 4.0) else None)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("clicked", [True, False])
@pytest.mark.parametrize(
    ("intent", "words", "cue"),
    [
        (Intent.REPEAT, "can you repeat that", Cue.REPEAT),
        (Intent.REPHRASE, "could you rephrase", Cue.REPHRASE),
        (Intent.CLARIFY, "what do you mean", Cue.CLARIFY),
        (Intent.HINT, "hint please", None),
        (Intent.PAUSE, "let me think", Cue.PAUSE),
        (Intent.BACK, "go back", Cue.NO_BACK),
    ],
)
def test_a_request_is_served_clicked_or_said(*, runner, begun, mode, clicked, intent, words, cue):
    session = begun(mode=mode)
    before = session
    steps = runner.want(session.id, intent) if clicked else runner.answer(session.id, words)
    session = last(steps)
    cue = cue or (Cue.HINT if mode is Mode.PRACTICE else Cue.NO_HINT)
    assert cues(session)[-1] is cue
    assert heard(session) == ([] if clicked else [words])
    assert (session.phase, session.place) == (Phase.LISTENING, before.place)
    assert session.rounds[0].replies == ()


def test_hints_run_out_and_none_comes_twice(runner, begun):
    session = begun()
    for _ in range(5):
        session = last(runner.want(session.id, Intent.HINT))
    assert session.rounds[0].hints == ("alpha", "beta", "gamma")


def test_nothing_is_given_away_in_a_mock_interview(runner, begun, bank):
    session = begun(mode="mock", minutes=60)
    for action in ["hint", "alpha", "I don't know", "no idea", "clarify that please"]:
        session = last(runner.answer(session.id, action))
    for line in session.lines:
        if line.speaker == "interviewer":
            assert "roughly" not in line.text
            assert "notes" not in line.text or line.cue is Cue.GREET
            assert all(question.model_answer not in line.text for question in bank)


@pytest.mark.parametrize(
    ("intent", "outcome", "replies"),
    [(Intent.SKIP, Outcome.SKIPPED, 0), (Intent.DONT_KNOW, Outcome.UNKNOWN, 1)],
)
def test_passing_leads_to_the_next_question(runner, begun, intent, outcome, replies):
    session = last(runner.want(begun(minutes=60).id, intent))
    assert (session.rounds[0].outcome, len(session.rounds[0].replies)) == (outcome, replies)
    assert len(session.rounds) == 2
    assert bool(session.rounds[0].grade) == bool(replies)


def test_next_question_is_no_answer(runner, begun):
    session = last(runner.answer(begun(minutes=60).id, "Next question, please."))
    assert session.rounds[0].outcome is Outcome.SKIPPED


def test_going_back_adds_and_grades_again(runner, begun):
    session = begun(minutes=60, seed=2)
    for text in ["alpha", "nothing", "nothing at all", "go back", "gamma side depth"]:
        session = last(runner.answer(session.id, text))
    first = session.rounds[0]
    assert first.whole_text.endswith("nothing at all\n\ngamma side depth")
    assert first.after_probing.verdict("gamma").strength == 1
    assert cues(session)[-2:] == [Cue.BACK, Cue.RETURN]
    assert session.place.round == 1


@pytest.mark.parametrize(
    "text",
    ["", "   \n", "\x00\x07", "?!", "word " * 4_001, GERMAN],
)
def test_what_is_no_answer_is_refused_and_changes_nothing(runner, begun, text):
    session = begun()
    with pytest.raises(AnswerRefused):
        runner.answer(session.id, text)
    assert runner.load(session.id) == session


def test_text_that_no_store_can_hold_is_cleaned(runner, begun):
    session = last(runner.answer(begun().id, "alp\x00ha\r\n\ud800 <script>x</script> \u202e🙂\tok"))
    assert session.rounds[0].text() == "alpha\n <script>x</script> \u202e🙂\tok"


def test_a_grader_that_cannot_work_leaves_the_answer_ungraded(runner, begun):
    session = last(runner.answer(begun(minutes=60).id, "alpha unloadable"))
    assert session.rounds[0].unaided == Ungraded(
        ungraded="The embedding model cannot be loaded. Reinstall it."
    )
    assert ungraded_rounds(session) == (0,)
    assert session.rounds[0].outcome is Outcome.ANSWERED
    assert (session.phase, len(session.rounds)) == (Phase.LISTENING, 2)


def test_a_grader_that_breaks_is_logged_and_never_shown_raw(runner, begun, caplog):
    with caplog.at_level(logging.ERROR):
        session = last(runner.answer(begun(minutes=60).id, "alpha crash"))
    assert isinstance(session.rounds[0].unaided, Ungraded)
    assert "secret" not in session.model_dump_json()
    assert session.id in caplog.text
    assert "/secret/path exploded" in caplog.text


def test_ending_with_an_ungraded_answer(runner, begun):
    session = begun(minutes=60)
    for text in ["alpha", "crash", "stop the interview"]:
        session = last(runner.answer(session.id, text))
    # The broken grade of the follow-up closed the round; its whole could not be graded either.
    assert session.phase is Phase.ENDED
    assert isinstance(session.rounds[0].after_probing, Ungraded)
    assert isinstance(session.rounds[0].grade, Grade)


def test_the_clock_runs_out(runner, begun, clock):
    session = begun(minutes=10)
    clock.now += 9 * 60 + 50
    session = last(runner.answer(session.id, "alpha"))
    assert cues(session)[-1] is Cue.PROBE
    clock.now += 60
    session = last(runner.answer(session.id, "beta"))
    assert cues(session)[-2:] == [Cue.CLOSE, Cue.WRAP_UP]
    assert "time" in session.lines[-1].text
    assert (session.phase, session.seconds_left(clock())) == (Phase.ENDED, 0.0)


def test_an_interview_of_so_many_questions(runner, begun):
    session = begun(minutes=60, questions=2)
    for _ in range(2):
        session = last(runner.want(session.id, Intent.SKIP))
    assert (session.phase, len(session.rounds)) == (Phase.ENDED, 2)


def test_after_the_end_nothing_is_taken(runner, begun):
    session = last(runner.want(begun().id, Intent.END))
    for seen in (None, 0, len(session.lines)):
        with pytest.raises(InvalidEvent, match="is over"):
            runner.answer(session.id, "one more thing: alpha", seen=seen)
    assert runner.load(session.id) == session


def test_an_unknown_session_is_named(runner):
    for call in (runner.load, lambda name: next(runner.go_on(name))):
        with pytest.raises(UnknownSession):
            call("nowhere")
    with pytest.raises(UnknownSession):
        runner.answer("nowhere", "alpha")


# A reload, a killed process, a second tab.


def test_it_can_be_taken_up_by_a_new_process_after_every_step(frozen):
    whole = hold(frozen())
    session = frozen().start(Plan(minutes=60), seed=3)
    session_id = session.id

    def one_step_each() -> Iterator[Session]:
        while (step := next(frozen().go_on(session_id), None)) is not None:
            yield step

    for _ in one_step_each():
        pass
    for action in SCRIPT:
        next(do(frozen(), session_id, action))
        for _ in one_step_each():
            pass
    assert without_id(frozen().load(session_id)) == without_id(whole)


def test_it_survives_being_killed_inside_any_grading(frozen, grader):
    whole = hold(frozen())
    kills = 0

    class Killed(BaseException):
        pass

    class Doomed:
        name = "doomed"

        def grade(self, _question, _answer):
            raise Killed

    session = frozen().start(Plan(minutes=60), seed=3)
    for action in [None, *SCRIPT]:
        try:
            steps = (
                frozen(Doomed()).go_on(session.id)
                if action is None
                else do(frozen(Doomed()), session.id, action)
            )
            list(steps)
        except Killed:
            kills += 1
            list(frozen().go_on(session.id))
    assert kills > 5
    assert without_id(frozen().load(session.id)) == without_id(whole)


def test_a_second_tab_cannot_answer_what_it_has_not_seen(runner, begun):
    session = begun(minutes=60)
    seen = len(session.lines)
    last(runner.answer(session.id, "alpha", seen=seen))
    now = runner.load(session.id)
    with pytest.raises(StaleTurn, match="moved on"):
        runner.answer(session.id, "beta", seen=seen)
    with pytest.raises(StaleTurn, match="moved on"):
        runner.want(session.id, Intent.SKIP, seen=seen)
    assert runner.load(session.id) == now
    last(runner.answer(session.id, "beta", seen=len(now.lines)))


def test_a_second_tab_cannot_answer_while_the_first_is_being_graded(runner, begun):
    session = begun(minutes=60)
    seen = len(session.lines)
    steps = runner.answer(session.id, "alpha", seen=seen)
    with pytest.raises(StaleTurn):
        runner.answer(session.id, "beta", seen=seen)
    with pytest.raises(InvalidEvent, match="not listening yet"):
        runner.answer(session.id, "beta")
    assert heard(last(steps)) == ["alpha"]


def test_two_processes_answering_at_once_lose_nothing_twice(frozen, store, bank, voice, grader):
    """The other process saves between this one's reading and its saving."""
    session = frozen().start(Plan(minutes=60), seed=3)
    list(frozen().go_on(session.id))

    class Beaten:
        def __getattr__(self, name):
            return getattr(store, name)

        def save(self, changed, *, after):
            last(frozen().answer(changed.id, "alpha"))
            store.save(changed, after=after)

    beaten = Runner(bank, grader, Beaten(), voice, clock=lambda: 1_000.0)
    with pytest.raises(StaleTurn) as error:
        beaten.answer(session.id, "beta")
    assert str(error.value) == _STALE
    assert heard(store.load(session.id)) == ["alpha"]


def test_two_processes_going_on_at_once_do_each_thing_once(frozen, store):
    session = frozen().start(Plan(minutes=60), seed=3)
    list(frozen().go_on(session.id))
    next(frozen().answer(session.id, "alpha"))

    class Slow:
        name = "slow"

        def grade(self, _question, _answer):
            list(frozen().go_on(session.id))  # another process is faster
            return Ungraded(ungraded="Too late.")

    after = last(frozen(Slow()).go_on(session.id))
    assert after == store.load(session.id)
    assert isinstance(after.rounds[0].unaided, Grade)
    assert cues(after)[-1] is Cue.PROBE
    assert cues(after).count(Cue.PROBE) == 1


def test_many_tabs_going_on_at_once_grade_once(runner, begun, grader):
    session = begun(minutes=60)
    next(runner.answer(session.id, "alpha"))
    threads = [threading.Thread(target=lambda: list(runner.go_on(session.id))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(grader.seen) == 1
    assert cues(runner.load(session.id)).count(Cue.PROBE) == 1
    assert len(runner._locks) == 0


# With a search index.


class Near:
    """Finds 'serving' most relevant, and every follow-up said before."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def search_all(self, queries, limit=10):
        self.asked.extend(queries)
        return [[SimpleNamespace(question_id="serving", score=0.9)][:limit] for _ in queries]

    def says_the_same(self, _text, _others):
        return True


class Broken:
    def search_all(self, *_):
        raise EmbeddingError("No model.")

    def says_the_same(self, _text, _others):
        raise EmbeddingError("No model.")


def test_a_target_text_aims_the_interview_and_is_read_once(bank, grader, store, voice, clock):
    near = Near()
    runner = Runner(bank, grader, store, voice, index=near, clock=clock)
    text = "You build the serving of our models."
    plan = Plan(minutes=60, topics=("systems",), level="advanced", target=text)
    session = last(runner.go_on(runner.start(plan).id))
    assert session.rounds[0].question_id == "serving"
    assert session.rounds[0].because == text.strip(".")
    read = list(near.asked)
    assert read
    last(runner.go_on(runner.start(plan).id))
    assert near.asked == read


def test_the_index_guards_against_asking_the_same(bank, grader, store, voice, clock):
    runner = Runner(bank, grader, store, voice, index=Near(), clock=clock)
    session = runner.start(Plan(minutes=60))
    list(runner.go_on(session.id))
    session = last(runner.answer(session.id, "alpha"))
    assert cues(session)[-2:] == [Cue.CLOSE, Cue.ASK]


def test_an_index_that_cannot_work_is_done_without(*, bank, grader, store, voice, clock, caplog):
    runner = Runner(bank, grader, store, voice, index=Broken(), clock=clock)
    session = runner.start(Plan(minutes=60, target="You build the serving of our models."))
    list(runner.go_on(session.id))
    session = last(runner.answer(session.id, "alpha"))
    assert cues(session)[-1] is Cue.PROBE
    assert "cannot be aimed" in caplog.text


def test_a_question_that_left_the_bank_is_closed_ungraded(
    *, begun, grader, store, voice, clock, taxonomy, bank
):
    session = begun(minutes=60)
    gone = session.rounds[0].question_id
    smaller = type(bank)([each for each in bank if each.id != gone], taxonomy)
    runner = Runner(smaller, grader, store, voice, clock=clock)
    session = last(runner.want(session.id, Intent.HINT))
    session = last(runner.answer(session.id, "alpha"))
    assert isinstance(session.rounds[0].unaided, Ungraded)
    assert gone in session.rounds[0].unaided.ungraded
    assert cues(session)[-1] is Cue.ASK
