"""The room without a browser: a whole session, who may see what and when, and what is refused."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from room_fixtures import (
    CALLS,
    HERE,
    LEVELS,
    LISTENING,
    Everybody,
    all_handed_in,
    all_revealed,
    ask,
    called,
    case,
    everybody,
    form,
    hand_in,
    hand_in_at_the_desk,
    secret,
)  # fmt: skip
from session_fixtures import RUBRIC, candidate

from qa_review.base.errors import NotAllowed, StillSealed
from qa_review.keep.audit import note
from qa_review.keep.calls import keep_call
from qa_review.meet import masters_of
from qa_review.meet.keys import Keys
from qa_review.widgets.place import Place
from qa_review.widgets.room import RoomDriver, RoomScreen, room


@pytest.fixture
def all_of_us(tmp_path: Path) -> Everybody:
    return everybody(tmp_path)


@pytest.fixture
def revealed(all_of_us: Everybody) -> str:
    return all_revealed(all_of_us)


# --- a whole session ---------------------------------------------------------------------------


def test_a_session_from_its_call_to_its_master_score(all_of_us: Everybody) -> None:
    us = all_of_us
    kim = us.driver("kim")
    assert ask(kim, "form")["rubric"] == "behaviours.v1"
    assert [one["id"] for one in ask(kim, "calls", rubric="behaviours.v1")["calls"]] == [*CALLS]
    session = called(us)
    hand_in_at_the_desk(us, session, "ann", "call-1", LEVELS["ann"])
    hand_in(us, session, "ann", "call-2", LEVELS["ann"])
    for call in ("call-1", "call-2"):
        hand_in(us, session, "bo", call, LEVELS["bo"])
    look = ask(kim, "look", session=session)
    assert look["state"] == "sealed" and look["waiting"] == [] and "open" not in look
    look = ask(kim, "reveal", session=session)
    widths = [one["width"] for one in look["open"]["cases"]]
    assert widths == sorted(widths, reverse=True) and widths[0] == 2
    first = case(look)
    assert [(p["rater"], p["level"]) for p in first["positions"]] == [("ann", 2), ("bo", 4)]
    assert first["positions"][0]["reason"] == secret("ann", LISTENING)
    assert first["positions"][0]["quotes"][0]["from"] == 7_900
    ann = us.driver("ann")
    ask(ann, "remark", session=session, text="hear it again", **HERE)
    ask(ann, "vote", session=session, level=4, reason="she named it", after=0, **HERE)
    done = ask(kim, "decide", session=session, level=4, reason="named at once", after=0, **HERE)
    now = case(done["look"])
    assert now["master"]["level"] == 4 and now["votes"][0]["towards"] == ["bo"]
    assert now["remarks"][0]["text"] == "hear it again"
    (master,) = masters_of(us.store, RUBRIC.id)
    assert [(s.behaviour, s.level) for s in master.scores] == [(LISTENING, 4)]


def test_raters_and_calls_that_are_missing_are_named(all_of_us: Everybody) -> None:
    session = called(all_of_us)
    hand_in(all_of_us, session, "ann", "call-1", LEVELS["ann"])
    kim = all_of_us.driver("kim")
    waiting = ask(kim, "look", session=session)["waiting"]
    assert waiting == [["ann", "call-2"], ["bo", "call-1"], ["bo", "call-2"]]
    look = ask(kim, "reveal", session=session)
    assert look["open"]["missing"] == waiting and look["open"]["cases"] == []


def test_each_person_has_a_list_of_their_own_sessions(all_of_us: Everybody) -> None:
    session = called(all_of_us)
    for who, count in (("kim", 1), ("ann", 1), ("dee", 0)):
        found = ask(all_of_us.driver(who), "sessions")["sessions"]
        assert [one["id"] for one in found] == [session] * count
    proposal = {"behaviour": LISTENING, "level": 3, "words": "named at once"}
    for name, given in (("look", {}), ("news", {"version": 0}), ("proposed", proposal)):
        with pytest.raises(NotAllowed, match="dee has no part"):
            ask(all_of_us.driver("dee"), name, session=session, **given)
        assert ask(all_of_us.driver("ann"), name, session=session, **given)


def test_who_scores_is_not_told_whose_call_it_is_nor_how_long_it_took(
    all_of_us: Everybody,
) -> None:
    with all_of_us.store.writing() as unit:
        known = replace(candidate("call-1").call, agent="al", handle_ms=61_000)
        keep_call(unit, known)
    session = called(all_of_us, picked=["call-1"])
    told = {
        who: ask(all_of_us.driver(who), "look", session=session)["calls"][0]
        for who in ("kim", "ann")
    }
    assert (told["kim"]["agent"], told["kim"]["ms"]) == ("al", 61_000)
    assert (told["ann"]["agent"], told["ann"]["ms"]) == (None, None)


# --- blindness ---------------------------------------------------------------------------------


def everything_asked(driver: RoomDriver, session: str, who: str) -> str:
    """Every answer that a person can get before the reveal, as one text."""
    asks: list[tuple[str, dict[str, Any]]] = [
        ("start", {}), ("sessions", {}), ("form", {}), ("calls", {"rubric": "behaviours.v1"}),
        ("look", {"session": session}), ("news", {"session": session, "version": 0}),
        ("news", {"session": "", "version": 0}),
    ]  # fmt: skip
    if who != "kim":
        asks += [(f"desk.{session}.look", {}), (f"desk.{session}.calls", {"find": ""})]
        asks += [(f"desk.{session}.open", {"call": call}) for call in ("call-1", "call-2")]
    return "\n".join(json.dumps(driver.answer(name, given).content) for name, given in asks)


def test_no_answer_holds_anything_of_anothers_ballot_before_the_reveal(
    all_of_us: Everybody,
) -> None:
    session = all_handed_in(all_of_us)
    for who in ("kim", "ann", "bo"):
        answers = everything_asked(all_of_us.driver(who), session, who)
        for other in LEVELS:
            if other == who:
                assert secret(who, LISTENING) in answers  # the search finds what is there
            else:
                assert f"{other}'s own words" not in answers
        if who == "kim":
            assert '"level"' not in answers and '"quotes"' not in answers
    for name in ("figures", "report"):
        with pytest.raises(StillSealed):
            ask(all_of_us.driver("kim"), name, session=session)
    with pytest.raises(StillSealed):
        ask(all_of_us.driver("bo"), "talk", session=session, call="call-1")


def test_who_scores_cannot_reveal_and_who_leads_has_no_desk(all_of_us: Everybody) -> None:
    session = called(all_of_us)
    with pytest.raises(NotAllowed, match="only kim"):
        ask(all_of_us.driver("ann"), "reveal", session=session)
    with pytest.raises(NotAllowed, match="not a rater"):
        ask(all_of_us.driver("kim"), f"desk.{session}.look")


def test_a_seat_taken_with_another_key_is_refused(all_of_us: Everybody, tmp_path: Path) -> None:
    session = called(all_of_us)
    ask(all_of_us.driver("ann"), "join", session=session)
    place = Place(all_of_us.store, tmp_path, tmp_path, "behaviours.v1", "ann")
    thief = RoomDriver(place, keys=Keys(tmp_path / "thief"))
    with pytest.raises(NotAllowed, match="another key"):
        ask(thief, "join", session=session)


# --- news --------------------------------------------------------------------------------------


def test_what_others_do_is_news_at_the_next_ask_and_only_once(
    all_of_us: Everybody, revealed: str
) -> None:
    ann, kim = all_of_us.driver("ann"), all_of_us.driver("kim")
    version = ask(ann, "look", session=revealed)["version"]
    assert ask(ann, "news", session=revealed, version=version) == {"changed": False}
    ask(kim, "decide", session=revealed, level=3, reason="so", after=0, **HERE)
    news = ask(ann, "news", session=revealed, version=version)
    told = {"by": "kim", "what": "master decided", "about": ["call-1", LISTENING]}
    assert news == {"changed": True, "happened": [told]}
    version = ask(ann, "look", session=revealed)["version"]
    assert ask(ann, "news", session=revealed, version=version) == {"changed": False}


def test_other_sessions_are_no_news_here_but_they_are_in_the_list(all_of_us: Everybody) -> None:
    session = called(all_of_us)
    kim = all_of_us.driver("kim")
    version = ask(kim, "look", session=session)["version"]
    whole = ask(kim, "sessions")["version"]
    called(all_of_us, name="April", picked=["call-3"])
    assert ask(kim, "news", session=session, version=version) == {"changed": False}
    assert ask(kim, "news", session="", version=whole) == {"changed": True}


def test_asking_for_news_is_cheap_in_a_store_with_a_long_trail(all_of_us: Everybody) -> None:
    session = called(all_of_us)
    with all_of_us.store.writing() as unit:
        for number in range(2_000):
            note(unit, "kim", "review saved", f"call-{number}")
    kim = all_of_us.driver("kim")
    version = ask(kim, "look", session=session)["version"]
    spent = []
    for _ in range(30):
        begun = time.perf_counter()
        assert not ask(kim, "news", session=session, version=version)["changed"]
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.005  # measured: 0.0012


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field", "why"),
    [
        ({"name": " "}, "name", "needs a name"),
        ({"raters": ["ann"]}, "", "at least two raters"),
        ({"raters": ["ann", "kim"]}, "raters", "leads the session"),
        ({"raters": ["ann", "QA_review"]}, "raters", "name of the software"),
        ({"picked": []}, "calls", "at least one call"),
        ({"picked": ["call-9"]}, "calls", "no call is called"),
        ({"how": "random", "count": 9}, "calls", "there are 3 calls"),
        ({"deadline": "soon"}, "deadline", "Invalid isoformat"),
        ({"rubric": "behaviours.v9"}, "rubric", "no rubric is called"),
    ],
)
def test_what_is_wrong_with_a_new_session_is_told_of_its_field(
    all_of_us: Everybody, wrong: dict[str, Any], field: str, why: str
) -> None:
    answer = ask(all_of_us.driver("kim"), "create", **form(**wrong))["wrong"]
    assert answer["field"] == field and why in answer["text"]
    assert not ask(all_of_us.driver("kim"), "sessions")["sessions"]


def test_calls_are_drawn_from_those_whose_scores_nobody_knows(all_of_us: Everybody) -> None:
    called(all_of_us, picked=["call-1"])
    kim = all_of_us.driver("kim")
    known = ask(kim, "calls", rubric="behaviours.v1")["calls"]
    assert [one["known"] for one in known] == ["agenda", "", ""]
    again = ask(kim, "create", **form(name="April", picked=["call-1"]))["wrong"]
    assert again["field"] == "calls" and "on the agenda of" in again["text"]
    drawn = ask(kim, "create", **form(name="April", how="random", count=2))["session"]
    calls = [one["id"] for one in ask(kim, "look", session=drawn)["calls"]]
    assert sorted(calls) == ["call-2", "call-3"]


def test_the_scorer_takes_part_and_its_doubt_chooses_calls(all_of_us: Everybody) -> None:
    session = called(all_of_us, how="uncertain", count=1, automatic=True)
    look = ask(all_of_us.driver("kim"), "look", session=session)
    assert [one["scorer"] for one in look["raters"]] == [False, False, True]
    assert look["chosen"] == "the most uncertain of 3 calls" and len(look["waiting"]) == 2


def test_a_session_that_was_called_off_says_why(all_of_us: Everybody) -> None:
    session = called(all_of_us)
    kim = all_of_us.driver("kim")
    with pytest.raises(ValueError, match="needs a reason"):
        ask(kim, "call_off", session=session, reason=" ")
    look = ask(kim, "call_off", session=session, reason="the key is lost")
    assert (look["state"], look["called_off"]) == ("called off", "the key is lost")


def test_the_facade_makes_a_screen(all_of_us: Everybody, tmp_path: Path) -> None:
    place = Place(all_of_us.store, tmp_path, tmp_path, "behaviours.v1", "kim")
    made = room(place)
    assert isinstance(made, RoomScreen) and "class Room {" in made._esm
