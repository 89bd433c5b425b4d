"""What opening a store promises: refusals say why, and no name shows a password."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import servers
import sqlalchemy as sql
import store_fixtures as fixtures

from qa_review.base.errors import StoreError, UnknownName
from qa_review.keep import postgresql, sqlite
from qa_review.keep.rows import KINDS, NoteRow, SeatRow
from qa_review.keep.sqlalchemy import SqlStore, writer
from qa_review.keep.store import open_store, read

NOTE = NoteRow("call-1", 1, 0, "ann", "2026-10-05T09:30:00+00:00", "hm")
SECRET = "s3cret-word"


class Part(NamedTuple):
    """A mounted disk as psutil tells it."""

    mountpoint: str
    fstype: str
    opts: str = "rw"


# --- SQLite ------------------------------------------------------------------------------------


def test_a_store_in_a_file_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    name = f"sqlite:{tmp_path / 'qa é 1.db'}"
    first = open_store(name)
    with first.writing() as unit:
        unit.add(NOTE)
    again = open_store(name)
    assert again.name == first.name == name
    assert read(again, NoteRow) == (NOTE,)


def test_a_relative_file_and_one_in_the_home_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    store = open_store("sqlite:qa.db")
    with store.writing() as unit:
        unit.add(NOTE)
    assert (tmp_path / "qa.db").is_file()
    monkeypatch.chdir("/")  # a store stays with its file when the process moves on
    assert read(store, NoteRow) == (NOTE,)
    assert read(open_store("sqlite:~/qa.db"), NoteRow) == (NOTE,)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*nowhere"):
        open_store(f"sqlite:{tmp_path / 'nowhere' / 'qa.db'}")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"call,agent\n1,ann\n" * 200, id="a table"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 4096, id="the mark of a database and noise"),
        pytest.param(b"PK\x03\x04" + bytes(5000), id="an archive"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "qa.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"sqlite:.*qa.db: .*(not a database|malformed)"):
        open_store(f"sqlite:{path}")
    assert path.read_bytes() == content


def test_another_application_s_database_is_refused_and_gets_no_table(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("create table songs (title text)")
        other.execute("insert into songs values ('Blue')")
    with pytest.raises(StoreError, match="holds something else: it has a table 'songs'"):
        open_store(f"sqlite:{path}")
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("select name from sqlite_master").fetchall() == [("songs",)]
        assert other.execute("select * from songs").fetchall() == [("Blue",)]


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "qa.db").touch()
    assert read(open_store(f"sqlite:{tmp_path / 'qa.db'}"), NoteRow) == ()


def test_a_file_whose_maker_was_killed_while_it_wrote_becomes_a_store(tmp_path: Path) -> None:
    """What is half written is taken back by a journal, which takes a writer."""
    making, file = tmp_path / "making.db", tmp_path / "qa.db"
    with closing(sqlite3.connect(making, isolation_level=None)) as maker:
        maker.executescript("pragma user_version = 1; pragma cache_size = 1")
        maker.executescript("begin; create table half (x)")
        maker.executemany("insert into half values (zeroblob(9000))", [()] * 20)
        for end in ("", "-journal"):  # as a kill would leave them
            shutil.copy(f"{making}{end}", f"{file}{end}")
    store = open_store(f"sqlite:{file}")
    assert read(store, NoteRow) == () and not Path(f"{file}-journal").exists()


def test_a_store_that_the_disk_does_not_let_open_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "qa.db"
    open_store(f"sqlite:{file}")
    resource = pytest.importorskip("resource", reason="Windows limits no files")
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most[1]))  # as a full disk
    try:
        with pytest.raises(StoreError, match=r"qa.db: disk I/O error; see whether .* full"):
            open_store(f"sqlite:{file}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    open_store(f"sqlite:{file}")


def test_too_few_file_handles_are_said_wherever_they_run_out(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="Windows limits no handles")
    open_store(f"sqlite:{tmp_path / 'warm.db'}")  # all that is imported is
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    refused = []
    for more in range(1, 16):
        name = f"sqlite:{tmp_path / f'{more}.db'}"
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, most[1]))
        try:
            open_store(name)
        except StoreError as error:
            refused.append(str(error))
            assert name in str(error) and "ulimit -n" in str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, most)
        assert read(open_store(name), NoteRow) == ()
    assert any("migrations" in one for one in refused) and len(refused) < 15


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        open_store(f"sqlite:{tmp_path}")


@pytest.fixture
def as_anybody() -> Iterator[Path]:
    """A folder, and no rights beyond those of its files: root may write everywhere."""
    with tempfile.TemporaryDirectory(prefix="qa_review_anybody_") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def drop_rights() -> int:
    """The user to return to."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(servers.NOBODY)
    return me


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file rights are otherwise on Windows")
def test_a_file_that_may_not_be_written_is_refused(as_anybody: Path) -> None:
    open_store(f"sqlite:{as_anybody / 'qa.db'}")
    other = as_anybody / "empty.db"
    other.touch()
    for path in as_anybody.iterdir():
        path.chmod(0o444)
    me = drop_rights()
    try:
        with pytest.raises(StoreError, match=r"empty.db: .*(readonly|read-only|unable to open)"):
            open_store(f"sqlite:{other}")
        with pytest.raises(StoreError, match=r"qa.db: .*(readonly|read-only|unable to open)"):
            with open_store(f"sqlite:{as_anybody / 'qa.db'}").writing() as unit:
                unit.add(NOTE)
    finally:
        os.seteuid(me)


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        pytest.param([Part("/", "ext4"), Part("HERE", "nfs4")], "nfs4", id="NFS"),
        pytest.param([Part("/", "ext4"), Part("HERE", "CIFS")], "cifs", id="Windows share"),
        pytest.param([Part("/", "nfs")], "nfs", id="all of the machine"),
        pytest.param([Part("/", "ext4"), Part("HERE", "", "rw,remote")], "share", id="remote"),
    ],
)
def test_a_network_drive_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[Part], kind: str
) -> None:
    here = [part._replace(mountpoint=part.mountpoint.replace("HERE", str(tmp_path.resolve())))
            for part in parts]  # fmt: skip
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: here)
    for path in (tmp_path / "qa.db", tmp_path / "later" / "qa.db"):
        with pytest.raises(StoreError, match=rf"network drive \(.*{kind}\).*use PostgreSQL"):
            open_store(f"sqlite:{path}")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_inside_a_network_drive_is_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Part("/", "nfs"), Part(str(tmp_path.resolve()), "ext4")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: parts)
    assert read(open_store(f"sqlite:{tmp_path / 'qa.db'}"), NoteRow) == ()


