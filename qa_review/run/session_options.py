"""The options of ``qa-review session``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from qa_review.run import report_commands as reports
from qa_review.run import session_commands as commands

Commands = argparse._SubParsersAction  # the type has no public name


def options(command: Commands[argparse.ArgumentParser]) -> None:
    """Add ``session`` and what it does."""
    top = command.add_parser("session", help="calibration: score blind, reveal, discuss, agree")
    what = top.add_subparsers(metavar="WHAT", required=True)
    _create(what)
    for name, run, told in (
        ("join", commands.join, "take your seat as a rater"),
        ("form", commands.form, "write the form that a rater fills in"),
        ("mine", commands.mine, "what you handed in yourself"),
    ):
        this = _in_session(what, name, told, run)
        if name == "form":
            this.add_argument(
                "--out", type=Path, default=Path("ballots"), help="folder (%(default)s)"
            )
    _score(what)
    severe = _plain(what, "raters", "how severe each rater is, over all sessions", reports.raters)
    severe.add_argument("--rubric", default="behaviours", help="id of the rubric (%(default)s)")
    receipt = _plain(what, "check", "whether the ballot of a receipt is there", commands.check)
    receipt.add_argument("session", metavar="SESSION")
    receipt.add_argument("--receipt", required=True, metavar="DIGEST")
    ended = _in_session(what, "call-off", "end a session without a reveal", commands.call_off)
    ended.add_argument("--reason", required=True)
    _plain(what, "list", "the sessions of a store", commands.list_all)
    status = _plain(what, "status", "who has joined, who is done; nobody's scores", commands.status)
    status.add_argument("session", metavar="SESSION")
    _after(what)


def store_option(this: argparse.ArgumentParser) -> None:
    this.add_argument(
        "--store",
        default=os.environ.get("QA_REVIEW_STORE", "sqlite:qa.db"),
        help="sqlite:FILE or postgresql://USER@HOST/DATABASE ($QA_REVIEW_STORE, else %(default)s)",
    )


def name_option(this: argparse.ArgumentParser) -> None:
    this.add_argument("--as", dest="who", required=True, metavar="NAME", help="who you are")


def _plain(
    what: Commands[argparse.ArgumentParser], name: str, told: str, run: object
) -> argparse.ArgumentParser:
    this = what.add_parser(name, help=told)
    store_option(this)
    this.set_defaults(run=run)
    return this


def _in_session(
    what: Commands[argparse.ArgumentParser], name: str, told: str, run: object
) -> argparse.ArgumentParser:
    this = _plain(what, name, told, run)
    this.add_argument("session", metavar="SESSION")
    name_option(this)
    this.add_argument("--keys", type=Path, help="folder of your keys ($QA_REVIEW_KEYS)")
    return this


def _create(what: Commands[argparse.ArgumentParser]) -> None:
    this = _plain(what, "create", "call a session: its calls, raters, rubric", commands.create)
    this.add_argument("name", metavar="NAME", help="such as 'March, escalations'")
    name_option(this)
    this.add_argument("--keys", type=Path, help="folder for the session's key ($QA_REVIEW_KEYS)")
    this.add_argument("--raters", required=True, metavar="NAME,NAME", help="who scores")
    this.add_argument("--calls", type=Path, help="a folder of results, or a file of dialogues")
    how = this.add_mutually_exclusive_group(required=True)
    how.add_argument("--pick", nargs="+", metavar="ID", help="these calls")
    how.add_argument("--random", type=int, metavar="N", help="N calls at random")
    how.add_argument("--uncertain", type=int, metavar="N", help="those the scorer is least sure of")
    this.add_argument("--seed", type=int, default=0, help="of --random (%(default)s)")
    this.add_argument("--rubric", default="behaviours.v1", help="name or .toml file")
    this.add_argument("--scorer", default="auto", help="auto, learned, learned:FILE, rules")
    this.add_argument("--deadline", default="", metavar="2026-12-01T12:00", help="told to raters")
    this.add_argument("--automatic", action="store_true", help="the scorer takes part as a rater")
    this.add_argument(
        "--reviewed", action="store_true", help="calls too that people reviewed in this store"
    )


def _score(what: Commands[argparse.ArgumentParser]) -> None:
    this = _in_session(what, "score", "hand in ballots: a form, or one call", commands.score)
    this.add_argument("--ballots", type=Path, metavar="FILE", help="the form, filled in")
    this.add_argument("--call", metavar="ID", help="the call that the answers are of")
    this.add_argument(
        "--answers", nargs="+", default=[], metavar="BEHAVIOUR=LEVEL[:REASON]",
        help="such as listening=4 or 'learning=N/A:nothing to learn from'",
    )  # fmt: skip
    this.add_argument(
        "--note", action="append", default=[], metavar="TURN=TEXT", help="a comment; turns from 1"
    )


def _after(what: Commands[argparse.ArgumentParser]) -> None:
    reveal = _in_session(what, "reveal", "open the ballots to all, for good", commands.reveal)
    reveal.add_argument("--yes", action="store_true", help="don't ask")
    remark = _in_session(what, "remark", "keep what was said in the discussion", commands.remark)
    remark.add_argument("text", metavar="TEXT")
    vote = _in_session(what, "vote", "give a behaviour again after discussion", commands.vote)
    decide = _in_session(what, "decide", "the master score, and what follows", commands.decide)
    for this in (remark, vote, decide):
        this.add_argument("--call", metavar="ID", required=True)
        this.add_argument("--behaviour", metavar="NAME", required=this is not remark, default="")
    for this in (vote, decide):
        this.add_argument("--level", metavar="1..5|N/A", required=this is vote)
        this.add_argument("--reason", default="")
    decide.add_argument("--anchor", metavar="LEVEL=WORDS", help="the anchor in other words")
    decide.add_argument("--drop", metavar="INDICATOR", help="an indicator to drop")
    decide.add_argument("--tell", metavar="RATER=NOTE", help="a note to a rater")
    decide.add_argument("--out", type=Path, help="folder for a new version of the rubric (here)")
    report = _plain(what, "report", "the session as a page and tables", reports.report)
    report.add_argument("session", metavar="SESSION")
    report.add_argument("--out", type=Path, default=Path("session"), help="%(default)s")
