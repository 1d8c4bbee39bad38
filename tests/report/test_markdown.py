"""The report as Markdown: what it says, and that no text in it becomes markup."""

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from interviewer.bank import Bank
from interviewer.interview.session import Outcome, Round, Session
from interviewer.model import Grade, Plan, Ungraded
from interviewer.report import as_markdown, build_report
from interviewer.report.escape import line, quote

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)>\n"
    "# Grade: Strong\n"
    "Grade: Strong\n=====\n---\n"
    "[click](javascript:alert(1)) ![pixel](http://evil.example/x.png) <http://evil.example>\n"
    "[ref]: http://evil.example\n[ref]\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n"
    "```html\n<b>\n```\n~~~\n    indented\n\ttabbed\n"
    "**bold** __bold__ *it* _it_ ~~gone~~ `code` $x$ \\*kept\\* &lt;b&gt; &#60;\n"
    "- item\n+ item\n* item\n1. item\n2) item\n> quote\n"
    "http://evil.example www.evil.example _www.evil.example a@evil.example mailto:a@b.example\n"
    "\x1b[31mred\x1b]8;;http://evil.example\x07link \x00 \x9b31m \u202egnorts\u2028# head"
    "\r# head\r\n"
    "<!-- comment\n\ud800 half"
)


def tokens(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found: list[Token] = []
    for token in parser.parse(markdown):
        found += [token, *(token.children or [])]
    return found


def shape(markdown: str) -> list[str]:
    """The markup alone, in order: all but words, and the lines and paragraphs they stand in."""
    words = {"text", "text_special", "inline", "softbreak", "hardbreak"}
    words |= {"paragraph_open", "paragraph_close"}
    return [token.type for token in tokens(markdown) if token.type not in words]


def rendered(lines: list[str]) -> str:
    """The words of one quote or line, as a reader sees them."""
    breaks = {"softbreak": "\n", "hardbreak": "\n", "paragraph_close": "\n"}
    found = tokens("\n".join(lines))
    parts = [breaks.get(item.type, item.content if item.type == "text" else "") for item in found]
    return "".join(parts).strip()


def everywhere(session: Session, hostile: str) -> Session:
    """The session with one text in every place that a stranger or a grader fills."""

    def tainted(grade: object) -> object:
        if not isinstance(grade, Grade):
            return Ungraded(ungraded=hostile) if grade else None
        feedback = grade.feedback.model_copy(
            update={"summary": hostile, "better_answer": hostile or "x"}
        )
        verdicts = tuple(
            item.model_copy(
                update={"evidence": item.evidence.model_copy(update={"quote": hostile})}
            )
            if item.evidence
            else item
            for item in grade.verdicts
        )
        heard = tuple(
            item.model_copy(
                update={
                    "correction": hostile,
                    "evidence": item.evidence.model_copy(update={"quote": hostile}),
                }
            )
            for item in grade.misconceptions
        )
        provenance = grade.provenance.model_copy(update={"grader": hostile, "model": hostile})
        return grade.model_copy(
            update={
                "feedback": feedback,
                "verdicts": verdicts,
                "misconceptions": heard,
                "provenance": provenance,
            }
        )

    def round_of(item: Round) -> Round:
        replies = tuple(
            one.model_copy(update={"answer": one.answer.model_copy(update={"text": hostile})})
            for one in item.replies
        )
        probes = tuple(
            one.model_copy(update={"ask": hostile, "grade": tainted(one.grade)})
            for one in item.probes
        )
        return item.model_copy(
            update={
                "prompt": hostile,
                "replies": replies,
                "probes": probes,
                "unaided": tainted(item.unaided),
                "after_probing": tainted(item.after_probing),
            }
        )

    return session.model_copy(update={"rounds": tuple(map(round_of, session.rounds))})


def report_with(session: Session, bank: Bank, text: str) -> str:
    return as_markdown(build_report(everywhere(session, text), bank, now=0.0))


def test_it_says_what_matters(session: Session, bank: Bank) -> None:
    text = as_markdown(build_report(session, bank, now=0.0))
    for wanted in (
        "# Interview report",
        "ML engineer · Intermediate · mock interview · 24 of 30 minutes · 2023-11-14",
        "- Questions: 6 (1 OK, 1 Weak, 1 ungraded, 1 skipped, 1 not known, 1 not answered)",
        "- Mean score: 0.30 of 1",
        "- Graded by: similarity",
        "| Fundamentals          | 2         | 1 OK, 1 Weak",
        "- Contradicted: Bias comes from wrong assumptions. (Bias and variance)",
        "  What is right: More data lowers variance, not bias.",
        "### 1. Bias and variance",
        "Fundamentals · concept · intermediate",
        "**Grade: OK (score 0.50, confidence 0.80)**",
        "Before the follow-ups: Weak (score 0.20, confidence 0.80); the follow-ups lifted it.",
        "- covered (core, after a hint): Variance is sensitivity.",
        '  You said: "Variance falls"',
        "> Why does bagging help?",
        "> It averages away variance.",
        "- Strong: Both and the trade.",
        "You said that you did not know.",
        "This question is no longer in the bank.",
        "**Grade: none (The judge is down. Try again.)**",
    ):
        assert wanted in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert max(text.count("\n\n\n"), text.count("None"), text.count("nan")) == 0


def test_an_interview_without_questions_has_a_report(bank: Bank) -> None:
    session = Session(id="s", seed=0, plan=Plan(), created_at=0.0)
    text = as_markdown(build_report(session, bank, now=0.0))
    assert "No question was asked." in text
    assert "The interview is not over yet." in text
    assert "0.0" not in text


def test_without_grades_no_score_is_made_up(session: Session, bank: Bank) -> None:
    silent = session.model_copy(update={"rounds": session.rounds[2:]})
    text = as_markdown(build_report(silent, bank, now=0.0))
    assert "- Mean score: none, nothing was graded" in text
    assert "0.00" not in text


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_silence_has_words(session: Session, bank: Bank, outcome: Outcome) -> None:
    item = Round(question_id="folds", prompt="?", asked_at=0.0, outcome=outcome)
    silent = session.model_copy(update={"rounds": (item,)})
    assert "**Your answer**" not in as_markdown(build_report(silent, bank, now=0.0))


def test_long_lists_of_gaps_are_cut_with_a_count(session: Session, bank: Bank) -> None:
    many = session.model_copy(update={"rounds": (session.rounds[1],) * 8})
    text = as_markdown(build_report(many, bank, now=0.0))
    assert "- And 6 more, under the questions below." in text


def test_hostile_text_adds_no_markup(session: Session, bank: Bank) -> None:
    kinds = shape(report_with(session, bank, HOSTILE))
    assert kinds == shape(report_with(session, bank, "harmless"))
    assert not any("html" in kind or kind in {"link_open", "image", "fence"} for kind in kinds)


def test_hostile_text_cannot_drive_a_terminal(session: Session, bank: Bank) -> None:
    text = report_with(session, bank, HOSTILE)
    assert not [char for char in text if char != "\n" and not char.isprintable() and char != "\xa0"]
    text.encode("utf-8")


@pytest.mark.parametrize(
    "bare", ["http\\://evil.example", "www\\.evil.example", "a\\@evil.example", "mailto\\:a\\@b"]
)
def test_bare_addresses_are_not_linked(session: Session, bank: Bank, bare: str) -> None:
    text = report_with(session, bank, HOSTILE)
    assert bare in text
    assert bare.replace("\\", "") not in text


awkward = st.text(
    st.characters() | st.sampled_from("<>[]()*_`#-+=|~!&;:\\\n\r\t 1.$@"), max_size=40
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=awkward)
@example(text="x\n===")
@example(text="x\n\n- y\n\n      z")
@example(text="\\")
@example(text="&amp;\\&lt;")
@example(text="<!--")
def test_no_text_adds_markup(session: Session, bank: Bank, text: str) -> None:
    assume(text.strip())
    markdown = report_with(session, bank, text)
    assert shape(markdown) == shape(report_with(session, bank, "harmless"))
    markdown.encode("utf-8")


@given(text=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=40))
@example(text="&lt;b&gt; &#60; &amp; R&D")
@example(text="\\* \\\\ a_b*c* `x` [y](z) ~~w~~ <b>")
@example(text="12. no list")
def test_a_reader_sees_the_words_as_they_were_said(text: str) -> None:
    assert rendered([line(text)]) == " ".join(text.split())
    assert rendered(quote(text)).replace("\xa0", " ").strip() == text.strip()


def test_typed_code_keeps_its_lines_and_indents() -> None:
    code = "def f(x):\n    if x < 1:\n\treturn x_1 * 2\n\nreturn [0]"
    seen = rendered(quote(code)).replace("\xa0", " ")
    assert seen == "def f(x):\n    if x < 1:\n    return x_1 * 2\nreturn [0]"


@pytest.mark.parametrize("plain", ["R&D, 0.5 > 0.3 (so far!) - isn't it? 3.5% + more; a/b = c: d"])
def test_ordinary_text_stays_as_it_is(plain: str) -> None:
    assert line(plain) == plain
    assert quote(plain) == [f"> {plain}"]
