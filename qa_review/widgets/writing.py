"""One call being scored by one person: the draft's events replayed, and what is added to them."""

from __future__ import annotations

from typing import Any

from qa_review.base.records import from_json, to_json
from qa_review.capture.transcript import Transcript
from qa_review.keep.drafts import Line
from qa_review.widgets.desk_state import (
    Event,
    Form,
    Mark,
    Noted,
    Quoted,
    Rebased,
    Reopened,
    State,
    answers,
    blank,
    changed,
    form_of,
    read_event,
    write_event,
)
from qa_review.widgets.trays import Handed, Tray

BEGAN = "Began"
"""the first line of a draft: the form that it started from, and the number of that"""


class Writing:
    """The form of one call, as its draft and what was handed in have it now.

    Nothing is kept in between but files and the store, so that two windows never differ.
    """

    def __init__(self, tray: Tray, call_id: str, said: Transcript) -> None:
        self._tray, self._call_id, self._said = tray, call_id, said
        self._draft = tray.draft(call_id)
        self._behaviours = tuple(behaviour.id for behaviour in tray.rubric().behaviours)

    def now(self) -> tuple[State, Handed | None]:
        """The state, and what was handed in last. A draft that says no more than that goes."""
        handed = self._tray.handed_in(self._call_id)
        lines = self._draft.events()
        if not lines:
            return self._unwritten(handed), handed
        state = _replayed(lines)
        if handed and handed.number > state.after and self._same(state, handed):
            self._draft.discard()  # it was handed in, and then something stopped
            return self._unwritten(handed), handed
        return state, handed

    def add(self, event: Event) -> None:
        """Add what the person did to the draft.

        Raises:
            QuoteNotFound: nobody said the quoted words, or there is no such turn.
            UnknownName, ValueError: as for :func:`qa_review.widgets.desk_state.changed`.
        """
        if isinstance(event, Quoted):
            self._said.quote(event.quote.turn, event.quote.start, event.quote.end)
        if isinstance(event, Noted) and event.turn >= len(self._said.turns):
            raise ValueError(f"{self._call_id} has turns 0 to {len(self._said.turns) - 1}")
        state, _ = self.now()
        if isinstance(event, Reopened):
            self._need_reason(event.why)
        if changed(state, event) == state:
            return
        if not self._draft.exists():
            self._draft.add(_beginning(state))
        self._draft.add(write_event(event))

    def hand_in(self) -> None:
        """Hand in what the form says, once.

        Raises:
            ValueError: something is missing; says what.
            Conflict: something else was handed in since this was begun.
        """
        state, _ = self.now()
        if state.handed_in:
            return
        if state.lacking:
            raise ValueError(
                "not handed in: "
                + ", ".join(f"{name} lacks its {what}" for name, what in state.lacking.items())
            )
        scores, notes = answers(state.form, self._said)
        self._tray.hand_in(self._call_id, scores, notes, after=state.after, why=state.why)
        self._draft.discard()

    def keep_mine(self, why: str) -> None:
        """Go on with the draft on top of what was handed in meanwhile.

        Raises:
            ValueError: that changes what was handed in, and ``why`` is missing.
        """
        _, handed = self.now()
        if handed and handed.final:
            self._need_reason(why)
        if handed:
            self.add(Rebased(handed.number, why))

    def take_theirs(self) -> None:
        """Leave the draft, and see what was handed in."""
        self._draft.discard()

    def _need_reason(self, why: str) -> None:
        if self._tray.change_needs_reason and not why.strip():
            raise ValueError("a change to what was handed in needs its reason")

    def _unwritten(self, handed: Handed | None) -> State:
        if handed is None:
            return State(blank(self._behaviours))
        form = form_of(self._behaviours, handed.scores, handed.notes)
        return State(form, handed.number, handed_in=handed.final)

    def _same(self, state: State, handed: Handed) -> bool:
        if state.lacking:
            return False
        scores, notes = answers(state.form, self._said)
        return (scores, notes) == (handed.scores, handed.notes)


def _beginning(state: State) -> Line:
    return {
        "do": BEGAN,
        "after": state.after,
        "handed_in": state.handed_in,
        "marks": to_json(dict(state.form.marks)),
        "notes": {str(turn): text for turn, text in state.form.notes.items()},
    }


def _begun(line: Line) -> State:
    marks = {name: from_json(Mark, mark) for name, mark in line["marks"].items()}
    notes = {int(turn): text for turn, text in line["notes"].items()}
    return State(Form(marks, notes), line["after"], line["handed_in"])


def _replayed(lines: tuple[dict[str, Any], ...]) -> State:
    state = _begun(lines[0])
    for line in lines[1:]:
        if line["do"] != BEGAN:  # two windows began at once: the first stands
            state = changed(state, read_event(line))
    return state
