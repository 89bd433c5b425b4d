"""How far it goes: seconds and memory from 1,000 to 1,000,000 dialogues, processes, Ray, hearing.

    python benchmarks/scale.py                          # all but a million: half an hour
    python benchmarks/scale.py text --sizes 1000,1000000
    python benchmarks/scale.py cores ray hearing ledger

    text      dialogues of 60 words scored in a stream: seconds and memory by number
    cores     one worker process against two, and against a plain loop without any engine
    ray       what Ray costs above processes, for items that cost nothing
    hearing   recordings heard and scored: hours of sound an hour of a processor
    ledger    calls a second that the process of a run can keep, SQLite

Each line is a process of its own; CPU is of it and all its workers, memory is what it and its
largest worker held at most. Ratios are of one run.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from made_up_dialogues import write_lines

import qa_review
from qa_review.base.resources import folder
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.ledger import Entry, keep_heard, keep_scored
from qa_review.run import api
from qa_review.run.engine import Engine

PARTS = ("text", "cores", "ray", "hearing", "ledger")
SIZES = (1_000, 10_000, 100_000)
EVERY_S = 0.25
TRIVIAL = 200
"""items that cost nothing, for what an engine costs by itself"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child process took: seconds by the clock and of processors, megabytes."""

    s: float
    cpu_s: float
    driver_mb: float
    worker_mb: float
    slope_mb: float
    """megabytes that it grew by for 1,000 items, over the second half of its life; nan if short"""


def child(part: str, *given: object) -> Cost:
    """Run one measurement of this file in a process of its own."""
    command = [sys.executable, __file__, "--child", part, *map(str, given)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    seen: list[tuple[float, float, float]] = []
    watcher = threading.Thread(target=_watch, args=(process.pid, seen, begun), daemon=True)
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command[2:]))} ended with {process.returncode}")
    rows = np.array(seen) if seen else np.zeros((1, 3))
    return Cost(took, used.ru_utime + used.ru_stime, rows[:, 1].max(), rows[:, 2].max(),
                _slope(rows))  # fmt: skip


