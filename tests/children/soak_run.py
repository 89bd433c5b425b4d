"""Reviews a folder in a process of its own and tells by how many megabytes it grew, as JSON.

A process in which other tests ran has room that it gives back to nobody: what grows there hides.
``held`` as the second argument plants a fault: a second of each call's sound is kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import psutil
from scripted_runs import SPEECH, script

import qa_review
from qa_review.base.plugs import PLUGS
from qa_review.capture.pyav import decode
from qa_review.run import batch, work
from qa_review.run.engine import Outcome
from qa_review.run.progress import Standing


def hold() -> None:
    held: list[np.ndarray] = []
    scored = batch._Run._scored

    def holding(run: batch._Run, outcome: Outcome) -> object:
        held.append(np.ones(16_000, np.float32))
        return scored(run, outcome)

    batch._Run._scored = holding  # type: ignore[method-assign, assignment]


def growth(calls: Path) -> dict[str, float]:
    """The growth of a run once it is warm, over how many calls, and how many were reviewed."""
    here, seen = psutil.Process(), []

    def look(standing: Standing) -> None:
        seen.append(here.memory_info().rss / 1e6)

    made = qa_review.review_folder(
        calls, out=calls.parent / "reviews", engine="serial", audio="none", agent_channel=0,
        transcriber=script(calls.parent), told=look,
    )  # fmt: skip
    # the first third loads models and fills caches and pools of the allocator
    third = len(seen) // 3
    first, last = np.median(seen[third : third + third // 2]), np.median(seen[-third // 2 :])
    return {
        "mb": float(last - first),
        "over": len(seen) - third - third // 2,
        "reviewed": len(made.reviews),
        "failed": len(made.failures),
    }


work._decoder = lambda: decode
PLUGS["part"]["speech"] = SPEECH
if sys.argv[2] == "held":
    hold()
print(json.dumps(growth(Path(sys.argv[1]))))
