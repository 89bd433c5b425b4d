"""Runs over dialogues that are killed: whole, or a worker at a time."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest
from test_bulk import files, light, run, said, write  # noqa: F401

CHILD = Path(__file__).parent / "children" / "bulk_run.py"
KILLS = max(3, int(os.environ.get("QA_REVIEW_KILLS", "0")) // 50)
"""a fiftieth of what the suites of stores kill, as each takes seconds"""
SEED = int(os.environ.get("QA_REVIEW_SEED", str(random.randrange(10_000))))
WITHIN_S = 240
"""a generous limit: what is waited for comes within seconds"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts runs; at the end none of them is left, nor of their workers."""
    begun: list[psutil.Process] = []

    def go(*arguments: Any) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, str(CHILD), *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        begun.append(psutil.Process(child.pid))
        return child

    go.seen = begun  # type: ignore[attr-defined]
    yield go
    gone(begun)


def gone(processes: list[psutil.Process]) -> None:
    for process in processes:
        if process.is_running():
            process.kill()


def options(path: Path, out: Path, *, part: int = 10, **more: Any) -> str:
    return json.dumps({"paths": [str(path)], "out": str(out), "part": part, **more})


def until(condition: Callable[[], Any], child: subprocess.Popen[str]) -> None:
    """Wait until something is so, or the run has ended."""
    end = time.monotonic() + WITHIN_S
    while not condition() and child.poll() is None:
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


def workers_of(child: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        inside = psutil.Process(child.pid).children(recursive=True)
        return [one for one in inside if "spawn_main" in " ".join(one.cmdline())]
    except psutil.Error:
        return []


def finished(home: Path) -> int:
    return len(list((home / "marks").glob("part-*.json")))


def busy(home: Path) -> bool:
    """Whether a table is being written; false where the run has just removed the folder."""
    try:
        return any(name[0] == "." for _, _, names in os.walk(home) for name in names)
    except OSError:
        return False


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """12 parts of 10 slow dialogues; every second part has an id of the part before."""
    ids = [n - 10 if n % 20 == 13 else n for n in range(120)]
    lines = [said(f"d{n}", f"[slow] is it {k}?") for k, n in enumerate(ids)]
    return write(tmp_path / "said.jsonl", lines)


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_leaves_what_an_undisturbed_one_does(
    path: Path, tmp_path: Path, start: Start
) -> None:
    """Two kills a run, in parts and joined in turn, for as many runs as that takes."""
    print(f"QA_REVIEW_SEED={SEED}")
    chance, kills = random.Random(SEED), 0
    for number in count():
        parted, out = number % 2 == 0, tmp_path / f"out{number}"
        home = out if parted else out / ".parts"
        for _ in range(min(2, KILLS - kills)):
            engine = chance.choice(["serial", "processes:2"])
            child = start(options(path, out, parted=parted, engine=engine))
            wanted = finished(home) + chance.randint(0, 4)
            until(lambda home=home, n=wanted: busy(home) and finished(home) >= n, child)
            time.sleep(chance.random() * 0.05)
            start.seen.extend(workers_of(child))  # type: ignore[attr-defined]
            child.kill()
            child.communicate(timeout=WITHIN_S)
            kills += 1
            print(f"kill {kills}: {engine}, {finished(home)} of 12 parts")
        done = run(path, out=out, part=10, parted=parted)  # its workers may still be there
        assert (done.dialogues, done.scored, done.failed) == (120, 114, 6)
        gone(start.seen)  # type: ignore[attr-defined]
        run(path, out=out, part=10, parted=parted)
        run(path, out=tmp_path / f"alone{number}", part=10, parted=parted)
        assert files(out) == files(tmp_path / f"alone{number}")
        if kills == KILLS:
            break


@pytest.mark.slow
def test_workers_that_are_killed_cost_nothing(path: Path, tmp_path: Path, start: Start) -> None:
    print(f"QA_REVIEW_SEED={SEED}")
    chance, out = random.Random(SEED), tmp_path / "out"
    child = start(options(path, out, parted=True, engine="processes:2"))
    for _ in range(2):
        wanted = finished(out) + chance.randint(1, 3)
        until(lambda n=wanted: finished(out) >= n and workers_of(child), child)
        time.sleep(chance.random() * 0.02)
        for worker in workers_of(child)[:1]:
            worker.kill()
    told, problems = child.communicate(timeout=WITHIN_S)
    assert child.returncode == 0, problems
    assert json.loads(told) == [120, 114, 6, 0]
    run(path, out=tmp_path / "alone", part=10, parted=True)
    assert files(out) == files(tmp_path / "alone")


@pytest.mark.slow
def test_a_dialogue_that_kills_every_worker_is_listed_and_the_rest_scored(
    tmp_path: Path, start: Start
) -> None:
    lines = [said(f"d{n}", "[kill]" if n == 5 else "hello") for n in range(8)]
    path = write(tmp_path / "said.jsonl", lines)
    child = start(options(path, tmp_path / "out", part=4, engine="processes:2"))
    told, problems = child.communicate(timeout=WITHIN_S)
    assert child.returncode == 0, problems
    assert json.loads(told) == [8, 7, 1, 0]
    done = run(path, out=tmp_path / "out", part=4, parted=False)
    assert done.kept == 8
    ((call_id, file, reason, detail),) = done.rows("failures")
    assert (call_id, file, reason) == ("d5", "said.jsonl", "worker died")
    assert detail.startswith("line 6: ") and "exit status" in detail


@pytest.mark.slow
def test_ctrl_c_keeps_the_finished_parts_and_says_so(
    path: Path, tmp_path: Path, start: Start
) -> None:
    out = tmp_path / "out"
    words = ("score", path, "--out", out, "--part", 10, "--engine", "processes:2", "--parted")
    child = start("main", *words, "--progress", "none")
    until(lambda: finished(out) >= 2, child)
    os.killpg(child.pid, signal.SIGINT)
    _, problems = child.communicate(timeout=WITHIN_S)
    assert child.returncode == 130, problems
    assert "stopped; what is finished is kept, run again for the rest" in problems
    kept = finished(out)
    assert kept >= 2
    assert run(path, out=out, part=10, parted=True).kept == 10 * kept
