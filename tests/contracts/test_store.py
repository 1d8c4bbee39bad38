"""What every history store does, on SQLite and on a real PostgreSQL."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import interviewer
from interviewer.errors import SessionConflict, StoreError, UnknownSession
from interviewer.history import Store, open_store
from interviewer.history.engine import parse_url
from interviewer.interview.session import Answered, Begin, Outcome, Reply, Round, Session, advance
from interviewer.model import (
    Answer,
    Feedback,
    Grade,
    Graded,
    Level,
    Manner,
    Mode,
    Plan,
    Provenance,
    Ungraded,
)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url) as opened:
        yield opened


def new(session_id: str = "s-1", at: float = 1_700_000_000.25) -> Session:
    return Session(id=session_id, seed=7, plan=Plan(mode=Mode.MOCK), created_at=at)


def begun(session_id: str = "s-1") -> Session:
    return advance(new(session_id), Begin(at=1_700_000_001.5))[0]


def grade(level: Level) -> Grade:
    return Grade(
        level=level,
        score=0.5,
        confidence=0.5,
        verdicts=(),
        feedback=Feedback(summary="So."),
        provenance=Provenance(grader="test", policy="v1"),
    )


def one_round(text: str, unaided: Graded | None = None, **more: object) -> Round:
    replies = (Reply(answer=Answer(text=text, manner=Manner.SPOKEN, seconds=1.5), at=2.0),)
    item = Round(question_id="q", prompt="Why?", asked_at=1.0, replies=replies, unaided=unaided)
    return item.model_copy(update=more)


def with_sql(url: str, *statements: str) -> None:
    engine = sa.create_engine(parse_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_what_is_saved_is_loaded(store: Store) -> None:
    session = begun().model_copy(update={"rounds": (one_round("because", grade(Level.OK)),)})
    store.save(session, after=None)
    assert store.load("s-1") == session


def test_a_store_outlives_its_process(store_url: str) -> None:
    with open_store(store_url) as first:
        first.save(new(), after=None)
    with open_store(store_url) as second:
        assert second.load("s-1") == new()
        assert second.count() == 1


def test_a_later_revision_takes_the_place_of_the_one_read(store: Store) -> None:
    store.save(new(), after=None)
    store.save(begun(), after=0)
    assert store.load("s-1") == begun()
    assert store.count() == 1


def test_a_second_writer_is_refused_and_changes_nothing(store: Store) -> None:
    store.save(new(), after=None)
    store.save(begun(), after=0)
    stale = new().model_copy(update={"revision": 1, "seed": 99})
    with pytest.raises(SessionConflict, match="revision 1 is stored, 0 was read"):
        store.save(stale, after=0)
    assert store.load("s-1") == begun()


def test_a_new_session_cannot_take_a_used_id(store: Store) -> None:
    store.save(begun(), after=None)
    with pytest.raises(SessionConflict, match="stored already"):
        store.save(new(), after=None)
    assert store.load("s-1") == begun()


def test_a_save_must_move_the_revision_on(store: Store) -> None:
    store.save(begun(), after=None)
    with pytest.raises(StoreError, match="not later"):
        store.save(begun(), after=1)


def test_of_many_writers_at_once_one_wins(store: Store) -> None:
    store.save(new(), after=None)
    start = threading.Barrier(8)

    def write(seed: int) -> int | None:
        mine = begun().model_copy(update={"seed": seed})
        start.wait()
        try:
            store.save(mine, after=0)
        except SessionConflict:
            return None
        return seed

    with ThreadPoolExecutor(8) as pool:
        won = [seed for seed in pool.map(write, range(8)) if seed is not None]
    assert won == [store.load("s-1").seed]


def test_no_event_is_lost_between_writers_that_try_again(store: Store) -> None:
    store.save(new(), after=None)

    def add(_: int) -> None:
        while True:
            read = store.load("s-1")
            moved = read.model_copy(update={"revision": read.revision + 1, "seed": read.seed + 1})
            try:
                store.save(moved, after=read.revision)
            except SessionConflict:
                continue
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(30)))
    assert store.load("s-1").seed == 7 + 30


def test_a_new_store_may_be_opened_by_many_at_once(store_url: str) -> None:
    start = threading.Barrier(8)

    def use(number: int) -> None:
        start.wait()
        with open_store(store_url) as own:
            own.save(new(f"s-{number}"), after=None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    with open_store(store_url) as opened:
        assert opened.count() == 8


def test_the_newest_session_is_listed_first_page_by_page(store: Store) -> None:
    for number in (2, 0, 4, 1, 3):
        store.save(new(f"s-{number}", at=100.0 + number), after=None)
    store.save(new("twin", at=104.0), after=None)
    everything = [item.id for item in store.list()]
    assert everything == ["twin", "s-4", "s-3", "s-2", "s-1", "s-0"]
    pages = [[item.id for item in store.list(limit=4, offset=offset)] for offset in (0, 4, 8)]
    assert pages == [everything[:4], everything[4:], []]
    assert store.list(limit=0) == ()


@pytest.mark.parametrize(("limit", "offset"), [(-1, 0), (1001, 0), (1, -1), (1, 2**63)])
def test_a_page_out_of_range_is_refused(store: Store, limit: int, offset: int) -> None:
    with pytest.raises(StoreError, match="Give a limit from 0 to 1000"):
        store.list(limit=limit, offset=offset)


def test_a_summary_counts_the_grades_that_stand(store: Store) -> None:
    down = Ungraded(ungraded="The judge is down.")
    rounds = (
        one_round("a", grade(Level.WEAK), after_probing=grade(Level.STRONG)),
        one_round("b", grade(Level.OK)),
        one_round("c", grade(Level.WEAK)),
        one_round("d", grade(Level.WEAK)),
        one_round("e", down),
        one_round("f", None),
        one_round("", None, replies=(), outcome=Outcome.SKIPPED),
    )
    session = begun().model_copy(update={"rounds": rounds, "ended_at": 1_700_000_060.0})
    store.save(session, after=None)
    (found,) = store.list()
    assert (found.rounds, found.strong, found.ok, found.weak, found.ungraded) == (7, 1, 1, 2, 2)
    assert (found.role, found.level, found.mode) == ("ml-engineer", "intermediate", "mock")
    times = (found.created_at, found.started_at, found.ended_at)
    assert times == (1_700_000_000.25, 1_700_000_001.5, 1_700_000_060.0)
    assert found.revision == 1


def test_a_deleted_session_is_gone(store: Store) -> None:
    store.save(new("s-1"), after=None)
    store.save(new("s-2"), after=None)
    store.delete("s-1")
    assert [item.id for item in store.list()] == ["s-2"]
    with pytest.raises(UnknownSession):
        store.delete("s-1")
    with pytest.raises(UnknownSession):
        store.save(begun("s-1"), after=0)


def test_an_unknown_session_is_answered_with_close_ids(store: Store) -> None:
    store.save(new("monday-interview"), after=None)
    with pytest.raises(UnknownSession, match="Did you mean monday-interview"):
        store.load("monday-intervew")
    with pytest.raises(UnknownSession) as caught:
        store.load("x")
    assert "monday" not in str(caught.value)


@pytest.mark.parametrize("odd", ["", "\0", "\ud800", "' OR 1=1 --", "x" * 10_000])
def test_an_odd_id_is_unknown_and_no_failure(store: Store, odd: str) -> None:
    store.save(new(), after=None)
    with pytest.raises(UnknownSession):
        store.load(odd)
    with pytest.raises(UnknownSession):
        store.delete(odd)
    assert store.count() == 1


def test_an_id_that_no_database_holds_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="plain id"):
        store.save(new("a\0b"), after=None)


# Lone surrogates too: a broken transcript can hold halves of characters.
awkward = st.text(st.characters(), max_size=60)
# A target has a length limit, and with one pydantic refuses lone surrogates.
awkward_target = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=awkward, target=awkward_target)
@example(text="nul \0 and \\u0000 \ud800 half \udfff", target="nul \0")
@example(text="🧠 é \u2028 \x1b[31m", target="'; DROP TABLE sessions; --")
def test_any_text_comes_back_as_it_was(store: Store, text: str, target: str) -> None:
    session = Session(id="t", seed=0, plan=Plan(target=target), created_at=1.0)
    session = session.model_copy(update={"rounds": (one_round(text),)})
    store.save(session, after=None)
    try:
        assert store.load("t") == session
    finally:
        store.delete("t")


_WRITER = """
import sys
from interviewer.history import open_store
from interviewer.interview.session import Session
from interviewer.model import Plan
store = open_store(sys.argv[1])
session = Session(id="killed", seed=0, plan=Plan(target="x" * 20_000), created_at=1.0)
store.save(session, after=None)
while True:
    moved = session.model_copy(update={"revision": session.revision + 1})
    store.save(moved, after=session.revision)
    session = moved
    print(session.revision, flush=True)
