"""What every engine promises; each engine passes the same suite."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest

from qa_review.run.api import make_engine
from qa_review.run.engine import Engine
from qa_review.run.pebble import Processes


def half(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def end_or_double(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def sleep_or_double(number: int) -> int:
    if number == 3:
        time.sleep(600)
    return number * 2


class EngineContract:
    """Subclass, give ``engine``, add nothing."""

    def test_every_item_comes_back_once(self, engine: Engine) -> None:
        outcomes = list(engine.run(half, range(0, 40, 2)))
        assert Counter(o.item for o in outcomes) == Counter(range(0, 40, 2))
        assert all(o.result == o.item // 2 for o in outcomes)

    def test_a_failing_item_does_not_stop_the_others(self, engine: Engine) -> None:
        outcomes = {o.item: o for o in engine.run(half, [2, 3, 4])}
        assert outcomes[2].result == 1 and outcomes[4].result == 2
        assert str(outcomes[3].error) == "3 is odd"

    def test_no_items_give_no_outcomes(self, engine: Engine) -> None:
        assert list(engine.run(half, [])) == []


class TestSerial(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return make_engine("serial", timeout_s=60)


class TestProcesses(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return make_engine("processes:2", timeout_s=60)

    def test_an_item_that_kills_its_worker_costs_only_itself(self, engine: Engine) -> None:
        outcomes = {o.item: o for o in engine.run(end_or_double, range(8))}
        assert sorted(outcomes) == list(range(8))
        assert "exit status" in str(outcomes[3].error)
        assert all(outcomes[n].result == n * 2 for n in range(8) if n != 3)

    def test_an_item_that_hangs_is_ended(self) -> None:
        engine = Processes(2, timeout_s=3)
        outcomes = {o.item: o for o in engine.run(sleep_or_double, range(5))}
        assert "more than 3 s" in str(outcomes[3].error)
        assert all(outcomes[n].result == n * 2 for n in range(5) if n != 3)

    def test_items_are_taken_only_a_little_ahead(self, engine: Engine) -> None:
        taken = 0

        def items():
            nonlocal taken
            for number in range(0, 200, 2):
                taken += 1
                yield number

        outcomes = engine.run(half, items())
        next(outcomes)
        assert taken <= 5  # 2 workers x 2 ahead, and the one that came back
        outcomes.close()


def test_an_unknown_engine_is_answered_with_those_that_exist() -> None:
    with pytest.raises(
        Exception, match="no engine is called 'threads'; there is processes, serial"
    ):
        make_engine("threads", timeout_s=1)
    with pytest.raises(ValueError, match="processes:N takes a number of workers, not 'many'"):
        make_engine("processes:many", timeout_s=1)
