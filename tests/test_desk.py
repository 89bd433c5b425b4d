"""The desk without a browser: what it tells, what it keeps, what it hides until when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk_fixtures import BEHAVIOURS, CALLS, asked, desk_at, done, place_in, rated

from qa_review.base.errors import Conflict, QAReviewError, QuoteNotFound, UnknownName
from qa_review.keep.revisions import history, latest
from qa_review.widgets.place import here


@pytest.fixture
def place(tmp_path):
    return place_in(tmp_path)


@pytest.fixture
def drafts(tmp_path):
    return tmp_path / "drafts"


@pytest.fixture
def desk(place, drafts):
    return desk_at(place, drafts)


def newest(place, call="call-a"):
    with place.store.reading() as reader:
        return latest(reader, call, "behaviours", place.who)


def test_it_opens_at_the_first_call_that_is_not_handed_in(place, drafts, desk):
    assert asked(desk, "look")["first"] == "call-a"
    done(desk, "call-a", *rated())
    asked(desk, "hand_in", call="call-a")
    look = asked(desk_at(place, drafts), "look")
    assert look["first"] == "call-b"
    assert [(c["id"], c["state"]) for c in look["calls"]] == [
        ("call-a", "done"), ("call-b", "new"), ("call-c", "new")]  # fmt: skip
    assert (look["done"], look["total"]) == (1, 3)


def test_it_shows_the_rubric_with_its_anchors(desk, place):
    shown = asked(desk, "look")["behaviours"]
    assert [b["id"] for b in shown] == [b.id for b in place.rubric().behaviours]
    assert all(len(b["anchors"]) == 5 and b["not_observed"] for b in shown)


def test_calls_are_found_by_a_part_of_their_id(desk):
    assert [c["id"] for c in asked(desk, "calls", find="-B")["calls"]] == ["call-b"]


def test_a_call_has_its_turns_with_times_and_an_empty_form(desk, place):
    shown = asked(desk, "open", call="call-a")
    said = place.record("call-a").review.transcript
    assert [t["text"] for t in shown["turns"]] == [t.text for t in said.turns]
    assert shown["turns"][3]["from"] == said.turns[3].span.start_ms
    assert {m["choice"] for m in shown["form"]["marks"].values()} == {""}


def test_a_call_that_is_not_there_is_named(desk):
    with pytest.raises(QAReviewError, match="no call 'call-z'"):
        asked(desk, "open", call="call-z")
    with pytest.raises(UnknownName, match="ask"):
        asked(desk, "sing")


def test_nothing_of_the_scorer_or_the_agent_is_sent_before_a_blind_review_is_handed_in(desk, place):
    review = place.record("call-a").review
    told = [
        desk.answer("look", {}),
        desk.answer("open", {"call": "call-a"}),
        *(desk.answer("event", {"call": "call-a", "event": event}) for event in rated()),
        desk.answer("news", {"call": "call-a", "mark": ""}),
    ]
    text = json.dumps([answer.content for answer in told])
    assert all(score.reason not in text for score in review.scores if score.reason)
    assert "confidence" not in text and "unproven" not in text
    assert str(review.call.agent) not in text


def test_the_scorer_shows_once_the_review_is_handed_in_or_when_it_is_not_blind(place, drafts, desk):
    levels = {s.behaviour: s.level for s in place.record("call-a").review.scores}

    def shown(answer):
        return {name: one["level"] for name, one in answer["automatic"]["scores"].items()}

    assert done(desk, "call-a", *rated())["automatic"] is None
    assert shown(asked(desk, "hand_in", call="call-a")) == levels
    assert shown(asked(desk_at(place, drafts, blind=False), "open", call="call-b")) == levels


def test_what_was_done_is_there_for_the_next_desk(place, drafts, desk):
    done(
        desk, "call-a", {"do": "Rated", "behaviour": "ownership", "level": 2},
        {"do": "Wrote", "behaviour": "ownership", "field": "comment", "text": "late"},
        {"do": "Noted", "turn": 3, "text": "listen again"},
    )  # fmt: skip
    form = asked(desk_at(place, drafts), "open", call="call-a")["form"]
    assert form["marks"]["ownership"]["level"] == 2
    assert form["marks"]["ownership"]["comment"] == "late"
    assert form["notes"] == {"3": "listen again"}
    assert form["undo"]
    state = {c["id"]: c["state"] for c in asked(desk, "look")["calls"]}
    assert state["call-a"] == "draft"


def test_it_is_handed_in_once_as_one_review(place, desk):
    event = {"do": "Quoted", "behaviour": "listening",
             "quote": {"stance": "for", "turn": 2, "start": 0, "end": 4}}  # fmt: skip
    note = {"do": "Noted", "turn": 3, "text": "listen again"}
    done(desk, "call-a", *rated(4), event, note)
    answer = asked(desk, "hand_in", call="call-a")
    assert answer["form"]["handed_in"] and answer["form"]["at"]
    asked(desk, "hand_in", call="call-a")  # a second press
    with place.store.reading() as reader:
        (made,) = history(reader, "call-a")
    assert (made.reviewer, made.state, made.number) == ("ann", "submitted", 1)
    assert {score.level for score in made.scores} == {4}
    said = place.record("call-a").review.transcript
    assert made.scores[0].evidence[0].quote == said.quote(2, 0, 4)
    assert made.notes[0].text == "listen again"


def test_an_unfinished_form_is_not_handed_in_and_says_what_lacks(place, desk):
    done(desk, "call-a", *rated()[:-2], {"do": "NotApplicable", "behaviour": BEHAVIOURS[-1]})
    with pytest.raises(ValueError, match=f"{BEHAVIOURS[-2]} lacks its answer.* lacks its reason"):
        asked(desk, "hand_in", call="call-a")
    assert newest(place) is None
    assert done(desk, "call-a", {"do": "Undone"})["form"]["redo"]


def test_after_it_was_handed_in_only_a_change_with_a_reason_is_taken(place, desk):
    done(desk, "call-a", *rated(3))
    asked(desk, "hand_in", call="call-a")
    with pytest.raises(Conflict, match="handed in, in another window"):
        done(desk, "call-a", *rated(5))
    assert newest(place).number == 1
    with pytest.raises(ValueError, match="reason"):
        done(desk, "call-a", {"do": "Reopened", "why": " "})
    done(desk, "call-a", {"do": "Reopened", "why": "heard the end"}, *rated(5)[:1])
    asked(desk, "hand_in", call="call-a")
    made = newest(place)
    assert (made.number, made.why, made.scores[0].level, made.scores[1].level) == (
        2, "heard the end", 5, 3)  # fmt: skip


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"do": "Quoted", "behaviour": "listening",
          "quote": {"stance": "for", "turn": 0, "start": 0, "end": 9999}}, QuoteNotFound),
        ({"do": "Noted", "turn": 999, "text": "hm"}, ValueError),
        ({"do": "Rated", "behaviour": "listening", "level": 9}, ValueError),
        ({"do": "Rated", "behaviour": "kindness", "level": 3}, UnknownName),
        ({"do": "Danced"}, UnknownName),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_and_leaves_no_draft(desk, drafts, event, error):
    with pytest.raises(error):
        done(desk, "call-a", event)
    assert not list(drafts.glob("*.jsonl"))


def test_what_another_window_does_is_news(place, drafts, desk):
    mark = asked(desk, "open", call="call-a")["mark"]
    assert asked(desk, "news", call="call-a", mark=mark) is None
    done(desk_at(place, drafts), "call-a", *rated(2)[:1])
    news = asked(desk, "news", call="call-a", mark=mark)
    assert news["form"]["marks"]["listening"]["level"] == 2


def test_what_was_handed_in_elsewhere_meanwhile_is_told_and_nothing_is_lost(place, desk, tmp_path):
    done(desk, "call-a", *rated(2))
    elsewhere = desk_at(place, tmp_path / "another machine")
    done(elsewhere, "call-a", *rated(5))
    asked(elsewhere, "hand_in", call="call-a")
    form = asked(desk, "open", call="call-a")["form"]
    assert form["meanwhile"] and form["marks"]["listening"]["level"] == 2
    with pytest.raises(Conflict, match="revision 1"):
        asked(desk, "hand_in", call="call-a")
    with pytest.raises(ValueError, match="reason"):  # it changes what was handed in
        asked(desk, "keep_mine", call="call-a", why="")
    kept = asked(desk, "keep_mine", call="call-a", why="heard otherwise")["form"]
    assert not kept["meanwhile"] and kept["marks"]["listening"]["level"] == 2
    asked(desk, "hand_in", call="call-a")
    assert (newest(place).number, newest(place).why) == (2, "heard otherwise")


def test_a_draft_can_be_left_for_what_was_handed_in_elsewhere(place, desk, tmp_path):
    done(desk, "call-a", *rated(2))
    elsewhere = desk_at(place, tmp_path / "another machine")
    done(elsewhere, "call-a", *rated(5))
    asked(elsewhere, "hand_in", call="call-a")
    theirs = asked(desk, "take_theirs", call="call-a")["form"]
    assert theirs["handed_in"] and theirs["marks"]["listening"]["level"] == 5


def test_a_draft_of_what_was_handed_in_already_goes(place, drafts, desk):
    """As after a stop between the store's commit and the end of the draft."""
    done(desk, "call-a", *rated(4))
    (file,) = drafts.glob("*.jsonl")
    kept = file.read_bytes()
    asked(desk, "hand_in", call="call-a")
    file.write_bytes(kept)
    form = asked(desk_at(place, drafts), "open", call="call-a")["form"]
    assert form["handed_in"] and not form["meanwhile"]
    assert not file.exists()


