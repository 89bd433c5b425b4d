"""A table of ratings on disk: CSV with a row a unit, rater and value.

Columns, in any order and letter case: ``unit``, ``rater``, ``value``, and if you like ``criterion``
and ``call``. Commas, semicolons or tabs stand between cells. A value is a number, ``N/A`` where the
rater saw no opportunity, or nothing where none was given. With criteria a unit is what the column
says together with its criterion, and its call, without a column for it, is the unit. Other columns
are passed over. What can't be read costs its row, and is listed with its line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from qa_review.base.errors import MetadataError
from qa_review.base.ratings import Ratings, allowed
from qa_review.base.spreadsheet import DELIMITERS

NEEDED = ("unit", "rater", "value")
NOT_OBSERVED = ("n/a", "na")


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One cell: ``value`` is ``None`` for N/A; ``criterion`` is ``""`` in a table without."""

    unit: str
    rater: str
    value: float | None
    criterion: str
    call: str


@dataclass(frozen=True, slots=True)
class RatingTable:
    """The rows of a file, and what of it could not be read."""

    rows: tuple[RatingRow, ...]
    scale: tuple[float, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def criteria(self) -> tuple[str, ...]:
        """In order of first appearance; ``("",)`` in a table without."""
        return tuple(dict.fromkeys(row.criterion for row in self.rows))

    def ratings(self, criterion: str | None = None) -> Ratings:
        """The ratings of one criterion, or of all of them pooled."""
        picked = [row for row in self.rows if criterion in (None, row.criterion)]
        cells = ((_unit(row), row.rater, row.value) for row in picked)
        return Ratings.of(cells, self.scale, {_unit(row): row.call for row in picked})


def read_rating_table(path: Path | str, *, levels: Sequence[float] = ()) -> RatingTable:
    """The ratings in a CSV file.

    Args:
        levels: the categories of the scale in order; ``()`` for totals.

    Raises:
        MetadataError: the file can't be read, lacks a column, or no row of it could be used.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MetadataError(path, [str(error)]) from error
    first, _, rest = text.lstrip("\r\n").partition("\n")
    delimiter = max(DELIMITERS, key=first.count)
    names = [name.strip().strip('"').lower() for name in first.rstrip("\r").split(delimiter)]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise MetadataError(path, [f"needs the columns {', '.join(NEEDED)}; no {missing[0]}"])
    lines_before = text[: len(text) - len(rest)].count("\n")
    rows: dict[tuple[str, str], RatingRow] = {}
    calls: dict[str, str] = {}
    problems = []
    for line, cells in _cells(rest, delimiter):
        try:
            row = _row(names, cells, levels, delimiter)
            if row is not None:
                _add(row, rows, calls)
        except ValueError as error:
            problems.append(f"line {line + lines_before}: {error}")
    if not rows:
        raise MetadataError(path, ["no row could be used", *problems[:20]])
    return RatingTable(tuple(rows.values()), tuple(levels), tuple(problems))


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it starts on; with a quotation mark left open, line by line."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        found = [(rows.line_num - _returns(cells), cells) for cells in rows if cells]
    except csv.Error:
        lines = text.splitlines()
        found = [
            (number, next(csv.reader([line], delimiter=delimiter)))
            for number, line in enumerate(lines, 1)
            if line.strip()
        ]
    yield from ((line, cells) for line, cells in found if any(cell.strip() for cell in cells))


def _returns(cells: list[str]) -> int:
    return sum(len(cell.splitlines()) - 1 for cell in cells if "\n" in cell)


def _row(
    names: list[str], cells: list[str], levels: Sequence[float], delimiter: str
) -> RatingRow | None:
    """The row, or ``None`` when it gives no value."""
    if len(cells) != len(names):
        raise ValueError(f"has {len(cells)} cells; the header has {len(names)}")
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    for name in ("unit", "rater", *(n for n in ("criterion", "call") if n in row)):
        if not row[name]:
            raise ValueError(f"{name} is empty")
    if not row["value"]:
        return None
    value = _value(row["value"], levels, delimiter)
    criterion = row.get("criterion", "")
    return RatingRow(row["unit"], row["rater"], value, criterion, row.get("call", row["unit"]))


def _value(cell: str, levels: Sequence[float], delimiter: str) -> float | None:
    if cell.lower() in NOT_OBSERVED:
        return None
    try:
        value = float(cell if delimiter == "," else cell.replace(",", "."))
    except ValueError:
        raise ValueError(f"{allowed(levels, 'N/A')}, not {cell!r}") from None
    if not isfinite(value) or (levels and value not in levels):
        raise ValueError(f"{allowed(levels, 'N/A')}, not {cell!r}")
    return value


def _add(row: RatingRow, rows: dict[tuple[str, str], RatingRow], calls: dict[str, str]) -> None:
    unit = _unit(row)
    if (unit, row.rater) in rows:
        raise ValueError(f"{row.rater} rated {unit} already")
    if calls.setdefault(unit, row.call) != row.call:
        raise ValueError(f"{unit} belongs to call {calls[unit]}, not {row.call}")
    rows[unit, row.rater] = row


def _unit(row: RatingRow) -> str:
    return f"{row.unit} {row.criterion}" if row.criterion else row.unit
