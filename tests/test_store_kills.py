"""SIGKILL at any moment: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
import store_fixtures as fixtures
from killer import KILLS, SHARES, Check, Killer, killers

from qa_review.base.errors import StillSealed, StoreError
from qa_review.keep.alembic import VERSION_TABLE
from qa_review.keep.audit import breaks
from qa_review.keep.revisions import history
from qa_review.keep.rows import (
    KINDS,
    AuditRow,
    BallotRow,
    CommitmentRow,
    RevealRow,
    ReviewRow,
    SessionRow,
)
from qa_review.keep.sqlalchemy import SqlStore
from qa_review.keep.store import Reader, Store, open_store, read
from qa_review.keep.transfer import export_store
from qa_review.meet import nacl
from qa_review.meet.ballots import told as told_of
from qa_review.meet.keys import Keys
from qa_review.meet.opening import revealed
from qa_review.meet.seats import join

TABLES = {kind.TABLE for kind in KINDS} | {VERSION_TABLE}


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with killers() as made:
        yield made


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return open_store(f"sqlite:{tmp_path / 'qa.db'}").name


@pytest.fixture(params=["sqlite", *fixtures.ONE_POSTGRESQL])
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return open_store(f"sqlite:{tmp_path / 'qa.db'}").name
    return fixtures.new_database(request.param)


def kind_of(name: str) -> str:
    return name.partition(":")[0]


# --- what must hold ----------------------------------------------------------------------------


def sound(store: Store) -> list[str]:
    """What SQLite itself finds wrong with its file, and breaks of the audit trail."""
    found = []
    assert isinstance(store, SqlStore)
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            told = connection.exec_driver_sql("pragma integrity_check").scalars().all()
        found += [line for line in told if line != "ok"]
    with store.reading() as reader:
        return found + breaks(reader)


def audited(reader: Reader, what: str) -> list[tuple[str, str]]:
    return sorted((line.subject, line.detail) for line in reader.find(AuditRow, what=what))


def check_saves(name: str) -> Check:
    store = open_store(name)

    def check(acknowledged: list[str]) -> list[str]:
        with store.reading() as reader:
            revisions = history(reader, "call-1")
            lines = audited(reader, "review draft")
        kept = {f"{one.reviewer} {one.number}" for one in revisions}
        found = [f"{one} was acknowledged and is lost" for one in acknowledged if one not in kept]
        if lines != sorted((f"call-1 {one.reviewer}", str(one.number)) for one in revisions):
            found.append("reviews and audit lines differ")
        for one in revisions:
            if one.scores[0].reason != f"{one.reviewer} saves {one.number}":
                found.append(f"{one.reviewer} {one.number} holds something else")
        return found + sound(store)

    return check


def check_ballots(name: str, session: str, signer: str) -> Check:
    store, seen = open_store(name), {}

    def words(row: BallotRow) -> str:
        """What a ballot says, by the rater's own copy."""
        if row.number not in seen:
            text = json.loads(nacl.unseal(nacl.own_seal(signer), row.own))
            seen[row.number] = text["scores"][0]["reason"]
        return seen[row.number]

    def check(acknowledged: list[str]) -> list[str]:
        with store.reading() as reader:
            given, sealed = reader.find(CommitmentRow), reader.find(BallotRow)
            lines = audited(reader, "ballot handed in")
        kept = {words(row) for row in sealed}
        found = [f"ballot {one} was acknowledged and is lost" for one in {*acknowledged} - kept]
        if [row.identity for row in given] != [row.identity for row in sealed]:
            found.append("commitments and ballots differ")
        if lines != sorted((session, told_of(row)) for row in given):
            found.append("commitments and audit lines differ")
        return found + sound(store)

    return check


