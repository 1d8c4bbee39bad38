"""The page that says which graders and models are at work, and tests them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from interviewer.ui.render import render
from interviewer.ui.wire import Ask, Reply

if TYPE_CHECKING:
    from interviewer.wiring import Parts


class ModelsPage:
    """Answers the events of the page of models.

    Args:
        parts: Settings and models; looked up when they are needed.
    """

    def __init__(self, parts: Parts) -> None:
        """Keep the parts; nothing is asked."""
        self._parts = parts

    def shell(self) -> str:
        """The static HTML of the page; what is known comes when it is first looked at."""
        return render("models.html")

    def handle(self, ask: Ask) -> Iterator[Reply]:
        """Say what is set, or ask every model a question and say what came back."""
        if ask.do == "list":
            yield self._list()
        elif ask.do == "probe":
            yield self._list(asking=True)
            self._parts.probe(again=True)
            yield self._list()
        else:
            yield Reply()

    def _list(self, *, asking: bool = False) -> Reply:
        settings = self._parts.settings
        shown = render(
            "models_list.html",
            states=self._parts.model_states(),
            asking=asking,
            base_url=_bare(settings.model_base_url),
            embedder_ready=self._parts.encoder.ready,
            embedder=settings.embedder,
        )
        return Reply(slots={"models": shown, "models-notice": ""}, final=not asking)


def _bare(url: str | None) -> str | None:
    """An address without a name or password in it."""
    if url is None:
        return None
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
