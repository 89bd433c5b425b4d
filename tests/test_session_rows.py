"""Row-level security: what PostgreSQL itself shows a rater, whatever SQL the rater writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import store_fixtures as fixtures
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from store_fixtures import new_session
from test_session_blind import CANARY, found_in, hand_in, look_around

from qa_review.base.errors import StoreError
from qa_review.keep.answers import given
from qa_review.keep.policies import POLICIES
from qa_review.keep.postgresql import grant
from qa_review.keep.revisions import save_automatic, save_review
from qa_review.keep.rows import KINDS, BallotRow, CommitmentRow, ReviewRow, TranscriptRow
from qa_review.keep.sqlalchemy import writer
from qa_review.keep.store import open_store, read
from qa_review.keep.transfer import export_store
from qa_review.meet.disputes import open_dispute, rule
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal, revealed
from qa_review.meet.seats import join


@dataclass(frozen=True)
class Team:
    """A sealed session on a database with a role for each rater; ann and bo have handed in."""

    url: str
    session_id: str
    keys: Path

    def store(self, role: str) -> Any:
        return open_store(self.of(role))

    def of(self, role: str) -> str:
        return self.url.replace("owner@", f"{role}@")

    def ask(self, role: str, statement: str) -> list[tuple]:
        """What a role gets for a statement of its own."""
        engine: Engine = fixtures.connections(self.of(role))
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(statement)]
        finally:
            engine.dispose()

    def refused(self, role: str, statement: str) -> str:
        with pytest.raises(DBAPIError) as error:
            self.ask(role, statement)
        return str(error.value.orig)

    def reveal(self) -> None:
        reveal(self.store("kim"), self.session_id, by="kim", keys=Keys(self.keys / "kim"))


@pytest.fixture(params=fixtures.ONE_POSTGRESQL)
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Team:
    """On the newest PostgreSQL that is here."""
    return seated(request.param, tmp_path)


@pytest.fixture(params=fixtures.EACH_POSTGRESQL)
def each_team(request: pytest.FixtureRequest, tmp_path: Path) -> Team:
    """On every PostgreSQL that is here."""
    return seated(request.param, tmp_path)


def seated(version: int, tmp_path: Path) -> Team:
    url = fixtures.new_database(version)
    grant(open_store(url), raters=["ann", "bo"], leads=["kim"])
    keys = tmp_path / "keys"
    made = new_session(open_store(url.replace("owner@", "kim@")), keys / "kim", calls=1)
    found = Team(url, made.id, keys)
    for rater in ("ann", "bo"):
        hand_in(found.store(rater), made.id, keys, rater)
    return found


def test_a_rater_sees_no_ballot_but_their_own_until_the_reveal(each_team):
    for rater in ("ann", "bo"):
        assert {row.rater for row in read(each_team.store(rater), BallotRow)} == {rater}
        assert {row.rater for row in read(each_team.store(rater), CommitmentRow)} == {"ann", "bo"}
    assert read(each_team.store("kim"), BallotRow) == ()  # the lead sees who is done, not what
    each_team.reveal()
    for role in ("ann", "bo", "kim"):
        assert {row.rater for row in read(each_team.store(role), BallotRow)} == {"ann", "bo"}
        assert len(revealed(each_team.store(role), each_team.session_id).ballots) == 2


def test_no_sql_of_a_rater_reaches_another_ballot(each_team):
    everything = [kind.TABLE for kind in KINDS] + ["latest_reviews", "latest_masters", "progress"]
    for table in everything:
        assert CANARY not in repr(each_team.ask("bo", f"select * from {table}"))
    others = "select count(*) from ballots where rater <> 'bo'"
    assert each_team.ask("bo", others) == [(0,)]
    probe = "select count(*) from ballots where 1 / (case rater when 'ann' then 0 else 1 end) = 1"
    assert each_team.ask("bo", probe) == [
        (1,)
    ]  # a division by zero would tell that ann's row is there
    assert each_team.ask("bo", "select * from pg_stats where tablename = 'ballots'") == []
    assert "query would be affected by row-level security" in each_team.refused(
        "bo", "set row_security = off; select * from ballots"
    )
    assert "permission denied to set role" in each_team.refused("bo", "set role ann")
    assert "must be owner" in each_team.refused(
        "bo", "alter table ballots disable row level security"
    )
    for function in ("pg_read_file('base')", "lo_import('/etc/passwd')"):
        assert "permission denied" in each_team.refused("bo", f"select {function}")
    assert each_team.ask("bo", "select set_config('role', 'bo', false)") == [("bo",)]


def test_what_a_rater_can_learn_is_who_is_done(team):
    """Known and documented: a count of rows leaks, as progress does by intention."""
    plan = "\n".join(row[0] for row in team.ask("bo", "explain analyze select * from ballots"))
    assert "Rows Removed by Filter: 1" in plan and CANARY not in plan
    progress = team.ask("bo", "select rater, calls_done from progress order by rater")
    assert progress == [("ann", 1), ("bo", 1)]


def test_nobody_hands_in_for_another_or_late(team):
    row = f"'{team.session_id}', '{{}}', 'call-1', {{}}"
    ballot = "insert into ballots values (" + row + ", '\\x00', '\\x00')"
    commitment = "insert into commitments values (" + row + ", 'd', 's', '2026')"
    for statement in (ballot, commitment):
        assert "row-level security" in team.refused("bo", statement.format("ann", 1))
    team.reveal()
    for statement in (ballot, commitment):
        assert "row-level security" in team.refused("bo", statement.format("bo", 2))
    made = f"insert into reveals values ('{team.session_id}', 'k', 'b', 'bo', '2026')"
    assert "row-level security" in team.refused("bo", made)


def test_a_lead_reads_no_ballot_by_a_reveal_that_is_taken_back(team):
    key = Keys(team.keys / "kim").seal(team.session_id)
    engine = fixtures.connections(team.of("kim"))
    insert = f"insert into reveals values ('{team.session_id}', '{key}', '', 'kim', '2026')"
    for before in ("select 1", "savepoint here"):
        with engine.connect() as connection:
            connection.exec_driver_sql(before)
            connection.exec_driver_sql(insert)
            seen = connection.exec_driver_sql("select count(*) from ballots").scalar_one()
            connection.rollback()
        assert seen == 0
    engine.dispose()
    team.reveal()
    assert len(read(team.store("kim"), BallotRow)) == 2


def test_a_rater_who_holds_a_transaction_open_is_not_overtaken_by_the_reveal(team, monkeypatch):
    """Else a ballot could be chosen after the others were read, and be kept all the same."""
    monkeypatch.setattr("qa_review.keep.postgresql.BUSY_MS", 300)
    engine = fixtures.connections(team.of("bo"))
    values = f"'{team.session_id}', 'bo', 'call-1', 2"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"insert into commitments values ({values}, 'd', 's', '2026')")
        with pytest.raises(StoreError, match="busy for too long"):
            team.reveal()
        connection.rollback()
    engine.dispose()
    team.reveal()


def test_numbers_come_in_turn_so_that_nobody_can_use_them_up(team):
    line = "insert into audit values (9223372036854775807, '2026', 'bo', '', '', '', '', '')"
    assert "is the next one, not 9223372036854775807" in team.refused("bo", line)
    junk = "insert into calls values ('call-1', 2, '2026', 'junk')"
    assert "row-level security" in team.refused("bo", junk)
    hand_in(team.store("ann"), team.session_id, team.keys, "ann", 1)


def test_nobody_speaks_for_another(team):
    team.reveal()
    with team.store("kim").writing() as unit:  # the scorer's review, taken in by the lead
        save_automatic(unit, fixtures.candidate("call-9").review)
    owner = open_store(team.url)
    save_review(owner, fixtures.RUBRIC, fixtures.said("call-9"), fixtures.scores(2), reviewer="ann",
                after=0, submit=True, by="ann")  # fmt: skip
    with pytest.raises(StoreError, match="row-level security"):
        save_review(team.store("bo"), fixtures.RUBRIC, fixtures.said("call-9"), fixtures.scores(5),
                    reviewer="ann", after=1, submit=True, by="bo", why="x")  # fmt: skip
    asked = {"agent": "dev", "reason": "no", "reviewer": "ann"}
    with pytest.raises(StoreError, match="row-level security"):
        open_dispute(team.store("bo"), "call-9", "listening", **asked)
    made = open_dispute(team.store("kim"), "call-9", "listening", by="kim", **asked)
    ruling = f"insert into rulings values ('{made.id}', 'changed', 5, '', 'so', 'ann', '2026')"
    assert "row-level security" in team.refused("ann", ruling)
    assert rule(team.store("bo"), made.id, by="bo", answer=4, reason="so").level == 4


def test_the_agenda_of_a_session_stays_as_it_was_called(team):
    for statement in (
        f"insert into seats values ('{team.session_id}', 'zed')",
        f"insert into session_calls values ('{team.session_id}', 'call-9', 9, 'd')",
    ):
        assert "row-level security" in team.refused("kim", statement)


def test_a_role_above_the_policies_is_no_rater(team):
    with pytest.raises(StoreError, match="owner may see every row"):
        grant(open_store(team.url), raters=["owner"])
    with pytest.raises(StoreError, match="at most 63 bytes"):
        grant(open_store(team.url), raters=["x" * 64])


def test_a_name_may_be_made_of_anything(team):
    names = {'o\'neil "100 %"', "50%s", "Zo\u00eb; drop table ballots"}
    grant(open_store(team.url), raters=names)
    assert names <= {name for (name,) in team.ask("owner", "select rolname from pg_roles")}
    assert len(read(open_store(team.url), BallotRow)) == 2


def test_nothing_is_changed_or_deleted_by_anybody(team):
    team.reveal()
    for role in ("ann", "kim"):
        for statement in ("update ballots set sealed = '\\x00'", "delete from ballots"):
            assert "permission denied" in team.refused(role, statement)
    assert "never changed" in team.refused("owner", "delete from ballots")


def test_a_lead_is_not_made_by_saying_so(team):
    columns = "'s', 'S', '{}', 'k', 'r', '1', 'd', false, '', '', '{}', '2026'"
    for role, who in (("bo", "bo"), ("bo", "kim")):
        statement = f"insert into sessions values ({columns.format(who, who)})"
        assert "row-level security" in team.refused(role, statement)


def test_an_export_holds_what_its_maker_may_see(team, tmp_path):
    export_store(team.store("bo"), tmp_path / "bo", kind="csv")
    assert found_in(tmp_path / "bo", CANARY) == []
    kept = pd.read_csv(tmp_path / "bo" / "ballots.csv")
    assert set(kept["rater"]) == {"bo"}


def test_another_process_of_a_rater_finds_nothing(team):
    store, made = team.of("bo"), team.session_id
    hand = join(team.store("bo"), made, "bo", keys=Keys(team.keys / "bo"))
    hand.hand_in("call-1", fixtures.scores(2))  # so that bo's own copy holds no canary
    assert look_around(store, made, "bo", team.keys / "bo") == ""


def test_a_review_of_a_call_stays_hidden_while_it_is_calibrated(team):
    owner = open_store(team.url)
    review = ReviewRow("call-1", "behaviours", "cy", 1, "person", "1", "d", "cy", "t", "submitted",
                       "cy", "2026", "", CANARY)  # fmt: skip
    with owner.writing() as unit:
        unit.add(review)  # past the rules, as a superuser can
    assert read(team.store("bo"), ReviewRow) == ()
    team.reveal()
    assert read(team.store("bo"), ReviewRow) == (review,)


def test_every_table_is_guarded_and_every_view_asks_as_who_asks(each_team):
    tables = dict(
        (name, (on, forced))
        for name, on, forced in each_team.ask(
            "owner",
            "select relname, relrowsecurity, relforcerowsecurity from pg_class "
            "where relkind = 'r' and relnamespace = current_schema()::regnamespace",
        )
    )
    assert tables.pop("qa_review_version") == (False, False)
    assert tables == dict.fromkeys((kind.TABLE for kind in KINDS), (True, True))
    assert set(POLICIES) == set(tables)
    views = each_team.ask(
        "owner",
        "select relname, reloptions from pg_class "
        "where relkind = 'v' and relnamespace = current_schema()::regnamespace",
    )
    assert len(views) == 3
    assert all(options == ["security_invoker=true"] for _, options in views)
    definers = "select proname from pg_proc where prosecdef and proname like 'qa_review%%'"
    assert each_team.ask("owner", definers) == []


def test_a_policy_that_were_wider_would_be_found_out(team, monkeypatch):
    monkeypatch.setitem(POLICIES, "ballots", {**POLICIES["ballots"], "select": "true"})
    grant(open_store(team.url))
    assert {row.rater for row in read(team.store("bo"), BallotRow)} == {"ann", "bo"}
    with pytest.raises(AssertionError):
        test_a_rater_sees_no_ballot_but_their_own_until_the_reveal(team)


def test_a_view_without_its_option_would_be_found_out(team):
    admin = open_store(team.url)
    with writer(admin.engine) as connection:
        connection.exec_driver_sql("create view peek as select * from ballots")
        connection.exec_driver_sql("grant select on peek to public")
    with pytest.raises(AssertionError):
        test_every_table_is_guarded_and_every_view_asks_as_who_asks(team)
    # PostgreSQL 15 and later: such a view shows what its owner may see
    assert len(team.ask("bo", "select * from peek")) == 2


def test_a_person_of_no_group_gets_nothing(team):
    grant(open_store(team.url), raters=[])
    with writer(open_store(team.url).engine) as connection:
        connection.exec_driver_sql("do $$ begin create role stranger login; "
                                   "exception when duplicate_object then null; end $$")  # fmt: skip
    with pytest.raises(StoreError, match="permission denied"):
        team.store("stranger")


def test_roles_are_postgresqls_only(tmp_path):
    with pytest.raises(StoreError, match="row-level security is PostgreSQL's"):
        grant(open_store(f"sqlite:{tmp_path / 'qa.db'}"))


def test_what_raters_need_is_theirs(team):
    """The rules allow a whole session to be worked in by raters and a lead."""
    ann = join(team.store("ann"), team.session_id, "ann", keys=Keys(team.keys / "ann"))
    ann.hand_in("call-1", [given(name, 5) for name in fixtures.BEHAVIOURS])
    assert ann.mine("call-1").scores[0].level == 5
    assert read(team.store("ann"), TranscriptRow)
