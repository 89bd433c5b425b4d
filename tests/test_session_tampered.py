"""What was tampered with shows: keys, ballots, signatures, words; and receipts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_fixtures import new_session, scores
from test_session import held, seat

from qa_review.base.errors import BallotError, NotAllowed, StoreError
from qa_review.keep.memory import MemoryStore
from qa_review.keep.rows import (
    KINDS,
    BallotRow,
    CommitmentRow,
    JoinRow,
    Row,
    RubricRow,
    SessionRow,
    TranscriptRow,
)
from qa_review.keep.store import Store, read
from qa_review.meet import nacl
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal, revealed
from qa_review.meet.seats import join


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "keys"


def tampered(store: MemoryStore, row: Row, **changes: object) -> MemoryStore:
    """A copy of a store in which one row was changed, or taken out."""
    made = MemoryStore()
    with made.writing() as unit:
        for kind in KINDS:
            for other in read(store, kind):
                if other != row:
                    unit.add(other)
                elif changes:
                    unit.add(replace(other, **changes))
    return made


def first(store: Store, kind: type, **where: object):
    return read(store, kind, **where)[0]


def test_a_key_that_was_exchanged_is_noticed_before_anything_is_handed_in(store, keys):
    made = new_session(store, keys)
    theirs = new_session(MemoryStore(), keys / "thief").seal
    other = tampered(store, first(store, SessionRow), seal=theirs)
    with pytest.raises(BallotError, match=f"the key of {made.id} was exchanged"):
        seat(other, made.id, "ann", keys)


def test_a_changed_ballot_does_not_count_and_is_told(store, keys):
    made = held(store, keys, calls=1)
    row = first(store, BallotRow, rater="ann")
    swapped = first(store, BallotRow, rater="bo").sealed
    for sealed, why in ((row.sealed[:-1] + b"?", "changed since"), (swapped, "digest")):
        found = revealed(tampered(store, row, sealed=sealed), made.session.id)
        assert [ballot.rater for ballot in found.ballots] == ["bo"]
        assert "ann on call-1 does not count" in found.problems[0] and why in found.problems[0]
        assert ("ann", "call-1") in found.missing


def test_a_ballot_taken_out_or_slipped_in_is_told(store, keys):
    made = held(store, keys, calls=1)
    row = first(store, CommitmentRow, rater="ann")
    gone = revealed(tampered(store, row), made.session.id)
    assert gone.problems == (
        "ballots were added, taken out or changed after the reveal",
        f"a ballot of ann was taken out: {row.digest} call-1",
    )
    again = replace(row, number=2)
    with store.writing() as unit:
        unit.add(again, replace(first(store, BallotRow, rater="ann"), number=2))
    slipped = revealed(store, made.session.id)
    assert len(slipped.problems) == 3 and "does not count" in slipped.problems[0]
    assert slipped.problems[2].startswith("the audit trail knows nothing of a ballot of ann: ")


def test_what_a_writer_of_the_file_does_before_the_reveal_is_told_too(store, keys):
    made = new_session(store, keys)
    ann = seat(store, made.id, "ann", keys)
    for level in (5, 1):
        ann.hand_in("call-1", scores(level))
    newest = first(store, CommitmentRow, number=2)
    rolled_back = tampered(tampered(store, newest), first(store, BallotRow, number=2))
    found = reveal(rolled_back, made.id, by="kim", keys=Keys(keys))
    assert found.problems == (f"a ballot of ann was taken out: {newest.digest} call-1",)
    thief = Keys(keys / "thief")
    forged = tampered(store, first(store, JoinRow), key=nacl.signer_of(thief.signer("ann")))
    join(forged, made.id, "ann", keys=thief).hand_in("call-1", scores(1))
    told = reveal(forged, made.id, by="kim", keys=Keys(keys)).problems
    assert "the key of ann is not the one that they joined with" in told


def test_words_and_anchors_that_were_exchanged_are_refused(store, keys):
    made = new_session(store, keys)
    row = first(store, TranscriptRow)
    other = tampered(store, row, body=row.body.replace("my bin", "my car"))
    with pytest.raises(StoreError, match="is not the one with digest"):
        seat(other, made.id, "ann", keys).said("call-1")
    row = first(store, RubricRow)
    other = tampered(store, row, text=row.text.replace("Interrupts", "Sings"))
    with pytest.raises(StoreError, match="is not the one with digest"):
        seat(other, made.id, "ann", keys).rubric()


def test_a_call_of_another_session_is_refused(store, keys):
    made = new_session(store, keys)
    with pytest.raises(NotAllowed, match=f"on the agenda of {made.id} too"):
        new_session(store, keys, name="April")
    reveal(store, made.id, by="kim", keys=Keys(keys))
    with pytest.raises(NotAllowed, match=f"on the agenda of {made.id} too"):
        new_session(store, keys, name="April")


def test_a_key_that_others_can_read_is_refused(store, keys):
    made = new_session(store, keys)
    seat(store, made.id, "ann", keys)
    (keys / "ann" / "rater-ann.key").chmod(0o644)
    with pytest.raises(NotAllowed, match="can be read by others: chmod 600"):
        seat(store, made.id, "ann", keys)


def test_nobody_else_can_sign_a_ballot(store, keys):
    made = new_session(store, keys)
    seat(store, made.id, "ann", keys)
    forger = replace(seat(store, made.id, "bo", keys), rater="ann")
    forger.hand_in("call-1", scores(1))
    found = reveal(store, made.id, by="kim", keys=Keys(keys))
    assert found.ballots == ()
    assert "does not carry the signature of ann" in found.problems[0]


def test_a_receipt_shows_whether_the_ballot_is_the_one_handed_in(store, keys):
    made = new_session(store, keys)
    mine = seat(store, made.id, "ann", keys).hand_in("call-1", scores(4))
    found = reveal(store, made.id, by="kim", keys=Keys(keys))
    assert found.holds(mine)
    assert not found.holds(replace(mine, digest="0" * 64))
    gone = tampered(store, first(store, CommitmentRow))
    assert not revealed(gone, made.id).holds(mine)
