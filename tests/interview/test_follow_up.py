"""Which follow-up probes what was missing, and when to leave it."""

from typing import Any

import pytest

from interviewer.interview.follow_up import SaysTheSame, choose
from interviewer.interview.session import Outcome, Probe, Round, Session
from interviewer.model import Kind, Plan, Question, Ungraded

WEAK, GOOD = "nothing", "side depth"
FAILED = Ungraded(ungraded="No grader.")


def never(text, others):
    return False


def always(text, others):
    return True


def chosen_id(question: Question, session: Session, guard: SaysTheSame = never) -> str | None:
    follow_up = choose(question, session, 0.0, guard)
    return follow_up.id if follow_up else None


@pytest.fixture
def at(question, graded):
    """A session whose open round has this answer and these follow-up answers."""

    def build(answer, *probes, earlier=(), kind=Kind.CONCEPT):
        asked = question("bias", kind=kind)
        unaided = answer if isinstance(answer, Ungraded) else graded(asked, answer)
        item = Round(
            question_id="bias",
            prompt=asked.prompt,
            asked_at=0.0,
            unaided=unaided,
            probes=tuple(
                Probe(
                    follow_up=name,
                    ask=asked.follow_up(name).ask,
                    asked_at=0.0,
                    grade=said
                    if isinstance(said, Ungraded) or said is None
                    else graded(asked.as_follow_up(asked.follow_up(name)), said),
                )
                for name, said in probes
            ),
        )
        session = Session(
            id="s",
            seed=1,
            plan=Plan(minutes=30),
            created_at=0.0,
            started_at=0.0,
            rounds=(*earlier, item),
        )
        return asked, session

    return build


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        ("nothing at all", "to-beta"),  # a core point before one of depth
        ("alpha", "to-beta"),
        ("alpha half beta", "to-beta"),
        ("alpha no beta gamma", "to-beta"),
        ("alpha beta", "to-gamma"),  # the core is there, depth is not
        ("alpha beta gamma", "beyond"),  # a strong answer is extended
        ("beta gamma", None),  # nothing probes alpha, and only a strong answer is extended
    ],
)
def test_it_probes_what_is_missing(at, answer, chosen):
    asked, session = at(answer)
    follow_up = choose(asked, session, 0.0, never)
    assert (follow_up and follow_up.id) == chosen


def test_contradicted_before_missing_before_partial(at, question, graded):
    both = question("bias").model_copy(
        update={
            "follow_ups": tuple(
                each.model_copy(update={"probes": probes})
                for each, probes in zip(
                    question("bias").follow_ups, [("alpha",), ("beta",), ()], strict=True
                )
            )
        }
    )
    for answer, chosen in [
        ("no alpha", "to-gamma"),
        ("no beta", "to-beta"),
        ("half alpha", "to-beta"),
        ("half beta", "to-gamma"),
    ]:
        _, session = at(answer)
        assert chosen_id(both, session) == chosen


def test_none_is_asked_twice_nor_at_a_point_already_probed(at):
    asked, session = at("nothing", ("to-beta", GOOD))
    assert chosen_id(asked, session) == "to-gamma"
    same_point = asked.model_copy(
        update={
            "follow_ups": tuple(
                each.model_copy(update={"probes": ("beta",)}) for each in asked.follow_ups
            )
        }
    )
    assert choose(same_point, session, 0.0, never) is None


def test_what_was_asked_in_other_words_is_not_asked(at):
    _, before = at("alpha", ("to-beta", GOOD))
    earlier = before.rounds[0].model_copy(update={"outcome": Outcome.ANSWERED})
    asked, session = at("alpha", earlier=(earlier,))
    seen = []

    def guard(text, others):
        seen.append(tuple(others))
        return text == asked.follow_up("to-beta").ask

    assert chosen_id(asked, session, guard) == "to-gamma"
    assert set(seen) == {("What is bias?", "And the other side of bias?", "What is bias?")}
    assert choose(asked, session, 0.0, always) is None


