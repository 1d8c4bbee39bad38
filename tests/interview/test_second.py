"""The judge beside an interview: its grades come later, and the interview never waits."""

import threading
from collections.abc import Iterable, Iterator, Sequence

import pytest

from interviewer.interview import Cue, Phase, Runner, Session, Speaking, Update
from interviewer.interview.composed import Composed
from interviewer.interview.second import Due, SecondOpinions
from interviewer.interview.session import Intent, Place, Regraded, advance
from interviewer.interview.voice import Words
from interviewer.llm import Bridge
from interviewer.model import (
    Answer,
    FollowUp,
    Grade,
    Graded,
    Level,
    Plan,
    Point,
    Provenance,
    Tier,
    Ungraded,
    Usage,
)
from tests.interview.conftest import make_question

COST = Usage(calls=1, prompt_tokens=100, completion_tokens=10)


class TheJudge:
    """Calls every answer strong; waits while it is held."""

    def __init__(self) -> None:
        self.calls: list[tuple[Due, ...]] = []
        self.free = threading.Event()
        self.free.set()
        self.fails = False

    async def __call__(self, due: Sequence[Due]) -> tuple[Graded, ...]:
        import asyncio

        self.calls.append(tuple(due))
        await asyncio.to_thread(self.free.wait, 200)
        if self.fails:
            raise RuntimeError("broken")
        found = []
        for number, item in enumerate(due):
            assert isinstance(item.first, Grade)
            changed = {
                "level": Level.STRONG,
                "provenance": Provenance(grader="judged", policy="t", model="m"),
                "usage": COST if number == 0 else None,
            }
            found.append(item.first.model_copy(update=changed))
        return tuple(found)


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    with Bridge() as made:
        yield made


@pytest.fixture
def judge() -> Iterator[TheJudge]:
    made = TheJudge()
    yield made
    made.free.set()


@pytest.fixture
def judged(bank, grader, store, voice, clock, judge, bridge) -> Runner:
    second = SecondOpinions(judge, bridge.submit)
    return Runner(bank, grader, store, voice, clock=clock, second=second)


def last(steps: Iterable[Update]) -> Session:
    found = list(steps)[-1]
    assert isinstance(found, Session)
    return found


def begin(runner: Runner, **plan: object) -> Session:
    session = runner.start(Plan.model_validate({"minutes": 60} | plan), seed=1)
    return last(runner.go_on(session.id))


def until_listening(steps: Iterator[Update]) -> Session:
    """What is shown when the candidate may speak."""
    return next(s for s in steps if isinstance(s, Session) and s.phase is Phase.LISTENING)


def grader_of(grade: Graded | None) -> str:
    assert isinstance(grade, Grade)
    return grade.provenance.grader


def test_the_judges_grade_takes_the_place_of_the_first(judged):
    session = begin(judged)
    session = last(judged.answer(session.id, "alpha"))
    assert grader_of(session.rounds[0].unaided) == "judged"
    assert session.usage == COST


def test_the_interviewer_speaks_before_the_judge_has_read(judged, judge):
    session = begin(judged)
    judge.free.clear()
    steps = judged.answer(session.id, "alpha")
    step = until_listening(steps)
    assert judge.calls
    assert judged.judging(session.id)
    assert step.lines[-1].cue is Cue.PROBE
    assert grader_of(step.rounds[0].unaided) == "words"
    judge.free.set()
    assert grader_of(last(steps).rounds[0].unaided) == "judged"
    assert not judged.judging(session.id)


def test_what_is_new_is_shown_before_the_judge_has_read(judged, judge):
    session = begin(judged)
    judge.free.clear()
    until_listening(judged.answer(session.id, "alpha"))
    behind = judged.go_on(session.id, shown=session.revision)
    seen = next(behind)
    assert judged.judging(session.id)
    assert seen.lines[-1].cue is Cue.PROBE
    judge.free.set()
    assert grader_of(last(behind).rounds[0].unaided) == "judged"
    assert list(judged.go_on(session.id, shown=judged.load(session.id).revision)) == []


