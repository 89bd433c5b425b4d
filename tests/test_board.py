"""What stands behind a board: what it tells, the calls behind each mark, and the desks it opens."""

from __future__ import annotations

import json

import board_fixtures as fixtures
import pytest

from qa_review.base.errors import UnknownName
from qa_review.capture.recording import Call
from qa_review.keep.audit import note
from qa_review.widgets.board import BoardDriver, BoardScreen, board

LISTENING = fixtures.BEHAVIOURS[0]


@pytest.fixture
def place(tmp_path):
    return fixtures.place(tmp_path, fixtures.half_year())


@pytest.fixture
def driver(place):
    return BoardDriver(place, fixtures.StandInDesk)


def ask(driver, name, **given):
    """What the driver tells, as it arrives in the browser."""
    content = driver.answer(name, given).content
    return json.loads(json.dumps(content, allow_nan=False))


def behaviour(seen, name=LISTENING):
    return next(one for one in seen["behaviours"] if one["id"] == name)


def test_a_board_tells_what_it_rests_on(driver):
    seen = ask(driver, "look", look={})
    assert (seen["total"], seen["calls"], seen["by"]) == (300, 300, "month")
    assert (seen["people"], seen["missing"], seen["sealed"]) == (0, {}, 0)
    assert [one["id"] for one in seen["behaviours"]] == list(fixtures.BEHAVIOURS)
    assert len(seen["choices"]["agent"]) == 8 and seen["choices"]["team"] == list(fixtures.TEAMS)
    one = behaviour(seen)
    assert sum(point["n"] for point in one["points"]) == one["mean"]["n"] == 300
    assert one["unproven"] == 300


def test_every_mark_has_the_calls_that_it_counts(driver):
    """Whatever a mark says its n is, that many calls are behind it."""
    look = {"team": "Birch", "of": "queue"}
    seen = ask(driver, "look", look=look)
    marks = []
    for one in seen["behaviours"]:
        name = {"behaviour": one["id"]}
        marks += [({"kind": "period", "first": p["first"], **name}, p["n"]) for p in one["points"]]
        marks += [
            ({"kind": "level", "level": bar["level"], **name}, bar["calls"])
            for bar in one["distribution"]
        ]
        marks.append(({"kind": "decile", **name}, one["decile"]["calls"]))
        marks += [
            ({"kind": "group", "of": "queue", "name": group["name"], **name},
             group["means"][one["id"]]["n"])
            for group in seen["groups"]
        ]  # fmt: skip
    marks += [
        ({"kind": "group", "of": "queue", "name": group["name"], "behaviour": ""}, group["calls"])
        for group in seen["groups"]
    ]
    assert len(marks) > 80
    for mark, n in marks:
        calls = ask(driver, "calls", look=look, mark=mark)
        assert len(calls) == n == len({one["call"] for one in calls}), mark
        if mark["kind"] != "decile":
            assert [one["day"] for one in calls] == sorted((c["day"] for c in calls), reverse=True)


def test_filters_leave_calls_out(driver):
    look = {"team": "Birch", "first": "2026-03-01", "last": "2026-03-31", "queue": "billing"}
    seen = ask(driver, "look", look=look)
    assert seen["total"] == 300 and 0 < seen["calls"] < 30
    assert seen["choices"]["agent"] == ["dan", "eve"]
    assert seen["days"][0] >= "2026-03-01" and seen["days"][1] <= "2026-03-31"
    assert [group["name"] for group in seen["groups"]] == ["dan", "eve"]


def test_a_source_is_people_the_scorer_or_people_first(driver, place):
    fixtures.hand_in(place.store, "call-0000", 5)
    told = {
        source: ask(driver, "look", look={"source": source})
        for source in ("people first", "people", "scorer")
    }
    assert [(one["people"] > 0, one["scorer"] > 0) for one in told.values()] == [
        (True, True), (True, False), (False, True),
    ]  # fmt: skip
    assert [one["calls"] for one in told.values()] == [300, 1, 300]
    mark = {"kind": "level", "behaviour": LISTENING, "level": 5}
    (call,) = ask(driver, "calls", look={"source": "people"}, mark=mark)
    assert (call["who"], call["by"], call["agent"]) == ("people", "ann", call["agent"])


