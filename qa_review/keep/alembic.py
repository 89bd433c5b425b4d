"""Brings a database to the schema of this version; the steps lie in ``migrations/``."""

from __future__ import annotations

import sqlalchemy as sql
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from qa_review.base.errors import NewerStore, StoreError
from qa_review.keep.sqlalchemy import writer

VERSION_TABLE = "qa_review_version"


def config() -> Config:
    """Alembic's settings: the migrations of this package, wherever it is installed."""
    made = Config()
    made.set_main_option("script_location", "qa_review.keep:migrations")
    return made


def version(connection: sql.Connection) -> str | None:
    """The schema that a database is at; ``None`` for one that is empty."""
    options = {"version_table": VERSION_TABLE}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def refuse_earlier(engine: sql.Engine, name: str) -> None:
    """Raise when a database that can't be written is not at the schema of this version.

    Raises:
        NewerStore: it is at a later one.
        StoreError: it is at an earlier one, and somebody who may write it has to open it once.
    """
    steps = ScriptDirectory.from_config(config())
    newest = steps.get_current_head()
    with engine.connect() as connection, connection.begin():
        at = version(connection)
    if at is not None and at not in {step.revision for step in steps.walk_revisions()}:
        raise NewerStore(f"{name} is at schema {at}, later than this version knows: {newest}")
    if at != newest:
        raise StoreError(f"{name} is at schema {at} and may not be written: somebody who may has "
                         f"to open it with this version, which brings it to {newest}")  # fmt: skip


def upgrade(engine: sql.Engine, name: str) -> None:
    """Bring a database up to date; nothing happens to one that is.

    Two processes that open a store at once wait for one another, and a step that fails leaves
    the database as it was.

    Raises:
        NewerStore: the database is at a schema that this version doesn't know.
    """
    steps = ScriptDirectory.from_config(config())
    newest = steps.get_current_head()
    with engine.connect() as connection, connection.begin():
        if version(connection) == newest:
            return
    with writer(engine) as connection:
        at = version(connection)
        known = {step.revision for step in steps.walk_revisions()}
        if at is not None and at not in known:
            raise NewerStore(
                f"{name} is at schema {at}, which a later version of qa_review made; this one "
                f"knows up to {newest}: upgrade qa_review"
            )
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
