"""The views: pure functions from values to HTML."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Literal

import pytest

from interviewer.history import Summary
from interviewer.interview.session import (
    Cue,
    Judge,
    Line,
    Outcome,
    Phase,
    Pick,
    Place,
    Probe,
    Reply,
    Round,
    Session,
)
from interviewer.model import Answer, Level, Mode, Plan, Status, Ungraded
from interviewer.report import build_report
from interviewer.ui import conversation, history, questions, report, setup
from interviewer.ui.questions import Filter, Found
from tests.ui.stand_ins import make_question, table_grade

NOW = 1_700_000_000.0
HOSTILE = "<script>alert(1)</script> ${1+1} {{value}} {% if %} &amp; `x` \u202emirrored 😀 مرحبا"


def session(**changes: object) -> Session:
    values: dict[str, object] = {
        "id": "s-1",
        "seed": 1,
        "plan": Plan(),
        "created_at": NOW,
        "started_at": NOW,
    }
    return Session.model_validate(values | changes)


def line(
    text: str,
    cue: Cue | None = None,
    *,
    speaker: Literal["interviewer", "candidate"] = "interviewer",
    index: int | None = None,
    follow_up: str | None = None,
) -> Line:
    return Line(speaker=speaker, cue=cue, text=text, at=NOW, round=index, follow_up=follow_up)


def closed(index: int = 1, level: Level = Level.OK, **changes: object) -> Round:
    values: dict[str, object] = {
        "question_id": f"question-{index}",
        "prompt": f"What is thing number {index}?",
        "asked_at": NOW,
        "replies": (Reply(answer=Answer(text="Words."), at=NOW),),
        "outcome": Outcome.ANSWERED,
        "unaided": table_grade(level, "Words."),
    }
    return Round.model_validate(values | changes)


def keys(html: str) -> list[str]:
    return re.findall(r'data-key="([^"]+)"', html)


class Checker(HTMLParser):
    VOID = frozenset({"br", "input", "img", "meta", "link", "path", "circle", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser calls it so
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def parse(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert not checker.open
    return checker


def test_lines_say_who_speaks_and_what_for(bank):
    held = session(
        phase=Phase.LISTENING,
        rounds=(
            closed(
                outcome=Outcome.OPEN,
                probes=(Probe(follow_up="more", ask="And?", asked_at=NOW),),
            ),
        ),
        lines=(
            line("Hello.", Cue.GREET),
            line("What is it?", Cue.ASK, index=0),
            line("Words.", speaker="candidate", index=0),
            line("And?", Cue.PROBE, index=0, follow_up="more"),
            line("Think.", Cue.HINT, index=0),
        ),
    )
    html = conversation.reply(held, bank, now=NOW).slots["lines"]
    parse(html)
    labels = re.findall(r'<p class="label">([^<]+)</p>', html)
    assert labels == ["Interviewer", "Question 1", "You", "Follow-up", "Hint"]
    assert keys(html) == [f"line-{n}" for n in range(5)]


def test_what_was_said_is_shown_verbatim_and_is_no_markup(bank):
    held = session(phase=Phase.LISTENING, lines=(line(HOSTILE, speaker="candidate"),))
    html = conversation.reply(held, bank, now=NOW).slots["lines"]
    assert "script" not in parse(html).tags
    assert HOSTILE in unescape(html)


def test_feedback_follows_the_closing_words_of_its_round(bank):
    held = session(
        rounds=(closed(1), closed(2, outcome=Outcome.OPEN)),
        lines=(
            line("One?", Cue.ASK, index=0),
            line("Words.", speaker="candidate", index=0),
            line("Thanks.", Cue.CLOSE, index=0),
            line("Two?", Cue.ASK, index=1),
        ),
        phase=Phase.LISTENING,
    )
    html = conversation.reply(held, bank, now=NOW).slots["lines"]
    assert keys(html) == ["line-0", "line-1", "line-2", "card-0", "line-3"]
    parse(html)


def test_a_round_cut_short_gets_its_feedback_before_the_farewell(bank):
    held = session(
        rounds=(closed(1),),
        lines=(line("One?", Cue.ASK, index=0), line("Bye.", Cue.WRAP_UP)),
        phase=Phase.ENDED,
    )
    assert keys(conversation.reply(held, bank, now=NOW).slots["lines"]) == [
        "line-0", "card-0", "line-1",
    ]  # fmt: skip


def test_no_feedback_while_its_grade_is_due(bank):
    held = session(
        rounds=(closed(1, outcome=Outcome.UNKNOWN, unaided=None),),
        lines=(line("One?", Cue.ASK, index=0),),
        pending=(Judge(place=Place(round=0)), Pick()),
    )
    html = conversation.reply(held, bank, now=NOW).slots["lines"]
    assert "card" not in html
    assert "Weighing your answer." in html


def test_no_feedback_in_a_mock_interview(bank):
    held = session(plan=Plan(mode=Mode.MOCK), rounds=(closed(1),), phase=Phase.LISTENING)
    assert conversation.reply(held, bank, now=NOW).slots["lines"] == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "This was OK."),
        ({"outcome": Outcome.SKIPPED, "replies": (), "unaided": None}, "Skipped"),
        ({"unaided": Ungraded(ungraded="No judge.")}, "No judge."),
        ({"after_probing": table_grade(Level.STRONG, "Words.")}, "after follow-ups"),
        ({"question_id": "gone"}, "What is thing number 1?"),
    ],
)
def test_feedback_says_how_the_round_stands(bank, changes, words):
    held = session(rounds=(closed(1, **changes),), phase=Phase.LISTENING)
    html = conversation.reply(held, bank, now=NOW).slots["lines"]
    parse(html)
    assert words in html


def test_a_half_made_point_is_told_and_marked_as_such(bank):
    first = table_grade(Level.OK, "Words.")
    made, *others = first.verdicts
    half = first.model_copy(
        update={
            "verdicts": (made.model_copy(update={"status": Status.PARTIAL}), *others),
            "feedback": first.feedback.model_copy(update={"partly": ("“Words.”: claim A.",)}),
        }
    )
    held = session(
        rounds=(closed(1, unaided=half),),
        lines=(line("Thanks.", Cue.CLOSE, index=0),),
        phase=Phase.ENDED,
        ended_at=NOW + 600,
    )
    card = conversation.reply(held, bank, now=NOW).slots["lines"]
    assert "<h4>Half said</h4>" in card
    assert "“Words.”: claim A." in card
    html = report.view(held, bank, now=NOW)
    assert '<mark class="partly" data-ids="core-a">Words.</mark>' in html


def test_a_level_is_never_said_by_colour_alone(bank):
    held = session(rounds=(closed(1),), phase=Phase.LISTENING)
    html = conversation.reply(held, bank, now=NOW).slots["lines"]
    badge = re.search(r'<span class="badge ok">(.*?)</span>', html, re.DOTALL)
    assert badge
    assert "<svg" in badge[1]
    assert "OK" in badge[1]


@pytest.mark.parametrize(
    ("plan", "number"),
    [
        (Plan(minutes=30), 4),
        (Plan(minutes=10), 2),
        (Plan(minutes=30, questions=3), 3),
        (Plan(topics=("algorithms",)), 2),
        (Plan(minutes=5), 1),
    ],
)
def test_progress_expects_what_the_plan_the_time_and_the_bank_allow(bank, plan, number):
    assert conversation.expected_questions(plan, bank) == number


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((), "Nothing to grade this time."),
        (("strong",), "A strong answer."),
        (("weak",), "The answer did not hold up yet."),
        (("weak", "weak"), "None of the answers held up yet."),
        (("strong", "ok"), "Every answer held up."),
        (("strong", "strong"), "Every answer was strong."),
        (("strong", "weak", "ok"), "Two of three answers held up."),
    ],
)
def test_the_headline_says_the_result(bank, levels, words):
    rounds = tuple(closed(n, Level(level)) for n, level in enumerate(levels, start=1))
    made = build_report(session(rounds=rounds), bank, now=NOW)
    assert report.headline(made) == words


def test_the_report_holds_the_answer_its_evidence_and_the_markdown(bank):
    held = session(
        rounds=(
            closed(
                1,
                replies=(
                    Reply(answer=Answer(text=f"Words. {HOSTILE}"), at=NOW),
                    Reply(answer=Answer(text="More."), at=NOW, follow_up="more"),
                ),
                probes=(
                    Probe(
                        follow_up="more",
                        ask="And?",
                        asked_at=NOW,
                        grade=table_grade(Level.WEAK, "More."),
                    ),
                ),
            ),
            closed(2, outcome=Outcome.SKIPPED, replies=(), unaided=None),
            closed(3, outcome=Outcome.UNFINISHED, replies=(), unaided=None),
        ),
        phase=Phase.ENDED,
        ended_at=NOW + 600,
    )
    html = report.view(held, bank, now=NOW)
    tags = parse(html).tags
    assert "script" not in tags
    assert '<mark class="point" data-ids="core-a">Words.</mark>' in html
    assert 'data-point="core-a"' in html
    assert HOSTILE in unescape(html)
    assert "3 questions in 10 minutes, 1 skipped, 1 left open." in html
    assert "# " in html.split("<textarea", 1)[1]


def test_search_in_plain_words_ranks_titles_first(bank):
    found = questions.plain_matches(bank, Filter(text="CLAIM a 3"))
    assert [item.question.id for item in found] == ["question-3"]
    assert found[0].matched == "Claim A of 3."
    assert questions.plain_matches(bank, Filter(text="title 2"))[0].matched == ""


def test_filters_narrow_the_list(bank):
    found = questions.plain_matches(bank, Filter(text="thing", topic="algorithms"))
    assert {item.question.topic for item in found} == {"algorithms"}


def test_an_empty_result_says_what_was_looked_for(bank):
    html = questions.results([], bank, Filter(text="<b>nothing"))
    assert "<b>" not in html
    assert "&lt;b&gt;nothing" in html
    assert 'data-do="clear"' in html


def test_a_question_is_shown_whole(bank):
    html = questions.detail(make_question(1), bank)
    parse(html)
    for words in ("What is thing number 1?", "Claim A of 1.", "Says both.", "It is A."):
        assert words in html
    parse(questions.results([Found(question=make_question(1))], bank, Filter()))


def test_a_question_with_only_a_prompt_is_shown_too(bank):
    bare = make_question(9, points=(), misconceptions=(), rubric=None, follow_ups=())
    assert "Rubric" not in questions.detail(bare, bank)


def test_history_offers_to_resume_or_to_read(bank):
    common = {
        "revision": 3, "created_at": NOW, "role": "ml-engineer", "level": "beginner",
        "mode": "mock", "rounds": 2, "strong": 1, "ok": 0, "weak": 1, "ungraded": 0,
    }  # fmt: skip
    rows = (
        Summary.model_validate(common | {"id": "open"}),
        Summary.model_validate(common | {"id": "over", "ended_at": NOW}),
    )
    html = history.view(rows, bank, page=0, last=1, total=30)
    parse(html)
    assert html.index("Resume") < html.index("Open report")
    assert "1 of 2" in html


def test_a_history_without_interviews_says_how_to_begin(bank):
    assert "No interviews yet." in history.view((), bank, page=0, last=0, total=0)


def test_the_form_is_labelled_and_whole(bank):
    html = setup.form(bank)
    parse(html)
    assert html.count("<legend>") == 6
    assert html.count('type="submit"') == 1
    assert 'value="empty-topic"' in html
