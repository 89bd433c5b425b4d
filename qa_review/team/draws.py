"""What a draw of calls was: the sample as a frame, and the log that it can be drawn again from.

A log is a JSON document that stands on its own. It names the seed, what was asked, the list that
was drawn from (every id, by stratum, and the digest of the whole) and what was drawn. Ids of calls
and names of agents stand in it: keep it as you keep the calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
PRIORITY_METHOD = "priority 2"
"""The ends of what lies below and above the median; ``priority 1`` didn't ask for the median."""
KINDS = ("random", "stratified", "priority")
ASKED = {"random": ("per_agent",), "stratified": ("by", "calls"), "priority": ("each",)}
"""what a draw of each kind is asked for: ``by`` is a list of columns, the others are counts"""

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

    ``calls`` and ``digest`` are of the list drawn from: every call of the strata, once. ``strata``
    of a priority draw are its three reasons, with the calls that were looked through for each.
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
        QAReviewError: the file is no such log, or a field holds what it can't.
    """
    try:
        log = from_json(DrawLog, json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, TypeError, AttributeError) as error:
        raise QAReviewError(f"{path}: not the log of a draw of calls: {error}") from error
    return whole(log, str(path))


def whole(log: DrawLog, where: str = "this") -> DrawLog:
    """The log itself, if each field holds what it may; what was asked if the method is known.

    Raises:
        QAReviewError: a field doesn't; says which, what it holds and what is allowed.
    """
    for name in ("kind", "method", "seed", "digest", "note"):
        _allow(where, name, getattr(log, name), _is_text, "text")
    for name in ("first_day", "last_day"):
        _allow(where, name, getattr(log, name), _is_day, "a day such as 2026-10-31, or null")
    _allow(where, "calls", log.calls, _is_count, "a whole number from 0 up")
    _allow(where, "left_out", log.left_out, _are_counts, "whole numbers from 0 up, by reason")
    for one in log.strata:
        _allow(where, "strata: name", one.name, _is_text, "text")
        _allow(where, "strata: calls", one.calls, _are_texts, "ids of calls, as text")
        _allow(where, "strata: drawn", one.drawn, _are_texts, "ids of calls, as text")
    if known(log):
        _asked(log, where)
    return log


def _asked(log: DrawLog, where: str) -> None:
    wanted = ASKED[log.kind]
    _allow(where, "asked", log.asked, lambda asked: isinstance(asked, dict) and
           set(asked) == set(wanted), f"{' and '.join(wanted)}, and nothing else")  # fmt: skip
    for name in wanted:
        if name == "by":
            _allow(where, "asked: by", log.asked[name], _are_texts, "a list of names of columns")
        else:
            _allow(where, f"asked: {name}", log.asked[name], lambda count: _is_count(count, 1),
                   "a whole number from 1 up")  # fmt: skip
    if log.kind != "priority":
        _allow(where, "seed", log.seed, bool, "text that isn't empty")


def _allow(where: str, name: str, value: Any, test: Callable[[Any], bool], allowed: str) -> None:
    if not test(value):
        found = repr(value)
        held = found if len(found) <= 60 else f"{found[:60]}..."
        raise QAReviewError(
            f"{where}: not the log of a draw of calls: {name} is {held}; allowed is {allowed}"
        )


def _is_text(value: Any) -> bool:
    """Text that can be written: JSON may hold half a character, of which there is no lot."""
    return isinstance(value, str) and value.encode("utf-8", "ignore").decode() == value


def _is_day(value: Any) -> bool:
    if value is None:
        return True
    try:
        return date.fromisoformat(value).isoformat() == str(value)
    except (TypeError, ValueError):
        return False


def _is_count(value: Any, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _are_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_count(count) for count in value.values())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_is_text(one) for one in value)


def known(log: DrawLog) -> bool:
    """Whether this version draws by the method of the log."""
    method = PRIORITY_METHOD if log.kind == "priority" else METHOD
    return log.kind in KINDS and log.method == method


def broken(log: DrawLog) -> list[str]:
    """What a log says that its own list and seed don't bear out; empty when it holds together.

    Why a priority draw picked its calls stands in the reviews alone: here it is only asked whether
    they are of the list, and none of them picked twice or beyond the number asked for.
    """
    by_lot = log.kind != "priority"
    found = []
    listed = [call for one in log.strata for call in one.calls]
    ids = listed if by_lot else set(listed)
    if (list_digest(ids), len(ids)) != (log.digest, log.calls):
        found.append("the list of calls in the log is not the one that its digest was made of")
    if any(len(set(these)) < len(these) for these in _apart(log)):
        found.append("a call, or a stratum, stands in the log twice")
    for one in log.strata:
        name = one.name or "all"
        strange = sorted(set(one.drawn) - set(one.calls))
        if strange:
            found.append(f"{name}: drawn and not of its list: {told(strange)}")
        if not by_lot and len(one.drawn) > log.asked["each"]:
            found.append(f"{name}: {log.asked['each']} calls at most were asked for, and the log "
                         f"has {len(one.drawn)}")  # fmt: skip
        by_seed = lowest(log.seed, one.calls, len(one.drawn)) if by_lot else one.drawn
        if by_seed != one.drawn:
            found.append(f"{name}: seed {log.seed} draws {told(by_seed)}, "
                         f"and the log says {told(one.drawn)}")  # fmt: skip
    return found


def _apart(log: DrawLog) -> Iterable[Sequence[str]]:
    """Lists in the log in each of which no name may stand twice."""
    yield [one.name for one in log.strata]
    yield [call for one in log.strata for call in one.drawn]
    if log.kind == "priority":  # a call is looked through for each reason
        yield from (one.calls for one in log.strata)
    else:
        yield [call for one in log.strata for call in one.calls]


def told(calls: Iterable[str], most: int = 5) -> str:
    """Ids in words, not too many of them."""
    calls = list(calls)
    more = f" and {len(calls) - most} more" if len(calls) > most else ""
    return (", ".join(calls[:most]) or "none") + more
