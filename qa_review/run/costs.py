"""What work costs: of one piece on a worker, and of a stage of a run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds, those of ended children too, and seconds by the clock."""

    cpu_s: float = 0.0
    s: float = 0.0


@dataclass(frozen=True, slots=True)
class StageCost:
    """What a stage of a run took: items, processor seconds, and seconds on the workers' clocks."""

    calls: int = 0
    cpu_s: float = 0.0
    s: float = 0.0

    def plus(self, cost: Cost, calls: int = 1) -> StageCost:
        """With some items more.

        >>> StageCost(2, 3.0, 4.0).plus(Cost(1.0, 1.5))
        StageCost(calls=3, cpu_s=4.0, s=5.5)
        """
        return StageCost(self.calls + calls, self.cpu_s + cost.cpu_s, self.s + cost.s)


@contextmanager
def measured() -> Iterator[Callable[[], Cost]]:
    """What the block costs: nothing until it has ended."""
    cpu_s, begun_s = _cpu_s(), time.monotonic()
    made = Cost()
    try:
        yield lambda: made
    finally:
        made = Cost(_cpu_s() - cpu_s, time.monotonic() - begun_s)


def _cpu_s() -> float:
    # of ended children the system counts in hundredths of a second, of this process finely
    return time.process_time() + sum(os.times()[2:4])
