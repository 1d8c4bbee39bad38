"""Bring up what the tests need from outside Python: ``ensure.py browser|postgres|voice``.

What is found is used; else Debian's package is installed when we are root; else
the message says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The path of a Chromium on PATH, or of Playwright's own download."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    cache = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright")
    )
    found = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def find_postgres() -> str | None:
    """The folder of initdb and postgres, or None."""
    if path := shutil.which("initdb"):
        return str(Path(path).resolve().parent)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return str(found[-1].parent) if found else None


def _apt(package: str) -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
    ):
        print("+", *command, flush=True)
        if subprocess.run(command, env=environment, check=False).returncode:
            return False
    return True


def main(what: str) -> int:
    if what == "browser":
        if find_browser() or (_apt("chromium") and find_browser()):
            return 0
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        if subprocess.run(command, check=False).returncode == 0 and find_browser():
            return 0
        print("No Chromium. Install your system's chromium package and run again.")
        return 1
    if what == "voice":
        if shutil.which("espeak-ng") or (_apt("espeak-ng") and shutil.which("espeak-ng")):
            return 0
        print("No espeak-ng: the interview with a synthesised voice will be skipped.")
        return 0
    if find_postgres() or (_apt("postgresql") and find_postgres()):
        return 0
    print("No PostgreSQL binaries: its store tests will be skipped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
