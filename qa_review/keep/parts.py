"""Tables in parts: each a few Parquet files that appear together, whole, or not at all.

    scores/part-00000.parquet      a row a dialogue and behaviour
    evidence/part-00000.parquet    a row a quote
    calls/part-00000.parquet       a row a dialogue
    friction/part-00000.parquet    a row for each thing that slowed one down
    failures/part-00000.parquet    a row a dialogue that gave no scores
    marks/part-00000.json          the part is finished: what it was made from, and what it holds

A part's tables are written under hidden names and given their own once all are whole; its mark
comes last. A part without a mark, or whose tables aren't as long as the mark says, is not there.
Every part has the same columns and types, also where it has no rows.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from qa_review.base.errors import QAReviewError
from qa_review.base.files import on_disk
from qa_review.base.frames import frame
from qa_review.base.records import dumps, from_json, to_json
from qa_review.keep.folder import FAILURE_COLUMNS
from qa_review.keep.reviews import (
    CALL_COLUMNS,
    EVIDENCE_COLUMNS,
    FRICTION_COLUMNS,
    SCORE_COLUMNS,
)

TABLES: Mapping[str, Mapping[str, str]] = {
    "scores": SCORE_COLUMNS,
    "evidence": EVIDENCE_COLUMNS,
    "calls": CALL_COLUMNS,
    "friction": FRICTION_COLUMNS,
    "failures": FAILURE_COLUMNS,
}
MARKS = "marks"
AT_ONCE = 20_000
"""rows of a table that are in memory while a part is written, and that make a row group"""
NAME = re.compile(r"part-\d{5}")


def part_name(number: int) -> str:
    """The name of a part, by its number from 0.

    >>> part_name(7)
    'part-00007'
    """
    return f"part-{number:05d}"


@dataclass(frozen=True, slots=True)
class Taken:
    """The dialogues of one file in a part.

    ``ids`` holds the digests of the ids that are taken, eight bytes each in hexadecimal;
    ``numbers`` the line or row that each is from, and ``failed`` those that gave no scores, as
    :func:`runs` of them.
    """

    file: str
    unit: str
    ids: str = ""
    numbers: str = ""
    failed: str = ""


def runs(numbers: Iterable[int]) -> str:
    """Numbers that mostly follow one another, in few characters.

    >>> runs([1, 2, 3, 7, 9, 10])
    '1-3 7 9-10'
    """
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def numbers_of(text: str) -> list[int]:
    """The numbers that :func:`runs` wrote.

    >>> numbers_of("1-3 7")
    [1, 2, 3, 7]
    """
    numbers: list[int] = []
    for run in text.split():
        first, _, last = run.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers


@dataclass(frozen=True, slots=True)
class Mark:
    """What a finished part was made from, and what it holds.

    ``digest`` is of all that decides it; ``refused`` counts the ids that an earlier part had, and
    ``before`` is then a digest of all earlier parts. ``bytes`` is the size of each table.
    """

    digest: str
    dialogues: int
    scored: int
    taken: tuple[Taken, ...]
    refused: int = 0
    before: str = ""
    bytes: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return self.dialogues - self.scored


class PartTables:
    """The tables of a part while they are written; see :meth:`PartsFolder.writing`."""

    def __init__(self, folder: PartsFolder, name: str) -> None:
        import pyarrow.parquet

        self._folder, self._name, self._token = folder, name, secrets.token_hex(4)
        self._rows: dict[str, list[Sequence[Any]]] = {table: [] for table in TABLES}
        self._files = {
            table: pyarrow.parquet.ParquetWriter(
                self._hidden(table), schema(table), compression="zstd"
            )
            for table in TABLES
        }

    def add(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, one value a column. What comes out doesn't depend on how many come in."""
        waiting = self._rows[table]
        waiting.extend(rows)
        while len(waiting) >= AT_ONCE:
            self._write(table, waiting[:AT_ONCE])
            del waiting[:AT_ONCE]

    def _write(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        import pyarrow

        shape = schema(table)
        columns = zip(*rows, strict=True)
        arrays = [pyarrow.array(c, f.type) for c, f in zip(columns, shape, strict=True)]
        self._files[table].write_table(pyarrow.Table.from_arrays(arrays, schema=shape))

    def finish(self, mark: Mark) -> None:
        """Give the tables their names, and then the part its mark."""
        for table, rows in self._rows.items():
            if rows:
                self._write(table, rows)
            self._files[table].close()
        there = self._folder.file(MARKS, self._name)
        there.unlink(missing_ok=True)  # what it speaks of is about to go
        sizes = {table: self._hidden(table).stat().st_size for table in TABLES}
        for table in TABLES:
            on_disk(self._hidden(table))
            self._hidden(table).replace(self._folder.file(table, self._name))
            on_disk(self._folder.path / table)
        record = to_json(mark) | {"bytes": sizes}
        self._hidden(MARKS).write_text(dumps(record) + "\n", encoding="utf-8", newline="\n")
        self._hidden(MARKS).replace(there)

    def abandon(self) -> None:
        """Remove what was written."""
        for table, file in self._files.items():
            file.close()
            self._hidden(table).unlink(missing_ok=True)
        self._hidden(MARKS).unlink(missing_ok=True)

    def _hidden(self, table: str) -> Path:
        return self._folder.path / table / f".{self._name}.{self._token}.part"


@dataclass(frozen=True, slots=True)
class PartsFolder:
    """Reads and writes parts in the folder ``path``."""

    path: Path

    def make(self) -> None:
        """Create the folders.

        Raises:
            OSError: they can't be made.
        """
        for table in (*TABLES, MARKS):
            (self.path / table).mkdir(parents=True, exist_ok=True)

    def file(self, table: str, name: str) -> Path:
        suffix = "json" if table == MARKS else "parquet"
        return self.path / table / f"{name}.{suffix}"

    @contextmanager
    def writing(self, name: str) -> Iterator[PartTables]:
        """The tables of a part to be written; nothing of them is left if the block raises."""
        tables = PartTables(self, name)
        try:
            yield tables
        except BaseException:
            tables.abandon()
            raise

    def mark(self, name: str) -> Mark | None:
        """The mark of a part; ``None`` where the part is not there whole."""
        try:
            mark = from_json(Mark, json.loads(self.file(MARKS, name).read_text(encoding="utf-8")))
            sizes = {table: self.file(table, name).stat().st_size for table in TABLES}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return mark if mark.bytes == sizes else None

    def whole(self, name: str) -> Mark:
        """The mark of a part that has to be there.

        Raises:
            QAReviewError: it isn't: someone took it away.
        """
        mark = self.mark(name)
        if mark is None:
            raise QAReviewError(f"{self.path}: {name} was finished and is gone; run again")
        return mark

    def rows(self, table: str, name: str, columns: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a part's table, in order; only some ``columns``, if they are named."""
        return table_rows(self.file(table, name), tuple(columns) or tuple(TABLES[table]))

    def names(self, table: str) -> list[str]:
        """The names of the parts that have this table, in order."""
        return sorted(file.stem for file in (self.path / table).glob("part-*"))

    def tidy(self, keep: Iterable[str]) -> None:
        """Remove what was left half, and every part but those to ``keep``, marks first.

        Raises:
            QAReviewError: there is a Parquet file that is none of ours: it would be read as a part.
        """
        kept = set(keep)
        files = [file for table in (MARKS, *TABLES) for file in (self.path / table).glob("*")]
        for file in files:
            if file.suffix == ".parquet" and not _is_ours(file):
                raise QAReviewError(f"{file} is no part of these tables; move it away")
        for file in filter(_is_ours, files):
            if file.stem not in kept:
                file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove every part, if there are any; files that are none of ours stay."""
        if not (self.path / MARKS).is_dir():
            return
        for table in (MARKS, *TABLES):
            folder = self.path / table
            for file in filter(_is_ours, folder.glob("*")):
                file.unlink(missing_ok=True)
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _is_ours(file: Path) -> bool:
    """Whether a file is of a part: whole, or half and under a hidden name."""
    name = file.name.split(".")[1] if file.name.startswith(".") else file.stem
    return NAME.fullmatch(name) is not None and file.suffix in (".parquet", ".json", ".part")


def table_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of one Parquet file, a few in memory at a time."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(AT_ONCE, columns=list(columns), use_threads=False):
            values = [batch.column(name).to_pylist() for name in columns]
            yield from zip(*values, strict=True)


@cache
def schema(table: str) -> Any:
    """The Arrow schema of a table, with the notes by which pandas makes its dtypes.

    It is made from no rows, so that it is the same for a part in which a column is empty.
    """
    import pyarrow

    empty = pyarrow.Table.from_pandas(frame(TABLES[table], []), preserve_index=False)
    return empty.schema
