"""The store for a team: PostgreSQL 15 or later, with a role of its own for each rater.

Writers take one advisory lock, so that a transaction sees what the one before it wrote; readers
never wait. :func:`grant` turns on row-level security: from then on the database itself shows a
rater no ballot but their own before the reveal, whatever SQL the rater writes.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from qa_review.base.errors import StoreError
from qa_review.keep.alembic import VERSION_TABLE, upgrade
from qa_review.keep.policies import LEADS, POLICIES, RATERS
from qa_review.keep.row import Row
from qa_review.keep.rows import KINDS
from qa_review.keep.sqlalchemy import SqlStore, opening, told, writer, writes

LOCK = 5_391_724_008
"""the advisory lock that writers of a store take, a number that nobody else is likely to use"""
OLDEST = 15
BUSY_MS = 30_000
"""How long a transaction waits for the others before it is refused."""
LONGEST_NAME = 63
SECRETS = ("password", "sslpassword", "passfile")
"""options of a URL that no message shows"""


def open_postgresql(detail: str) -> SqlStore:
    """The store at a URL such as ``postgresql://ann@127.0.0.1/qa``, made when needed.

    A password is taken from the URL, ``PGPASSWORD`` or ``~/.pgpass``, and never shown.

    Raises:
        StoreError: there is no such server or database, or it is older than 15, or this role
            may not do what is needed.
        NewerStore: a later version of qa_review wrote it.
    """
    try:
        url = sql.make_url(f"postgresql+psycopg:{detail}")
        made = sql.create_engine(url, poolclass=NullPool)
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError("write postgresql://USER@HOST:PORT/DATABASE") from error
    except ImportError as error:
        raise StoreError(
            "PostgreSQL needs a driver: pip install 'qa_review[postgresql]'"
        ) from error
    event.listen(made, "begin", begin)
    shown = url.set(drivername="postgresql").difference_update_query(SECRETS)
    store = SqlStore(shown.render_as_string(hide_password=True), made)
    with opening(store.name):
        _old_enough(made, store.name)
        upgrade(made, store.name)
    return store


def _old_enough(engine: sql.Engine, name: str) -> None:
    with engine.connect() as connection:
        number = int(connection.exec_driver_sql("show server_version_num").scalar_one()) // 10000
    if number < OLDEST:
        raise StoreError(f"{name} is PostgreSQL {number}; {OLDEST} or later is needed")


def begin(connection: sql.Connection) -> None:
    """Begin a transaction: alone when it writes, else on one moment of the database."""
    if writes(connection):
        connection.exec_driver_sql(f"set local lock_timeout = {BUSY_MS}")
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
    else:
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")


def grant(store: SqlStore, *, raters: Iterable[str] = (), leads: Iterable[str] = ()) -> list[str]:
    """Turn on row-level security, and give people the rights of raters and of leads.

    A person's role is named as the person is in sessions; one that doesn't exist is made, with
    the right to log in and without a password. Running it again changes nothing.

    Returns:
        What was done, a line each.

    Raises:
        StoreError: this is no PostgreSQL store, or this role may not make roles and policies.
    """
    if store.engine.dialect.name != "postgresql":
        raise StoreError(f"{store.name} has no roles: row-level security is PostgreSQL's")
    done = []
    with told(store.name), writer(store.engine) as connection:
        for name in (RATERS, LEADS):
            done += _made(connection, name, "nologin")
        for statement in _rights(connection):
            connection.exec_driver_sql(statement)
        done.append(f"row-level security is on for {len(POLICIES)} tables")
        owner = connection.exec_driver_sql("select current_user").scalar_one()
        connection.exec_driver_sql(f"grant {LEADS} to {quoted(connection, owner)}")
        for group, people in ((RATERS, raters), (LEADS, leads)):
            for person in people:
                done += _made(connection, person, "login")
                _refuse_powerful(connection, person)
                connection.exec_driver_sql(f"grant {group} to {quoted(connection, person)}")
                done.append(f"{person} has the rights of {group}")
    return done


def _refuse_powerful(connection: sql.Connection, role: str) -> None:
    """Raise when row-level security would not hold for this role."""
    above = connection.execute(
        sql.text("select rolsuper or rolbypassrls from pg_roles where rolname = :role"),
        {"role": role},
    ).scalar()
    if above:
        raise StoreError(f"{role} may see every row whatever the policies say: give them a login "
                         "that is no superuser and does not bypass row-level security")  # fmt: skip


def _made(connection: sql.Connection, role: str, kind: str) -> list[str]:
    there = connection.execute(
        sql.text("select 1 from pg_roles where rolname = :role"), {"role": role}
    ).first()
    if there:
        return []
    if len(role.encode()) > LONGEST_NAME:
        raise StoreError(f"a role's name has at most {LONGEST_NAME} bytes in PostgreSQL: {role!r}")
    connection.exec_driver_sql(f"create role {quoted(connection, role)} {kind}")
    return [f"made the role {role}"]


def _rights(connection: sql.Connection) -> list[str]:
    """The statements that turn row-level security on, for tables and views alike."""
    schema = connection.execute(sql.text("select current_schema()")).scalar_one()
    both = f"{RATERS}, {LEADS}"
    made = [f"grant usage on schema {quoted(connection, schema)} to {both}"]
    made.append(f"grant select on {VERSION_TABLE} to {both}")
    views = sql.inspect(connection).get_view_names()
    made += [f"grant select on {quoted(connection, view)} to {both}" for view in views]
    for table, policies in POLICIES.items():
        made += [
            f"grant select, insert on {table} to {both}",
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
        ]
        for deed, condition in policies.items():
            name = f"{table}_{deed}"
            clause = "with check" if deed == "insert" else "using"
            made.append(f"drop policy if exists {name} on {table}")
            made.append(f"create policy {name} on {table} for {deed} {clause} ({condition})")
    for kind in KINDS:
        made += _in_turn(kind)
    return made


def _in_turn(kind: type[Row]) -> list[str]:
    """Statements that refuse a number that isn't the next of its group, so that none is used up."""
    if kind.KEY[-1] != "number":
        return []
    table = kind.TABLE
    group = " and ".join(f"{name} = new.{name}" for name in kind.KEY[:-1]) or "true"
    return [
        f"create or replace function qa_review_next_{table}() returns trigger language plpgsql as "
        f"$$ begin if new.number <> (select coalesce(max(number), 0) + 1 from {table} "
        f"where {group}) and not exists (select 1 from {table} where {group} "
        "and number = new.number) then raise exception "
        f"'the number of a row of {table} is the next one, not %%', new.number; "
        "end if; return new; end $$",
        f"create or replace trigger in_turn before insert on {table} "
        f"for each row execute function qa_review_next_{table}()",
    ]


def quoted(connection: sql.Connection, name: str) -> str:
    """A name as a statement for the driver has it, whatever it is made of."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
