"""The history: interviews kept in SQLite or PostgreSQL.

Importing this package loads SQLAlchemy; ``import interviewer`` does not.
"""

from interviewer.history.store import Store, Summary, open_store

__all__ = ["Store", "Summary", "open_store"]
