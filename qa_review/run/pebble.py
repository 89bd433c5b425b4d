"""The engine of worker processes on this machine, by pebble.

The standard library's pools lose the whole batch when one worker dies; pebble loses one item.
Each worker has a pool of its own: the workers of one pool share a pipe and its locks, and one that
is killed while it holds them stops the others. Workers are spawned, never forked: speech engines
keep threads that a fork would break. They end when this process does, even if it was killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import pebble

from qa_review.base.errors import QAReviewError
from qa_review.run.as_child import end_with
from qa_review.run.crew import LOOKS_EVERY_S, Gone, outcomes, share_of
from qa_review.run.engine import Item, Outcome, Result
from qa_review.run.hands import Hands, pack

STARTS_WITHIN_S = 300.0
"""a worker loads what the script that started it imports, which may be much on a busy machine"""
ENDS_WITHIN_S = 1.0
"""how long a worker that is asked to end has, before it is killed"""
CANT_START = (
    'worker processes can\'t start ({why}). In a script call this under if __name__ == "__main__":,'
    ' and not from standard input; or use engine="serial"'
)


class Processes:
    """Up to ``workers`` items at once, each for at most ``timeout_s`` seconds.

    A stage gets its share of the workers, rounded, and one at least. All workers for each would
    start as many processes as there are processors for every stage that runs beside another; they
    are then in each other's way, and an item's time is up before its work is done.
    """

    def __init__(self, workers: int, *, timeout_s: float) -> None:
        if workers < 1:
            raise ValueError(f"workers are 1 or more, not {workers}")
        self._workers, self._timeout_s = workers, timeout_s

    def run(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        here = Here(pack(task), most=share_of(task, self._workers))
        yield from outcomes(here, items, timeout_s=self._timeout_s)


class OneProcess:
    """A pool of one process, which does one thing at a time and keeps what it has loaded."""

    def __init__(self, task: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        whose = (os.getpid(), task)
        self.pool = pebble.ProcessPool(1, initializer=_begin, initargs=whose, context=context)
        self.process: int | None = None
        self.asked: Future[bytes] | None = None
        self.missed = 0
        self.ended = False

    def greet(self) -> Future[bytes]:
        with _no_ctrl_c():
            self.asked = self.pool.schedule(_process)
        return self.asked

    def greeted(self, answer: bytes) -> None:
        self.process = int(answer)

    def give(self, packed: bytes) -> Future[bytes]:
        try:
            self.asked = self.pool.schedule(_do, args=(packed,))
        except RuntimeError as error:
            raise Gone("its process ended while it was idle") from error
        return self.asked

    def end(self) -> None:
        end([self])


class Here:
    """This machine, as a place where workers are had."""

    patience_s = STARTS_WITHIN_S
    hopeless: int | None = None  # an item that ends its worker is the item's fault here

    def __init__(self, task: bytes, *, most: int) -> None:
        self._task, self.most = task, most
        self._hired: list[OneProcess] = []
        self._looked_s = time.monotonic()

    def hire(self) -> OneProcess:
        self._hired = [one for one in self._hired if not one.ended]
        self._hired.append(OneProcess(self._task))
        return self._hired[-1]

    def wait(self, tickets: Sequence[Future[bytes]], timeout_s: float) -> set[Future[bytes]]:
        done, _ = wait(tickets, timeout_s, FIRST_COMPLETED)
        if time.monotonic() - self._looked_s >= LOOKS_EVERY_S:
            self._looked_s = time.monotonic()
            done |= self._without_process() & set(tickets)
        return done

    def _without_process(self) -> set[Future[bytes]]:
        """What nobody does any more: pebble doesn't tell of a worker that ended with status 0."""
        alive = {child.pid for child in multiprocessing.active_children()}
        for one in self._hired:
            gone = one.process is not None and one.process not in alive
            one.missed = one.missed + 1 if gone else 0
        # at the second look: pebble tells of the others within a tenth of a second
        return {one.asked for one in self._hired if one.missed > 1 and one.asked}

    def answer(self, ticket: Future[bytes]) -> bytes:
        if not ticket.done():
            raise Gone("its process ended by itself")
        try:
            return ticket.result()
        except pebble.ProcessExpired as error:
            raise Gone(f"its process ended with exit status {error.exitcode}") from error
        except BrokenProcessPool as error:
            raise Gone("its process ended before it had begun") from error

    def close(self) -> None:
        end([one for one in self._hired if not one.ended])

    def nobody(self, why: str) -> QAReviewError:
        return QAReviewError(CANT_START.format(why=why))


def end(workers: Sequence[OneProcess]) -> None:
    """End them together: pebble would give each three seconds, one after the other."""
    for worker in workers:
        worker.pool.stop()  # type: ignore[no-untyped-call]
    numbers = {worker.process for worker in workers}
    children = [child for child in multiprocessing.active_children() if child.pid in numbers]
    for child in children:
        child.terminate()
    latest = time.monotonic() + ENDS_WITHIN_S
    for child in children:
        child.join(max(0.0, latest - time.monotonic()))
        if child.is_alive():
            child.kill()
    for worker in workers:
        worker.pool.join()
        worker.ended = True


@contextmanager
def _no_ctrl_c() -> Iterator[None]:
    """Processes that are started meanwhile leave Ctrl-C to this one, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in the worker -------------------------------------------------------------------------------

_hands: Hands | None = None


def _begin(parent: int, task: bytes) -> None:
    global _hands
    end_with(parent, by=signal.SIGKILL)  # in the midst of an item too; results are written whole
    _hands = Hands(task)


def _process() -> bytes:
    return str(os.getpid()).encode()


def _do(packed: bytes) -> bytes:
    if _hands is None:
        raise RuntimeError("this process was not begun as a worker")
    return _hands(packed)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def engine(detail: str, *, timeout_s: float) -> Processes:
    """The engine with ``detail`` workers; ``""``: as many as there are processors."""
    if detail and not detail.isdecimal():
        raise ValueError(f"processes:N takes a number of workers, not {detail!r}")
    return Processes(int(detail) if detail else cores(), timeout_s=timeout_s)
