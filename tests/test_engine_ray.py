"""The engine on Ray. Its tests run in one process, in a network of its own; here they are told."""

from __future__ import annotations

import importlib.util
import inspect
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_no_network import cut_off

if "engine_contract" not in sys.modules:  # else it was looked through for doctests before
    pytest.register_assert_rewrite("engine_contract")

import engine_ray_cases as cases

HERE = Path(__file__).parent
WITHIN_S = 540


def names() -> list[str]:
    """Every test of the cases: those of the contract, and Ray's own."""
    own = [name for name in vars(cases) if name.startswith("test_")]
    held = [n for n, _ in inspect.getmembers(cases.TestRay) if n.startswith("test_")]
    return [*held, *own]


@dataclass
class Told:
    """What the process said of its tests: for each name why it failed, a line for each failure."""

    failures: dict[str, list[str]]
    said: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray isn't installed")
    alone = cut_off()
    if not alone:
        pytest.skip("unshare can't make a network here, and Ray isn't let loose in this one")
    folder = tmp_path_factory.mktemp("ray")
    report = folder / "report.xml"
    rest = ["--pid", "--fork", "--kill-child", "--mount-proc"]  # nothing is left, whatever happens
    command = [*alone, *rest, sys.executable, str(HERE / "children" / "engine_alone.py")]
    command += [sys.executable, "-m", "pytest", str(HERE / "engine_ray_cases.py")]
    command += ["-p", "no:cacheprovider", f"--junitxml={report}", "--durations=0"]
    surroundings = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=WITHIN_S, env=surroundings
    )
    said = f"{done.stdout}\n{done.stderr}"
    (folder / "said").write_text(said)
    failures: dict[str, list[str]] = {}
    for case in ElementTree.parse(report).iter("testcase") if report.is_file() else ():
        wrong = failures.setdefault(case.get("name", "").partition("[")[0], [])
        wrong += [part.text or "" for part in case if part.tag in ("failure", "error", "skipped")]
    yield Told(failures, said)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_on_ray(name: str, told: Told) -> None:
    assert name in told.failures, f"it wasn't run:\n{told.said[-3_000:]}"
    assert not told.failures[name], "\n".join(told.failures[name])


@pytest.mark.slow
def test_nothing_tried_to_reach_another_host(told: Told) -> None:
    """The kernel counts, whoever tries: Ray has ways that no guard in Python sees."""
    assert "tried to reach other hosts: 0" in told.said


def test_the_counter_counts() -> None:
    alone = cut_off()
    if not alone:
        pytest.skip("unshare can't make a network here")
    tries = "import socket; socket.socket(2, 2).connect_ex(('192.0.2.1', 53))"
    command = [*alone, sys.executable, str(HERE / "children" / "engine_alone.py")]
    command += [sys.executable, "-S", "-c", tries]  # without the guard of the suite
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "tried to reach other hosts: 1" in done.stdout


def test_without_ray_the_engine_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "from qa_review.run.api import make_engine\n"
        "make_engine('ray:auto', timeout_s=60)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.endswith("QAReviewError: the engine ray needs: pip install 'qa_review[ray]'")
