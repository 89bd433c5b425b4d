"""The sample calls, reviewed by the real engine once for all tests that need them."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

import qa_review
from qa_review.base.resources import folder


def reviewed(factory: pytest.TempPathFactory) -> Path:
    """The folder of results. Several processes of one run share it: the first one makes it."""
    shared = factory.getbasetemp()
    if shared.name.startswith("popen-"):  # that of one worker of many
        shared = shared.parent
    results = shared / "reviewed sample calls"
    with (shared / "reviewing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (results / "index.html").exists():
            batch = qa_review.review_folder(folder("sample_calls"), out=results)
            assert (len(batch.reviews), batch.failures) == (14, ())
    return results


def copied(results: Path, into: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(results, into / "reviews"))
