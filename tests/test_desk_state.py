"""The form of the desk, as a function of what was done: nothing is lost, whatever the order."""

from __future__ import annotations

import copy
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.errors import UnknownName
from qa_review.capture.transcript import Transcript, Turn
from qa_review.keep.answers import TurnNote
from qa_review.widgets.desk_state import (
    Cleared,
    Mark,
    NotApplicable,
    Noted,
    Picked,
    Quoted,
    Rated,
    Rebased,
    Redone,
    Reopened,
    State,
    Undone,
    Unquoted,
    Wrote,
    answers,
    blank,
    changed,
    form_of,
    read_event,
    write_event,
)

NAMES = ("listening", "ownership")
SAID = Transcript("c", "en", (Turn("agent", "i'm on it today"), Turn("customer", "thank you")))

names = st.sampled_from(NAMES)
places = st.builds(
    Picked, st.sampled_from(("for", "against")), st.just(0), st.sampled_from((0, 4)), st.just(6)
)
texts = st.sampled_from(("", "so", "so it", "because"))
edits = st.one_of(
    st.builds(Rated, names, st.integers(1, 5)),
    st.builds(NotApplicable, names),
    st.builds(Cleared, names),
    st.builds(Wrote, names, st.sampled_from(("comment", "why_na")), texts),
    st.builds(Quoted, names, places),
    st.builds(Unquoted, names, places),
    st.builds(Noted, st.integers(0, 1), texts),
)
events = st.lists(st.one_of(edits, edits, st.just(Undone()), st.just(Redone())), max_size=40)


def new() -> State:
    return State(blank(NAMES))


def after(*done, start=None):
    return reduce(changed, done, start or new())


# --- a second, plainer form to compare with ----------------------------------------------------


class Plain:
    """The same form as a dictionary that is copied whole before every step."""

    def __init__(self):
        self.now = {n: {"choice": "", "level": None, "why_na": "", "comment": "", "quotes": {}}
                    for n in NAMES}  # fmt: skip
        self.now["notes"] = {}
        self.back, self.forth, self.field = [], [], None

    def do(self, event):
        if isinstance(event, (Undone, Redone)):
            way, other = self.back, self.forth
            if isinstance(event, Redone):
                way, other = other, way
            if way:
                other.append(self.now)
                self.now = way.pop()
            self.field = None
            return
        before = copy.deepcopy(self.now)
        self.edit(event)
        if self.now == before:
            return
        field = getattr(event, "field", None) or ("note" if isinstance(event, Noted) else None)
        field = field and (field, getattr(event, "behaviour", None) or event.turn)
        if field is None or field != self.field:
            self.back.append(before)
        self.forth, self.field = [], field

    def edit(self, event):
        if isinstance(event, Noted):
            self.now["notes"].pop(event.turn, None)
            if event.text:
                self.now["notes"][event.turn] = event.text
            return
        mark = self.now[event.behaviour]
        match event:
            case Rated(_, level):
                mark.update(choice="level", level=level)
            case NotApplicable():
                mark["choice"] = "na"
            case Cleared():
                mark["choice"] = ""
            case Wrote(_, field, text):
                mark[field] = text
            case Quoted(_, q):
                if list(mark["quotes"].items())[-1:] != [((q.turn, q.start, q.end), q.stance)]:
                    mark["quotes"].pop((q.turn, q.start, q.end), None)
                    mark["quotes"][q.turn, q.start, q.end] = q.stance
            case Unquoted(_, q):
                mark["quotes"].pop((q.turn, q.start, q.end), None)

    def as_form(self):
        marks = {
            name: Mark(
                **{**self.now[name],
                   "quotes": tuple(Picked(s, *p) for p, s in self.now[name]["quotes"].items())}
            )
            for name in NAMES
        }  # fmt: skip
        return marks, self.now["notes"]


@given(events)
def test_every_sequence_ends_as_a_plain_dictionary_with_copies_does(done):
    state, plain = new(), Plain()
    for event in done:
        state = changed(state, event)
        plain.do(event)
        assert (dict(state.form.marks), dict(state.form.notes)) == plain.as_form()
    assert (len(state.past), len(state.future)) == (len(plain.back), len(plain.forth))


@given(events, names, st.integers(1, 5), st.lists(edits, max_size=20))
def test_no_sequence_loses_an_answer(before, name, level, later):
    """Only another answer to the same behaviour, or clearing it, takes the place of an answer."""
    others = [
        e
        for e in later
        if not (isinstance(e, Rated | NotApplicable | Cleared) and e.behaviour == name)
    ]
    mark = after(*before, Rated(name, level), *others).form.marks[name]
    assert (mark.choice, mark.level, mark.lacks) == ("level", level, "")