def test_the_candidate_goes_on_while_the_judge_reads(judged, judge):
    session = begin(judged)
    judge.free.clear()
    first = judged.answer(session.id, "alpha")
    until_listening(first)
    second = judged.answer(session.id, "side")
    until_listening(second)
    judge.free.set()
    list(first)
    list(second)
    session = judged.load(session.id)
    assert grader_of(session.rounds[0].unaided) == "judged"
    assert grader_of(session.rounds[0].probes[0].grade) == "judged"


def test_each_turn_is_one_call_and_the_last_follow_up_is_judged_with_the_whole(judged, judge):
    session = begin(judged)
    for text in ("alpha", "side", "depth"):
        session = last(judged.answer(session.id, text))
    shown = [[(item.place.follow_up, item.whole) for item in call] for call in judge.calls]
    assert shown == [
        [(None, False)],
        [("to-beta", False)],
        [("to-gamma", False), (None, True)],
    ]
    assert grader_of(session.rounds[0].after_probing) == "judged"
    assert judge.calls[2][1].answer.text == "alpha\n\nside\n\ndepth"


def test_a_grade_for_words_that_changed_since_is_dropped(judged, judge):
    session = begin(judged)
    judge.free.clear()
    steps = judged.answer(session.id, "alpha")
    until_listening(steps)
    late = judge.calls[0][0]
    judge.free.set()
    last(steps)
    last(judged.want(session.id, Intent.BACK))
    session = last(judged.answer(session.id, "beta"))
    before = session.rounds[0].unaided
    stale = late.regraded(9.0, late.first)
    assert advance(session, stale)[0].rounds[0].unaided == before


def test_a_broken_judge_leaves_the_first_grade(judged, judge):
    judge.fails = True
    session = begin(judged)
    session = last(judged.answer(session.id, "alpha"))
    assert grader_of(session.rounds[0].unaided) == "words"
    assert session.phase is Phase.LISTENING


def test_regrade_asks_the_judge_about_what_it_has_not_seen(runner, judged, judge):
    session = begin(runner)
    for text in ("alpha", "side", "depth"):
        session = last(runner.answer(session.id, text))
    assert not runner.regradable(session)
    assert judged.regradable(session)
    regraded = list(judged.regrade(session.id))
    assert len(judge.calls) == 1
    item = regraded[-1].rounds[0]
    probes = [probe.grade for probe in item.probes]
    assert {grader_of(each) for each in (item.unaided, item.after_probing, *probes)} == {"judged"}
    assert not judged.regradable(regraded[-1])
    assert list(judged.regrade(session.id)) == []


def test_regrade_without_a_judge_grades_what_has_no_grade(runner, grader):
    session = begin(runner)
    session = last(runner.answer(session.id, "alpha unloadable"))
    assert isinstance(session.rounds[0].unaided, Ungraded)
    grader.grade = lambda question, answer: type(grader)().grade(
        question, answer.model_copy(update={"text": "alpha"})
    )
    assert runner.regradable(session)
    assert grader_of(last(runner.regrade(session.id)).rounds[0].unaided) == "words"


def test_a_regrade_that_fails_changes_nothing(runner):
    session = begin(runner)
    session = last(runner.answer(session.id, "alpha"))
    event = Regraded(at=1.0, round=0, text="alpha", grade=Ungraded(ungraded="no"))
    assert advance(session, event)[0].rounds == session.rounds
    nowhere = Regraded(at=1.0, round=7, text="alpha", grade=session.rounds[0].unaided)
    assert advance(session, nowhere)[0].rounds == session.rounds


class Slow:
    """Says the template's words in pieces."""

    def __init__(self, voice) -> None:
        self.voice = voice
        self.plainly: list[bool] = []

    def speak(self, session, say, bank, *, plainly=False) -> Iterator[str | Words]:
        self.plainly.append(plainly)
        words = self.voice.say(session, say, bank)
        for word in words.text.split():
            yield f"{word} "
        yield Words(words.text, usage=COST, note="by hand")


