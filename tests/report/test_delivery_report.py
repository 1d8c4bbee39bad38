import pytest

from interviewer.bank import Bank
from interviewer.interview.session import Session
from interviewer.model import Manner, Speech, Stretch
from interviewer.report import as_markdown, build_report
from interviewer.speech.delivery import Delivery
from interviewer.ui import report as page
from tests.report.conftest import START

NOW = START + 600


def spoken(session: Session, *, recording: str | None = None) -> Session:
    """The first answer of the session, out loud."""
    item = session.rounds[0]
    speech = Speech(
        transcript="um bias is error from you know wrong assumptions more data always fixes it",
        stretches=(Stretch(start=2, end=5), Stretch(start=9, end=14)),
        recording=recording,
    )
    answer = item.replies[0].answer.model_copy(update={"manner": Manner.SPOKEN, "speech": speech})
    reply = item.replies[0].model_copy(update={"answer": answer})
    changed = item.model_copy(update={"replies": (reply, *item.replies[1:])})
    return session.model_copy(update={"rounds": (changed, *session.rounds[1:])})


def test_a_typed_interview_has_no_delivery(session: Session, bank: Bank) -> None:
    report = build_report(session, bank, now=NOW)
    assert report.delivery is None
    assert "How it sounded" not in as_markdown(report)
    assert "How it sounded" not in page.view(session, bank, now=NOW)


def test_the_delivery_stands_apart_from_every_grade(session: Session, bank: Bank) -> None:
    typed = build_report(session, bank, now=NOW)
    report = build_report(spoken(session), bank, now=NOW)
    assert report.delivery is not None
    assert report.delivery.fillers == 2
    assert report.delivery.longest_pause == 4
    assert report.delivery.first_word == 2
    assert [item.answer for item in report.rounds] == [item.answer for item in typed.rounds]
    assert report.mean_score == typed.mean_score
    first = report.rounds[0].delivery
    assert first is not None
    assert first.budget_seconds
    text = as_markdown(report)
    assert "- Pace: 70 words a minute" in text
    assert "- Fillers: 2" in text


def test_the_page_draws_when_there_was_speech(session: Session, bank: Bank) -> None:
    html = page.view(spoken(session, recording="0123456789abcdef.wav"), bank, now=NOW)
    assert html.count("<rect") == 2
    assert "longest pause 4.0 seconds" in html
    assert 'data-name="0123456789abcdef.wav"' in html
    assert "None of this is part of a grade" in html


@pytest.mark.parametrize(
    ("seconds", "pause", "fillers", "says"),
    [
        (30, 1, 0, "You speak fast"),
        (60, 1, 0, "A comfortable pace"),
        (120, 1, 0, "You take your time"),
        (60, 9, 0, "say that you want to think"),
        (60, 1, 12, "sounds surer"),
        (1, 1, 0, ""),
    ],
)
def test_remarks_are_gentle_and_say_what_to_do(
    seconds: float, pause: float, fillers: int, says: str
) -> None:
    remarks = page.remarks(
        Delivery(words=140, fillers=fillers, talk_seconds=seconds, longest_pause=pause)
    )
    assert says in " ".join(remarks)
    assert bool(remarks) == bool(says)
