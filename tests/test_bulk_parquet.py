"""Dialogues from Parquet, and the tables in parts as others read them."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from children import bulk_reviewer
from test_bulk import MIXED, files, light, run, said, write  # noqa: F401

from qa_review.base.errors import TranscriptError
from qa_review.base.frames import frame
from qa_review.capture import parquet
from qa_review.capture.dialogues import BadLine, read_dialogues
from qa_review.capture.parquet import row_stretches
from qa_review.keep import parts
from qa_review.keep.parts import TABLES
from qa_review.run.scored import ScoredFiles

TURN = pa.struct(
    [("speaker", pa.string()), ("text", pa.string()), ("start_ms", pa.int64()),
     ("end_ms", pa.int64()), ("mood", pa.string())]
)  # fmt: skip
GUIDE = Path(__file__).parents[1] / "docs" / "bulk.md"


def table_of(rows: list[dict[str, Any]], turns: Any, ids: Any = None) -> pa.Table:
    types = {"id": ids or pa.string(), "turns": turns, "language": pa.string()}
    columns = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in types.items()
    }
    return pa.table({"pack": pa.array(range(len(rows))), **columns})


def read(path: Path, count: int = 1_000) -> list[Any]:
    stretches = row_stretches(path, count, 1 << 30)
    return [one for stretch in stretches for one in stretch.read()]


TIMED = [
    {"speaker": "agent", "text": "hello", "start_ms": 0, "end_ms": 900},
    {"speaker": "customer", "text": "hi", "start_ms": 900, "end_ms": 1_500},
]
ROWS = [said("a"), {"id": "b", "turns": TIMED}, said("c", language="de")]


@pytest.mark.parametrize("kind", ["list", "large list", "text", "large text", "dictionary"])
def test_rows_are_read_as_lines_are(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "said.parquet"
    if "text" in kind:
        rows = [{**row, "turns": json.dumps(row["turns"])} for row in ROWS]
        made = table_of(rows, pa.large_string() if "large" in kind else pa.string())
    else:
        made = table_of(ROWS, pa.large_list(TURN) if "large" in kind else pa.list_(TURN))
    if kind == "dictionary":
        made = made.set_column(1, "id", made["id"].dictionary_encode())
    pq.write_table(made, path)
    lines = write(tmp_path / "said.jsonl", ROWS)
    assert read(path) == list(enumerate(read_dialogues(lines), 1))


def test_ids_may_be_numbers_and_texts_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    turns = [{"speaker": "agent", "text": None}, {"speaker": None, "text": "who?"}]
    rows = [{"id": 7, "turns": turns}, {"id": None, "turns": turns}, {"id": 8, "turns": None}]
    pq.write_table(table_of(rows, pa.list_(TURN), pa.int32()), path)
    (_, first), (_, second), (_, third) = read(path)
    assert first.call_id == "7" and first.turns[1].speaker == "unknown"
    assert second == BadLine(2, None, "it has no id; an id is text or a number")
    assert third.id == "8" and "turns is a list of speaker and text, not None" in third.reason


def test_text_that_is_no_json_or_no_utf8_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    good = json.dumps(said("a")["turns"]).encode()
    turns = pa.array([good, b"{", good.replace(b"hello", b"\xff\xfe"), good], pa.binary())
    made = pa.table({"id": ["a", "b", "c", "d"], "turns": turns.cast(pa.string(), safe=False)})
    pq.write_table(made, path)
    found = [one for _, one in read(path)]
    assert [type(one) is BadLine for one in found] == [False, True, True, False]
    assert "turns is not JSON" in found[1].reason and "not UTF-8" in found[2].reason


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"id": ["a"]}, "has no column turns; it has id"),
        ({"text": ["a"], "more": [1]}, "has no column id and turns; it has text, more"),
        ({"id": ["a"], "turns": [1]}, "the column turns is a list of structs .* not 'int64'"),
        ({"id": ["a"], "turns": [["hi"]]}, "the column turns is a list of structs .* not 'list<"),
    ],
)
def test_a_table_of_something_else_says_what_it_lacks(
    tmp_path: Path, made: dict[str, Any], told: str
) -> None:
    pq.write_table(pa.table(made), tmp_path / "said.parquet")
    with pytest.raises(TranscriptError, match=told):
        read(tmp_path / "said.parquet")


@pytest.mark.parametrize("cut", [0, 3, 50, -1])
def test_a_file_that_is_no_parquet_says_so(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "said.parquet"
    pq.write_table(table_of(ROWS, pa.list_(TURN)), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(TranscriptError, match="can't be read as Parquet"):
        read(path)
    with pytest.raises(TranscriptError, match="no such file"):
        read(tmp_path / "none.parquet")


def test_numbers_run_on_over_row_groups_and_parts(tmp_path: Path) -> None:
    rows = [said(f"d{n}") for n in range(23)]
    pq.write_table(table_of(rows, pa.list_(TURN)), tmp_path / "a.parquet", row_group_size=10)
    for count in (1, 4, 10, 100):
        found = read(tmp_path / "a.parquet", count)
        assert [(number, one.call_id) for number, one in found] == [
            (n + 1, f"d{n}") for n in range(23)
        ]
    stretches = list(row_stretches(tmp_path / "a.parquet", 4, 1 << 30))
    assert [s.count for s in stretches] == [4, 4, 2, 4, 4, 2, 3]
    assert [piece.count for piece in stretches[0].cut(3)] == [3, 1]
    assert max(s.count for s in row_stretches(tmp_path / "a.parquet", 9, 60)) == 1


def test_a_row_group_is_read_once_however_many_parts_it_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that come in order are read on from where the last one ended; others from the start."""
    rows = [said(f"d{n}") for n in range(300)]
    path = tmp_path / "a.parquet"
    pq.write_table(table_of(rows, pa.list_(TURN)), path)
    opened: list[int] = []
    real = parquet._Group._opened

    def counting(self: Any) -> Any:
        opened.append(1)
        return real(self)

    monkeypatch.setattr(parquet._Group, "_opened", counting)
    stretches = list(row_stretches(path, 7, 1 << 30))
    for one in stretches[::2]:  # the others are another worker's
        assert [said.call_id for _, said in one.read()] == [
            f"d{n}" for n in range(one.start, one.start + one.count)
        ]
    assert len(opened) == 1
    list(stretches[3].read())
    assert len(opened) == 2
    left = stretches[4].read()
    next(left)
    left.close()  # nobody knows now where the reader stands
    assert next(said.call_id for _, said in stretches[5].read()) == "d35"
    assert len(opened) == 3


