"""The form of a call under review: ``changed(state, event) -> state``, and nothing else.

No event takes an answer away but the one that says so. What a person chose, wrote, and quoted is
kept apart: who chooses N/A and then a level again finds the reason for N/A where it was.

* an answer is nothing, a level, or N/A: three things;
* :class:`Undone` takes back the last step, :class:`Redone` brings it again; letters written one
  after another into one field are one step;
* once handed in, nothing changes until :class:`Reopened`, and no step back crosses that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from qa_review.base.errors import QuoteNotFound, UnknownName
from qa_review.base.records import from_json, to_json
from qa_review.capture.transcript import Transcript
from qa_review.grade.evidence import Stance
from qa_review.grade.scores import LEVELS, Score
from qa_review.keep.answers import NotObserved, TurnNote, given

Choice = Literal["", "level", "na"]
Field = Literal["comment", "why_na"]


@dataclass(frozen=True, slots=True)
class Picked:
    """Characters ``[start, end)`` of a turn, picked as a quote; ``text`` is what they were.

    A call that is transcribed anew may not have them any more: then they are ``lost``.
    """

    stance: Stance
    turn: int
    start: int
    end: int
    text: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person has given one behaviour so far; ``choice`` says which of it counts."""

    choice: Choice = ""
    level: int | None = None
    why_na: str = ""
    comment: str = ""
    quotes: tuple[Picked, ...] = ()

    @property
    def lacks(self) -> Literal["", "answer", "reason"]:
        """What is still needed before it can be handed in."""
        if not self.choice:
            return "answer"
        return "reason" if self.choice == "na" and not self.why_na.strip() else ""


@dataclass(frozen=True, slots=True)
class Form:
    """All that a person has given a call: a mark a behaviour, and notes by turn."""

    marks: Mapping[str, Mark]
    notes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """A form with the way back. ``after`` is the number of what it was made from, 0 for nothing."""

    form: Form
    after: int = 0
    handed_in: bool = False
    why: str = ""
    """what a change to what was handed in is for"""
    past: tuple[Form, ...] = ()
    future: tuple[Form, ...] = ()
    writing: str = ""
    """the field that is being written in, ``""`` when the last event was something else"""

    @property
    def lacking(self) -> dict[str, Literal["answer", "reason"]]:
        """Each behaviour that can't be handed in yet, with what it lacks."""
        return {name: mark.lacks for name, mark in self.form.marks.items() if mark.lacks}


# --- events ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rated:
    behaviour: str
    level: int


@dataclass(frozen=True, slots=True)
class NotApplicable:
    behaviour: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """Neither a level nor N/A any more; what was written stays."""

    behaviour: str


@dataclass(frozen=True, slots=True)
class Wrote:
    behaviour: str
    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words attached to a behaviour; words that are attached already change their stance."""

    behaviour: str
    quote: Picked


@dataclass(frozen=True, slots=True)
class Unquoted:
    behaviour: str
    quote: Picked


@dataclass(frozen=True, slots=True)
class Noted:
    """A note on a turn; blank text takes it away."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Undone:
    pass


@dataclass(frozen=True, slots=True)
class Redone:
    pass


