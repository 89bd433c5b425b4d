"""What ``qa-review report``, ``sample``, ``alerts``, ``data check`` and ``rubric audit`` do."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from qa_review.base.errors import QAReviewError
from qa_review.base.frames import or_none, write_table
from qa_review.base.resources import rubric_path
from qa_review.capture.metadata import read_calls
from qa_review.grade.rubric import load
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.store import Store, open_store
from qa_review.run import api
from qa_review.run.commands import err, out, progress
from qa_review.run.shown import shown
from qa_review.run.stores import existing_store
from qa_review.team.alert_rules import SHIPPED
from qa_review.team.alert_rules import load as load_rules
from qa_review.team.alerts import Alert
from qa_review.team.changes import spans
from qa_review.team.data_check import data_check_frame
from qa_review.team.draws import Draw, read_log, write_log
from qa_review.team.pack import MONTH_PARTS
from qa_review.team.precision import calls_needed_frame
from qa_review.team.rubric_audit import audit_frame
from qa_review.team.sampling import draw_priority, draw_random, draw_stratified, replayed
from qa_review.team.sources import Sources, sources_of
from qa_review.team.watching import keep, known_alerts, watched, write_payload
from qa_review.view.report import monthly_report


def report(given: argparse.Namespace) -> int:
    """The monthly pack, from recordings or from what is reviewed already."""
    began = time.perf_counter()
    reviewed = _reviewed(given) if given.recordings else 0.0
    with progress("the pack") as (bar, task):
        bar.update(task, total=MONTH_PARTS + 2)

        def told(what: str) -> None:
            bar.update(task, advance=1, description=what.replace("_", " "))

        made = monthly_report(
            given.out, given.month, results=_folder(given), store=_store(given),
            rubric=given.rubric, rules=given.rules, series=given.series, drawn=given.drawn,
            told=told,
        )  # fmt: skip
    for why, calls in (("being calibrated", made.sealed), ("scored on another rubric",
                                                           made.elsewhere)):  # fmt: skip
        if calls:
            err.print(Text(f"{len(calls):,} calls are left out: {why}", style="yellow"))
    parts = [f"{name} {spent:.1f} s" for name, spent in made.seconds.items()]
    parts = ([f"reviewing {reviewed:.1f} s"] if given.recordings else []) + parts
    whole = time.perf_counter() - began
    told_parts = ", ".join(parts)
    out.print(f"{made.pack.calls:,} calls of {made.pack.month} in {whole:.1f} s: {told_parts}")
    out.print(Text(f"open: {made.page.resolve()}"), soft_wrap=True)
    return 0


def _reviewed(given: argparse.Namespace) -> float:
    """Review the recordings into the folder of results; how long that took."""
    began = time.perf_counter()
    with shown("bar", "reviewing", err) as told:
        batch = api.review_folder(
            *given.recordings, out=given.results, rubric=given.rubric, told=told
        )
    for lost in batch.failures[:20]:
        err.print(Text(f"{lost.file or lost.id}: {lost.reason}: {lost.detail}", style="yellow"))
    return time.perf_counter() - began


def _folder(given: argparse.Namespace) -> Path | None:
    """The folder of results, when it is there."""
    folder: Path = given.results
    return folder if ResultsFolder(folder).has_store else None


def _store(given: argparse.Namespace, *, made: bool = False) -> Store | None:
    """The store that is named; one that isn't there yet is ``made`` where something is kept."""
    if not given.store:
        return None
    return open_store(given.store) if made else existing_store(given.store)


def _sources(given: argparse.Namespace) -> Sources:
    """What the options name, with the reviews of the month where one is given.

    Raises:
        QAReviewError: there is no review, or none in that month.
    """
    drawn = [read_log(path) for path in given.drawn]
    found = sources_of(load(rubric_path(given.rubric)), _folder(given), _store(given), drawn)
    if not getattr(given, "month", ""):
        return found
    inside, _ = spans(found.reviews, given.month)  # or a ValueError: what a month is written as
    if not inside.any():
        raise QAReviewError(f"no call of {given.month} was reviewed")
    own = found.reviews[inside].reset_index(drop=True)
    return Sources(own, found.events, found.items, found.sealed, found.elsewhere)


def sample(given: argparse.Namespace) -> int:
    """Draw calls, and write them with the log that anyone can replay."""
    reviews = _sources(given).reviews
    draw: Draw
    if given.kind == "random":
        draw = draw_random(reviews, seed=given.seed, per_agent=given.per_agent, note=given.note)
    elif given.kind == "stratified":
        by = tuple(filter(None, (name.strip() for name in given.by.split(","))))
        draw = draw_stratified(reviews, by, given.calls, seed=given.seed, note=given.note)
    else:
        draw = draw_priority(reviews, given.each, note=given.note)
    given.out.mkdir(parents=True, exist_ok=True)
    table, log = given.out / f"{given.kind}.csv", given.out / f"{given.kind}.json"
    write_table(draw.frame, table)
    write_log(draw.log, log)
    _print(draw.frame[["call", "agent", "stratum", "why"]].head(30).itertuples(index=False),
           ("call", "agent", "of", "why"))  # fmt: skip
    out.print(Text(f"{len(draw.frame):,} of {draw.log.calls:,} calls: {table}; the log: {log}"))
    for why, count in draw.log.left_out.items():
        out.print(Text(f"  {count:,} calls left out: {why}", style="yellow"))
    if given.kind == "priority":
        out.print("picked as telling: keep the log, and give it to 'qa-review report --drawn'")
    return 0


