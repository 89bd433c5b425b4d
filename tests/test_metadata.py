"""The table of calls: what is read from it, and that nothing in it is silently dropped."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.errors import MetadataError
from qa_review.capture.metadata import CallTable, read_calls
from qa_review.capture.recording import Call

HEADER = (
    "call_id,file,agent,team,queue,customer,started_at,handle_time,hold_time,after_call_work,"
    "csat,resolved,repeat_contact,transferred,agent_channel"
)


def read(folder: Path, text: str | bytes) -> CallTable:
    path = folder / "calls.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_calls(path)


def test_every_column_is_read(tmp_path: Path) -> None:
    row = (
        "c-1,day/one.wav,a.okafor,ash,billing,refund,c-9,2026-03-02T18:12:00+00:00,171,0:30,1:01:05,"
        "4.5,yes,NO,0,right"
    )
    header = HEADER.replace("queue,", "queue,issue,")
    assert read(tmp_path, f"{header}\n{row}\n") == CallTable(
        (
            Call(
                "c-1",
                "day/one.wav",
                agent="a.okafor",
                team="ash",
                queue="billing",
                issue="refund",
                customer="c-9",
                started_at="2026-03-02T18:12:00+00:00",
                handle_ms=171_000,
                hold_ms=30_000,
                after_call_work_ms=3_665_000,  # 3,600 s + 60 s + 5 s
                csat=4.5,
                resolved=True,
                repeat_contact=False,
                transferred=False,
                agent_channel=1,
            ),
        ),
        columns=tuple(header.split(",")),
    )


def test_only_the_file_must_be_there(tmp_path: Path) -> None:
    assert read(tmp_path, "file\na/b.c.wav\n").calls == (Call("b.c", "a/b.c.wav"),)
    assert read(tmp_path, HEADER + "\n,x.wav" + "," * 13).calls == (Call("x", "x.wav"),)


def test_other_columns_are_kept_as_text(tmp_path: Path) -> None:
    table = read(tmp_path, "file,language,Reason Code\na.wav,en,7\nb.wav,,\n")
    assert table.calls[0].other == {"language": "en", "reason_code": "7"}
    assert table.calls[1].other == {}


@pytest.mark.parametrize("header", ["File", " file ", "FILE", '"file"'])
def test_the_header_is_read_in_any_case(tmp_path: Path, header: str) -> None:
    assert len(read(tmp_path, f"{header},Agent Channel\na.wav,left\n").calls) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_are_told_apart(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    rows = [["file", "agent", "csat"], ["a.wav", "Zoë Ñuñez", "3"], ["b.wav", "x, y; z", "4"]]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows(rows)
    table = read(tmp_path, buffer.getvalue().encode(encoding))
    assert table.problems == ()
    assert [(c.file, c.agent, c.csat) for c in table.calls] == [
        ("a.wav", "Zoë Ñuñez", 3.0),
        ("b.wav", "x, y; z", 4.0),
    ]


CELLS: list[tuple[str, str, str, Any]] = [
    ("handle_time", "0", "handle_ms", 0),
    ("handle_time", "12.5", "handle_ms", 12_500),
    ("handle_time", "12,5", "handle_ms", 12_500),
    ("handle_time", "2:05", "handle_ms", 125_000),  # 2 x 60 + 5
    ("handle_time", "90:00", "handle_ms", 5_400_000),
    ("handle_time", "01:02:03", "handle_ms", 3_723_000),  # 3,600 + 2 x 60 + 3
    ("handle_time", "0:00:01.25", "handle_ms", 1_250),
    ("handle_time", "86400", "handle_ms", 86_400_000),
    ("handle_time", "24:00:00", "handle_ms", 86_400_000),
    ("csat", "0", "csat", 0.0),
    ("csat", "10", "csat", 10.0),
    ("csat", "4,5", "csat", 4.5),
    ("agent_channel", "LEFT", "agent_channel", 0),
    ("agent_channel", "1", "agent_channel", 1),
    ("started_at", "2026-03-02", "started_at", "2026-03-02"),
    ("started_at", "2026-03-02 18:12", "started_at", "2026-03-02 18:12"),
    ("started_at", "2026-10-25T02:30:00Z", "started_at", "2026-10-25T02:30:00Z"),
    *(("resolved", text, "resolved", True) for text in ("yes", "Y", "TRUE", "1")),
    *(("resolved", text, "resolved", False) for text in ("no", "n", "False", "0")),
]


@pytest.mark.parametrize(("column", "text", "field", "value"), CELLS)
def test_a_cell_is_read(tmp_path: Path, column: str, text: str, field: str, value: Any) -> None:
    table = read(tmp_path, f"file;{column}\na.wav;{text}\n")
    assert table.problems == ()
    assert getattr(table.calls[0], field) == value


BAD_CELLS: list[tuple[str, str, str]] = [
    *(
        ("hold_time", text, "is not a time; seconds or [h:]mm:ss from 0 to 24 hours")
        for text in (
            *("-1", "86401", "24:00:01", "40:00:00", "1:60", "1:75:00", "ten", "1:2:3:4"),
            *("nan", "inf", "1e3", "::", "5 min", "1:5", "٣٠"),
        )
    ),
    *(
        ("csat", text, "is not a satisfaction score; a number from 0 to 10")
        for text in ("-1", "11", "good", "nan", "inf", "4/5")
    ),
    *(
        ("resolved", text, "is neither yes nor no; one of yes, y, true, 1, no, n, false, 0")
        for text in ("maybe", "2", "-", "unknown")
    ),
    *(
        ("agent_channel", text, "is not a channel; 0 or left, 1 or right")
        for text in ("2", "-1", "both", "L")
    ),
    *(
        ("started_at", text, "is not ISO 8601, such as 2026-03-02T18:12:00+00:00")
        for text in ("02/03/2026", "yesterday", "2026-13-01", "2026-02-30", "18:12")
    ),
    ("started_at", "1601-01-01", "is not a time between the years 1970 and 2099"),
]


@pytest.mark.parametrize(("column", "text", "said"), BAD_CELLS)
def test_a_bad_cell_costs_that_cell_and_is_told(
    tmp_path: Path, column: str, text: str, said: str
) -> None:
    table = read(tmp_path, f"file;{column};agent\na.wav;{text};jo\nb.wav;;al\n")
    assert [(c.file, c.agent) for c in table.calls] == [("a.wav", "jo"), ("b.wav", "al")]
    assert table.problems == (f"row 2, column {column}: {text!r} {said}",)
    assert all(getattr(table.calls[0], f) is None for f in ("hold_ms", "csat", "resolved"))


BAD_FILES = {
    "": "empty; a row names the file of its recording",
    "/etc/passwd": "leads out of the folder; a path is relative and has no ..",
    "../a.wav": "leads out of the folder",
    "x/../../a.wav": "leads out of the folder",
    "..\\a.wav": "leads out of the folder",
    "C:\\calls\\a.wav": "leads out of the folder",
    "c:a.wav": "leads out of the folder",
    "\\\\host\\share\\a.wav": "leads out of the folder",
    "~/a.wav": "is not the path of a file",
    ".": "is not the path of a file",
    "a\x07.wav": "is not the path of a file",
}


@pytest.mark.parametrize("file", BAD_FILES)
def test_a_row_without_a_usable_file_is_left_out_and_told(tmp_path: Path, file: str) -> None:
    table = read(tmp_path, f"agent,file\njo,{file}\nal,b.wav\n")
    assert [call.file for call in table.calls] == ["b.wav"]
    (problem,) = table.problems
    assert problem.startswith("row 2, column file: ")
    assert BAD_FILES[file] in problem and problem.endswith("the row is left out")


def test_a_path_may_be_written_with_backslashes(tmp_path: Path) -> None:
    assert read(tmp_path, "file\nmonday\\.\\a.wav\n").calls[0].file == "monday/a.wav"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("c,a.wav\nc,b.wav", "column call_id: 'c' stands in row 2 too"),
        ("c,a.wav\nd,a.wav", "column file: 'a.wav' stands in row 2 too"),
        ("c,a.wav\nd,./a.wav", "column file: 'a.wav' stands in row 2 too"),
        (",x/a.wav\n,y/a.wav", "column call_id: 'a' stands in row 2 too"),
        ("caf\u00e9,a.wav\ncafe\u0301,b.wav", "stands in row 2 too"),  # one word, two spellings
    ],
)
def test_a_call_or_file_that_stands_twice_is_told(tmp_path: Path, rows: str, said: str) -> None:
    table = read(tmp_path, f"call_id,file\n{rows}\n")
    assert len(table.calls) == 1
    assert len(table.problems) == 1 and said in table.problems[0]
    assert table.problems[0].startswith("row 3, ")


def test_several_problems_of_one_row_are_all_told(tmp_path: Path) -> None:
    table = read(tmp_path, "file,csat,resolved\na.wav,99,perhaps\n")
    assert len(table.calls) == 1 and len(table.problems) == 2


def test_cells_beyond_the_header_are_told(tmp_path: Path) -> None:
    table = read(tmp_path, "file,agent\na.wav,jo,extra\nb.wav\nc.wav,al,\n")
    assert len(table.calls) == 3
    assert table.problems == ("row 2: 3 cells, the header has 2; left out 'extra'",)


def test_blank_rows_are_passed_over_and_rows_keep_their_number(tmp_path: Path) -> None:
    table = read(tmp_path, "\n\nfile,csat\n\n,\na.wav,x\n")
    assert len(table.calls) == 1 and table.problems[0].startswith("row 6, ")


def test_a_line_break_in_a_cell_that_holds_none_is_told(tmp_path: Path) -> None:
    table = read(tmp_path, 'file,agent,notes\na.wav,"jo\nb.wav,al","two\nlines"\n')
    assert "goes over a line break; is a quotation mark missing?" in table.problems[0]
    assert table.calls[0].agent is None and table.calls[0].other == {"notes": "two\nlines"}


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no header: the first row names the columns"),
    "blank": (b"\n \n", "no header"),
    "no file column": (b"call_id,agent\n1,jo\n", "no column file; there is call_id, agent"),
    "a column twice": (b"file,agent,Agent\na.wav,x,y\n", "column agent stands in the header twice"),
    "a zip": (b"PK\x03\x04\x14\x00\x00\x00" * 9, "not text"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x81\x8d", "not text"),
    "an open quotation": (b'file,agent\na.wav,"jo\nb.wav,al\n', "a quotation mark is not closed"),
    "a huge cell": (b"file,agent\na.wav," + b"x" * 200_000, "row 2: not CSV"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_table_that_cannot_be_read_at_all_is_refused(tmp_path: Path, name: str) -> None:
    data, said = UNREADABLE[name]
    with pytest.raises(MetadataError) as refused:
        read(tmp_path, data)
    assert refused.value.path == tmp_path / "calls.csv"
    assert said in refused.value.problems[0]


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="no such file"):
        read_calls(tmp_path / "calls.csv")


def test_a_table_with_ten_thousand_columns_is_read(tmp_path: Path) -> None:
    header = ",".join(["file", *(f"c{n}" for n in range(10_000))])
    assert len(read(tmp_path, f"{header}\na.wav{',1' * 10_000}\n").calls[0].other) == 10_000


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=9)
ROW = st.tuples(CELL, CELL, CELL, CELL)


@given(st.lists(ROW, max_size=8))
def test_every_row_becomes_a_call_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["call_id", "file", "csat", "note"])
    writer.writerows(rows)
    table = read(tmp_path_factory.mktemp("any"), buffer.getvalue())
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    left_out = sum("the row is left out" in problem for problem in table.problems)
    assert len(table.calls) + left_out == filled


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_table_or_a_metadata_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    try:
        table = read(tmp_path_factory.mktemp("any"), data)
    except MetadataError as error:
        assert error.problems
    else:
        assert isinstance(table, CallTable)


def test_the_sample_calls_have_no_problems() -> None:
    table = read_calls(Path(__file__).parent.parent / "sample_calls" / "calls.csv")
    assert len(table.calls) == 14 and table.problems == ()
