"""A whole store as a folder of tables, and back: for analysis, archives and moves.

One file a table, named by it, a column a field. What is exported is one moment of the store, and
what this user may see of it. Importing what was exported and exporting that gives equal files.

Conventions
-----------
- Parquet has text, 64-bit integers, booleans and bytes as such.
- CSV is UTF-8 with ``\\n`` after each row and quotes around all but numbers. ``None`` is an empty
  cell, a flag ``true`` or ``false``, bytes are base64. A cell that a spreadsheet would run, and
  one that starts with ``'``, has one ``'`` in front, which importing takes off.
- Nothing is guessed: ``NA`` is the text NA, ``001`` the text 001.
"""

from __future__ import annotations

import base64
import csv
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from qa_review.base.errors import StoreError
from qa_review.base.frames import FORMULA_STARTS
from qa_review.keep.row import Row, Value
from qa_review.keep.rows import KINDS
from qa_review.keep.store import Store, checked, kinds_of

FILES = ("csv", "parquet")
LARGEST_CELL = 2**31 - 1
FLAGS = {"true": True, "false": False}
Cells: TypeAlias = Iterator[tuple[str, Mapping[str, Any]]]
"""where a row stands, and its cells by column"""


def export_store(
    store: Store, folder: Path, *, kind: Literal["parquet", "csv"] = "parquet"
) -> dict[str, int]:
    """Write every row of a store into ``folder``, whole or not at all.

    It is written in a hidden folder beside it and then renamed; what a killed export left there
    is cleared away by the next.

    Returns:
        The number of rows in each table.

    Raises:
        StoreError: the folder holds something, or can't be written.
    """
    if kind not in FILES:
        raise ValueError(f"a store is exported as {' or '.join(FILES)}, not {kind!r}")
    place = Path(folder).expanduser().resolve()
    counts = {}
    try:
        _refuse_used(place)
        part = _new_part(place)
        try:
            with store.reading() as reader:
                for row_kind in KINDS:
                    rows = reader.find(row_kind)
                    _write(part / f"{row_kind.TABLE}.{kind}", row_kind, rows)
                    counts[row_kind.TABLE] = len(rows)
            if place.exists():
                place.rmdir()  # Windows renames onto nothing
            part.rename(place)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"can't export to {place}: {error}") from error
    return counts


def import_store(store: Store, folder: Path) -> dict[str, int]:
    """Add every row that was exported to ``folder`` to an empty store, all or none.

    Returns:
        The number of rows in each table.

    Raises:
        StoreError: the store has rows; or a file, a column or a row can't be read, and then
            every one of them is listed. Nothing was written.
    """
    place = Path(folder).expanduser().resolve()
    files, problems = _files(place)
    tables = {}
    for kind, path in files.items():
        tables[kind], wrong = _read(path, kind)
        problems += [f"{path.name} {problem}" for problem in wrong]
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise StoreError(f"nothing was imported, {place} has {count}:{listed}")
    with store.writing() as unit:
        for kind in KINDS:
            if unit.find(kind):
                raise StoreError(
                    f"{store.name} has rows already, in {kind.TABLE}: import into a new store"
                )
        for rows in tables.values():
            unit.add(*rows)
    return {kind.TABLE: len(rows) for kind, rows in tables.items()}


# --- the folder --------------------------------------------------------------------------------


def _refuse_used(place: Path) -> None:
    if place.is_dir():
        if found := next(place.iterdir(), None):
            raise StoreError(f"{place} is not empty, it holds {found.name}: name a new folder")
    elif place.exists():
        raise StoreError(f"{place} is a file: name a new folder")


def _new_part(place: Path) -> Path:
    """A new hidden folder beside ``place``; those of killed exports are gone afterwards.

    Each is moved away before it is cleared: were its export still alive, it could not rename
    what is half cleared.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    part.mkdir()
    old = part / "old"
    old.mkdir()
    pattern = re.compile(rf"\.{re.escape(place.name)}\.[0-9a-f]{{8}}\.part")
    for other in list(place.parent.iterdir()):
        if other != part and pattern.fullmatch(other.name):
            other.rename(old / other.name)
    shutil.rmtree(old)
    return part


def _files(place: Path) -> tuple[dict[type[Row], Path], list[str]]:
    """The file of each table, and what is wrong with the folder."""
    if not place.is_dir():
        return {}, ["there is no such folder"]
    tables = {kind.TABLE: kind for kind in KINDS}
    found: dict[type[Row], Path] = {}
    problems = []
    for path in sorted(place.iterdir()):
        name, _, suffix = path.name.rpartition(".")
        if suffix not in FILES:
            continue
        if name not in tables:
            problems.append(f"{path.name} is of no table that this version of qa_review knows")
        elif tables[name] in found:
            problems.append(f"{path.name} is there beside {found[tables[name]].name}: keep one")
        else:
            found[tables[name]] = path
    missing = [name for name, kind in tables.items() if kind not in found]
    problems += [f"{name}.csv or {name}.parquet is missing" for name in missing]
    return {kind: found[kind] for kind in KINDS if kind in found}, problems


# --- one table ---------------------------------------------------------------------------------


def _write(path: Path, kind: type[Row], rows: Sequence[Row]) -> None:
    if path.suffix == ".csv":
        _write_csv(path, kind, rows)
    else:
        _write_parquet(path, kind, rows)
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _read(path: Path, kind: type[Row]) -> tuple[list[Row], list[str]]:
    """The rows of a file, and what is wrong with it."""
    rows: dict[tuple[Value, ...], tuple[str, Row]] = {}
    problems: list[str] = []
    read = _read_csv if path.suffix == ".csv" else _read_parquet
    try:
        for where, cells in read(path, kind, problems):
            try:
                row = checked(kind(**cells))
            except StoreError as error:
                problems.append(f"{where}: {error}")
                continue
            first, _ = rows.setdefault(row.identity, (where, row))
            if first != where:
                problems.append(f"{where} has the key of {first}")
    except (OSError, ValueError, csv.Error) as error:
        said = " ".join(str(error).split())
        problems.append(f"can't be read: {said or type(error).__name__}")
    return [row for _, row in rows.values()], problems


def _columns(kind: type[Row], there: Sequence[str]) -> list[str]:
    """What is wrong with the names of a file's columns."""
    known = kinds_of(kind)
    problems = [f"has no column {name!r}" for name in known if name not in there]
    problems += [f"has an unknown column {name!r}" for name in there if name not in known]
    twice = sorted({name for name in there if there.count(name) > 1})
    return problems + [f"has more than one column {name!r}" for name in twice]