def replay(given: argparse.Namespace) -> int:
    """Draw again, and say what differs."""
    log = read_log(given.log)
    wrong = replayed(log, None if given.alone else _sources(given).reviews)
    for one in wrong:
        out.print(Text(one, style="red"))
    if not wrong:
        out.print(Text(f"the draw is as the log says: {len(log.drawn):,} of {log.calls:,} calls"))
    return 1 if wrong else 0


def size(given: argparse.Namespace) -> int:
    """How many calls a figure of so many points more or less needs."""
    table = calls_needed_frame(_sources(given).reviews, given.within)
    rows = table[["group", "name", "about", "n", "spread", "half_now", "needed", "more", "why"]]
    _print(rows.itertuples(index=False), ("of", "name", "about", "calls", "spread", "± now",
                                          "needed", "more", "why"))  # fmt: skip
    return 0


def alerts(given: argparse.Namespace) -> int:
    """Look at every rule; say what fired, what stands and what is over."""
    store = _store(given, made=True)
    rules = load_rules(given.rules or SHIPPED)
    reviews = None
    if any(rule.measure for rule in rules) and (_folder(given) or store):
        reviews = _sources(given).reviews
    found = watched(rules, reviews, given.series, known_alerts(store) if store else ())
    if given.payload:
        write_payload(found, given.payload)
    if store:
        keep(store, found)
    for word, style, these in (("fired", "red", found.fired), ("stands", "yellow", found.standing),
                               ("over", "green", found.over)):  # fmt: skip
        for alert in these:
            out.print(Text(f"{word}: {_alert(alert)}", style=style), soft_wrap=True)
    for name, why in found.blind.items():
        err.print(Text(f"{name}: {why}", style="yellow"), soft_wrap=True)
    fired, stands = len(found.fired), len(found.standing)
    kept = "" if store else "; without --store it is told again next time"
    ended = len(found.over) + sum(one.over for one in found.fired)
    out.print(f"{fired} fired, {ended} over, {stands} still so{kept}", soft_wrap=True)
    return 1 if given.rules and found.blind else 0


def _alert(one: Alert) -> str:
    where = "" if one.group == "all" else f" ({one.group})"
    until = f", until {one.over_at}" if one.over else ""
    if one.over and not one.points:
        until = "; withdrawn, for the figures were revised"
    return (f"{one.says}{where}: {one.measure} {one.value:g}, line {one.line:g}, "
            f"worst {one.worst:g}, since {one.began_at}{until}")  # fmt: skip


def data_check(given: argparse.Namespace) -> int:
    """Each column of a table of calls, and what can't be computed without it."""
    found = read_calls(given.table)
    table = data_check_frame(found)
    rows = (
        (row.column, row.state, "" if row.state == "other" else f"{row.filled:,} of {row.calls:,}",
         "" if row.state == "other" else f"{row.broken:,}",
         "" if row.state == "whole" else row.costs)
        for row in table.itertuples()
    )  # fmt: skip
    _print(rows, ("column", "state", "filled", "broken", "without it, or from fewer calls"))
    for problem in found.problems[:20]:
        err.print(Text(problem, style="yellow"), soft_wrap=True)
    if len(found.problems) > 20:
        err.print(f"and {len(found.problems) - 20:,} more problems")
    if given.out:
        write_table(table, given.out)
    if not found.calls:
        err.print("no row is a call")
    return 1 if found.problems or not found.calls else 0


def audit(given: argparse.Namespace) -> int:
    """Whether a rubric rewards the right thing, by the calls that were scored on it."""
    found = _sources(given)
    table = audit_frame(found.reviews, found.items, load(rubric_path(given.rubric)))
    shown = table[table["finding"].fillna(False)]
    _print(((row.check, row.item, row.says) for row in shown.itertuples()),
           ("finding", "item", "what was found"))  # fmt: skip
    for why in table["why"].dropna().unique():
        err.print(Text(f"not checked: {why}", style="yellow"), soft_wrap=True)
    sound = int((table["check"] == "sound").sum())
    out.print(f"{len(shown)} findings in {len(found.reviews):,} calls; {sound} items are sound")
    if given.out:
        write_table(table, given.out)
    return 0


def _print(rows: Iterable[Iterable[object]], heads: Iterable[str]) -> None:
    """A table for a person: numbers short, what is missing left out."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head)
    for row in rows:
        cells = (or_none(cell) for cell in row)
        table.add_row(*(Text("" if cell is None else f"{cell:.1f}" if isinstance(cell, float)
                             else str(cell)) for cell in cells))  # fmt: skip
    out.print(table)
