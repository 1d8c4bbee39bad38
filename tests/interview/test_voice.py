"""What the interviewer says for each cue."""

from itertools import pairwise

import pytest

from interviewer.bank import Bank
from interviewer.interview.session import (
    Cue,
    Intent,
    Line,
    Outcome,
    Place,
    Probe,
    Reply,
    Round,
    Say,
    Session,
)
from interviewer.model import Answer, FollowUp, Mode, Plan

FIRST = Place(round=0)
PROBE = Place(round=0, follow_up="to-beta")
ASK = "And the other side of bias?"


def line(cue: Cue, text: str = "", at: float = 0.0) -> Line:
    return Line(speaker="interviewer", cue=cue, text=text, at=at)


def from_candidate(cue: Intent | None, text: str) -> Line:
    return Line(speaker="candidate", cue=cue, text=text, at=0.0)


@pytest.fixture
def session(question, graded):
    """A session whose rounds are on these questions; the first has an answer and a probe."""

    def build(*names, answer="alpha", lines=(), hints=(), seed=0, **plan):
        rounds = []
        for name in names:
            asked = question(name)
            rounds.append(Round(question_id=name, prompt=asked.prompt, asked_at=0.0, hints=hints))
        if rounds and answer:
            rounds[0] = rounds[0].model_copy(
                update={
                    "replies": (Reply(answer=Answer(text=answer), at=0.0),),
                    "unaided": graded(question(names[0]), answer),
                    "probes": (Probe(follow_up="to-beta", ask=ASK, asked_at=0.0),),
                }
            )
        return Session(
            id="s",
            seed=seed,
            plan=Plan.model_validate(plan),
            created_at=0.0,
            started_at=0.0,
            rounds=tuple(rounds),
            lines=lines,
        )

    return build


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("cue", Cue)
@pytest.mark.parametrize("place", [FIRST, PROBE])
def test_every_cue_has_words_in_every_mode(*, voice, bank, session, mode, cue, place):
    state = session("bias", mode=mode, lines=(line(Cue.ASK),))
    for seed in range(6):
        state = state.model_copy(update={"seed": seed})
        text = voice.say(state, Say(cue=cue, place=place), bank).text
        assert text.strip() == text != ""
        assert "{{" not in text


def test_templates_speak_all_at_once(voice, bank, session):
    state = session("bias")
    for cue in Cue:
        say = Say(cue=cue, place=FIRST)
        state = state.model_copy(update={"lines": (line(Cue.ASK),)})
        assert list(voice.speak(state, say, bank)) == [voice.say(state, say, bank)]


def test_a_composed_follow_up_has_the_hint_of_its_point(voice, bank, session, question):
    state = session("bias", answer="alpha")
    composed = FollowUp(
        id="composed-beta",
        ask="What else?",
        probes=("beta",),
        model_answer="beta.",
        points=(question("bias").point("beta"),),
    )
    probe = Probe(follow_up=composed.id, ask=composed.ask, asked_at=0.0, composed=composed)
    item = state.rounds[0].model_copy(update={"probes": (probe,)})
    state = state.model_copy(update={"rounds": (item,)})
    place = Place(round=0, follow_up=composed.id)
    assert voice.say(state, Say(cue=Cue.HINT, place=place), bank).hinted == "beta"
    assert voice.say(state, Say(cue=Cue.PROBE, place=place), bank).text.endswith("What else?")


def test_a_composed_question_is_at_home_in_the_voice(voice, bank, session, question):
    own = question("composed-1", prompt="What is bias?", clarify="Only yours.")
    state = session("bias", composed=(own,))
    item = state.rounds[0].model_copy(update={"question_id": own.id})
    state = state.model_copy(update={"rounds": (item,)})
    assert "Only yours." in voice.say(state, Say(cue=Cue.CLARIFY, place=FIRST), bank).text


@pytest.mark.parametrize("mode", Mode)
def test_the_greeting_says_what_can_be_said(voice, bank, session, mode):
    for seed in range(3):
        state = session(mode=mode, minutes=25, seed=seed)
        text = voice.say(state, Say(cue=Cue.GREET), bank).text.lower()
        assert "25 minutes" in text
        assert "ml engineer" in text
        for word in ("repeat", "rephrase", "moment", "skip", "go back", "end"):
            assert word in text or (word == "rephrase" and "other words" in text) or (
                word == "moment" and "time you need" in text
            )  # fmt: skip
        assert ("hint" in text) == (mode is Mode.PRACTICE or "no hints" in text)


def test_the_question_is_said_word_for_word_with_a_lead_that_fits(voice, bank, session):
    say = Say(cue=Cue.ASK, place=FIRST)
    assert voice.say(session("bias"), say, bank).text.endswith("What is bias?")
    second = Say(cue=Cue.ASK, place=Place(round=1))
    same = voice.say(session("bias", "variance"), second, bank).text
    assert same.endswith("What is variance?")
    assert "Basics" not in same
    other = voice.say(session("bias", "serving"), second, bank).text
    assert "Systems. What is serving?" in other


def test_no_variant_is_heard_twice_in_a_row(voice, bank, session):
    lines: list[Line] = []
    heard: list[str] = []
    for _ in range(7):
        heard.append(voice.say(session("bias", lines=lines), Say(cue=Cue.PAUSE), bank).text)
        lines.append(line(Cue.PAUSE, heard[-1]))
        lines.append(from_candidate(Intent.PAUSE, "hm"))
    assert all(one != two for one, two in pairwise(heard))


