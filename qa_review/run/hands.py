"""What a worker does with an item, and how items, results and errors travel.

Errors arrive as what they are, with the worker's traceback as their cause.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from typing import Any

from qa_review.run.engine import Item, Outcome

_working = False


class InWorker(Exception):
    """Where in the worker an error arose: its traceback."""


class Untold(Exception):
    """An error of a kind that can't travel between processes: its name and what it says."""


def in_worker() -> bool:
    """Whether this process is a worker: it may die of an item, and another takes its place."""
    return _working


def pack(thing: object) -> bytes:
    """Raises whatever the thing raises when it can't be pickled."""
    return pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL)


class Hands:
    """Does a packed task for packed items. The task is unpacked with the first item, so that a
    task which can't be had here is an error of the items and not the end of the worker."""

    def __init__(self, task: bytes) -> None:
        self._packed = task
        self._task: Callable[[Any], Any] | None = None

    def __call__(self, item: bytes) -> bytes:
        global _working
        _working = True
        try:
            if self._task is None:
                self._task = pickle.loads(self._packed)
            return pack((True, self._task(pickle.loads(item)), ""))
        except BaseException as error:  # sys.exit() in a task too: it is no reason to end
            return _packed_error(error)


def _packed_error(error: BaseException) -> bytes:
    where = "".join(traceback.format_exception(error))
    try:
        packed = pack((False, error, where))
        pickle.loads(packed)  # many can be packed and not unpacked: those with several arguments
    except Exception:
        said = "".join(traceback.format_exception_only(error)).strip()
        packed = pack((False, Untold(said), where))
    return packed


def unpack(item: Item, packed: bytes) -> Outcome[Item, Any]:
    """The outcome of an item from what a worker answered."""
    try:
        done, value, where = pickle.loads(packed)
    except Exception as error:
        return Outcome(item, error=error)
    if done:
        return Outcome(item, value)
    value.__cause__ = InWorker(where)
    return Outcome(item, error=value)
