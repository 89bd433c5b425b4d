"""Tables on disk that are written piece by piece, so that their size is nobody's memory.

A table is a CSV file and a Parquet file of the same rows. Both appear when all is written, or
neither does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from qa_review.base.files import named, whole
from qa_review.base.frames import csv_text, frame


class TableFiles:
    """``<path>.csv`` and ``<path>.parquet`` while they are written; see :func:`table_files`."""

    def __init__(
        self, path: Path, columns: Mapping[str, str], *, csv: Path, parquet: Path, ends: ExitStack
    ) -> None:
        import pyarrow
        import pyarrow.parquet

        self._columns, self._arrow = columns, pyarrow
        self._path = path
        # from no rows, so that a piece whose column is empty has the column's type all the same
        empty = pyarrow.Table.from_pandas(frame(columns, []), preserve_index=False)
        self._schema = empty.schema
        ends.enter_context(named(self._named(".csv")))  # what is buffered is written at the end
        self._csv = ends.enter_context(csv.open("w", encoding="utf-8", newline=""))
        ends.enter_context(named(self._named(".parquet")))
        self._parquet = ends.enter_context(pyarrow.parquet.ParquetWriter(parquet, self._schema))
        with named(self._named(".csv")):
            self._csv.write(csv_text(frame(columns, []), header=True))

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, one value a column."""
        piece = frame(self._columns, rows)
        if len(piece):
            with named(self._named(".csv")):
                self._csv.write(csv_text(piece, header=False))
            table = self._arrow.Table.from_pandas(piece, self._schema, preserve_index=False)
            with named(self._named(".parquet")):
                self._parquet.write_table(table)

    def _named(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)


@contextmanager
def table_files(path: Path, columns: Mapping[str, str]) -> Iterator[TableFiles]:
    """``<path>.csv`` and ``<path>.parquet``, there once the block has ended without an error.

    Args:
        columns: name to pandas dtype, as for :func:`~qa_review.base.frames.frame`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with table_files(Path(folder) / "scores", {"id": "string", "level": "Int64"}) as table:
    ...         table.add([("call-1", 3)])
    ...         table.add([("call-2", None)])
    ...     print((Path(folder) / "scores.csv").read_text())
    id,level
    call-1,3
    call-2,
    <BLANKLINE>
    """
    as_csv, as_parquet = (path.with_name(path.name + suffix) for suffix in (".csv", ".parquet"))
    with whole(as_csv) as csv, whole(as_parquet) as parquet, ExitStack() as ends:
        yield TableFiles(path, columns, csv=csv, parquet=parquet, ends=ends)
