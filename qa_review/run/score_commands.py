"""``qa-review score``: its options, and what it prints."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path

from rich.text import Text

from qa_review.run.bulk import score_files
from qa_review.run.commands import err, out, print_scores
from qa_review.run.dialogues import PART
from qa_review.run.score_table import SHOWN, Level, Line
from qa_review.run.scored import ScoredFiles
from qa_review.run.shared_options import scorer_options, work_options
from qa_review.run.shown import shown

FAILURES_SHOWN = 20


def options(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with its options."""
    this = command.add_parser("score", help="written dialogues to tables of scores")
    this.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="JSON Lines, Parquet, one transcript a file, and folders of these",
    )
    this.add_argument("--out", type=Path, default=Path("scored"), help="default: %(default)s")
    scorer_options(this)
    work_options(this, "part")
    this.add_argument(
        "--part", type=int, default=PART, metavar="N", help="dialogues a part (%(default)s)"
    )
    this.add_argument(
        "--parted",
        action="store_true",
        help="leave the tables in parts, a Parquet file each: for more than fits one file",
    )
    this.add_argument(
        "--again", action="store_true", help="score every dialogue again, whatever is there"
    )
    this.set_defaults(run=score)


def score(given: argparse.Namespace) -> int:
    """Written dialogues to tables."""
    with shown(given.progress, "scoring", err) as told:
        scored = score_files(
            *given.paths,
            out=given.out,
            engine=given.engine,
            timeout_s=given.timeout,
            part=given.part,
            parted=given.parted,
            told=told,
            again=given.again,
            rubric=given.rubric,
            scorer=given.scorer,
            abstain_below=given.abstain_below,
            trust=given.trust,
        )
    print_scores(_lines(scored))
    _print_counts(scored)
    return 0 if scored.scored and not scored.failed else 1


def _lines(scored: ScoredFiles) -> Iterator[Line]:
    """The first calls, read from the tables."""
    columns = ("id", "behaviour", "level", "abstained", "unproven")
    by_call = groupby(scored.rows("scores", *columns), key=lambda row: row[0])
    calls = islice(scored.rows("calls", "id", "overall", "duration_ms"), SHOWN)
    for (call_id, overall, duration_ms), (_, rows) in zip(calls, by_call, strict=False):
        yield Line(call_id, [Level(*row[1:]) for row in rows], overall, duration_ms)


def _print_counts(scored: ScoredFiles) -> None:
    """How many there were, what failed, what it cost, and where everything is."""
    count = scored.scored
    if count > SHOWN:
        out.print(f"the first {SHOWN:,} of {count:,}; the tables have all")
    dialogues = f"{scored.dialogues:,} dialogue{'s' * (scored.dialogues != 1)}"
    files = f"other file{'s' * (scored.ignored != 1)} passed over"
    passed = f"; {scored.ignored:,} {files}" * bool(scored.ignored)
    out.print(
        f"{dialogues} = {count:,} scored + {scored.failed:,} failed "
        f"({scored.kept:,} already there){passed}",
        soft_wrap=True,
    )
    for _, file, reason, detail in islice(scored.rows("failures"), FAILURES_SHOWN):
        out.print(Text(f"  {file}: {reason}: {detail}", style="yellow"), soft_wrap=True)
    if scored.failed > FAILURES_SHOWN:
        more = scored.failed - FAILURES_SHOWN
        where = scored.place("failures") if scored.parted else scored.out / "failures.csv"
        out.print(Text(f"  and {more:,} more in {where}"), soft_wrap=True)
    cost = scored.costs.get("score")
    if cost is not None and cost.cpu_s > 0:
        rate, load = cost.calls / cost.cpu_s, scored.costs["load"]
        out.print(
            f"processor time: {cost.cpu_s:,.1f} s for {cost.calls:,} dialogues ({rate:,.0f} a "
            f"second), {load.cpu_s:,.1f} s to load the scorer; "
            f"{cost.s + load.s:,.1f} s on the workers' clocks; "
            f"{scored.parts:,} part{'s' * (scored.parts != 1)}",
            soft_wrap=True,
        )
    where = scored.place("scores") / "*.parquet" if scored.parted else scored.out / "scores.csv"
    out.print(Text(f"tables: {where}"), soft_wrap=True)
