"""Where bank, prompts and eval cases lie: in the checkout, or inside the installed wheel."""

from __future__ import annotations

from pathlib import Path

from interviewer.errors import SettingsError

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise SettingsError(
        f"The '{name}' folder is neither in the package nor beside it. Reinstall interviewer."
    )


def bank_folder() -> Path:
    """The shipped bank."""
    return _folder("bank")


def prompts_folder() -> Path:
    """The shipped prompts."""
    return _folder("prompts")


def evals_folder() -> Path:
    """The shipped eval data: ``cases/`` and ``baselines/``."""
    return _folder("evals")