def test_too_many_periods_become_coarser_ones(tmp_path):
    ends = [Call("a", started_at="2016-01-04"), Call("b", started_at="2026-01-05")]
    place = fixtures.place(tmp_path, [fixtures.review(call, [3] * 5) for call in ends])
    driver = BoardDriver(place, fixtures.StandInDesk)
    assert ask(driver, "look", look={"by": "week"})["by"] == "quarter"
    assert ask(driver, "look", look={"by": "year"})["by"] == "year"
    assert ask(driver, "look", look={})["by"] == "year"


def test_a_board_of_nothing_is_told_too(tmp_path):
    driver = BoardDriver(fixtures.place(tmp_path), fixtures.StandInDesk)
    seen = ask(driver, "look", look={})
    assert (seen["total"], seen["days"], seen["groups"]) == (0, None, [])
    assert behaviour(seen)["mean"] == {
        "value": None, "interval": None, "spread": None, "n": 0, "lacking": 10,
    }  # fmt: skip


def test_calls_without_metadata_are_counted_and_named(tmp_path):
    calls = [Call("a", started_at="2026-01-05", agent="al"), Call("b", started_at="soon")]
    place = fixtures.place(tmp_path, [fixtures.review(call, [3] * 5) for call in calls])
    seen = ask(BoardDriver(place, fixtures.StandInDesk), "look", look={})
    assert seen["missing"] == {"started_at": 1, "agent": 1, "team": 2, "queue": 2, "handle_ms": 2}
    assert behaviour(seen)["undated"] == 1


def test_news_comes_when_the_store_or_the_results_change(driver, place):
    stamp = ask(driver, "look", look={})["stamp"]
    assert ask(driver, "news", stamp=stamp) == {"changed": False}
    fixtures.hand_in(place.store, "call-0000", 5)
    assert ask(driver, "news", stamp=stamp) == {"changed": True}
    stamp = ask(driver, "look", look={})["stamp"]
    assert ask(driver, "news", stamp=stamp) == {"changed": False}
    fixtures.write(place.results, [fixtures.review(Call("new"), [1] * 5)])
    assert ask(driver, "news", stamp=stamp) == {"changed": True}
    assert ask(driver, "look", look={})["calls"] == 301


def test_what_changes_no_level_is_no_news_and_nothing_is_gathered(driver, place, monkeypatch):
    stamp = ask(driver, "look", look={})["stamp"]
    with place.store.writing() as unit:
        note(unit, "ann", "note kept", "call-0000")
        note(unit, "ann", "vote given", "s")
    assert ask(driver, "news", stamp=stamp) == {"changed": False}
    gathered = []
    names = BoardDriver._gathered.__globals__
    monkeypatch.setitem(names, "gathered", lambda *given: gathered.append(given))
    for source in ("people first", "scorer", "people first"):
        ask(driver, "look", look={"source": source, "team": "Ash"})
    assert gathered == []
    for what in ("review submitted", "master decided", "session revealed", "something new"):
        with place.store.writing() as unit:
            note(unit, "ann", what, "call-0000")
        assert ask(driver, "news", stamp=stamp) == {"changed": True}
        stamp = driver._stamp()


