"""Calls to be scored, and where the scores go: reviews in a store, or ballots of a session."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from qa_review.base.errors import QAReviewError
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric
from qa_review.grade.scores import Score
from qa_review.keep.answers import TurnNote
from qa_review.keep.calls import call_of, transcript_of
from qa_review.keep.drafts import Draft
from qa_review.keep.revisions import Revision, history, latest, refuse_sealed, save_review
from qa_review.keep.rows import CallRow, ReviewRow
from qa_review.keep.store import Store, read
from qa_review.meet.seats import Seat
from qa_review.team.people import sealed_calls
from qa_review.widgets.place import Place


@dataclass(frozen=True, slots=True)
class Material:
    """What a call is judged by; ``automatic`` is what the scorer gave it, if anything."""

    call: Call
    recording: Recording | None
    said: Transcript
    automatic: tuple[Score, ...] = ()
    scorer: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """What the person gave last, as number ``number``; ``final`` when it was handed in.

    ``version`` is that of the rubric it was given on.
    """

    number: int
    at: str
    scores: tuple[Score, ...]
    notes: tuple[TurnNote, ...]
    version: str
    final: bool = True


class Tray(Protocol):
    """Calls that one person scores."""

    @property
    def who(self) -> str: ...

    @property
    def blind(self) -> bool:
        """Whether the scorer's levels are hidden until the person handed in theirs."""
        ...

    @property
    def shows_scorer(self) -> bool:
        """Whether there are levels of the scorer to be shown at all."""
        ...

    @property
    def change_needs_reason(self) -> bool: ...

    def rubric(self) -> Rubric: ...

    def calls(self) -> tuple[str, ...]:
        """Their ids, in the order in which they are to be done."""
        ...

    def done(self) -> frozenset[str]:
        """Those that were handed in."""
        ...

    def closed(self) -> frozenset[str]:
        """Those that can't be scored here at present: they are being calibrated."""
        ...

    def material(self, call_id: str) -> Material:
        """What a call is judged by.

        Raises:
            QAReviewError: there is no such call here.
        """
        ...

    def handed_in(self, call_id: str) -> Handed | None: ...

    def hand_in(
        self, said: Transcript, scores: Sequence[Score], notes: Sequence[TurnNote], *,
        after: int, why: str,
    ) -> None:  # fmt: skip
        """Keep the answers to the call as it was ``said``, as what follows number ``after``.

        Raises:
            Conflict: something else was handed in since.
            NotAllowed, ValueError: these answers aren't taken.
        """
        ...

    def draft(self, call_id: str) -> Draft: ...


@dataclass(frozen=True, slots=True)
class ReviewTray:
    """The calls of a place, reviewed by one person into its store.

    ``chosen`` are the calls to be done; all that the place has where none are named.
    """

    place: Place
    blind: bool = True
    chosen: tuple[str, ...] = ()
    drafts: Path | None = None
    shows_scorer: bool = field(default=True, init=False)
    change_needs_reason: bool = field(default=True, init=False)

    @property
    def who(self) -> str:
        return self.place.who

    def rubric(self) -> Rubric:
        return self.place.rubric()

    def calls(self) -> tuple[str, ...]:
        return self.chosen or self.place.calls()

    def done(self) -> frozenset[str]:
        where = {"rubric_id": self.rubric().id, "reviewer": self.who, "state": "submitted"}
        return frozenset(row.call_id for row in read(self.place.store, ReviewRow, **where))

    def closed(self) -> frozenset[str]:
        return sealed_calls(self.place.store) - self.done()

    def material(self, call_id: str) -> Material:
        with self.place.store.reading() as reader:
            if call_id not in self.done():
                refuse_sealed(reader, call_id)  # nobody is led by a scorer who is a rater too
        record = self.place.record(call_id)
        if record:
            review = record.review
            same = review.rubric == self.rubric().ref
            return Material(
                review.call, review.recording, review.transcript,
                review.scores if same else (), str(review.by),
            )  # fmt: skip
        with self.place.store.reading() as reader:
            if reader.last(CallRow, call_id=call_id) is None:
                raise QAReviewError(
                    f"there is no call {call_id!r}, neither in {self.place.results} nor in "
                    f"{self.place.store.name}"
                )
            call, recording = call_of(reader, call_id)
            said = transcript_of(reader, call_id)
            scored = self._automatic(history(reader, call_id))
        return Material(call, recording, said, *scored)

    def _automatic(self, revisions: tuple[Revision, ...]) -> tuple[tuple[Score, ...], str]:
        rubric = self.rubric().ref
        found = [one for one in revisions if one.automatic and one.rubric == rubric]
        return (found[-1].scores, str(found[-1].made_by)) if found else ((), "")

    def handed_in(self, call_id: str) -> Handed | None:
        with self.place.store.reading() as reader:
            made = latest(reader, call_id, self.rubric().id, self.who)
        if made is None:
            return None
        final = made.state == "submitted"
        return Handed(made.number, made.at, made.scores, made.notes, made.rubric.version, final)

    def hand_in(
        self, said: Transcript, scores: Sequence[Score], notes: Sequence[TurnNote], *,
        after: int, why: str,
    ) -> None:  # fmt: skip
        save_review(
            self.place.store, self.rubric(), said, scores, notes=notes,
            reviewer=self.who, after=after, submit=True, why=why,
        )  # fmt: skip

    def draft(self, call_id: str) -> Draft:
        what = (_where(self.place.store), "review", self.rubric().id, call_id, self.who)
        return Draft.of(*what, folder=self.drafts)


@dataclass(frozen=True, slots=True)
class BallotTray:
    """The calls of a session, scored blind by one rater into sealed ballots."""

    seat: Seat
    place: Place
    drafts: Path | None = None
    blind: bool = field(default=True, init=False)
    shows_scorer: bool = field(default=False, init=False)
    change_needs_reason: bool = field(default=False, init=False)

    @property
    def who(self) -> str:
        return self.seat.rater

    def rubric(self) -> Rubric:
        return self.seat.rubric()

    def calls(self) -> tuple[str, ...]:
        return self.seat.session.calls

    def done(self) -> frozenset[str]:
        return frozenset(call for call in self.calls() if self.seat.mine(call))

    def closed(self) -> frozenset[str]:
        return frozenset()

    def material(self, call_id: str) -> Material:
        said = self.seat.said(call_id)
        with self.seat.store.reading() as reader:
            call, recording = call_of(reader, call_id)
        return Material(call, recording, said)

    def handed_in(self, call_id: str) -> Handed | None:
        ballot = self.seat.mine(call_id)
        if ballot is None:
            return None
        version = self.seat.session.rubric.version
        return Handed(ballot.number, ballot.at, ballot.scores, ballot.notes, version)

    def hand_in(
        self, said: Transcript, scores: Sequence[Score], notes: Sequence[TurnNote], *,
        after: int, why: str,
    ) -> None:  # fmt: skip
        self.seat.hand_in(said.call_id, scores, notes=notes, after=after)

    def draft(self, call_id: str) -> Draft:
        what = (_where(self.seat.store), "ballot", self.seat.session.id, call_id, self.who)
        return Draft.of(*what, folder=self.drafts)


def _where(store: Store) -> str:
    """A store's name such that no other store on this machine has it."""
    kind, _, detail = store.name.partition(":")
    if kind == "sqlite":
        return f"sqlite:{Path(detail).expanduser().resolve()}"
    return store.name if detail else f"{kind} {os.getpid()} {id(store)}"