# --- CSV ---------------------------------------------------------------------------------------


def safe(text: str) -> str:
    """``text`` so that no spreadsheet runs it, and so that :func:`plain` knows it again.

    >>> safe("=1+1"), safe("'quoted'"), safe("fine")
    ("'=1+1", "''quoted'", 'fine')
    """
    risky = text.startswith(("'", *FORMULA_STARTS)) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if risky else text


def plain(cell: str) -> str:
    """What :func:`safe` was given.

    >>> plain("'=1+1"), plain("''quoted'"), plain("fine")
    ('=1+1', "'quoted'", 'fine')
    """
    return cell.removeprefix("'")


def _write_csv(path: Path, kind: type[Row], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        # quotes around every text: Python 3.11 leaves a lone carriage return bare otherwise
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(kinds_of(kind))
        writer.writerows([_cell(value) for value in row.values().values()] for row in rows)


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode("ascii")
    return safe(value) if isinstance(value, str) else value


def _read_csv(path: Path, kind: type[Row], problems: list[str]) -> Cells:
    before = csv.field_size_limit(LARGEST_CELL)  # of the whole process
    try:
        yield from _csv_rows(path, kind, problems)
    finally:
        csv.field_size_limit(before)


def _csv_rows(path: Path, kind: type[Row], problems: list[str]) -> Cells:
    # lines end at \n alone, so that they are numbered as in an editor
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        reader = csv.reader(file, strict=True)
        names = next(reader, [])
        if wrong := _columns(kind, names):
            problems += wrong
            return
        line = reader.line_num + 1
        for cells in _until_broken(reader, problems):
            where, line = f"line {line}", reader.line_num + 1
            if len(cells) != len(names):
                problems.append(f"{where} has {len(cells)} cells, not {len(names)}")
                continue
            values, wrong = _values(kind, names, cells)
            problems += [f"{where}: {problem}" for problem in wrong]
            if not wrong:
                yield where, values


def _until_broken(reader: Any, problems: list[str]) -> Iterator[list[str]]:
    """The rows up to where quotes no longer match."""
    try:
        yield from reader
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}; what follows was not read")


def _values(
    kind: type[Row], names: Sequence[str], cells: Sequence[str]
) -> tuple[dict[str, Value], list[str]]:
    """The values of the cells of a row, and what is wrong with them."""
    values, problems = {}, []
    for name, cell in zip(names, cells, strict=True):
        wanted, optional = kinds_of(kind)[name]
        try:
            values[name] = None if optional and not cell else _value(wanted, cell)
        except ValueError:
            problems.append(f"{name} is {_WORDS[wanted]}, not {cell[:60]!r}")
    return values, problems


_WORDS: Mapping[type, str] = {
    int: "a whole number",
    bool: "true or false",
    bytes: "bytes in base64",
    str: "text",
}


def _value(wanted: type, cell: str) -> Value:
    if wanted is str:
        return plain(cell)
    if wanted is bytes:
        return base64.b64decode(plain(cell).encode("ascii"), validate=True)
    if wanted is bool and cell in FLAGS:
        return FLAGS[cell]
    if wanted is int and len(cell) < 30 and str(int(cell)) == cell:
        return int(cell)
    raise ValueError(cell)


# --- Parquet -----------------------------------------------------------------------------------


def _schema(kind: type[Row]) -> Any:
    import pyarrow as pa

    types = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), bytes: pa.binary()}
    fields = kinds_of(kind).items()
    return pa.schema([pa.field(name, types[plain], null) for name, (plain, null) in fields])


def _write_parquet(path: Path, kind: type[Row], rows: Sequence[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    columns = {name: [getattr(row, name) for row in rows] for name in kinds_of(kind)}
    pyarrow.parquet.write_table(pa.table(columns, schema=_schema(kind)), path)


def _read_parquet(path: Path, kind: type[Row], problems: list[str]) -> Cells:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            there = file.schema_arrow
            if wrong := _columns(kind, there.names) or _types(kind, there):
                problems += wrong
                return
            rows = (row for batch in file.iter_batches(1000) for row in batch.to_pylist())
            for number, row in enumerate(rows, 1):
                yield f"row {number}", row
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error


def _types(kind: type[Row], there: Any) -> list[str]:
    """What is wrong with the types of a file's columns."""
    return [
        f"column {field.name!r} is {there.field(field.name).type}, not {field.type}"
        for field in _schema(kind)
        if str(there.field(field.name).type).removeprefix("large_") != str(field.type)
    ]
