"""Engines with a fault each, which the contract has to find."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from qa_review.run import crew, pebble
from qa_review.run.engine import Died, Outcome
from qa_review.run.hands import Hands, pack
from qa_review.run.pebble import Here, OneProcess, Processes
from qa_review.run.serial import Serial

Outcomes = Iterator[Outcome[Any, Any]]
Task = Callable[[Any], Any]


class TellsTwice(Serial):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        for outcome in super().run(task, items):
            yield outcome
            yield outcome


class StopsAtAnError(Serial):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        for outcome in super().run(task, items):
            if outcome.error is not None:
                return
            yield outcome


class SaysNoKind(Serial):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        for outcome in super().run(task, items):
            error = outcome.error and RuntimeError(str(outcome.error))
            yield Outcome(outcome.item, outcome.result, error)


class TakesAllAtOnce(Serial):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        yield from super().run(task, list(items))


class KeepsAll(Serial):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        kept = []
        for outcome in super().run(task, items):
            kept.append(outcome)
            yield outcome


class OneRunAtATime(Serial):
    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        with self._lock:
            yield from super().run(task, items)


class LosesTheItem(Processes):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        for outcome in super().run(task, items):
            if not isinstance(outcome.error, Died):
                yield outcome


class GivesUpAtOnce(Processes):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        before, crew.TRIES = crew.TRIES, 1
        try:
            yield from super().run(task, items)
        finally:
            crew.TRIES = before


class TriesForEver(Processes):
    """For as long as anyone would look, that is."""

    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        before, crew.TRIES = crew.TRIES, 3
        try:
            yield from super().run(task, items)
        finally:
            crew.TRIES = before


class BlamesTheReader(Processes):
    """Times an item without looking whether it is done."""

    class Place(Here):
        def wait(self, tickets: Any, timeout_s: float) -> Any:
            return set() if timeout_s == 0.0 else super().wait(tickets, timeout_s)

    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        place = self.Place(pack(task), most=2)
        yield from crew.outcomes(place, items, timeout_s=2)


class LeavesProcesses(Processes):
    left: list[OneProcess] = []  # noqa: RUF012  for the test, which ends them

    class Place(Here):
        def close(self) -> None:
            LeavesProcesses.left += self._hired

    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        yield from crew.outcomes(self.Place(pack(task), most=2), items, timeout_s=60)


class SwallowsCtrlC(Processes):
    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        try:
            yield from super().run(task, items)
        except KeyboardInterrupt:
            return


class Outlives(Processes):
    """Its workers don't look whether anyone is left to work for."""

    def run(self, task: Task, items: Iterable[Any]) -> Outcomes:
        pebble._begin = begin_carelessly
        yield from super().run(task, items)


def begin_carelessly(parent: int, task: bytes) -> None:
    pebble._hands = Hands(task)


def swallows_ctrl_c() -> SwallowsCtrlC:
    return SwallowsCtrlC(2, timeout_s=60)


def outlives() -> Outlives:
    return Outlives(2, timeout_s=60)


def end_what_is_left() -> list[int | None]:
    """Ends what ``LeavesProcesses`` left; the processes that it did."""
    left, LeavesProcesses.left = LeavesProcesses.left, []
    pebble.end([one for one in left if not one.ended])
    return [one.process for one in left if one.process != os.getpid()]
