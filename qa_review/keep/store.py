"""Where rows are kept: the Protocol that SQLite, PostgreSQL and memory all answer to.

Rows are added, read, and nothing else. All that is done in one ``with store.writing()`` is there
afterwards as a whole, or not at all, and writers wait for one another: what a writer read is
still so when its rows are added. So a rule such as "the next number" or "only once" needs no
more than to look first.

    with store.writing() as unit:
        last = unit.last(NoteRow, call_id="call-7")
        unit.add(NoteRow("call-7", last.number + 1 if last else 1, ...))
"""

from __future__ import annotations

import typing
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Protocol, TypeVar

from qa_review.base.errors import AlreadyThere, StoreError
from qa_review.base.plugs import plug
from qa_review.keep.row import Row, Value

R = TypeVar("R", bound=Row)

LARGEST = 2**63 - 1
LONGEST_KEY = 2000
"""bytes of all the texts in a key together: what every database can index"""
_KINDS: dict[type[Row], dict[str, tuple[type, bool]]] = {}


class Reader(Protocol):
    """Looks at the rows of a store, as they are in one moment."""

    def find(self, kind: type[R], /, **where: Value) -> tuple[R, ...]:
        """Every row of ``kind`` whose fields equal ``where``, sorted by key."""
        ...

    def last(self, kind: type[R], /, **where: Value) -> R | None:
        """The one with the highest number of those rows; ``None`` when there is none.

        Raises:
            StoreError: rows of this kind have no number.
        """
        ...


class Unit(Reader, Protocol):
    """One transaction: sees its own rows, and is kept as a whole or not at all."""

    def add(self, *rows: Row) -> None:
        """Add rows.

        Raises:
            AlreadyThere: there is a row with such a key; then nothing of this unit is kept.
            StoreError: the store can't take a row, or not from this user.
        """
        ...


class Store(Protocol):
    """Keeps rows. Any number of processes and threads may use one at once."""

    @property
    def name(self) -> str:
        """Such as ``sqlite:qa.db``, without any password."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """One moment of the store."""
        ...

    def writing(self) -> AbstractContextManager[Unit]:
        """One transaction, alone; kept when the block ends, dropped when it raises."""
        ...


def open_store(name: str) -> Store:
    """The store called ``sqlite:FILE``, ``postgresql://USER@HOST/DATABASE`` or ``memory``.

    One that doesn't exist is made, one of an earlier version is brought up to date.

    Raises:
        UnknownName: there is no such kind of store.
        StoreError: it can't be opened; says why.
        NewerStore: a later version of qa_review wrote it.
    """
    kind, _, detail = name.partition(":")
    opened: Store = plug("store", kind)(detail)
    return opened


def read(store: Store, kind: type[R], /, **where: Value) -> tuple[R, ...]:
    """The rows of one kind, in a transaction of their own."""
    with store.reading() as reader:
        return reader.find(kind, **where)


def next_number(reader: Reader, kind: type[Row], /, **where: Value) -> int:
    """The number of the next row of ``kind`` among those with ``where``, from 1."""
    last = reader.last(kind, **where)
    return int(getattr(last, "number", 0)) + 1  # only rows with a number have a last one


def kinds_of(kind: type[Row]) -> dict[str, tuple[type, bool]]:
    """Each field of a row with its type, and whether it may be ``None``."""
    if kind in _KINDS:
        return _KINDS[kind]
    found = {}
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        options = typing.get_args(hints[field.name]) or (hints[field.name],)
        plain = next(option for option in options if option is not type(None))
        found[field.name] = (plain, type(None) in options)
    _KINDS[kind] = found
    return found


def checked(row: Row) -> Row:
    """``row``, when every store can keep it as it is.

    Raises:
        StoreError: a value has the wrong type, is a number beyond 63 bits, or a text with a NUL
            character or half of a surrogate pair; or the key is longer than ``LONGEST_KEY``.
    """
    for name, (_, optional) in kinds_of(type(row)).items():
        value = getattr(row, name)
        if value is not None or not optional:
            _check_value(type(row), name, value)
    size = sum(len(value.encode()) for value in row.identity if isinstance(value, str))
    if size > LONGEST_KEY:
        raise StoreError(
            f"{row.TABLE}: {', '.join(row.KEY)} have {size} bytes together, "
            f"{LONGEST_KEY} are allowed"
        )
    return row


def _check_value(kind: type[Row], name: str, value: Value) -> None:
    wanted, _ = kinds_of(kind)[name]
    where = f"{kind.TABLE}.{name}"
    if type(value) is not wanted:
        raise StoreError(f"{where} is {wanted.__name__}, not {value!r}")
    if isinstance(value, str) and not _plain(value):
        raise StoreError(f"{where} can't hold NUL or half a surrogate pair: {value[:60]!r}")
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise StoreError(f"{where} is a number of at most 63 bits, not {value}")


def _plain(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def asked(kind: type[Row], where: dict[str, Value]) -> None:
    """Raise when ``where`` names a field, or a value, that rows of ``kind`` can't have."""
    unknown = sorted(set(where) - set(kinds_of(kind)))
    if unknown:
        known = ", ".join(kinds_of(kind))
        raise StoreError(f"{kind.TABLE} has no field {unknown[0]!r}; it has {known}")
    for name, value in where.items():
        if value is not None:
            _check_value(kind, name, value)


def numbered(kind: type[Row]) -> None:
    """Raise when rows of ``kind`` have no number to tell the last one by."""
    if "number" not in kinds_of(kind):
        raise StoreError(f"rows of {kind.TABLE} have no number, so there is no last one")


def there_already(row: Row) -> AlreadyThere:
    """The error for a second row with the key of ``row``."""
    key = ", ".join(f"{name} {value!r}" for name, value in zip(row.KEY, row.identity, strict=True))
    return AlreadyThere(f"{row.TABLE} has a row with {key} already")