def test_blind_lists_tell_no_level_of_a_call_that_one_has_not_handed_in(place):
    fixtures.hand_in(place.store, "call-0000", 1, "kim")
    fixtures.hand_in(place.store, "call-0001", 1, "ann")
    blind = BoardDriver(place, fixtures.StandInDesk, blind=True)
    seen, open_ = ask(blind, "look", look={}), BoardDriver(place, fixtures.StandInDesk)
    told = ask(open_, "look", look={})
    assert seen["blind"] and not told["blind"]
    assert behaviour(seen)["mean"] == behaviour(told)["mean"]  # figures of many calls stay
    assert behaviour(seen)["distribution"] == behaviour(told)["distribution"]
    worst = behaviour(seen)["decile"]
    assert [one["call"] for one in worst["worst"]] == ["call-0000"] and worst["calls"] > 1
    for mark in ({"kind": "level", "level": 1}, {"kind": "decile"}):
        calls = ask(blind, "calls", look={}, mark={"behaviour": LISTENING, **mark})
        assert [(one["call"], one["level"]) for one in calls] == [("call-0000", 1)]
    for name in (LISTENING, ""):
        mark = {"kind": "group", "of": "team", "name": "Ash", "behaviour": name}
        calls = ask(blind, "calls", look={}, mark=mark)
        assert len(calls) == len(ask(open_, "calls", look={}, mark=mark)) > 50
        for one in calls:
            mine = one["call"] == "call-0000"
            assert one["hidden"] == (not mine) == (one["level"] is None) == (one["by"] is None)


def test_blind_a_figure_of_few_calls_lists_only_ones_own(place):
    """Of one call the mean is its level."""
    blind = BoardDriver(place, fixtures.StandInDesk, blind=True)
    look = {"first": "2026-01-05", "last": "2026-01-06"}
    (point,) = behaviour(ask(blind, "look", look=look))["points"]
    assert 0 < point["n"] < 10
    mark = {"kind": "period", "behaviour": LISTENING, "first": point["first"]}
    assert ask(blind, "calls", look=look, mark=mark) == []
    fixtures.hand_in(place.store, "call-0000", 1, "kim")
    assert [one["call"] for one in ask(blind, "calls", look=look, mark=mark)] == ["call-0000"]


def test_each_call_that_is_opened_has_a_desk_of_its_own(driver):
    """Two views of a board each hold a desk; neither gets what the other is asked."""
    first = ask(driver, "open", call="call-0001")["part"]
    second = ask(driver, "open", call="call-0002")["part"]
    assert ask(driver, f"{first}.look") == "look call-0001"
    assert ask(driver, f"{second}.sound.begin") == "sound.begin call-0002"
    with pytest.raises(ValueError, match="was closed"):
        driver.answer("desk99.look", {})


@pytest.mark.parametrize(
    ("look", "error"),
    [
        ({"source": "gossip"}, UnknownName),
        ({"by": "day"}, UnknownName),
        ({"of": "customer"}, UnknownName),
        ({"first": "soon"}, ValueError),
        ({"first": "2026-02-01", "last": "2026-01-01"}, ValueError),
    ],
)
def test_what_nobody_can_mean_is_refused(driver, look, error):
    with pytest.raises(error):
        driver.answer("look", {"look": look})


def test_an_unknown_mark_is_refused(driver):
    for mark in ({"kind": "star"}, {"kind": "group", "of": "customer", "name": "x"}):
        with pytest.raises(UnknownName):
            driver.answer("calls", {"look": {}, "mark": {"behaviour": LISTENING, **mark}})


def test_a_board_in_a_notebook_opens_the_desk_of_a_call(place, monkeypatch):
    sent = []
    monkeypatch.setattr(BoardScreen, "send", lambda self, reply, *_: sent.append(reply))
    screen = board(place)
    for number, (ask, given) in enumerate(
        [("look", {"look": {}}), ("open", {"call": "call-0007"}), ("desk1.look", {})]
    ):
        message = {"id": f"view.{number}", "oldest": number, "ask": ask, "given": given}
        screen._asked(screen, message, [])
    assert [reply.get("problem") for reply in sent] == [None] * 3
    assert sent[0]["content"]["calls"] == 300
    assert sent[2]["content"]["first"] == "call-0007" and not sent[2]["content"]["blind"]
