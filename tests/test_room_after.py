"""After the reveal, without a browser: decisions, two people at once, and what follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from room_fixtures import (
    HERE,
    LEVELS,
    LISTENING,
    Everybody,
    all_revealed,
    ask,
    called,
    case,
    everybody,
    hand_in,
    secret,
)  # fmt: skip
from session_fixtures import RUBRIC

from qa_review.base.errors import Conflict, NotAllowed, UnknownName
from qa_review.keep.rows import MasterRow
from qa_review.keep.store import read
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal
from qa_review.widgets import room_deeds as deeds
from qa_review.widgets.room import RoomDriver


@pytest.fixture
def all_of_us(tmp_path: Path) -> Everybody:
    return everybody(tmp_path)


@pytest.fixture
def revealed(all_of_us: Everybody) -> str:
    return all_revealed(all_of_us)


# --- two at once -------------------------------------------------------------------------------


def test_the_later_of_two_decisions_is_told_of_the_earlier(
    all_of_us: Everybody, revealed: str
) -> None:
    first, second = all_of_us.driver("kim"), all_of_us.driver("kim")
    ask(first, "decide", session=revealed, level=3, reason="anchor 3", after=0, **HERE)
    with pytest.raises(Conflict, match="kim decided 3 meanwhile: anchor 3"):
        ask(second, "decide", session=revealed, level=4, reason="anchor 4", after=0, **HERE)
    done = ask(second, "decide", session=revealed, level=4, reason="anchor 4", after=1, **HERE)
    assert done["told"] == "" and case(done["look"])["master"]["level"] == 4
    kept = read(all_of_us.store, MasterRow, session_id=revealed)
    assert [(row.number, row.level) for row in kept] == [(1, 3), (2, 4)]


def test_a_decision_that_came_in_between_is_told_and_both_are_kept(
    all_of_us: Everybody, revealed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither saw the other's when it was checked: both are rows, and the later one is told."""
    kim, other = all_of_us.driver("kim"), all_of_us.driver("kim")
    looked = deeds.read

    def look_then_lose(*given: Any, **where: Any) -> Any:
        found = looked(*given, **where)
        monkeypatch.setattr(deeds, "read", looked)
        ask(other, "decide", session=revealed, level=2, reason="first", after=0, **HERE)
        return found

    monkeypatch.setattr(deeds, "read", look_then_lose)
    done = ask(kim, "decide", session=revealed, level=4, reason="second", after=0, **HERE)
    assert "at the same moment" in done["told"]
    assert [row.level for row in read(all_of_us.store, MasterRow)] == [2, 4]


def test_a_vote_in_another_window_is_told(all_of_us: Everybody, revealed: str) -> None:
    ann = all_of_us.driver("ann")
    ask(ann, "vote", session=revealed, level=3, reason="", after=0, **HERE)
    with pytest.raises(Conflict, match="you voted 3 in another window"):
        ask(ann, "vote", session=revealed, level=4, reason="", after=0, **HERE)
    done = ask(ann, "vote", session=revealed, level=None, reason="no chance", after=1, **HERE)
    (vote,) = case(done["look"])["votes"]
    assert (vote["level"], vote["reason"], vote["moved"]) == (None, "no chance", True)


# --- what follows ------------------------------------------------------------------------------


def test_an_anchor_is_shown_as_a_difference_before_it_is_written(
    all_of_us: Everybody, revealed: str
) -> None:
    kim = all_of_us.driver("kim")
    words = {"behaviour": LISTENING, "level": 4, "words": "Names the feeling at once."}
    shown = ask(kim, "proposed", session=revealed, **words)
    assert shown["version"] == "2" and '+4 = "Names the feeling at once."' in shown["lines"]
    assert ask(kim, "look", session=revealed)["open"]["newest"] == "1"
    for same in ("", RUBRIC.behaviours[0].anchors[3]):
        assert not ask(kim, "proposed", session=revealed, **{**words, "words": same})["lines"]
    done = ask(kim, "anchor", session=revealed, call="call-1", after="1", **words)
    assert done["version"] == "2" and done["look"]["open"]["newest"] == "2"
    listening = done["look"]["open"]["behaviours"][0]
    assert listening["now"][3] == words["words"] != listening["anchors"][3]
    with pytest.raises(Conflict, match="version 2 of behaviours was made meanwhile"):
        ask(kim, "anchor", session=revealed, call="call-1", after="1", **{**words, "level": 5})
    assert ask(kim, "form")["rubric"] == "behaviours.v2"