def test_a_large_row_group_is_not_held(tmp_path: Path) -> None:
    """What Arrow holds while it reads rows one by one is far less than the row group."""
    chance = random.Random(1)
    rows = [said(f"d{n}", chance.randbytes(2_000).hex()) for n in range(3_000)]
    path = tmp_path / "a.parquet"
    pq.write_table(table_of(rows, pa.list_(TURN)), path, compression="none", use_dictionary=False)
    assert path.stat().st_size > 12e6
    most = 0
    (stretch,) = row_stretches(path, 10_000, 1 << 30)
    for _ in stretch.read():
        most = max(most, pa.total_allocated_bytes())
    assert most < 4e6


def test_a_page_that_is_broken_costs_the_rows_behind_it(tmp_path: Path) -> None:
    rows = [said(f"d{n}", "so it is " * 9) for n in range(40)]
    path = tmp_path / "a.parquet"
    pq.write_table(table_of(rows, pa.list_(TURN)), path, row_group_size=20, compression="zstd")
    with pq.ParquetFile(path) as file:
        group = file.metadata.row_group(1)
        column = next(
            group.column(n) for n in range(group.num_columns)
            if group.column(n).path_in_schema.endswith("text")
        )  # fmt: skip
    raw = bytearray(path.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    raw[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(raw)
    done = run(path, out=tmp_path / "out", part=8)
    assert (done.dialogues, done.scored, done.failed) == (40, 20, 20)
    told = [row[:3] for row in done.rows("failures")]
    assert told == [(f"row {n}", "a.parquet", "unreadable") for n in range(21, 41)]


def test_parquet_and_lines_give_the_same_tables(tmp_path: Path) -> None:
    rows = [row for row in MIXED if isinstance(row, dict) and isinstance(row["id"], str)]
    write(tmp_path / "said.jsonl", rows)
    pq.write_table(table_of(rows, pa.list_(TURN)), tmp_path / "said.parquet", row_group_size=4)
    lines = run(tmp_path / "said.jsonl", out=tmp_path / "lines")
    found = run(tmp_path / "said.parquet", out=tmp_path / "rows", part=3)
    assert found.parts > 2
    for table in set(TABLES) - {"failures"}:
        columns = [name for name in TABLES[table] if name != "file"]
        assert list(found.rows(table, *columns)) == list(lines.rows(table, *columns))
    assert {row[0] for row in found.rows("calls", "file")} == {"said.parquet"}
    again = run(tmp_path / "said.parquet", out=tmp_path / "rows", part=3)
    assert again.kept == again.dialogues == len(rows)


def test_a_small_file_of_several_row_groups_keeps_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "a.jsonl", [said("a")])
    pq.write_table(table_of(ROWS[1:], pa.list_(TURN)), folder / "b.parquet", row_group_size=1)
    write(folder / "c.jsonl", [said("last")])
    done = run(folder, out=tmp_path / "out", part=10)
    assert [row[0] for row in done.rows("calls", "id")] == ["a", "b", "last"]
    assert done.parts == 3


def test_only_some_rows_of_a_part_are_in_memory_and_nobody_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "said.jsonl", [said(f"d{n}") for n in range(7)])
    monkeypatch.setattr(parts, "AT_ONCE", 10)
    few = run(path, out=tmp_path / "few")
    groups = pq.read_metadata(tmp_path / "few" / "scores" / "part-00000.parquet")
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [10, 10, 10, 5]
    monkeypatch.undo()
    bulk_reviewer.plug_in(monkeypatch)
    whole = run(path, out=tmp_path / "whole")
    for table in TABLES:
        assert list(few.rows(table)) == list(whole.rows(table))


