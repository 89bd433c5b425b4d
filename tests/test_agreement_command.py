"""``qa-review agreement``: a table of ratings in, figures out; a bad row costs that row."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from qa_review.base.agreement import every
from qa_review.base.errors import MetadataError
from qa_review.base.rating_table import read_rating_table
from qa_review.run import agreement_commands

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


def parsed(*words: str) -> argparse.Namespace:
    top = argparse.ArgumentParser()
    agreement_commands.options(top.add_subparsers())
    return top.parse_args(["agreement", *words])


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    given = parsed(*words)
    assert given.run(given) == 0
    told = capsys.readouterr()
    return told.out, told.err


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """32 calls, two criteria, a master and three raters, one of them milder."""
    random = np.random.default_rng(1)
    lines = ["unit,criterion,rater,value"]
    for call in range(32):
        for criterion in ("listening", "ownership"):
            level = random.integers(1, 5)
            for rater, shift in (("Master", 0), ("Ann", 1), ("Bob", 0), ("Cy", 0)):
                value = min(5, max(1, level + shift + random.integers(-1, 2)))
                if call == 3 and rater == "Cy":
                    value = "N/A"
                lines.append(f"call-{call},{criterion},{rater},{value}")
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_all_criteria_pooled_and_each(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = run(capsys, str(table), "--levels", "1,2,3,4,5")
    assert err == ""
    parts = [line for line in out.splitlines() if " units, " in line]
    assert parts == [
        "all criteria: 64 units, 32 calls, 4 raters",
        "listening: 32 units, 32 calls, 4 raters",
        "ownership: 32 units, 32 calls, 4 raters",
    ]
    found = every(read_rating_table(table, levels=LEVELS).ratings())["alpha ordinal"]
    low, high = found.interval or (0, 0)
    row = next(line.split() for line in out.splitlines() if line.startswith("alpha ordinal"))
    assert row == ["alpha", "ordinal", f"{found.value:.2f}", f"[{low:.2f},", f"{high:.2f}]",
                   "64", "32"]  # fmt: skip
    assert "more calls" not in out


def test_json_is_one_object_and_nothing_else(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_text(table.read_text() + "call-99,listening,Ann,9\n")
    out, err = run(capsys, str(table), "--levels", "1,2,3,4,5", "--json", "--width", "0.05")
    told = json.loads(out)
    assert err == "" and out.count("\n") == 1
    assert told["problems"] == ["line 258: a value is one of 1, 2, 3, 4, 5 or N/A, not '9'"]
    pooled = told["parts"][0]
    expected = every(read_rating_table(table, levels=LEVELS).ratings())
    assert list(pooled["figures"]) == list(expected)
    for name, one in expected.items():
        assert pooled["figures"][name]["value"] == one.value
        assert pooled["figures"][name]["enough"] == (one.value is not None and not one.lacking)
    assert pooled["figures"]["alpha ordinal"]["needed"] > 0
    assert {one["rater"] for one in pooled["severity"]} == {"Master", "Ann", "Bob", "Cy"}
    assert pooled["severity"][3]["absent_share"] == 2 / 64


def test_raters_against_the_master_and_against_each_other(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(capsys, str(table), "--levels", "1,2,3,4,5", "--master", "Master")
    rows = [line.split() for line in out.splitlines()]
    against = [(r[0], r[1]) for r in rows if len(r) > 2 and r[1] in ("master", "others")][:6]
    assert against == [(name, to) for to in ("master", "others") for name in ("Ann", "Bob", "Cy")]
    ann = next(r for r in rows if r[:2] == ["Ann", "master"])
    assert 0.4 < float(ann[2]) < 1.1  # one level milder, but 5 is the end of the scale
    assert "all criteria: 64 units, 32 calls, 3 raters" in out


def test_one_rater_and_a_master_are_compared(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for line in table.read_text().splitlines() if "Bob" not in line]
    table.write_text("\n".join(line for line in lines if "Cy" not in line))
    out, _ = run(capsys, str(table), "--levels", "1,2,3,4,5", "--master", "Master", "--json")
    part = json.loads(out)["parts"][0]
    assert part["raters"] == ["Master", "Ann"] and part["figures"]["kappa"]["value"] is not None
    assert [(one["rater"], one["against"]) for one in part["severity"]] == [("Ann", "master")]


def test_a_master_who_is_not_there_is_named(table: Path) -> None:
    given = parsed(str(table), "--master", "Zoe")
    with pytest.raises(ValueError, match="no rater is called 'Zoe'; there is Ann, Bob, Cy, Master"):
        given.run(given)


def test_one_call_is_not_enough_for_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("unit,criterion,rater,value\n" + "".join(
        f"call,c{n},{rater},{1 + (n + (rater == 'Bob') * (n % 3)) % 5}\n"
        for n in range(12) for rater in ("Ann", "Bob")))  # fmt: skip
    out, _ = run(capsys, str(path), "--levels", "1,2,3,4,5")
    pooled = out.partition("c0:")[0]
    figures = [line for line in pooled.splitlines() if " 12 " in line and "units," not in line]
    assert len(figures) > 20
    assert all("not enough data" in line or "undefined" in line for line in figures)
    assert "[" not in pooled


def test_totals_and_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "totals.csv"
    path.write_text("\ufeffUnit;Rater;Value\n" + "".join(
        f"c{n};{rater};{70 + n % 7 + gap}\n"
        for n in range(30) for rater, gap in (("Ann", 0), ("Bob", n % 9))))  # fmt: skip
    out, _ = run(capsys, str(path), "--within", "5", "--width", "0.05", "--seed", "3")
    row = next(line for line in out.splitlines() if line.startswith("within 5"))
    assert row.split()[2] == "0.70"  # gaps 0 to 8, those up to 5: 6 of 9, then 3 of 3
    assert "more units for +-0.05" in row
    assert "kappa" not in out and "all criteria: 30 units, 30 calls, 2 raters" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--levels", "1,two"], "numbers with commas"),
        (["--levels", "1,1"], "different finite numbers"),
        (["--width", "0"], "a number above 0, not '0'"),
        (["--width", "wide"], "a number above 0, not 'wide'"),
    ],
)
def test_bad_options_say_what_is_allowed(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed("ratings.csv", *words)
    assert said in capsys.readouterr().err


# --- the file -----------------------------------------------------------------------------------

HEADER = "unit,rater,value,call,comment\n"


def read(path: Path, text: str, **options) -> tuple[list[tuple[str, str, float | None]], list[str]]:  # type: ignore[no-untyped-def]
    path.write_text(text, encoding="utf-8", newline="")
    table = read_rating_table(path, **options)
    return [(r.unit, r.rater, r.value) for r in table.rows], list(table.problems)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("u2,Ann,,c,", ""),
        ("u2,Ann,6,c,", "a value is one of 1, 2, 3, 4, 5 or N/A, not '6'"),
        ("u2,Ann,good,c,", "a value is one of 1, 2, 3, 4, 5 or N/A, not 'good'"),
        ("u2,Ann,nan,c,", "a value is one of 1, 2, 3, 4, 5 or N/A, not 'nan'"),
        ("u2,,3,c,", "rater is empty"),
        (",Ann,3,c,", "unit is empty"),
        ("u2,Ann,3,,", "call is empty"),
        ("u2,Ann", "has 2 cells; the header has 5"),
        ("u2,Ann,3,c,a,b", "has 6 cells; the header has 5"),
        ("u1,Ann,3,c1,", "Ann rated u1 already"),
        ("u1,Bob,3,c2,", "u1 belongs to call c1, not c2"),
    ],
)
def test_a_bad_row_costs_that_row_and_is_told_with_its_line(
    tmp_path: Path, row: str, problem: str
) -> None:
    text = f'{HEADER}u1,Ann,4,c1,"two\nlines, one comment"\n\n{row}\nu3,Bob,N/A,c3,\n'
    rows, problems = read(tmp_path / "r.csv", text, levels=LEVELS)
    assert rows == [("u1", "Ann", 4.0), ("u3", "Bob", None)]
    assert problems == ([f"line 5: {problem}"] if problem else [])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_as_spreadsheets_write_them(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [
        ["Value", " UNIT ", "Rater"],
        ["2.0", "ü 1", "Zoë"],
        ["n/a", "ü 1", "Bob"],
        ["", "", ""],
    ]
    text = "\ufeff" + end.join(delimiter.join(row) for row in rows) + end
    assert read(tmp_path / "r.csv", text)[0] == [("ü 1", "Zoë", 2.0), ("ü 1", "Bob", None)]


def test_decimal_commas_where_commas_stand_between_no_cells(tmp_path: Path) -> None:
    assert read(tmp_path / "r.csv", "unit;rater;value\nu;Ann;72,5\n")[0][0][2] == 72.5


def test_a_quotation_mark_left_open_costs_one_row(tmp_path: Path) -> None:
    text = f'{HEADER}u1,Ann,1,c,\nu2,"Ann,2,c,\nu3,Ann,3,c,\nu4,Ann,4,c,"fine"\n'
    rows, problems = read(tmp_path / "r.csv", text)
    assert [row[0] for row in rows] == ["u1", "u3", "u4"]
    assert problems == ["line 3: has 2 cells; the header has 5"]


def test_with_criteria_a_unit_is_one_of_a_call_and_the_calls_are_the_units(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("unit,criterion,rater,value\na,x,Ann,1\na,y,Ann,2\nb,x,Ann,3\n")
    table = read_rating_table(path)
    assert table.criteria == ("x", "y")
    assert table.ratings().units == ("a x", "a y", "b x") and table.ratings().calls == (
        "a",
        "a",
        "b",
    )
    assert table.ratings("x").units == ("a x", "b x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "needs the columns unit, rater, value; no unit"),
        (b"unit,rater\nu,Ann\n", "needs the columns unit, rater, value; no value"),
        (b"unit,rater,value\n", "no row could be used"),
        (b"unit,rater,value\nu,Ann,much\n", "line 2: a value is a finite number or N/A"),
        ("unit,rater,value\nu,Ann,3\n".encode("utf-16"), "codec can't decode"),
    ],
)
def test_a_file_without_ratings_says_what_is_needed(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(MetadataError, match=said):
        read_rating_table(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="No such file"):
        read_rating_table(tmp_path / "gone.csv")
