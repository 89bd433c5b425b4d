"""Options that several commands have."""

from __future__ import annotations

import argparse

from qa_review.run.settings import TIMEOUT_S
from qa_review.run.shown import KINDS


def scorer_options(this: argparse.ArgumentParser) -> None:
    """What scores, and how sure it has to be."""
    this.add_argument("--rubric", default="behaviours.v1", help="name or .toml file")
    this.add_argument("--scorer", default="auto", help="auto, learned, learned:FILE, rules")
    this.add_argument(
        "--abstain-below",
        type=float,
        default=0.0,
        metavar="CHANCE",
        help="leave a behaviour open when its likeliest level is less likely (%(default)s)",
    )
    this.add_argument("--trust", default="", metavar="CARD", help="trust.json to go by")


def work_options(this: argparse.ArgumentParser, item: str) -> None:
    """Where the work is done, how long an ``item`` may take, and how progress is told."""
    this.add_argument(
        "--engine",
        default="processes",
        help="serial, processes[:N] (default: a core each), ray:auto, ray:ADDRESS, ray:local",
    )
    this.add_argument(
        "--timeout", type=float, default=TIMEOUT_S, help=f"seconds a {item} (%(default)s)"
    )
    this.add_argument("--progress", choices=KINDS, default="bar", help="default: %(default)s")
