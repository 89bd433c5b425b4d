"""Connections that are cut, servers that go away, and two runs over one folder at once.

``QA_REVIEW_FAULTS`` is how many points each is tried at, drawn with ``QA_REVIEW_SEED``.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import servers
import store_fixtures as fixtures
from fault_checks import POINTS, SEED, Runs, fault_runs
from run_checks import run_order

from qa_review.keep.folder import STALE_S, ResultsFolder

CALLS = 2
STORES = [pytest.param(0, id="SQLite"), *fixtures.ONE_POSTGRESQL]
LOST = r"the connection was lost|disk I/O error"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    with fault_runs(tmp_path_factory.mktemp("cuts")) as made:
        yield made


@pytest.fixture
def runs(process: subprocess.Popen[str], tmp_path: Path, request: pytest.FixtureRequest) -> Runs:
    made = Runs(process, run_order(tmp_path, calls=CALLS))
    made.draw_for(request.node.name)
    return made


@pytest.mark.parametrize("version", STORES)
@pytest.mark.parametrize("made", [False, True], ids=["before it was made", "after"])
def test_a_commit_whose_answer_is_lost_is_made_once(runs: Runs, version: int, made: bool) -> None:
    runs.order["store"] = fixtures.new_database(version) if version else ""
    commits = runs.undisturbed(cut={"at": 0, "made": made}).counted["commits"]
    runs.undisturbed()
    for at in runs.points(commits):
        ended = runs.disturbed(LOST, cut={"at": at, "made": made})
        assert ended.counted["commits"] >= at
        if ended.status == 1:  # else it was the store's making, which isn't tried again
            assert not ended.problems, ended.lines
    assert runs.found == []


@pytest.mark.parametrize("version", STORES)
def test_two_runs_at_once_over_one_folder_leave_what_one_leaves(runs: Runs, version: int) -> None:
    runs.order["store"] = fixtures.new_database(version) if version else ""
    runs.undisturbed()
    for number in range(1, POINTS + 1):
        name, later_ms = f"{number:04}", runs.chance.choice([0, runs.chance.uniform(0, 2000)])
        (runs.out / name).mkdir()
        runs.begin(name=name, several=[{}, {"after_ms": later_ms}])
        both = runs.end()
        wrong = [one for ended in both for one in runs.told_wrongly(ended, "$^")]
        wrong += [f"one ended with {e.status}: {e.lines}" for e in both if e.status != 1]
        runs.note(name, {"later_ms": later_ms}, [*wrong, *runs.wrong(name, both)])
    assert runs.found == []


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_run_goes_on_when_its_server_is_back(runs: Runs, version: int) -> None:
    with servers.server(version, servers.binaries()[version]) as server:
        runs.order["store"] = servers.new_database(server, "qa")
        begun_s = time.monotonic()
        runs.undisturbed()
        lasts_s = time.monotonic() - begun_s
        for number in range(1, POINTS + 1):
            name, after_s = f"{number:04}", runs.chance.uniform(0, lasts_s / 2)
            (runs.out / name).mkdir()
            runs.begin(name=name, pauses_s=[0.2] * 300)
            wait_for_store(runs.out / name)
            time.sleep(after_s)
            server.stop("immediate")
            server.start()
            ended = runs.end()
            wrong = list(runs.told_wrongly(ended[0], "connection|server|database system"))
            runs.note(name, {"after_s": after_s}, [*wrong, *runs.wrong(name, ended)])
    assert runs.found == []


@pytest.mark.parametrize("version", fixtures.ONE_POSTGRESQL)
def test_a_run_whose_server_stays_away_says_so(runs: Runs, version: int) -> None:
    with servers.server(version, servers.binaries()[version]) as server:
        runs.order["store"] = servers.new_database(server, "qa")
        runs.undisturbed()
        (runs.out / "0001").mkdir()
        runs.begin(name="0001")
        wait_for_store(runs.out / "0001")
        server.stop("immediate")
        try:
            (ended,) = runs.end()
        finally:
            server.start()
        assert ended.status == 2 and "Traceback" not in "\n".join(ended.lines), ended.lines
        assert ended.message.startswith("qa-review: postgresql://owner@127.0.0.1:")
        assert "refused" in ended.message or "terminat" in ended.message, ended.message
        assert not list(runs.wrong("0001", [ended]))


def wait_for_store(folder: Path) -> None:
    """Until a run has opened its store: before that nothing is begun, and nothing tried again."""
    while not (folder / "store.txt").exists():
        time.sleep(0.01)


PLANTED: list[Any] = [
    pytest.param("early", {"cut": {"at": 6, "made": False}, "pauses_s": []},
                 "acknowledged and is lost", id="acknowledged before it is kept"),
    pytest.param("twice", {"cut": {"at": 0, "made": True}}, "twice", id="forgets what it has"),
    pytest.param("swallowed", {"cut": {"at": 0, "made": False}}, "acknowledged and is lost",
                 id="swallows an error"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "order", "shows"), PLANTED)
def test_a_planted_fault_shows(runs: Runs, fault: str, order: dict[str, Any], shows: str) -> None:
    """At one commit or another; ``order`` says how the runs are disturbed."""
    commits = runs.undisturbed(cut={"at": 0, "made": True}).counted["commits"]
    runs.undisturbed()
    for at in range(commits, 0, -1):
        cut = {**order["cut"], "at": at}
        runs.disturbed(".", **{**order, "cut": cut}, fault=fault)
        if any(shows in one for one in runs.found):
            break
    assert any(shows in one for one in runs.found), f"seed {SEED}: {runs.found}"


def test_what_killed_runs_left_half_written_goes_when_it_is_old(tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path)
    results.make()
    (tmp_path / "sound").mkdir()
    stale = [tmp_path / ".scores.csv.17.part", tmp_path / "transcripts" / ".call-1.vtt.17.part",
             tmp_path / "sound" / ".call-1.ogg.17.3.part"]  # fmt: skip
    kept = [tmp_path / ".calls.csv.18.part", tmp_path / "transcripts" / ".hidden",
            tmp_path / "old.part"]  # fmt: skip
    for path in (*stale, *kept):
        path.write_text("half")
    for path in (*stale, kept[1], kept[2]):
        os.utime(path, (time.time() - STALE_S - 60,) * 2)
    results.make()
    assert not [path for path in stale if path.exists()]
    assert all(path.exists() for path in kept)
