"""A store as a folder of tables and back: exact, whole, and no formula in it."""

from __future__ import annotations

import base64
import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import store_fixtures as fixtures
from hypothesis import given, settings
from hypothesis import strategies as st
from test_store import ODD, rows_of

from qa_review.base.errors import StoreError
from qa_review.base.frames import FORMULA_STARTS
from qa_review.keep import transfer
from qa_review.keep.audit import breaks
from qa_review.keep.postgresql import grant
from qa_review.keep.row import Row
from qa_review.keep.rows import KINDS, BallotRow, CallRow, SeatRow, VoteRow
from qa_review.keep.sqlalchemy import SqlStore
from qa_review.keep.store import Store, kinds_of, open_store, read
from qa_review.keep.transfer import export_store, import_store
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal
from qa_review.meet.seats import join

BOTH = pytest.mark.parametrize("kind", ["csv", "parquet"])
NASTY = (
    *ODD, "=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "  =1", "\n=1", "\u00a0=1", "'", "''", "'=1",
    "' =1", "a\rb", "a\nb", "a\r\nb", "\r", "\n", 'say "hi"', '"', '""', ",", ";", "a,b", "001",
    "1e5", "true", "NaN", "nan", "null", "N/A", "-", "#REF!", "9" * 40, " padded ", "\x1a", "\x1c",
    "\x85", "\u2028",
)  # fmt: skip


def call(text: str, number: int = 1) -> CallRow:
    return CallRow(text, number, "2026-10-05T09:30:00+00:00", text)


def filled(*rows: Row) -> Store:
    store = open_store("memory")
    with store.writing() as unit:
        unit.add(*rows)
    return store


def everything(store: Store) -> dict[str, tuple[Row, ...]]:
    with store.reading() as reader:
        return {kind.TABLE: reader.find(kind) for kind in KINDS}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# --- there and back ----------------------------------------------------------------------------


@BOTH
def test_any_rows_come_back_and_go_out_again_the_same(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=12)
    @given(st.tuples(*(st.lists(rows_of(each), max_size=4) for each in KINDS)))
    def come_back(tables: tuple[list[Row], ...]) -> None:
        store = filled(*{(type(r), r.identity): r for rows in tables for r in rows}.values())
        place = tmp_path_factory.mktemp("transfer")
        counts = export_store(store, place / "first", kind=kind)
        again = open_store("memory")
        assert import_store(again, place / "first") == counts
        assert everything(again) == everything(store)
        assert counts == {name: len(rows) for name, rows in everything(store).items()}
        export_store(again, place / "second", kind=kind)
        assert contents(place / "first") == contents(place / "second")

    come_back()


@BOTH
def test_odd_texts_come_back_exactly(tmp_path: Path, kind: str) -> None:
    store = filled(*(call(text) for text in dict.fromkeys(NASTY)))
    export_store(store, tmp_path / "out", kind=kind)
    again = open_store("memory")
    import_store(again, tmp_path / "out")
    assert everything(again) == everything(store)


@BOTH
def test_numbers_nothing_and_bytes_stay_what_they_are(tmp_path: Path, kind: str) -> None:
    rows = (
        call("a", 2**63 - 1), call("b", -(2**63) + 1), call("c", 2**53 + 1), call("d", 0),
        *(VoteRow("s", "ann", "c", "b", n, level, "", "", "") for n, level in [(1, None), (2, 0)]),
        *(BallotRow("s", "ann", "c", n, bytes([n]) * n, b"") for n in range(256)),
    )  # fmt: skip
    export_store(filled(*rows), tmp_path / "out", kind=kind)
    again = open_store("memory")
    import_store(again, tmp_path / "out")
    found = everything(again)
    assert found == everything(filled(*rows))
    assert [type(row.number) for row in found["calls"]] == [int] * 4


@BOTH
def test_a_session_can_be_revealed_where_it_was_moved_to(tmp_path: Path, kind: str) -> None:
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    session = fixtures.new_session(store, tmp_path / "kim", calls=2)
    seat = join(store, session.id, "ann", keys=Keys(tmp_path / "ann"))
    receipt = seat.hand_in("call-1", fixtures.scores(4))
    export_store(store, tmp_path / "out", kind=kind)
    moved = open_store(f"sqlite:{tmp_path / 'moved.db'}")
    import_store(moved, tmp_path / "out")
    with moved.reading() as reader:
        assert breaks(reader) == []
    found = reveal(moved, session.id, by="kim", keys=Keys(tmp_path / "kim"))
    assert found.problems == () and found.holds(receipt) and len(found.ballots) == 1


# --- what an export is -------------------------------------------------------------------------


