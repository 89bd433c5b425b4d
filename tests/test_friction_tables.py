"""Friction in a review, its tables, and what a board reads of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import board_fixtures as board
import page_fixtures as pages
import pandas as pd
import pytest

from qa_review import team
from qa_review.base.frames import frame
from qa_review.base.records import dumps, from_json, to_json
from qa_review.base.resources import rubric_path
from qa_review.grade import friction as module
from qa_review.grade.friction import find_friction
from qa_review.grade.rubric import load
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.reviews import (
    CALL_COLUMNS,
    FRICTION_COLUMNS,
    GIVEN,
    Review,
    call_rows,
    friction_rows,
)
from qa_review.run.bulk import score_files
from qa_review.run.pipeline import scored_with
from qa_review.run.settings import Settings

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "results.md"


def slowed(*, timed: bool = True) -> Review:
    """The call of the pages, or its dialogue, with what slowed it down."""
    review = pages.review() if timed else pages.written()
    return replace(review, friction=find_friction(review.transcript))


SLOWED = slowed()


def calls(*reviews: Review) -> pd.DataFrame:
    return frame(CALL_COLUMNS, call_rows(reviews))


def test_the_call_of_the_pages_has_friction() -> None:
    assert SLOWED.friction and SLOWED.friction_ms is not None


def test_a_row_a_friction_with_its_quote_and_times() -> None:
    table = SLOWED.friction_frame()
    assert list(table.columns) == list(FRICTION_COLUMNS)
    assert len(table) == len(SLOWED.friction or ())
    for row in table.itertuples():
        assert row.quote in SLOWED.transcript.turns[row.turn].text
    assert (table["end_ms"] > table["start_ms"]).all()


def test_a_call_says_what_it_lost() -> None:
    (row,) = calls(SLOWED).to_dict("records")
    assert row["friction_ms"] == SLOWED.friction_ms
    assert row["frictions"] == sum(one.kind != "system" for one in SLOWED.friction or ())
    assert row["systems"] == len({one.system for one in SLOWED.friction or () if one.system})


def test_a_dialogue_without_times_has_friction_but_no_time_lost() -> None:
    written = slowed(timed=False)
    (row,) = calls(written).to_dict("records")
    assert pd.isna(row["friction_ms"]) and row["frictions"] > 0
    assert written.friction_frame()["lost_ms"].isna().all()


def test_where_nobody_looked_everything_is_missing() -> None:
    (row,) = calls(pages.review()).to_dict("records")
    assert all(pd.isna(row[name]) for name in ("friction_ms", "frictions", "systems"))
    assert list(friction_rows([pages.review()])) == []


def test_a_call_that_lost_nothing_has_0_not_nothing() -> None:
    (row,) = calls(replace(pages.review(), friction=())).to_dict("records")
    assert (row["friction_ms"], row["frictions"], row["systems"]) == (0, 0, 0)


def test_what_a_call_brings_along_stands_in_its_own_columns() -> None:
    assert GIVEN[-1] == "transferred" and "issue" in GIVEN
    review = replace(SLOWED, call=replace(SLOWED.call, issue="no sync"))
    (row,) = calls(review).to_dict("records")
    assert (row["queue"], row["issue"]) == (SLOWED.call.queue, "no sync")


def test_a_record_comes_back_as_it_was() -> None:
    assert from_json(Review, json.loads(dumps(to_json(SLOWED)))) == SLOWED


def test_a_record_from_before_friction_was_looked_for_can_be_read() -> None:
    old = to_json(SLOWED)
    del old["friction"]
    assert from_json(Review, old) == replace(SLOWED, friction=None)


def test_the_folder_holds_the_table(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.make()
    folder.write_tables([SLOWED], [])
    table = pd.read_parquet(tmp_path / "friction.parquet")
    assert list(table.columns) == list(FRICTION_COLUMNS) and len(table) > 0
    assert len(pd.read_csv(tmp_path / "friction.csv")) == len(table)


@pytest.mark.parametrize("timed", [True, False])
def test_a_board_reads_what_a_call_lost_without_its_words(tmp_path: Path, timed: bool) -> None:
    review = slowed(timed=timed)
    board.write(tmp_path, [review])
    (given,) = team.Results(tmp_path).reviews()
    (row,) = calls(review).to_dict("records")
    assert given.friction_ms == review.friction_ms
    assert (given.frictions, given.systems) == (row["frictions"], row["systems"])


def test_a_board_reads_reviews_without_friction(tmp_path: Path) -> None:
    review = replace(SLOWED, friction=None)
    board.write(tmp_path, [review])
    (given,) = team.Results(tmp_path).reviews()
    assert (given.friction_ms, given.frictions, given.systems) == (None, None, None)
    assert len(given.scores) == len(review.scores)


def test_new_phrases_score_a_call_again(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, rubric = Settings(), load(rubric_path("behaviours.v1"))
    before = scored_with(settings, rubric)
    assert scored_with(settings, rubric) == before
    monkeypatch.setattr(module, "VERSION", "next")
    assert scored_with(settings, rubric) != before


def test_dialogues_are_looked_at_too(tmp_path: Path) -> None:
    turns = [
        {"speaker": "customer", "text": "My order never came, and I would like my money back."},
        {"speaker": "agent", "text": "I'll look in the courier's system, bear with me please."},
        {"speaker": "customer", "text": "Okay, I can wait a bit for that."},
        {"speaker": "agent", "text": "Thank you. It was lost, so I'm refunding it now."},
    ]
    path = tmp_path / "said.jsonl"
    path.write_text(json.dumps({"id": "one", "turns": turns}) + "\n")
    done = score_files(path, out=tmp_path / "out", scorer="rules", engine="serial")
    (row,) = done.friction_frame().to_dict("records")
    assert (row["kind"], row["system"], row["turn"]) == ("look-up", "courier system", 1)
    assert len(pd.read_csv(tmp_path / "out" / "friction.csv")) == 1


def test_every_column_is_explained() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").split("## friction\n")[1].split("\n## ")[0]
    heads = "".join(line.split("|")[1] for line in section.splitlines() if line[:1] == "|")
    assert [name for name in FRICTION_COLUMNS if f"`{name}`" not in heads] == []


def test_a_record_is_whole(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.make()
    record = Record(SLOWED, "h", "s", "p")
    folder.write(record, vtt="WEBVTT\n", transcript="{}")
    assert folder.read(SLOWED.call.id) == record
