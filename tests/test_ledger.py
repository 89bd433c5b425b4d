"""The ledger of runs: a stage counts once, with its result, whoever did it however often."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import store_fixtures as fixtures

from qa_review.base.errors import NewerStore, StoreError
from qa_review.keep.audit import breaks
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.ledger import (
    Entry,
    is_done,
    keep_failed,
    keep_heard,
    keep_scored,
    newest,
    review_of_row,
)
from qa_review.keep.reviews import Review
from qa_review.keep.rows import ReviewRow, TranscriptRow, WorkRow
from qa_review.keep.store import Store, read
from qa_review.run.patience import patiently

HEARD, SCORED = Entry("call-1", "heard", "k1", sound="s"), Entry("call-1", "scored", "k2")


@pytest.fixture
def review() -> Review:
    made = fixtures.candidate("call-1").review
    assert made is not None
    return made


class LedgerContract:
    """Subclass with a ``store``; every store passes the same."""

    def test_a_stage_is_kept_with_its_result(self, store: Store, review: Review) -> None:
        with store.writing() as unit:
            assert keep_heard(unit, HEARD, review.call, review.transcript, None)
            assert keep_scored(unit, SCORED, review)
        with store.reading() as reader:
            rows = newest(reader, "call-1")
            assert is_done(rows["heard"], "k1") and not is_done(rows["heard"], "k9")
            assert review_of_row(reader, rows["scored"]) == review
            assert breaks(reader) == []

    def test_what_is_done_again_is_kept_once(self, store: Store, review: Review) -> None:
        other = replace(review, note="another worker's")
        for made in (review, other):
            with store.writing() as unit:
                keep_heard(unit, HEARD, made.call, made.transcript, None)
                keep_scored(unit, SCORED, made)
        assert len(read(store, WorkRow)) == 2 and len(read(store, TranscriptRow)) == 1
        (kept,) = read(store, ReviewRow)
        assert kept.why == review.note

    def test_another_key_is_another_result(self, store: Store, review: Review) -> None:
        other = fixtures.candidate("call-1", 5).review
        for key, made in (("k2", review), ("k3", other), ("k2", review)):
            with store.writing() as unit:
                keep_scored(unit, replace(SCORED, key=key), made)
        rows = read(store, WorkRow)
        assert [(row.number, row.key) for row in rows] == [(1, "k2"), (2, "k3"), (3, "k2")]
        with store.reading() as reader:
            found = [review_of_row(reader, row) for row in rows]
        assert [one.revision for one in found] == [1, 2, 3]
        assert [one.scores for one in found] == [review.scores, other.scores, review.scores]

    def test_nothing_is_kept_when_any_of_it_fails(self, store: Store, review: Review) -> None:
        with pytest.raises(RuntimeError), store.writing() as unit:
            keep_heard(unit, HEARD, review.call, review.transcript, None)
            raise RuntimeError("the worker's machine is gone")
        assert read(store, WorkRow) == () == read(store, TranscriptRow)

    def test_a_failure_takes_what_came_after_it_with_it(self, store: Store, review: Review) -> None:
        with store.writing() as unit:
            keep_heard(unit, HEARD, review.call, review.transcript, None)
            keep_scored(unit, SCORED, review)
        for _ in range(2):  # the same failure again adds nothing
            with store.writing() as unit:
                keep_failed(unit, replace(HEARD, key=""), "unreadable: it is cut off")
        rows = read(store, WorkRow, state="failed")
        assert [(row.stage, row.number, row.result) for row in rows] == [
            ("heard", 2, "unreadable: it is cut off"),
            ("scored", 2, "unreadable: it is cut off"),
        ]


class TestInMemory(fixtures.InMemory, LedgerContract):
    pass


class TestInSQLite(fixtures.InSQLite, LedgerContract):
    pass


class TestInPostgreSQL(fixtures.InPostgreSQL, LedgerContract):
    pass


# --- the folder of results ---------------------------------------------------------------------


def test_a_folder_remembers_the_store_that_it_was_given(tmp_path: Path, review: Review) -> None:
    folder, name = ResultsFolder(tmp_path / "reviews"), f"sqlite:{tmp_path / 'team.db'}"
    folder.make(name)
    record = Record(review, "h", "s", "p")
    folder.write(record, vtt="WEBVTT\n", transcript="{}")
    assert ResultsFolder(tmp_path / "reviews").read("call-1") == record
    assert folder.store.name == name and not (tmp_path / "reviews" / "results.db").exists()
    folder.make()
    folder.make(name)
    with pytest.raises(StoreError, match=r"are kept in sqlite:.*team\.db, not in sqlite:other\.db"):
        folder.make("sqlite:other.db")
    assert not Path("other.db").exists()


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_no_password_is_written_beside_results(
    tmp_path: Path, review: Review, version: int
) -> None:
    folder = ResultsFolder(tmp_path / "reviews")
    folder.make(fixtures.new_database(version).replace("@", ":guess-me@"))
    folder.write(Record(review, "h", "s", "p"), vtt="", transcript="{}")
    assert folder.read("call-1") is not None
    written = [path.read_text() for path in folder.path.iterdir() if path.is_file()]
    assert written and not [text for text in written if "guess-me" in text or "***" in text]


def test_a_folder_with_results_of_its_own_takes_no_other_store(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.make()
    with pytest.raises(StoreError, match=r"are kept in sqlite:.*results\.db, not in sqlite:team"):
        folder.make("sqlite:team.db")


def test_a_store_that_can_not_be_opened_leaves_no_mark(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "reviews")
    with pytest.raises(StoreError, match="there is no folder"):
        folder.make(f"sqlite:{tmp_path / 'none' / 'team.db'}")
    folder.make()
    assert folder.store.name.endswith("results.db")


def test_looking_for_results_makes_none(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    assert folder.read("call-1") is None and list(folder.records()) == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="there are no results in"):
        _ = folder.store


def test_a_folder_that_was_made_anew_is_not_taken_for_the_old_one(
    tmp_path: Path, review: Review
) -> None:
    folder = ResultsFolder(tmp_path / "reviews")
    folder.write(Record(review, "h", "s", "p"), vtt="", transcript="{}")
    assert folder.read("call-1") is not None
    shutil.rmtree(folder.path)
    folder.make()
    assert folder.read("call-1") is None


def test_results_that_one_may_only_read_can_be_read(
    tmp_path: Path, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anything, so that this user may not is said, not made so."""
    folder = ResultsFolder(tmp_path / "reviews")
    record = Record(review, "h", "s", "p")
    folder.write(record, vtt="", transcript="{}")
    shutil.copytree(folder.path, tmp_path / "copy")
    (tmp_path / "copy" / "results.db").chmod(stat.S_IRUSR)
    (tmp_path / "copy").chmod(stat.S_IRUSR | stat.S_IXUSR)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    copy = ResultsFolder(tmp_path / "copy")
    assert copy.read("call-1") == record
    with pytest.raises(StoreError, match="readonly"), copy.store.writing() as unit:
        keep_failed(unit, HEARD, "no")
    (tmp_path / "copy").chmod(0o700)


