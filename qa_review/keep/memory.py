"""A store that lives as long as the process: for trying things and for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qa_review.base.errors import StoreError
from qa_review.keep.row import Row, Value
from qa_review.keep.store import R, asked, checked, numbered, there_already

Tables = dict[type[Row], dict[tuple[Value, ...], Row]]


class MemoryStore:
    """Rows in dictionaries; threads wait for one another."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tables: Tables = {}
        self._busy = False

    @property
    def name(self) -> str:
        return "memory"

    @contextmanager
    def reading(self) -> Iterator[MemoryUnit]:
        with self._lock:
            moment = {kind: dict(rows) for kind, rows in self._tables.items()}
        yield MemoryUnit(moment, {})

    @contextmanager
    def writing(self) -> Iterator[MemoryUnit]:
        with self._lock:
            if self._busy:
                raise StoreError("a transaction is open already: finish it before the next")
            self._busy = True
            try:
                unit = MemoryUnit(self._tables, {})
                yield unit
                unit.keep()
            finally:
                self._busy = False


class MemoryUnit:
    """One transaction: what it added lies apart until it is kept."""

    def __init__(self, kept: Tables, added: Tables) -> None:
        self._kept, self._added, self._broken = kept, added, False

    def find(self, kind: type[R], /, **where: Value) -> tuple[R, ...]:
        asked(kind, where)
        rows = {**self._kept.get(kind, {}), **self._added.get(kind, {})}
        wanted = tuple(where.items())
        found = [row for row in rows.values() if all(getattr(row, k) == v for k, v in wanted)]
        return tuple(sorted(found, key=lambda row: row.identity))  # type: ignore[arg-type]

    def last(self, kind: type[R], /, **where: Value) -> R | None:
        numbered(kind)
        return max(self.find(kind, **where), key=_number, default=None)

    def add(self, *rows: Row) -> None:
        for row in rows:
            checked(row)
            kind = type(row)
            if row.identity in self._kept.get(kind, {}) or row.identity in self._added.get(
                kind, {}
            ):
                self._broken = True
                raise there_already(row)
            self._added.setdefault(kind, {})[row.identity] = row

    def keep(self) -> None:
        """Make what was added part of the store."""
        if self._broken:
            raise StoreError("nothing of this transaction was kept: a row of it was there already")
        for kind, rows in self._added.items():
            self._kept.setdefault(kind, {}).update(rows)


def _number(row: Row) -> int:
    return int(getattr(row, "number", 0))


def open_memory(detail: str) -> MemoryStore:
    """A new, empty store; ``detail`` must be ``""``."""
    if detail:
        raise StoreError(f"a store in memory has no name: write 'memory', not 'memory:{detail}'")
    return MemoryStore()