def test_an_export_is_one_moment_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    with store.writing() as unit:
        unit.add(call("before"))
    written, plain = [], transfer._write

    def write(path: Path, kind: type[Row], rows: tuple[Row, ...]) -> None:
        with store.writing() as unit:  # somebody saves while each table is written
            unit.add(SeatRow("s", path.name), call(path.name))
        written.append(path.name)
        plain(path, kind, rows)

    monkeypatch.setattr(transfer, "_write", write)
    counts = export_store(store, tmp_path / "out", kind="csv")
    assert len(written) == len(KINDS) == len(read(store, SeatRow))
    assert {name: n for name, n in counts.items() if n} == {"calls": 1}


def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    ballots = [BallotRow("s", "ann", "c", n, bytes([n * 4, 1, 2]), b"\xf8") for n in range(64)]
    export_store(filled(*map(call, dict.fromkeys(NASTY)), *ballots), tmp_path / "out", kind="csv")
    cells = []
    for name in ("calls", "ballots"):
        with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]
    assert not [cell for cell in cells if cell.strip().startswith(FORMULA_STARTS)]
    # base64 begins with + where the first byte is 0xf8 to 0xfb
    assert base64.b64encode(b"\xf8") == b"+A==" and cells.count("'+A==") == 64


def test_columns_of_a_parquet_file_have_the_types_of_the_fields(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export_store(open_store("memory"), tmp_path / "out")
    schema = parquet.read_schema(tmp_path / "out" / "votes.parquet")
    assert schema.names == list(kinds_of(VoteRow))
    assert str(schema.field("level").type) == "int64" and schema.field("level").nullable
    assert not schema.field("number").nullable
    assert str(parquet.read_schema(tmp_path / "out" / "ballots.parquet").field("own")) == (
        "pyarrow.Field<own: binary not null>"
    )


@BOTH
def test_a_folder_that_holds_something_is_refused(tmp_path: Path, kind: str) -> None:
    used = tmp_path / "used"
    used.mkdir()
    (used / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"used is not empty, it holds mine\.txt"):
        export_store(filled(call("a")), used, kind=kind)
    with pytest.raises(StoreError, match=r"mine\.txt is a file"):
        export_store(filled(call("a")), used / "mine.txt", kind=kind)
    assert contents(used) == {"mine.txt": b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["used"]


def test_an_empty_folder_and_one_that_is_not_there_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    for place in (Path("empty"), Path("not/there/yet")):
        export_store(filled(call("a")), place, kind="csv")
        assert len(contents(tmp_path / place)) == len(KINDS)
    with pytest.raises(ValueError, match="exported as csv or parquet, not 'xlsx'"):
        export_store(filled(), tmp_path / "x", kind="xlsx")  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_export_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    plain, written = os.fsync, []

    def fsync(number: int) -> None:
        written.append(number)
        if len(written) == 7:
            raise error
        plain(number)

    monkeypatch.setattr(os, "fsync", fsync)
    expected = StoreError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected, match=r"No space left|^$"):
        export_store(filled(call("a")), tmp_path / "out")
    assert list(tmp_path.iterdir()) == [] and len(written) == 7


def test_leftovers_of_a_killed_export_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    for name in (".out.0123abcd.part", ".out.ffffffff.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "calls.csv").write_text("half")
    kept = {".out.part", ".out.csv.part", ".outer.0123abcd.part", ".out.b.0123abcd.part"}
    for name in kept:
        (tmp_path / name).mkdir()
    export_store(filled(call("a")), tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "out"}


def test_importing_the_module_loads_neither_pandas_nor_pyarrow() -> None:
    code = "import sys, qa_review.keep.transfer; print({'pandas', 'pyarrow'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- who may see what --------------------------------------------------------------------------


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_rater_exports_what_row_level_security_lets_them_see(
    version: int, tmp_path: Path
) -> None:
    url = fixtures.new_database(version)
    owner = open_store(url)
    assert isinstance(owner, SqlStore)
    grant(owner, raters=["ann", "bo"], leads=["kim"])
    people = {name: open_store(url.replace("owner@", f"{name}@")) for name in ("ann", "bo", "kim")}
    session = fixtures.new_session(people["kim"], tmp_path / "kim")
    for rater in ("ann", "bo"):
        seat = join(people[rater], session.id, rater, keys=Keys(tmp_path / rater))
        seat.hand_in("call-1", fixtures.scores(4))
    export_store(people["ann"], tmp_path / "sealed", kind="csv")
    mine = open_store("memory")
    import_store(mine, tmp_path / "sealed")
    assert [row.rater for row in read(mine, BallotRow)] == ["ann"]
    reveal(people["kim"], session.id, by="kim", keys=Keys(tmp_path / "kim"))
    export_store(people["ann"], tmp_path / "open", kind="csv")
    everyone_s = open_store("memory")
    import_store(everyone_s, tmp_path / "open")
    assert [row.rater for row in read(everyone_s, BallotRow)] == ["ann", "bo"]
    back = open_store(fixtures.new_database(version))
    import_store(back, tmp_path / "open")
    assert everything(back) == everything(owner)