def test_an_older_store_that_one_may_only_read_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step, error, words in (
        ("0002", StoreError, "may not be written: somebody who may has to open it"),
        ("9999", NewerStore, "later than this version knows"),
    ):
        path = tmp_path / f"{step}.db"
        with sqlite3.connect(path) as database:
            text = (fixtures.TESTS / "schemas" / "0002.sql").read_text("utf-8")
            database.executescript(text.replace("'0002'", f"'{step}'"))
        database.close()
        with monkeypatch.context() as patched:
            patched.setattr(os, "access", lambda path, mode: mode != os.W_OK)
            with pytest.raises(error, match=words):
                fixtures.open_store(f"sqlite:{path}")


# --- patience ----------------------------------------------------------------------------------


class Shaky:
    """A store whose n-th transaction fails, before or after it was made."""

    def __init__(self, store: Store, fails: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, fails, after
        self.name = store.name

    def reading(self):
        return self._store.reading()

    def writing(self):
        @contextmanager
        def transaction():
            self._left -= 1
            if self._left >= 0 and not self._after:
                raise StoreError("the server is away")
            with self._store.writing() as unit:
                yield unit
            if self._left >= 0:
                raise StoreError("the connection was cut")

        return transaction()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after the commit"])
def test_a_store_that_is_away_for_a_moment_costs_a_moment(review: Review, after: bool) -> None:
    store, slept = fixtures.open_store("memory"), []
    shaky = Shaky(store, 3, after=after)
    patiently(shaky, lambda unit: _all(unit, review), sleep=slept.append)
    assert slept == [0.2, 1.0, 2.0]
    assert len(read(store, WorkRow)) == 2 and len(read(store, ReviewRow)) == 1


def _all(unit: object, review: Review) -> None:
    keep_heard(unit, HEARD, review.call, review.transcript, None)
    keep_scored(unit, SCORED, review)


def test_a_store_that_stays_away_ends_the_run_with_its_reason() -> None:
    shaky, slept = Shaky(fixtures.open_store("memory"), 99, after=False), []
    with pytest.raises(StoreError, match="the server is away"):
        patiently(shaky, lambda unit: None, pauses_s=(1, 2), sleep=slept.append)
    assert slept == [1, 2]


def test_what_the_ledger_says_is_in_the_store_or_said_not_to_be(review: Review) -> None:
    store = fixtures.open_store("memory")
    row = WorkRow("call-1", "scored", 1, "k", "", "", "", "", "", "done",
                  json.dumps(["behaviours", "learned", 7]), "")  # fmt: skip
    with store.reading() as reader, pytest.raises(StoreError, match="has a review 7 of 'call-1'"):
        review_of_row(reader, row)
