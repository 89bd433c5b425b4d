"""The table of calls: ``calls.csv``.

Takes a CSV file, or a Parquet file with the same columns; makes a :class:`CallTable`: a
:class:`~qa_review.capture.recording.Call` for every row that names a file, and a list of everything
in the table that breaks its rules. A cell that can't be read costs that cell, a row that can't be
used costs that row, and both are listed with row, column, value and what is allowed.

========================  =========================================================
column                    what a cell holds
========================  =========================================================
``file``                  path of the recording, relative to the table's folder; the only column
                          that must be there
``call_id``               any text; the file's name without its suffix where it is empty
``agent`` ``team`` ``queue`` ``issue`` ``customer``   any text
``started_at``            ISO 8601, such as 2026-03-02T18:12:00+00:00
``handle_time`` ``hold_time`` ``after_call_work``   seconds, or [h:]mm:ss; at most 24 hours
``csat``                  a number from 0 to 10
``resolved`` ``repeat_contact`` ``transferred``   yes, no, true, false, y, n, 1 or 0
``agent_channel``         0 or left, 1 or right
========================  =========================================================

Any other column is kept, as text, in ``Call.other``.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from qa_review.base.errors import MetadataError
from qa_review.base.spreadsheet import DELIMITERS
from qa_review.capture.places import without_secrets
from qa_review.capture.recording import Call
from qa_review.capture.shape import shown

DAY_MS = 24 * 3600 * 1000
LARGEST_BYTES = 512 << 20
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2}(?:[.,]\d+)?)", re.ASCII)
IN_COLUMN = re.compile(r"row \d+, column (\w+): ")
"""how a problem with one cell begins"""
SECONDS = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CallTable:
    """The calls that a table lists, in its order, and what is wrong with it.

    Rows are numbered as a spreadsheet numbers them: the header is row 1.
    """

    calls: tuple[Call, ...]
    problems: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """the names in the header, as they are read"""
    broken: Mapping[str, int] = field(default_factory=dict)
    """column to how many cells of these calls couldn't be read"""
    left_out: tuple[str, ...] = ()
    """those of the problems that cost a whole row"""


class _CellError(ValueError):
    """A cell that can't be read; says what is allowed."""


def read_calls(path: Path, *, anywhere: bool = False) -> CallTable:
    """The calls in the table ``path``, a CSV file, or a Parquet file with the same columns.

    Text is UTF-8 (with or without a byte order mark), UTF-16 with one, else Windows-1252; cells
    are separated by commas, semicolons or tabs, whichever the header has most of.

    Args:
        anywhere: a manifest, whose files may lie anywhere: paths that lead out of the table's
            folder, and URLs, are taken.

    Raises:
        MetadataError: the table as a whole can't be read: no such file, not text, no header, no
            column ``file``, or a column twice.
    """
    path = Path(path)
    parquet = path.suffix.lower() == ".parquet"
    rows = _parquet_rows(path) if parquet else _rows(path, _text(path))
    header = next((cells for _, cells in rows if any(cell.strip() for cell in cells)), [])
    names = _columns(path, header)
    problems: list[str] = []
    calls: list[Call] = []
    ids: dict[str, int] = {}
    files: dict[str, int] = {}
    broken: Counter[str] = Counter()
    left_out: list[str] = []
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        before = len(problems)
        found = _call(number, names, cells, problems, _place if anywhere else _file)
        if found and _is_new(number, found, ids, files, problems):
            calls.append(found)
            broken.update(where[1] for where in map(IN_COLUMN.match, problems[before:]) if where)
        else:
            left_out.append(problems[-1])
    columns = tuple(filter(None, names))
    return CallTable(tuple(calls), tuple(problems), columns, dict(broken), tuple(left_out))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise MetadataError(path, [f"larger than {LARGEST_BYTES:,} bytes"])
        raw = path.read_bytes()
    except OSError as error:
        raise MetadataError(path, [(error.strerror or str(error)).lower()]) from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise MetadataError(path, ["not text: a table of calls is a CSV file in UTF-8"])


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number, from 1."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error as error:
        raise MetadataError(
            path, [f"row {number + 1}: not CSV, or a quotation mark is not closed ({error})"]
        ) from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row of a Parquet file as the cells that a CSV file would have; the header is row 1."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            yield 1, names
            number = 1
            for batch in file.iter_batches(batch_size=10_000):
                columns = [column.to_pylist() for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    number += 1
                    yield number, [_cell(cell) for cell in cells]
    except (OSError, pyarrow.ArrowException) as error:
        raise MetadataError(path, [f"not a Parquet file that can be read: {error}"]) from error


def _cell(value: object) -> str:
    """A value as a cell of text holds it.

    >>> [_cell(one) for one in (None, True, 95.0, 2.5, "ann", datetime(2026, 3, 2, 18, 12))]
    ['', 'yes', '95', '2.5', 'ann', '2026-03-02T18:12:00']
    """
    if value is None or value != value:  # nan differs from itself
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _columns(path: Path, header: list[str]) -> list[str]:
    names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in header]
    if not any(names):
        raise MetadataError(path, ["no header: the first row names the columns"])
    if "file" not in names:
        raise MetadataError(path, [f"no column file; there is {', '.join(filter(None, names))}"])
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise MetadataError(path, [f"column {name} stands in the header twice" for name in twice])
    return names


