"""What can't be imported is listed, all of it, and then nothing is written."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from test_transfer import BOTH, NASTY, call, everything, filled

from qa_review.base.errors import StoreError
from qa_review.keep import transfer
from qa_review.keep.rows import BallotRow, NoteRow, SeatRow, VoteRow
from qa_review.keep.store import open_store
from qa_review.keep.transfer import export_store, import_store


def rewrite(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / f"{name}.csv"
        path.write_text(change(path.read_text("utf-8")), "utf-8", newline="")

    return apply


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    return rewrite(name, lambda text: text.replace(old, new))


ROWS = (
    NoteRow("call-1", 1, 0, "ann", "", "two\nlines"), NoteRow("call-1", 2, 0, "ann", "", "hm"),
    VoteRow("s", "ann", "c", "b", 1, 4, "", "", ""), BallotRow("s", "ann", "c", 1, b"abc", b""),
)  # fmt: skip
# the second note is on line 4: the first goes over two lines
BROKEN = [
    (replaced("notes", '"call-1",2,0', '"call-1",2.0,0'),
     "notes.csv line 4: number is a whole number, not '2.0'"),
    (replaced("notes", '"call-1",2,0', '"call-1",,x'),
     "notes.csv line 4: number is a whole number, not ''\n"
     "  - notes.csv line 4: turn is a whole number, not 'x'"),
    (replaced("notes", '"call-1",2,0', '"call-1",9223372036854775808,0'),
     "notes.csv line 4: notes.number is a number of at most 63 bits"),
    (replaced("notes", '"call-1",2,', '"call-1",1,'), "notes.csv line 4 has the key of line 2"),
    (replaced("notes", ',"hm"', ""), "notes.csv line 4 has 5 cells, not 6"),
    (replaced("notes", '"hm"', '"h"m"'), "notes.csv line 4: "),
    (replaced("notes", '"hm"\n', '"hm'), "notes.csv line 4: "),
    (replaced("notes", '"hm"', '"h\0m"'), "notes.csv line 4"),
    (replaced("notes", '"text"\n', '"words"\n'),
     "notes.csv has no column 'text'\n  - notes.csv has an unknown column 'words'"),
    (replaced("notes", '"turn"', '"number"'), "notes.csv has more than one column 'number'"),
    (rewrite("notes", lambda text: ""), "notes.csv has no column 'call_id'"),
    (replaced("votes", ",4,", ",four,"), "votes.csv line 2: level is a whole number, not 'four'"),
    (replaced("ballots", "YWJj", "YW*j"), "ballots.csv line 2: sealed is bytes in base64"),
    (lambda folder: (folder / "seats.csv").unlink(), "seats.csv or seats.parquet is missing"),
    (lambda folder: (folder / "seat.csv").touch(), "seat.csv is of no table that this version"),
    (lambda folder: (folder / "seats.parquet").touch(), "seats.parquet is there beside seats.csv"),
    (lambda folder: (folder / "seats.csv").write_bytes(b'"session_id\xff"'), "seats.csv can't"),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "says"), BROKEN, ids=[says[:50] for _, says in BROKEN])
def test_what_can_not_be_read_is_listed_and_nothing_is_written(
    tmp_path: Path, break_it: Callable[[Path], None], says: str
) -> None:
    export_store(filled(*ROWS), tmp_path / "out", kind="csv")
    break_it(tmp_path / "out")
    store = open_store("memory")
    with pytest.raises(StoreError, match="nothing was imported") as caught:
        import_store(store, tmp_path / "out")
    assert f"  - {says}" in str(caught.value)
    assert not any(everything(store).values())


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    export_store(filled(*ROWS), tmp_path / "out", kind="csv")
    for break_it, _ in (BROKEN[0], BROKEN[11], BROKEN[12], BROKEN[14]):
        break_it(tmp_path / "out")
    with pytest.raises(StoreError, match=f"{tmp_path / 'out'} has 4 problems:"):
        import_store(open_store("memory"), tmp_path / "out")
    with pytest.raises(StoreError, match="has 1 problem:\n  - there is no such folder"):
        import_store(open_store("memory"), tmp_path / "nowhere")


def changed(name: str, column: str, values: list[object]) -> Callable[[Path], None]:
    """Give a parquet file another column in place of one."""

    def apply(folder: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        path = folder / f"{name}.parquet"
        table = parquet.read_table(path)
        place = table.schema.get_field_index(column)
        parquet.write_table(table.set_column(place, column, pyarrow.array(values)), path)

    return apply


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (changed("votes", "level", [4.0]), "votes.parquet column 'level' is double, not int64"),
        (changed("votes", "reason", [b"x"]), "votes.parquet column 'reason' is binary, not string"),
        (changed("votes", "number", [None]), "votes.parquet column 'number' is null, not int64"),
        (changed("notes", "text", ["a", None]), "notes.parquet row 2: notes.text is str, not None"),
        (changed("notes", "text", ["a", "b\0"]), "notes.parquet row 2: notes.text can't hold NUL"),
        (changed("notes", "number", [1, 1]), "notes.parquet row 2 has the key of row 1"),
        (lambda folder: (folder / "votes.parquet").write_bytes(b"PAR1"), "votes.parquet can't be"),
        (lambda folder: (folder / "votes.parquet").write_bytes(b""), "votes.parquet can't be read"),
        (lambda folder: (folder / "seats.parquet").unlink(), "seats.csv or seats.parquet is miss"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_can_not_be_read_of_parquet_is_listed_too(
    tmp_path: Path, break_it: Callable[[Path], None], says: str
) -> None:
    export_store(filled(*ROWS), tmp_path / "out")
    break_it(tmp_path / "out")
    store = open_store("memory")
    with pytest.raises(StoreError, match="nothing was imported") as caught:
        import_store(store, tmp_path / "out")
    assert f"  - {says}" in str(caught.value)
    assert not any(everything(store).values())


def test_a_table_that_a_spreadsheet_or_pandas_wrote_again_is_read(tmp_path: Path) -> None:
    import pandas

    store = filled(*map(call, dict.fromkeys(NASTY)), *ROWS)
    export_store(store, tmp_path / "out", kind="csv")
    for path in (tmp_path / "out").iterdir():
        table = pandas.read_csv(path, dtype=str, keep_default_na=False, lineterminator="\n")
        table = table[sorted(table.columns)]  # in another order, and other quotes and line ends
        quoting = csv.QUOTE_ALL if path.stem == "calls" else csv.QUOTE_MINIMAL
        table.to_csv(
            path, index=False, lineterminator="\r\n", quoting=quoting, encoding="utf-8-sig"
        )
    again = open_store("memory")
    import_store(again, tmp_path / "out")
    assert everything(again) == everything(store)


@BOTH
def test_a_file_that_was_cut_or_spoilt_is_refused_or_read_never_worse(
    tmp_path: Path, kind: str
) -> None:
    export_store(filled(*ROWS), tmp_path / "out", kind=kind)
    path = tmp_path / "out" / f"notes.{kind}"
    whole, chance = path.read_bytes(), random.Random(20261122)
    refused = 0
    for number in range(150):
        spoilt = bytearray(whole)
        if number % 2:
            del spoilt[chance.randrange(len(spoilt)) :]
        else:
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        path.write_bytes(spoilt)
        try:
            import_store(open_store("memory"), tmp_path / "out")
        except StoreError as error:
            refused += 1
            assert path.name in str(error)
    assert refused > 50


@BOTH
def test_a_store_with_rows_takes_no_import(tmp_path: Path, kind: str) -> None:
    export_store(filled(call("a")), tmp_path / "out", kind=kind)
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    with store.writing() as unit:
        unit.add(SeatRow("s", "ann"))
    before = everything(store)
    with pytest.raises(StoreError, match=r"qa\.db has rows already, in seats: import into a new"):
        import_store(store, tmp_path / "out")
    assert everything(store) == before


def test_an_import_that_fails_at_the_end_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_store(filled(*ROWS), tmp_path / "out")
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    with pytest.raises(StoreError, match=r"votes\.number is int"), monkeypatch.context() as patch:
        patch.setattr(transfer, "checked", lambda row: row)  # as if a bad row slipped through
        patch.setattr(transfer, "_types", lambda kind, there: [])
        changed("votes", "number", ["one"])(tmp_path / "out")
        import_store(store, tmp_path / "out")
    assert not any(everything(store).values())
