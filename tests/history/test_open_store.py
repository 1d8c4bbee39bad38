"""What is special to SQLite, to URLs and to servers that are not there."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

import interviewer
from interviewer.errors import StoreError
from interviewer.history import engine as engines
from interviewer.history import open_store
from interviewer.history.engine import make_engine, parse_url
from interviewer.interview.session import Session
from interviewer.model import Plan

SESSION = Session(id="s-1", seed=7, plan=Plan(), created_at=1.0)


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_every_postgres_url_gets_the_driver_we_have(url: str) -> None:
    parsed = parse_url(url)
    assert parsed.render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    "url", ["", "history.db", "mysql://u:hush@h/d", "postgresql://u:hush@h:hush/d"]
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StoreError, match="Use sqlite:///path") as caught:
        open_store(url)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None or "hush" not in str(caught.value.__cause__)


def test_an_sqlite_connection_waits_and_checks_and_logs_ahead(tmp_path: Path) -> None:
    engine = make_engine(parse_url(f"sqlite:///{tmp_path}/h.db"))
    with engine.connect() as connection:
        pragmas = {
            name: connection.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "busy_timeout", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "busy_timeout": 10_000, "foreign_keys": 1}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_one_store_to_every_thread(url: str) -> None:
    with open_store(url) as store:
        store.save(SESSION, after=None)
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda _: store.load("s-1"), range(40))) == {SESSION}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"folder '.*file/deeper' .* Give a path"):
        open_store(f"sqlite:///{tmp_path}/file/deeper/h.db")


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(StoreError, match="path of another file") as caught:
        open_store(f"sqlite:///{path}")
    assert caught.value.__cause__ is not None
    assert path.read_text().startswith("not a database")


def test_a_server_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="its server runs") as caught:
        open_store(f"postgresql://u:hush@/d?host={tmp_path}")
    assert "hush" not in str(caught.value)


def test_a_writer_gives_up_on_a_lock_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0)
    url = f"sqlite:///{tmp_path}/h.db"
    with open_store(url) as store:
        holder = make_engine(parse_url(url))
        with engines.writing(holder).begin():
            assert store.count() == 0, "readers go on beside a writer"
            with pytest.raises(StoreError, match="try again"):
                store.save(SESSION, after=None)
        holder.dispose()
        store.save(SESSION, after=None)


def test_opening_waits_for_somebody_else_who_sets_up_the_file(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE theirs (x)")
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, other.execute, ["COMMIT"])
    release.start()
    with open_store(f"sqlite:///{path}") as store:
        assert store.count() == 0
    release.join()
    other.close()


def test_the_package_alone_does_not_load_sqlalchemy() -> None:
    code = "import sys, interviewer; sys.exit('sqlalchemy' in sys.modules)"
    root = Path(interviewer.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0
