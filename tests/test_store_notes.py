"""Comments on turns: kept, in order, and not while a call is calibrated."""

from __future__ import annotations

import pytest
import store_fixtures as fixtures
from store_fixtures import new_session

from qa_review.base.errors import NotAllowed, QuoteNotFound, StoreError
from qa_review.keep.calls import keep_transcript
from qa_review.keep.memory import MemoryStore
from qa_review.keep.notes import add_note, notes_of
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal


@pytest.fixture
def store():
    made = MemoryStore()
    with made.writing() as unit:
        keep_transcript(unit, fixtures.said())
    return made


def test_notes_are_kept_in_the_order_they_were_written(store):
    for by, turn in (("ann", 3), ("bo", 1), ("ann", 3)):
        add_note(store, "call-1", turn, f" by {by} ", by=by)
    told = [(row.number, row.turn, row.by, row.text) for row in notes_of(store, "call-1")]
    assert told == [(1, 3, "ann", "by ann"), (2, 1, "bo", "by bo"), (3, 3, "ann", "by ann")]
    assert notes_of(store, "call-2") == ()


def test_a_note_is_words_of_somebody_on_a_turn_of_a_call(store):
    for text, by in ((" ", "ann"), ("hm", "")):
        with pytest.raises(ValueError, match="needs words, and the name"):
            add_note(store, "call-1", 0, text, by=by)
    for turn in (-1, 5):
        with pytest.raises(QuoteNotFound, match="turns 0 to 4"):
            add_note(store, "call-1", turn, "hm", by="ann")
    with pytest.raises(StoreError, match="no transcript of 'call-9'"):
        add_note(store, "call-9", 0, "hm", by="ann")
    assert notes_of(store, "call-1") == ()


def test_nobody_comments_on_a_call_that_is_calibrated(store, tmp_path):
    made = new_session(store, tmp_path)
    with pytest.raises(NotAllowed, match="being calibrated"):
        add_note(store, "call-1", 0, "that was poor", by="ann")
    reveal(store, made.id, by="kim", keys=Keys(tmp_path))
    assert add_note(store, "call-1", 0, "that was poor", by="ann").number == 1
