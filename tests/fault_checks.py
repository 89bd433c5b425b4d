"""Runs in which something goes wrong, and what must hold of them and of the run after them."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import store_fixtures as fixtures
from run_checks import Checks, run_order

POINTS = int(os.environ.get("QA_REVIEW_FAULTS", "1"))
SEED = int(os.environ.get("QA_REVIEW_SEED", "20261122"))
WRITES, SYNCS, RENAMES, OPENS = 1, 2, 4, 8
SAYS = {
    errno.EIO: r"Input/output error|disk I/O error",
    errno.ENOSPC: r"No space left on device|disk is full|disk I/O error; see whether the disk is",
    errno.EROFS: r"Read-only file system|readonly database|unable to open database file|I/O error",
    errno.EMFILE: r"Too many open files|open more files \(ulimit -n\)",
    errno.EFBIG: r"File too large|disk is full|disk I/O error",
}
"""what a person is told of each fault, by the system or by SQLite"""


@dataclass(frozen=True)
class Ended:
    """A run of the command line that has ended."""

    status: int
    lines: list[str]

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    @property
    def acknowledged(self) -> set[str]:
        return {one["item"] for one in self.told if not one["problem"]}

    @property
    def problems(self) -> dict[str, str]:
        """Calls that failed, but for the file that is no recording."""
        return {o["item"]: o["problem"] for o in self.told if o["problem"] and o["item"] != "none"}

    @property
    def message(self) -> str:
        return next((one for one in self.lines if one.startswith("qa-review: ")), "")

    @property
    def counted(self) -> dict[str, int]:
        line = next(one for one in reversed(self.lines) if one.startswith("counted "))
        counted: dict[str, int] = json.loads(line.removeprefix("counted "))
        return counted


@dataclass
class Runs:
    """Has runs over one folder of calls begun by the process of ``children/fault_runs.py``."""

    process: subprocess.Popen[str]
    order: dict[str, Any]
    number: int = 0
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.out = Path(self.order["out"])
        self.check = Checks(self.out)
        self.draw_for("")

    def draw_for(self, test: str) -> None:
        """Draw as this test does, wherever and after whatever it runs."""
        self.chance = random.Random(f"{SEED} {test}")

    def begin(self, **order: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({**self.order, **order}) + "\n")
        self.process.stdin.flush()

    def end(self) -> list[Ended]:
        assert self.process.stdout
        return [Ended(**one) for one in json.loads(self.process.stdout.readline())]

    def run(self, **order: Any) -> Ended:
        self.begin(**order)
        (one,) = self.end()
        return one

    def undisturbed(self, **order: Any) -> Ended:
        """The run that all others are held against; with an order, one that only counts."""
        name = "count" if order else "0000"
        shutil.rmtree(self.out / name, ignore_errors=True)
        (self.out / name).mkdir()
        ended = self.run(name=name, **order)
        (self.out / name / "finished").touch()
        assert ended.status == 1 and not ended.problems, ended.lines
        return ended

    def disturbed(self, says: str, /, **order: Any) -> Ended:
        """A run with a fault, and one after it; notes what is wrong with either."""
        self.number += 1
        name = f"{self.number:04}"
        (self.out / name).mkdir()
        ended = self.run(name=name, **order)
        self.note(name, order, [*self.told_wrongly(ended, says), *self.wrong(name, [ended])])
        return ended

    def wrong(self, name: str, runs: list[Ended]) -> Iterator[str]:
        """What is wrong with a folder after runs, and after a further one."""
        said = set().union(*(one.acknowledged for one in runs))
        folder = self.out / name
        yield from self.check.wrong(folder, said, False)
        after = self.run(name=name, store=self.order["store"])
        if after.status != 1 or after.problems:
            yield f"the run after it ended so: {after.status} {after.lines[-5:]}"
        yield from self.check.wrong(folder, said | after.acknowledged, True)

    def told_wrongly(self, ended: Ended, says: str) -> Iterator[str]:
        text = "\n".join(ended.lines)
        if "Traceback" in text or ended.status not in (1, 2):
            yield f"it ended with {ended.status}: {text[-1500:]}"
        for words in [*ended.problems.values(), *([ended.message] if ended.status == 2 else [])]:
            if not re.search(says, words):
                yield f"it doesn't say what happened: {words!r}"
        places = [str(self.out), self.order["store"] or str(self.out)]
        if ended.status == 2 and not any(place in ended.message for place in places):
            yield f"it doesn't say where: {ended.message!r}"

    def note(self, name: str, order: dict[str, Any], wrong: list[str]) -> None:
        self.found += [f"seed {SEED}, {order}, {name}: {one}" for one in wrong]

    def points(self, among: int) -> list[int]:
        """The numbers of the calls that fail, drawn."""
        every = range(1, among + 1)
        return self.chance.sample(every, min(POINTS, among))


@contextmanager
def fault_runs(place: Path, *, preload: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """The process that begins runs, warm."""
    script = fixtures.TESTS / "children" / "fault_runs.py"
    more = {"LD_PRELOAD": str(preload)} if preload else {}
    with subprocess.Popen(
        [sys.executable, str(script)], text=True, env=fixtures.child_environment(**more),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"
        order = {**run_order(place, calls=1), "name": "warm", "warm": True}
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "1\n"
        yield process
        process.stdin.close()  # it ends


def shim(place: Path) -> Path:
    """``faults.c``, compiled."""
    made = place / "faults.so"
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no C compiler, or not Linux: calls to the system can't be made to fail")
    source = fixtures.TESTS / "faults.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made
