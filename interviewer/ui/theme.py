"""The look: gradio's variables in our colours, and the head with style and script.

System fonts only: nothing on this page is fetched from another host.
"""

from __future__ import annotations

from gradio.themes import Base
from gradio.themes.utils.fonts import Font

from interviewer.ui.render import asset

SCRIPTS = ("speech.js", "voice_dialog.js", "call.js", "page.js")
"""In the order in which they know each other."""
SANS = ("Segoe UI Variable Text", "Segoe UI", "Inter", "Roboto", "Helvetica Neue", "Arial")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas")

_ICON = (
    "data:image/svg+xml,"
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='7' fill='%230c5c5e'/%3E"
    "%3Cpath d='M8 9h16v10h-7l-5 4v-4H8z' fill='none' stroke='%23f6f3ec' stroke-width='2.4' "
    "stroke-linejoin='round'/%3E%3C/svg%3E"
)


class Paper(Base):
    """Warm paper, near-black ink, one deep teal."""

    def __init__(self) -> None:
        """Fix gradio's variables; everything else is in page.css."""
        # A plain string would make gradio serve a font file for it.
        super().__init__(
            font=[Font("-apple-system"), *(Font(name) for name in SANS), Font("sans-serif")],
            font_mono=[*(Font(name) for name in MONO), Font("monospace")],
        )
        self.set(
            body_background_fill="#f6f3ec",
            body_background_fill_dark="#161513",
            body_text_color="#1c1a17",
            body_text_color_dark="#ece8df",
            background_fill_primary="#f6f3ec",
            background_fill_primary_dark="#161513",
            background_fill_secondary="#fffdf8",
            background_fill_secondary_dark="#1f1d1a",
            border_color_primary="#ddd6c8",
            border_color_primary_dark="#37332d",
            color_accent="#0c5c5e",
            block_background_fill="transparent",
            block_background_fill_dark="transparent",
            block_border_width="0px",
            block_border_width_dark="0px",
            block_padding="0px",
            block_shadow="none",
            layout_gap="0px",
            link_text_color="#0c5c5e",
            link_text_color_dark="#74c9c0",
        )


def head() -> str:
    """What goes into the page's head: icon, style, script."""
    return (
        f'<link rel="icon" href="{_ICON}">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{asset('page.css')}</style>"
        + "".join(f"<script>{asset(name)}</script>" for name in SCRIPTS)
    )