@dataclass(frozen=True, slots=True)
class Reopened:
    """What was handed in is taken up again; ``why`` says what for."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Rebased:
    """Number ``after`` was handed in meanwhile; the person looked, and goes on from there."""

    after: int
    why: str = ""


Event: TypeAlias = (
    Rated
    | NotApplicable
    | Cleared
    | Wrote
    | Quoted
    | Unquoted
    | Noted
    | Undone
    | Redone
    | Reopened
    | Rebased
)
EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        *(Rated, NotApplicable, Cleared, Wrote, Quoted, Unquoted, Noted),
        *(Undone, Redone, Reopened, Rebased),
    )
}


def read_event(line: Mapping[str, Any]) -> Event:
    """The event that :func:`write_event` wrote.

    Raises:
        UnknownName, TypeError: it is none.
    """
    if line.get("do") not in EVENTS:
        raise UnknownName("event", str(line.get("do")), EVENTS)
    return from_json(EVENTS[line["do"]], {k: v for k, v in line.items() if k not in ("do", "id")})


def write_event(event: Event) -> dict[str, Any]:
    """An event as JSON, with its name under ``do``."""
    return {"do": type(event).__name__, **to_json(event)}


# --- what they do ------------------------------------------------------------------------------


def changed(state: State, event: Event) -> State:
    """The state after ``event``.

    Raises:
        UnknownName: the form has no such behaviour.
        ValueError: it is no level from 1 to 5, or a turn before the first.
    """
    if isinstance(event, Rebased):
        return replace(state, after=event.after, why=event.why.strip() or state.why)
    if isinstance(event, Reopened):
        return replace(state, handed_in=False, why=event.why.strip()) if state.handed_in else state
    if state.handed_in:
        return state
    if isinstance(event, Undone):
        return _stepped(state, state.past, back=True)
    if isinstance(event, Redone):
        return _stepped(state, state.future, back=False)
    form = _edited(state.form, event)
    if form == state.form:
        return state
    field = _field(event)
    goes_on = bool(field) and field == state.writing
    past = state.past if goes_on else (*state.past, state.form)
    return replace(state, form=form, past=past, future=(), writing=field)


def _stepped(state: State, way: tuple[Form, ...], *, back: bool) -> State:
    if not way:
        return replace(state, writing="")
    form, rest = way[-1], way[:-1]
    if back:
        return replace(state, form=form, past=rest, future=(*state.future, state.form), writing="")
    return replace(state, form=form, past=(*state.past, state.form), future=rest, writing="")


def _field(event: Event) -> str:
    if isinstance(event, Wrote):
        return f"{event.behaviour} {event.field}"
    return f"turn {event.turn}" if isinstance(event, Noted) else ""


def _edited(form: Form, event: Event) -> Form:
    if isinstance(event, Noted):
        if event.turn < 0:
            raise ValueError(f"turns count from 0, not {event.turn}")
        notes = {turn: text for turn, text in form.notes.items() if turn != event.turn}
        return replace(form, notes=notes | ({event.turn: event.text} if event.text else {}))
    if isinstance(event, Undone | Redone | Reopened | Rebased):
        return form
    if event.behaviour not in form.marks:
        raise UnknownName("behaviour", event.behaviour, form.marks)
    mark = _marked(form.marks[event.behaviour], event)
    return replace(form, marks={**form.marks, event.behaviour: mark})


def _marked(mark: Mark, event: Rated | NotApplicable | Cleared | Wrote | Quoted | Unquoted) -> Mark:
    match event:
        case Rated(_, level):
            if isinstance(level, bool) or level not in LEVELS:
                raise ValueError(f"a level is one of {LEVELS}, not {level!r}")
            return replace(mark, choice="level", level=level)
        case NotApplicable():
            return replace(mark, choice="na")
        case Cleared():
            return replace(mark, choice="")
        case Wrote(_, "why_na", text):
            return replace(mark, why_na=text)
        case Wrote(_, _, text):
            return replace(mark, comment=text)
        case Quoted(_, quote):
            return replace(mark, quotes=(*_without(mark, quote), quote))
        case Unquoted(_, quote):
            return replace(mark, quotes=_without(mark, quote))


def _without(mark: Mark, quote: Picked) -> tuple[Picked, ...]:
    """The other quotes: by their place, or by their words when the transcript moved them."""
    place = (quote.turn, quote.start, quote.end)
    others = tuple(q for q in mark.quotes if (q.turn, q.start, q.end) != place)
    if len(others) == len(mark.quotes) and quote.text:
        return tuple(q for q in mark.quotes if q.text != quote.text)
    return others


# --- to and from what is kept ------------------------------------------------------------------


def blank(behaviours: tuple[str, ...]) -> Form:
    """A form that nobody has written in."""
    return Form({name: Mark() for name in behaviours})


def form_of(
    behaviours: tuple[str, ...], scores: tuple[Score, ...], notes: tuple[TurnNote, ...]
) -> Form:
    """The form that these scores and notes were handed in with."""
    marks = dict(blank(behaviours).marks)
    for score in scores:
        quotes = tuple(
            Picked(e.stance, e.quote.turn, e.quote.start, e.quote.end, e.quote.text)
            for e in score.evidence
        )
        choice: Choice = "na" if score.level is None else "level"
        marks[score.behaviour] = Mark(
            choice, score.level, score.why_none or "", score.reason, quotes
        )
    return Form(marks, {note.turn: note.text for note in notes})


def fitted(form: Form, behaviours: tuple[str, ...], said: Transcript) -> Form:
    """The form on this rubric and this transcript, which may be newer than what it was made on.

    Behaviours of both stay; quotes are looked for by their words; notes of turns that are gone
    go to the last turn. What can't be placed stays, marked as lost, for its person to decide.
    """
    marks = {
        name: replace(mark, quotes=tuple(_placed(quote, said) for quote in mark.quotes))
        for name in behaviours
        for mark in (form.marks.get(name, Mark()),)
    }
    last, notes = len(said.turns) - 1, dict[int, str]()
    for turn, text in sorted(form.notes.items()):
        place = min(turn, last)
        notes[place] = f"{notes[place]}\n{text}" if place in notes else text
    return Form(marks, notes)


def _placed(quote: Picked, said: Transcript) -> Picked:
    try:
        there = said.quote(quote.turn, quote.start, quote.end).text
    except QuoteNotFound:
        there = ""
    if there == quote.text:
        return replace(quote, lost=False)
    try:
        found = said.locate(quote.text)
    except QuoteNotFound:
        return replace(quote, lost=True)
    return Picked(quote.stance, found.turn, found.start, found.end, found.text)


def answers(form: Form, said: Transcript) -> tuple[tuple[Score, ...], tuple[TurnNote, ...]]:
    """What is handed in: a score for each behaviour that has an answer, and the notes.

    Raises:
        ValueError: N/A stands without a reason.
        QuoteNotFound: a quote is not in the call.
    """
    scores = tuple(
        given(
            name,
            NotObserved(mark.why_na) if mark.choice == "na" else int(mark.level or 0),
            mark.comment.strip(),
            [(q.stance, said.quote(q.turn, q.start, q.end)) for q in mark.quotes],
        )
        for name, mark in form.marks.items()
        if mark.choice
    )
    notes = tuple(
        TurnNote(turn, text.strip()) for turn, text in sorted(form.notes.items()) if text.strip()
    )
    return scores, notes
