"""Writes the schema of this version, with a row of each kind in it, as SQL.

    python tests/schemas/make.py

Run it when a new step is added to ``qa_review/keep/migrations``: it writes ``<step>.sql`` for
SQLite and ``<step>.postgresql.sql`` for PostgreSQL. The files of steps that were released are
never written again: databases such as these are out there.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import store_fixtures as fixtures  # noqa: E402

from qa_review.keep.alembic import VERSION_TABLE  # noqa: E402
from qa_review.keep.row import Row, Value  # noqa: E402
from qa_review.keep.rows import KINDS  # noqa: E402
from qa_review.keep.store import kinds_of, open_store  # noqa: E402

VALUES: dict[type, Value] = {int: 1, bool: True, bytes: b"\x00\xff'"}


def example(kind: type[Row]) -> Row:
    """A row whose texts are the names of its fields; what may be missing is."""
    fields = kinds_of(kind).items()
    return kind(
        *(None if null else VALUES.get(plain, f"{name} é'") for name, (plain, null) in fields)
    )


def fill(name: str) -> None:
    with open_store(name).writing() as unit:
        unit.add(*map(example, KINDS))


def sqlite_dump() -> tuple[str, str]:
    """The step that this version is at, and a store as SQL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qa.db"
        fill(f"sqlite:{path}")
        with closing(sqlite3.connect(path)) as database:
            ((step,),) = database.execute(f"select * from {VERSION_TABLE}")
            return step, "\n".join(database.iterdump()) + "\n"


def postgresql_dump() -> str:
    """A store as SQL, by the oldest ``pg_dump`` that is here."""
    version = fixtures.VERSIONS[0]
    url = fixtures.new_database(version)
    fill(url)
    program = fixtures.running(version).bin / "pg_dump"
    command = [str(program), "--inserts", "--no-owner", "--no-privileges", "--dbname", url]
    told = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    lines = re.sub(r"^(--|\\|SET |SELECT pg_catalog.set_config).*\n", "", told, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


if __name__ == "__main__":
    made, text = sqlite_dump()
    (HERE / f"{made}.sql").write_text(text, encoding="utf-8", newline="\n")
    (HERE / f"{made}.postgresql.sql").write_text(postgresql_dump(), encoding="utf-8", newline="\n")
