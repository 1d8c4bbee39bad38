"""The interview page: what the browser asks for, as the replies it gets."""

from concurrent.futures import Future
from typing import Any

import pytest

from interviewer.errors import StoreError
from interviewer.history import open_store
from interviewer.interview.runner import Runner
from interviewer.interview.second import SecondOpinions
from interviewer.interview.session import Intent, Phase
from interviewer.interview.voice import TemplateVoice
from interviewer.model import Level, Plan
from interviewer.prompting import load_prompts
from interviewer.resources import prompts_folder
from interviewer.ui.interview import InterviewPage
from interviewer.ui.wire import Ask, Reply, replies
from tests.ui.stand_ins import FakeParts, TableGrader, table_grade

FORM = {"role": "ml-engineer", "level": "intermediate", "mode": "practice", "minutes": "30"}


@pytest.fixture
def page(parts):
    return InterviewPage(parts)


def run(page: InterviewPage, **ask: Any) -> list[Reply]:
    return list(page.handle(Ask(**ask)))


def begin(page: InterviewPage, **form: object) -> tuple[str, list[Reply]]:
    made = run(page, do="begin", form=FORM | form)
    return made[0].tell["remember"], made


def test_begin_remembers_the_interview_and_asks_the_first_question(page):
    _, made = begin(page)
    assert [reply.final for reply in made[:-1]] == [False] * (len(made) - 1)
    last = made[-1]
    assert last.final
    assert last.tell["phase"] == "listening"
    assert "Question 1" in last.slots["lines"]
    assert "Question 1 of about" in last.slots["talk-head"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"minutes": "4"}, "minutes"),
        ({"minutes": "soon"}, "minutes"),
        ({"questions": "21"}, "questions"),
        ({"questions": "-1"}, "questions"),
        ({"topics": ["astrology"]}, "topics"),
        ({"topics": "empty-topic"}, "topics"),
        ({"target": "x" * 20_001}, "target"),
        ({"role": "astronaut"}, "form"),
    ],
)
def test_a_form_that_makes_no_plan_says_which_field_and_why(page, form, field):
    (reply,) = run(page, do="begin", form=FORM | form)
    assert reply.tell["refused"]
    assert "field-error" in reply.slots[f"error-{field}"]
    others = {name for name, html in reply.slots.items() if html} - {f"error-{field}"}
    assert not others


def test_an_answer_is_shown_at_once_and_then_graded(page):
    session, made = begin(page)
    steps = run(page, do="answer", interview=session, text="strong", seen=made[-1].tell["seen"])
    assert "strong" in steps[0].slots["lines"]
    assert not steps[0].final
    assert "Grading" in steps[0].slots["talk-head"]
    assert steps[-1].final
    assert "card-0" in steps[-1].slots["lines"]
    assert "This was Strong." in steps[-1].slots["lines"]


def test_while_the_model_loads_the_page_says_so(page, parts):
    session, _ = begin(page)
    parts.encoder.ready = False
    steps = run(page, do="answer", interview=session, text="strong")
    assert "Getting the grader ready" in steps[0].slots["lines"]


def test_a_mock_interview_gives_nothing_away(page):
    session, _ = begin(page, mode="mock", questions="1")
    steps = run(page, do="answer", interview=session, text="strong")
    assert "card" not in steps[-1].slots["lines"]
    assert "Strong" not in steps[-1].slots["lines"]
    assert not steps[-1].tell["practice"]


def test_a_refused_answer_changes_nothing_and_is_kept(page, parts):
    session, _ = begin(page)
    before = parts.store.load(session)
    (reply,) = run(page, do="answer", interview=session, text="   ")
    assert reply.tell["refused"]
    assert 'class="notice warning"' in reply.slots["talk-notice"]
    assert "lines" not in reply.slots
    assert parts.store.load(session) == before


def test_a_page_that_is_behind_is_told_and_offered_to_catch_up(page):
    session, made = begin(page)
    seen = made[-1].tell["seen"]
    run(page, do="answer", interview=session, text="weak", seen=seen)
    (reply,) = run(page, do="answer", interview=session, text="mine", seen=seen)
    assert reply.tell["stale"]
    assert 'data-do="catch-up"' in reply.slots["talk-notice"]