def check_reveals(name: str) -> Check:
    store, opened = open_store(name), set()

    def check(acknowledged: list[str]) -> list[str]:
        with store.reading() as reader:
            ids = {row.session_id for row in reader.find(SessionRow)}
            there = {row.session_id: row.ballots for row in reader.find(RevealRow)}
            lines = audited(reader, "session revealed")
        found = [f"{one} was acknowledged and is sealed" for one in {*acknowledged} - {*there}]
        if lines != sorted(there.items()):
            found.append("reveals and audit lines differ")
        for session in ids - opened:
            try:
                ballots = revealed(store, session)
            except StillSealed:
                continue
            opened.add(session)
            if ballots.problems or len(ballots.ballots) != 1:
                found.append(f"{session} does not open: {ballots.problems}")
        if opened != set(there):
            found.append(f"sealed and open at once: {opened ^ set(there)}")
        return found + sound(store)

    return check


def check_opens(where: str) -> Check:
    done: set[str] = set()

    def names() -> set[str]:
        if not where.startswith("postgresql"):
            return {path.stem for path in Path(where).glob("*.db")}
        with fixtures.connections(where).connect() as connection:
            return {n for n in sql.inspect(connection).get_schema_names() if n.startswith("turn")}

    def check(acknowledged: list[str]) -> list[str]:
        found = [f"{one} was acknowledged and is gone" for one in {*acknowledged} - names()]
        for one in names() - done:
            tables = tables_in(where, one)
            if tables not in (set(), TABLES) or (one in acknowledged and not tables):
                found.append(f"{one} has {len(tables)} tables of {len(TABLES)}")
            elif one not in acknowledged:
                found += opening(fixtures.store_in(where, one))
            done.add(one)
        return found

    return check


def opening(name: str) -> list[str]:
    """What is wrong when a store is opened that should be new."""
    try:
        rows = read(open_store(name), ReviewRow)
    except StoreError as error:
        return [f"has tables of no version: {error}"]
    return [f"{name} is not new"] if rows else []


def tables_in(where: str, name: str) -> set[str]:
    """The tables of a store, looked at without opening it."""
    if where.startswith("postgresql"):
        with fixtures.connections(where).connect() as connection:
            return set(sql.inspect(connection).get_table_names(schema=name))
    with closing(sqlite3.connect(Path(where) / f"{name}.db")) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        rows = database.execute("select name from sqlite_master where type = 'table'")
        return {row[0] for row in rows}


def check_exports(name: str, folder: Path) -> Check:
    whole, done = [], set()
    for kind in ("csv", "parquet"):
        export_store(open_store(name), folder.with_name(kind), kind=kind)
        whole.append(contents(folder.with_name(kind)))

    def check(acknowledged: list[str]) -> list[str]:
        there = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        found = [f"{one} was acknowledged and is gone" for one in {*acknowledged} - there]
        found += [f"{one} is half" for one in there - done if contents(folder / one) not in whole]
        done.update(there - {"out"})
        if "out" in there:  # killed between the export and its being put away
            (folder / "out").rename(folder / f"out-{len(done)}")
        # an export makes its own folder before it clears those of killed ones away
        if sum(path.name.startswith(".") for path in folder.iterdir()) > 2:
            found.append("leftovers of killed exports pile up")
        return found

    return check


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- killed ------------------------------------------------------------------------------------


def test_saves_are_whole_and_none_that_was_acknowledged_is_lost(name: str, killer: Killer) -> None:
    order = {"deed": "save", "store": name}
    assert killer.rounds(SHARES["save", kind_of(name)], order, check_saves(name)) == []


def ballot_order(name: str, folder: Path) -> tuple[dict[str, Any], Check]:
    store = open_store(name)
    session = fixtures.new_session(store, folder / "kim").id
    keys = Keys(folder / "ann")
    join(store, session, "ann", keys=keys)
    order = {"deed": "ballot", "store": name, "session": session, "keys": str(keys.folder)}
    return order, check_ballots(name, session, keys.signer("ann"))


def test_a_ballot_has_its_commitment_and_its_audit_line(
    sqlite: str, tmp_path: Path, killer: Killer
) -> None:
    order, check = ballot_order(sqlite, tmp_path)
    assert killer.rounds(SHARES["ballot", "sqlite"], order, check) == []


