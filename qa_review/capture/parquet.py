"""Written dialogues from Parquet, a stretch of rows at a time.

A row is a dialogue: the columns ``id``, ``turns``, and ``language`` where there is one; others are
left out. ``turns`` is a list of structs (``speaker``, ``text``, ``start_ms``, ``end_ms``), or a
text that holds the same as JSON. A row that can't be read costs only itself.

Parquet is read from the start of a row group, and a row group may hold a million rows. So whoever
reads a stretch keeps the file open where it stopped, and goes on from there when the next stretch
of the row group comes: nobody reads a row group more than once, nor holds more than a few rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from qa_review.base.errors import TranscriptError
from qa_review.capture.dialogues import BLOCK_BYTES, DIGEST_BYTES, BadLine, Said, changed, said_of
from qa_review.capture.shape import shown

COLUMNS = ("id", "language", "turns")
NEEDED = {"id", "turns"}
AT_ONCE = 64
"""rows that are made at once"""
BUFFER_BYTES = 1 << 16
"""read at once of each column: without it the whole of it is, a gigabyte in a large row group"""
Stamp = tuple[int, int]
"""the size and the time of a file"""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one row group: ``count`` of them from ``start``, which counts from 0 in the group.

    ``first`` is the number that the first has in the file, from 1. ``weight`` is about how many
    bytes they take; ``digest`` is of the row group's bytes.
    """

    path: Path
    group: int
    start: int
    first: int
    count: int
    weight: int = 0
    digest: str = ""
    stamp: Stamp = (0, 0)

    unit: ClassVar[str] = "row"
    bad: ClassVar[str] = "not a dialogue"

    def read(self, *, language: str = "en") -> Iterator[tuple[int, Said]]:
        """What each row holds, with its number.

        Args:
            language: the language of dialogues that state none under ``language``.

        Raises:
            TranscriptError: the row group can't be read on.
            QAReviewError: the file isn't the one that was cut.
        """
        if not self.path.is_file() or _stamp(self.path) != self.stamp:
            raise changed(self.path)
        rows = _group(self.path, self.stamp, self.group).rows(self.start, self.count)
        for number, row in enumerate(rows, self.first):
            yield number, _said(row, number, language)

    def numbers(self) -> Iterator[int]:
        """The numbers of the rows; nothing is read."""
        return iter(range(self.first, self.first + self.count))

    def cut(self, count: int) -> list[Rows]:
        """The same rows in stretches of at most ``count``."""
        return list(_cut(self, count))


def row_stretches(path: Path, count: int, most_bytes: int) -> Iterator[Rows]:
    """A Parquet file in stretches of ``count`` rows, or fewer that take about ``most_bytes``.

    Raises:
        TranscriptError: there is no such file, it is no Parquet, or it has not these columns.
    """
    import pyarrow.parquet

    path = Path(path)
    stamp = _stamp(path)
    with _told(path), pyarrow.parquet.ParquetFile(path) as file:
        held = _columns(file.schema_arrow, path)
        first = 1
        for group in range(file.metadata.num_row_groups):
            meta = file.metadata.row_group(group)
            places = list(_places(meta, held))
            size = sum(length for _, length, _ in places)
            loose = sum(length for _, _, length in places)
            everything = Rows(path, group, 0, first, meta.num_rows, size, stamp=stamp,
                              digest=_digest(path, places, file.schema_arrow, held))  # fmt: skip
            few = max(1, int(most_bytes * meta.num_rows / max(loose, 1)))
            yield from _cut(everything, min(count, few))
            first += meta.num_rows


def _columns(schema: Any, path: Path) -> list[str]:
    """Those of the columns that the file has; raises where they aren't what they have to be."""
    import pyarrow.types as types

    lacking = NEEDED - set(schema.names)
    if lacking:
        have = ", ".join(schema.names[:8])
        raise TranscriptError(
            f"{path.name}: has no column {' and '.join(sorted(lacking))}; it has {have}"
        )
    turns = schema.field("turns").type
    text = types.is_string(turns) or types.is_large_string(turns) or types.is_string_view(turns)
    listed = types.is_list(turns) or types.is_large_list(turns) or types.is_list_view(turns)
    if not text and not (listed and types.is_struct(turns.value_type)):
        raise TranscriptError(
            f"{path.name}: the column turns is a list of structs with speaker and text, or such a "
            f"list as JSON text, not {shown(str(turns))}"
        )
    return [name for name in COLUMNS if name in schema.names]


