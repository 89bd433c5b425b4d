"""The engine of worker processes on this machine, by pebble.

The standard library's pools lose the whole batch when one worker dies; pebble loses one item.
Workers are spawned, never forked: speech engines keep threads that a fork would break.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from itertools import chain, islice

import pebble

from qa_review.base.errors import QAReviewError
from qa_review.run.engine import Item, Outcome, Result


class Died(Exception):
    """A worker process ended, or was ended, while it had an item."""


class Processes:
    """Up to ``workers`` items at once, each for at most ``timeout_s`` seconds.

    At most twice as many items as workers are handed out ahead, so memory doesn't grow with the
    number of items.
    """

    def __init__(self, workers: int, *, timeout_s: float) -> None:
        if workers < 1:
            raise ValueError(f"workers are 1 or more, not {workers}")
        self._workers, self._timeout_s = workers, timeout_s

    def run(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        left = iter(items)
        first = list(islice(left, 1))
        if not first:
            return
        context = multiprocessing.get_context("spawn")
        pool = pebble.ProcessPool(max_workers=self._workers, context=context)
        left = chain(first, left)
        waiting: dict[Future[Result], Item] = {}
        try:
            self._started(pool)
            while True:
                for item in left:
                    waiting[pool.schedule(task, args=(item,), timeout=self._timeout_s)] = item
                    if len(waiting) >= 2 * self._workers:
                        break
                if not waiting:
                    break
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield self._outcome(waiting.pop(future), future)
            pool.close()  # type: ignore[no-untyped-call]
        except BaseException:  # Ctrl-C too: no worker may outlive the run
            pool.stop()  # type: ignore[no-untyped-call]
            raise
        finally:
            pool.join()

    def _started(self, pool: pebble.ProcessPool) -> None:
        """Raise when no worker can start: then no item is to blame."""
        try:
            pool.schedule(os.getpid).result()
        except Exception as error:
            raise QAReviewError(
                "worker processes can't start. In a script call this under "
                'if __name__ == "__main__":, and not from standard input; or use engine="serial"'
            ) from error

    def _outcome(self, item: Item, future: Future[Result]) -> Outcome[Item, Result]:
        error = future.exception()
        if error is None:
            return Outcome(item, future.result())
        if isinstance(error, TimeoutError):
            return Outcome(item, error=Died(f"it took more than {self._timeout_s:.0f} s"))
        if isinstance(error, pebble.ProcessExpired):
            return Outcome(item, error=Died(f"its process ended with exit status {error.exitcode}"))
        return Outcome(item, error=error)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def engine(detail: str, *, timeout_s: float) -> Processes:
    """The engine with ``detail`` workers; ``""``: as many as there are processors."""
    if detail and not detail.isdecimal():
        raise ValueError(f"processes:N takes a number of workers, not {detail!r}")
    return Processes(int(detail) if detail else cores(), timeout_s=timeout_s)
