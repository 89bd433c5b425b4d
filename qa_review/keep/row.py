"""What every row of a store has: a table, a key, and plain values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, TypeAlias

Value: TypeAlias = str | int | float | bool | bytes | None


@dataclass(frozen=True, slots=True)
class Row:
    """What every kind of row has."""

    TABLE: ClassVar[str] = ""
    KEY: ClassVar[tuple[str, ...]] = ()

    @property
    def identity(self) -> tuple[Value, ...]:
        return tuple(getattr(self, name) for name in self.KEY)

    def values(self) -> dict[str, Value]:
        """Each field by its name, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
