"""Doing one task for many items: in this process, on this machine's processors, on a cluster.

An engine promises, and one suite of tests holds every engine to it:

- each item gives exactly one :class:`Outcome`, in any order;
- an item whose task raises, takes too long, or ends its worker costs only itself;
- an item whose worker ended is tried once more, alone, before it is given up: the worker may have
  been ended from outside;
- items are taken from their iterator only a little ahead, so memory doesn't grow with their number;
- once the iterator of outcomes is closed, or the process that runs it is gone, so are all workers.

So a task may be run more than once for an item. What it leaves behind has to be the same then;
that a result counts once is the ledger's part (:mod:`qa_review.keep.ledger`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the error that took its place."""

    item: Item
    result: Result | None = None
    error: BaseException | None = None


class Died(Exception):
    """A worker ended, or was ended for taking too long, while it had an item."""


@dataclass(frozen=True, slots=True)
class Stage(Generic[Item, Result]):
    """A task with what an engine needs to know to place it.

    ``on_device`` says that it runs a speech model, so it goes where the GPUs are. ``share`` is the
    part of the engine's workers that it gets, from 0 to 1, where stages run side by side.
    """

    name: str
    task: Callable[[Item], Result]
    on_device: bool = False
    share: float = 1.0

    def __call__(self, item: Item) -> Result:
        return self.task(item)


class Engine(Protocol):
    """Runs a task over items. Tasks and items must pickle."""

    def run(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """The outcome of every item. ``task`` is a function of a module, or a :class:`Stage`.

        Raises:
            QAReviewError: workers can't be had at all; then no item is to blame.
        """
        ...


@contextmanager
def ended(outcomes: Iterator[Outcome[Item, Result]]) -> Iterator[Iterator[Outcome[Item, Result]]]:
    """The outcomes of a run, whose workers are gone once the block has ended, however it did."""
    try:
        yield outcomes
    finally:
        close = getattr(outcomes, "close", None)
        if close:
            close()
