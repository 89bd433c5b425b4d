"""What a run over written dialogues leaves, as a value: counts, costs, and where the tables are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.records import dumps, from_json
from qa_review.keep.folder import write_text
from qa_review.keep.parts import TABLES, PartsFolder, table_rows
from qa_review.run.costs import StageCost
from qa_review.run.dialogues import NOTE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ScoredFiles:
    """Dialogues that were scored: ``dialogues == scored + failed``, always.

    ``kept`` is how many of them an earlier run had done already, ``parts`` in how many parts they
    were scored, ``ignored`` how many files of the folders held no dialogues. ``costs`` is what this
    run took, in seconds of processors and on the workers' clocks: ``score`` for each dialogue, and
    ``load`` for the rubric and the scorer, once a worker.
    """

    out: Path
    parted: bool
    dialogues: int
    scored: int
    failed: int
    kept: int = 0
    parts: int = 0
    ignored: int = 0
    costs: Mapping[str, StageCost] = field(default_factory=dict)

    def place(self, table: str) -> Path:
        """The file of a table, or the folder of its parts: pandas and DuckDB read either.

        Args:
            table: ``scores``, ``evidence``, ``calls``, ``friction`` or ``failures``.
        """
        return self.out / (table if self.parted else f"{table}.parquet")

    def rows(self, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table in order, or some of its columns, a few in memory at a time."""
        wanted = columns or tuple(TABLES[table])
        if not self.parted:
            return table_rows(self.place(table), wanted)
        folder = PartsFolder(self.out)
        return chain.from_iterable(folder.rows(table, name, wanted) for name in folder.names(table))

    def to_frame(self) -> pd.DataFrame:
        """One row a dialogue and behaviour: ``id, behaviour, level, confidence, reason, …``.

        The columns are those of :meth:`Review.to_frame <qa_review.keep.reviews.Review.to_frame>`.
        All of it is read into memory, as by every method that gives a frame.
        """
        return self._frame("scores")

    def evidence_frame(self) -> pd.DataFrame:
        """One row a quote, with its behaviour, indicator, stance and turn."""
        return self._frame("evidence")

    def calls_frame(self) -> pd.DataFrame:
        """One row a dialogue: overall figure 0 to 100, and how it ran."""
        return self._frame("calls")

    def friction_frame(self) -> pd.DataFrame:
        """One row for each thing that slowed a dialogue down."""
        return self._frame("friction")

    def failures_frame(self) -> pd.DataFrame:
        """One row a dialogue that gave no scores: ``id, file, reason, detail``."""
        return self._frame("failures")

    def _frame(self, table: str) -> pd.DataFrame:
        import pandas

        return pandas.read_parquet(self.place(table)).astype(dict(TABLES[table]))


@dataclass(frozen=True, slots=True)
class Note:
    """A finished run; ``digest`` is of all that decides it, ``bytes`` the sizes of its tables.

    It is the same for the same dialogues.
    """

    digest: str
    parted: bool
    dialogues: int
    scored: int
    parts: int
    bytes: dict[str, int] = field(default_factory=dict)


def write_note(out: Path, note: Note) -> None:
    """Say that a run is finished."""
    write_text(out / NOTE, dumps(replace(note, bytes=_sizes(out, note.parted))) + "\n")


def read_note(out: Path) -> Note | None:
    """The note of a finished run whose tables are all there; ``None`` where there is none."""
    try:
        note = from_json(Note, json.loads((out / NOTE).read_text(encoding="utf-8")))
        return note if note.bytes == _sizes(out, note.parted) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _sizes(out: Path, parted: bool) -> dict[str, int]:
    """Of tables that are one file; parts have marks of their own."""
    files = [] if parted else [out / f"{t}.{kind}" for t in TABLES for kind in ("csv", "parquet")]
    return {file.name: file.stat().st_size for file in files}
