"""Faults that stores once had, and don't have any more."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import store_fixtures as fixtures

from qa_review.base.errors import StoreError
from qa_review.keep.rows import NoteRow, SeatRow
from qa_review.keep.store import Store, open_store, read
from qa_review.meet.keys import Keys

NOTE = NoteRow("call-1", 1, 0, "ann", "2026-10-05T09:30:00+00:00", "hm")


@pytest.fixture
def sqlite(tmp_path: Path) -> Store:
    return open_store(f"sqlite:{tmp_path / 'qa.db'}")


def test_a_reader_in_memory_sees_one_moment_when_its_own_thread_writes() -> None:
    store = open_store("memory")
    with store.reading() as reader:
        with store.writing() as unit:
            unit.add(NOTE)
        assert reader.find(NoteRow) == ()


def test_rows_without_a_number_have_no_last_one(sqlite: Store) -> None:
    for store in (sqlite, open_store("memory")):
        with store.reading() as reader, pytest.raises(StoreError, match="seats have no number"):
            reader.last(SeatRow, session_id="s")


@pytest.mark.parametrize("where", [{"call_id": "\udcff"}, {"number": 2**70}])
def test_a_value_that_no_row_can_have_is_refused(sqlite: Store, where: dict[str, object]) -> None:
    """Such as an id from a command line that is not UTF-8."""
    with sqlite.reading() as reader, pytest.raises(StoreError):
        reader.find(NoteRow, **where)


def test_a_key_that_is_too_long_for_one_store_is_refused_by_all(sqlite: Store) -> None:
    key = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    for store in (sqlite, open_store("memory")):
        with pytest.raises(StoreError), store.writing() as unit:
            unit.add(NoteRow(key, 1, 0, "ann", "", ""))


def test_rows_can_not_be_replaced_by_sql(sqlite: Store, tmp_path: Path) -> None:
    with sqlite.writing() as unit:
        unit.add(NOTE)
    with (
        closing(sqlite3.connect(tmp_path / "qa.db")) as other,
        pytest.raises(sqlite3.IntegrityError, match=r"already|never changed"),
        other,
    ):
        other.execute("insert or replace into notes values ('call-1', 1, 0, 'bo', '', 'changed')")
    assert read(sqlite, NoteRow) == (NOTE,)


def test_another_application_s_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("create table songs (title text)")
    before = path.read_bytes()
    with pytest.raises(StoreError):
        open_store(f"sqlite:{path}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_password_among_the_options_is_not_shown(version: int) -> None:
    store = open_store(fixtures.new_database(version) + "?password=s3cret-word")
    assert "s3cret-word" not in store.name


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_writer_that_waits_is_told_in_the_end(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worst in one thread, where a transaction within a transaction waits for itself."""
    store = open_store(fixtures.new_database(version))
    monkeypatch.setattr("qa_review.keep.postgresql.BUSY_MS", 100, raising=False)
    refused: list[StoreError] = []

    def write() -> None:
        try:
            with store.writing():
                pass
        except StoreError as error:
            refused.append(error)

    with store.writing():
        other = threading.Thread(target=write, daemon=True)
        other.start()
        other.join(timeout=1)
        waits = other.is_alive()
    other.join()
    assert refused and not waits


def test_a_key_can_be_made_after_a_process_was_killed_making_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container every process tends to have the same number."""
    monkeypatch.setattr("os.getpid", lambda: 7)
    (tmp_path / "rater-ann.key.7.part").touch()
    made = Keys(tmp_path).signer("ann")
    assert Keys(tmp_path).signer("ann") == made
