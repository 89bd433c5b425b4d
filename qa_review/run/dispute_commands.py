"""``qa-review dispute``: an agent says that a score is wrong, somebody else decides."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.table import Table
from rich.text import Text

from qa_review.base.frames import write_table
from qa_review.keep.calls import transcript_of
from qa_review.meet.disputes import all_disputes, open_dispute, rule
from qa_review.meet.frames import disputes_frame
from qa_review.meet.trends import dispute_trends
from qa_review.run.ballot_files import answer
from qa_review.run.commands import out
from qa_review.run.session_options import Commands, name_option, store_option
from qa_review.run.stores import existing_store


def options(command: Commands[argparse.ArgumentParser]) -> None:
    """Add ``dispute`` and what it does."""
    top = command.add_parser("dispute", help="dispute a score; decide a dispute; list them")
    what = top.add_subparsers(metavar="WHAT", required=True)
    opened = what.add_parser("open", help="say that a score is wrong, and why")
    opened.add_argument("call", metavar="CALL")
    opened.add_argument("--behaviour", required=True, metavar="NAME")
    opened.add_argument("--reviewer", default="", help="whose review, where there are several")
    opened.add_argument("--by", default="", help="who opens it for the agent, if not the agent")
    opened.add_argument("--rubric", default="behaviours", help="id of the rubric (%(default)s)")
    opened.add_argument("--quote", action="append", default=[], metavar="WORDS", help="of the call")
    opened.set_defaults(run=open_one)
    decided = what.add_parser("decide", help="the score stands, or becomes another")
    decided.add_argument("dispute", metavar="DISPUTE")
    decided.add_argument("--level", metavar="1..5|N/A", help="without it the score stands")
    decided.set_defaults(run=decide)
    for this in (opened, decided):
        name_option(this)
        this.add_argument("--reason", required=True)
    listing = what.add_parser("list", help="every dispute, and their trends")
    listing.add_argument("--out", type=Path, help="folder for the tables as CSV")
    listing.set_defaults(run=list_all)
    for this in (opened, decided, listing):
        store_option(this)


def open_one(given: argparse.Namespace) -> int:
    """Open a dispute."""
    store = existing_store(given.store)
    with store.reading() as reader:
        said = transcript_of(reader, given.call)
    made = open_dispute(
        store, given.call, given.behaviour, agent=given.who, by=given.by, reason=given.reason,
        rubric_id=given.rubric, reviewer=given.reviewer,
        quotes=[said.locate(words) for words in given.quote],
    )  # fmt: skip
    out.print(Text(f"dispute {made.id} is open: {made.call_id} {made.behaviour}"))
    return 0


def decide(given: argparse.Namespace) -> int:
    """Decide a dispute."""
    level = answer(given.level, given.reason) if given.level else None
    store = existing_store(given.store)
    made = rule(store, given.dispute, by=given.who, reason=given.reason, answer=level)
    if made.outcome == "stands":
        out.print(Text(f"{made.id}: the score stands"))
    else:
        now = "N/A" if made.level is None else made.level
        out.print(Text(f"{made.id}: {made.behaviour} of {made.call_id} is now {now}"))
    return 0


def list_all(given: argparse.Namespace) -> int:
    """Every dispute, and how they end by behaviour and by rater."""
    found = all_disputes(existing_store(given.store))
    if not found:
        out.print("no disputes")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("dispute", "opened", "call", "behaviour", "of", "given", "outcome", "reason"):
        table.add_column(column)
    for one in found:
        cells = (one.id, one.at[:10], one.call_id, one.behaviour, one.reviewer,
                 "N/A" if one.given is None else str(one.given), one.outcome,
                 one.reason)  # fmt: skip
        table.add_row(*map(Text, cells))
    out.print(table)
    told = dispute_trends(found)
    for row in told.to_dict("records"):
        if row["by"] != "month" and row["decided"]:
            share = "{changed_share:.0%} [{low:.0%}, {high:.0%}]".format_map(row)
            counts = "{opened} opened, {decided} decided".format_map(row)
            out.print(Text(f"{row['by']} {row['name']}: {counts}, changed {share}"))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        write_table(disputes_frame(found), given.out / "disputes.csv")
        write_table(told, given.out / "dispute_trends.csv")
    return 0
