"""What a report says about an interview."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from interviewer.bank import Bank
from interviewer.interview.session import Outcome, Probe, Reply, Round, Session
from interviewer.model import (
    Answer,
    Evidence,
    Grade,
    Level,
    Opinion,
    Plan,
    Span,
    Status,
    Tier,
    Ungraded,
)
from interviewer.report import Report, build_report
from interviewer.report.data import Gap


@pytest.fixture
def report(session: Session, bank: Bank) -> Report:
    return build_report(session, bank, now=0.0)


def with_rounds(session: Session, *rounds: Round) -> Session:
    return session.model_copy(update={"rounds": rounds})


def test_the_title_has_the_facts(report: Report) -> None:
    facts = report.facts
    assert (facts.role, facts.level, facts.mode) == ("ML engineer", "Intermediate", "mock")
    assert (facts.minutes_used, facts.minutes_planned) == (24.0, 30)
    assert facts.at.isoformat() == "2023-11-14T22:13:20+00:00"
    assert facts.finished
    assert facts.graders == ("similarity",)


def test_claims_read_as_a_candidate_is_told_them(session: Session, bank: Bank) -> None:
    question = bank["bias-variance"]
    joined = "Bias is a wrong assumption, or, in other words, it stays with more data."
    points = (question.points[0].model_copy(update={"claim": joined}), *question.points[1:])
    renamed = question.model_copy(update={"points": points})
    others = [item for item in bank if item.id != question.id]
    rounds = build_report(session, Bank([renamed, *others], bank.taxonomy), now=0.0).rounds
    claims = [row.claim for row in rounds[0].answer.verdicts]
    assert "Bias is a wrong assumption, that is, it stays with more data." in claims
    assert joined not in claims


def test_an_interview_that_still_runs_is_reported_as_of_now(session: Session, bank: Bank) -> None:
    running = session.model_copy(update={"ended_at": None})
    facts = build_report(running, bank, now=1_700_000_000 + 120).facts
    assert (facts.minutes_used, facts.finished) == (2.0, False)


def test_every_round_is_counted_once(report: Report) -> None:
    counted = report.counts.model_dump()
    assert counted == {
        "strong": 0,
        "ok": 1,
        "weak": 1,
        "ungraded": 1,
        "skipped": 1,
        "unknown": 1,
        "unanswered": 1,
    }
    assert report.counts.total == len(report.rounds) == 6


def test_the_mean_is_over_standing_grades_only(report: Report) -> None:
    assert report.mean_score == pytest.approx((0.5 + 0.1) / 2)


def test_no_grade_means_no_mean(session: Session, bank: Bank) -> None:
    empty = Session(id="s", seed=0, plan=Plan(), created_at=0.0)
    ungraded = with_rounds(session, *session.rounds[2:])
    for one in (empty, ungraded):
        report = build_report(one, bank, now=0.0)
        assert report.mean_score is None
        assert all(row.mean_score is None for row in report.topics)
        assert report.strengths == ()


def test_topics_are_summed_up_in_the_order_they_came(report: Report) -> None:
    rows = [(row.topic, row.title, row.questions, row.mean_score) for row in report.topics]
    assert rows == [
        ("fundamentals", "Fundamentals", 2, pytest.approx(0.3)),
        ("other-topic", "Other topic", 1, None),
        (None, "No longer in the bank", 3, None),
    ]
    assert sum(row.counts.total for row in report.topics) == 6


def test_strengths_are_the_best_covered_points_core_first(report: Report) -> None:
    found = [(item.claim, item.quote) for item in report.strengths]
    assert found == [
        ("Variance is sensitivity.", "Variance falls"),
        ("Averaging lowers variance.", "average models"),
    ]


def test_gaps_begin_with_what_was_wrong_then_by_weight(report: Report) -> None:
    found = [(gap.point_id, gap.status.value) for gap in report.gaps]
    assert found == [
        ("bias", "contradicted"),
        ("unseen", "missing"),
        ("frequency", "missing"),
        ("estimate", "missing"),
    ]
    assert report.gaps[0].correction == "More data lowers variance, not bias."
    assert report.gaps[0].question == "Bias and variance"
    assert report.gaps[0].hint == "Err?"


def test_a_probed_round_shows_both_grades_and_the_text_of_the_one_that_stands(
    report: Report, probed: Round
) -> None:
    first = report.rounds[0]
    assert first.unaided == probed.unaided
    assert first.answer.grade == first.after_probing == probed.after_probing
    assert first.lifted
    assert first.answer.text == probed.whole_text
    assert [(row.point_id, row.status.value, row.quote, row.hinted) for row in
            first.answer.verdicts] == [
        ("bias", "contradicted", "fixes bias", False),
        ("variance", "covered", "Variance falls", True),
        ("ensembles", "covered", "average models", False),
    ]  # fmt: skip
    (heard,) = first.answer.misconceptions
    assert heard.claim == "More data removes bias."
    assert heard.quote == "More data always fixes bias"


def test_the_evidence_is_cut_out_of_the_answer(report: Report) -> None:
    cut = {segment.text: segment.ids for segment in report.rounds[0].answer.segments if segment.ids}
    assert cut == {
        "More data always ": ("more-data",),
        "fixes bias": ("bias", "more-data"),
        "Variance falls": ("variance",),
        "average models": ("ensembles",),
    }


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (Status.COVERED, Status.COVERED, "point"),
        (Status.PARTIAL, Status.PARTIAL, "partly"),
        (Status.PARTIAL, Status.COVERED, "point"),
        (Status.CONTRADICTED, Status.COVERED, "wrong"),
    ],
)
def test_evidence_is_marked_by_what_it_shows(
    session: Session, bank: Bank, probed: Round, first: Status, second: Status, shown: str
) -> None:
    assert isinstance(probed.unaided, Grade)
    one, two = probed.unaided.verdicts[:2]
    verdicts = (
        one.model_copy(update={"status": first}),
        two.model_copy(update={"status": second, "evidence": one.evidence}),
    )
    unaided = probed.unaided.model_copy(update={"verdicts": verdicts, "misconceptions": ()})
    item = probed.model_copy(update={"unaided": unaided, "after_probing": None})
    answer = build_report(with_rounds(session, item), bank, now=0.0).rounds[0].answer
    assert [answer.shown(segment) for segment in answer.segments if segment.ids] == [shown]


def test_words_that_are_also_a_misconception_are_marked_wrong(report: Report) -> None:
    answer = report.rounds[0].answer
    shown = {part.text: answer.shown(part) for part in answer.segments if part.ids}
    assert shown["fixes bias"] == shown["More data always "] == "wrong"
    assert shown["Variance falls"] == "point"


def test_an_unprobed_round_shows_what_was_said_to_the_question(
    session: Session, bank: Bank, probed: Round
) -> None:
    unaided = probed.model_copy(update={"after_probing": None})
    (first,) = build_report(with_rounds(session, unaided), bank, now=0.0).rounds
    assert first.answer.text == unaided.text()
    assert [item.ids for item in first.answer.segments] == [("bias",), ()]
    assert not first.lifted


def test_a_grade_that_probing_did_not_raise_is_not_called_lifted(
    session: Session, bank: Bank, probed: Round
) -> None:
    for after in (probed.unaided, Ungraded(ungraded="Down.")):
        same = probed.model_copy(update={"after_probing": after})
        assert not build_report(with_rounds(session, same), bank, now=0.0).rounds[0].lifted


def test_what_only_the_judge_raised_is_not_called_lifted(
    session: Session, bank: Bank, probed: Round
) -> None:
    def judged(own: Level) -> Grade:
        after = probed.after_probing
        assert isinstance(after, Grade)
        source = after.provenance.model_copy(update={"grader": "combined-1"})
        first = Opinion(grader=after.provenance.grader, level=own, confidence=0.5)
        return after.model_copy(update={"provenance": source, "opinions": (first,)})

    assert isinstance(probed.unaided, Grade)
    for own, lifted in ((probed.unaided.level, False), (Level.STRONG, True)):
        after = probed.model_copy(update={"after_probing": judged(own)})
        (first,) = build_report(with_rounds(session, after), bank, now=0.0).rounds[:1]
        assert first.lifted is lifted


def test_a_follow_up_is_reported_like_a_question(report: Report, probed: Round) -> None:
    (follow_up,) = report.rounds[0].follow_ups
    assert follow_up.ask == "Why does bagging help?"
    assert follow_up.answer.text == probed.text("bagging")
    assert follow_up.answer.grade == probed.probes[0].grade
    assert follow_up.answer.verdicts[0].claim == "It averages variance away."
    assert follow_up.model_answer == "It averages away variance."


def test_a_better_answer_is_the_graders_or_else_the_banks(report: Report) -> None:
    graded, _, unknown, gone, *_ = report.rounds
    assert graded.better_answer == "Say both, then the trade."
    assert graded.model_answer is not None
    assert graded.model_answer.startswith("Bias is systematic")
    assert unknown.better_answer == unknown.model_answer == "Scores that are frequencies."
    assert gone.better_answer is gone.model_answer is None


def test_a_question_that_left_the_bank_is_reported_from_the_session(report: Report) -> None:
    gone = report.rounds[3]
    assert gone.name == gone.prompt == "What did this say?"
    assert (gone.topic, gone.kind, gone.difficulty, gone.rubric) == (None, None, None, None)
    assert gone.answer.text == "Something."
    assert gone.follow_ups[0].ask == "And more?"
    assert gone.follow_ups[0].model_answer is None
    assert isinstance(gone.answer.grade, Ungraded)


def test_a_graded_question_that_left_the_bank_keeps_its_verdicts(
    session: Session, bank: Bank, probed: Round
) -> None:
    empty = Bank([], bank.taxonomy)
    report = build_report(with_rounds(session, probed), empty, now=0.0)
    assert [row.claim for row in report.rounds[0].answer.verdicts] == [
        "Bias",
        "Variance",
        "Ensembles",
    ]
    assert report.gaps[0].claim == "Bias"
    assert report.rounds[0].follow_ups[0].answer.verdicts[0].claim == "Averages"


@pytest.mark.parametrize(
    ("span", "quote", "marked"),
    [
        (Span(start=0, end=4), "Bias", "Bias"),
        (Span(start=7, end=11), "Bias", "Bias"),  # of another text: the quote is found
        (Span(start=900, end=904), "Bias", "Bias"),
        (Span(start=0, end=4), "never said", None),
        (Span(start=0, end=0), "", None),
    ],
)
def test_only_the_quoted_words_are_ever_marked(
    session: Session, bank: Bank, probed: Round, *, span: Span, quote: str, marked: str | None
) -> None:
    assert isinstance(probed.unaided, Grade)
    verdict = probed.unaided.verdicts[0].model_copy(
        update={"evidence": Evidence(span=span, quote=quote, similarity=0.5)}
    )
    unaided = probed.unaided.model_copy(update={"verdicts": (verdict,)})
    item = probed.model_copy(update={"unaided": unaided, "after_probing": None})
    segments = build_report(with_rounds(session, item), bank, now=0.0).rounds[0].answer.segments
    assert [segment.text for segment in segments if segment.ids] == ([marked] if marked else [])
    assert "".join(segment.text for segment in segments) == item.text()


@pytest.fixture
def gaps_of(session: Session, bank: Bank, probed: Round) -> Callable[[Status, Status], list[Gap]]:
    """The gaps of a round with such core points and such depth points."""

    def made(core: Status, depth: Status) -> list[Gap]:
        assert isinstance(probed.after_probing, Grade)
        verdicts = tuple(
            item.model_copy(update={"status": core if item.tier is Tier.CORE else depth})
            for item in probed.after_probing.verdicts
        )
        grade = probed.after_probing.model_copy(update={"verdicts": verdicts, "misconceptions": ()})
        item = probed.model_copy(update={"after_probing": grade})
        return list(build_report(with_rounds(session, item), bank, now=0.0).gaps)

    return made


@pytest.mark.parametrize("status", [Status.CONTRADICTED, Status.MISSING])
def test_where_the_core_is_made_depth_is_worked_on(
    gaps_of: Callable[[Status, Status], list[Gap]], status: Status
) -> None:
    (gap,) = gaps_of(Status.COVERED, status)
    assert (gap.point_id, gap.tier, gap.status) == ("ensembles", Tier.DEPTH, status)


def test_depth_waits_while_core_is_missing(
    gaps_of: Callable[[Status, Status], list[Gap]],
) -> None:
    found = gaps_of(Status.MISSING, Status.MISSING)
    assert [gap.tier for gap in found] == [Tier.CORE, Tier.CORE]


def test_what_was_wrong_comes_first_though_it_is_depth(
    gaps_of: Callable[[Status, Status], list[Gap]],
) -> None:
    found = gaps_of(Status.MISSING, Status.CONTRADICTED)
    assert [gap.tier for gap in found] == [Tier.DEPTH, Tier.CORE, Tier.CORE]


def test_a_skipped_question_is_no_gap(session: Session, bank: Bank) -> None:
    skipped = Round(question_id="unsure", prompt="?", asked_at=0.0, outcome=Outcome.SKIPPED)
    assert build_report(with_rounds(session, skipped), bank, now=0.0).gaps == ()


def test_a_partly_covered_point_is_neither_gap_nor_strength(
    session: Session, bank: Bank, probed: Round
) -> None:
    assert isinstance(probed.unaided, Grade)
    partial = tuple(
        item.model_copy(update={"status": Status.PARTIAL}) for item in probed.unaided.verdicts
    )
    unaided = probed.unaided.model_copy(update={"verdicts": partial})
    item = probed.model_copy(update={"unaided": unaided, "after_probing": None})
    report = build_report(with_rounds(session, item), bank, now=0.0)
    assert (report.gaps, report.strengths) == ((), ())


def test_an_answer_that_waits_for_its_grade_is_ungraded(session: Session, bank: Bank) -> None:
    waiting = Round(
        question_id="folds",
        prompt="?",
        asked_at=0.0,
        replies=(Reply(answer=Answer(text="So."), at=1.0),),
        probes=(Probe(follow_up="unheard-of", ask="And?", asked_at=2.0),),
    )
    report = build_report(with_rounds(session, waiting), bank, now=0.0)
    assert report.counts.ungraded == 1
    assert report.rounds[0].answer.grade is None


def test_a_report_is_a_frozen_value_that_survives_json(report: Report) -> None:
    assert Report.model_validate_json(report.model_dump_json()) == report
    with pytest.raises(ValidationError, match="frozen"):
        report.mean_score = 1.0  # type: ignore[misc]
