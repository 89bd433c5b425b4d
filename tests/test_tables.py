"""The tables of a review: what each column holds, and what is missing."""

from __future__ import annotations

from pathlib import Path

import page_fixtures as fixtures
import pandas as pd
import pytest

from qa_review.base.frames import write_table
from qa_review.keep.reviews import EVIDENCE_COLUMNS, SCORE_COLUMNS

FULL, UNSURE = fixtures.review(), fixtures.unsure()
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "results.md"


def test_scores_say_what_was_left_open_and_what_is_unproven() -> None:
    scores = UNSURE.to_frame().set_index("behaviour")
    assert scores["abstained"].dtype == "boolean" and scores["unproven"].dtype == "string"
    assert list(scores["abstained"]) == [False, False, True, False, False]
    assert list(scores["unproven"].notna()) == [False, True, False, True, False]
    assert scores.loc["ownership", "unproven"] == "there is no trust card of this scorer"
    assert pd.isna(scores.loc["expectation", "level"])
    assert scores.loc["expectation", "reason"].startswith("Left open: ")


def test_a_scorer_that_is_trusted_leaves_unproven_missing() -> None:
    scores = FULL.to_frame()
    assert not scores["abstained"].any() and scores["unproven"].isna().all()


def test_evidence_says_how_sure_its_finder_is_and_what_it_moves() -> None:
    evidence = UNSURE.evidence_frame()
    assert evidence["weight"].dtype == evidence["moves"].dtype == "Float64"
    row = evidence[evidence["quote"] == "Can I take your account number?"].iloc[0]
    assert (row["weight"], row["moves"]) == (0.8, -0.44)
    assert (FULL.evidence_frame()["moves"] == 0).all()


def test_a_reason_that_a_spreadsheet_would_run_is_text_in_csv(tmp_path: Path) -> None:
    hostile, _ = fixtures.everywhere(lambda text: "=1+1" if text == "unproven" else text)
    write_table(hostile.to_frame(), tmp_path / "scores.csv")
    assert set(pd.read_csv(tmp_path / "scores.csv")["unproven"]) == {"'=1+1"}


def test_every_column_is_explained() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for title, columns in (("## scores", SCORE_COLUMNS), ("## evidence", EVIDENCE_COLUMNS)):
        section = text.split(title)[1].split("\n## ")[0]
        heads = "".join(line.split("|")[1] for line in section.splitlines() if line[:1] == "|")
        assert [name for name in columns if f"`{name}`" not in heads] == []


HOSTILE = ["=1+1", "+1", "-1", "@x", "\tx", " =1"]


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category", "string[pyarrow]"])
def test_text_of_any_dtype_that_a_spreadsheet_would_run_is_text_in_csv(
    tmp_path: Path, dtype: str
) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    column = pd.Series([*HOSTILE, "fine", None]).astype(dtype)
    write_table(pd.DataFrame({"a": column, "n": -1.5}), tmp_path / "x.csv")
    read = pd.read_csv(tmp_path / "x.csv", dtype={"a": "object"}, keep_default_na=False)
    assert list(read["a"]) == [*(f"'{one}" for one in HOSTILE), "fine", ""]
    assert set(read["n"]) == {-1.5}


def test_arrow_text_that_a_spreadsheet_would_run_is_text_in_csv(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    column = pd.Series(["=1", "a"], dtype=pd.ArrowDtype(pyarrow.string()))
    write_table(pd.DataFrame({"a": column}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "a\n'=1\na\n"


def test_names_of_columns_that_a_spreadsheet_would_run_are_text_in_csv(tmp_path: Path) -> None:
    """Two columns of one name are each written, and a return in a name splits no row."""
    table = pd.DataFrame([[1, "=x", "b"]], columns=["=1+1", "same", "same"])
    write_table(table, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "'=1+1,same,same\n1,'=x,b\n"
    write_table(pd.DataFrame({"a\rb": [1]}), tmp_path / "x.csv")
    assert list(pd.read_csv(tmp_path / "x.csv", lineterminator="\n")) == ["a\rb"]


def test_numbers_truths_and_days_stay_what_they_are_in_csv(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "n": pd.array([-1, None], dtype="Int64"),
            "t": pd.array([True, None], dtype="boolean"),
            "d": pd.to_datetime(["2026-10-31", None]),
            "c": pd.Categorical([-2, 3]),
        },
        index=[7, 7],
    )
    write_table(table, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "n,t,d,c\n-1,True,2026-10-31,-2\n,,,3\n"
