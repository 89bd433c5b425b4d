"""Workers that are handed items, watched, and replaced when they end.

What every engine with workers does is here: who is handed what, which item took too long, what is
tried again. Where workers are had is a :class:`Workplace`: processes of this machine
(:mod:`qa_review.run.pebble`), actors of a cluster (:mod:`qa_review.run.ray`).

Items and results travel as bytes that are packed and unpacked here, so that one which doesn't
pickle is one item's error and never breaks the line on which the others travel.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias

from qa_review.base.errors import QAReviewError
from qa_review.run.engine import Died, Item, Outcome, Stage
from qa_review.run.hands import pack, unpack

Ticket: TypeAlias = Any
"""what a worker gives for something that it was asked: its answer can be waited for"""

TRIES = 2
"""how many workers an item may end until it is given up: others may have ended the first"""
STARTS = 3
"""how many workers in a row may end before they have begun, until nobody can be had"""
LOOKS_EVERY_S = 0.25
"""how long a wait lasts at most before times are looked at again"""


class Gone(Exception):
    """A worker ended before it answered; says how."""


class Worker(Protocol):
    """A process somewhere that does one thing after another."""

    def greet(self) -> Ticket:
        """Ask it to say that it is there."""
        ...

    def greeted(self, answer: bytes) -> None:
        """Look at what it said. Raises ``QAReviewError`` when such a worker is of no use."""
        ...

    def give(self, packed: bytes) -> Ticket:
        """Hand it an item. Raises :class:`Gone` when it ended while it had none."""
        ...

    def end(self) -> None:
        """End it, whatever it does."""
        ...


class Workplace(Protocol):
    """Where workers are had.

    ``most`` is how many at once. A first worker may take ``patience_s`` to come. After ``hopeless``
    lost items without a single one that was finished, workers are to blame and not items;
    ``None``: never.
    """

    most: int
    patience_s: float
    hopeless: int | None

    def hire(self) -> Worker: ...

    def wait(self, tickets: Sequence[Ticket], timeout_s: float) -> Collection[Ticket]:
        """Those that are answered, or whose worker is gone; returns as soon as there is one."""
        ...

    def answer(self, ticket: Ticket) -> bytes:
        """Raises :class:`Gone`."""
        ...

    def close(self) -> None:
        """End all that were hired here."""
        ...

    def nobody(self, why: str) -> QAReviewError:
        """What to tell a person when no worker can be had."""
        ...


def share_of(task: object, workers: int) -> int:
    """How many of an engine's workers a task gets: its share, and one at least.

    >>> share_of(Stage("hear", print, share=0.5), 8), share_of(Stage("tidy", print, share=0.1), 2)
    (4, 1)
    >>> share_of(print, 8)
    8
    """
    return max(1, round(workers * task.share)) if isinstance(task, Stage) else workers


def outcomes(
    place: Workplace, items: Iterable[Item], *, timeout_s: float
) -> Iterator[Outcome[Item, Any]]:
    """The outcome of every item, by the workers of ``place``, each within ``timeout_s``.

    What is finished is told before another item is taken: items may be the outcomes of another
    run, and to take one may last.
    """
    crew: Crew[Item] = Crew(place, timeout_s)
    left, more = iter(items), True
    try:
        while more or crew.busy:
            while more and crew.has_room:
                try:
                    item = next(left)
                except StopIteration:
                    more = False
                    break
                yield from crew.take(item)
                if crew.has_news:
                    break
            yield from crew.news()
    finally:
        place.close()


@dataclass(slots=True, eq=False)
class _Held(Generic[Item]):
    """An item that a worker has, or is to have."""

    item: Item
    packed: bytes
    tries: int = 0


@dataclass(slots=True, eq=False)
class _Seat(Generic[Item]):
    """A worker, and what it has to answer: a greeting, then one item after another.

    ``again`` is an item that ended another worker, and is kept for this one alone.
    """

    worker: Worker
    greeting: Ticket | None
    again: _Held[Item] | None = None
    held: _Held[Item] | None = None
    ticket: Ticket | None = None
    since_s: float = 0.0

    @property
    def free(self) -> bool:
        return self.greeting is None and self.held is None

    @property
    def asked(self) -> Ticket | None:
        return self.ticket if self.greeting is None else self.greeting


class Crew(Generic[Item]):
    """The workers of one run, and what they hold: an item each.

    A second one would wait behind the first while other workers have nothing to do; to be handed
    the next takes milliseconds, and items take seconds.
    """

    def __init__(self, place: Workplace, timeout_s: float) -> None:
        self._place, self._timeout_s = place, timeout_s
        self._seats: list[_Seat[Item]] = []
        self._waiting: deque[_Held[Item]] = deque()
        self._in_hand = 0
        self._failed_starts = 0
        self._lost, self._finished = 0, False
        self._nobody_since_s = time.monotonic()

    @property
    def busy(self) -> bool:
        return self._in_hand > 0

    @property
    def has_room(self) -> bool:
        return self._in_hand < self._place.most

    @property
    def has_news(self) -> bool:
        """Whether anyone has answered; doesn't wait."""
        tickets = self._tickets()
        return bool(tickets) and bool(self._place.wait(list(tickets), 0.0))

    def take(self, item: Item) -> Iterator[Outcome[Item, Any]]:
        """Have an item done; the outcome at once where it can't even be sent."""
        try:
            packed = pack(item)
        except Exception as error:
            yield Outcome(item, error=error)
            return
        self._waiting.append(_Held(item, packed))
        self._in_hand += 1
        self._hand_out()

    def news(self) -> Iterator[Outcome[Item, Any]]:
        """What has come to an end, after waiting a moment for the first."""
        if not self.busy:
            return
        self._hand_out()
        tickets = self._tickets()
        for ticket in list(self._place.wait(list(tickets), self._next_look_s())):
            yield from self._hear(tickets[ticket])
            self._hand_out()
        yield from self._overdue()
        self._check_someone_came()

    def _tickets(self) -> dict[Ticket, _Seat[Item]]:
        return {seat.asked: seat for seat in self._seats if seat.asked is not None}

    def _next_look_s(self) -> float:
        now = time.monotonic()
        ends = [seat.since_s + self._timeout_s - now for seat in self._seats if seat.held]
        return max(0.0, min([LOOKS_EVERY_S, *ends]))

    # --- who gets what ---------------------------------------------------------------------

    def _hand_out(self) -> None:
        while self._waiting:
            seat = next((seat for seat in self._seats if seat.free), None)
            if seat:
                self._give(seat, self._waiting.popleft())
            elif len(self._seats) < min(self._place.most, self._in_hand):
                self._hire()
            else:
                return

    def _hire(self, again: _Held[Item] | None = None) -> None:
        if not self._seats:
            self._nobody_since_s = time.monotonic()
        worker = self._place.hire()
        self._seats.append(_Seat(worker, worker.greet(), again))

    def _give(self, seat: _Seat[Item], held: _Held[Item]) -> None:
        try:
            seat.ticket = seat.worker.give(held.packed)
        except Gone:  # while it had nothing to do: nobody's fault
            self._let_go(seat)
            self._again(held)
            return
        seat.held, seat.since_s = held, time.monotonic()

    def _again(self, held: _Held[Item]) -> None:
        """Have an item done by the next worker; by a new one when it ended one before."""
        if held.tries:
            self._hire(held)
        else:
            self._waiting.appendleft(held)

    def _let_go(self, seat: _Seat[Item]) -> None:
        self._seats.remove(seat)
        seat.worker.end()

    # --- what became of it -----------------------------------------------------------------

    def _hear(self, seat: _Seat[Item]) -> Iterator[Outcome[Item, Any]]:
        if seat.greeting is not None:
            self._hear_greeting(seat, seat.greeting)
            return
        held, ticket = seat.held, seat.ticket
        if held is None:
            return
        seat.held = seat.ticket = None
        try:
            outcome = unpack(held.item, self._place.answer(ticket))
        except Gone as gone:
            yield from self._ended(seat, held, str(gone))
            return
        except Exception as error:
            outcome = Outcome(held.item, error=error)
        self._finished, self._in_hand = True, self._in_hand - 1
        yield outcome

    def _hear_greeting(self, seat: _Seat[Item], greeting: Ticket) -> None:
        try:
            seat.worker.greeted(self._place.answer(greeting))
        except Gone as gone:
            self._let_go(seat)
            self._failed_starts += 1
            if self._failed_starts >= STARTS:
                raise self._place.nobody(str(gone)) from gone
            if seat.again:
                self._hire(seat.again)
            return
        self._failed_starts, seat.greeting = 0, None
        if seat.again:
            held, seat.again = seat.again, None
            self._give(seat, held)

    def _ended(
        self, seat: _Seat[Item], held: _Held[Item], how: str
    ) -> Iterator[Outcome[Item, Any]]:
        """A worker ended while it had ``held``."""
        self._let_go(seat)
        held.tries += 1
        if held.tries < TRIES:
            self._again(held)
            return
        self._in_hand, self._lost = self._in_hand - 1, self._lost + 1
        yield Outcome(held.item, error=Died(how))
        hopeless = self._place.hopeless
        if hopeless is not None and not self._finished and self._lost >= hopeless:
            raise self._place.nobody(f"the first {self._lost} items each ended two of them: {how}")

    def _overdue(self) -> Iterator[Outcome[Item, Any]]:
        """End workers whose item takes too long; the reader of the outcomes may just be slow."""
        for seat in list(self._seats):
            held, late = seat.held, time.monotonic() - seat.since_s > self._timeout_s
            if held and late and not self._place.wait([seat.ticket], 0.0):
                self._let_go(seat)
                self._in_hand -= 1
                yield Outcome(held.item, error=Died(f"it took more than {self._timeout_s:g} s"))

    def _check_someone_came(self) -> None:
        now = time.monotonic()
        if not self._seats or any(seat.greeting is None for seat in self._seats):
            self._nobody_since_s = now
        elif now - self._nobody_since_s > self._place.patience_s:
            raise self._place.nobody(f"none came within {self._place.patience_s:g} s")
