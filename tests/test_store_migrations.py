"""Schemas: as the rows have it, brought up to date whole or not at all, by any number at once."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import sqlalchemy as sql
import store_fixtures as fixtures
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from test_package import wheel  # noqa: F401  the fixture that builds it

from qa_review.base.errors import NewerStore, StoreError
from qa_review.keep import alembic as keeper
from qa_review.keep.alembic import VERSION_TABLE
from qa_review.keep.rows import KINDS, BallotRow, NoteRow, SeatRow, SessionRow, VoteRow
from qa_review.keep.sqlalchemy import METADATA, SqlStore
from qa_review.keep.store import open_store, read

SCHEMAS = Path(__file__).parent / "schemas"
SINCE = {"alerts": "0002", "work": "0003"}
"""tables that came after the first schema, with the step that made them"""
RELEASED = sorted(path.name.split(".")[0] for path in SCHEMAS.glob("????.sql"))
AT_ONCE = 8
STEP = """
import sqlalchemy as sql
from alembic import op

revision = "9998"
down_revision = {newest!r}


def upgrade():
    op.create_table("later", sql.Column("one", sql.Text, primary_key=True))
    op.execute("insert into later values ('made')")
    op.execute({last!r})
"""


def store_of(name: str) -> SqlStore:
    store = open_store(name)
    assert isinstance(store, SqlStore)
    return store


@pytest.fixture(params=["sqlite", *fixtures.ONE_POSTGRESQL])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a store that isn't there yet."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'qa.db'}"
    return fixtures.new_database(request.param, filled=False)


def plain_engine(name: str) -> sql.Engine:
    """Connections to a store's database, past everything of ours."""
    kind, _, path = name.partition(":")
    return (
        sql.create_engine(f"sqlite:///{path}") if kind == "sqlite" else fixtures.connections(name)
    )


def schema_of(name: str) -> list[tuple[object, ...]]:
    """All that a database holds, but for rows."""
    engine = plain_engine(name)
    query = "select type, name, sql from sqlite_master order by name"
    if not name.startswith("sqlite"):
        query = (
            "select c.relname::text, a.attname::text, atttypid::regtype::text, attnotnull "
            "from pg_class c join pg_attribute a on a.attrelid = c.oid "
            "where relnamespace = 'public'::regnamespace and attnum > 0 "
            "union all select tgname::text, tgrelid::regclass::text, '', true from pg_trigger "
            "where not tgisinternal "
            "union all select proname::text, '', '', true from pg_proc "
            "where pronamespace = 'public'::regnamespace order by 1, 2"
        )
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return found


# --- the schema of this version ----------------------------------------------------------------


def drift(store: SqlStore) -> list[object]:
    """What alembic would have to change for the database to be as the rows are."""
    with store.engine.connect() as connection:
        options = {"compare_type": True, "version_table": VERSION_TABLE}
        return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)


def test_the_steps_lead_to_the_tables_of_the_rows(empty: str) -> None:
    store = store_of(empty)
    assert drift(store) == []
    names = set(sql.inspect(store.engine).get_table_names())
    assert names == {VERSION_TABLE, *(kind.TABLE for kind in KINDS)}


def test_a_drift_would_be_seen(empty: str) -> None:
    store = store_of(empty)
    with plain_engine(empty).begin() as connection:
        connection.exec_driver_sql("alter table notes add column mood text")
        connection.exec_driver_sql("create table moods (mood text)")
    found = sorted(change[0] for change in drift(store))  # type: ignore[index]
    assert found == ["remove_column", "remove_table"]


def test_keys_are_those_of_the_rows_and_only_levels_may_be_missing(empty: str) -> None:
    """Alembic's comparison looks at neither keys nor, in SQLite, every type."""
    inspector = sql.inspect(store_of(empty).engine)
    for kind in KINDS:
        assert inspector.get_pk_constraint(kind.TABLE)["constrained_columns"] == list(kind.KEY)
        columns = inspector.get_columns(kind.TABLE)
        wanted = METADATA.tables[kind.TABLE].columns
        assert [(c["name"], c["nullable"]) for c in columns] == [
            (c.name, c.nullable) for c in wanted
        ]
        assert [c["type"].python_type for c in columns] == [c.type.python_type for c in wanted]


# --- earlier and later schemas -----------------------------------------------------------------


def load(name: str, step: str) -> None:
    """Make a database as an earlier version left it."""
    if name.startswith("sqlite"):
        with closing(sqlite3.connect(name.partition(":")[2])) as database:
            database.executescript((SCHEMAS / f"{step}.sql").read_text("utf-8"))
        return
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(name, autocommit=True) as connection:
        connection.execute((SCHEMAS / f"{step}.postgresql.sql").read_text("utf-8"))


def test_every_released_schema_is_kept() -> None:
    steps = (Path(keeper.__file__).parent / "migrations" / "versions").glob("v????_*.py")
    assert RELEASED == sorted(path.name[1:5] for path in steps) != []


@pytest.mark.parametrize("step", RELEASED)
def test_a_store_of_an_earlier_version_opens_with_its_rows(empty: str, step: str) -> None:
    load(empty, step)
    store = store_of(empty)
    assert drift(store) == []
    tables = re.findall(
        r"(?i)insert into (?:public\.)?\"?(\w+)", (SCHEMAS / f"{step}.sql").read_text("utf-8")
    )
    for kind in KINDS:
        assert len(read(store, kind)) == tables.count(kind.TABLE)
    later = {table for table, since in SINCE.items() if since > step}
    assert set(tables) == {VERSION_TABLE, *(kind.TABLE for kind in KINDS)} - later
    assert read(store, NoteRow) == (NoteRow("call_id é'", 1, 1, "by é'", "at é'", "text é'"),)
    (vote,), (session,), (ballot,) = (read(store, k) for k in (VoteRow, SessionRow, BallotRow))
    assert vote.level is None and session.automatic is True and ballot.sealed == b"\x00\xff'"