@given(events, st.lists(edits, max_size=20))
def test_all_steps_back_and_all_forth_again_is_where_it_was(before, done):
    state = after(*before, *done)
    steps = len(state.past)
    back = after(*[Undone()] * (steps + 3), start=state)
    assert back.form == blank(NAMES)
    forth = after(*[Redone()] * (steps + len(state.future)), start=back)
    assert after(*[Undone()] * len(state.future), start=forth).form == state.form


@given(events, events)
def test_what_was_handed_in_changes_by_nothing(before, later):
    state = after(*before)
    done = State(state.form, 1, handed_in=True)
    assert after(*later, start=done) == done


@given(st.lists(st.one_of(edits, st.just(Undone()), st.builds(Reopened, texts))))
def test_events_are_kept_as_they_are(done):
    assert [read_event(write_event(event)) for event in done] == done


def test_unanswered_and_not_applicable_are_two_things():
    state = after(NotApplicable("listening"))
    assert state.lacking == {"listening": "reason", "ownership": "answer"}
    state = after(Wrote("listening", "why_na", "nobody spoke"), start=state)
    assert state.lacking == {"ownership": "answer"}
    assert after(Cleared("listening"), start=state).form.marks["listening"].lacks == "answer"


def test_the_reason_for_na_is_there_again_after_a_level_in_between():
    state = after(
        NotApplicable("listening"), Wrote("listening", "why_na", "wrong number"),
        Rated("listening", 2), NotApplicable("listening"),
    )  # fmt: skip
    assert state.form.marks["listening"].why_na == "wrong number"


def test_letters_of_one_field_are_one_step():
    letters = [Wrote("listening", "comment", "so it goes"[:n]) for n in range(1, 8)]
    state = after(Rated("listening", 3), *letters)
    assert len(state.past) == 2
    assert changed(state, Undone()).form.marks["listening"] == Mark("level", 3)


def test_words_quoted_again_change_their_stance():
    state = after(
        Quoted("listening", Picked("for", 0, 0, 6)), Quoted("listening", Picked("against", 0, 0, 6))
    )
    assert state.form.marks["listening"].quotes == (Picked("against", 0, 0, 6),)


def test_reopening_keeps_the_answers_and_no_step_back_crosses_it():
    done = State(after(Rated("listening", 4)).form, 2, handed_in=True)
    state = after(Reopened("  heard it again "), Rated("ownership", 2), start=done)
    assert (state.why, state.after, state.handed_in) == ("heard it again", 2, False)
    back = after(Undone(), Undone(), start=state)
    assert back.form.marks["listening"].level == 4 and back.form.marks["ownership"].level is None
    assert changed(state, Rebased(5)).after == 5


@pytest.mark.parametrize(
    ("event", "error", "words"),
    [
        (Rated("kindness", 3), UnknownName, "kindness"),
        (Rated("listening", 6), ValueError, "a level is one of"),
        (Rated("listening", True), ValueError, "a level is one of"),
        (Noted(-1, "hm"), ValueError, "turns count from 0"),
    ],
)
def test_what_can_not_be_is_refused(event, error, words):
    with pytest.raises(error, match=words):
        changed(new(), event)


@pytest.mark.parametrize("line", [{}, {"do": "Flattened"}, {"do": "State"}])
def test_what_is_no_event_is_refused(line):
    with pytest.raises(UnknownName, match="event"):
        read_event(line)


def test_what_is_handed_in_reads_back_as_the_form_it_was():
    state = after(
        Rated("listening", 4), Wrote("listening", "comment", " well heard "),
        Quoted("listening", Picked("for", 0, 4, 9)), NotApplicable("ownership"),
        Wrote("ownership", "why_na", "nothing to own"), Noted(1, "warm"), Noted(0, "  "),
    )  # fmt: skip
    scores, notes = answers(state.form, SAID)
    assert [(s.level, s.why_none, s.reason) for s in scores] == [
        (4, None, "well heard"),
        (None, "nothing to own", ""),
    ]
    assert scores[0].evidence[0].quote.text == "on it"
    assert notes == (TurnNote(1, "warm"),)
    form = form_of(NAMES, scores, notes)
    assert answers(form, SAID) == (scores, notes)
