"""Runs the steps on the connection, and in the transaction, that is passed in."""

from alembic import context

from qa_review.keep.alembic import VERSION_TABLE
from qa_review.keep.sqlalchemy import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    version_table=VERSION_TABLE,
)
context.run_migrations()
