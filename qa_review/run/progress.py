"""How far a long run has come: done, failed, left, how fast, and when it will end.

What is left is weighed in bytes where their number is known, so that one long recording among
short ones is not taken for one of them. The rate is that of the last ten minutes, of the whole run
while it is younger: machines that join or leave show within minutes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 600.0
"""how far back the rate looks"""
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands after ``item``.

    ``done`` counts what this run finished, ``failed`` what gave no result, ``kept`` what was there
    already, ``left`` what is still to do. ``sound_ms`` is the length of the recordings done.
    ``left_s`` is ``None`` until something is finished to judge by.
    """

    done: int
    failed: int
    kept: int
    left: int
    elapsed_s: float
    left_s: float | None
    sound_ms: int = 0
    item: str = ""
    problem: str = ""

    @property
    def total(self) -> int:
        return self.done + self.failed + self.kept + self.left

    @property
    def sound_hours_a_minute(self) -> float:
        """Hours of sound that are done in a minute, over the whole run."""
        return self.sound_ms / HOUR_MS * 60 / self.elapsed_s if self.elapsed_s > 0 else 0.0

    def to_json(self) -> dict[str, float | int | str | None]:
        """What ``--progress json`` prints, one object a line."""
        return {
            "done": self.done,
            "failed": self.failed,
            "kept": self.kept,
            "left": self.left,
            "elapsed_s": round(self.elapsed_s, 1),
            "left_s": None if self.left_s is None else round(self.left_s, 1),
            "sound_s": round(self.sound_ms / 1000, 1),
            "sound_hours_a_minute": round(self.sound_hours_a_minute, 3),
            "item": self.item,
            "problem": self.problem,
        }


class Meter:
    """Counts what is finished and tells the :class:`Standing`.

    Args:
        todo: how many items are to do.
        weight: what they weigh together, such as their bytes; 0: each weighs the same.
        kept: how many needn't be done.
        clock: seconds, as :func:`time.monotonic`.

    >>> seconds = iter([0.0, 10.0])
    >>> meter = Meter(4, kept=1, clock=lambda: next(seconds))
    >>> meter.finished("call-1")  # one of four in 10 s
    Standing(done=1, failed=0, kept=1, left=3, elapsed_s=10.0, left_s=30.0, sound_ms=0, \
item='call-1', problem='')
    """

    def __init__(
        self,
        todo: int,
        *,
        weight: float = 0,
        kept: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._left, self._kept, self._clock = todo, kept, clock
        self._weighed, self._all = weight > 0, float(weight if weight > 0 else todo)
        self._started = clock()
        self._weight = 0.0
        self._done = self._failed = self._sound_ms = 0
        self._then: deque[tuple[float, float]] = deque([(self._started, 0.0)])

    def finished(
        self, item: str, *, weight: float = 0, sound_ms: int = 0, problem: str = ""
    ) -> Standing:
        """Count an item; ``problem`` is why it failed, ``""`` when it didn't."""
        self._sound_ms += sound_ms
        failed = int(bool(problem))
        return self._count(item, 1, 1 - failed, failed, weight, problem)

    def finished_some(
        self, item: str, todo: int, *, done: int, failed: int, weight: float
    ) -> Standing:
        """Count what ``item`` holds, such as a part its dialogues.

        Args:
            todo: for how many it was counted; fewer may have come of it, where lines were empty.
            weight: what they weigh together.
        """
        return self._count(item, todo, done, failed, weight, "")

    def _count(
        self, item: str, todo: int, done: int, failed: int, weight: float, problem: str
    ) -> Standing:
        now = self._clock()
        self._left -= todo
        self._done, self._failed = self._done + done, self._failed + failed
        self._weight += weight if self._weighed else todo
        self._note(now)
        left = max(0, self._left)
        return Standing(
            self._done, self._failed, self._kept, left, now - self._started,
            self._left_s(now) if left else 0.0, self._sound_ms, item, problem,
        )  # fmt: skip

    def _note(self, now: float) -> None:
        """Remember the weight done by now, once a second at most; forget what is too old."""
        if now - self._then[-1][0] >= 1:
            self._then.append((now, self._weight))
        while len(self._then) > 2 and self._then[1][0] <= now - WINDOW_S:
            self._then.popleft()

    def _left_s(self, now: float) -> float | None:
        then, before = self._then[0]
        moved = self._weight - before
        if moved <= 0 or now <= then:
            return None
        return max(0.0, self._all - self._weight) * (now - then) / moved
