"""The ledger of runs: which stage of the work on a call is done, and from what it was made.

A stage's row is added in the very transaction that adds its result, so there is never one without
the other, and never a result twice: engines may do a call again, and two runs may do the same
call, but what comes second finds the row and adds nothing.

Stages and their results: ``heard`` a transcript, ``scored`` a review, ``shown`` a page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from qa_review.base.errors import StoreError
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import Transcript
from qa_review.keep.audit import SOFTWARE, note, now
from qa_review.keep.calls import keep_call, keep_transcript
from qa_review.keep.reviews import Review
from qa_review.keep.revisions import review_of, revision_of, save_automatic
from qa_review.keep.rows import ReviewRow, WorkRow
from qa_review.keep.store import Reader, Unit

Stage = Literal["heard", "scored", "shown"]
STAGES: tuple[Stage, ...] = ("heard", "scored", "shown")
LONGEST_REASON = 500
"""characters of a failure's reason that are kept"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage of a call, and what decides its result; ``key`` is a digest of all of it.

    ``sound`` is the SHA-256 of the recording, ``stamp`` its file as it was (size and time),
    ``version`` that of the stage, ``rubric`` and ``weights`` what it was made with; ``""`` where
    a stage has none.
    """

    call_id: str
    stage: Stage
    key: str
    sound: str = ""
    stamp: str = ""
    version: str = ""
    rubric: str = ""
    weights: str = ""

    def done(self, result: str) -> WorkRow:
        """The row, but for its number."""
        return self._row("done", result)

    def failed(self, why: str) -> WorkRow:
        """The row of a stage that came to nothing, but for its number."""
        return self._row("failed", why[:LONGEST_REASON])

    def _row(self, state: str, result: str) -> WorkRow:
        return WorkRow(
            self.call_id, self.stage, 0, self.key, self.sound, self.stamp, self.version,
            self.rubric, self.weights, state, result, now(),
        )  # fmt: skip


def newest(reader: Reader, call_id: str) -> dict[str, WorkRow]:
    """The row that holds for each stage of a call that has one."""
    return {row.stage: row for row in reader.find(WorkRow, call_id=call_id)}  # sorted by number


def is_done(row: WorkRow | None, key: str) -> bool:
    """Whether a stage is done, with this key."""
    return row is not None and row.state == "done" and row.key == key


def keep(unit: Unit, entry: Entry, result: Callable[[], str], *, again: bool = False) -> bool:
    """Keep a stage's result and its row together; false when it was there already.

    Args:
        result: adds the result to ``unit`` and says what it is.
        again: the result may differ although its key doesn't, as it was asked for again.
    """
    last = unit.last(WorkRow, call_id=entry.call_id, stage=entry.stage)
    there = is_done(last, entry.key)
    if there and not again:
        return False
    made = result()
    if there and last is not None and last.result == made:
        return False
    _add(unit, entry.done(made), last)
    return True


def keep_heard(
    unit: Unit, entry: Entry, call: Call, said: Transcript, recording: Recording | None,
    *, again: bool = False,
) -> bool:  # fmt: skip
    """Keep what was said on a call. See :func:`keep`."""

    def result() -> str:
        keep_call(unit, call, recording)
        return keep_transcript(unit, said)

    return keep(unit, entry, result, again=again)


def keep_scored(unit: Unit, entry: Entry, review: Review, *, again: bool = False) -> bool:
    """Keep a scorer's review. See :func:`keep`.

    Raises:
        NotAllowed: the call is being calibrated, and the scorer is a rater.
    """

    def result() -> str:
        made = save_automatic(unit, review)
        return json.dumps([made.rubric.id, made.reviewer, made.number])

    return keep(unit, entry, result, again=again)


def row_of_review(reader: Reader, scored: WorkRow) -> ReviewRow:
    """The review that a row of the stage ``scored`` speaks of, as the store has it.

    Raises:
        StoreError: the store lacks it: somebody took rows out.
    """
    rubric_id, reviewer, number = json.loads(scored.result)
    where = {"call_id": scored.call_id, "rubric_id": rubric_id, "reviewer": reviewer}
    rows = reader.find(ReviewRow, **where, number=number)
    if not rows:
        raise StoreError(f"the ledger has a review {number} of {scored.call_id!r} by {reviewer}, "
                         "and the store hasn't")  # fmt: skip
    return rows[0]


def review_of_row(reader: Reader, scored: WorkRow) -> Review:
    """That review, whole. Errors as for :func:`row_of_review`."""
    return review_of(reader, revision_of(row_of_review(reader, scored)))


def keep_stamp(unit: Unit, heard: WorkRow, stamp: str) -> None:
    """Keep that a recording's file has another time and is the same, so it isn't read each run."""
    last = unit.last(WorkRow, call_id=heard.call_id, stage=heard.stage)
    if last is not None and is_done(last, heard.key) and last.stamp != stamp:
        _add(unit, replace(last, stamp=stamp, at=now()), last)


def keep_failed(unit: Unit, entry: Entry, why: str) -> None:
    """Keep that a stage came to nothing, and why; the same failure again adds nothing.

    What came after that stage in an earlier run doesn't hold any more either.
    """
    for stage in STAGES[STAGES.index(entry.stage) :]:
        last = unit.last(WorkRow, call_id=entry.call_id, stage=stage)
        row = replace(entry, stage=stage).failed(why)
        if last is None and stage != entry.stage:
            continue
        if last is None or (last.state, last.key, last.result) != (row.state, row.key, row.result):
            _add(unit, row, last)
            note(unit, SOFTWARE, f"{stage} failed", entry.call_id)


def _add(unit: Unit, row: WorkRow, last: WorkRow | None) -> None:
    values = row.values() | {"number": last.number + 1 if last else 1}
    unit.add(WorkRow(**values))  # type: ignore[arg-type]
