"""One call being scored by one person: the draft's events replayed, and what is added to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_review.base.errors import Conflict
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
    fitted,
    form_of,
    read_event,
    write_event,
)
from qa_review.widgets.trays import Handed, Tray

BEGAN = "Began"
"""the line that a draft starts from: the form, the number of that, and the rubric's version"""


@dataclass(frozen=True, slots=True)
class Now:
    """A form as it stands: its state, what was handed in last, and how many lines the draft has.

    ``rubric`` is the version that the draft was begun on, or the review handed in on, when that
    isn't the present one; ``""`` when it is.
    """

    state: State
    handed: Handed | None
    lines: int
    rubric: str = ""


class Writing:
    """The form of one call, as its draft and what was handed in have it now.

    Nothing is kept in between but files and the store, so that two windows never differ.
    """

    def __init__(self, tray: Tray, call_id: str, said: Transcript) -> None:
        self._tray, self._call_id, self._said = tray, call_id, said
        self._draft = tray.draft(call_id)
        self._rubric = tray.rubric()
        self._behaviours = tuple(behaviour.id for behaviour in self._rubric.behaviours)

    def now(self) -> Now:
        """How it stands. A draft that says no more than what was handed in goes."""
        now = self._read()
        if now.lines and now.handed and now.handed.number > now.state.after:
            with self._draft.alone():  # it may have been handed in, and then something stopped
                now = self._read()
                if now.lines and now.handed and self._same(now.state, now.handed):
                    self._draft.discard()
                    now = self._read()
        return now

    def add(self, event: Event) -> None:
        """Add what the person did to the draft.

        Raises:
            Conflict: it was handed in in another window, so this can't be taken.
            QuoteNotFound: nobody said the quoted words, or there is no such turn.
            UnknownName, ValueError: as for :func:`qa_review.widgets.desk_state.changed`.
        """
        event = self._checked(event)
        with self._draft.alone():
            now = self._read()
            if now.state.handed_in and not isinstance(event, Reopened | Rebased):
                raise Conflict(
                    f"{self._call_id} was handed in, in another window; this change is not in it"
                )
            if changed(now.state, event) != now.state:
                first = () if now.lines else (self._beginning(now.state),)
                self._draft.add(*first, write_event(event))

    def hand_in(self) -> None:
        """Hand in what the form says, once.

        Raises:
            ValueError: something is missing; says what.
            Conflict: something else was handed in since this was begun.
        """
        with self._draft.alone():
            state = self._read().state
            if state.handed_in:
                return
            if problems := self._problems(state):
                raise ValueError("not handed in: " + ", ".join(problems))
            scores, notes = answers(state.form, self._said)
            self._tray.hand_in(self._said, scores, notes, after=state.after, why=state.why)
            self._draft.discard()

    def keep_mine(self, why: str) -> None:
        """Go on with the draft on top of what was handed in meanwhile.

        Raises:
            ValueError: that changes what was handed in, and ``why`` is missing.
        """
        handed = self._tray.handed_in(self._call_id)
        if handed and handed.final:
            self._need_reason(why)
        if handed:
            self.add(Rebased(handed.number, why))

    def take_theirs(self) -> None:
        """Leave the draft, and see what was handed in."""
        with self._draft.alone():
            self._draft.discard()

    def _read(self) -> Now:
        handed = self._tray.handed_in(self._call_id)
        lines = _from_beginning(self._draft.events())
        if lines:
            state, version = _replayed(lines), lines[0].get("rubric", "")
        else:
            state, version = self._unwritten(handed), handed.version if handed else ""
        state = replace(state, form=fitted(state.form, self._behaviours, self._said))
        current = self._rubric.version
        return Now(state, handed, len(lines), version if version != current else "")

    def _checked(self, event: Event) -> Event:
        """The event with the words that it quotes, when all it names is there."""
        if isinstance(event, Quoted):
            place = event.quote
            words = self._said.quote(place.turn, place.start, place.end).text
            return replace(event, quote=replace(place, text=words))
        if isinstance(event, Noted) and event.turn >= len(self._said.turns):
            raise ValueError(f"{self._call_id} has turns 0 to {len(self._said.turns) - 1}")
        if isinstance(event, Reopened):
            self._need_reason(event.why)
        return event

    def _need_reason(self, why: str) -> None:
        if self._tray.change_needs_reason and not why.strip():
            raise ValueError("a change to what was handed in needs its reason")

    def _unwritten(self, handed: Handed | None) -> State:
        if handed is None:
            return State(blank(self._behaviours))
        form = form_of(self._behaviours, handed.scores, handed.notes)
        return State(form, handed.number, handed_in=handed.final)

    def _beginning(self, state: State) -> Line:
        return {
            "do": BEGAN,
            "after": state.after,
            "handed_in": state.handed_in,
            "rubric": self._rubric.version,
            "marks": to_json(dict(state.form.marks)),
            "notes": {str(turn): text for turn, text in state.form.notes.items()},
        }

    def _problems(self, state: State) -> list[str]:
        lacking = [f"{name} lacks its {what}" for name, what in state.lacking.items()]
        lost = [
            f"{name} quotes words that are not in the transcript any more: {quote.text!r}"
            for name, mark in state.form.marks.items()
            for quote in mark.quotes
            if quote.lost
        ]
        return lacking + lost

    def _same(self, state: State, handed: Handed) -> bool:
        if self._problems(state):
            return False
        return answers(state.form, self._said) == (handed.scores, handed.notes)


def _from_beginning(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines from the first that is a beginning; without one nothing can be made of them."""
    for at, line in enumerate(lines):
        if line.get("do") == BEGAN:
            return lines[at:]
    return ()


def _begun(line: Line) -> State:
    marks = {name: from_json(Mark, mark) for name, mark in line["marks"].items()}
    notes = {int(turn): text for turn, text in line["notes"].items()}
    return State(Form(marks, notes), line["after"], line["handed_in"])


def _replayed(lines: Sequence[dict[str, Any]]) -> State:
    state = _begun(lines[0])
    for line in lines[1:]:
        if line.get("do") != BEGAN:
            state = changed(state, read_event(line))
    return state