def _call(
    number: int, names: list[str], cells: list[str], problems: list[str],
    place: Callable[[str], str],
) -> Call | None:  # fmt: skip
    """The call in one row; ``None``, and a problem, when the row has no usable file."""
    extra = [cell for cell in cells[len(names) :] if cell.strip()]
    if extra:
        problems.append(
            f"row {number}: {len(cells)} cells, the header has {len(names)}; "
            f"left out {shown(extra[0])}"
        )
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
    try:
        file = place(row.get("file", ""))
    except _CellError as error:
        problems.append(f"row {number}, column file: {error}; the row is left out")
        return None
    values: dict[str, Any] = {}
    for column, (name, reader) in READERS.items():
        if row.get(column):
            try:
                values[name] = reader(_one_line(row[column]))
            except _CellError as error:
                problems.append(f"row {number}, column {column}: {error}")
    other = {
        k: v for k, v in row.items() if v and k not in READERS and k not in ("file", "call_id")
    }
    stem = PurePosixPath(without_secrets(file)).stem
    return Call(row.get("call_id") or stem, file, other=other, **values)


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise _CellError(f"{shown(text)} goes over a line break; is a quotation mark missing?")
    return text


def _is_new(
    number: int, call: Call, ids: dict[str, int], files: dict[str, int], problems: list[str]
) -> bool:
    """Whether no earlier row has this id or file; a problem where one has."""
    for column, value, seen in (("call_id", call.id, ids), ("file", call.file or "", files)):
        key = unicodedata.normalize("NFC", value)
        if key in seen:
            problems.append(
                f"row {number}, column {column}: {shown(value)} stands in row {seen[key]} too; "
                "each call has one row; the row is left out"
            )
            return False
    ids[unicodedata.normalize("NFC", call.id)] = number
    files[unicodedata.normalize("NFC", call.file or "")] = number
    return True


def _file(text: str) -> str:
    """A path inside the table's folder, with forward slashes."""
    if not text:
        raise _CellError("empty; a row names the file of its recording")
    windows = PureWindowsPath(text)
    parts = windows.parts
    if windows.drive or windows.root or PurePosixPath(text).is_absolute() or ".." in parts:
        raise _CellError(f"{shown(text)} leads out of the folder; a path is relative and has no ..")
    if text.startswith("~") or any(ord(char) < 32 for char in text) or not windows.name:
        raise _CellError(f"{shown(text)} is not the path of a file")
    return PurePosixPath(*parts).as_posix()


def _place(text: str) -> str:
    """A path, absolute or from the table's folder, or a URL, as it stands."""
    if not text:
        raise _CellError("empty; a row names the file of its recording")
    if any(ord(char) < 32 for char in text) or text.endswith(("/", "\\")):
        raise _CellError(f"{shown(text)} is not the path or URL of a file")
    return text


def _time_ms(text: str) -> int:
    clock = CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in clock.groups()
        )
        total, fits = hours * 3600 + minutes * 60 + seconds, seconds < 60
        fits = fits and (clock[1] is None or minutes < 60)
    else:
        fits = SECONDS.fullmatch(text) is not None
        total = float(text.replace(",", ".")) if fits else 0.0
    if not fits or round(total * 1000) > DAY_MS:
        raise _CellError(f"{shown(text)} is not a time; seconds or [h:]mm:ss from 0 to 24 hours")
    return round(total * 1000)


def _truth(text: str) -> bool:
    if text.lower() in YES or text.lower() in NO:
        return text.lower() in YES
    raise _CellError(f"{shown(text)} is neither yes nor no; one of {', '.join((*YES, *NO))}")


def _csat(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value <= 10:
        raise _CellError(f"{shown(text)} is not a satisfaction score; a number from 0 to 10")
    return value


def _moment(text: str) -> str:
    try:
        year = datetime.fromisoformat(text).year
    except ValueError as error:
        raise _CellError(
            f"{shown(text)} is not ISO 8601, such as 2026-03-02T18:12:00+00:00"
        ) from error
    if not 1970 <= year <= 2099:
        raise _CellError(f"{shown(text)} is not a time between the years 1970 and 2099")
    return text


def _channel(text: str) -> int:
    sides = {"0": 0, "left": 0, "1": 1, "right": 1}
    if text.lower() not in sides:
        raise _CellError(f"{shown(text)} is not a channel; 0 or left, 1 or right")
    return sides[text.lower()]


READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "agent": ("agent", str),
    "team": ("team", str),
    "queue": ("queue", str),
    "issue": ("issue", str),
    "customer": ("customer", str),
    "started_at": ("started_at", _moment),
    "handle_time": ("handle_ms", _time_ms),
    "hold_time": ("hold_ms", _time_ms),
    "after_call_work": ("after_call_work_ms", _time_ms),
    "csat": ("csat", _csat),
    "resolved": ("resolved", _truth),
    "repeat_contact": ("repeat_contact", _truth),
    "transferred": ("transferred", _truth),
    "agent_channel": ("agent_channel", _channel),
}
"""column to the field of :class:`Call` it fills, and what reads its cells"""
