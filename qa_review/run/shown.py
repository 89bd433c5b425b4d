"""Progress as a person sees it, a line that moves, or as a program reads it, JSON a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from qa_review.run.progress import Standing

Kind = Literal["bar", "json", "none"]
KINDS: tuple[Kind, ...] = ("bar", "json", "none")
WIDE = 140
"""columns of a terminal that take a bar and everything that is told in one line"""
TOLD = 20
"""problems that are printed as they come; the tables have all"""


@contextmanager
def shown(kind: Kind, what: str, console: Console) -> Iterator[Callable[[Standing], None]]:
    """Something to call after every item; shows how far the run is.

    Args:
        kind: ``bar``: a line on the console that moves; ``json``: a line of JSON for each item on
            standard error; ``none``: nothing.
        what: what is being done, such as ``reviewing``.
    """
    if kind == "bar":
        with _bar(what, console) as told:
            yield told
    else:
        yield _line if kind == "json" else _nothing


def _nothing(standing: Standing) -> None:
    pass


def _line(standing: Standing) -> None:
    sys.stderr.write(json.dumps(standing.to_json()) + "\n")
    sys.stderr.flush()


@contextmanager
def _bar(what: str, console: Console) -> Iterator[Callable[[Standing], None]]:
    wide = console.width >= WIDE
    columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn("{task.description}")]
    columns += [BarColumn(bar_width=24)] if wide else []
    columns += [TextColumn("{task.fields[told]}"), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, told="starting")

        def told(standing: Standing) -> None:
            finished = standing.total - standing.left
            words = in_words(standing, between="; " if wide else "\n")
            bar.update(task, completed=finished, total=standing.total, told=words)
            if standing.problem and standing.failed <= TOLD:
                bar.console.print(Text(f"{standing.item}: {standing.problem}", style="yellow"))
            elif standing.problem and standing.failed == TOLD + 1:
                bar.console.print(Text("more that failed: see failures.csv", style="yellow"))

        yield told


def in_words(standing: Standing, *, between: str = "; ") -> str:
    """A standing in a line: how many, and (with ``between`` before it) how fast and how long yet.

    >>> in_words(Standing(7, 1, 2, 20, 60.0, 150.0, sound_ms=9_000_000))
    '7 done, 1 failed, 2 kept, 20 left; 2.5 h of sound a minute; about 3 min left'
    """
    failed, kept = standing.failed, standing.kept
    counts = [f"{standing.done:,} done", f"{failed:,} failed" * bool(failed)]
    counts += [f"{kept:,} kept" * bool(kept), f"{standing.left:,} left"]
    speed = [f"{standing.sound_hours_a_minute:.2g} h of sound a minute" * bool(standing.sound_ms)]
    if standing.left_s is not None and standing.left:
        speed.append(f"about {rounded(standing.left_s)} left")
    told = ", ".join(filter(None, counts)), "; ".join(filter(None, speed))
    return between.join(filter(None, told))


def rounded(seconds: float) -> str:
    """A time that nobody will take for exact.

    >>> [rounded(s) for s in (3, 47, 100, 5_000, 100_000)]
    ['10 s', '50 s', '2 min', '1.4 h', '1.2 days']
    """
    if seconds < 90:
        return f"{max(1, -int(-seconds // 10)) * 10} s"
    if seconds < 3_600:
        return f"{-int(-seconds // 60)} min"
    if seconds < 86_400:
        return f"{seconds / 3_600:.1f} h"
    return f"{seconds / 86_400:.1f} days"