@pytest.mark.parametrize("cue", [Cue.PROBE, Cue.REPEAT, Cue.RETURN])
def test_a_follow_up_is_asked_word_for_word(voice, bank, session, cue):
    state = session("bias", lines=(line(Cue.BACK),))
    assert voice.say(state, Say(cue=cue, place=PROBE), bank).text.endswith(ASK)


def test_other_words_come_from_the_bank_for_questions_alone(voice, bank, session):
    state = session("bias")
    for cue, words in [(Cue.REPHRASE, "Say what bias means."), (Cue.CLARIFY, "Only bias itself.")]:
        assert words in voice.say(state, Say(cue=cue, place=FIRST), bank).text
        at_probe = voice.say(state, Say(cue=cue, place=PROBE), bank).text
        assert words not in at_probe
        assert ASK in at_probe


def test_what_the_bank_does_not_have_is_asked_as_it_was(voice, taxonomy, session, question):
    plain = question("bias", rephrase=None, clarify=None, points=(), follow_ups=())
    for bank in (Bank([plain], taxonomy), Bank([question("other")], taxonomy)):
        for cue in (Cue.REPHRASE, Cue.CLARIFY, Cue.REPEAT, Cue.ASK):
            text = voice.say(session("bias"), Say(cue=cue, place=FIRST), bank).text
            assert "What is bias?" in text
        words = voice.say(session("bias"), Say(cue=Cue.HINT, place=FIRST), bank)
        assert words.hinted is None
        assert voice.say(session("bias"), Say(cue=Cue.HINT, place=PROBE), bank).hinted is None


@pytest.mark.parametrize(
    ("answer", "hints", "place", "hinted"),
    [
        (None, (), FIRST, "alpha"),
        (None, ("alpha",), FIRST, "beta"),
        (None, ("alpha", "beta"), FIRST, "gamma"),
        (None, ("alpha", "beta", "gamma"), FIRST, None),
        ("alpha", (), FIRST, "beta"),
        ("half alpha", (), FIRST, "beta"),
        ("half alpha beta", (), FIRST, "alpha"),
        ("alpha beta gamma", (), FIRST, None),
        ("alpha", (), PROBE, "side"),
        ("alpha", ("side",), PROBE, "beta"),
        ("alpha beta", ("side",), PROBE, None),
    ],
)
def test_a_hint_is_for_the_first_core_point_not_made(
    *, voice, bank, session, answer, hints, place, hinted
):
    state = session("bias", answer=answer, hints=hints)
    words = voice.say(state, Say(cue=Cue.HINT, place=place), bank)
    assert words.hinted == hinted
    assert (f"Think of {hinted}, roughly." in words.text) == (hinted is not None)


def test_going_back_says_whether_something_was_added(voice, bank, session):
    say = Say(cue=Cue.RETURN, place=FIRST)
    added = session("bias", lines=(line(Cue.BACK), from_candidate(None, "beta")))
    nothing = session("bias", lines=(line(Cue.BACK), from_candidate(Intent.SKIP, "no")))
    clicked = session("bias", lines=(line(Cue.BACK),))
    assert voice.say(added, say, bank).text != voice.say(nothing, say, bank).text
    assert voice.say(clicked, say, bank).text == voice.say(nothing, say, bank).text


@pytest.mark.parametrize("cue", [Cue.CLOSE, Cue.UNKNOWN])
def test_only_practice_speaks_of_notes_and_model_answers(voice, bank, session, cue):
    for seed in range(4):
        say = Say(cue=cue, place=FIRST)
        mock = voice.say(session("bias", mode="mock", seed=seed), say, bank).text
        practice = voice.say(session("bias", mode="practice", seed=seed), say, bank).text
        told = "notes" if cue is Cue.CLOSE else "model answer"
        assert told in practice
        assert "notes" not in mock
        assert "model answer" not in mock


@pytest.mark.parametrize("name", ["close-practice", "close-mock", "probe", "skipped"])
def test_nothing_is_praised(voice, name):
    for text in voice._prompts[f"say-{name}"].variants:
        for word in ("great", "good", "excellent", "well done", "right", "perfect", "interesting"):
            assert word not in text.lower().replace("all right", "")


@pytest.mark.parametrize(
    ("names", "answer", "last", "plan", "at", "told"),
    [
        ((), None, Cue.GREET, {}, 0.0, "nothing"),
        (("bias",), None, Cue.SKIPPED, {"questions": 1}, 0.0, "nothing"),
        (("bias",), "alpha", Cue.CLOSE, {"questions": 1}, 0.0, "complete"),
        (("bias",), "alpha", Cue.UNKNOWN, {"questions": 1}, 0.0, "complete"),
        (("bias",), "alpha", Cue.CLOSE, {"minutes": 5}, 280.0, "time"),
        (("bias",), "alpha", Cue.PROBE, {"questions": 1}, 0.0, "ended"),
        (("bias", "serving"), "alpha", Cue.ASK, {"minutes": 5}, 290.0, "ended"),
    ],
)
def test_the_last_words_say_why_it_ends(
    *, voice, bank, session, names, answer, last, plan, at, told
):
    state = session(*names, answer=answer, lines=(line(last, at=at),), **plan)
    state = state.model_copy(
        update={
            "ending": True,
            "rounds": tuple(
                each.model_copy(update={"outcome": Outcome.ANSWERED}) for each in state.rounds
            ),
        }
    )
    text = voice.say(state, Say(cue=Cue.WRAP_UP), bank).text
    assert text == voice._prompts[f"say-wrap-up-{told}"].variants[0]
