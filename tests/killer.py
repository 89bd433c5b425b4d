"""Has workers killed at drawn moments, and says what is wrong then.

``QA_REVIEW_KILLS`` is how many workers the suites kill in all (500), ``QA_REVIEW_SEED`` what the
moments are drawn with. A kill is not a power cut: what the disk keeps then is up to the database
(SQLite is set to ``synchronous = full``).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import store_fixtures as fixtures

KILLS = int(os.environ.get("QA_REVIEW_KILLS", "500"))
SEED = int(os.environ.get("QA_REVIEW_SEED", "20261122"))
Check = Callable[[list[str]], list[str]]
"""what was acknowledged so far to everything that is wrong"""
OF_500 = {
    ("save", "sqlite"): 60, ("save", "postgresql"): 40,
    ("reveal", "sqlite"): 40, ("reveal", "postgresql"): 35,
    ("open", "sqlite"): 40, ("open", "postgresql"): 35,
    ("ballot", "sqlite"): 60, ("export", "sqlite"): 30,
    ("review", "sqlite"): 100, ("review", "postgresql"): 60,
}  # fmt: skip
"""how many of 500 workers are killed at what"""
SHARES = {deed: max(1, round(of_500 * KILLS / 500)) for deed, of_500 in OF_500.items()}


class Killer:
    """Has workers killed by the process of ``children/kills.py``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, **order: Any) -> Any:
        """What came of an order."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def rounds(
        self, kills: int, order: dict[str, Any], check: Check,
        sessions: Callable[[], list[str]] = list,
    ) -> list[str]:  # fmt: skip
        """Kill that many workers; the first things that are wrong, with the kill and the seed."""
        chance, acknowledged = random.Random(f"{SEED} {order['deed']}"), []
        lasts_ms = self.tell(**order, turn="rehearsal", sessions=sessions())["lasts_ms"]
        longest_ms, in_vain = max(60, order.get("spread", 4) * lasts_ms), 0
        for kill in range(kills + 60):
            if kill >= kills and acknowledged:
                break  # more than were asked for only until one was acknowledged
            if in_vain == 8:  # the machine is busier than it was when the deed was rehearsed
                longest_ms, in_vain = 2 * longest_ms, 0
            after_ms = chance.uniform(1, longest_ms)
            told = self.tell(**order, turn=kill, sessions=sessions(), after_ms=after_ms)
            assert told["killed"]
            lines = [line for line in told["lines"] if line != "nothing left to do"]
            if lines != told["lines"]:  # all was done before it was killed: kill sooner
                longest_ms = max(20, longest_ms / 2)
            wrong = [line for line in lines if line.startswith("error")]
            done = [line for line in lines if line not in wrong]
            acknowledged, in_vain = acknowledged + done, 0 if done else in_vain + 1
            if wrong := wrong or check(acknowledged):
                return [f"seed {SEED}, kill {kill} after {after_ms:.1f} ms: {w}" for w in wrong]
        print(f"seed {SEED}: {kills} kills, {len(acknowledged)} acknowledged, all there")
        assert acknowledged  # else nothing was shown
        return []


@contextmanager
def killers() -> Iterator[Killer]:
    """A killer, and the process of ``children/kills.py`` that forks its workers."""
    script = fixtures.TESTS / "children" / "kills.py"
    with subprocess.Popen(
        [sys.executable, str(script)], text=True, env=fixtures.child_environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"
        yield Killer(process)
        process.stdin.close()  # it ends