@pytest.mark.parametrize(
    ("kind", "left", "probes", "goes_on"),
    [
        (Kind.CONCEPT, 600.0, 1, True),
        (Kind.CONCEPT, 600.0, 2, False),
        (Kind.SYSTEM_DESIGN, 600.0, 2, True),
        (Kind.SYSTEM_DESIGN, 600.0, 3, False),
        (Kind.SYSTEM_DESIGN, 179.0, 0, True),
        (Kind.SYSTEM_DESIGN, 179.0, 1, False),
        (Kind.CONCEPT, 0.0, 0, False),
    ],
)
def test_the_budget_depends_on_kind_and_time(at, kind, left, probes, goes_on):
    names = ["to-gamma", "beyond", "to-beta"][:probes]
    asked, session = at("alpha", *[(name, "side depth edge") for name in names], kind=kind)
    assert bool(choose(asked, session, 1800 - left, never)) == goes_on


def test_two_weak_answers_in_a_row_are_enough(at):
    design = Kind.SYSTEM_DESIGN
    asked, session = at("alpha", ("to-gamma", WEAK), ("beyond", WEAK), kind=design)
    assert choose(asked, session, 0.0, never) is None
    asked, session = at("alpha", ("to-gamma", WEAK), ("beyond", "edge"), kind=design)
    assert chosen_id(asked, session) == "to-beta"
    asked, session = at("alpha", ("to-gamma", WEAK), kind=design)
    assert chosen_id(asked, session) == "to-beta"


def test_nothing_is_probed_without_a_grade(at):
    for answer, probes in [(FAILED, ()), ("alpha", [("to-gamma", FAILED)]),
                           ("alpha", [("to-gamma", None)])]:  # fmt: skip
        asked, session = at(answer, *probes)
        assert choose(asked, session, 0.0, never) is None


def test_nothing_is_probed_once_the_round_is_closed(at):
    asked, session = at("alpha")
    closed = session.rounds[0].model_copy(update={"outcome": Outcome.UNKNOWN})
    session = session.model_copy(update={"rounds": (closed,)})
    assert choose(asked, session, 0.0, never) is None


@pytest.fixture
def design(question):
    """A design whose stages probe its points in order, and two pushes."""
    base = question("bias", kind=Kind.SYSTEM_DESIGN)
    first = base.follow_ups[0]
    stages = tuple(
        first.model_copy(update={"id": f"stage-{point.id}", "probes": (point.id,), "stage": "data"})
        for point in base.points
    )
    pushes = tuple(
        first.model_copy(update={"id": f"push-{number}", "probes": ()}) for number in (1, 2)
    )
    return base.model_copy(update={"follow_ups": (*stages, *pushes)})


def asked_so_far(design: Question, graded: Any, answer: str, *asked: str) -> Session:
    item = Round(
        question_id="bias",
        prompt=design.prompt,
        asked_at=0.0,
        unaided=graded(design, answer),
        probes=tuple(
            Probe(follow_up=name, ask="Next?", asked_at=0.0, grade=graded(design, WEAK))
            for name in asked
        ),
    )
    return Session(
        id="s", seed=1, plan=Plan(minutes=60), created_at=0.0, started_at=0.0, rounds=(item,)
    )


def test_a_design_goes_through_its_stages_in_order_though_answers_are_weak(design, graded):
    names = [item.id for item in design.follow_ups if item.stage]
    asked: list[str] = []
    for name in names:
        assert chosen_id(design, asked_so_far(design, graded, WEAK, *asked)) == name
        asked.append(name)
    assert chosen_id(design, asked_so_far(design, graded, WEAK, *asked)) is None


def test_a_stage_that_was_gone_through_is_left_out(design, graded):
    first, second = design.points[:2]
    session = asked_so_far(design, graded, first.id)
    assert chosen_id(design, session) == f"stage-{second.id}"


def test_a_design_that_stands_is_pushed_on(design, graded):
    whole = " ".join(point.id for point in design.points)
    assert chosen_id(design, asked_so_far(design, graded, whole)) == "push-1"
