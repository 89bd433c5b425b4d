"""Doing one task for many items, on one process or on many.

An engine runs ``task`` on every item once and yields an :class:`Outcome` for each, in any order.
An item that raises, hangs, or kills its worker costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


class Engine(Protocol):
    """Runs a task over items. Tasks and items must pickle."""

    def run(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]: ...