def test_calls_of_a_store_can_be_reviewed_without_any_results(place, drafts, tmp_path):
    done(desk := desk_at(place, drafts), "call-a", *rated())
    asked(desk, "hand_in", call="call-a")
    bare = here(store=place.store, results=tmp_path / "none", who="bo")
    other = desk_at(bare, drafts)
    assert [c["id"] for c in asked(other, "look")["calls"]] == ["call-a"]
    assert len(asked(other, "open", call="call-a")["turns"]) == 26
    done(other, "call-a", *rated(1))
    asked(other, "hand_in", call="call-a")
    assert newest(bare).scores[0].level == 1


def test_a_place_is_what_the_environment_says(monkeypatch, tmp_path):
    for name, value in {
        "STORE": f"sqlite:{tmp_path / 'q.db'}", "RESULTS": "r", "RECORDINGS": "s",
        "RUBRIC": "leader_craft.v1", "AS": "kim",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_REVIEW_{name}", value)
    found = here()
    assert (found.results, found.recordings, found.who) == (Path("r"), Path("s"), "kim")
    assert found.rubric().id == "leader_craft"
    assert found.store.name == f"sqlite:{tmp_path / 'q.db'}"
    assert here(who="ann", results="mine").results == Path("mine")


def test_all_calls_are_there_in_their_order(desk):
    assert tuple(c["id"] for c in asked(desk, "look")["calls"]) == CALLS
