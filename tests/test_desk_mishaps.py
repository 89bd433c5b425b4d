"""A desk while nobody looks: full disks, two windows, new transcripts, new rubrics."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import pytest
from desk_fixtures import asked, desk_at, done, place_in, rated
from store_fixtures import candidate

from qa_review.base.errors import Conflict, NotAllowed
from qa_review.base.records import dumps, to_json
from qa_review.keep.drafts import Draft
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.revisions import history
from qa_review.meet.choose import Choice
from qa_review.meet.keys import Keys
from qa_review.meet.sessions import create
from qa_review.widgets.place import Place, here


@pytest.fixture
def place(tmp_path):
    return place_in(tmp_path)


@pytest.fixture
def drafts(tmp_path):
    return tmp_path / "drafts"


@pytest.fixture
def desk(place, drafts):
    return desk_at(place, drafts)


def form(desk, call="call-a"):
    return asked(desk, "open", call=call)["form"]


def quoted(turn, start, end, stance="for"):
    place = {"stance": stance, "turn": turn, "start": start, "end": end}
    return {"do": "Quoted", "behaviour": "listening", "quote": place}


def transcribed_anew(place, turns):
    """As a run with other weights leaves the call."""
    results = ResultsFolder(place.results)
    record = results.read("call-a")
    said = replace(record.review.transcript, turns=turns(record.review.transcript.turns))
    review = replace(record.review, transcript=said, scores=())
    results.write(Record(review, "", "", ""), vtt="", transcript=dumps(to_json(said)))


# --- drafts that break -------------------------------------------------------------------------


def test_a_first_event_that_can_not_be_written_leaves_the_call_as_it_was(desk, drafts, monkeypatch):
    real = os.write

    def full(file, data):
        real(file, data[: len(data) // 3])
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space"):
        done(desk, "call-a", *rated(4)[:1])
    monkeypatch.setattr(os, "write", real)
    assert form(desk)["marks"]["listening"]["choice"] == ""
    done(desk, "call-a", *rated(2)[:1])
    assert form(desk)["marks"]["listening"]["level"] == 2


@pytest.mark.parametrize("kept", range(0, 400, 37))
def test_a_draft_cut_anywhere_still_opens_and_takes_more(desk, drafts, kept):
    done(desk, "call-a", *rated(4)[:2])
    (file,) = drafts.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:kept])
    assert set(form(desk)["marks"]) >= {"listening"}
    done(desk, "call-a", *rated(3))
    assert {mark["level"] for mark in form(desk)["marks"].values()} == {3}


def test_drafts_of_calls_whose_names_begin_alike_are_apart(tmp_path):
    # These two share 32 bits of a digest, where names were once told apart by.
    one, other = (
        Draft.of("s" * 90, "review", call, folder=tmp_path)
        for call in ("2026-03-0036950", "2026-03-0131244")
    )
    assert one.path != other.path and len(one.path.stem) == 64


# --- two windows -------------------------------------------------------------------------------


def test_what_a_window_adds_while_another_hands_in_is_in_it_or_refused(place, drafts):
    """Never answered as kept and then gone."""
    for round_ in range(12):
        call = "call-a"
        mine, theirs = desk_at(place, drafts), desk_at(place, drafts)
        if form(mine)["handed_in"]:
            done(mine, call, {"do": "Reopened", "why": "again"})
        done(mine, call, *rated(3))
        kept = []

        def add(desk=theirs, kept=kept, call=call):
            try:
                done(desk, call, {"do": "Rated", "behaviour": "ownership", "level": 1})
                kept.append(True)
            except Conflict:
                kept.append(False)

        window = threading.Thread(target=add)
        window.start()
        asked(mine, "hand_in", call=call)
        window.join()
        with place.store.reading() as reader:
            made = history(reader, call)[-1]
        level = {s.behaviour: s.level for s in made.scores}["ownership"]
        assert made.number == round_ + 1
        assert level == (1 if kept[0] else 3)


def test_a_change_after_another_window_handed_in_is_refused_in_words(place, drafts, desk):
    done(desk, "call-a", *rated(3))
    asked(desk_at(place, drafts), "hand_in", call="call-a")
    comment = {"do": "Wrote", "behaviour": "listening", "field": "comment", "text": "late"}
    with pytest.raises(Conflict, match="in another window; this change is not in it"):
        done(desk, "call-a", comment)


# --- another transcript ------------------------------------------------------------------------


def test_quotes_follow_their_words_into_a_new_transcript(place, desk):
    said = place.record("call-a").review.transcript
    words = said.turns[3].text[:12]
    done(desk, "call-a", *rated(4), quoted(3, 0, 12))
    transcribed_anew(place, lambda turns: turns[1:])
    (quote,) = form(desk)["marks"]["listening"]["quotes"]
    assert (quote["text"], quote["turn"]) == (words, 2)
    asked(desk, "hand_in", call="call-a")
    with place.store.reading() as reader:
        made = history(reader, "call-a")[-1]
    assert made.scores[0].evidence[0].quote.text == words


def test_quotes_that_nobody_says_any_more_are_shown_and_must_be_taken_out(place, desk):
    done(desk, "call-a", *rated(4), quoted(3, 0, 12), {"do": "Noted", "turn": 20, "text": "here"})
    transcribed_anew(place, lambda turns: turns[:2])
    shown = form(desk)
    (quote,) = shown["marks"]["listening"]["quotes"]
    assert quote["lost"] and quote["from"] is None
    assert shown["notes"] == {"1": "here"}  # the last turn that there is
    with pytest.raises(ValueError, match="not in the transcript any more"):
        asked(desk, "hand_in", call="call-a")
    place_of = {key: quote[key] for key in ("stance", "turn", "start", "end", "text")}
    done(desk, "call-a", {"do": "Unquoted", "behaviour": "listening", "quote": place_of})
    assert asked(desk, "hand_in", call="call-a")["form"]["handed_in"]


def test_a_review_that_was_handed_in_opens_on_any_later_transcript(place, desk):
    done(desk, "call-a", *rated(4), quoted(3, 0, 12))
    asked(desk, "hand_in", call="call-a")
    transcribed_anew(place, lambda turns: turns[:2])
    shown = form(desk)
    assert shown["handed_in"] and shown["marks"]["listening"]["quotes"][0]["lost"]


# --- another rubric ----------------------------------------------------------------------------


def other_version(place, tmp_path, change):
    text = place.rubric_file.read_text(encoding="utf-8")
    file = tmp_path / "behaviours.v2.toml"
    text = text.replace('version = "1"', 'version = "2"', 1)
    file.write_text(change(text), encoding="utf-8")
    return Place(place.store, place.results, place.recordings, str(file), place.who)


def test_a_draft_goes_on_with_the_next_version_of_the_rubric_and_says_so(
    place, drafts, desk, tmp_path
):
    done(desk, "call-a", *rated(4)[:2])
    assert form(desk)["rubric"] == ""
    newer = desk_at(other_version(place, tmp_path, lambda text: text), drafts)
    shown = form(newer)
    assert (shown["rubric"], shown["marks"]["listening"]["level"]) == ("1", 4)
    done(newer, "call-a", *rated(5))
    asked(newer, "hand_in", call="call-a")
    with place.store.reading() as reader:
        assert history(reader, "call-a")[-1].rubric.version == "2"


def test_a_review_on_an_earlier_version_can_be_changed_on_the_next(place, drafts, desk, tmp_path):
    done(desk, "call-a", *rated(4))
    asked(desk, "hand_in", call="call-a")
    newer = desk_at(other_version(place, tmp_path, lambda text: text), drafts)
    shown = form(newer)
    assert (shown["rubric"], shown["handed_in"]) == ("1", True)
    assert asked(newer, "open", call="call-a")["automatic"] is None  # its levels are of version 1
    done(newer, "call-a", {"do": "Reopened", "why": "new words"}, *rated(2)[:1])
    asked(newer, "hand_in", call="call-a")
    with place.store.reading() as reader:
        assert [one.rubric.version for one in history(reader, "call-a")] == ["1", "2"]


# --- calls that are being calibrated -----------------------------------------------------------


def test_a_call_of_a_sealed_session_is_scored_in_the_room_and_shows_nothing_here(
    place, drafts, tmp_path
):
    choice = Choice((candidate("call-a"),), "by hand")
    create(
        place.store, "March", choice, rubric=place.rubric_file, raters=["ann", "bo"], lead="kim",
        keys=Keys(tmp_path / "keys"), automatic=True,
    )  # fmt: skip
    desk = desk_at(place, drafts, blind=False)
    look = asked(desk, "look")
    assert look["first"] == "call-b"
    assert {call["id"]: call["state"] for call in look["calls"]}["call-a"] == "closed"
    with pytest.raises(NotAllowed, match="being calibrated"):
        asked(desk, "open", call="call-a")


# --- many calls --------------------------------------------------------------------------------


def test_of_many_calls_those_to_be_done_come_first(place, drafts, monkeypatch):
    many = tuple(f"c{number:03}" for number in range(250))
    monkeypatch.setattr(Place, "calls", lambda self: many)
    desk = desk_at(place, drafts)
    monkeypatch.setattr(type(desk._tray), "done", lambda self: frozenset(many[:200]))
    look = asked(desk, "look")
    listed = [call["id"] for call in look["calls"]]
    assert look["first"] == "c200" and listed[:50] == list(many[200:]) and len(listed) == 200
    assert (look["total"], look["done"]) == (250, 200)


def test_a_name_is_the_same_at_the_desk_and_in_the_room(place):
    assert here(store=place.store, who=" ann ").who == "ann"