def _places(meta: Any, held: list[str]) -> Iterator[tuple[int, int, int]]:
    """Where the columns of a row group lie: first byte, bytes, and bytes when they are unpacked."""
    for number in range(meta.num_columns):
        column = meta.column(number)
        if column.path_in_schema.split(".")[0] in held:
            start = column.data_page_offset
            if column.has_dictionary_page and column.dictionary_page_offset is not None:
                start = min(start, column.dictionary_page_offset)
            yield start, column.total_compressed_size, column.total_uncompressed_size


def _digest(path: Path, places: list[tuple[int, int, int]], schema: Any, held: list[str]) -> str:
    """Of a row group's bytes, and of what they stand for."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in held:
        digest.update(str(schema.field(name).type).encode())
    with path.open("rb") as file:
        for start, length, _ in places:
            file.seek(start)
            while length > 0 and (block := file.read(min(length, BLOCK_BYTES))):
                digest.update(block)
                length -= len(block)
    return digest.hexdigest()


def _cut(of: Rows, count: int) -> Iterator[Rows]:
    for start in range(0, of.count, count):
        some = min(count, of.count - start)
        share = of.weight * some // of.count
        yield replace(of, start=of.start + start, first=of.first + start, count=some, weight=share)


class _Group:
    """A row group that is read once, from its start to its end, if it is asked for in order."""

    def __init__(self, path: Path, group: int) -> None:
        self._path, self._number = path, group
        self._rows: Iterator[Mapping[str, Any]] = iter(())
        self._at: int | None = None

    def rows(self, start: int, count: int) -> Iterator[Mapping[str, Any]]:
        if self._at is None or start < self._at:
            self._rows, self._at = self._opened(), 0
        at, self._at = self._at, None  # until they are read whole nobody knows where it stands
        for row in self._rows:
            if at >= start:
                yield row
            at += 1
            if at == start + count:
                self._at = at
                return
        raise TranscriptError(f"{self._path.name}: has fewer rows than it says")

    def _opened(self) -> Iterator[Mapping[str, Any]]:
        import pyarrow.parquet

        with (
            _told(self._path),
            pyarrow.parquet.ParquetFile(
                self._path, buffer_size=BUFFER_BYTES, pre_buffer=False
            ) as file,
        ):
            held = _columns(file.schema_arrow, self._path)
            for batch in file.iter_batches(
                AT_ONCE, row_groups=[self._number], columns=held, use_threads=False
            ):
                yield from _made(batch)


@lru_cache(maxsize=1)
def _group(path: Path, stamp: Stamp, group: int) -> _Group:
    """The row group that this process reads now, where it stopped."""
    return _Group(path, group)


def _made(batch: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a batch; one whose text is not UTF-8 has the error for its turns."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        for number in range(batch.num_rows):
            try:
                yield from batch.slice(number, 1).to_pylist()
            except UnicodeDecodeError as error:
                yield {"id": None, "turns": error}


def _said(row: Mapping[str, Any], number: int, language: str) -> Said:
    turns = row["turns"]
    if isinstance(turns, UnicodeDecodeError):
        return BadLine(number, None, "holds text that is not UTF-8")
    if isinstance(turns, str):
        try:
            row = {**row, "turns": json.loads(turns)}
        except (ValueError, RecursionError) as error:
            return BadLine(number, None, f"turns is not JSON: {error}")
    return said_of(row, number, language=language)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Trouble with a file, told as a :class:`TranscriptError`."""
    import pyarrow

    try:
        yield
    except (OSError, pyarrow.ArrowException) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise TranscriptError(f"{path.name}: can't be read as Parquet: {first}") from error


def _stamp(path: Path) -> Stamp:
    try:
        there = path.stat()
    except OSError as error:
        raise TranscriptError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    return there.st_size, there.st_mtime_ns
