"""What a scorer gave, as a store has it: for calls whose records lie in no folder of results."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from qa_review.base.records import from_json
from qa_review.capture.recording import Call
from qa_review.grade.friction import friction_of
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.calls import transcript_of
from qa_review.keep.reviews import Review
from qa_review.keep.revisions import revision_of
from qa_review.keep.rows import CallRow, ReviewRow
from qa_review.keep.store import Reader, Store
from qa_review.team.results import Given, given_of


def given_by_scorer(store: Store, rubric_id: str, known: Collection[str]) -> tuple[Given, ...]:
    """The newest automatic review of each call that isn't ``known``, by the id of the call.

    A level that a person changed on dispute isn't the scorer's any more: what the scorer itself
    gave stands here, and the ruling with people's.
    """
    with store.reading() as reader:
        newest = _newest(reader, rubric_id, known)
        calls = calls_in(reader, newest)
    return tuple(given_of(calls[row.call_id], row) for _, row in sorted(newest.items()))


def reviews_in(store: Store, rubric_id: str, known: Collection[str]) -> Iterator[Review]:
    """Those reviews whole, with what was said, and what slowed the call down, found anew."""
    with store.reading() as reader:
        newest = _newest(reader, rubric_id, known)
        calls = calls_in(reader, newest)
        for call_id, row in sorted(newest.items()):
            made = revision_of(row)
            said = transcript_of(reader, call_id, row.transcript)
            yield Review(
                calls[call_id], said, made.rubric, made.scores, made.overall,
                made.made_by, friction=friction_of(said),
            )  # fmt: skip


def _newest(reader: Reader, rubric_id: str, known: Collection[str]) -> dict[str, ReviewRow]:
    """The newest row of the scorer's for each call that isn't known."""
    newest: dict[str, ReviewRow] = {}
    for row in reader.find(ReviewRow, rubric_id=rubric_id, kind="automatic", by=SOFTWARE):
        before = newest.get(row.call_id)
        if row.call_id not in known and (before is None or before.at <= row.at):
            newest[row.call_id] = row
    return newest


def calls_in(reader: Reader, wanted: Collection[str]) -> dict[str, Call]:
    """What a store knows of each of these calls; of one that it lacks, the id alone."""
    found = {call_id: Call(call_id) for call_id in wanted}
    rows: dict[str, CallRow] = {}
    if found:
        for row in reader.find(CallRow):
            rows[row.call_id] = row  # the highest number comes last, and holds
    for call_id in found.keys() & rows.keys():
        found[call_id] = from_json(Call, json.loads(rows[call_id].body)["call"])
    return found
