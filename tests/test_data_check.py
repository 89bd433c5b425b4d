"""What a table of calls lacks is named, column by column, with what that costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_review.base.resources import folder
from qa_review.capture.metadata import READERS, read_calls
from qa_review.team.data_check import COSTS, data_check_frame


def check(tmp_path: Path, text: str) -> dict[str, tuple[str, int, int, int]]:
    """Each column's state, and how many cells are filled, empty and broken."""
    file = tmp_path / "calls.csv"
    file.write_text(text, encoding="utf-8")
    found = data_check_frame(read_calls(file))
    return {
        row.column: (row.state, row.filled, row.empty, row.broken) for row in found.itertuples()
    }


def test_each_column_is_whole_gappy_broken_or_missing(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        "file,agent,csat,resolved,issue,handle_time\n"
        "a.wav,ann,5,yes,,1:30\nb.wav,ann,,no,,ninety\nc.wav,bo,12,no,,80\n",
    )
    assert found["agent"] == ("whole", 3, 0, 0)
    assert found["csat"] == ("broken", 1, 1, 1)
    assert found["resolved"] == ("whole", 3, 0, 0)
    assert found["handle_time"] == ("broken", 2, 0, 1)
    assert found["issue"] == ("missing", 0, 3, 0)
    assert found["queue"] == ("missing", 0, 3, 0)


def test_gaps_are_told_from_a_missing_column(tmp_path: Path) -> None:
    found = check(tmp_path, "file,team\na.wav,ash\nb.wav,\n")
    assert (found["team"], found["agent"]) == (("gaps", 1, 1, 0), ("missing", 0, 2, 0))


def test_every_column_that_is_read_says_what_it_costs() -> None:
    assert set(COSTS) == set(READERS) and all(all(each) for each in COSTS.values())


def test_rows_that_are_left_out_are_no_calls(tmp_path: Path) -> None:
    found = check(tmp_path, "file,agent\na.wav,ann\na.wav,bo\n,cy\n")
    assert found["agent"] == ("whole", 1, 0, 0)


@pytest.mark.parametrize("columns", [("csat", "resolved"), ("issue",)])
def test_the_sample_calls_are_checked(columns: tuple[str, ...]) -> None:
    table = read_calls(folder("sample_calls") / "calls.csv")
    found = data_check_frame(table).set_index("column")
    states = {name: found.loc[name, "state"] for name in columns}
    assert states in ({"csat": "gaps", "resolved": "gaps"}, {"issue": "missing"})
