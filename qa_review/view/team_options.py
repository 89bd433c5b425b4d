"""The options of ``qa-review report``, ``sample``, ``alerts`` and ``data``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from qa_review.run.session_options import Commands
from qa_review.view import team_commands as commands


def options(command: Commands[argparse.ArgumentParser]) -> None:
    """Add what is done with many reviews together."""
    _report(command)
    _sample(command)
    _alerts(command)
    data = command.add_parser("data", help="what a table of calls lacks, and what that costs")
    what = data.add_subparsers(metavar="WHAT", required=True)
    check = what.add_parser("check", help="each column: there or not, gaps, cells not readable")
    check.add_argument("table", type=Path, metavar="CALLS.csv")
    check.add_argument("--out", type=Path, help="write the table of columns as .csv or .parquet")
    check.set_defaults(run=commands.data_check)


def audit_option(what: Commands[argparse.ArgumentParser]) -> None:
    """Add ``audit`` to ``qa-review rubric``."""
    audit = what.add_parser("audit", help="does it reward the right thing, by the calls scored")
    _where(audit)
    audit.add_argument("--out", type=Path, help="write all checks as .csv or .parquet")
    audit.set_defaults(run=commands.audit)


def _where(this: argparse.ArgumentParser) -> None:
    """Where reviews are: unlike elsewhere a store is only opened when it is named."""
    this.add_argument(
        "--results", type=Path, metavar="FOLDER",
        default=Path(os.environ.get("QA_REVIEW_RESULTS", "reviews")),
        help="what 'qa-review review' wrote (%(default)s)",
    )  # fmt: skip
    this.add_argument(
        "--store", default=os.environ.get("QA_REVIEW_STORE", ""),
        help="what people gave: sqlite:FILE or postgresql://USER@HOST/DATABASE ($QA_REVIEW_STORE)",
    )  # fmt: skip
    this.add_argument("--rubric", default="behaviours.v1", help="name or .toml file")
    this.add_argument(
        "--drawn", type=Path, action="append", default=[], metavar="LOG",
        help="log of a sample; calls picked as telling then sway no figure",
    )  # fmt: skip


def _report(command: Commands[argparse.ArgumentParser]) -> None:
    this = command.add_parser("report", help="the monthly pack: one page, and the tables behind it")
    this.add_argument(
        "recordings", nargs="*", type=Path, metavar="PATH",
        help="recordings to review first; without any, what is reviewed already",
    )  # fmt: skip
    this.add_argument("--month", default="", metavar="2026-10", help="default: the last one")
    this.add_argument("--out", type=Path, default=Path("pack"), help="default: %(default)s")
    _where(this)
    _rules(this)
    this.set_defaults(run=commands.report)


def _rules(this: argparse.ArgumentParser) -> None:
    this.add_argument("--rules", type=Path, help="alert rules, .toml; default: those shipped")
    this.add_argument(
        "--series", type=Path, metavar="CSV", help="a table with a column at, for rules on a column"
    )


def _sample(command: Commands[argparse.ArgumentParser]) -> None:
    this = command.add_parser("sample", help="which calls to listen to, and a log of the draw")
    what = this.add_subparsers(metavar="KIND", required=True)
    by_lot = what.add_parser("random", help="by lot, so many of each agent")
    by_lot.add_argument("--per-agent", type=int, default=5, metavar="N", help="%(default)s")
    strata = what.add_parser("stratified", help="by lot, in proportion to strata")
    strata.add_argument("--by", default="queue", help="columns, by commas (%(default)s)")
    strata.add_argument("--calls", type=int, default=100, metavar="N", help="%(default)s")
    telling = what.add_parser("priority", help="likely poor, likely exemplary, most uncertain")
    telling.add_argument("--each", type=int, default=10, metavar="N", help="%(default)s")
    for kind, one in (("random", by_lot), ("stratified", strata), ("priority", telling)):
        if one is not telling:
            one.add_argument(
                "--seed", required=True, metavar="TEXT",
                help="agreed on before the calls were known, such as a lottery's numbers",
            )  # fmt: skip
        one.add_argument("--month", default="", metavar="2026-10", help="default: all calls")
        one.add_argument("--note", default="", help="who drew, and where the seed is from")
        one.add_argument("--out", type=Path, default=Path("sample"), help="folder (%(default)s)")
        _where(one)
        one.set_defaults(run=commands.sample, kind=kind)
    replay = what.add_parser("replay", help="draw again from a log, and say what differs")
    replay.add_argument("log", type=Path, metavar="LOG")
    replay.add_argument("--month", default="", metavar="2026-10")
    replay.add_argument("--alone", action="store_true", help="look at the log alone")
    _where(replay)
    replay.set_defaults(run=commands.replay)
    needed = what.add_parser("size", help="how many calls a figure needs")
    needed.add_argument("--within", type=float, default=5.0, metavar="POINTS", help="%(default)s")
    needed.add_argument("--month", default="", metavar="2026-10", help="default: all calls")
    _where(needed)
    needed.set_defaults(run=commands.size)


def _alerts(command: Commands[argparse.ArgumentParser]) -> None:
    this = command.add_parser("alerts", help="look at the rules: what fired, what is over")
    _where(this)
    _rules(this)
    this.add_argument(
        "--payload", type=Path, metavar="JSON", help="write what is new as a webhook's payload"
    )
    this.set_defaults(run=commands.alerts)