def _watch(process: int, seen: list[tuple[float, float, float]], begun: float) -> None:
    """Note the memory of a process and of its largest child until it is gone."""
    try:
        driver = psutil.Process(process)
        while driver.is_running() and driver.status() != psutil.STATUS_ZOMBIE:
            largest = 0.0
            for worker in driver.children(recursive=True):
                try:
                    largest = max(largest, worker.memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue
            seen.append((time.perf_counter() - begun, driver.memory_info().rss / 1e6, largest))
            time.sleep(EVERY_S)
    except psutil.NoSuchProcess:
        pass


def _slope(rows: np.ndarray) -> float:
    """Megabytes a second over the second half, driver and largest worker together.

    What comes before the workers are warm and after they are gone is left out.
    """
    warm = rows[rows[:, 2] > 0.9 * rows[:, 2].max()]
    late = warm[len(warm) // 2 :]
    if len(late) < 20:
        return float("nan")
    return float(np.polyfit(late[:, 0], late[:, 1] + late[:, 2], 1)[0])


# --- what is measured, each in a process of its own ----------------------------------------------


def score_stream(source: str, out: str, engine: str) -> None:
    qa_review.score_files(source, out=out, engine=engine, parted=True)


def score_loop(source: str) -> None:
    """The peer: no engine, no parts, no tables; one dialogue after another."""
    with Path(source).open(encoding="utf-8") as lines:
        for line in lines:
            qa_review.score(json.loads(line))


def trivial(engine: str) -> None:
    made: Engine = api.make_engine(engine, timeout_s=60)
    # what workers elsewhere are given has to be of a module: this file is none to them
    assert sum(outcome.result or 0 for outcome in made.run(operator.index, range(TRIVIAL))) > 0


def hear(out: str, engine: str) -> None:
    qa_review.review_folder(folder("sample_calls"), out=out, engine=engine)


def keep(count: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        results = ResultsFolder(Path(place))
        results.make()
        turns = [{"speaker": s, "text": f"{t} {'so it is ' * 12}"} for s, t in
                 [("agent", "how can i help"), ("customer", "my bin was missed")] * 20]  # fmt: skip
        for number in range(int(count)):
            name = f"call-{number}"
            review = qa_review.score({"id": name, "turns": turns}, scorer="rules")
            begun = time.process_time()
            with results.store.writing() as unit:
                keep_heard(unit, Entry(name, "heard", "k"), review.call, review.transcript, None)
            with results.store.writing() as unit:
                keep_scored(unit, Entry(name, "scored", "k"), review)
            KEPT.append(time.process_time() - begun)
    ms = 1000 * np.array(KEPT[len(KEPT) // 5 :])
    print(f"{np.median(ms):.1f} [{np.quantile(ms, 0.05):.1f}, {np.quantile(ms, 0.95):.1f}]",
          file=sys.stderr)  # fmt: skip


KEPT: list[float] = []
CHILDREN: dict[str, Callable[..., None]] = {
    "stream": score_stream, "loop": score_loop, "trivial": trivial, "hear": hear, "keep": keep,
}  # fmt: skip


# --- tables ------------------------------------------------------------------------------------


def text(place: Path, sizes: list[int], words: int) -> None:
    print(
        f"\nDialogues of about {words} words, scored in a stream by processes:2, tables in parts\n"
    )
    print("| dialogues | s | CPU s | ms of CPU each | driver MB | largest worker MB "
          "| growth, MB for 1,000 |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    costs = []
    for size in sizes:
        source = place / f"{size}.jsonl"
        write_lines(source, size, words=words)
        cost = child("stream", source, place / f"out-{size}", "processes:2")
        costs.append((size, cost))
        each = 1000 * cost.cpu_s / size
        grown = cost.slope_mb * cost.s / size * 1000
        print(f"| {size:,} | {cost.s:.0f} | {cost.cpu_s:.0f} | {each:.2f} | {cost.driver_mb:.0f} "
              f"| {cost.worker_mb:.0f} | {grown:+.3f} |", flush=True)  # fmt: skip
        source.unlink()
        shutil.rmtree(place / f"out-{size}")
    if len(costs) > 2:
        # how cost grows with number where starting no longer counts: 1 is in proportion
        (small, one), (large, other) = costs[1], costs[-1]
        power = np.log(other.cpu_s / one.cpu_s) / np.log(large / small)
        print(f"\nCPU grows with the power {power:.3f} of the number, {small:,} to {large:,}.")


def cores(place: Path, words: int, count: int) -> None:
    source = place / "cores.jsonl"
    write_lines(source, count, words=words)
    print(f"\n{count:,} dialogues of about {words} words, the best of two in turn\n")
    print("| how | s | CPU s | of a plain loop | of one process |")
    print("|---|---|---|---|---|")
    ways = {
        "a plain loop": lambda: child("loop", source),
        "processes:1": lambda: _stream(place, source, "processes:1"),
        "processes:2": lambda: _stream(place, source, "processes:2"),
    }
    rounds = [{name: way() for name, way in ways.items()} for _ in range(2)]
    best = {name: min((one[name] for one in rounds), key=lambda cost: cost.s) for name in ways}
    for name, cost in best.items():
        print(f"| {name} | {cost.s:.1f} | {cost.cpu_s:.1f} "
              f"| {best['a plain loop'].s / cost.s:.2f} x "
              f"| {best['processes:1'].s / cost.s:.2f} x |", flush=True)  # fmt: skip


def _stream(place: Path, source: Path, engine: str) -> Cost:
    out = place / "out"
    cost = child("stream", source, out, engine)
    shutil.rmtree(out)
    return cost


def ray(place: Path) -> None:
    print(f"\n{TRIVIAL} items that cost nothing: start, run, stop\n")
    print("| engine | s | CPU s | above serial, CPU s | MB, driver and largest worker |")
    print("|---|---|---|---|---|")
    base = child("trivial", "serial")
    for engine in ("serial", "processes:2", "ray:local"):
        cost = base if engine == "serial" else child("trivial", engine)
        print(f"| {engine} | {cost.s:.1f} | {cost.cpu_s:.1f} | {cost.cpu_s - base.cpu_s:.1f} "
              f"| {cost.driver_mb:.0f}, {cost.worker_mb:.0f} |", flush=True)  # fmt: skip


def hearing(place: Path) -> None:
    print("\nThe sample calls, heard, scored and shown (weights of doctor's choice)\n")
    print("| engine | s | CPU s | h of sound | h of sound an hour of a processor | hear, score, "
          "page: CPU s |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for engine in ("processes:1", "processes:2"):
        out = place / f"heard-{engine[-1]}"
        cost = child("hear", out, engine)
        told = json.loads((out / "run.json").read_text())
        hours = told["sound_s"] / 3600
        stages = ", ".join(f"{stage['cpu_s']:.0f}" for stage in told["stages"].values())
        print(f"| {engine} | {cost.s:.0f} | {cost.cpu_s:.0f} | {hours:.3f} "
              f"| {hours / (cost.cpu_s / 3600):.1f} | {stages} |", flush=True)  # fmt: skip


def ledger(place: Path, count: int = 500) -> None:
    print(f"\nms of processor time to keep what was heard and scored of a call, n = {count}, "
          "median [5 %, 95 %], SQLite:", flush=True)  # fmt: skip
    child("keep", count)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help=", ".join(PARTS))
    options.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options.add_argument("--words", type=int, default=60, help="of a dialogue (%(default)s)")
    options.add_argument("--count", type=int, default=6_000, help="of dialogues, for cores")
    options.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        CHILDREN[given.child[0]](*given.child[1:])
        return
    print(f"Python {sys.version.split()[0]}, {psutil.cpu_count()} processors, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    with tempfile.TemporaryDirectory() as there:
        place = Path(there)
        for part in given.parts:
            if part == "text":
                text(place, [int(size) for size in given.sizes.split(",")], given.words)
            elif part == "cores":
                cores(place, given.words, given.count)
            else:
                {"ray": ray, "hearing": hearing, "ledger": ledger}[part](place)


if __name__ == "__main__":
    main()
