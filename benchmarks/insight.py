"""What the figures of a team cost, from a thousand reviews to a million.

    python benchmarks/insight.py [--sizes 1000 10000 100000 1000000] [--peer 1000]

Each size runs in a process of its own, on one core: every figure of the monthly pack on made-up
reviews of four months (an agent for 1,000 calls, but 12 at least; one piece of evidence in two
calls, friction in one of three). CPU seconds of each figure, and the most memory that the process
held, without what Python and the libraries take before the first review.

The peer is statsmodels' mixed model of the log of handling time with crossed effects of agent,
queue, issue and customer, next to our adjusted handling time on the same calls, where statsmodels
is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any

import numpy as np

SIZES = (1_000, 10_000, 100_000, 1_000_000)
MONTH = "2026-10"
CALLS_AN_AGENT = 1_000
CROSSED = ("agent", "queue", "issue", "customer")
ONE_CORE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def measured(size: int) -> dict[str, Any]:
    """CPU seconds of every figure of a pack, and of the page; the memory they took in MB."""
    from qa_review.base.resources import rubric_path
    from qa_review.grade.rubric import load
    from qa_review.team import pack
    from qa_review.team.alert_rules import load as load_rules
    from qa_review.team.made_up import made_up_reviews
    from qa_review.view.pack import pack_page

    rubric = load(rubric_path("behaviours.v1"))
    small = made_up_reviews(200, agents=4, months=4, first="2026-07-03")
    pack.monthly_pack(pack.Material(small, MONTH, rubric))  # libraries are loaded now
    before = most_memory()
    reviews = made_up_reviews(
        size, agents=max(12, size // CALLS_AN_AGENT), months=4, first="2026-07-03"
    )
    material = pack.Material(
        reviews, MONTH, rubric, events(reviews), items(reviews, rubric), load_rules()
    )
    seconds: dict[str, float] = {}
    last: list[tuple[str, float]] = []

    def told(name: str) -> None:
        """A figure begins, so the one before it ended."""
        now = time.process_time()
        if last:
            seconds[last[-1][0]] = now - last[-1][1]
        last.append((name, now))

    began = time.process_time()
    made = pack.monthly_pack(material, told)
    told("page")
    text = pack_page(made)
    told("end")
    return {
        "size": size, "seconds": seconds, "all": time.process_time() - began,
        "megabytes": most_memory() - before, "page": len(text),
    }  # fmt: skip


def most_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def events(reviews: Any) -> Any:
    """A stretch of friction in every third call."""
    import pandas

    calls = reviews["call"].iloc[::3].reset_index(drop=True)
    at = np.arange(len(calls))
    return pandas.DataFrame({
        "id": calls, "kind": "look-up", "system": np.array(["billing", "portal", None])[at % 3],
        "turn": 2, "quote": "bear with me", "start_ms": 1000, "end_ms": 2000,
        "lost_ms": 9000.0, "note": None,
    })  # fmt: skip


def items(reviews: Any, rubric: Any) -> Any:
    """A piece of evidence in every second call."""
    import pandas

    from qa_review.team.items import Items

    calls = reviews["call"].iloc[::2].reset_index(drop=True)
    at = np.arange(len(calls))
    ids = np.array([one.id for one in rubric.indicators])
    evidence = pandas.DataFrame({
        "id": calls, "behaviour": "listening", "indicator": ids[at * 7919 % len(ids)],
        "stance": "for", "turn": 1, "quote": np.char.add("said ", (at % 997).astype(str)),
    })  # fmt: skip
    return Items.of(evidence, rubric, list(reviews["call"]))


def peer(calls: int) -> tuple[float, float]:
    """CPU seconds of statsmodels' mixed model and of ours on the same calls."""
    import warnings

    import statsmodels.formula.api as models

    from qa_review.team.case_mix import handling_frame
    from qa_review.team.made_up import made_up_reviews

    reviews = made_up_reviews(calls, agents=max(12, calls // CALLS_AN_AGENT), months=4)
    data = reviews.assign(log=np.log(reviews["handle_ms"] - reviews["friction_ms"]), one=1)
    parts = {name: f"0 + C({name})" for name in CROSSED}
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models.mixedlm("log ~ 1", data, groups="one", re_formula="0", vc_formula=parts).fit()
    theirs = time.process_time() - began
    began = time.process_time()
    handling_frame(reviews)
    return theirs, time.process_time() - began


def table(found: list[dict[str, Any]]) -> None:
    """Figures down, sizes across."""
    names = list(found[-1]["seconds"])
    print("CPU seconds".ljust(18) + "".join(f"{one['size']:>12,}" for one in found))
    for name in names:
        print(name.ljust(18) + "".join(f"{one['seconds'].get(name, 0):12.2f}" for one in found))
    print("all".ljust(18) + "".join(f"{one['all']:12.2f}" for one in found))
    print("MB more".ljust(18) + "".join(f"{one['megabytes']:12.0f}" for one in found))
    for one, more in pairwise(found):
        times = np.log(more["all"] / one["all"]) / np.log(more["size"] / one["size"])
        print(f"from {one['size']:,} to {more['size']:,}: seconds grow as calls to the {times:.2f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options.add_argument("--peer", type=int, default=1_000, help="calls of the peer; 0: none")
    options.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        print(json.dumps(measured(given.one)))
        return
    found = []
    for size in given.sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_CORE}
        )
        found.append(json.loads(done.stdout))
    table(found)
    if given.peer:
        theirs, ours = peer(given.peer)
        print(f"adjusted handling time of {given.peer:,} calls: statsmodels {theirs:.2f} CPU s, "
              f"ours {ours:.2f}: {theirs / ours:.0f} times as much")  # fmt: skip


if __name__ == "__main__":
    main()
