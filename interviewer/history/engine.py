"""From a URL to a SQLAlchemy engine that is safe to share between threads.

Which statements run on it is in ``interviewer.history.store``.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from interviewer.errors import StoreError

BUSY_SECONDS = 10
"""How long to wait for a lock, a pooled connection or a server."""

_FORMS = "Use sqlite:///path/to/history.db or postgresql://user:password@host/database."
_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}


def parse_url(url: str) -> URL:
    """The URL with the driver we use.

    Raises:
        StoreError: It is no URL, or of a database we do not support. The
            message never repeats it, since it may hold a password.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"The URL of the history store cannot be read. {_FORMS}") from error
    except ValueError:
        # Not chained: its text quotes what stands where the port should be.
        raise StoreError(f"The port in the URL of the store is no number. {_FORMS}") from None
    if parsed.drivername in _POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in _SQLITE:
        return parsed
    raise StoreError(f"The history store cannot use '{parsed.drivername}'. {_FORMS}")


def make_engine(url: URL) -> Engine:
    """An engine for a URL from ``parse_url``; no connection is made yet.

    Raises:
        StoreError: The folder of an SQLite file cannot be made.
    """
    # hide_parameters: an error must not carry a candidate's words into a log.
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=BUSY_SECONDS,
            connect_args={"connect_timeout": BUSY_SECONDS},
        )
    in_memory = _make_folder(url)
    # A memory database lives in its one connection, so threads take turns.
    size = {"pool_size": 1, "max_overflow": 0} if in_memory else {}
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        **size,
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def writing(engine: Engine) -> Engine:
    """The engine for transactions that write: on SQLite they take the lock at once."""
    return engine.execution_options(interviewer_writes=True)


def _make_folder(url: URL) -> bool:
    """Make the folder of an SQLite file; True when there is no file."""
    name = url.database
    if not name or name == ":memory:" or url.query.get("mode") == "memory":
        return True
    if not name.startswith("file:"):
        folder = Path(name).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder '{folder}' of the history store cannot be made "
                f"({error.strerror}). Give a path that can be written."
            ) from error
    return False


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    # Without this, sqlite3 would begin transactions by rules of its own.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    _log_ahead(cursor)
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _log_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch to WAL; SQLite does not heed busy_timeout when two do it at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("interviewer_writes")
    # A read that turns into a write fails at once when somebody wrote meanwhile.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