def sealed_sessions(name: str, keys: Path) -> Callable[[], list[str]]:
    """Gives the sessions that are sealed, six of them at least."""
    store = open_store(name)

    def sessions() -> list[str]:
        open_ones = {row.session_id for row in read(store, RevealRow)}
        found = [r.session_id for r in read(store, SessionRow) if r.session_id not in open_ones]
        while len(found) < 6:
            found.append(fixtures.new_session(store, keys, automatic=True, reviewed=True).id)
        return found

    return sessions


def test_a_session_is_sealed_or_revealed_and_opens(
    name: str, tmp_path: Path, killer: Killer
) -> None:
    order = {"deed": "reveal", "store": name, "keys": str(tmp_path / "kim")}
    sessions = sealed_sessions(name, tmp_path / "kim")
    kills = SHARES["reveal", kind_of(name)]
    assert killer.rounds(kills, order, check_reveals(name), sessions) == []


def test_a_new_store_has_no_table_or_all(name: str, tmp_path: Path, killer: Killer) -> None:
    where, kills = name, SHARES["open", kind_of(name)]
    if kind_of(name) == "sqlite":
        where = str(tmp_path / "new")
        Path(where).mkdir()
    assert killer.rounds(kills, {"deed": "open", "store": where}, check_opens(where)) == []


def export_order(name: str, tmp_path: Path) -> tuple[dict[str, Any], Check]:
    fixtures.new_session(open_store(name), tmp_path / "kim", calls=3, automatic=True)
    folder = tmp_path / "exports"
    folder.mkdir()
    return {"deed": "export", "store": name, "folder": str(folder)}, check_exports(name, folder)


def test_an_export_is_there_whole_or_not_at_all(
    sqlite: str, tmp_path: Path, killer: Killer
) -> None:
    order, check = export_order(sqlite, tmp_path)
    assert killer.rounds(SHARES["export", "sqlite"], order, check) == []
    export_store(open_store(sqlite), tmp_path / "exports" / "out")
    assert not [path for path in (tmp_path / "exports").iterdir() if path.name.startswith(".")]


def test_as_many_workers_are_killed_as_is_asked_for() -> None:
    assert abs(sum(SHARES.values()) - KILLS) <= len(SHARES)  # each share is rounded


# --- the same checks find what is planted ------------------------------------------------------


@pytest.mark.parametrize("deed", ["save", "ballot"])
@pytest.mark.parametrize(("fault", "shows"), [("early", "is lost"), ("halves", "differ")])
def test_a_planted_fault_of_saving_shows(
    sqlite: str, tmp_path: Path, killer: Killer, deed: str, fault: str, shows: str
) -> None:
    order, check = {"deed": "save", "store": sqlite}, check_saves(sqlite)
    if deed == "ballot":
        order, check = ballot_order(sqlite, tmp_path)
    found = killer.rounds(200, {**order, "fault": fault}, check)
    assert any(shows in problem for problem in found)


@pytest.mark.parametrize(("fault", "shows"), [("early", "is sealed"), ("halves", "differ")])
def test_a_planted_fault_of_revealing_shows(
    sqlite: str, tmp_path: Path, killer: Killer, fault: str, shows: str
) -> None:
    order = {"deed": "reveal", "store": sqlite, "keys": str(tmp_path / "kim"), "fault": fault}
    sessions = sealed_sessions(sqlite, tmp_path / "kim")
    found = killer.rounds(200, order, check_reveals(sqlite), sessions)
    assert any(shows in problem for problem in found)


def test_a_planted_fault_of_opening_shows(tmp_path: Path, killer: Killer) -> None:
    order = {"deed": "open", "store": str(tmp_path), "fault": "halves"}
    found = killer.rounds(200, order, check_opens(str(tmp_path)))
    assert any("tables of" in problem for problem in found)


def test_a_planted_fault_of_exporting_shows(sqlite: str, tmp_path: Path, killer: Killer) -> None:
    order, check = export_order(sqlite, tmp_path)
    found = killer.rounds(200, {**order, "fault": "in place"}, check)
    assert found  # half an export is there, or the next one stumbles over it
