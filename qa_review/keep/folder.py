"""The folder of results: what a run leaves behind, and what the next run needn't do again.

    reviews/
      index.html                 every call, sortable
      <call>.html                a page a call
      scores.csv, .parquet       a row a call and behaviour
      evidence.csv, .parquet     a row a quote
      calls.csv, .parquet        a row a call: metadata, overall figure, how it ran
      friction.csv, .parquet     a row for each thing that slowed a call down
      failures.csv, .parquet     a row a call that gave no review, with the reason
      run.json                   what the last run did, and what it cost
      transcripts/<call>.json, .vtt
      sound/<call>.ogg, .json    a small copy for listening to, as the recording may be read
      results.db                 the store: every review whole, and the ledger of the work
      store.txt                  instead of it, where another store was given: its name

Every file is written whole or not at all; a file name is made from a call's id, never is it. What
is done is what the ledger says (:mod:`qa_review.keep.ledger`); all else is made from the store.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from qa_review.base.errors import StoreError
from qa_review.base.files import whole
from qa_review.base.tables import table_files
from qa_review.keep.ledger import Entry, keep, keep_heard, keep_scored, newest, review_of_row
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
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import Reader, Store, open_store

STORE, POINTER, RUN = "results.db", "store.txt", "run.json"
STALE_S = 3600.0
"""the age from which a file that is half written is taken for a killed run's"""
AT_ONCE = 200
"""reviews that are in memory while tables are written"""
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
MARKED = re.compile(r"-[0-9a-f]{16}$")
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
    'a-b-2c2c791a0618990c'
    """
    plain_name = PLAIN_NAME.fullmatch(call_id) and not MARKED.search(call_id)
    if plain_name and call_id == call_id.lower():
        if call_id.split(".")[0] not in RESERVED and not call_id.endswith("."):
            return call_id
    mark = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    plain = re.sub(r"[^A-Za-z0-9]+", "-", call_id).strip("-")[:60]
    return f"{plain or 'call'}-{mark}"


_GIVEN: dict[str, str] = {}
"""stores that this process was given with a password, by their names without"""


@lru_cache(maxsize=8)
def _opened(name: str, _file: tuple[int, int]) -> Store:
    """A store, opened once a process; a file that took the place of another is another store."""
    return open_store(name)


def whole_name(store: str) -> str:
    """The name of a store as it is known from any folder."""
    kind, _, detail = store.partition(":")
    if kind == "sqlite" and detail:
        return f"sqlite:{Path(detail).expanduser().resolve()}"
    return store


def write_text(path: Path, text: str) -> None:
    """Write ``text`` whole or not at all."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