@pytest.mark.parametrize("intent", [Intent.REPEAT, Intent.HINT, Intent.SKIP, Intent.BACK])
def test_a_click_asks_for_something(page, intent):
    session, _ = begin(page)
    steps = run(page, do="want", interview=session, intent=intent.value)
    assert steps[-1].tell["phase"] == "listening"


def test_an_unknown_request_is_a_notice(page):
    session, _ = begin(page)
    (reply,) = run(page, do="want", interview=session, intent="dance")
    assert "does not know that request" in reply.slots["talk-notice"]


def test_reload_renders_where_it_was(page):
    session, made = begin(page)
    again = run(page, do="open", interview=session)
    assert len(again) == 1
    assert again[0].slots["lines"] == made[-1].slots["lines"]
    assert again[0].final


def test_reload_goes_on_with_what_a_killed_process_left(page, parts):
    session, _ = begin(page)
    steps = parts.runner.answer(session, "strong")
    next(iter(steps))  # saved, and nothing after it
    assert parts.store.load(session).phase is Phase.THINKING
    again = run(page, do="open", interview=session)
    assert not again[0].final
    assert again[-1].final
    assert again[-1].tell["phase"] == "listening"


def test_an_interview_that_is_over_opens_as_its_report(page):
    session, _ = begin(page)
    run(page, do="answer", interview=session, text="strong")
    ended = run(page, do="want", interview=session, intent="end")
    assert ended[-1].tell["phase"] == "ended"
    (reply,) = run(page, do="open", interview=session)
    assert reply.tell["stage"] == "report"
    assert "A strong answer." in reply.slots["report"]


@pytest.fixture
def judged(bank, tmp_path):
    """A page with a judge who is done when the test says so."""
    work: list[tuple[Future[None], Any]] = []

    def submit(*call: Any) -> Future[None]:
        work.append((Future(), call))
        return work[-1][0]

    def done(grade: Any = None) -> None:
        for future, (_, session, due, keep) in work:
            for item in due if grade else ():
                keep(session, item, grade(item))
            future.set_result(None)
        work.clear()

    with open_store(f"sqlite:///{tmp_path / 'judged.db'}") as store:
        second = SecondOpinions(never, submit)
        voice = TemplateVoice(load_prompts(prompts_folder()))
        runner = Runner(bank, TableGrader(), store, voice, second=second)
        parts: Any = FakeParts(bank, store, runner)
        yield InterviewPage(parts), runner, done


async def never(_due: Any) -> Any:
    raise AssertionError("the test judges")


def begun(runner: Runner, *, over: bool) -> str:
    """An interview whose last answer the judge still reads."""
    plan = Plan(role="ml-engineer", level="intermediate", mode="practice", minutes=30)
    session = runner.start(plan, seed=1).id
    list(runner.go_on(session))
    for text in ("weak " + "and a reason for it " * 5,) * 2 + ("",) * over:
        turn = runner.answer(session, text) if text else runner.want(session, Intent.END)
        for _ in turn:
            if runner.load(session).phase is not Phase.THINKING:
                break
    return session


AGAIN = 'data-do="regrade">Grade again with the judge'
READING = "the judge is still reading"


def test_another_look_is_offered_once_a_judge_who_said_nothing_is_gone(judged):
    page, runner, done = judged
    steps = page.handle(Ask(do="open", interview=begun(runner, over=True)))
    assert AGAIN not in next(steps).slots["report"]
    done()
    (last,) = steps
    assert AGAIN in last.slots["report"]


def test_a_card_does_not_wait_for_a_judge_who_is_gone(judged):
    page, runner, done = judged
    steps = page.handle(Ask(do="open", interview=begun(runner, over=False)))
    assert READING in next(steps).slots["lines"]
    done()
    (last,) = steps
    assert READING not in last.slots["lines"]
    assert not last.final


