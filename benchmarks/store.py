"""Many people saving reviews at once: how many a second, how long one waits, and is any lost.

    python benchmarks/store.py                                   SQLite in a temporary folder
    python benchmarks/store.py --store postgresql://me@127.0.0.1/qa

The peer is SQLite's own module writing the same text, one row a transaction, with the same
settings: no audit trail, no revisions, no checks.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from qa_review.base.resources import rubric_path
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.rubric import load
from qa_review.keep.answers import given
from qa_review.keep.revisions import save_review
from qa_review.keep.rows import ReviewRow
from qa_review.keep.store import open_store, read

RUBRIC = load(rubric_path("behaviours.v1"))
SAID = Transcript("call", "en", (Turn("agent", "good morning"), Turn("customer", "my bin")))


def ours(name: str, rater: str, saves: int, start: Any) -> list[float]:
    """How long each save of one rater took, in milliseconds."""
    store = open_store(name)
    scores = [given(behaviour.id, 3, "as heard") for behaviour in RUBRIC.behaviours]
    start.wait()
    took = []
    for after in range(saves):
        begun = time.perf_counter()
        save_review(store, RUBRIC, SAID, scores, reviewer=rater, after=after)
        took.append(1000 * (time.perf_counter() - begun))
    return took


def peer(name: str, rater: str, saves: int, start: Any) -> list[float]:
    """The same text by sqlite3 alone."""
    body = "x" * 1200
    start.wait()
    took = []
    for number in range(saves):
        begun = time.perf_counter()
        connection = sqlite3.connect(name, timeout=30, isolation_level=None)
        connection.execute("pragma synchronous = full")
        connection.execute("begin immediate")
        connection.execute("insert into plain values (?, ?, ?)", (rater, number, body))
        connection.execute("commit")
        connection.close()
        took.append(1000 * (time.perf_counter() - begun))
    return took


def _child(work: Any, name: str, rater: str, saves: int, start: Any, told: Any) -> None:
    told.put(work(name, rater, saves, start))


def crowd(work: Any, name: str, raters: int, saves: int) -> tuple[list[float], float]:
    """What each save took in milliseconds, and all of them together in seconds."""
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(raters + 1), context.Queue()
    children = [
        context.Process(target=_child, args=(work, name, f"rater {n}", saves, start, told))
        for n in range(raters)
    ]
    for child in children:
        child.start()
    start.wait()
    begun = time.perf_counter()
    took = [ms for _ in children for ms in told.get()]
    whole = time.perf_counter() - begun
    for child in children:
        child.join()
    return sorted(took), whole


def line(name: str, took: list[float], whole: float, lost: int) -> str:
    at = [took[int(share * (len(took) - 1))] for share in (0.5, 0.99, 1)]
    times = " / ".join(f"{ms:.0f}" for ms in at)
    return f"| {name} | {len(took)} | {lost} | {len(took) / whole:.0f} | {times} |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--store", help="default: SQLite in a temporary folder")
    options.add_argument("--raters", type=int, default=20)
    options.add_argument("--saves", type=int, default=50)
    asked = options.parse_args()
    print(f"{asked.raters} processes, {asked.saves} saves each")
    print("| store | saved | lost | saves a second | ms: half / 99 % / longest |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        name = asked.store or f"sqlite:{Path(folder) / 'qa.db'}"
        before = len(read(open_store(name), ReviewRow))
        took, whole = crowd(ours, name, asked.raters, asked.saves)
        rows = read(open_store(name), ReviewRow)
        lost = len(took) + before - len(rows)
        print(line(name.partition(":")[0], took, whole, lost))
        plain = str(Path(folder) / "plain.db")
        connection = sqlite3.connect(plain)
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table plain (rater text, number integer, body text)")
        connection.commit()
        took, whole = crowd(peer, plain, asked.raters, asked.saves)
        kept = connection.execute("select count(*) from plain").fetchone()[0]
        print(line("sqlite3 alone (peer)", took, whole, len(took) - kept))


if __name__ == "__main__":
    main()
