"""Twenty raters at once: forks workers that save reviews, and tells what each was told.

    python crowd.py '{"store": "sqlite:qa.db", "form": "own", "workers": 20, "saves": 50}'

Forms: ``own``, every worker saves revisions of a review of its own; ``shared``, all save
revisions of one review, each counting one on from the revision that it read; ``blind``, as
shared, but what was read before is saved over whatever is there now (a planted fault).
``fault`` is ``deferred`` (SQLite's transactions begin without a lock) or ``unlocked``
(PostgreSQL's writers don't wait). The report is one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from typing import Any

import sqlalchemy as sql
import store_fixtures as fixtures

from qa_review.base.errors import Conflict, QAReviewError
from qa_review.keep import postgresql, sqlite
from qa_review.keep.answers import given
from qa_review.keep.revisions import Revision, latest, save_review
from qa_review.keep.store import Store, open_store

SAID = fixtures.said()
FIRST = fixtures.BEHAVIOURS[0]


def at_all(connection: sql.Connection) -> None:
    """Begin as a database does by itself."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")


FAULTS = {"deferred": (sqlite, at_all), "unlocked": (postgresql, at_all)}


def read(store: Store, reviewer: str) -> tuple[int, int]:
    """The newest revision, and how far it has counted."""
    with store.reading() as reader:
        last = latest(reader, SAID.call_id, fixtures.RUBRIC.id, reviewer)
    return (last.number, counted(last)) if last else (0, 0)


def counted(revision: Revision) -> int:
    return int(revision.scores[0].reason.split()[-1])


def save(store: Store, who: str, reviewer: str, after: int, words: str) -> Revision:
    answer = given(FIRST, 3, words)
    return save_review(
        store, fixtures.RUBRIC, SAID, [answer], reviewer=reviewer, after=after, by=who
    )


def one_save(store: Store, form: str, who: str, number: int) -> tuple[int, str, int]:
    """The number and the words of a revision that was acknowledged, and how many conflicts."""
    reviewer = who if form == "own" else "all"
    # nobody else saves a review of one's own, so there is nothing to read
    after, count = (number, number) if form == "own" else read(store, reviewer)
    for conflicts in range(10_000):
        words = f"{who} saves {number}, which makes {count + 1}"
        try:
            return save(store, who, reviewer, after, words).number, words, conflicts
        except Conflict:
            # a chance pause, else all twenty come back in the same order and collide again
            time.sleep(random.random() * PAUSE_S * min(conflicts + 1, 30))
        now, newest = read(store, reviewer)
        after, count = now, count if form == "blind" else newest
    raise RuntimeError("no end of conflicts")


PAUSE_S = 0.03


def work(given: dict[str, Any], worker: int) -> dict[str, Any]:
    who, acknowledged, conflicts, errors = f"rater-{worker}", [], 0, []
    store = open_store(given["store"])
    for number in range(given["saves"]):
        try:
            revision, words, times = one_save(store, given["form"], who, number)
        except QAReviewError as error:
            errors.append(f"{type(error).__name__}: {error}")
        else:
            acknowledged.append([who if given["form"] == "own" else "all", revision, words])
            conflicts += times
    return {"acknowledged": acknowledged, "conflicts": conflicts, "errors": errors}


def forked(given: dict[str, Any], worker: int, start: int) -> tuple[int, int]:
    """A worker that waits for ``start`` to be closed; its number and where it reports."""
    there, here = os.pipe()
    number = os.fork()
    if number:
        os.close(here)
        return number, there
    status = 1
    try:
        random.seed(worker)
        os.read(start, 1)
        with os.fdopen(here, "w") as report:
            json.dump(work(given, worker), report)
        status = 0
    finally:
        os._exit(status)


def main(given: dict[str, Any]) -> None:
    if "fault" in given:
        module, begin = FAULTS[given["fault"]]
        module.begin = begin
    start, go = os.pipe()
    os.set_inheritable(go, False)
    workers = []
    for worker in range(given["workers"]):
        workers.append(forked(given, worker, start))
    os.write(go, b"!" * given["workers"])
    reports = []
    for number, pipe in workers:
        with os.fdopen(pipe) as told:
            text = told.read()
        os.waitpid(number, 0)
        reports.append(json.loads(text) if text else {"died": number})
    print(json.dumps(reports))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
