"""Opens each store that it is told the name of, a line each, and says how that went."""

import sys

import psycopg  # noqa: F401  loaded before the start, so that all open at once
from sqlalchemy.dialects.postgresql import psycopg as _  # noqa: F401

from qa_review.base.errors import QAReviewError
from qa_review.keep import postgresql, sqlite  # noqa: F401
from qa_review.keep.rows import SeatRow
from qa_review.keep.store import open_store

print("ready", flush=True)
for line in sys.stdin:
    name, who = line.split()
    try:
        store = open_store(name)
        with store.writing() as unit:
            unit.add(SeatRow("session", who))
    except QAReviewError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
    else:
        print("opened", flush=True)