def test_a_new_file_that_another_process_is_busy_with_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "qa.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        done = threading.Timer(0.5, other.rollback)
        done.start()
        assert read(open_store(f"sqlite:{file}"), NoteRow) == ()
        done.join()


def test_a_new_file_that_stays_busy_is_refused_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 200)
    file = tmp_path / "qa.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match=r"qa\.db: busy for too long"):
            open_store(f"sqlite:{file}")


def test_sqlite_is_set_to_lose_nothing_and_to_have_writers_wait(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    assert isinstance(store, SqlStore)
    said: list[str] = []
    sql.event.listen(
        store.engine, "before_cursor_execute", lambda *told: said.append(told[2]), named=False
    )
    with store.engine.connect() as connection:
        cursor = connection.connection.cursor()
        settings = {
            name: cursor.execute(f"pragma {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "trusted_schema", "busy_timeout")
        }
    # 2 is FULL
    assert settings == {
        "journal_mode": "wal", "synchronous": 2, "trusted_schema": 0, "busy_timeout": 30_000,
    }  # fmt: skip
    with store.writing():
        pass
    assert [text for text in said if text.startswith("BEGIN")] == ["BEGIN IMMEDIATE"]
    said.clear()
    read(store, NoteRow)
    assert [text for text in said if text.startswith("BEGIN")] == ["BEGIN"]


# --- what the database itself refuses ----------------------------------------------------------


def attempts(store: SqlStore) -> Iterator[str]:
    """Every way to change or delete rows by SQL."""
    for kind in KINDS:
        column = kind.KEY[0]
        yield f"update {kind.TABLE} set {column} = {column}"
        yield f"delete from {kind.TABLE}"
        if store.engine.dialect.name == "postgresql":
            yield f"truncate {kind.TABLE}"


class SqlContract:
    def test_rows_can_not_be_changed_or_deleted_by_sql(self, store: SqlStore) -> None:
        row = SeatRow("s", "ann")
        with store.writing() as unit:
            unit.add(NOTE, row)
        refused = set()
        for statement in attempts(store):
            with writer(store.engine) as connection:
                try:
                    connection.exec_driver_sql(statement)
                except sql.exc.DBAPIError as error:
                    refused.add(statement)
                    assert "are never changed" in str(error.orig)
                connection.rollback()
        # SQLite's triggers run for each row, so tables without rows have nothing to refuse
        tables = {"notes", "seats"}
        if store.engine.dialect.name == "postgresql":
            tables = {kind.TABLE for kind in KINDS}
        expected = {s for s in attempts(store) if tables & set(s.replace("=", " ").split())}
        assert refused == expected
        assert read(store, NoteRow) == (NOTE,) and read(store, SeatRow) == (row,)


class TestSQLiteKeepsRows(fixtures.InSQLite, SqlContract):
    pass


class TestPostgreSQLKeepsRows(fixtures.InPostgreSQL, SqlContract):
    pass


# --- PostgreSQL --------------------------------------------------------------------------------


def test_a_server_that_does_not_run_is_named_without_the_password() -> None:
    pytest.importorskip("psycopg")
    port = servers.free_port()
    with pytest.raises(StoreError, match=rf"127.0.0.1:{port}/qa: .*refused") as caught:
        open_store(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/qa")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("text", ["", "ann", "//ann@127.0.0.1:port/qa", "//ann:@[::1/qa"])
def test_what_is_no_address_is_told_the_form(text: str) -> None:
    with pytest.raises(StoreError, match="write postgresql://USER@HOST:PORT/DATABASE"):
        open_store(f"postgresql:{text}")


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_database_or_role_that_is_not_there_is_named(version: int) -> None:
    there = fixtures.running(version)
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        open_store(there.url("nowhere"))
    with pytest.raises(StoreError, match='role "nobody" does not exist'):
        open_store(there.url("filled", "nobody"))


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_server_that_is_too_old_is_refused(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    url = fixtures.new_database(version, filled=False)
    monkeypatch.setattr(postgresql, "OLDEST", version + 1)
    with pytest.raises(StoreError, match=f"PostgreSQL {version}; {version + 1} or later"):
        open_store(url)
    with fixtures.connections(url).connect() as connection:
        assert sql.inspect(connection).get_table_names() == []


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_no_name_shows_a_password(version: int) -> None:
    url = fixtures.new_database(version)
    store = open_store(url.replace("owner@", f"owner:{SECRET}@"))
    assert store.name == url.replace("owner@", "owner:***@")
    assert SECRET not in repr(store)
    assert isinstance(store, SqlStore) and SECRET not in repr(store.engine)
    with pytest.raises(StoreError) as caught, store.writing() as unit:
        unit.add(NOTE, NOTE)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


# --- names -------------------------------------------------------------------------------------


def test_unknown_kinds_of_store_are_told_what_exists() -> None:
    for name in ("mysql://ann@host/qa", "qa.db", "", "SQLite:qa.db"):
        with pytest.raises(
            UnknownName, match="there is memory, postgresql://USER@HOST/DATABASE, sqlite:FILE"
        ):
            open_store(name)
    with pytest.raises(UnknownName) as caught:
        open_store(f"mysql://ann:{SECRET}@host/qa")
    assert SECRET not in str(caught.value)


def test_a_name_without_a_file_or_with_one_too_many_is_refused() -> None:
    with pytest.raises(StoreError, match="say which file"):
        open_store("sqlite")
    with pytest.raises(StoreError, match="write 'memory', not"):
        open_store("memory:qa.db")
