"""``qa-review report``: from reviews to the pack of a month, its page and the tables behind it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.base.frames import write_table
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load
from qa_review.keep.folder import ResultsFolder, write_text
from qa_review.keep.store import Store
from qa_review.team.alert_rules import SHIPPED
from qa_review.team.alert_rules import load as load_rules
from qa_review.team.changes import MONTH
from qa_review.team.draws import read_log, write_log
from qa_review.team.pack import Material, Pack, monthly_pack
from qa_review.team.reviews import months
from qa_review.team.sources import sources_of
from qa_review.view.pack import pack_page

DATA = "data"
"""the folder of tables beside the page"""


@dataclass(frozen=True, slots=True)
class Report:
    """A pack that was written: where its page is, and how long each step took on the clock."""

    page: Path
    pack: Pack
    seconds: Mapping[str, float]
    sealed: tuple[str, ...]
    elsewhere: tuple[str, ...]


def monthly_report(
    out: Path,
    month: str = "",
    *,
    results: Path | None = None,
    store: Store | None = None,
    rubric: str = "behaviours.v1",
    rules: Path | None = None,
    series: Path | None = None,
    drawn: Iterable[Path] = (),
    told: Callable[[str], None] = lambda what: None,
) -> Report:
    """Make the pack of a month and write it to the folder ``out``.

    Args:
        month: such as ``"2026-10"``; by default the last month that has a call.
        results: a folder of results; store: of reviews. One of them is needed.
        rules: a file of alert rules; the shipped ones by default.
        series: a CSV file with a column ``at``, for rules on its other columns.
        drawn: logs of samples, so that calls picked as telling don't sway a figure.
        told: called with the name of each step before it is made.

    Raises:
        QAReviewError: there are no reviews, or none in that month.
        RulesError, MetadataError, ValueError: a file or the month can't be read.
    """
    began = time.perf_counter()
    told("reading")
    loaded = load(rubric_path(rubric))
    found = sources_of(loaded, results, store, [read_log(path) for path in drawn])
    listed = months(found.reviews)[1]
    if month and not MONTH.fullmatch(month):
        raise ValueError(f"a month is written as 2026-10, not {month!r}")
    chosen = month or (listed[-1] if listed else "")
    if chosen not in listed:
        there = ", ".join(listed) or "none: no call says when it started (started_at)"
        raise QAReviewError(f"no call of {chosen or 'any month'} was reviewed; there is {there}")
    read = time.perf_counter()
    pack = monthly_pack(
        Material(
            found.reviews, chosen, loaded, found.events, found.items,
            load_rules(rules or SHIPPED), series, pages_of(found.reviews["call"], results, out),
        ),
        told,
    )  # fmt: skip
    made = time.perf_counter()
    told("writing")
    page = _write(out, pack)
    seconds = {"reading": read - began, "figures": made - read,
               "writing": time.perf_counter() - made}  # fmt: skip
    return Report(page, pack, seconds, found.sealed, found.elsewhere)


def pages_of(calls: Iterable[str], results: Path | None, out: Path) -> dict[str, str]:
    """The path of each call's page from the folder ``out``, where a folder of results has one."""
    if results is None:
        return {}
    pages = {str(call): ResultsFolder(results).page(str(call)) for call in calls}
    return {
        call: Path(os.path.relpath(page.resolve(), out.resolve())).as_posix()
        for call, page in pages.items()
        if page.is_file()
    }


def _write(out: Path, pack: Pack) -> Path:
    """The page, and each frame as CSV and Parquet."""
    tables = out / DATA
    tables.mkdir(parents=True, exist_ok=True)
    for name, table in pack.frames.items():
        for suffix in ("csv", "parquet"):
            write_table(table, tables / f"{name}.{suffix}")
    write_log(pack.picked, tables / "listen_to.json")
    page = out / "index.html"
    write_text(page, pack_page(pack))
    return page
