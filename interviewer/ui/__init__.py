"""The page. Importing this package loads gradio; ``import interviewer`` does not."""

from interviewer.ui.page import build_page, launch

__all__ = ["build_page", "launch"]
