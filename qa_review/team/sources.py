"""Everything that the figures of a team are made from, out of a folder of results and a store.

Takes what a run left behind and what people gave; makes the frame of reviews, the table of
friction and the finds of indicators. People's levels stand before the scorer's, with one
exception: calls that were picked because they looked telling, and not by lot, keep the scorer's.
People who listen to what looks bad find bad calls; counted, they would make the month look bad.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa_review.base.errors import QAReviewError
from qa_review.base.frames import frame, or_none
from qa_review.grade.rubric import Rubric
from qa_review.keep.memory import open_memory
from qa_review.keep.reviews import (
    CALL_COLUMNS,
    EVIDENCE_COLUMNS,
    FRICTION_COLUMNS,
    Review,
    call_rows,
    evidence_rows,
    friction_rows,
)
from qa_review.keep.store import Store
from qa_review.team.draws import DrawLog
from qa_review.team.gather import gathered
from qa_review.team.items import Items
from qa_review.team.results import Results
from qa_review.team.reviews import reviews_frame
from qa_review.team.rows import Scored
from qa_review.team.stored import reviews_in

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Sources:
    """What figures are made from, and what was left out of them.

    ``events`` is the table of friction; ``items`` is ``None`` where no call was searched.
    ``sealed`` calls are being calibrated; ``elsewhere`` were scored on another rubric.
    """

    reviews: pd.DataFrame
    events: pd.DataFrame
    items: Items | None
    sealed: tuple[str, ...]
    elsewhere: tuple[str, ...]


def sources_of(
    rubric: Rubric,
    results: Path | None = None,
    store: Store | None = None,
    drawn: Iterable[DrawLog] = (),
) -> Sources:
    """Read everything.

    Args:
        results: a folder of results.
        store: what people gave, and reviews of calls that no folder has.
        drawn: the logs of samples; see the module for what they change.

    Raises:
        QAReviewError: there is no review on this rubric.
    """
    given = Results(results).reviews() if results else ()
    found = gathered(given, store or open_memory(""), rubric.id)
    rows = _rows(found.of("people first"), found.of("scorer"), picked(drawn))
    if not rows:
        where = " or ".join(filter(None, (str(results or ""), store.name if store else "")))
        there = f" in {where}" if where else ": there is no folder of results, and no store"
        raise QAReviewError(f"there is no review on the rubric {rubric.id}{there}")
    here = {one.call.id for one in given}
    kept = tuple(reviews_in(store, rubric.id, here)) if store else ()
    told = _tables(results, kept)
    slowed = {one.call.id: (one.friction_ms, one.systems) for one in given}
    reviews = reviews_frame(
        rows,
        tuple(behaviour.id for behaviour in rubric.behaviours),
        weights={behaviour.id: behaviour.weight for behaviour in rubric.behaviours},
        friction={**slowed, **told.slowed},
    )
    own = set(reviews["call"])
    searched = sorted(own & (here | {one.call.id for one in kept}))
    evidence, events = (
        table[table["id"].isin(own)].reset_index(drop=True)
        for table in (told.evidence, told.events)
    )
    items = Items.of(evidence, rubric, searched, told.words) if searched else None
    return Sources(reviews, events, items, found.sealed, found.elsewhere)


def picked(drawn: Iterable[DrawLog]) -> frozenset[str]:
    """The calls that were picked as telling, and never by lot."""
    telling: set[str] = set()
    by_lot: set[str] = set()
    for log in drawn:
        (telling if log.kind == "priority" else by_lot).update(log.drawn)
    return frozenset(telling - by_lot)


def _rows(
    best: Iterable[Scored], scorers: Iterable[Scored], apart: Collection[str]
) -> tuple[Scored, ...]:
    """People's rows before the scorer's, but for calls ``apart``: of these the scorer's alone."""
    kept = [row for row in best if row.call.id not in apart]
    return (*kept, *(row for row in scorers if row.call.id in apart))


@dataclass(frozen=True, slots=True)
class _Tables:
    """What a folder's tables and a store's reviews show of calls; ``slowed`` is of the store's."""

    evidence: pd.DataFrame
    events: pd.DataFrame
    words: Mapping[str, float]
    slowed: Mapping[str, tuple[float | None, float | None]]


def _tables(results: Path | None, kept: Sequence[Review]) -> _Tables:
    evidence = [frame(EVIDENCE_COLUMNS, evidence_rows(kept))]
    events = [frame(FRICTION_COLUMNS, friction_rows(kept))]
    calls = [frame(CALL_COLUMNS, call_rows(kept))]
    slowed = {
        str(row.id): (or_none(row.friction_ms), or_none(row.systems))
        for row in calls[0].itertuples()
    }
    if results:
        evidence.append(_read(results / "evidence.parquet", EVIDENCE_COLUMNS))
        events.append(_read(results / "friction.parquet", FRICTION_COLUMNS))
        calls.append(_read(results / "calls.parquet", CALL_COLUMNS))
    words = {
        str(call): float(n)
        for table in calls
        for call, n in zip(table["id"], table["words"], strict=True)
    }
    return _Tables(_joined(evidence), _joined(events), words, slowed)


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of several, those without a row left out, for they have no types to give."""
    import pandas

    filled = [table for table in tables if len(table)]
    return pandas.concat(filled, ignore_index=True) if len(filled) > 1 else (filled or tables)[0]


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """A table of a folder; empty where it isn't there, or is of an earlier version."""
    import pandas

    if not path.is_file():
        return frame(columns, ())
    table = pandas.read_parquet(path)
    missing = [name for name in columns if name not in table]
    return frame(columns, ()) if missing else table[list(columns)].astype(dict(columns))
