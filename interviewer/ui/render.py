"""Templates to HTML, every value escaped. The only place that knows the template engine.

Templates are the ``*.html`` files under ``assets``. Values reach the browser as
data of a gradio component, never as one of gradio's own templates, so what a
candidate writes is neither markup nor a template anywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ASSETS = Path(__file__).resolve().parent / "assets"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["iso"] = _iso
    environment.filters["date"] = _date
    environment.filters["count"] = count
    environment.filters["clock"] = _clock
    return environment


def render(template: str, **values: object) -> str:
    """A template of ``assets`` with its values, escaped."""
    return _environment().get_template(template).render(**values).strip()


def asset(name: str) -> str:
    """The text of a file of ``assets``."""
    return (ASSETS / name).read_text(encoding="utf-8")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 question``, ``3 questions``."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def _clock(seconds: float) -> str:
    """``1:05``."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"


def _iso(seconds: float | datetime) -> str:
    return _moment(seconds).isoformat(timespec="seconds")


def _date(seconds: float | datetime) -> str:
    """What is shown until the browser has put the time into its own zone and words."""
    return f"{_moment(seconds):%d %b %Y, %H:%M} UTC"


def _moment(seconds: float | datetime) -> datetime:
    if isinstance(seconds, datetime):
        return seconds
    return datetime.fromtimestamp(seconds, UTC)
