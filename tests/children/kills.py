"""Forks workers that never end and kills each at the moment that it is told.

Takes a line of JSON for each kill, gives one back: what the worker acknowledged before it died.
An order without ``after_ms`` is rehearsed, and what is given back is how long a deed takes.
A worker writes its acknowledgement once a deed is done, and begins the next. The worker and all
that it imports are warm, so that even a millisecond is spent on the deed.

``fault`` plants one: ``early`` acknowledges before the deed, ``halves`` has each statement
committed by itself (SQLite), ``in place`` exports straight into the folder.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet  # noqa: F401  warm
import run_deeds
import sqlalchemy as sql
import store_fixtures as fixtures

from qa_review.keep import sqlite, transfer
from qa_review.keep.answers import given
from qa_review.keep.revisions import save_review
from qa_review.keep.store import Store, open_store
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal
from qa_review.meet.seats import Seat, join

SAID = fixtures.said()
Order = dict[str, Any]
Deed = tuple[str, Callable[[], object]]
"""what is acknowledged once it is done, and how it is done"""

warm = cache(open_store)


@cache
def seat(store: Store, session: str, keys: str) -> Seat:
    return join(store, session, "ann", keys=Keys(Path(keys)))


def saves(order: Order) -> Iterator[Deed]:
    who, store = f"rater-{order['turn']}", warm(order["store"])
    for number in count():

        def save(after: int = number) -> None:
            answer = given(fixtures.BEHAVIOURS[0], 3, f"{who} saves {after + 1}")
            save_review(store, fixtures.RUBRIC, SAID, [answer], reviewer=who, after=after)

        yield f"{who} {number + 1}", save


def ballots(order: Order) -> Iterator[Deed]:
    mine = seat(warm(order["store"]), order["session"], order["keys"])
    for number in count():
        words = f"{order['turn']} {number}"
        yield words, lambda words=words: mine.hand_in("call-1", fixtures.scores(3, words))


def reveals(order: Order) -> Iterator[Deed]:
    store, keys = warm(order["store"]), Keys(Path(order["keys"]))
    for session in order["sessions"]:
        yield session, lambda session=session: reveal(store, session, by="kim", keys=keys)


def opens(order: Order) -> Iterator[Deed]:
    """New stores: a file each in SQLite, a schema each in PostgreSQL."""
    for number in count():
        name = f"turn_{order['turn']}_{number}"
        yield name, lambda name=name: open_new(order["store"], name)


def open_new(where: str, name: str) -> None:
    if where.startswith("postgresql"):
        with fixtures.connections(where).begin() as connection:
            connection.exec_driver_sql(f"create schema {name}")
    open_store(fixtures.store_in(where, name))


def exports(order: Order) -> Iterator[Deed]:
    store, folder = warm(order["store"]), Path(order["folder"])
    for number in count():
        name = f"{order['turn']}-{number}"

        def export(name: str = name, kind: Any = ("csv", "parquet")[number % 2]) -> None:
            transfer.export_store(store, folder / "out", kind=kind)
            (folder / "out").rename(folder / name)

        yield name, export


def in_place(place: Path) -> Path:
    place.mkdir()
    return place


def plant(fault: str, store: str) -> None:
    if fault == "halves":
        if store.startswith("sqlite:"):  # it is open already
            sql.event.remove(warm(store).engine, "begin", sqlite.begin)
        sqlite.begin = lambda connection: None
    if fault == "in place":
        transfer._new_part = in_place


DEEDS = {
    "save": saves, "ballot": ballots, "reveal": reveals, "open": opens, "export": exports,
    "review": run_deeds.reviews,
}  # fmt: skip


def rehearsed(order: Order) -> dict[str, Any]:
    """Do a few deeds, unkilled, so that workers find every cache filled; how long one takes."""
    lasted_s = []
    for _, (_, do) in zip(range(4), DEEDS[order["deed"]](order), strict=False):
        started = time.monotonic()
        do()
        lasted_s.append(time.monotonic() - started)
    return {"lasts_ms": 1000 * min(lasted_s)}


def work(order: Order, told: int) -> None:
    """Do one deed after another until killed."""
    fault, parent = order.get("fault", ""), os.getppid()
    plant(fault, order["store"])
    order["told"] = told
    os.write(told, b"begun\n")
    for words, do in DEEDS[order["deed"]](order):
        if os.getppid() != parent:
            return  # nobody is left who would kill it
        if fault == "early" and order["deed"] != "review":
            os.write(told, f"{words}\n".encode())
        do()
        if fault != "early":
            os.write(told, f"{words}\n".encode())
    os.write(told, b"nothing left to do\n")


def killed(order: Order) -> dict[str, Any]:
    """Fork a worker, kill it, and tell what it had acknowledged."""
    there, here = os.pipe()
    number = os.fork()
    if not number:
        try:
            work(order, here)
        except BaseException:
            os.write(here, f"error: {traceback.format_exc()!r}\n".encode())
        time.sleep(60)  # it is killed meanwhile
        os._exit(1)
    os.close(here)
    with os.fdopen(there) as told:
        first = told.readline()
        time.sleep(order["after_ms"] / 1000)
        os.kill(number, signal.SIGKILL)
        _, status = os.waitpid(number, 0)
        lines = (first + told.read()).splitlines()
    lines = [line for line in lines if line != "begun"]
    return {"lines": lines, "killed": os.WTERMSIG(status) == signal.SIGKILL}


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        print(json.dumps(killed(told) if "after_ms" in told else rehearsed(told)), flush=True)
