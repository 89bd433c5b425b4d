"""The folder of results: what a run leaves behind, and what the next run needn't do again.

    reviews/
      index.html                 every call, sortable
      <call>.html                a page a call
      scores.csv, .parquet       a row a call and behaviour
      evidence.csv, .parquet     a row a quote
      calls.csv, .parquet        a row a call: metadata, overall figure, how it ran
      friction.csv, .parquet     a row for each thing that slowed a call down
      failures.csv               a row a call that gave no review, with the reason
      transcripts/<call>.json, .vtt
      sound/<call>.ogg, .json    a small copy for listening to, as the recording may be read
      records/<call>.json        the whole review, with the keys that it was made under

Every file is written whole or not at all; a file name is made from a call's id, never is it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_review.base.frames import frame, write_table
from qa_review.base.records import dumps, from_json, to_json
from qa_review.keep.reviews import (
    CALL_COLUMNS,
    EVIDENCE_COLUMNS,
    FRICTION_COLUMNS,
    SCORE_COLUMNS,
    Review,
    call_rows,
    evidence_rows,
    friction_rows,
    score_rows,
)

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
MARKED = re.compile(r"-[0-9a-f]{8}$")
"""what ends a name that was made; an id that ends so gets a mark of its own"""
RESERVED = {"index", "con", "prn", "aux", "nul", "scores", "evidence", "calls", "failures",
            "friction"}  # fmt: skip
FAILURE_COLUMNS = {"id": "string", "file": "string", "reason": "string", "detail": "string"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that gave no review: ``reason`` in two or three words, ``detail`` in a sentence."""

    id: str
    file: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Record:
    """A stored review with the digests of what it was made from.

    ``heard`` covers the sound and everything that decides its words, ``scored`` the words, the
    rubric and the scorer, ``shown`` the page.
    """

    review: Review
    heard: str
    scored: str
    shown: str


def file_name(call_id: str) -> str:
    """A name for the files of a call, safe on every system; ids that differ never share one.

    >>> file_name("call-7")
    'call-7'
    >>> file_name("../a b")
    'a-b-2c2c791a'
    """
    plain_name = PLAIN_NAME.fullmatch(call_id) and not MARKED.search(call_id)
    if plain_name and call_id == call_id.lower():
        if call_id.split(".")[0] not in RESERVED and not call_id.endswith("."):
            return call_id
    mark = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    plain = re.sub(r"[^A-Za-z0-9]+", "-", call_id).strip("-")[:60]
    return f"{plain}-{mark}" if plain else mark


def _read(path: Path) -> Record | None:
    try:
        return from_json(Record, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_text(path: Path, text: str) -> None:
    """Write ``text`` whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


@dataclass(frozen=True, slots=True)
class ResultsFolder:
    """Reads and writes the folder of results at ``path``."""

    path: Path

    def make(self) -> None:
        """Create the folder and those in it.

        Raises:
            OSError: it can't be made or written to.
        """
        for name in ("records", "transcripts"):
            (self.path / name).mkdir(parents=True, exist_ok=True)

    def page(self, call_id: str) -> Path:
        return self.path / f"{file_name(call_id)}.html"

    def complete(self, call_id: str) -> bool:
        """Whether the page and both forms of the transcript are there."""
        return all(path.is_file() for path in (self.page(call_id), *self._said(call_id)))

    def _said(self, call_id: str) -> tuple[Path, Path]:
        name = self.path / "transcripts" / file_name(call_id)
        return name.with_name(f"{name.name}.vtt"), name.with_name(f"{name.name}.json")

    def sound(self, call_id: str) -> tuple[Path, Path]:
        """Where the copy of a call's sound lies, and the card that tells what it is."""
        name = self.path / "sound" / file_name(call_id)
        return name.with_name(f"{name.name}.ogg"), name.with_name(f"{name.name}.json")

    def remove(self, call_id: str) -> None:
        """Remove what an earlier run left of a call that can't be reviewed any more."""
        made = (self.page(call_id), self._record(call_id))
        for path in (*made, *self._said(call_id), *self.sound(call_id)):
            path.unlink(missing_ok=True)

    def _record(self, call_id: str) -> Path:
        return self.path / "records" / f"{file_name(call_id)}.json"

    def read(self, call_id: str) -> Record | None:
        """The stored record of a call; ``None`` when there is none that can be read."""
        record = _read(self._record(call_id))
        return record if record and record.review.call.id == call_id else None

    def calls(self) -> tuple[str, ...]:
        """The ids of the reviewed calls, in the order of the tables."""
        table = self.path / "calls.parquet"
        if not table.is_file():
            return tuple(sorted(record.review.call.id for record in self.records()))
        import pyarrow.parquet

        # not read_table: that loads pandas, which takes longer than all the rest of a screen
        column = pyarrow.parquet.ParquetFile(table).read(columns=["id"])["id"]
        return tuple(map(str, column.to_pylist()))

    def records(self) -> Iterator[Record]:
        """Every stored record that can be read, by the name of its file."""
        for path in sorted((self.path / "records").glob("*.json")):
            record = _read(path)
            if record and path == self._record(record.review.call.id):
                yield record

    def write(self, record: Record, *, vtt: str, transcript: str) -> None:
        """Store a record, and its transcript in the two forms that others read."""
        as_vtt, as_json = self._said(record.review.call.id)
        write_text(as_vtt, vtt)
        write_text(as_json, transcript)
        write_text(self._record(record.review.call.id), dumps(to_json(record)) + "\n")

    def write_tables(self, reviews: Sequence[Review], failures: Iterable[Failure]) -> None:
        """Write every table of these reviews, in their order, and of these failures."""
        tables: dict[str, tuple[dict[str, str], Iterable[Sequence[Any]]]] = {
            "scores": (SCORE_COLUMNS, score_rows(reviews)),
            "evidence": (EVIDENCE_COLUMNS, evidence_rows(reviews)),
            "calls": (CALL_COLUMNS, call_rows(reviews)),
            "friction": (FRICTION_COLUMNS, friction_rows(reviews)),
        }
        for name, (columns, rows) in tables.items():
            table = frame(columns, rows)
            write_table(table, self.path / f"{name}.parquet")
            write_table(table, self.path / f"{name}.csv")
        rows = ((f.id, f.file, f.reason, f.detail) for f in failures)
        write_table(frame(FAILURE_COLUMNS, rows), self.path / "failures.csv")