@dataclass(frozen=True, slots=True)
class ResultsFolder:
    """Reads and writes the folder of results at ``path``."""

    path: Path

    def make(self, store: str = "") -> None:
        """Create the folder, what is in it, and its store.

        Args:
            store: the name of a store elsewhere; ``""``: the one that the folder has, else a file
                in it.

        Raises:
            OSError: it can't be made or written to.
            StoreError: the store can't be opened; or the folder's results are in another.
        """
        (self.path / "transcripts").mkdir(parents=True, exist_ok=True)
        self._clear()
        if not store or whole_name(store) == self._store_name():
            open_store(self._store_name())
            return
        if store.startswith("sqlite:"):  # before it is made
            self._refuse(store)
        # without its password, which belongs in PGPASSWORD or ~/.pgpass and in no file of results
        wanted = open_store(whole_name(store)).name.replace(":***@", "@")
        self._refuse(wanted)
        _GIVEN[wanted] = whole_name(store)
        write_text(self.path / POINTER, wanted + "\n")

    def _refuse(self, wanted: str) -> None:
        """Raise when there are results, and in another store than ``wanted``."""
        there = self.has_store  # before its name is read: a run that begins with this one makes it
        known = self._store_name()
        if there and whole_name(wanted) != known:
            raise StoreError(f"the results in {self.path} are kept in {known}, not in {wanted}")

    def _clear(self) -> None:
        """Remove what killed runs left half written; a run that goes on has younger parts."""
        latest = time.time() - STALE_S
        for folder in (self.path, self.path / "transcripts", self.path / "sound"):
            for part in folder.glob(".*.part"):
                with suppress(OSError):  # another run removes it too, or nobody may
                    if part.stat().st_mtime < latest:
                        part.unlink()

    def _store_name(self) -> str:
        pointer = self.path / POINTER
        if pointer.is_file():
            return pointer.read_text("utf-8").strip()
        return f"sqlite:{self.path / STORE}"

    @property
    def store(self) -> Store:
        """The store of the results.

        Raises:
            StoreError: there is none; it can't be opened.
        """
        name, file = self._store_name(), (0, 0)
        if name.startswith("sqlite:"):
            path = Path(name.removeprefix("sqlite:"))
            if not path.is_file():
                raise StoreError(f"there are no results in {self.path}: it has no {path.name}")
            file = (path.stat().st_dev, path.stat().st_ino)
        return _opened(_GIVEN.get(name, name), file)

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
        """Remove the files that an earlier run left of a call that can't be reviewed any more."""
        for path in (self.page(call_id), *self._said(call_id), *self.sound(call_id)):
            path.unlink(missing_ok=True)

    def read(self, call_id: str) -> Record | None:
        """The stored record of a call; ``None`` when there is none."""
        try:
            store = self.store
        except StoreError:
            if self.has_store:
                raise
            return None
        with store.reading() as reader:
            return record_of(reader, call_id)

    @property
    def shares_store(self) -> bool:
        """Whether the results are in a store that other folders may use too."""
        return (self.path / POINTER).is_file()

    @property
    def has_store(self) -> bool:
        """Whether results were ever kept here."""
        return (self.path / STORE).is_file() or (self.path / POINTER).is_file()

    def calls(self) -> tuple[str, ...]:
        """The ids of the reviewed calls, in the order of the tables."""
        table = self.path / "calls.parquet"
        if not table.is_file():
            return tuple(record.review.call.id for record in self.records())
        import pyarrow.parquet

        # not read_table: that loads pandas, which takes longer than all the rest of a screen
        column = pyarrow.parquet.ParquetFile(table).read(columns=["id"])["id"]
        return tuple(map(str, column.to_pylist()))

    def records(self) -> Iterator[Record]:
        """Every stored record, by the id of its call."""
        if not self.has_store:
            return
        with self.store.reading() as reader:
            for call_id in sorted({row.call_id for row in reader.find(WorkRow, stage="scored")}):
                if record := record_of(reader, call_id):
                    yield record

    def write(self, record: Record, *, vtt: str, transcript: str) -> None:
        """Store a record, and its transcript in the two forms that others read."""
        review = record.review
        call_id = review.call.id
        self.make()
        self.write_said(call_id, vtt=vtt, transcript=transcript)
        with self.store.writing() as unit:
            heard = Entry(call_id, "heard", record.heard)
            keep_heard(unit, heard, review.call, review.transcript, review.recording, again=True)
            keep_scored(unit, Entry(call_id, "scored", record.scored), review, again=True)
            keep(unit, Entry(call_id, "shown", record.shown), lambda: "", again=True)

    def write_said(self, call_id: str, *, vtt: str, transcript: str) -> None:
        """Write what was said on a call in the two forms that others read."""
        as_vtt, as_json = self._said(call_id)
        write_text(as_vtt, vtt)
        write_text(as_json, transcript)

    def write_tables(self, reviews: Iterable[Review], failures: Iterable[Failure]) -> None:
        """Write every table of these reviews, in their order, and of these failures."""
        tables = {
            "scores": (SCORE_COLUMNS, score_rows),
            "evidence": (EVIDENCE_COLUMNS, evidence_rows),
            "calls": (CALL_COLUMNS, call_rows),
            "friction": (FRICTION_COLUMNS, friction_rows),
        }
        with ExitStack() as stack:
            files = [
                (stack.enter_context(table_files(self.path / name, columns)), rows_of)
                for name, (columns, rows_of) in tables.items()
            ]
            left = iter(reviews)
            while some := list(islice(left, AT_ONCE)):
                for file, rows_of in files:
                    file.add(rows_of(some))
        with table_files(self.path / "failures", FAILURE_COLUMNS) as file:
            file.add((f.id, f.file, f.reason, f.detail) for f in failures)


def record_of(reader: Reader, call_id: str) -> Record | None:
    """What the ledger says is the review of a call, whole; ``None`` when it isn't scored."""
    rows = newest(reader, call_id)
    scored = rows.get("scored")
    if scored is None or scored.state != "done":
        return None
    return Record(
        review_of_row(reader, scored),
        *(row.key if (row := rows.get(stage)) else "" for stage in ("heard", "scored", "shown")),
    )