def test_words_are_handed_on_as_they_come_and_saved_whole(bank, grader, store, voice, clock):
    runner = Runner(bank, grader, store, Slow(voice), clock=clock)
    session = runner.start(Plan(), seed=1)
    updates = list(runner.go_on(session.id))
    pieces = [item for item in updates if isinstance(item, Speaking)]
    done = updates[-1]
    assert isinstance(done, Session)
    assert len(pieces) == sum(len(line.text.split()) for line in done.lines)
    assert pieces[-1].text.strip() == done.lines[-1].text
    assert done.lines[-1].note == "by hand"
    assert done.usage.calls == len(done.lines)


def test_a_reader_who_leaves_in_mid_line_loses_nothing(bank, grader, store, voice, clock):
    runner = Runner(bank, grader, store, Slow(voice), clock=clock)
    session = runner.start(Plan(), seed=1)
    steps = runner.go_on(session.id)
    assert isinstance(next(steps), Speaking)
    del steps
    assert runner.load(session.id).lines == ()
    assert last(runner.go_on(session.id)).phase is Phase.LISTENING


def test_a_composed_follow_up_is_asked_kept_and_graded(store, voice, clock, grader, bank, question):
    alone = question("alone", follow_ups=())
    composed = FollowUp(
        id="composed-beta",
        ask="And what else is there?",
        probes=("beta",),
        model_answer="beta.",
        points=(Point(id="beta", tier=Tier.CORE, claim="It is beta."),),
    )
    runner = Runner(
        type(bank)([alone], bank.taxonomy),
        grader,
        store,
        voice,
        clock=clock,
        composer=lambda _, session: None if session.current.probes else Composed(composed, COST),
    )
    session = begin(runner)
    session = last(runner.answer(session.id, "alpha"))
    assert session.lines[-1].text.endswith("And what else is there?")
    assert session.rounds[0].probes[0].composed == composed
    session = last(runner.answer(session.id, "beta"))
    probe = session.rounds[0].probes[0]
    assert isinstance(probe.grade, Grade)
    assert probe.grade.level is Level.STRONG
    assert session.usage == COST


def test_a_composed_question_is_asked_second_and_graded(runner, question):
    own = question("composed-1", prompt="Tell me about your crawler?")
    session = begin(runner, composed=(own,))
    assert session.rounds[0].question_id != own.id
    session = last(runner.want(session.id, Intent.SKIP))
    assert session.rounds[1].prompt == own.prompt
    session = last(runner.answer(session.id, "alpha beta"))
    assert isinstance(session.rounds[1].unaided, Grade)


def test_i_do_not_know_leaves_nothing_to_judge(judged, judge):
    session = begin(judged)
    session = last(judged.want(session.id, Intent.DONT_KNOW))
    assert isinstance(session.rounds[0].unaided, Grade)
    assert judge.calls == []
    assert not judged.regradable(session)


def test_one_grade_that_cannot_be_kept_does_not_lose_the_others(bridge, judge, runner):
    session = begin(runner)
    session = last(runner.answer(session.id, "alpha"))
    first = session.rounds[0].unaided
    assert isinstance(first, Grade)
    places = [Place(round=0), Place(round=0, follow_up="to-beta")]
    due = [
        Due(
            place,
            whole=False,
            question=make_question("bias"),
            answer=Answer(text="alpha"),
            first=first,
        )
        for place in places
    ]
    kept = []

    def keep(_session_id, item, _grade):
        if item.place.follow_up is None:
            raise OSError("disk full")
        kept.append(item.place)

    SecondOpinions(judge, bridge.submit).submit(session.id, due, keep).result()
    assert kept == [places[1]]


def test_a_turn_that_composed_is_said_without_another_call(
    store, voice, clock, grader, bank, question
):
    alone = type(bank)([question("alone", follow_ups=())], bank.taxonomy)
    slow = Slow(voice)
    runner = Runner(
        alone, grader, store, slow, clock=clock, composer=lambda *_: Composed(usage=COST)
    )
    session = begin(runner)
    slow.plainly.clear()
    session = last(runner.answer(session.id, "alpha"))
    assert session.lines[-2].cue is Cue.CLOSE
    assert slow.plainly == [True, False]
