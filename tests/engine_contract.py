"""What every engine promises. Subclass, say which engine, add nothing.

The tests are plain methods, so that engines with a planted fault can be held to them too.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

CHILDREN = Path(__file__).parent / "children"
sys.path.append(str(CHILDREN))

import engine_tasks as tasks  # noqa: E402
from engine_driver import ITEMS  # noqa: E402

from qa_review.run.engine import Died, Engine, Outcome, Stage, ended  # noqa: E402
from qa_review.run.hands import InWorker  # noqa: E402

Make = Callable[[float], Engine]
"""an engine whose items may take so many seconds"""
HALF: Stage[int, int] = Stage("double", tasks.double, share=0.5)
HALF_WHO: Stage[int, tuple[int, int]] = Stage("who", tasks.who, share=0.5)
LIMIT_S = 120
"""for what takes a second or two on a machine that has nothing else to do"""
SOON_S = 30
"""within which a process ends that has no reason to be there"""


def running(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left(numbers: Collection[int]) -> list[int]:
    """Those of these processes that are still there when they have had time to end."""
    latest = time.monotonic() + SOON_S
    while (there := [n for n in numbers if running(n)]) and time.monotonic() < latest:
        time.sleep(0.02)
    return there


def until(true: Callable[[], Any], what: str) -> Any:
    latest = time.monotonic() + LIMIT_S
    while not (value := true()):
        assert time.monotonic() < latest, f"{what}: not within {LIMIT_S} s"
        time.sleep(0.02)
    return value


def results(outcomes: Iterator[Outcome[Any, Any]]) -> dict[Any, Outcome[Any, Any]]:
    """The outcomes by item; fails when an item has two."""
    kept = {}
    for outcome in outcomes:
        assert outcome.item not in kept, f"{outcome.item} came back twice"
        kept[outcome.item] = outcome
    return kept


@contextlib.contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """How many bytes Python holds of those that it took since."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