@pytest.mark.parametrize(("over", "slot"), [(True, "report"), (False, "lines")])
def test_a_grade_that_comes_while_the_page_is_drawn_is_shown(judged, over, slot):
    page, runner, done = judged
    steps = page.handle(Ask(do="open", interview=begun(runner, over=over)))
    assert "This was OK." not in next(steps).slots[slot]
    done(lambda item: table_grade(Level.OK, item.answer.text))
    assert "This was OK." in [*steps][-1].slots[slot]


def test_an_interview_that_is_not_there_leads_back_to_the_setup(page):
    (reply,) = run(page, do="open", interview="nobody")
    assert reply.tell["stage"] == "setup"
    assert "No session has the id" in reply.slots["setup-notice"]


def test_resume_is_offered_only_while_it_can_be_resumed(page):
    session, _ = begin(page)
    (offer,) = run(page, do="peek", interview=session)
    assert f'data-interview="{session}"' in offer.slots["resume"]
    run(page, do="want", interview=session, intent="end")
    for interview in (session, "nobody", None):
        (nothing,) = run(page, do="peek", interview=interview)
        assert nothing.slots["resume"] == ""
        assert nothing.tell["forget"]


def test_a_store_that_fails_is_a_notice_and_no_traceback(page, parts, monkeypatch):
    session, _ = begin(page)

    def fail(*_args, **_kwargs):
        raise StoreError("The disk is full. Make room.")

    monkeypatch.setattr(parts.store, "save", fail)
    (reply,) = run(page, do="answer", interview=session, text="strong")
    assert "The disk is full. Make room." in reply.slots["talk-notice"]
    assert reply.tell["refused"]


def test_what_nobody_expected_is_a_notice_too(page, parts, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("<b>boom</b>")

    monkeypatch.setattr(parts.runner, "start", fail)
    (sent,) = replies(page.handle, {"do": "begin", "form": FORM}, "setup-notice")
    assert "Something went wrong" in sent["slots"]["setup-notice"]
    assert "boom" not in str(sent)
    assert "boom" in caplog.text


@pytest.mark.parametrize("data", [None, {}, {"do": 3}, {"do": "open", "extra": 1}, {"seen": -1}])
def test_an_event_that_makes_no_sense_is_a_notice(page, data):
    (sent,) = replies(page.handle, data, "setup-notice")
    assert "cannot be understood" in sent["slots"]["setup-notice"]


def test_equal_replies_are_still_two_changes(page):
    first, second = (
        next(replies(page.handle, {"do": "nothing"}, "setup-notice")) for _ in range(2)
    )
    assert first["number"] != second["number"]


def test_a_spoken_answer_is_kept_with_how_it_was_spoken(page, parts):
    name, made = begin(page)
    spoken = {
        "transcript": "um thing number one is ell one",
        "stretches": [{"start": 0.5, "end": 2.0}],
        "recording": "0123456789abcdef.wav",
    }
    said = "Thing number one is L1 and it is a model answer."
    run(page, do="answer", interview=name, seen=made[-1].tell["seen"], text=said, spoken=spoken)
    answer = parts.runner.load(name).rounds[0].replies[0].answer
    assert (answer.text, answer.manner.value) == (said, "spoken")
    assert answer.speech.transcript == spoken["transcript"]
    assert answer.speech.stretches[0].end == 2.0
    assert answer.speech.recording == spoken["recording"]


@pytest.mark.parametrize(
    "spoken",
    [
        {"transcript": 7},
        {"transcript": "a", "stretches": [{"start": -1, "end": 2}]},
        {"transcript": "a", "stretches": [{"start": 0, "end": 1}] * 6_000},
        {"transcript": "a", "recording": "x" * 100},
    ],
)
def test_times_that_no_page_sends_are_refused(page, parts, spoken):
    name, _ = begin(page)
    data = {"do": "answer", "interview": name, "text": "An answer.", "spoken": spoken}
    (made,) = list(replies(page.handle, data, "setup-notice"))
    assert "cannot be understood" in made["slots"]["setup-notice"]
    assert parts.runner.load(name).rounds[0].replies == ()
