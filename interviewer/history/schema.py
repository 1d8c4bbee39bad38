"""The tables of the history store, and their version.

What goes into them is in ``interviewer.history.store``.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from interviewer.errors import StoreError

VERSION = 1
"""Version of the tables; a store of a newer one is refused."""

_SETUP_LOCK = 0x1A7E2F1E
"""Names the lock that lets one process at a time set up a PostgreSQL store."""

_metadata = MetaData()

schema_version = Table(
    "schema_version",
    _metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

sessions = Table(
    "sessions",
    _metadata,
    Column("id", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("role", String, nullable=False),
    Column("level", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("strong", Integer, nullable=False),
    Column("ok", Integer, nullable=False),
    Column("weak", Integer, nullable=False),
    Column("ungraded", Integer, nullable=False),
    # text, not jsonb: jsonb refuses the escaped NUL that a transcript may hold.
    Column("body", Text, nullable=False),
)

_newest_first = Index("sessions_newest_first", sessions.c.created_at.desc(), sessions.c.id.desc())


def prepare(connection: Connection) -> None:
    """Create what is missing, inside the caller's transaction.

    Args:
        connection: A connection in a transaction that may write.

    Raises:
        StoreError: A newer version of the package made the store.
    """
    if connection.dialect.name == "postgresql":
        # CREATE ... IF NOT EXISTS can still collide when two processes run it at once.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SETUP_LOCK})
    connection.execute(CreateTable(schema_version, if_not_exists=True))
    found = connection.scalar(select(func.max(schema_version.c.version)))
    if found is not None and found > VERSION:
        raise StoreError(
            f"The history store has version {found}, made by a newer interviewer; this one knows "
            f"versions up to {VERSION}. Upgrade interviewer, or give the URL of another store."
        )
    connection.execute(CreateTable(sessions, if_not_exists=True))
    connection.execute(CreateIndex(_newest_first, if_not_exists=True))
    if found is None:
        connection.execute(insert(schema_version).values(version=VERSION))
