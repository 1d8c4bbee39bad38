"""The state machine, one transition at a time, with no runner and no clock."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.errors import InvalidEvent
from interviewer.interview.session import (
    Answered,
    Begin,
    ChooseProbe,
    Cue,
    Event,
    Intent,
    Judge,
    Judged,
    JudgedWhole,
    JudgeWhole,
    Line,
    Outcome,
    Phase,
    Pick,
    Picked,
    Place,
    Probed,
    Say,
    Session,
    Spoken,
    Wanted,
    advance,
    ungraded_rounds,
)
from interviewer.model import Answer, Mode, Plan, Ungraded

FIRST = Place(round=0)
SECOND = Place(round=1)
PROBE = Place(round=0, follow_up="to-beta")


def new(mode: Mode = Mode.PRACTICE) -> Session:
    return Session(id="s", seed=1, plan=Plan(mode=mode), created_at=0.0)


def play(session: Session, events: Sequence[Event]) -> Session:
    for event in events:
        session, commands = advance(session, event)
        assert commands == session.pending
    return session


def said(text: str = "words") -> Spoken:
    return Spoken(at=1.0, text=text)


def answered(text: str) -> Answered:
    return Answered(at=2.0, answer=Answer(text=text))


def wanted(intent: Intent, text: str = "") -> Wanted:
    return Wanted(at=3.0, intent=intent, text=text)


@pytest.fixture
def script(question, graded):
    """Pieces of an interview on two questions."""

    class Script:
        one, two = question("bias"), question("variance")
        probe = one.follow_ups[1]

        def ask_first(self) -> list[Event]:
            picked = Picked(at=1.0, question=self.one)
            return [Begin(at=0.0), said("Hello."), picked, said("Bias?")]

        def judged(self, place: Place, text: str) -> Judged:
            return Judged(at=4.0, place=place, grade=graded(self.one, text))

        def probe_it(self) -> list[Event]:
            probed = Probed(at=5.0, follow_up=self.probe)
            return [answered("alpha"), self.judged(FIRST, "alpha"), probed, said("And?")]

        def close(self) -> list[Event]:
            return [
                answered("alpha"),
                self.judged(FIRST, "alpha"),
                Probed(at=5.0, follow_up=None),
                said("Thanks."),
                Picked(at=6.0, question=self.two),
                said("Variance?"),
            ]

        def whole(self) -> JudgedWhole:
            grade = graded(self.one, "alpha beta")
            return JudgedWhole(at=6.0, round=0, grade=grade)

    return Script()


def test_it_begins_with_a_greeting_and_a_question(script):
    session = play(new(), [Begin(at=0.0)])
    assert (session.phase, session.pending) == (Phase.THINKING, (Say(cue=Cue.GREET), Pick()))
    session = play(new(), script.ask_first())
    assert (session.phase, session.place, session.pending) == (Phase.LISTENING, FIRST, ())
    assert [line.cue for line in session.lines] == [Cue.GREET, Cue.ASK]


def test_an_answer_is_judged_and_probed_then_judged_whole(script):
    session = play(new(), [*script.ask_first(), answered("alpha")])
    assert session.pending == (Judge(place=FIRST),)
    session = play(session, [script.judged(FIRST, "alpha")])
    assert session.pending == (ChooseProbe(),)
    session = play(session, [Probed(at=5.0, follow_up=script.probe), said("And?")])
    assert (session.phase, session.place) == (Phase.LISTENING, PROBE)
    session = play(session, [answered("side beta"), script.judged(PROBE, "side")])
    session = play(session, [Probed(at=6.0, follow_up=None)])
    assert session.pending == (JudgeWhole(round=0), Say(cue=Cue.CLOSE, place=FIRST), Pick())
    session = play(session, [script.whole(), said("Thanks.")])
    item = session.rounds[0]
    assert (item.outcome, item.whole_text) == (Outcome.ANSWERED, "alpha\n\nside beta")
    assert item.grade == item.after_probing != item.unaided
    assert item.probes[0].grade


def test_no_further_question_wraps_up(script):
    session = play(new(), [*script.ask_first(), *script.close()[:-2]])
    session = play(session, [Picked(at=6.0, question=None)])
    assert session.pending == (Say(cue=Cue.WRAP_UP),)
    session = play(session, [said("Bye.")])
    assert (session.phase, session.ended_at, session.place) == (Phase.ENDED, 1.0, None)
    with pytest.raises(InvalidEvent, match="is over"):
        advance(session, answered("more"))


@pytest.mark.parametrize(
    ("intent", "mode", "cue"),
    [
        (Intent.REPEAT, Mode.PRACTICE, Cue.REPEAT),
        (Intent.REPHRASE, Mode.MOCK, Cue.REPHRASE),
        (Intent.CLARIFY, Mode.MOCK, Cue.CLARIFY),
        (Intent.PAUSE, Mode.MOCK, Cue.PAUSE),
        (Intent.HINT, Mode.PRACTICE, Cue.HINT),
        (Intent.HINT, Mode.MOCK, Cue.NO_HINT),
    ],
)
@pytest.mark.parametrize("at_probe", [False, True])
def test_a_request_is_served_and_the_place_kept(script, intent, mode, cue, at_probe):
    session = play(new(mode), script.ask_first() + (script.probe_it() if at_probe else []))
    place = session.place
    assert place is not None
    session = play(session, [wanted(intent, "please")])
    assert session.pending == (Say(cue=cue, place=place),)
    session = play(session, [said("Here you are.")])
    assert (session.phase, session.place) == (Phase.LISTENING, place)
    heard, spoken = session.lines[-2:]
    assert (heard.cue, heard.text, heard.follow_up) == (intent, "please", place.follow_up)
    assert (spoken.cue, spoken.round) == (cue, 0)


def test_there_is_nothing_to_go_back_to_before_the_first_answer(script):
    session = play(new(), [*script.ask_first(), wanted(Intent.BACK)])
    assert session.pending == (Say(cue=Cue.NO_BACK, place=FIRST),)
    assert (session.place, session.resume) == (FIRST, None)


def test_a_hint_is_remembered_by_its_point(script):
    session = play(new(), [*script.ask_first(), wanted(Intent.HINT)])
    session = play(session, [Spoken(at=4.0, text="Think.", hinted="alpha")])
    assert session.rounds[0].hints == ("alpha",)


@pytest.mark.parametrize(
    ("intent", "outcome", "commands"),
    [
        (Intent.SKIP, Outcome.SKIPPED, (Say(cue=Cue.SKIPPED, place=FIRST), Pick())),
        (
            Intent.DONT_KNOW,
            Outcome.UNKNOWN,
            (Judge(place=FIRST), Say(cue=Cue.UNKNOWN, place=FIRST), Pick()),
        ),
    ],
)
def test_passing_on_a_question_closes_it(script, intent, outcome, commands):
    session = play(new(), [*script.ask_first(), wanted(intent)])
    assert session.rounds[0].outcome is outcome
    assert session.rounds[0].closed_at == 3.0
    assert session.pending == commands


def test_what_is_not_known_is_judged_but_not_probed(script):
    session = play(new(), [*script.ask_first(), wanted(Intent.DONT_KNOW, "no idea")])
    session = play(session, [script.judged(FIRST, "no idea")])
    assert session.pending == (Say(cue=Cue.UNKNOWN, place=FIRST), Pick())
    assert session.rounds[0].text() == "no idea"


@pytest.mark.parametrize("intent", [Intent.SKIP, Intent.DONT_KNOW])
def test_passing_on_a_follow_up_closes_the_question_as_answered(script, intent):
    session = play(new(), [*script.ask_first(), *script.probe_it(), wanted(intent, "pass")])
    assert session.rounds[0].outcome is Outcome.ANSWERED
    assert session.pending == (Say(cue=Cue.CLOSE, place=FIRST), Pick())
    assert len(session.rounds[0].replies) == 1


def test_going_back_adds_to_the_last_answer_and_returns(script):
    session = play(new(), [*script.ask_first(), *script.close(), wanted(Intent.BACK)])
    assert session.pending == (Say(cue=Cue.BACK, place=FIRST),)
    assert (session.place, session.resume) == (FIRST, SECOND)
    session = play(session, [said("What?"), answered("beta"), script.judged(FIRST, "alpha beta")])
    assert session.pending == (Say(cue=Cue.RETURN, place=SECOND),)
    assert (session.place, session.resume) == (SECOND, None)
    assert session.rounds[0].text() == "alpha\n\nbeta"
    assert session.rounds[0].outcome is Outcome.ANSWERED
    session = play(session, [said("We were here."), answered("alpha")])
    assert session.pending == (Judge(place=SECOND),)


def test_going_back_from_a_follow_up_judges_the_whole_only_if_one_was_answered(script):
    at_probe = play(new(), [*script.ask_first(), *script.probe_it()])
    back = play(at_probe, [wanted(Intent.BACK), said("What?")])
    assert (back.place, back.resume) == (FIRST, PROBE)
    back = play(back, [answered("beta"), script.judged(FIRST, "alpha beta"), said("Here.")])
    assert (back.place, back.phase) == (PROBE, Phase.LISTENING)

    closed = [
        answered("side"),
        script.judged(PROBE, "side"),
        Probed(at=6.0, follow_up=None),
        script.whole(),
        said("Thanks."),
        Picked(at=7.0, question=script.two),
        said("Variance?"),
    ]
    later = play(at_probe, [*closed, wanted(Intent.BACK), said("What?")])
    assert (later.place, later.resume) == (PROBE, SECOND)
    later = play(later, [answered("more"), script.judged(PROBE, "side more")])
    assert later.pending == (JudgeWhole(round=0),)
    later = play(later, [script.whole()])
    assert later.pending == (Say(cue=Cue.RETURN, place=SECOND),)


def test_going_back_twice_stays(script):
    session = play(
        new(), [*script.ask_first(), *script.close(), wanted(Intent.BACK), said("What?")]
    )
    again = play(session, [wanted(Intent.BACK)])
    assert again.pending == (Say(cue=Cue.NO_BACK, place=FIRST),)
    assert (again.place, again.resume) == (FIRST, SECOND)


@pytest.mark.parametrize("intent", [Intent.SKIP, Intent.DONT_KNOW])
def test_nothing_to_add_returns_and_skips_nothing(script, intent):
    session = play(
        new(), [*script.ask_first(), *script.close(), wanted(Intent.BACK), said("What?")]
    )
    session = play(session, [wanted(intent, "nothing more")])
    assert session.pending == (Say(cue=Cue.RETURN, place=SECOND),)
    assert [item.outcome for item in session.rounds] == [Outcome.ANSWERED, Outcome.OPEN]


def test_an_answer_after_all_takes_the_place_of_i_dont_know(script):
    unknown = [
        wanted(Intent.DONT_KNOW, "no idea"),
        script.judged(FIRST, "no idea"),
        said("Fine."),
        Picked(at=6.0, question=script.two),
        said("Variance?"),
    ]
    session = play(new(), [*script.ask_first(), *unknown, wanted(Intent.BACK), said("What?")])
    session = play(session, [answered("alpha")])
    assert session.rounds[0].outcome is Outcome.ANSWERED
    assert session.rounds[0].text() == "alpha"
    assert [line.text for line in session.lines if line.speaker == "candidate"] == [
        "no idea",
        "alpha",
    ]


@pytest.mark.parametrize("answered_first", [False, True])
def test_ending_leaves_the_open_question_as_it_stands(script, answered_first):
    session = play(new(), script.ask_first() + (script.probe_it() if answered_first else []))
    session = play(session, [wanted(Intent.END, "stop")])
    outcome = Outcome.ANSWERED if answered_first else Outcome.UNFINISHED
    assert session.rounds[0].outcome is outcome
    assert session.pending == (Say(cue=Cue.WRAP_UP),)
    assert play(session, [said("Bye.")]).phase is Phase.ENDED


def test_ending_judges_the_whole_when_follow_ups_were_answered(script):
    second = script.one.follow_ups[0]
    session = play(
        new(),
        [
            *script.ask_first(),
            *script.probe_it(),
            answered("side"),
            Judged(at=5.0, place=PROBE, grade=Ungraded(ungraded="No grader.")),
            Probed(at=6.0, follow_up=second),
            said("And?"),
            wanted(Intent.END),
        ],
    )
    assert session.pending == (JudgeWhole(round=0), Say(cue=Cue.WRAP_UP))
    failed = JudgedWhole(at=7.0, round=0, grade=Ungraded(ungraded="No grader."))
    session = play(session, [failed, said("Bye.")])
    assert session.phase is Phase.ENDED
    assert session.rounds[0].grade == session.rounds[0].unaided


def test_ending_while_adding_to_an_earlier_answer(script):
    session = play(
        new(), [*script.ask_first(), *script.close(), wanted(Intent.BACK), said("What?")]
    )
    session = play(session, [wanted(Intent.END), said("Bye.")])
    assert (session.phase, session.resume, session.place) == (Phase.ENDED, None, None)
    assert [item.outcome for item in session.rounds] == [Outcome.ANSWERED, Outcome.UNFINISHED]
    assert session.rounds[0].grade


def test_an_answer_that_could_not_be_graded_goes_on(script):
    failed = Judged(at=4.0, place=FIRST, grade=Ungraded(ungraded="No grader."))
    session = play(new(), [*script.ask_first(), answered("alpha"), failed])
    assert session.pending == (ChooseProbe(),)
    assert ungraded_rounds(session) == (0,)


def test_events_that_do_not_fit_are_refused(script, question):
    started = play(new(), [Begin(at=0.0)])
    listening = play(new(), script.ask_first())
    closing = play(listening, script.close()[:-2])
    probing = play(listening, script.probe_it())
    asked_again = play(probing, [answered("side"), script.judged(PROBE, "side")])
    for session, event, reason in [
        (started, Begin(at=1.0), "begun already"),
        (started, answered("early"), "not listening yet"),
        (started, Picked(at=1.0, question=None), "waits for say"),
        (listening, said(), "nothing to say"),
        (listening, Probed(at=1.0, follow_up=None), "waits for the candidate"),
        (closing, Picked(at=1.0, question=script.one), "asked already"),
        (asked_again, Probed(at=1.0, follow_up=script.probe), "asked already"),
        (play(listening, [answered("x")]), script.judged(SECOND, "x"), "waits for judge"),
    ]:
        with pytest.raises(InvalidEvent, match=reason):
            advance(session, event)


@pytest.mark.parametrize("speaker", ["interviewer", "candidate"])
@pytest.mark.parametrize("word", sorted({*Cue} & {*Intent}))
def test_a_word_that_is_cue_and_intent_comes_back_as_what_it_was(speaker, word):
    kind = Cue if speaker == "interviewer" else Intent
    line = Line(speaker=speaker, cue=kind(word), text="", at=0.0)
    assert type(Line.model_validate_json(line.model_dump_json()).cue) is kind


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_time_left_is_never_negative_and_stops_at_the_end(ended, now):
    session = new().model_copy(update={"started_at": 0.0, "ended_at": ended})
    assert session.seconds_used(now) == ended
    assert session.seconds_left(now) == max(0.0, 1800 - ended)
