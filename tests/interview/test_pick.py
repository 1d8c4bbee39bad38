"""Which question comes next, and when none does."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.bank import Bank, load_bank
from interviewer.errors import InterviewError
from interviewer.interview.pick import Stop, minutes_for, pick, why_stop
from interviewer.interview.plan import agenda_size, check
from interviewer.interview.session import Outcome, Round, Session
from interviewer.model import Difficulty, Kind, Plan, Question, Role
from interviewer.resources import bank_folder

SHIPPED = load_bank(bank_folder())


def session_of(plan: Plan, asked: Iterable[Question] = (), seed: int = 1) -> Session:
    rounds = tuple(
        Round(question_id=each.id, prompt=each.prompt, asked_at=0.0, outcome=Outcome.ANSWERED)
        for each in asked
    )
    return Session(id="s", seed=seed, plan=plan, created_at=0.0, started_at=0.0, rounds=rounds)


def hold(
    bank: Bank, plan: Plan, seed: int = 1, relevance: Mapping[str, float] | None = None
) -> list[Question]:
    """Every question of an interview in which each takes its usual time."""
    asked: list[Question] = []
    now = 0.0
    while question := pick(bank, session_of(plan, asked, seed), now, relevance):
        asked.append(question)
        now += minutes_for(question, bank) * 60
    return asked


def pick_one(
    bank: Bank, session: Session, now: float = 0.0, relevance: Mapping[str, float] | None = None
) -> Question:
    question = pick(bank, session, now, relevance)
    assert question
    return question


plans = st.builds(
    Plan,
    role=st.sampled_from(Role),
    level=st.sampled_from(Difficulty),
    minutes=st.integers(5, 120),
    questions=st.none() | st.integers(1, 20),
    topics=st.lists(st.sampled_from(sorted(SHIPPED.taxonomy.topics)), max_size=3, unique=True).map(
        tuple
    ),
)


@settings(max_examples=60, deadline=None)
@given(plans, st.integers(0, 2**31))
def test_every_interview_keeps_to_its_plan(plan, seed):
    asked = hold(SHIPPED, plan, seed)
    assert asked
    assert len({question.id for question in asked}) == len(asked)
    assert plan.questions is None or len(asked) <= plan.questions
    assert not plan.topics or {question.topic for question in asked} <= set(plan.topics)
    spent = sum(minutes_for(question, SHIPPED) for question in asked)
    assert spent <= plan.minutes or len(asked) == 1
    assert asked == hold(SHIPPED, plan, seed)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("level", Difficulty)
def test_an_hour_with_the_shipped_bank_is_a_good_interview(role, level):
    plan = Plan(role=role, level=level, minutes=60)
    for seed in range(5):
        asked = hold(SHIPPED, plan, seed)
        kinds = Counter(question.kind for question in asked)
        assert kinds[Kind.BEHAVIOURAL] == 1
        assert kinds[Kind.SYSTEM_DESIGN] <= 1
        at_level = {question.id for question in asked if question.level is level}
        there_are = {each.id for each in SHIPPED if each.level is level and role in each.roles}
        assert len(at_level) * 2 >= len(asked) or len(there_are - at_level) <= 2
        topics = Counter(question.topic for question in asked)
        assert max(topics.values()) <= 2
        core = SHIPPED.taxonomy.roles[role].core
        assert len(set(core) & set(topics)) >= min(4, len(asked))


def test_another_seed_is_another_interview():
    plan = Plan(minutes=45)
    assert len({tuple(each.id for each in hold(SHIPPED, plan, seed)) for seed in range(10)}) > 3


def test_the_least_asked_topic_comes_first_and_core_ones_before_others(bank, question):
    plan = Plan(minutes=60)
    assert pick_one(bank, session_of(plan)).topic == "basics"
    assert pick_one(bank, session_of(plan, [question("bias")])).topic == "systems"


def test_it_is_mostly_at_the_level_with_an_easier_start(bank, question):
    plan = Plan(minutes=60, topics=("basics",))
    assert pick_one(bank, session_of(plan, seed=0)).level in {"beginner", "intermediate"}
    later = pick_one(bank, session_of(plan, [question("serving", topic="systems")]))
    assert later.level == "intermediate"


def test_the_role_is_relaxed_before_the_level_and_the_topics_never(taxonomy, question):
    plan = Plan(role=Role.AI_ENGINEER, level=Difficulty.BEGINNER, topics=("basics",), minutes=60)
    other_role = question("a", roles=["data-scientist"], level="beginner")
    other_level = question("b", level="advanced")
    elsewhere = question("c", topic="systems", level="beginner")
    bank = Bank([other_role, other_level, elsewhere], taxonomy)
    assert [each.id for each in hold(bank, plan)] == ["a", "b"]


def test_relevance_decides_among_equals(bank):
    plan = Plan(minutes=60, topics=("basics",))
    for wanted in ("bias", "variance"):
        picked = pick_one(bank, session_of(plan), 0.0, {wanted: 1.0})
        assert picked.id == wanted


@pytest.mark.parametrize(
    ("minutes", "kinds"),
    [
        (15, set()),
        (30, {Kind.BEHAVIOURAL}),
        (45, {Kind.BEHAVIOURAL, Kind.SYSTEM_DESIGN}),
    ],
)
def test_longer_interviews_vary_the_kind(taxonomy, question, minutes, kinds):
    bank = Bank(
        [question(f"c{n}") for n in range(9)]
        + [question(f"b{n}", topic="people", kind="behavioural") for n in range(3)]
        + [question(f"d{n}", topic="systems", kind="system-design") for n in range(3)],
        taxonomy,
    )
    asked = Counter(each.kind for each in hold(bank, Plan(minutes=minutes)))
    assert {kind for kind in asked if kind is not Kind.CONCEPT} >= kinds
    assert all(asked[kind] <= 2 for kind in (Kind.BEHAVIOURAL, Kind.SYSTEM_DESIGN))


def test_it_stops_when_enough_was_asked_or_the_time_is_up(bank, question):
    one = [question("bias")]
    for plan, asked, now, why in [
        (Plan(questions=1), one, 0.0, Stop.COMPLETE),
        (Plan(topics=("basics",)), [question(x) for x in ("bias", "variance", "entropy")], 0.0,
         Stop.COMPLETE),
        (Plan(minutes=30), one, 30 * 60 - 299.0, Stop.TIME),
        (Plan(minutes=30), one, 30 * 60 - 300.0, None),
        (Plan(minutes=5), one, 10_000.0, Stop.TIME),
    ]:  # fmt: skip
        session = session_of(plan, asked)
        assert why_stop(bank, session, now) is why
        assert (pick(bank, session, now) is None) == (why is not None)


def test_one_question_is_asked_whatever_the_time(taxonomy, question):
    long, short = question("d", kind="system-design"), question("c", kind="coding")
    bank = Bank([long, short], taxonomy)
    assert [each.id for each in hold(bank, Plan(minutes=5))] == ["c"]
    assert pick_one(bank, session_of(Plan(minutes=5)), 10_000.0).id == "c"


def test_a_question_that_left_the_bank_is_no_obstacle(bank, question):
    assert pick(bank, session_of(Plan(), [question("gone")]), 0.0)


def test_the_agenda_is_what_the_session_would_get():
    for seed in range(5):
        for minutes in (5, 30, 60):
            plan = Plan(minutes=minutes)
            assert agenda_size(plan, SHIPPED, seed=seed) == len(hold(SHIPPED, plan, seed))
    assert agenda_size(Plan(minutes=60, questions=3), SHIPPED) == 3


def test_a_plan_that_cannot_be_held_says_what_to_do(bank, taxonomy):
    check(Plan(topics=("basics", "systems")), bank)
    for plan, given_bank, message in [
        (Plan(topics=("basic",)), bank, "Did you mean 'basics'"),
        (Plan(topics=("zzz",)), bank, r"no topic 'zzz'\. Choose from: basics, deserted"),
        (Plan(topics=("basics", "deserted")), bank, "no question on 'Deserted'. Leave it out"),
        (Plan(), Bank([], taxonomy), "holds no question"),
    ]:
        with pytest.raises(InterviewError, match=message):
            check(plan, given_bank)
