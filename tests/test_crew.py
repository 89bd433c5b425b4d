"""Who is handed what, and what is tried again: by workers that do as they are told, at once."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from qa_review.base.errors import QAReviewError
from qa_review.run.crew import Gone, outcomes
from qa_review.run.engine import Died
from qa_review.run.hands import pack

NEVER = object()
"""what a worker answers that doesn't"""


class Toy:
    """A worker, which notes what it is given."""

    def __init__(self, place: Toys) -> None:
        self.place, self.number = place, len(place.hired)
        self.ended = False
        self.given: list[int] = []

    def greet(self) -> str:
        return self.place.ticket(self.place.starts(self.number))

    def greeted(self, answer: bytes) -> None:
        assert answer == b"here"

    def give(self, packed: bytes) -> str:
        item = pickle.loads(packed)
        if self.place.idle_end(self):
            raise Gone("while it was idle")
        self.given.append(item)
        return self.place.ticket(self.place.does(self.number, item))

    def end(self) -> None:
        self.ended = True


class Toys:
    """A place for workers that answer what ``does`` says of their number and the item."""

    def __init__(
        self,
        does: Callable[[int, int], Any],
        *,
        most: int = 2,
        starts: Callable[[int], Any] = lambda number: b"here",
        idle_end: Callable[[Toy], bool] = lambda toy: False,
        patience_s: float = 60,
        hopeless: int | None = None,
    ) -> None:
        self.most, self.patience_s, self.hopeless = most, patience_s, hopeless
        self.does, self.starts, self.idle_end = does, starts, idle_end
        self.hired: list[Toy] = []
        self._answers: dict[str, Any] = {}

    def hire(self) -> Toy:
        self.hired.append(Toy(self))
        assert sum(not toy.ended for toy in self.hired) <= self.most, "too many workers"
        return self.hired[-1]

    def ticket(self, answer: Any) -> str:
        name = f"ticket {len(self._answers)}"
        self._answers[name] = answer
        return name

    def wait(self, tickets: Sequence[str], timeout_s: float) -> list[str]:
        return [name for name in tickets if self._answers[name] is not NEVER]

    def answer(self, ticket: str) -> bytes:
        answer = self._answers[ticket]
        if isinstance(answer, Gone):
            raise answer
        return answer if answer == b"here" else pack((True, answer, ""))

    def close(self) -> None:
        for toy in self.hired:
            toy.end()

    def nobody(self, why: str) -> QAReviewError:
        return QAReviewError(f"nobody: {why}")


def run(place: Toys, number: int, timeout_s: float = 60) -> dict[int, Any]:
    """The results by item, or the words of its error; all workers have ended then."""
    told = list(outcomes(place, range(number), timeout_s=timeout_s))
    assert sorted(o.item for o in told) == list(range(number))
    assert all(toy.ended for toy in place.hired)
    assert all(isinstance(o.error, Died) for o in told if o.error)
    return {o.item: str(o.error) if o.error else o.result for o in told}


def double(worker: int, item: int) -> int:
    return item * 2


def test_no_more_workers_are_hired_than_there_are_items() -> None:
    place = Toys(double, most=8)
    assert run(place, 3) == {0: 0, 1: 2, 2: 4}
    assert len(place.hired) <= 3


def test_an_item_that_ended_its_worker_is_given_to_a_new_one() -> None:
    place = Toys(lambda worker, item: Gone("killed") if worker == 0 else item)
    assert run(place, 5) == {n: n for n in range(5)}
    (lost,) = place.hired[0].given
    (again,) = [toy for toy in place.hired[1:] if lost in toy.given]
    assert again.given[0] == lost, "to one that had done others before"


def test_an_item_that_ends_two_workers_is_given_up() -> None:
    place = Toys(lambda worker, item: Gone(f"by {worker}") if item == 1 else item)
    kept = run(place, 4)
    assert kept.pop(1).startswith("by ") and kept == {0: 0, 2: 2, 3: 3}
    assert sum(toy.given.count(1) for toy in place.hired) == 2


def test_a_worker_that_ends_while_it_is_idle_costs_no_try() -> None:
    """Each worker does one item, then ends unseen; item 2 needs a second try besides."""
    place = Toys(
        lambda worker, item: Gone("killed") if (item, worker) == (2, 2) else item,
        most=1,
        idle_end=lambda toy: len(toy.given) == 1,
    )
    assert run(place, 4) == {n: n for n in range(4)}


def test_an_item_that_takes_too_long_is_given_up_without_another_try() -> None:
    place = Toys(lambda worker, item: NEVER if item == 1 else item)
    assert run(place, 4, timeout_s=0.05)[1] == "it took more than 0.05 s"
    assert sum(toy.given.count(1) for toy in place.hired) == 1


def test_workers_that_end_before_they_begin_are_replaced() -> None:
    place = Toys(double, starts=lambda number: Gone("no") if number in (0, 2) else b"here")
    assert run(place, 4) == {n: 2 * n for n in range(4)}


def test_when_none_can_begin_no_item_is_blamed() -> None:
    place = Toys(double, starts=lambda number: Gone("no such module"))
    with pytest.raises(QAReviewError, match="nobody: no such module"):
        run(place, 4)
    assert len(place.hired) <= 4 and all(toy.ended for toy in place.hired)


def test_when_none_comes_the_wait_has_an_end() -> None:
    place = Toys(double, starts=lambda number: NEVER, patience_s=0.05)
    with pytest.raises(QAReviewError, match=r"nobody: none came within 0\.05 s"):
        run(place, 4)


def test_one_that_never_comes_is_no_matter_where_another_is() -> None:
    place = Toys(double, starts=lambda number: NEVER if number == 0 else b"here", patience_s=0)
    assert run(place, 6) == {n: 2 * n for n in range(6)}


def test_where_every_worker_ends_and_none_finished_anything_the_place_is_blamed() -> None:
    place = Toys(lambda worker, item: Gone("out of memory"), hopeless=3)
    told = []
    with pytest.raises(QAReviewError, match="the first 3 items each ended two of them: out of"):
        told.extend(outcomes(place, range(100), timeout_s=60))
    assert len(place.hired) <= 8


def test_after_one_has_finished_items_are_blamed_for_ever() -> None:
    place = Toys(lambda worker, item: Gone("killed") if item else 0, hopeless=3)
    assert run(place, 10) == {0: 0, **{n: "killed" for n in range(1, 10)}}


def test_what_is_finished_is_told_before_another_item_is_taken() -> None:
    """To take one may last: it may be the outcome of another run."""
    taken = []

    def items() -> Any:
        for number in range(6):
            taken.append(number)
            yield number

    ahead = [
        len(taken) - told for told, _ in enumerate(outcomes(Toys(double), items(), timeout_s=60))
    ]
    assert max(ahead) <= 2
