"""What a run gave, read from its folder's store as often as somebody looks, and cheaply.

A review holds every word of its call; a board needs none, so what was said stays unread. A review
is read again only when the ledger has a newer one; to look whether anything is new is one query.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from qa_review.base.errors import StoreError
from qa_review.base.span import Span, united
from qa_review.capture.recording import Call
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.scores import Score
from qa_review.keep.calls import call_of
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.ledger import row_of_review
from qa_review.keep.rows import AuditRow, ReviewRow, WorkRow
from qa_review.keep.store import Reader
from qa_review.team.rows import Scored, scored


@dataclass(frozen=True, slots=True)
class Given:
    """What the scorer called ``by`` gave one call; ``rows`` are its scores as a board has them.

    ``friction_ms`` is the time that the call lost and ``None`` where it has no times, ``frictions``
    how often it was slowed down, ``systems`` how many systems were named; all ``None`` where nobody
    looked.
    """

    call: Call
    rubric: RubricVersion
    scores: tuple[Score, ...]
    by: str
    friction_ms: int | None = None
    frictions: int | None = None
    systems: int | None = None
    rows: tuple[Scored, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = tuple(scored(self.call, score, "scorer", self.by) for score in self.scores)
        object.__setattr__(self, "rows", rows)


class Results:
    """The reviews in a folder of results; each is read once as long as it holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = ResultsFolder(path)
        self._known: dict[str, tuple[int, Given]] = {}

    def stamp(self) -> str:
        """Changes whenever a review is added, or a call fails that had one; ``""`` without any."""
        if not self._folder.has_store:
            return ""
        with self._folder.store.reading() as reader:
            last = reader.last(AuditRow)
            return str(last.number) if last else ""

    def reviews(self) -> tuple[Given, ...]:
        """What every call's newest review says, by the id of the call."""
        if not self._folder.has_store:
            return ()
        with self._folder.store.reading() as reader:
            rows = {row.call_id: row for row in reader.find(WorkRow, stage="scored")}
            now = {}
            for call_id, row in sorted(rows.items()):
                known = self._known.get(call_id)
                if known and known[0] == row.number:
                    now[call_id] = known
                elif row.state == "done" and (given := _read(reader, row)):
                    now[call_id] = (row.number, given)
        self._known = now
        return tuple(given for _, given in now.values())


def _read(reader: Reader, row: WorkRow) -> Given | None:
    """What a row of the ledger stands for; ``None`` where somebody took it out of the store."""
    try:
        return given_of(call_of(reader, row.call_id)[0], row_of_review(reader, row))
    except StoreError:
        return None


def given_of(call: Call, row: ReviewRow) -> Given:
    """What a scorer's review says, without its evidence and chances, which a board doesn't show."""
    body = json.loads(row.body)
    slowed = _slowed(body.get("friction"), timed=body.get("timing") is not None)
    rubric = _rubric(row.rubric_id, row.rubric_version, row.rubric_digest)
    return Given(call, rubric, tuple(map(_score, body["scores"])), row.reviewer, *slowed)


def _slowed(
    found: Sequence[Mapping[str, Any]] | None, *, timed: bool
) -> tuple[int | None, int | None, int | None]:
    """Milliseconds lost, frictions and systems of a record; ``None`` where nobody looked."""
    if found is None:
        return None, None, None
    spans = united(Span(**one["lost"]) for one in found if one["lost"])
    lost = sum(span.length_ms for span in spans)
    count = sum(one["kind"] != "system" for one in found)
    systems = {one["system"] for one in found if one["system"]}
    return (lost if timed else None), count, len(systems)


def _score(one: Mapping[str, Any]) -> Score:
    return Score(
        one["behaviour"], one["level"], one["confidence"], one["reason"], one.get("why_none"),
        abstained=one.get("abstained", False), unproven=one.get("unproven", ""),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _rubric(rubric_id: str, version: str, digest: str) -> RubricVersion:
    return RubricVersion(rubric_id, version, digest)
