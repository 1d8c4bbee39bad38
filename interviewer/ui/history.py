"""Past interviews as a page: list, open or resume, delete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from interviewer.bank import Bank
from interviewer.errors import UnknownSession
from interviewer.history import Summary
from interviewer.ui.render import render
from interviewer.ui.wire import Ask, Reply, notice

if TYPE_CHECKING:
    from interviewer.wiring import Parts

PAGE = 25
"""Interviews on one page."""


class HistoryPage:
    """Answers the events of the history.

    Args:
        parts: Bank and store; looked up when they are needed.
    """

    def __init__(self, parts: Parts) -> None:
        """Keep the parts; nothing is opened."""
        self._parts = parts

    def shell(self) -> str:
        """The static HTML of the page; the list comes when it is first looked at."""
        return render("history.html")

    def handle(self, ask: Ask) -> Iterator[Reply]:
        """List a page of interviews, or delete one and list what is left."""
        if ask.do == "list":
            yield self._list(ask.page)
        elif ask.do == "delete":
            slots: dict[str, str] = {}
            try:
                self._parts.store.delete(ask.interview or "")
                self._parts.recordings.delete(ask.interview or "")
            except UnknownSession:
                # Gone already, from another tab: what was wanted is so.
                slots = notice("history-notice", "That interview was deleted already.", kind="info")
            listed = self._list(ask.page)
            yield listed.model_copy(
                update={"slots": listed.slots | slots, "tell": {"deleted": ask.interview}}
            )
        else:
            yield Reply()

    def _list(self, page: int) -> Reply:
        store = self._parts.store
        total = store.count()
        last = max(0, (total - 1) // PAGE)
        page = min(page, last)
        rows = store.list(limit=PAGE, offset=page * PAGE)
        return Reply(
            slots={
                "history": view(rows, self._parts.bank, page=page, last=last, total=total),
                "history-notice": "",
            }
        )


def view(rows: Sequence[Summary], bank: Bank, *, page: int, last: int, total: int) -> str:
    """The list, or what stands where there is none yet."""
    return render(
        "history_list.html", rows=rows, words=bank.taxonomy, page=page, last=last, total=total
    )
