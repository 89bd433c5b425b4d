"""The wheel holds everything that the package needs outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_carries_rubrics_sample_calls_and_page_parts(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (
        *(ROOT / "rubrics").glob("*.toml"),
        *(ROOT / "sample_calls").glob("*.csv"),
        *(ROOT / "sample_calls").glob("*.ogg"),
    ):
        assert f"qa_review/{path.relative_to(ROOT).as_posix()}" in names
    for part in (
        "view/call.css",
        "view/call.js",
        "capture/transcript.schema.json",
        "grade/learned.trust.json",
    ):
        assert f"qa_review/{part}" in names
    assert not [name for name in names if name.startswith(("tests", "docs", "benchmarks"))]


def test_no_file_in_the_wheel_is_large(wheel: Path) -> None:
    sizes = {i.filename: i.file_size for i in zipfile.ZipFile(wheel).infolist()}
    assert sizes.pop("qa_review/grade/learned.safetensors") < 30_000_000
    assert max(sizes.values()) < 300_000, max(sizes, key=sizes.__getitem__)


@pytest.mark.slow
def test_the_wheel_works_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    script = (
        "import qa_review\n"
        "from qa_review.base.resources import folder\n"
        f"assert qa_review.__file__.startswith({str(place)!r}), qa_review.__file__\n"
        "review = qa_review.review(folder('sample_calls') / 'wrong-number-01.wav')\n"
        "print(len(review.transcript.turns), len(review.scores))\n"
    )
    paths = [str(place), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    turns, scores = map(int, done.stdout.split())
    assert turns >= 2 and scores == 5
