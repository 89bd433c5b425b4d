"""Forks whole runs of the command line in which something goes wrong, for tests of faults.

Takes a line of JSON for each order, gives one back: how each run ended and all that it printed.
The process that forks and all that it imports are warm, so that a run takes a fraction of a second.
It is started with ``faults.c`` preloaded where calls to the system are to fail.

``fault`` plants one: ``early`` acknowledges before the commit, ``twice`` has the ledger forget what
it has, ``swallowed`` takes a call for kept that isn't.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sqlite3
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.pop("LD_PRELOAD", None)  # what is meant for this process is nothing to its children
import psycopg
import pyarrow.parquet  # noqa: F401  warm
import run_deeds
import store_fixtures as fixtures
from sqlalchemy.engine.default import DefaultDialect

from qa_review.__main__ import main
from qa_review.base.errors import StoreError
from qa_review.base.plugs import PLUGS
from qa_review.keep import ledger
from qa_review.run import batch, patience
from qa_review.run.serial import Serial

Order = dict[str, Any]
SYSTEM = ctypes.CDLL(None)
COMMIT = DefaultDialect.do_commit


def twice(detail: str, *, timeout_s: float) -> Serial:
    """The engine that gives each result twice."""
    return run_deeds.Twice()


def ready() -> None:
    run_deeds.make_short()
    PLUGS["engine"]["twice"] = "fault_runs:twice"


def run(order: Order) -> int:
    """One run of the command line; its status."""
    store = order.get("store", "")
    if store and not Path(order["out"], order["name"], "store.txt").exists():
        name = f"run_{order['name']}"
        with fixtures.connections(store).begin() as connection:
            connection.exec_driver_sql(f"create schema if not exists {name}")
        store = fixtures.store_in(store, name)
    elif store:
        store = ""  # the folder remembers it
    begin_faults(order)
    return main([
        "review", order["calls"], "--out", str(Path(order["out"]) / order["name"]),
        "--engine", order.get("engine", "serial"), "--progress", "json",
        "--transcriber", order["script"], "--agent-channel", "left",
        *(["--store", store] if store else []),
    ])  # fmt: skip


def begin_faults(order: Order) -> None:
    pauses_s = tuple(order.get("pauses_s", (0.01, 0.02)))
    patience.persevere.__kwdefaults__["pauses_s"] = pauses_s
    patience.patiently.__kwdefaults__["pauses_s"] = pauses_s
    plant(order.get("fault", ""))
    if cut := order.get("cut"):
        made = Cut(**cut)
        DefaultDialect.do_commit = lambda dialect, connection: made.commit(dialect, connection)
    if files := order.get("files"):
        there = len([*Path("/proc/self/fd").iterdir()]) - 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (there + files, there + files))
    if size := order.get("size"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    if calls := order.get("calls_fail"):
        below = str(Path(order["out"]) / order["name"]).encode() + b"/"
        at = ctypes.c_long(calls["at"])
        SYSTEM.qar_arm(below, calls["operations"], at, calls["error"], calls["on"])


class Cut:
    """Cuts the connection at the commit number ``at``, before the server made it or after."""

    count = 0

    def __init__(self, at: int, made: bool) -> None:
        self._at, self._made = at, made

    def commit(self, dialect: DefaultDialect, connection: Any) -> None:
        Cut.count += 1
        if Cut.count != self._at:
            COMMIT(dialect, connection)
            return
        if self._made:
            COMMIT(dialect, connection)
        if dialect.name == "sqlite":  # a file has no connection to lose
            connection.rollback()
        else:
            connection.driver_connection.close()
        kind = sqlite3 if dialect.name == "sqlite" else psycopg
        raise kind.OperationalError("the connection was lost")


def plant(fault: str) -> None:
    if fault == "early":
        kept = batch._Run._scored

        def early(self: batch._Run, outcome: Any) -> Any:
            call_id = outcome.item.job.call.id
            print(json.dumps({"item": call_id, "problem": ""}), flush=True)
            return kept(self, outcome)

        batch._Run._scored = early
    if fault == "twice":
        ledger.is_done = lambda row, key: False
    if fault == "swallowed":

        def swallowed(store: Any, deed: Any) -> None:
            with suppress(StoreError), store.writing() as unit:
                deed(unit)

        batch.patiently = swallowed


def begun(order: Order) -> tuple[int, int]:
    """A forked run: its number and the end of the pipe that it prints to."""
    there, here = os.pipe()
    number = os.fork()
    if number:
        os.close(here)
        return number, there
    status = 99
    try:
        os.close(there)
        os.dup2(here, 1)
        os.dup2(here, 2)
        os.close(here)
        time.sleep(order.get("after_ms", 0) / 1000)
        status = run(order)
        sys.stdout.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        counted = {"commits": Cut.count}
        if hasattr(SYSTEM, "qar_calls"):
            counted |= {"calls": SYSTEM.qar_calls(), "failed": SYSTEM.qar_failed()}
        os.write(2, f"\ncounted {json.dumps(counted)}\n".encode())
        os._exit(status)


def ended(number: int, there: int) -> dict[str, Any]:
    with os.fdopen(there) as pipe:
        printed = pipe.read()
    _, status = os.waitpid(number, 0)
    lines = printed.splitlines()
    return {"status": os.waitstatus_to_exitcode(status), "lines": lines}


def answer(order: Order) -> list[dict[str, Any]]:
    """What came of the order's runs, which go on at once where there are several."""
    several = order.get("several", [{}])
    return [ended(*one) for one in [begun({**order, **each}) for each in several]]


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    ready()
    answers.write("ready\n")
    for line in sys.stdin:
        told = json.loads(line)
        if told.get("warm"):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            answers.write(json.dumps(run(told)) + "\n")
        else:
            answers.write(json.dumps(answer(told)) + "\n")
