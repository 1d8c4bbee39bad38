"""Between browser and server: one HTML component a page, events up, pieces of HTML down.

A page is a static shell with *slots*. The browser sends an ``Ask``; the handler
yields ``Reply`` values, and page.js puts each piece of HTML into its slot. The
server keeps nothing between two events: who asks says which interview is meant.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr
from pydantic import Field, ValidationError

from interviewer.errors import InterviewerError
from interviewer.model import Stretch, Value
from interviewer.ui.render import render

log = logging.getLogger(__name__)

_numbers = itertools.count(1)


class Spoken(Value):
    """How an answer was spoken, as the browser measured it."""

    transcript: str = Field(max_length=2_000_000)
    stretches: tuple[Stretch, ...] = Field(default=(), max_length=5_000)
    recording: str | None = Field(default=None, max_length=64)


class Ask(Value):
    """What the browser wants. Written by whoever holds the browser: never trusted."""

    do: str = Field(max_length=40)
    interview: str | None = Field(default=None, max_length=200)
    question: str | None = Field(default=None, max_length=200)
    seen: int | None = Field(default=None, ge=0, description="Lines the page showed.")
    text: str = Field(default="", max_length=2_000_000)
    seconds: float | None = Field(default=None, ge=0, le=86_400)
    spoken: Spoken | None = Field(default=None, description="None: it was typed.")
    intent: str = Field(default="", max_length=40)
    form: dict[str, str | list[str]] = Field(default_factory=dict)
    page: int = Field(default=0, ge=0, le=100_000)
    file: str = Field(default="", max_length=8_000_000, description="A file, in base64.")
    file_name: str = Field(default="", max_length=255)


class Reply(Value):
    """What the browser gets."""

    slots: dict[str, str] = Field(default_factory=dict, description="HTML by slot.")
    tell: dict[str, Any] = Field(default_factory=dict, description="For page.js, by name.")
    final: bool = Field(default=True, description="Nothing follows to this event.")

    def aside(self) -> Reply:
        """The same HTML but for notices, telling the page to do nothing else."""
        slots = {name: html for name, html in self.slots.items() if not name.endswith("-notice")}
        return Reply(slots=slots, tell={"interview": self.tell.get("interview")}, final=False)

    def payload(self) -> dict[str, Any]:
        """As sent. The number makes two equal replies two changes."""
        return {"number": next(_numbers), **self.model_dump()}


Handler = Callable[[Ask], Iterator[Reply]]


def notice(slot: str, message: str, *, kind: str = "error", **values: object) -> dict[str, str]:
    """A notice for a slot: ``kind`` is error, warning or info."""
    extra = {"action": None, "label": None} | values
    return {slot: render("notice.html", message=message, kind=kind, **extra)}


def page(name: str, shell: str, handler: Handler, notices: str) -> gr.HTML:
    """A page as a gradio component.

    Args:
        name: Its id in the document, and its name in page.js.
        shell: Static HTML with the slots.
        handler: What answers its events.
        notices: The slot for errors no handler took care of.
    """
    component = gr.HTML(
        html_template="${shell}",
        shell=shell,
        js_on_load=f"window.interviewer.mount('{name}', element, trigger, props, watch)",
        elem_id=name,
        apply_default_css=False,
    )

    def answer(event: gr.EventData) -> Iterator[dict[str, Any]]:
        yield from replies(handler, event._data, notices)  # noqa: SLF001 - gradio's way to read it

    component.submit(
        answer,
        None,
        component,
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=None,
        api_visibility="private",
    )
    return component


def replies(
    handler: Handler, data: Mapping[str, Any] | None, notices: str
) -> Iterator[dict[str, Any]]:
    """Every reply to an event; whatever fails becomes a notice, never a traceback."""
    try:
        ask = Ask.model_validate(data or {})
    except ValidationError:
        message = "The page sent something that cannot be understood. Reload it and try again."
        yield Reply(slots=notice(notices, message)).payload()
        return
    stream = handler(ask)
    try:
        for reply in stream:
            yield reply.payload()
    except InterviewerError as error:
        yield Reply(slots=notice(notices, str(error)), tell={"refused": True}).payload()
    except Exception:
        log.exception("The page could not do '%s'.", ask.do)
        message = (
            "Something went wrong on our side. Nothing you said is lost: reload the page to go on "
            "where you were. The details are in the terminal that runs interviewer."
        )
        yield Reply(slots=notice(notices, message), tell={"refused": True}).payload()
    finally:
        # A browser that leaves must not keep a runner waiting in the middle of a step.
        close = getattr(stream, "close", None)
        if close:
            close()