"""


def test_a_killed_writer_leaves_a_store_that_works(store_url: str) -> None:
    root = Path(interviewer.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, store_url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as writer:
        assert writer.stdout is not None
        seen = 0
        while seen < 25:
            seen = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        seen = max([seen, *(int(line) for line in writer.stdout if line.endswith("\n"))])
    with open_store(store_url) as store:
        left = store.load("killed")
        assert left.revision in {seen, seen + 1}, "what was reported saved must be there"
        store.save(left.model_copy(update={"revision": left.revision + 1}), after=left.revision)


def test_a_store_of_a_newer_version_is_refused(store_url: str) -> None:
    with open_store(store_url) as store:
        store.save(new(), after=None)
    with_sql(store_url, "UPDATE schema_version SET version = 2")
    with pytest.raises(StoreError, match=r"version 2.*Upgrade interviewer"):
        open_store(store_url)
    with_sql(store_url, "UPDATE schema_version SET version = 1")
    with open_store(store_url) as store:
        assert store.count() == 1


def test_a_refused_newer_store_is_left_as_it_was(store_url: str) -> None:
    open_store(store_url).close()
    with_sql(store_url, "DROP TABLE sessions", "UPDATE schema_version SET version = 99")
    with pytest.raises(StoreError, match="version 99"):
        open_store(store_url)
    engine = sa.create_engine(parse_url(store_url))
    assert sa.inspect(engine).get_table_names() == ["schema_version"]
    engine.dispose()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"format": 9}', "has format 9; this version reads format 1"),
        ("[]", "has format None"),
        ('{"format": 1}', "says it has format 1 but does not follow it"),
        ('{"form', "is not JSON"),
    ],
)
def test_a_body_that_no_longer_fits_is_named(store_url: str, body: str, said: str) -> None:
    with open_store(store_url) as store:
        store.save(new(), after=None)
        with_sql(store_url, f"UPDATE sessions SET body = '{body}'".replace(":", "\\:"))
        with pytest.raises(StoreError, match=said):
            store.load("s-1")
        assert store.count() == 1


def test_a_summary_of_an_unknown_role_is_a_store_error(store_url: str) -> None:
    with open_store(store_url) as store:
        store.save(new(), after=None)
        with_sql(store_url, "UPDATE sessions SET role = 'astronaut'")
        with pytest.raises(StoreError, match="Upgrade"):
            store.list()


def test_every_failure_of_the_database_is_a_store_error(store_url: str) -> None:
    calls: list[Callable[[Store], object]] = [
        lambda store: store.save(new(), after=None),
        lambda store: store.save(begun(), after=0),
        lambda store: store.load("s-1"),
        lambda store: store.list(),
        lambda store: store.delete("s-1"),
        lambda store: store.count(),
    ]
    with open_store(store_url) as store:
        with_sql(store_url, "DROP TABLE sessions")
        for call in calls:
            with pytest.raises(StoreError, match="could not") as caught:
                call(store)
            assert isinstance(caught.value.__cause__, sa.exc.SQLAlchemyError)


def test_a_failure_does_not_repeat_what_the_candidate_said(store_url: str) -> None:
    session = begun().model_copy(update={"rounds": (one_round("my secret employer"),)})
    with open_store(store_url) as store:
        with_sql(store_url, "DROP TABLE sessions")
        with pytest.raises(StoreError) as caught:
            store.save(session, after=None)
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)


def test_an_answered_session_goes_on_after_a_restart(store_url: str) -> None:
    session = begun()
    with open_store(store_url) as store:
        store.save(session, after=None)
    with open_store(store_url) as store:
        loaded = store.load("s-1")
    assert loaded.pending == session.pending
    with pytest.raises(Exception, match="not listening"):
        advance(loaded, Answered(at=3.0, answer=Answer(text="early")))
