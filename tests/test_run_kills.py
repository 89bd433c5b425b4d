"""SIGKILL in the middle of a run: the next goes on, and gives what an unkilled one gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import store_fixtures as fixtures
from killer import SHARES, Check, Killer, killers
from run_checks import Checks, contents, run_order

CALLS = 3


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with killers() as made:
        yield made


@pytest.fixture
def order(tmp_path: Path) -> dict[str, Any]:
    return {**run_order(tmp_path, calls=CALLS), "deed": "review", "spread": 1.2}


def test_a_killed_run_goes_on_and_leaves_what_an_unkilled_one_leaves(
    order: dict[str, Any], killer: Killer
) -> None:
    check: Check = Checks(Path(order["out"]))
    assert killer.rounds(SHARES["review", "sqlite"], order, check) == []
    assert len(contents(Path(order["out"]) / "0000")) > 4 * CALLS


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_so_does_one_that_keeps_its_results_in_postgresql(
    order: dict[str, Any], killer: Killer, version: int
) -> None:
    order["store"] = fixtures.new_database(version)
    check: Check = Checks(Path(order["out"]))
    assert killer.rounds(SHARES["review", "postgresql"], order, check) == []


@pytest.mark.parametrize(
    ("fault", "shows"),
    [("early", "is lost"), ("halves", "half a store|differ"), ("twice", "twice")],
)
def test_a_planted_fault_of_a_run_shows(
    order: dict[str, Any], killer: Killer, fault: str, shows: str
) -> None:
    check: Check = Checks(Path(order["out"]))
    found = killer.rounds(200, {**order, "fault": fault}, check)
    assert any(re.search(shows, problem) for problem in found), found