def test_an_indicator_is_dropped_and_a_rater_is_told(all_of_us: Everybody, revealed: str) -> None:
    kim = all_of_us.driver("kim")
    known = ask(kim, "look", session=revealed)["open"]["behaviours"][0]["indicators"]
    name = known[0]["id"]
    done = ask(kim, "drop", session=revealed, indicator=name, reason="never seen", **HERE)
    after = done["look"]["open"]["behaviours"][0]["indicators"]
    assert name not in [one["id"] for one in after]
    done = ask(kim, "tell", session=revealed, rater="ann", text="Read level 4 again.", **HERE)
    kinds = [(one["kind"], one["about"]) for one in case(done["look"])["outcomes"]]
    assert kinds == [("indicator", name), ("note", "ann")]


def test_figures_have_intervals_or_say_why_not(all_of_us: Everybody, revealed: str) -> None:
    found = ask(all_of_us.driver("ann"), "figures", session=revealed)
    (people,) = found["groups"]
    named = {one["name"] for one in people["figures"]}
    assert set(found["shown"]) <= named
    for one in people["figures"]:
        assert (one["value"] is None) == bool(one["why"]) and one["n"] >= 0
        assert one["low"] is not None or one["lacking"] or one["value"] is None
    assert {one["rater"] for one in found["severities"]} == {"ann", "bo"}


def test_the_page_of_the_session_can_be_saved(all_of_us: Everybody, revealed: str) -> None:
    answer = all_of_us.driver("kim").answer("report", {"session": revealed})
    assert answer.content == {"name": f"{revealed}.html"}
    assert secret("ann", LISTENING) in answer.buffers[0].decode().replace("&#39;", "'")


def test_decisions_of_others_and_without_reason_are_refused(
    all_of_us: Everybody, revealed: str
) -> None:
    kim, ann = all_of_us.driver("kim"), all_of_us.driver("ann")
    given = {"session": revealed, "level": 3, "after": 0, **HERE}
    with pytest.raises(NotAllowed, match="kim leads"):
        ask(ann, "decide", reason="mine", **given)
    with pytest.raises(ValueError, match="needs its reason"):
        ask(kim, "decide", reason=" ", **given)
    with pytest.raises(ValueError, match="N/A needs a reason"):
        ask(ann, "vote", reason="", **{**given, "level": None})
    with pytest.raises(NotAllowed, match="not a person who scores"):
        ask(kim, "vote", reason="", **given)
    with pytest.raises(UnknownName, match="no ask is called"):
        ask(kim, "ballots")


def test_a_rater_sees_what_they_had_begun_and_not_handed_in(all_of_us: Everybody) -> None:
    us = all_of_us
    session = called(us)
    hand_in(us, session, "ann", "call-1", LEVELS["ann"])
    bo = us.driver("bo")
    ask(bo, "join", session=session)
    ask(bo, f"desk.{session}.open", call="call-1")
    rated = {"do": "Rated", "behaviour": LISTENING, "level": 4}
    ask(bo, f"desk.{session}.event", call="call-1", event=rated)
    reveal(us.store, session, by="kim", keys=Keys(us.folder / "kim"))
    told = ask(us.driver("bo"), "look", session=session)["open"]["unsent"]
    assert told == [{"call": "call-1", "answers": [{"behaviour": LISTENING, "level": 4}]}]
    for who in ("ann", "kim"):
        assert ask(us.driver(who), "look", session=session)["open"]["unsent"] == []
    elsewhere = RoomDriver(us.driver("bo")._place, keys=Keys(us.folder / "another machine"))
    assert ask(elsewhere, "look", session=session)["open"]["unsent"] == []
