"""What ``qa-review session report`` and ``raters`` do: what sessions show, once revealed."""

from __future__ import annotations

import argparse

from rich.table import Table
from rich.text import Text

from qa_review.base.errors import QAReviewError
from qa_review.base.frames import write_table
from qa_review.base.plugs import plug
from qa_review.keep.folder import write_text
from qa_review.meet import opening
from qa_review.meet.frames import before_after_frame, drift_frame, session_frames
from qa_review.meet.progress import before_after, revealed_sessions, severity_drift, severity_over
from qa_review.run.commands import err, out
from qa_review.run.stores import existing_store


def raters(given: argparse.Namespace) -> int:
    """How severe each rater is over all sessions on a rubric, and whether that can be told."""
    held = revealed_sessions(existing_store(given.store), given.rubric)
    if not held:
        raise QAReviewError(f"no session on {given.rubric} is revealed in {given.store}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("rater", "against", "levels", "95 % interval", "scores", "calls", "enough?"):
        table.add_column(column)
    for one in severity_over(held):
        mean = one.mean
        value = "-" if mean.value is None else f"{mean.value:+.2f}"
        ends = f"[{mean.interval[0]:+.2f}, {mean.interval[1]:+.2f}]" if mean.interval else "-"
        enough = f"no: {mean.lacking} more calls" if mean.lacking else mean.why_none or "yes"
        cells = (one.rater, one.against, value, ends, str(mean.n), str(one.calls), enough)
        table.add_row(*map(Text, cells))
    out.print(f"{len(held)} sessions; below 0 is severer")
    out.print(table)
    return 0


def report(given: argparse.Namespace) -> int:
    """The session as a page, and its frames as CSV and Parquet."""
    store = existing_store(given.store)
    found = opening.revealed(store, given.session)
    held = revealed_sessions(store, found.rubric.id)
    frames = session_frames(found)
    changes, drifts = before_after(held, found), severity_drift(held)
    frames |= {"before_after": before_after_frame(changes), "drift": drift_frame(drifts)}
    given.out.mkdir(parents=True, exist_ok=True)
    for name, table in frames.items():
        for suffix in ("csv", "parquet"):
            write_table(table, given.out / f"{name}.{suffix}")
    page = given.out / "session.html"
    write_text(page, plug("part", "session_page")(found, changes, drifts))
    for problem in found.problems:
        err.print(Text(problem, style="red"))
    out.print(Text(f"open: {page.resolve()}"), soft_wrap=True)
    return 0
