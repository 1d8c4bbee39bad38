"""The real parts that contract suites run on: a PostgreSQL server of our own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

_NUMBERS = count()


def _binaries() -> Path | None:
    """The newest server's folder: Debian keeps it off the PATH."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    folders.sort(key=lambda path: float(path.parent.name))
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    return next((path for path in reversed(folders) if (path / "initdb").exists()), None)


def _owner() -> str:
    """Who runs the server: it refuses to be root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Cluster:
    """A temporary server that listens on a Unix socket only."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries, self.folder = binaries, folder
        self.owner = _owner()

    def start(self) -> None:
        shutil.chown(self.folder, self.owner)
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C",
                  "--no-sync")  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", data, "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def url(self, database: str) -> str:
        return f"postgresql://tests@/{database}?host={quote(str(self.folder))}"

    def new_database(self) -> str:
        name = f"test_{next(_NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(
                psycopg.sql.Identifier(name)))  # fmt: skip
        return self.url(name)

    def _run(self, program: str, *arguments: object) -> None:
        as_owner = {"user": self.owner, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "log").open("a+") as log:
            done = subprocess.run(
                [str(self.binaries / program), *map(str, arguments)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
                timeout=120,
                **as_owner,  # type: ignore[call-overload]
            )
            log.seek(0)
            assert done.returncode == 0, f"{program} failed:\n{log.read()}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    binaries = _binaries()
    if binaries is None:
        pytest.skip("No PostgreSQL server is installed (no initdb in /usr/lib/postgresql or PATH).")
    # Short: the path of a Unix socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    cluster = Cluster(binaries, folder)
    try:
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, once for each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/history.db"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.new_database()