# --- the tables in parts, as others read them -----------------------------------------------------


@pytest.fixture
def parted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScoredFiles:
    """Parts of which some have no row in a table, or only missing values in a column."""
    monkeypatch.chdir(tmp_path)
    lines = [
        *("{", "{"), said("de", language="de"), said("de2", language="de"), *MIXED,
        {"id": "timed", "turns": TIMED},
    ]  # fmt: skip
    return run(write(tmp_path / "said.jsonl", lines), out=Path("scored"), part=2, parted=True)


def test_pandas_and_arrow_read_the_folder_as_one_table(parted: ScoredFiles) -> None:
    for table, columns in TABLES.items():
        wanted = frame(columns, parted.rows(table))
        assert len(wanted)
        pd.testing.assert_frame_equal(pd.read_parquet(f"scored/{table}"), wanted)
        for file in sorted(Path("scored", table).iterdir()):
            assert list(pd.read_parquet(file).dtypes.astype(str)) == list(columns.values())
        found = pyarrow.dataset.dataset(f"scored/{table}", format="parquet")
        assert found.schema.names == list(columns) and found.count_rows() == len(wanted)
        schemas = {str(pq.read_schema(file)) for file in Path("scored", table).iterdir()}
        assert len(schemas) == 1


def test_some_parts_have_no_row_at_all(parted: ScoredFiles) -> None:
    counts = [pq.read_metadata(file).num_rows for file in sorted(Path("scored/scores").iterdir())]
    assert counts[:2] == [0, 0] and sum(counts) == 5 * parted.scored


def test_duckdb_reads_the_folder_as_the_guide_says(parted: ScoredFiles) -> None:
    duckdb = pytest.importorskip("duckdb")
    quiet = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(config=quiet) as database:
        for table, columns in TABLES.items():
            found = database.sql(f"select * from 'scored/{table}/*.parquet'")
            assert found.columns == list(columns)
            assert found.fetchall() == list(parted.rows(table))
        shown = re.findall(r"^```sql\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
        assert shown
        for query in shown:
            assert database.sql(query).fetchall()
