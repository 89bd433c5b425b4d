"""A disk that is full, broken or read-only, and too few file handles, in the middle of a run.

``QA_REVIEW_FAULTS`` is how many points each fault is tried at, drawn with ``QA_REVIEW_SEED`` among
all the calls to the system that an undisturbed run makes.
"""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator

import pytest
from fault_checks import (
    OPENS,
    POINTS,
    RENAMES,
    SAYS,
    SYNCS,
    WRITES,
    Runs,
    fault_runs,
    shim,
)
from run_checks import run_order

CALLS = 2


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    place = tmp_path_factory.mktemp("faults")
    with fault_runs(place, preload=shim(place)) as made:
        yield made


@pytest.fixture(scope="module")
def all_runs(
    process: subprocess.Popen[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Runs, dict[int, int]]:
    """Runs over one folder, and how many calls of each kind an undisturbed one makes."""
    made = Runs(process, run_order(tmp_path_factory.mktemp("runs"), calls=CALLS))
    counts = {}
    for kinds in (WRITES, SYNCS, RENAMES, OPENS, OPENS | RENAMES | WRITES):
        fault = {"operations": kinds, "at": 0, "error": 0, "on": 0}
        counts[kinds] = made.undisturbed(calls_fail=fault).counted["calls"]
    made.undisturbed()
    return made, counts


@pytest.fixture
def runs(all_runs: tuple[Runs, dict[int, int]], request: pytest.FixtureRequest) -> Iterator[Runs]:
    made, _ = all_runs
    made.draw_for(request.node.name)
    yield made
    made.found.clear()


@pytest.fixture
def counts(all_runs: tuple[Runs, dict[int, int]]) -> dict[int, int]:
    return all_runs[1]


ONCE = [
    pytest.param(WRITES, errno.EIO, id="a write"),
    pytest.param(SYNCS, errno.EIO, id="an fsync"),
    pytest.param(RENAMES, errno.EIO, id="a rename"),
    pytest.param(OPENS, errno.EMFILE, id="an open file too many"),
]
FROM_THEN_ON = [
    pytest.param(WRITES, errno.ENOSPC, id="disk full"),
    pytest.param(OPENS | RENAMES | WRITES, errno.EROFS, id="read-only"),
]


@pytest.mark.parametrize(("operations", "error"), ONCE)
def test_a_call_to_the_system_that_fails_once_costs_one_call_at_most(
    runs: Runs, counts: dict[int, int], operations: int, error: int
) -> None:
    fault = {"operations": operations, "error": error, "on": 0}
    assert counts[operations] > 5
    for at in runs.points(counts[operations]):
        ended = runs.disturbed(SAYS[error], calls_fail={**fault, "at": at})
        assert ended.counted["failed"] == 1 and len(ended.problems) <= 1, (at, ended.lines)
    assert runs.found == []


@pytest.mark.parametrize(("operations", "error"), FROM_THEN_ON)
def test_a_disk_that_takes_nothing_any_more_loses_nothing_that_it_took(
    runs: Runs, counts: dict[int, int], operations: int, error: int
) -> None:
    fault = {"operations": operations, "error": error, "on": 1}
    for at in runs.points(counts[operations]):
        ended = runs.disturbed(SAYS[error], calls_fail={**fault, "at": at})
        assert ended.counted["failed"] >= 1 and ended.status in (1, 2), (at, ended.lines)
    assert runs.found == []


def test_so_does_one_that_takes_no_larger_files(runs: Runs) -> None:
    """``RLIMIT_FSIZE``: the store, the pages and the tables reach it one after the other."""
    for _ in range(POINTS):
        size = int(2 ** runs.chance.uniform(8, 19))
        runs.disturbed(SAYS[errno.EFBIG], size=size)
    assert runs.found == []


def test_a_page_that_a_second_try_made_stays(runs: Runs) -> None:
    """An engine, or another run, may do again what failed: what the ledger has then is there."""
    fault = {"operations": RENAMES, "error": errno.EIO, "on": 0, "at": 3}
    ended = runs.disturbed(SAYS[errno.EIO], engine="twice", calls_fail=fault)
    assert ended.problems and runs.found == []


def test_too_few_file_handles_are_said_so(runs: Runs) -> None:
    for _ in range(POINTS):
        runs.disturbed(SAYS[errno.EMFILE], files=runs.chance.randint(1, 10))
    assert runs.found == []
