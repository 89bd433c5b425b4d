"""People in one room: a store, and a driver and a folder of keys for each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_fixtures import BEHAVIOURS, candidate, said

from qa_review.keep.answers import given
from qa_review.keep.calls import keep_call, keep_transcript
from qa_review.keep.store import Store, open_store
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal
from qa_review.meet.seats import join
from qa_review.widgets.place import Place
from qa_review.widgets.room import RoomDriver

CALLS = ("call-1", "call-2", "call-3")
LEVELS = {"ann": (2, 3, 3, 4, 3), "bo": (4, 3, 3, 2, 3)}
LISTENING = BEHAVIOURS[0]
HERE = {"call": "call-1", "behaviour": LISTENING}


@dataclass
class Everybody:
    """One store, and a driver and a folder of keys for each person."""

    store: Store
    folder: Path

    def driver(self, who: str, session_id: str = "") -> RoomDriver:
        place = Place(self.store, self.folder / "none", self.folder, "behaviours.v1", who)
        return RoomDriver(place, session_id=session_id, keys=Keys(self.folder / who))


def ask(driver: RoomDriver, ask: str, **given: Any) -> Any:
    """The content of an answer, which must be plain JSON."""
    return json.loads(json.dumps(driver.answer(ask, given).content, allow_nan=False))


def everybody(tmp_path: Path) -> Everybody:
    """People with three calls in their store."""
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    with store.writing() as unit:
        for call_id in CALLS:
            keep_call(unit, candidate(call_id).call)
            keep_transcript(unit, said(call_id))
    return Everybody(store, tmp_path)


def form(**more: Any) -> dict[str, Any]:
    return {
        "name": "March", "raters": ["ann", "bo"], "rubric": "behaviours.v1", "how": "picked",
        "picked": ["call-1", "call-2"], "count": 2, "seed": 3, "deadline": "2026-12-01",
        "automatic": False, "reviewed": False, **more,
    }  # fmt: skip


def called(us: Everybody, **more: Any) -> str:
    return str(ask(us.driver("kim"), "create", **form(**more))["session"])


def hand_in(us: Everybody, session: str, who: str, call: str, levels: Sequence[int]) -> None:
    """A ballot, given through the library."""
    seat = join(us.store, session, who, keys=Keys(us.folder / who))
    quote = seat.said(call).locate("no wonder you're fed up")
    seat.hand_in(call, [
        given(name, level, secret(who, name), [("for", quote)])
        for name, level in zip(BEHAVIOURS, levels, strict=True)
    ])  # fmt: skip


def hand_in_at_the_desk(
    us: Everybody, session: str, who: str, call: str, levels: Sequence[int]
) -> None:
    """A ballot, given by the events that the desk in the room sends."""
    driver = us.driver(who)
    ask(driver, "join", session=session)
    ask(driver, f"desk.{session}.look")
    ask(driver, f"desk.{session}.open", call=call)
    for name, level in zip(BEHAVIOURS, levels, strict=True):
        rated = {"do": "Rated", "behaviour": name, "level": level}
        wrote = {"do": "Wrote", "behaviour": name, "field": "comment", "text": secret(who, name)}
        quote = {"stance": "for", "turn": 2, "start": 0, "end": 12}
        quoted = {"do": "Quoted", "behaviour": name, "quote": quote}
        for event in (rated, wrote, quoted):
            ask(driver, f"desk.{session}.event", call=call, event=event)
    ask(driver, f"desk.{session}.hand_in", call=call)


def secret(who: str, behaviour: str) -> str:
    return f"{who}'s own words on {behaviour}"


def all_handed_in(us: Everybody) -> str:
    session = called(us)
    for who, levels in LEVELS.items():
        for call in ("call-1", "call-2"):
            hand_in(us, session, who, call, levels)
    return session


def all_revealed(us: Everybody) -> str:
    session = all_handed_in(us)
    reveal(us.store, session, by="kim", keys=Keys(us.folder / "kim"))
    return session


def case(look: Mapping[str, Any], name: str = f"call-1/{LISTENING}") -> dict[str, Any]:
    return next(one for one in look["open"]["cases"] if one["id"] == name)
