"""``qa-review review`` as a program that is killed, and run again."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from run_checks import contents
from scripted_runs import script

import qa_review
from qa_review.base.resources import folder as shipped

CALLS = 5
GONE_WITHIN_S = 60


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for number in range(CALLS):
        shutil.copy(shipped("sample_calls") / "wrong-number-01.wav", folder / f"call-{number}.wav")
    (folder / "none.wav").write_bytes(b"no sound at all" * 40)
    return folder


def command(calls: Path, out: Path) -> list[str]:
    return [
        sys.executable, "-m", "qa_review", "review", str(calls), "--out", str(out),
        "--engine", "processes:2", "--progress", "json", "--no-audio", "--agent-channel", "left",
        "--transcriber", script(calls.parent),
    ]  # fmt: skip


def progress(said: str) -> list[dict[str, object]]:
    """The lines of JSON, each of which has to be one."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def family(process: int) -> list[psutil.Process]:
    return psutil.Process(process).children(recursive=True)


@pytest.mark.slow
def test_a_program_that_is_killed_leaves_nobody_behind_and_goes_on(
    calls: Path, tmp_path: Path
) -> None:
    out = tmp_path / "reviews"
    with subprocess.Popen(
        command(calls, out), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stderr
        first = json.loads(child.stderr.readline())
        workers = family(child.pid)
        child.send_signal(signal.SIGKILL)
    assert first["left"] > 0 and workers
    _, alive = psutil.wait_procs(workers, timeout=GONE_WITHIN_S)
    assert alive == []
    done = subprocess.run(command(calls, out), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # one of the files is no recording
    told = progress(done.stderr)
    finished = [one["done"] + one["failed"] for one in told]
    assert finished == sorted(finished) and told[-1]["left"] == 0
    assert {one["kept"] for one in told} == {CALLS + 1 - finished[-1]}
    summary = json.loads((out / "run.json").read_text())
    assert summary["calls"] == CALLS and summary["failed"] == 1
    assert summary["done"] + summary["kept"] == CALLS
    assert "processor time: " in done.stdout
    undisturbed = tmp_path / "undisturbed"
    qa_review.review_folder(
        calls, out=undisturbed, engine="serial", audio="link", agent_channel=0,
        transcriber=script(tmp_path),
    )  # fmt: skip
    assert contents(out) == contents(undisturbed)


def test_a_wait_for_progress_ends_where_there_is_nothing_to_do(calls: Path, tmp_path: Path) -> None:
    """A second run tells nothing a call, as there is none to do."""
    out, begun = tmp_path / "reviews", time.monotonic()
    given = {"out": out, "engine": "serial", "audio": "none", "agent_channel": 0}
    (calls / "none.wav").unlink()
    qa_review.review_folder(calls, transcriber=script(tmp_path), **given)
    told: list[qa_review.Standing] = []
    batch = qa_review.review_folder(calls, transcriber=script(tmp_path), told=told.append, **given)
    assert told == [] and (batch.done, batch.kept) == (0, CALLS)
    assert batch.costs["hear"].calls == 0 and time.monotonic() > begun
