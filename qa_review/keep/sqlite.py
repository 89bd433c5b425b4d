"""The store in one file: nothing to install, good for one machine and a handful of raters.

Write-ahead log, one connection a transaction, and ``BEGIN IMMEDIATE`` for those that write: a
deferred transaction that reads first fails at once when another wrote meanwhile, however long it
is told to wait. Each commit is on the disk before it is acknowledged.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from qa_review.base.errors import StoreError
from qa_review.keep.alembic import VERSION_TABLE, upgrade
from qa_review.keep.psutil import network_drive
from qa_review.keep.sqlalchemy import SqlStore, told, writes

BUSY_MS = 30_000
"""How long a transaction waits for the others before it is refused."""


def open_sqlite(detail: str) -> SqlStore:
    """The store in the file ``detail``, made or brought up to date when needed.

    Raises:
        StoreError: the file is no store, lies on a network drive, or can't be written.
        NewerStore: a later version of qa_review wrote it.
    """
    if not detail or detail.startswith(":"):
        raise StoreError("say which file: sqlite:qa.db (a store in memory is called memory)")
    path = Path(detail).expanduser().resolve()
    if drive := network_drive(path.parent):
        raise StoreError(
            f"sqlite:{path} is on a network drive ({drive}), where SQLite's locks do not hold; "
            "put it on a disk of this machine, or use PostgreSQL"
        )
    if not path.parent.is_dir():
        raise StoreError(f"sqlite:{path}: there is no folder {path.parent}")
    _refuse_strange(path)
    store = SqlStore(f"sqlite:{detail}", engine(path))
    with told(store.name):
        upgrade(store.engine, store.name)
    return store


def _refuse_strange(path: Path) -> None:
    """Raise when the file is another application's, before anything in it is touched."""
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("select name from sqlite_master where type = 'table'")
            tables = [name for (name,) in found]
    except sqlite3.Error as error:
        raise StoreError(f"sqlite:{path}: {error}") from error
    if tables and VERSION_TABLE not in tables:
        raise StoreError(f"sqlite:{path} holds something else: it has a table {tables[0]!r}")


def engine(path: Path) -> sql.Engine:
    """Connections to the file at ``path``; each transaction has its own."""
    made = sql.create_engine(
        sql.URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_MS / 1000, "isolation_level": None},
    )
    event.listen(made, "connect", _connected)
    event.listen(made, "begin", begin)
    return made


def _connected(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = full")
    cursor.execute("pragma trusted_schema = off")
    cursor.close()


def begin(connection: sql.Connection) -> None:
    """Begin a transaction: alone when it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN")
