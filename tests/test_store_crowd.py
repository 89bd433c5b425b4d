"""Twenty raters at once, each a process: no save is lost, and none goes over another unseen.

``QA_REVIEW_SAVES`` is how often each rater saves a review of their own (50); to one review that
all share they save a fifth as often, since most of what they do then is to read it again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import store_fixtures as fixtures

from qa_review.keep.audit import breaks
from qa_review.keep.revisions import Revision, history
from qa_review.keep.rows import AuditRow
from qa_review.keep.store import open_store

RATERS = 20
SAVES = int(os.environ.get("QA_REVIEW_SAVES", "50"))
SHARED = max(SAVES // 5, 1)
FEW = 3
"""enough to show a planted fault"""


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return open_store(f"sqlite:{tmp_path / 'qa.db'}").name


@pytest.fixture(params=fixtures.ONE_POSTGRESQL)
def postgresql(request: pytest.FixtureRequest) -> str:
    return fixtures.new_database(request.param)


@pytest.fixture(params=["sqlite", *fixtures.ONE_POSTGRESQL])
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new store of each kind that processes can share."""
    if request.param == "sqlite":
        return open_store(f"sqlite:{tmp_path / 'qa.db'}").name
    return fixtures.new_database(request.param)


def crowd(store: str, form: str, saves: int, **fault: str) -> list[dict[str, Any]]:
    """What each of the raters was told."""
    given = {"store": store, "form": form, "workers": RATERS, "saves": saves, **fault}
    script = fixtures.TESTS / "children" / "crowd.py"
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(given)], text=True, stdout=subprocess.PIPE,
        env=fixtures.child_environment(), check=True, timeout=600,
    )  # fmt: skip
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    return reports


def wrong(store: str, reports: list[dict[str, Any]], *, shared: bool = False) -> list[str]:
    """Everything that isn't as it was acknowledged; empty when all is well."""
    found = [f"a save failed: {error}" for report in reports for error in report["errors"]]
    with open_store(store).reading() as reader:
        kept = {(r.reviewer, r.number): r for r in history(reader, "call-1")}
        lines = reader.find(AuditRow)
        found += breaks(reader)
    told = [(who, number, words) for r in reports for who, number, words in r["acknowledged"]]
    for who, number, words in told:
        if (who, number) not in kept or kept[who, number].scores[0].reason != words:
            found.append(f"{words} was acknowledged as revision {number} and is not there")
    if len(kept) != len(told) or len(lines) != len(told):
        found.append(f"{len(told)} acknowledged, {len(kept)} kept, {len(lines)} audit lines")
    for who, count in Counter(reviewer for reviewer, _ in kept).items():
        if (who, count) not in kept:
            found.append(f"revisions of {who} are not numbered 1 to {count}")
        elif shared and counted(kept[who, count]) != count:
            found.append(f"{count} saves count to {counted(kept[who, count])}: some went unseen")
    return found


def counted(revision: Revision) -> int:
    """How far raters have counted, each one on from the revision that they read."""
    return int(revision.scores[0].reason.split()[-1])


def test_twenty_raters_save_reviews_of_their_own(name: str) -> None:
    reports = crowd(name, "own", SAVES)
    assert wrong(name, reports) == []
    assert [len(report["acknowledged"]) for report in reports] == [SAVES] * RATERS
    assert sum(report["conflicts"] for report in reports) == 0


def test_twenty_raters_save_one_review_and_none_goes_over_another(name: str) -> None:
    reports = crowd(name, "shared", SHARED)
    assert wrong(name, reports, shared=True) == []
    assert [len(report["acknowledged"]) for report in reports] == [SHARED] * RATERS
    conflicts = sum(report["conflicts"] for report in reports)
    assert conflicts > 0  # they did meet


# --- the same checks find what is planted ------------------------------------------------------


def test_transactions_that_begin_without_the_lock_fail_in_sqlite(sqlite: str) -> None:
    found = wrong(sqlite, crowd(sqlite, "own", FEW, fault="deferred"))
    assert any("busy for too long" in problem for problem in found)


def test_writers_that_do_not_wait_fail_in_postgresql(postgresql: str) -> None:
    found = wrong(postgresql, crowd(postgresql, "own", FEW, fault="unlocked"))
    assert any("AlreadyThere" in problem for problem in found)


def test_saving_over_whatever_is_there_loses_what_others_saved(sqlite: str) -> None:
    found = wrong(sqlite, crowd(sqlite, "blind", FEW), shared=True)
    assert len(found) == 1 and "some went unseen" in found[0]
