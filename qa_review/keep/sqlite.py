"""The store in one file: nothing to install, good for one machine and a handful of raters.

Write-ahead log, one connection a transaction, and ``BEGIN IMMEDIATE`` for those that write: a
deferred transaction that reads first fails at once when another wrote meanwhile, however long it
is told to wait. Each commit is on the disk before it is acknowledged.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from qa_review.base.errors import StoreError
from qa_review.keep.alembic import VERSION_TABLE, refuse_earlier, upgrade
from qa_review.keep.psutil import network_drive
from qa_review.keep.sqlalchemy import SqlStore, opening, reason, writes

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
    if path.is_file() and not _may_write(path):
        return _open_to_read(path, detail)
    store = SqlStore(f"sqlite:{detail}", engine(path))
    with opening(store.name):
        upgrade(store.engine, store.name)
    return store


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _open_to_read(path: Path, detail: str) -> SqlStore:
    """A store that this user may read and not write, such as somebody else's results."""
    log = path.with_name(f"{path.name}-wal")
    # without its log a file is as it stays; with it, SQLite has to read both
    still = not (log.is_file() and log.stat().st_size)
    store = SqlStore(f"sqlite:{detail}", engine(path, mode="ro", still=still))
    with opening(store.name):
        refuse_earlier(store.engine, store.name)
    return store


def _refuse_strange(path: Path) -> None:
    """Raise when the file is another application's, before anything in it is touched."""
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        try:
            tables = _tables(path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            # whoever wrote to it last was killed: what is half written has to be taken back first
            tables = _tables(path, "rw")
    except sqlite3.Error as error:
        raise StoreError(f"sqlite:{path}: {reason(error)}") from error
    if tables and VERSION_TABLE not in tables:
        raise StoreError(f"sqlite:{path} holds something else: it has a table {tables[0]!r}")


def _tables(path: Path, mode: Literal["ro", "rw"]) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True)) as connection:
        found = connection.execute("select name from sqlite_master where type = 'table'")
        return [name for (name,) in found]


def engine(path: Path, *, mode: Literal["rwc", "ro"] = "rwc", still: bool = False) -> sql.Engine:
    """Connections to the file at ``path``; each transaction has its own.

    Args:
        mode: ``ro``: nothing can be written.
        still: nobody writes to the file, so it needs no locks.
    """
    asked = {"mode": mode, "uri": "true", **({"immutable": "1"} if still else {})}
    made = sql.create_engine(
        sql.URL.create("sqlite", database=path.as_uri(), query=asked),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_MS / 1000, "isolation_level": None},
    )
    event.listen(made, "connect", _connected if mode == "rwc" else _connected_to_read)
    event.listen(made, "begin", begin)
    return made


def _connected(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("pragma synchronous = full")
    cursor.execute("pragma trusted_schema = off")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Have the file use a write-ahead log, as it does from then on.

    A new file is changed alone, and SQLite does not wait for that however long it is told to:
    of processes that open one at once, some are refused at once.
    """
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            cursor.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _connected_to_read(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma trusted_schema = off")
    cursor.close()


def begin(connection: sql.Connection) -> None:
    """Begin a transaction: alone when it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN")
