"""Rows in a database: what SQLite and PostgreSQL have in common.

The tables are made from the rows' own fields; a test holds the migrations against them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sql
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from qa_review.base.errors import StoreError
from qa_review.keep.row import Row, Value
from qa_review.keep.rows import KINDS
from qa_review.keep.store import R, asked, checked, kinds_of, numbered, there_already

COLUMN_TYPES: dict[type, Any] = {
    str: sql.Text,
    int: sql.BigInteger,
    float: sql.Float,
    bool: sql.Boolean,
    bytes: sql.LargeBinary,
}
METADATA = sql.MetaData()
WRITES = "qa_review_writes"
DISK = {
    "database or disk is full": "make room on the disk",
    "disk I/O error": "see whether the disk is full, read-only or broken",
    # SQLite opens a file to read alone where it gets no handle to write
    "readonly database": "have the disk and the file made writable; where they are, see whether "
    "this process may open more files (ulimit -n)",
    "unable to open database file": "see whether the folder may be written to, and whether this "
    "process may open more files (ulimit -n)",
}
"""what to do about SQLite's words for a disk"""


def _table(kind: type[Row]) -> sql.Table:
    columns = [
        sql.Column(
            name,
            COLUMN_TYPES[plain](),
            nullable=optional,
            primary_key=name in kind.KEY,
            autoincrement=False,
        )
        for name, (plain, optional) in kinds_of(kind).items()
    ]
    return sql.Table(kind.TABLE, METADATA, *columns)


TABLES: dict[type[Row], sql.Table] = {kind: _table(kind) for kind in KINDS}


class SqlStore:
    """Rows in the database of ``engine``, which is called ``name`` in messages.

    A transaction that writes has the execution option ``WRITES``; by it the engine knows how to
    begin (see :mod:`qa_review.keep.sqlite` and :mod:`qa_review.keep.postgresql`).
    """

    def __init__(self, name: str, engine: sql.Engine) -> None:
        self._name, self.engine = name, engine

    @property
    def name(self) -> str:
        return self._name

    @contextmanager
    def reading(self) -> Iterator[SqlUnit]:
        with told(self._name), self.engine.connect() as connection, connection.begin():
            yield SqlUnit(connection)

    @contextmanager
    def writing(self) -> Iterator[SqlUnit]:
        with told(self._name), writer(self.engine) as connection:
            unit = SqlUnit(connection)
            yield unit
            unit.close()


@contextmanager
def writer(engine: sql.Engine) -> Iterator[sql.Connection]:
    """A connection in a transaction that has the database's writers wait."""
    with engine.connect() as connection:
        alone = connection.execution_options(**{WRITES: True})
        with alone.begin():
            yield alone


def writes(connection: sql.Connection) -> bool:
    """Whether the transaction that begins on ``connection`` is one that writes."""
    return bool(connection.get_execution_options().get(WRITES))


@contextmanager
def told(name: str) -> Iterator[None]:
    """Errors of the database as ours, with what to do where that is known."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"{name}: {reason(error)}") from error


@contextmanager
def opening(name: str) -> Iterator[None]:
    """As :func:`told`, and of files too: a store is brought up to date by those of this package."""
    try:
        with told(name):
            yield
    except OSError as error:
        advice = "see whether this process may open more files (ulimit -n), then run this again"
        raise StoreError(f"{name} can't be opened: {error}; {advice}") from error


class SqlUnit:
    """One transaction on one connection."""

    def __init__(self, connection: sql.Connection) -> None:
        self._connection, self._broken = connection, False

    def find(self, kind: type[R], /, **where: Value) -> tuple[R, ...]:
        found = self._connection.execute(_select(kind, where))
        rows = [kind(*row) for row in found]
        return tuple(sorted(rows, key=lambda row: row.identity))

    def last(self, kind: type[R], /, **where: Value) -> R | None:
        numbered(kind)
        newest = _select(kind, where).order_by(TABLES[kind].c.number.desc()).limit(1)
        row = self._connection.execute(newest).first()
        return kind(*row) if row is not None else None

    def add(self, *rows: Row) -> None:
        for row in rows:
            checked(row)
            try:
                self._connection.execute(TABLES[type(row)].insert(), row.values())
            except IntegrityError as error:
                self._broken = True
                raise there_already(row) from error

    def close(self) -> None:
        if self._broken:
            raise StoreError("nothing of this transaction was kept: a row of it was there already")


def _select(kind: type[Row], where: dict[str, Value]) -> sql.Select[Any]:
    asked(kind, where)
    table = TABLES[kind]
    # IS, not =, so that None finds rows without a value
    wanted = [
        table.c[name].is_(None) if value is None else table.c[name] == value
        for name, value in where.items()
    ]
    return sql.select(table).where(*wanted)


def reason(error: Exception) -> str:
    """The database's own words, without the statement and its values, and what to do."""
    said = error.orig if isinstance(error, DBAPIError) else error
    text = " ".join(str(said).split())
    if "database is locked" in text or "lock timeout" in text:
        return "busy for too long; PostgreSQL serves many raters at once better"
    for known, advice in DISK.items():
        if known in text:
            return f"{text}; {advice}, then run this again: what was kept stays"
    return text or type(said).__name__
