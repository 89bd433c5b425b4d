"""Comments on turns, outside of any review: for coaching, or for whoever listens next.

While a call is being calibrated nobody comments on it here, for a comment tells what its writer
thinks; comments then go into the ballot.
"""

from __future__ import annotations

from qa_review.base.errors import QuoteNotFound
from qa_review.keep.audit import note, now
from qa_review.keep.calls import transcript_of
from qa_review.keep.revisions import refuse_sealed
from qa_review.keep.rows import NoteRow
from qa_review.keep.store import Store, next_number, read


def add_note(store: Store, call_id: str, turn: int, text: str, *, by: str) -> NoteRow:
    """Keep a comment on a turn, counted from 0.

    Raises:
        NotAllowed: the call is in a session whose ballots are sealed.
        QuoteNotFound: the call has no such turn.
        StoreError: the store doesn't have the call.
        ValueError: there are no words, or nobody's name.
    """
    if not text.strip() or not by.strip():
        raise ValueError("a note needs words, and the name of who writes it")
    with store.writing() as unit:
        refuse_sealed(unit, call_id)
        turns = len(transcript_of(unit, call_id).turns)
        if not 0 <= turn < turns:
            raise QuoteNotFound(f"{call_id} has turns 0 to {turns - 1}, not {turn}")
        number = next_number(unit, NoteRow, call_id=call_id)
        row = NoteRow(call_id, number, turn, by, now(), text.strip())
        unit.add(row)
        note(unit, by, "note kept", call_id, f"turn {turn}")
    return row


def notes_of(store: Store, call_id: str) -> tuple[NoteRow, ...]:
    """The comments on a call, oldest first."""
    return read(store, NoteRow, call_id=call_id)
