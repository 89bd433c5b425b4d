"""Reading TOML tables so that everything wrong with a file is found in one go.

A :class:`Table` hands out values by key and kind. What is missing, of the wrong type or
never asked for becomes a line in ``problems``, and reading goes on with a stand-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any


class Table:
    """One table of a file; ``where`` names it in problems, ``""`` for the file itself."""

    def __init__(self, values: Any, where: str, problems: list[str]) -> None:
        self.where, self.problems = where, problems
        self.asked: set[str] = set()
        self.values: Mapping[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            problems.append(f"{where}: must be a table, not {kind_of(values)}")

    def problem(self, key: str, what: str) -> None:
        """Notes that ``key`` of this table is wrong."""
        self.problems.append(f"{self.where}.{key}: {what}" if self.where else f"{key}: {what}")

    def get(self, key: str, kinds: tuple[type, ...], called: str, default: Any = None) -> Any:
        """The value of ``key``, or ``default``; without a default the key must be there."""
        self.asked.add(key)
        if key not in self.values:
            if default is None:
                self.problem(key, f"missing (must be {called})")
            return default if default is not None else kinds[0]()
        value = self.values[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.problem(key, f"must be {called}, not {kind_of(value)}")
            return default if default is not None else kinds[0]()
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = str(self.get(key, (str,), "text", default))
        if default is None and isinstance(self.values.get(key), str) and not value.strip():
            self.problem(key, "must not be empty")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number in ``low..high``; outside is a problem."""
        value = float(self.get(key, (int, float), "a number", default))
        if not low <= value <= high:
            self.problem(key, f"must be {low:g} to {high:g}, not {value:g}")
        return value

    def whole(self, key: str, default: int, low: int = 0, high: int = 10_000_000) -> int:
        value = int(self.get(key, (int,), "a whole number", default))
        if not low <= value <= high:
            self.problem(key, f"must be {low} to {high}, not {value}")
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of texts; empty when the key isn't there and isn't ``needed``."""
        values = self.get(key, (list,), "a list of texts", None if needed else [])
        for value in values:
            if not isinstance(value, str) or not value.strip():
                self.problem(key, f"must hold only texts, not {value!r}")
        return tuple(value for value in values if isinstance(value, str) and value.strip())

    def numbers(self, key: str) -> dict[str, float]:
        """A table of names to numbers."""
        found: dict[str, float] = {}
        for name, value in self.get(key, (dict,), "a table of numbers", {}).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                self.problem(key, f"{name} must be a number, not {kind_of(value)}")
            else:
                found[name] = float(value)
        return found

    def one_of(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in allowed:
            self.problem(key, f"must be one of {', '.join(allowed)}, not {value!r}")
            return default
        return value

    def table(self, key: str, *, needed: bool = False) -> Table:
        """The table under ``key``; empty when it isn't there."""
        where = f"{self.where}.{key}" if self.where else key
        value = self.get(key, (dict,), "a table", None if needed else {})
        return Table(value, where, self.problems)

    def tables(self, key: str, *, needed: bool = False) -> list[Table]:
        """The tables of an array of tables, each named by its ``id`` in problems."""
        values = self.get(key, (list,), "an array of tables", None if needed else [])
        if needed and key in self.values and not values:
            self.problem(key, "must hold at least one table")
        found = []
        for number, value in enumerate(values, start=1):
            name = value.get("id") if isinstance(value, dict) else None
            where = f"{key}.{name}" if isinstance(name, str) and name else f"{key}[{number}]"
            found.append(Table(value, where, self.problems))
        return found

    def done(self) -> None:
        """Every key that was never asked for is a problem, with the nearest that exists."""
        for key in self.values:
            if key not in self.asked:
                near = get_close_matches(key, sorted(self.asked), n=1)
                hint = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"known: {', '.join(sorted(self.asked))}"
                )
                self.problem(key, f"unknown key ({hint})")


def kind_of(value: Any) -> str:
    """What a TOML value is, in words."""
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), type(value).__name__)
