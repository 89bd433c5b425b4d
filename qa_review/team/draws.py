"""What a draw of calls was: the sample as a frame, and the log that it can be drawn again from.

A log is a JSON document that stands on its own. It names the seed, what was asked, the list that
was drawn from (every id, by stratum, and the digest of the whole) and what was drawn. Ids of calls
and names of agents stand in it: keep it as you keep the calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.errors import QAReviewError
from qa_review.base.frames import frame
from qa_review.base.lots import list_digest, lot
from qa_review.base.records import dumps, from_json

if TYPE_CHECKING:
    import pandas as pd

METHOD = "lots 1"
"""The lowest SHA-256 of ``seed:id`` in each stratum; see :mod:`qa_review.base.lots`."""
PRIORITY_METHOD = "priority 1"
KINDS = ("random", "stratified", "priority")

SAMPLE = {
    "call": "string",
    "agent": "string",
    "stratum": "string",
    "kind": "string",
    "why": "string",
    "chance": "Float64",
    "key": "string",
    "drawn_from": "string",
}
"""One row a call drawn: ``kind`` is one of :data:`KINDS`; ``why`` says in words how it came in;
``chance`` is that of being drawn, in (0, 1], missing where no lot was drawn; ``key`` is its lot;
``drawn_from`` is the digest of the list."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """The calls of one stratum, by id, and which were drawn, lowest lot first."""

    name: str
    calls: tuple[str, ...]
    drawn: tuple[str, ...]

    @property
    def chance(self) -> float:
        """The chance that each call had of being drawn, in (0, 1]."""
        return len(self.drawn) / len(self.calls)


@dataclass(frozen=True, slots=True)
class DrawLog:
    """All that is needed to draw again.

    ``strata`` of a priority draw are its three reasons, with the calls that were looked through.
    ``left_out`` says why how many calls could not be drawn. ``note`` is the caller's own: who drew,
    when, and where the seed came from.
    """

    kind: str
    method: str
    seed: str
    asked: dict[str, Any]
    calls: int
    digest: str
    first_day: str | None
    last_day: str | None
    strata: tuple[Stratum, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def drawn(self) -> tuple[str, ...]:
        """Every id drawn, once, stratum by stratum."""
        return tuple(dict.fromkeys(call for one in self.strata for call in one.drawn))


@dataclass(frozen=True, slots=True)
class Draw:
    """The calls drawn (columns: :data:`SAMPLE`) and the log of how."""

    frame: pd.DataFrame
    log: DrawLog


def lowest(seed: str, calls: Iterable[str], count: int) -> tuple[str, ...]:
    """The ``count`` ids with the lowest lots, or all where there are no more."""
    return tuple(nsmallest(count, calls, key=lambda call: lot(seed, call)))


def sample_of(log: DrawLog, agents: Mapping[str, str | None]) -> pd.DataFrame:
    """The sample that a log of a draw by lot tells of."""
    return frame(
        SAMPLE,
        (
            (call, agents.get(call), one.name, log.kind, _by_lot(one, log), one.chance,
             lot(log.seed, call), log.digest)
            for one in log.strata
            for call in one.drawn
        ),
    )  # fmt: skip


def _by_lot(one: Stratum, log: DrawLog) -> str:
    where = f" of {one.name}" if one.name else ""
    return f"drawn by lot: {len(one.drawn)} of {len(one.calls)} calls{where}, seed {log.seed}"


def write_log(log: DrawLog, path: Path | str) -> None:
    """Write a log as JSON."""
    Path(path).write_text(dumps(log, indent=1) + "\n", encoding="utf-8")


def read_log(path: Path | str) -> DrawLog:
    """The log that :func:`write_log` wrote.

    Raises:
        QAReviewError: the file is no such log.
    """
    try:
        return from_json(DrawLog, json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, TypeError, AttributeError) as error:
        raise QAReviewError(f"{path}: not the log of a draw of calls: {error}") from error


def broken(log: DrawLog) -> list[str]:
    """What a log says that its own list and seed don't bear out; empty when it holds together."""
    known = {"priority": PRIORITY_METHOD}.get(log.kind, METHOD)
    if log.kind not in KINDS or log.method != known:
        return [f"drawn by method {log.method!r} ({log.kind}), which this version doesn't know"]
    if log.kind == "priority":
        return []
    found = []
    ids = [call for one in log.strata for call in one.calls]
    if (list_digest(ids), len(ids)) != (log.digest, log.calls):
        found.append("the list of calls in the log is not the one that its digest was made of")
    for one in log.strata:
        by_seed = lowest(log.seed, one.calls, len(one.drawn))
        if by_seed != one.drawn:
            found.append(f"{one.name or 'all'}: seed {log.seed} draws {told(by_seed)}, "
                         f"and the log says {told(one.drawn)}")  # fmt: skip
    return found


def told(calls: Iterable[str], most: int = 5) -> str:
    """Ids in words, not too many of them."""
    calls = list(calls)
    more = f" and {len(calls) - most} more" if len(calls) > most else ""
    return (", ".join(calls[:most]) or "none") + more
