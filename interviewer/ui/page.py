"""The page as a whole: masthead, the four pages, footer; and starting the server."""

from __future__ import annotations

import logging
import os
import threading
import webbrowser
from typing import TYPE_CHECKING

# Before gradio is imported: it reads this once.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from interviewer.errors import InterviewerError
from interviewer.ui.history import HistoryPage
from interviewer.ui.interview import InterviewPage
from interviewer.ui.models import ModelsPage
from interviewer.ui.questions import QuestionsPage
from interviewer.ui.render import render
from interviewer.ui.sound import routes
from interviewer.ui.theme import Paper, head
from interviewer.ui.wire import page

if TYPE_CHECKING:
    from interviewer.wiring import Parts

TITLE = "Interviewer"
MAX_THREADS = 40
WARM_UP_DELAY = 1.5
"""Seconds the model waits, so that the first page is drawn before it takes the processor."""

log = logging.getLogger(__name__)


def build_page(parts: Parts) -> gr.Blocks:
    """The page, ready to launch; nothing heavy is loaded."""
    interview, questions = InterviewPage(parts), QuestionsPage(parts)
    history, models = HistoryPage(parts), ModelsPage(parts)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        _static("masthead", render("masthead.html"))
        page("interview", interview.shell(), interview.handle, "setup-notice")
        page("questions", questions.shell(), questions.handle, "questions-notice")
        page("history", history.shell(), history.handle, "history-notice")
        page("models", models.shell(), models.handle, "models-notice")
        _static("colophon", render("footer.html", note=parts.grader_note()))
    blocks.queue(api_open=False, default_concurrency_limit=MAX_THREADS)
    return blocks


def launch(
    parts: Parts,
    *,
    host: str | None = None,
    port: int | None = None,
    open_browser: bool = False,
    block: bool = True,
) -> gr.Blocks:
    """Serve the page, and load the model behind it.

    Args:
        parts: What the page is made of.
        host: The address to listen on; the setting's when None.
        port: The port to listen on; the setting's when None.
        open_browser: Open the page in the default browser.
        block: Return only when the server is stopped.

    Returns:
        The running page; ``close()`` stops it.
    """
    blocks = build_page(parts)
    _, url, _ = blocks.launch(
        server_name=host or parts.settings.host,
        server_port=port or parts.settings.port,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,
        ssr_mode=False,
        max_threads=MAX_THREADS,
        footer_links=[],
        theme=Paper(),
        head=head(),
        share=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"routes": routes(parts)},
    )
    warm_up = threading.Timer(WARM_UP_DELAY, _warm_up, args=(parts,))
    warm_up.daemon = True
    warm_up.start()
    if open_browser:
        webbrowser.open(url)
    if block:
        blocks.block_thread()
    return blocks


def _warm_up(parts: Parts) -> None:
    """Load what grading and search need; a failure is said again when it is used."""
    try:
        parts.warm_up()
        parts.probe()
    except InterviewerError as error:
        log.warning("%s", error)
    except Exception:
        log.exception("The model could not be warmed up.")


def _static(name: str, html: str) -> gr.HTML:
    return gr.HTML(
        html_template="${shell}",
        shell=html,
        js_on_load=f"window.interviewer.still('{name}', element)",
        elem_id=name,
        apply_default_css=False,
    )