class EngineContract:
    """What engines promise, with or without workers. Give ``make``."""

    most_ahead = 2
    """items that may have been taken when the first came back, itself among them"""

    @pytest.fixture
    def engine(self, make: Make) -> Engine:
        return make(LIMIT_S)

    def test_every_item_comes_back_once(self, engine: Engine) -> None:
        """Equal ones too, each for itself."""
        items = [*range(0, 80, 2), 8, 8]
        outcomes = list(engine.run(tasks.half, items))
        assert Counter(o.item for o in outcomes) == Counter(items)
        assert all(o.result == o.item // 2 and o.error is None for o in outcomes)

    def test_no_items_give_no_outcomes(self, engine: Engine) -> None:
        assert list(engine.run(tasks.half, [])) == []

    def test_an_item_that_fails_does_not_stop_the_others(self, engine: Engine) -> None:
        kept = results(engine.run(tasks.half, [2, 3, 4]))
        assert set(kept) == {2, 3, 4}
        assert kept[2].result == 1 and kept[4].result == 2
        assert type(kept[3].error) is ValueError and str(kept[3].error) == "3 is odd"

    def test_items_that_fail_to_come_end_the_run(self, engine: Engine) -> None:
        def items() -> Iterator[int]:
            yield 2
            raise OSError("the list of calls can't be read")

        with pytest.raises(OSError, match="list of calls"):
            list(engine.run(tasks.half, items()))

    def test_items_are_taken_only_a_little_ahead(self, engine: Engine) -> None:
        taken = 0

        def items() -> Iterator[int]:
            nonlocal taken
            for number in range(0, 2_000, 2):
                taken += 1
                yield number

        with ended(engine.run(tasks.half, items())) as outcomes:
            for told, _ in enumerate(outcomes, 1):
                assert taken - told <= self.most_ahead
                if told == 20:
                    break

    items = int(os.environ.get("QA_REVIEW_ITEMS", "10000"))
    payload = staticmethod(tasks.payload)
    """with how many items memory is looked at, and what each gives back"""

    def test_memory_does_not_grow_with_the_items(self, engine: Engine) -> None:
        """With all of them kept it would: 10,000 of 20 kB are 200 MB.

        What Python holds is counted, since kept items may lie in memory that the process has
        had and no longer used; and the process's memory, for what lies beyond Python.
        """
        me, at = psutil.Process(), {}
        with ended(engine.run(self.payload, range(self.items))) as outcomes, traced() as held:
            for told, outcome in enumerate(outcomes, 1):
                assert outcome.result is not None and not outcome.result.strip(b"x")
                if told in (self.items // 10, self.items):
                    gc.collect()
                    at[told] = held(), me.memory_info().rss
        assert told == self.items
        first, last = at.values()
        grown = max(after - before for before, after in zip(first, last, strict=True))
        total = len(outcome.result) * self.items * 9 // 10
        assert grown < total / 8, f"grew by {grown / 1e6:.0f} MB of {total / 1e6:.0f} MB"

    def test_stages_can_be_chained_on_one_engine(self, engine: Engine) -> None:
        """The items of one run are the outcomes of another; nobody waits for ever."""
        kept: list[tuple[int, int]] = []

        def chain() -> None:
            inner = engine.run(HALF, range(40))
            outer = engine.run(HALF, (o.result for o in inner if o.result is not None))
            kept.extend((o.item, o.result) for o in outer if o.result is not None)

        thread = threading.Thread(target=chain, daemon=True)
        thread.start()
        thread.join(LIMIT_S)
        assert not thread.is_alive(), "the stages wait for one another"
        assert sorted(kept) == [(2 * n, 4 * n) for n in range(40)]


class WorkersContract(EngineContract):
    """What engines with worker processes promise besides. Give ``make`` and ``name``."""

    workers = 2

    @pytest.fixture
    def quick(self, make: Make) -> Engine:
        """One whose items may take 2 seconds."""
        return make(2)

    def test_items_are_done_at_the_same_time(self, engine: Engine, tmp_path: Path) -> None:
        one, two = str(tmp_path / "one"), str(tmp_path / "two")
        kept = results(engine.run(tasks.wait_for_the_other, [(one, two), (two, one)]))
        assert {o.result for o in kept.values()} == {"one", "two"}

    def test_what_does_not_pickle_costs_only_its_item(self, engine: Engine) -> None:
        items = [*range(12), tasks.Unsendable(12), tasks.Bursting()]
        outcomes = {id(outcome.item): outcome for outcome in engine.run(tasks.awkward, items)}
        kept = [outcomes[id(item)] for item in items]
        assert all(kept[n].result == n * 2 for n in range(12) if n not in range(1, 7))
        said = [f"{type(o.error).__name__}: {o.error}" for o in kept]
        assert "lambda" in said[1]
        assert said[2] == "RuntimeError: 2 won't be packed"
        assert said[3] == "LookupError: it won't be unpacked"
        assert said[4] == "Untold: engine_tasks.Particular: a hole in the file"
        assert said[5] == "Untold: engine_tasks.Loaded: a loaded error"
        assert said[6] == "SystemExit: it wants to leave"
        assert said[12:] == [
            "RuntimeError: 12 won't be packed",
            "LookupError: it won't be unpacked",
        ]
        for error in (kept[4].error, kept[6].error):  # the traceback of the worker comes along
            assert error is not None and isinstance(error.__cause__, InWorker)
            assert "engine_tasks.py" in str(error.__cause__)

    def test_an_item_that_ends_its_worker_is_tried_again_and_costs_only_itself(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """Number 3 is killed; number 5 ends as if all were well."""
        items = [(number, str(tmp_path)) for number in range(8)]
        kept = results(engine.run(tasks.end, items))
        assert set(kept) == set(items), "an item was lost"
        for number in range(8):
            outcome, marks = kept[items[number]], list(tmp_path.glob(f"{number} *"))
            if number in (3, 5):
                assert isinstance(outcome.error, Died) and len(marks) == 2, "not by two workers"
            else:
                assert outcome.result == number * 2

    def test_an_item_that_hangs_is_ended_and_not_tried_again(
        self, quick: Engine, tmp_path: Path
    ) -> None:
        items = [(number, str(tmp_path)) for number in range(5)]
        kept = results(quick.run(tasks.hang, items))
        assert str(kept[items[3]].error) == "it took more than 2 s"
        assert isinstance(kept[items[3]].error, Died)
        assert all(kept[item].result == item[0] * 2 for item in items if item[0] != 3)
        marks = [int(mark.name.split()[1]) for mark in tmp_path.iterdir()]
        assert len(marks) == 1 and not left(marks)

    def test_a_reader_who_takes_his_time_costs_no_item(self, quick: Engine) -> None:
        """Items are timed, not the one who reads their outcomes."""
        told: set[int] = set()
        late = -1
        with ended(quick.run(tasks.uneven, count())) as outcomes:
            for outcome in outcomes:
                assert outcome.error is None
                told.add(outcome.item)
                still = set(range(1, outcome.item, 2)) - told  # these take longer
                if late < 0 and outcome.item % 2 == 0 and still:
                    late = min(still)
                    time.sleep(2.5)
                if late in told:
                    break

    def test_an_item_whose_worker_is_killed_from_outside_is_done_all_the_same(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        def kill() -> None:
            mark = until(lambda: next(tmp_path.iterdir(), None), "the item is begun")
            os.kill(int(mark.name.split()[1]), signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        items = [(number, str(tmp_path)) for number in range(6)]
        kept = results(engine.run(tasks.once_and_then_done, items))
        killer.join()
        assert {item[0]: (o.result or [None])[0] for item, o in kept.items()} == {
            number: number * 2 for number in range(6)
        }

    def test_workers_killed_while_idle_cost_nothing(self, engine: Engine) -> None:
        numbers: set[int] = set()

        def items() -> Iterator[int]:
            for number in range(30):
                if number == 20:  # all before are done or waiting; the reader is here
                    for worker in list(numbers):
                        os.kill(worker, signal.SIGKILL)
                    assert not left(numbers)
                yield number

        seen = []
        for outcome in engine.run(tasks.who, items()):
            assert outcome.error is None
            seen.append(outcome.item)
            numbers.add(outcome.result[1])
        assert sorted(seen) == list(range(30))

    @pytest.mark.parametrize("how", ["read to its end", "given up by its reader"])
    def test_a_run_leaves_no_process(self, engine: Engine, how: str) -> None:
        numbers: set[int] = set()
        with contextlib.suppress(KeyError), ended(engine.run(tasks.who, range(40))) as outcomes:
            for outcome in outcomes:
                numbers.add(outcome.result[1])
                if how == "given up by its reader":
                    raise KeyError("an error of the reader's own")
        assert numbers and not left(numbers)

    def test_chained_stages_closed_early_leave_no_process(self, engine: Engine) -> None:
        numbers: set[int] = set()

        def note(outcome: Outcome[int, tuple[int, int]]) -> int:
            assert outcome.result is not None
            numbers.add(outcome.result[1])
            return outcome.result[0]

        inner = engine.run(HALF_WHO, range(500))
        with ended(inner), ended(engine.run(HALF_WHO, map(note, inner))) as outer:
            for _, outcome in zip(range(5), outer, strict=False):
                note(outcome)
        assert len(numbers) >= 2 and not left(numbers)

    # --- when the process that runs the engine is stopped ------------------------------------

    def test_killed_and_run_again_each_result_is_there_once(
        self, name: str, tmp_path: Path
    ) -> None:
        """Workers amid long work are gone soon after; what was done is not done again."""
        with driver(name, tmp_path, "long") as child:
            until(lambda: len(ledger(tmp_path)) >= 6, "6 items are done")
            child.send_signal(signal.SIGKILL)
            child.wait(LIMIT_S)
            assert not left(workers_of(tmp_path)), "workers outlive the one who had them work"
        before = ledger(tmp_path)
        with driver(name, tmp_path) as child:
            assert child.wait(LIMIT_S) == 0
        assert Counter(ledger(tmp_path)) == Counter(f"{n} {n * n}" for n in range(ITEMS))
        assert ledger(tmp_path)[: len(before)] == before

    @pytest.mark.parametrize("to", ["all", "one"])
    def test_ctrl_c_leaves_no_process(self, name: str, tmp_path: Path, to: str) -> None:
        """From a keyboard it goes to all processes of the group; from a notebook to one."""
        with driver(name, tmp_path, "long") as child:
            until(lambda: len(ledger(tmp_path)) >= 6, "6 items are done")
            until(lambda: len(workers_of(tmp_path)) == self.workers, "all workers are there")
            (os.killpg if to == "all" else os.kill)(child.pid, signal.SIGINT)
            status, numbers = child.wait(LIMIT_S), workers_of(tmp_path)
            assert status != 0 and "KeyboardInterrupt" in (tmp_path / "said").read_text()
            assert not left(numbers)
            assert not left(group(child.pid)), "something else is left"


def ledger(folder: Path) -> list[str]:
    file = folder / "ledger"
    return file.read_text().splitlines() if file.is_file() else []


def workers_of(folder: Path) -> set[int]:
    return {int(mark.name) for mark in (folder / "workers").iterdir()}


def group(number: int) -> list[int]:
    """The processes of a group."""
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == number:
                members.append(process.pid)
    return members


@contextlib.contextmanager
def driver(name: str, folder: Path, *rest: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs an engine; what it leaves behind is killed at the end."""
    command = [sys.executable, str(CHILDREN / "engine_driver.py"), name, str(folder), *rest]
    with (folder / "said").open("a") as said:
        child = subprocess.Popen(
            command, start_new_session=True, stdout=said, stderr=said, text=True
        )
    try:
        yield child
    except AssertionError as error:
        error.add_note((folder / "said").read_text()[-3_000:])
        raise
    finally:
        child.kill()
        child.wait()
        for number in workers_of(folder) if (folder / "workers").is_dir() else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
