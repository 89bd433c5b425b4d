"""One rater's scores of one call, sealed until the session is revealed.

A ballot is written as JSON with a random salt, filled up so that its length tells nothing, and
sealed to the session's key. What others can see is its digest, from which nothing can be
guessed because of the salt, and the rater's signature of that digest. After the reveal anyone can
open a ballot, take its digest again and hold it against the one that was given with it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass

from qa_review.base.errors import BallotError
from qa_review.base.records import from_json
from qa_review.grade.scores import Score
from qa_review.keep.answers import TurnNote
from qa_review.keep.calls import as_text
from qa_review.keep.rows import BallotRow, CommitmentRow
from qa_review.meet import nacl

LEAST_BYTES = 8192
"""Ballots are filled up to this, or to the next doubling of it."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one rater gave one call; ``number`` counts from 1, the highest one counts."""

    session_id: str
    rater: str
    call_id: str
    number: int
    scores: tuple[Score, ...]
    notes: tuple[TurnNote, ...]
    at: str
    salt: str = ""

    def score(self, behaviour: str) -> Score | None:
        """The score of one behaviour; ``None`` when it was not answered."""
        return next((one for one in self.scores if one.behaviour == behaviour), None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a rater keeps, to show later that a ballot is the one that was handed in."""

    session_id: str
    rater: str
    call_id: str
    number: int
    digest: str


def written(ballot: Ballot) -> bytes:
    """A ballot as it is sealed."""
    text = as_text(ballot).encode("ascii")
    size = LEAST_BYTES
    while size < len(text):
        size *= 2
    return text.ljust(size)


def salted() -> str:
    """A new salt: 32 random bytes, so that no digest can be guessed."""
    return secrets.token_hex(32)


def digest_of(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def sealed(ballot: Ballot, *, seal: str, signer: str, own: bool) -> tuple[CommitmentRow, BallotRow]:
    """The rows of a ballot.

    Args:
        seal: the public key of the session.
        signer: the secret key of the rater.
        own: whether a copy is sealed to the rater.
    """
    if not ballot.salt:
        raise BallotError("a ballot needs a salt, else its digest could be guessed")
    text = written(ballot)
    digest = digest_of(text)
    place = (ballot.session_id, ballot.rater, ballot.call_id, ballot.number)
    signature = nacl.sign(signer, digest.encode("ascii"))
    copy = nacl.seal(nacl.seal_of(nacl.own_seal(signer)), text) if own else b""
    return (
        CommitmentRow(*place, digest, signature, ballot.at),
        BallotRow(*place, nacl.seal(seal, text), copy),
    )


def opened(commitment: CommitmentRow, kept: bytes, secret: str, signer: str) -> Ballot:
    """The ballot behind a commitment.

    Args:
        kept: the sealed ballot.
        secret: the key that opens it.
        signer: the public key of the rater.

    Raises:
        BallotError: it can't be opened, or is not what was handed in.
    """
    text = nacl.unseal(secret, kept)
    if digest_of(text) != commitment.digest:
        raise BallotError("its digest is not the one that was given with it")
    if not nacl.is_signed(signer, commitment.digest.encode("ascii"), commitment.signature):
        raise BallotError(f"it does not carry the signature of {commitment.rater}")
    try:
        ballot = from_json(Ballot, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BallotError(f"it holds no scores: {error}") from error
    if (ballot.session_id, ballot.rater, ballot.call_id, ballot.number) != commitment.identity:
        raise BallotError("it is of another call, session or rater")
    return ballot


def told(commitment: CommitmentRow) -> str:
    """What the audit trail says of a ballot."""
    return f"{commitment.number} {commitment.digest} {commitment.call_id}"


def receipt(commitment: CommitmentRow) -> Receipt:
    """The receipt of a ballot."""
    row = commitment
    return Receipt(row.session_id, row.rater, row.call_id, row.number, row.digest)
