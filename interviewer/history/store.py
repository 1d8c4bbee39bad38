"""Interviews in a database: save, load, list, delete.

One row a session: its JSON in ``body``, and beside it what lists are made from.
Many threads and many processes may share a store; who saves says which revision
was read, and is refused when the session has moved on since.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from pydantic import Field, ValidationError
from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from interviewer.errors import SessionConflict, StoreError, UnknownSession
from interviewer.history.engine import make_engine, parse_url, writing
from interviewer.history.schema import prepare, sessions
from interviewer.interview.session import FORMAT, Session
from interviewer.model import Difficulty, Grade, Level, Mode, Role, Value

MAX_PAGE = 1000
"""The most summaries one call lists."""

_LARGEST = 2**31 - 1


class Summary(Value):
    """A stored session as a line in a list."""

    id: str
    revision: int = Field(ge=0, description="Events so far.")
    created_at: float = Field(description="Seconds since the epoch.")
    started_at: float | None = None
    ended_at: float | None = None
    role: Role
    level: Difficulty
    mode: Mode
    rounds: int = Field(ge=0, description="Questions asked.")
    strong: int = Field(ge=0, description="Rounds whose standing grade is Strong.")
    ok: int = Field(ge=0, description="Rounds whose standing grade is OK.")
    weak: int = Field(ge=0, description="Rounds whose standing grade is Weak.")
    ungraded: int = Field(ge=0, description="Rounds with an answer that has no grade.")


_SUMMARY = tuple(sessions.c[name] for name in Summary.model_fields)


class Store:
    """The stored sessions. Made by ``open_store``; safe to share between threads.

    Args:
        engine: An engine whose tables are prepared.
    """

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; nothing is read."""
        self._reading = engine
        self._writing = writing(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def save(self, session: Session, *, after: int | None) -> None:
        """Write a session, if nobody else has since it was read.

        Args:
            session: The session as it is now.
            after: The revision that was read; None when the session is new.

        Raises:
            SessionConflict: The stored revision is not ``after``, or the id of
                a new session is taken.
            UnknownSession: There is no such session to write over.
            StoreError: The database failed, or ``session`` is no later than
                ``after``, which would hide the next conflict.
        """
        row = _row(session)
        with _mapped("save the session"), self._writing.begin() as connection:
            if after is None:
                _insert(connection, row)
                return
            if session.revision <= after:
                raise StoreError(
                    f"Session '{session.id}' has revision {session.revision}, which is not later "
                    f"than the {after} it was read at. Save only what `advance` returned."
                )
            changed = connection.execute(
                update(sessions)
                .where(sessions.c.id == session.id, sessions.c.revision == after)
                .values(row)
            )
            if changed.rowcount == 0:
                _refuse(connection, session.id, after)

    def load(self, session_id: str) -> Session:
        """The session with that id.

        Raises:
            UnknownSession: There is none; the message names close ids.
            StoreError: The database failed, or the row is of another format.
        """
        with _mapped("load the session"), self._reading.connect() as connection:
            body = None
            if _storable(session_id):
                body = connection.scalar(select(sessions.c.body).where(sessions.c.id == session_id))
            if body is None:
                raise _unknown(connection, session_id)
        return _session(session_id, body)

    def list(self, limit: int = 50, offset: int = 0) -> tuple[Summary, ...]:
        """Stored sessions, the newest first.

        Args:
            limit: How many, 0 to ``MAX_PAGE``.
            offset: How many to leave out from the start, 0 or more.

        Raises:
            StoreError: The database failed, or a number is out of range.
        """
        if not 0 <= limit <= MAX_PAGE or not 0 <= offset <= _LARGEST:
            raise StoreError(
                f"A page of {limit} from {offset} cannot be listed. Give a limit from 0 to "
                f"{MAX_PAGE} and an offset of 0 or more."
            )
        wanted = (
            select(*_SUMMARY)
            .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with _mapped("list the sessions"), self._reading.connect() as connection:
            rows = connection.execute(wanted).mappings().all()
        try:
            return tuple(Summary.model_validate(dict(row)) for row in rows)
        except ValidationError as error:
            raise StoreError(
                "A stored session has a role, level or mode that this version does not know. "
                "Upgrade interviewer."
            ) from error

    def delete(self, session_id: str) -> None:
        """Remove a session for good.

        Raises:
            UnknownSession: There is none; the message names close ids.
            StoreError: The database failed.
        """
        with _mapped("delete the session"), self._writing.begin() as connection:
            gone = 0
            if _storable(session_id):
                where = sessions.c.id == session_id
                gone = connection.execute(delete(sessions).where(where)).rowcount
            if gone == 0:
                raise _unknown(connection, session_id)

    def count(self) -> int:
        """How many sessions are stored.

        Raises:
            StoreError: The database failed.
        """
        with _mapped("count the sessions"), self._reading.connect() as connection:
            return connection.scalar(select(func.count()).select_from(sessions)) or 0

    def close(self) -> None:
        """Let go of every connection."""
        self._reading.dispose()


def open_store(url: str) -> Store:
    """Open a store, making its folder and tables where they are missing.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/database``
            (``postgres://`` and ``postgresql+psycopg://`` mean the same).

    Raises:
        StoreError: The URL cannot be used, the database cannot be reached, or
            a newer version of the package made the store.
    """
    engine = make_engine(parse_url(url))
    try:
        with _mapped("be opened"), writing(engine).begin() as connection:
            prepare(connection)
    except StoreError:
        engine.dispose()
        raise
    return Store(engine)


@contextmanager
def _mapped(doing: str) -> Iterator[None]:
    """Turn what the database raises into a ``StoreError`` that says what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        reason = " ".join(str(cause).split()) or type(cause).__name__
        what = f"The history store could not {doing}: {reason.rstrip('.')}."
        raise StoreError(f"{what} {_remedy(error, reason)}") from error


def _remedy(error: Exception, reason: str) -> str:
    if "locked" in reason or "busy" in reason:
        return "Another program holds it; close that one, or try again."
    if "not a database" in reason or "malformed" in reason:
        return "Give the path of another file, or restore this one from a copy."
    if isinstance(error, OperationalError | sqlite3.OperationalError):
        return "Check that its file can be written, or that its server runs and lets you in."
    return "Check the URL of the store and the rights of its user."


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    try:
        connection.execute(insert(sessions).values(row))
    except IntegrityError as error:
        raise SessionConflict(
            f"A session with the id '{row['id']}' is stored already. "
            "Load it, or start one with another id."
        ) from error


def _refuse(connection: Connection, session_id: str, after: int) -> None:
    """Raise what fits when no row had that id and revision."""
    stored = connection.scalar(select(sessions.c.revision).where(sessions.c.id == session_id))
    if stored is None:
        raise _unknown(connection, session_id)
    raise SessionConflict(
        f"Session '{session_id}' moved on elsewhere: revision {stored} is stored, "
        f"{after} was read. Load it again and go on from there."
    )


def _unknown(connection: Connection, session_id: str) -> UnknownSession:
    newest = select(sessions.c.id).order_by(sessions.c.created_at.desc()).limit(MAX_PAGE)
    known = connection.scalars(newest).all()
    # A high cutoff: a typing slip is helped, guessing other people's ids is not.
    close = difflib.get_close_matches(session_id, known, n=3, cutoff=0.8)
    hint = f" Did you mean {', '.join(close)}?" if close else ""
    shown = session_id.encode("unicode_escape").decode("ascii")
    return UnknownSession(
        f"No session has the id '{shown}'.{hint} It may have been deleted; list the sessions."
    )


def _storable(session_id: str) -> bool:
    """Whether every database can hold the id: PostgreSQL refuses NUL, UTF-8 lone surrogates."""
    return "\0" not in session_id and not any("\ud800" <= char <= "\udfff" for char in session_id)


def _row(session: Session) -> dict[str, Any]:
    if not _storable(session.id):
        raise StoreError("The session's id holds a NUL or half a character. Give it a plain id.")
    standing = [item.grade for item in session.rounds]
    levels = [grade.level for grade in standing if isinstance(grade, Grade)]
    ungraded = sum(
        bool(item.replies) and not isinstance(item.grade, Grade) for item in session.rounds
    )
    return {
        "id": session.id,
        "revision": session.revision,
        "created_at": session.created_at,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "role": session.plan.role.value,
        "level": session.plan.level.value,
        "mode": session.plan.mode.value,
        "rounds": len(session.rounds),
        "strong": levels.count(Level.STRONG),
        "ok": levels.count(Level.OK),
        "weak": levels.count(Level.WEAK),
        "ungraded": ungraded,
        # Not model_dump_json, which fails on lone surrogates; escaped, they and
        # NUL are plain ASCII to every database.
        "body": json.dumps(session.model_dump(mode="json"), separators=(",", ":")),
    }


def _session(session_id: str, body: str) -> Session:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise StoreError(
            f"The stored session '{session_id}' is not JSON. Restore it from a copy or delete it."
        ) from error
    try:
        # Not model_validate_json, which refuses escaped lone surrogates.
        return Session.model_validate(data)
    except ValidationError as error:
        found = data.get("format") if isinstance(data, dict) else None
        if found == FORMAT:
            what = f"says it has format {FORMAT} but does not follow it"
        else:
            what = f"has format {found!r}; this version reads format {FORMAT}"
        raise StoreError(
            f"The stored session '{session_id}' {what}. Use the version of interviewer "
            "that wrote it, or delete the session."
        ) from error
