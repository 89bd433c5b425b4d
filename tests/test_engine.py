"""What every engine promises; each engine passes the same suite."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

if "engine_contract" not in sys.modules:  # else it was looked through for doctests before
    pytest.register_assert_rewrite("engine_contract")

import engine_contract as contract
import engine_faults as faults
import engine_tasks as tasks
from engine_contract import EngineContract, Make, WorkersContract, results

from qa_review.base.errors import QAReviewError
from qa_review.run.api import make_engine
from qa_review.run.engine import Engine, Stage


class TestSerial(EngineContract):
    most_ahead = 1

    @pytest.fixture
    def make(self) -> Make:
        return lambda timeout_s: make_engine("serial", timeout_s=timeout_s)


class TestProcesses(WorkersContract):
    most_ahead = 2  # a worker each, and no more

    @pytest.fixture
    def make(self) -> Make:
        return lambda timeout_s: make_engine("processes:2", timeout_s=timeout_s)

    @pytest.fixture
    def name(self) -> str:
        return "processes:2"


# --- what one process can't promise --------------------------------------------------------------


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    path = os.pathsep.join([str(contract.CHILDREN), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )


def test_limitation_of_serial_an_item_that_kills_its_process_ends_the_run(tmp_path: Path) -> None:
    code = (
        "import sys, engine_tasks as tasks\n"
        "from qa_review.run.serial import Serial\n"
        "for outcome in Serial().run(tasks.end, [(n, sys.argv[1]) for n in range(8)]):\n"
        "    print(outcome.result, flush=True)\n"
    )
    done = python(code, str(tmp_path))
    assert (done.stdout.split(), done.returncode) == (["0", "2", "4"], -signal.SIGKILL)


def test_limitation_of_serial_an_item_may_take_as_long_as_it_likes() -> None:
    (outcome,) = make_engine("serial", timeout_s=0.01).run(time.sleep, [0.05])
    assert outcome.error is None


def test_limitation_of_serial_what_does_not_pickle_is_found_only_by_the_others() -> None:
    (outcome,) = make_engine("serial", timeout_s=60).run(tasks.awkward, [1])
    assert callable(outcome.result)


# --- the engine of processes ---------------------------------------------------------------------


@pytest.mark.parametrize(("share", "workers"), [(0.5, 2), (0.1, 1)])
def test_a_stage_has_its_share_of_the_processes(share: float, workers: int) -> None:
    stage = Stage("who", tasks.who, share=share)
    kept = results(make_engine("processes:4", timeout_s=60).run(stage, range(workers * 20)))
    assert 1 <= len({o.result[1] for o in kept.values() if o.result}) <= workers


def test_a_script_that_runs_at_every_import_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from qa_review.run.api import make_engine\n"
        "print(list(make_engine('processes:2', timeout_s=60).run(abs, [1, 2])))\n"
    )
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "worker processes can't start (its process ended before it had begun)" in done.stderr
    assert 'under if __name__ == "__main__":' in done.stderr


def test_an_unknown_engine_is_answered_with_those_that_exist() -> None:
    with pytest.raises(QAReviewError, match="no engine is called 'threads'; there is processes"):
        make_engine("threads", timeout_s=1)
    with pytest.raises(ValueError, match="processes:N takes a number of workers, not 'many'"):
        make_engine("processes:many", timeout_s=1)
    with pytest.raises(ValueError, match="workers are 1 or more, not 0"):
        make_engine("processes:0", timeout_s=1)


# --- the contract finds faults -------------------------------------------------------------------

KILLER = "test_an_item_that_ends_its_worker_is_tried_again_and_costs_only_itself"
KILLED_FROM_OUTSIDE = "test_an_item_whose_worker_is_killed_from_outside_is_done_all_the_same"
SLOW_READER = "test_a_reader_who_takes_his_time_costs_no_item"
CLOSED_EARLY = "test_chained_stages_closed_early_leave_no_process"
FAULTS = [
    (lambda: faults.TellsTwice(), "test_every_item_comes_back_once"),
    (lambda: faults.StopsAtAnError(), "test_an_item_that_fails_does_not_stop_the_others"),
    (lambda: faults.SaysNoKind(), "test_an_item_that_fails_does_not_stop_the_others"),
    (lambda: faults.TakesAllAtOnce(), "test_items_are_taken_only_a_little_ahead"),
    (lambda: faults.KeepsAll(), "test_memory_does_not_grow_with_the_items"),
    (lambda: faults.OneRunAtATime(), "test_stages_can_be_chained_on_one_engine"),
    (lambda: faults.LosesTheItem(2, timeout_s=60), KILLER),
    (lambda: faults.TriesForEver(2, timeout_s=60), KILLER),
    (lambda: faults.GivesUpAtOnce(2, timeout_s=60), KILLED_FROM_OUTSIDE),
    (lambda: faults.BlamesTheReader(2, timeout_s=2), SLOW_READER),
    (lambda: faults.LeavesProcesses(2, timeout_s=60), CLOSED_EARLY),
    (lambda: "engine_faults.swallows_ctrl_c", "test_ctrl_c_leaves_no_process"),
    (lambda: "engine_faults.outlives", "test_killed_and_run_again_each_result_is_there_once"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "case"), FAULTS)
def test_the_contract_finds_a_fault(
    make: Callable[[], Engine | str], case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "SOON_S", 0.5)
    monkeypatch.setattr(contract, "LIMIT_S", 2 if "chained_on" in case else contract.LIMIT_S)
    suite = WorkersContract()
    test, wanted = getattr(suite, case), {}
    broken = make()
    for name in inspect.signature(test).parameters:
        given = {"tmp_path": tmp_path, "to": "one"}
        wanted[name] = given.get(name, broken)
    try:
        with pytest.raises(AssertionError) as failed:
            test(**wanted)
    finally:
        faults.end_what_is_left()
    print(case, "found:", str(failed.value).partition("\n")[0])
