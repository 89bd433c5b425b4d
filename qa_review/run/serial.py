"""The engine that does one item after another in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from qa_review.run.engine import Item, Outcome, Result


class Serial:
    """No worker processes: simple to debug, but an item that kills its process kills this one."""

    def run(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        for item in items:
            try:
                yield Outcome(item, task(item))
            except Exception as error:
                yield Outcome(item, error=error)


def engine(detail: str, *, timeout_s: float) -> Serial:
    """The engine; ``detail`` and ``timeout_s`` mean nothing to it."""
    return Serial()