def test_a_step_that_was_released_was_not_edited(tmp_path: Path) -> None:
    """The newest step still makes the very schema that is kept of it."""
    open_store(f"sqlite:{tmp_path / 'qa.db'}")
    load(f"sqlite:{tmp_path / 'kept.db'}", RELEASED[-1])
    assert schema_of(f"sqlite:{tmp_path / 'qa.db'}") == schema_of(f"sqlite:{tmp_path / 'kept.db'}")


def test_a_later_schema_is_refused_with_both_versions_named(empty: str) -> None:
    store_of(empty)
    with plain_engine(empty).begin() as connection:
        connection.exec_driver_sql(f"update {VERSION_TABLE} set version_num = '9999'")
    before = schema_of(empty)
    with pytest.raises(NewerStore, match=f"at schema 9999, .* knows up to {RELEASED[-1]}"):
        open_store(empty)
    assert schema_of(empty) == before


def with_another_step(monkeypatch: pytest.MonkeyPatch, folder: Path, last: str) -> None:
    """As if the next version had one step more, which ends with the statement ``last``."""
    folder.mkdir()
    (folder / "v9998_later.py").write_text(STEP.format(last=last, newest=RELEASED[-1]))
    ours = Path(keeper.__file__).parent / "migrations" / "versions"

    def config() -> Config:
        made = Config()
        made.set_main_option("script_location", "qa_review.keep:migrations")
        made.set_main_option("path_separator", "os")
        made.set_main_option("version_locations", f"{ours}{os.pathsep}{folder}")
        return made

    monkeypatch.setattr(keeper, "config", config)


def test_a_step_that_fails_leaves_the_database_as_it_was(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(empty)
    row = SeatRow("s", "ann")
    with store.writing() as unit:
        unit.add(row)
    before = schema_of(empty)
    with_another_step(monkeypatch, tmp_path / "later", "insert into nowhere values (1)")
    with pytest.raises(StoreError, match="nowhere"):
        open_store(empty)
    assert schema_of(empty) == before and read(store, SeatRow) == (row,)
    monkeypatch.undo()
    assert read(open_store(empty), SeatRow) == (row,)


def test_a_new_store_whose_last_step_fails_stays_empty(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_another_step(monkeypatch, tmp_path / "later", "insert into nowhere values (1)")
    with pytest.raises(StoreError, match="nowhere"):
        open_store(empty)
    assert schema_of(empty) == []
    monkeypatch.undo()
    assert drift(store_of(empty)) == []


def test_a_further_step_keeps_the_rows(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(empty, "0001")
    with_another_step(monkeypatch, tmp_path / "later", "insert into later values ('twice')")
    for _ in range(2):  # the second time there is nothing to do
        store = store_of(empty)
        assert len(read(store, NoteRow)) == 1
        with store.engine.connect() as connection:
            later = connection.exec_driver_sql("select one from later order by one").scalars().all()
        assert later == ["made", "twice"]
    monkeypatch.undo()
    with pytest.raises(NewerStore, match=rf"at schema 9998, .* knows up to {RELEASED[-1]}"):
        open_store(empty)


# --- many at once ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def openers() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that open a store when they are told its name."""
    pytest.importorskip("psycopg")
    script = fixtures.TESTS / "children" / "open_stores.py"
    with ExitStack() as stack:
        made = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(script)], text=True, env=fixtures.child_environment(),
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                )
            )
            for _ in range(AT_ONCE)
        ]  # fmt: skip
        for process in made:
            assert process.stdout and process.stdout.readline() == "ready\n"
        yield made
        for process in made:
            assert process.stdin
            process.stdin.close()  # it ends


@pytest.mark.parametrize("turn", range(5))
def test_processes_that_open_a_new_store_at_once_make_one_schema(
    empty: str, turn: int, openers: list[subprocess.Popen[str]]
) -> None:
    for number, process in enumerate(openers):
        assert process.stdin
        process.stdin.write(f"{empty} rater-{number}\n")
        process.stdin.flush()
    said = [process.stdout.readline() for process in openers if process.stdout]
    assert said == ["opened\n"] * AT_ONCE
    store = store_of(empty)
    assert drift(store) == [] and len(read(store, SeatRow)) == AT_ONCE
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql(f"select count(*) from {VERSION_TABLE}").scalar() == 1


# --- from a wheel ------------------------------------------------------------------------------


def test_an_installed_wheel_makes_and_opens_stores(
    wheel: Path,  # noqa: F811
    empty: str,
    tmp_path: Path,
) -> None:
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    script = (
        "import sys, qa_review.keep.store as s\n"
        f"assert s.__file__.startswith({str(place)!r}), s.__file__\n"
        "s.open_store(sys.argv[1]); print(s.open_store(sys.argv[1]).name)\n"
    )
    paths = os.pathsep.join([str(place), os.environ["PYTHONPATH"]])
    done = subprocess.run(
        [sys.executable, "-c", script, empty], cwd=tmp_path, text=True, capture_output=True,
        env={**os.environ, "PYTHONPATH": paths}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, empty), done.stderr
    assert drift(store_of(empty)) == []
