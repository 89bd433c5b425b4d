"""The desk over a sealed session: what a rater writes is nobody else's until the reveal."""

from __future__ import annotations

import json
import os

import pytest
from desk_fixtures import BEHAVIOURS, asked, done, rated
from store_fixtures import new_session

from qa_review.base.errors import NotAllowed
from qa_review.keep.store import open_store
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal
from qa_review.meet.seats import join
from qa_review.widgets.desk import DeskDriver
from qa_review.widgets.place import Place
from qa_review.widgets.trays import BallotTray

WORDS = "the customer had to say it thrice"


@pytest.fixture
def store(tmp_path):
    return open_store(f"sqlite:{tmp_path / 'qa.db'}")


@pytest.fixture
def session(store, tmp_path):
    return new_session(store, tmp_path / "keys kim", calls=2)


def desk_of(rater, store, session, tmp_path):
    seat = join(store, session.id, rater, keys=Keys(tmp_path / f"keys {rater}"))
    place = Place(store, tmp_path / "none", tmp_path, "behaviours.v1", rater)
    return DeskDriver(BallotTray(seat, place, drafts=tmp_path / f"drafts {rater}"), place)


COMMENT = {"do": "Wrote", "behaviour": "listening", "field": "comment", "text": WORDS}


def everything(tmp_path, but):
    """Every byte below the folder, but what lies in folders with this in their name."""
    return b"".join(
        path.read_bytes()
        for path in sorted(tmp_path.rglob("*"))
        if path.is_file() and but not in str(path.parent)
    )


def test_a_draft_and_a_ballot_are_readable_by_their_rater_alone(store, session, tmp_path):
    desk = desk_of("ann", store, session, tmp_path)
    assert asked(desk, "look")["first"] == "call-1"
    done(desk, "call-1", *rated(4), COMMENT)
    assert WORDS.encode() not in everything(tmp_path, but="drafts ann")
    (draft,) = (tmp_path / "drafts ann").glob("*.jsonl")
    assert WORDS.encode() in draft.read_bytes()  # else the search above shows nothing
    if os.name == "posix":
        assert draft.stat().st_mode & 0o077 == 0
    asked(desk, "hand_in", call="call-1")
    assert not draft.exists()
    assert WORDS.encode() not in everything(tmp_path, but="nothing")
    assert asked(desk, "open", call="call-1")["form"]["marks"]["listening"]["comment"] == WORDS


def test_a_ballot_can_be_changed_without_a_reason_until_the_reveal(store, session, tmp_path):
    desk = desk_of("ann", store, session, tmp_path)
    done(desk, "call-1", *rated(4))
    asked(desk, "hand_in", call="call-1")
    done(desk, "call-1", {"do": "Reopened", "why": ""}, *rated(2)[:1])
    asked(desk, "hand_in", call="call-1")
    done(desk, "call-1", {"do": "Reopened", "why": ""}, *rated(5)[:1])
    revealed = reveal(store, session.id, by="kim", keys=Keys(tmp_path / "keys kim"))
    assert revealed.ballot("ann", "call-1").score("listening").level == 2
    with pytest.raises(NotAllowed, match="revealed"):
        asked(desk, "hand_in", call="call-1")
    # what was written is still there to be read
    assert asked(desk, "open", call="call-1")["form"]["marks"]["listening"]["level"] == 5


def test_a_desk_of_ballots_shows_no_scorer_and_no_agent(store, session, tmp_path):
    desk = desk_of("bo", store, session, tmp_path)
    done(desk, "call-1", *rated(3))
    asked(desk, "hand_in", call="call-1")
    told = [asked(desk, "look"), asked(desk, "open", call="call-1")]
    assert told[1]["automatic"] is None and told[1]["agent_name"] == ""
    assert "as counted" not in json.dumps(told)
    assert not told[0]["blind"]  # nothing waits to be shown
    assert [one["id"] for one in told[0]["behaviours"]] == list(BEHAVIOURS)
