"""A calibration session from its creation to the reveal, on every kind of store."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
import store_fixtures as fixtures
from store_fixtures import BEHAVIOURS, InMemory, InSQLite, candidate, new_session, scores

from qa_review.base.errors import (
    Conflict,
    NotAllowed,
    QuoteNotFound,
    StillSealed,
    UnknownName,
)
from qa_review.keep.answers import NotObserved, TurnNote, given
from qa_review.keep.audit import SOFTWARE, breaks
from qa_review.keep.memory import MemoryStore
from qa_review.keep.revisions import save_automatic, save_review
from qa_review.keep.rows import (
    KINDS,
    AuditRow,
    CommitmentRow,
    JoinRow,
    RevealRow,
    ReviewRow,
)
from qa_review.keep.store import Store, open_store, read
from qa_review.meet.choose import Choice, at_random, by_hand, most_uncertain
from qa_review.meet.keys import Keys
from qa_review.meet.opening import Revealed, reveal, revealed
from qa_review.meet.seats import Seat, join
from qa_review.meet.sessions import all_sessions, call_off, create, session


class InPostgreSQL:
    @pytest.fixture(params=fixtures.ONE_POSTGRESQL)
    def store(self, request: pytest.FixtureRequest) -> Store:
        return open_store(fixtures.new_database(request.param))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def seat(store: Store, session_id: str, rater: str, keys: Path) -> Seat:
    return join(store, session_id, rater, keys=Keys(keys / rater))


def held(store: Store, keys: Path, *, calls: int = 2, **levels: int) -> Revealed:
    """A revealed session in which each rater gave one level throughout."""
    made = new_session(store, keys, calls=calls)
    for rater, level in (levels or {"ann": 4, "bo": 2}).items():
        place = seat(store, made.id, rater, keys)
        for call_id in made.calls:
            place.hand_in(call_id, scores(level, f"by {rater}"))
    return reveal(store, made.id, by="kim", keys=Keys(keys))


class SessionContract:
    def test_a_session_goes_from_creation_to_the_reveal(self, store, keys):
        made = new_session(store, keys, calls=2)
        assert made.waiting_for == (
            ("ann", "call-1"), ("ann", "call-2"), ("bo", "call-1"), ("bo", "call-2"),
        )  # fmt: skip
        ann = seat(store, made.id, "ann", keys)
        ann.hand_in("call-1", scores(4), notes=[TurnNote(1, "she was upset")])
        seat(store, made.id, "bo", keys).hand_in("call-1", scores(2))
        now = session(store, made.id)
        assert now.done == {"ann": ("call-1",), "bo": ("call-1",)}
        assert now.joined == ("ann", "bo") and not now.revealed_at
        found = reveal(store, made.id, by="kim", keys=Keys(keys))
        assert found.problems == () and found.spoiled == ()
        assert found.missing == (("ann", "call-2"), ("bo", "call-2"))
        mine = found.ballot("ann", "call-1")
        assert mine.notes == (TurnNote(1, "she was upset"),)
        assert [score.level for score in mine.scores] == [4] * len(BEHAVIOURS)
        assert mine.scores[0].evidence[0].quote.text == "missed again"
        assert revealed(store, made.id) == found
        with store.reading() as reader:
            assert breaks(reader) == []

    def test_a_ballot_is_handed_in_again_until_the_reveal(self, store, keys):
        made = new_session(store, keys)
        ann = seat(store, made.id, "ann", keys)
        assert ann.mine("call-1") is None
        ann.hand_in("call-1", scores(2), after=0)
        ann.hand_in("call-1", scores(5), after=1)
        assert ann.mine("call-1").number == 2
        found = reveal(store, made.id, by="kim", keys=Keys(keys))
        assert [(b.number, b.scores[0].level) for b in found.ballots] == [(2, 5)]
        with pytest.raises(NotAllowed, match="no longer taken"):
            ann.hand_in("call-1", scores(1))
        assert revealed(store, made.id) == found

    def test_two_windows_of_one_rater_do_not_overwrite_each_other(self, store, keys):
        made = new_session(store, keys)
        one, other = (seat(store, made.id, "ann", keys) for _ in range(2))
        one.hand_in("call-1", scores(2), after=0)
        with pytest.raises(Conflict, match=r"ballot 1 of 'call-1' was handed in at 20"):
            other.hand_in("call-1", scores(5), after=0)
        assert other.mine("call-1").scores[0].level == 2

    def test_the_reveal_happens_once_and_is_logged(self, store, keys):
        made = held(store, keys)
        with pytest.raises(NotAllowed, match="was revealed by kim at 20"):
            reveal(store, made.session.id, by="kim", keys=Keys(keys))
        told = [row for row in read(store, AuditRow) if row.what == "session revealed"]
        assert [(row.by, row.subject) for row in told] == [("kim", made.session.id)]

    def test_the_scorer_takes_part_as_a_rater(self, store, keys):
        made = new_session(store, keys, automatic=True)
        assert made.raters == ("ann", "bo", SOFTWARE)
        assert made.done == {SOFTWARE: ("call-1",)}
        found = reveal(store, made.id, by="kim", keys=Keys(keys))
        assert [(b.rater, b.scores[0].level) for b in found.ballots] == [(SOFTWARE, 3)]

    def test_a_call_that_is_being_calibrated_takes_no_review(self, store, keys):
        made = new_session(store, keys, automatic=True)
        with pytest.raises(NotAllowed, match=f"being calibrated in session {made.id}"):
            save_review(store, fixtures.RUBRIC, fixtures.said(), scores(), reviewer="cy", after=0)
        with pytest.raises(NotAllowed, match="being calibrated"), store.writing() as unit:
            save_automatic(unit, candidate().review)
        reveal(store, made.id, by="kim", keys=Keys(keys))
        save_review(store, fixtures.RUBRIC, fixtures.said(), scores(), reviewer="cy", after=0)

    def test_sessions_are_listed_oldest_first(self, store, keys):
        names = [
            new_session(store, keys, name=name, reviewed=name == "April").id
            for name in ("March", "April")
        ]
        assert [one.id for one in all_sessions(store)] == names

    def test_a_session_that_was_called_off_frees_its_calls_and_opens_nothing(self, store, keys):
        made = new_session(store, keys)
        ann = seat(store, made.id, "ann", keys)
        ann.hand_in("call-1", scores(4))
        with pytest.raises(NotAllowed, match="only kim, who leads"):
            call_off(store, made.id, by="ann", reason="so")
        ended = call_off(store, made.id, by="kim", reason="key lost")
        assert (ended.state, ended.called_off) == ("called off", "key lost")
        for deed in (
            lambda: ann.hand_in("call-1", scores(5)),
            lambda: reveal(store, made.id, by="kim", keys=Keys(keys)),
            lambda: call_off(store, made.id, by="kim", reason="again"),
        ):
            with pytest.raises(NotAllowed, match="called off"):
                deed()
        with pytest.raises(StillSealed):
            revealed(store, made.id)
        save_review(store, fixtures.RUBRIC, fixtures.said(), scores(), reviewer="cy", after=0)
        assert new_session(store, keys, reviewed=True).state == "sealed"


class TestInMemory(InMemory, SessionContract):
    pass


class TestInSQLite(InSQLite, SessionContract):
    pass


class TestInPostgreSQL(InPostgreSQL, SessionContract):
    pass


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


# --- calling a session -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"raters": ["ann", "kim"]}, NotAllowed, "kim leads the session and holds the key"),
        ({"raters": ["ann"]}, ValueError, "at least two raters"),
        ({"raters": ["ann", "ann "]}, ValueError, "named twice"),
        ({"raters": ["ann", " "]}, ValueError, "not empty"),
        ({"raters": ["ann", "b\no"]}, ValueError, "printable"),
        ({"raters": ["ann", "QA_review"]}, ValueError, "name of the software"),
        ({"lead": ""}, ValueError, "not empty"),
        ({"name": " "}, ValueError, "needs a name"),
        ({"deadline": "tomorrow"}, ValueError, "2026-12-01T12:00, not 'tomorrow'"),
        ({"lead": "KIM ", "raters": ["ann", "kim"]}, NotAllowed, "holds the key"),
        ({"raters": ["Zo\u00eb", "Zoe\u0308"]}, ValueError, "named twice"),
    ],
)
def test_a_session_that_could_not_work_is_refused_and_leaves_nothing(
    store, keys, change, error, told
):
    asked = {"name": "March", "raters": ["ann", "bo"], "lead": "kim", **change}
    choice = Choice((candidate(),), "by hand")
    with pytest.raises(error, match=told):
        create(store, asked.pop("name"), choice, rubric=fixtures.RUBRIC_FILE, keys=Keys(keys),
               **asked)  # fmt: skip
    assert not any(read(store, kind) for kind in KINDS)
    assert not [path for path in keys.rglob("*") if path.is_file()]


def test_a_call_whose_scores_raters_could_read_is_refused(store, keys):
    save_review(store, fixtures.RUBRIC, fixtures.said(), scores(), reviewer="ann", after=0)
    with pytest.raises(NotAllowed, match="'call-1' has a review or notes by ann in this store"):
        new_session(store, keys)
    choice = Choice((candidate(),), "by hand")
    known = create(store, "March", choice, rubric=fixtures.RUBRIC_FILE, raters=["bo", "cy"],
                   lead="kim", keys=Keys(keys), reviewed=True)  # fmt: skip
    assert known.calls == ("call-1",)


def test_the_scorer_is_no_rater_where_its_review_can_be_read(store, keys):
    with store.writing() as unit:
        save_automatic(unit, candidate().review)
    with pytest.raises(NotAllowed, match="the scorer's own review of 'call-1'"):
        new_session(store, keys, automatic=True)
    assert new_session(store, keys).raters == ("ann", "bo")


def test_the_scorer_is_no_rater_on_a_rubric_that_it_did_not_score_on(store, keys):
    other = replace(candidate().review, rubric=replace(fixtures.RUBRIC.ref, digest="0" * 16))
    choice = Choice((replace(candidate(), review=other),), "by hand")
    with pytest.raises(NotAllowed, match="has not scored 'call-1'"):
        create(store, "March", choice, rubric=fixtures.RUBRIC_FILE, raters=["ann"], lead="kim",
               keys=Keys(keys), automatic=True)  # fmt: skip


def test_keys_are_files_that_only_their_owner_reads(store, keys):
    made = new_session(store, keys)
    seat(store, made.id, "ann", keys)
    files = [path for path in keys.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["rater-ann.key", f"session-{made.id}.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700


class TestChoosing:
    CALLS = tuple(candidate(f"call-{n}") for n in range(20))

    def test_by_hand_keeps_the_order(self):
        found = by_hand(self.CALLS, ["call-7", "call-2"])
        assert [one.call.id for one in found.calls] == ["call-7", "call-2"]
        with pytest.raises(UnknownName, match="no call is called 'call-99'"):
            by_hand(self.CALLS, ["call-99"])
        with pytest.raises(ValueError, match="'call-1' is named 2 times"):
            by_hand(self.CALLS, ["call-1", "call-1"])

    def test_at_random_the_same_seed_draws_the_same_whatever_the_order(self):
        one = at_random(self.CALLS, 5, seed=7)
        other = at_random(self.CALLS[::-1], 5, seed=7)
        assert one.calls == other.calls and len(set(c.call.id for c in one.calls)) == 5
        assert one.how == "at random with seed 7 from 20 calls"
        assert at_random(self.CALLS, 5, seed=8).calls != one.calls
        with pytest.raises(ValueError, match="20 calls to choose from, not 21"):
            at_random(self.CALLS, 21, seed=7)

    def test_the_most_uncertain_come_first(self):
        #                             chances of the likeliest level: 0.9, 0.3, 0.6
        sure = {"call-0": 0.9, "call-1": 0.3, "call-2": 0.6}
        found = []
        for call_id, chance in sure.items():
            one = candidate(call_id)
            rest = (1 - chance) / 4
            chances = (rest, rest, chance, rest, rest)
            marked = tuple(replace(s, chances=chances) for s in one.review.scores)
            found.append(replace(one, review=replace(one.review, scores=marked)))
        chosen = most_uncertain(found, 2)
        assert [one.call.id for one in chosen.calls] == ["call-1", "call-2"]
        with pytest.raises(ValueError, match="the scorer has scored 0 of these calls"):
            most_uncertain([replace(one, review=None) for one in found], 1)


# --- joining and scoring -----------------------------------------------------------------------


def test_a_seat_is_for_those_who_were_asked_and_bound_to_their_key(store, keys):
    made = new_session(store, keys)
    with pytest.raises(NotAllowed, match=r"cy is not a rater of march-.*; its raters are ann, bo"):
        seat(store, made.id, "cy", keys)
    assert seat(store, made.id, " ann", keys).rater == "ann"
    with pytest.raises(NotAllowed, match=r"ann joined march-.* with another key"):
        join(store, made.id, "ann", keys=Keys(keys / "somebody else"))
    with pytest.raises(UnknownName, match=f"no session is called 'june'; there is {made.id}"):
        seat(store, "june", "ann", keys)


def test_a_ballot_answers_every_behaviour_of_a_call_on_the_agenda(store, keys):
    ann = seat(store, new_session(store, keys).id, "ann", keys)
    with pytest.raises(ValueError, match="no answer for learning"):
        ann.hand_in("call-1", scores()[:-1])
    with pytest.raises(UnknownName, match="no call of this session is called 'call-9'"):
        ann.hand_in("call-9", scores())
    with pytest.raises(QuoteNotFound, match="turns 0 to 4"):
        ann.hand_in("call-1", scores(), notes=[TurnNote(5, "there is no such turn")])
    with pytest.raises(ValueError, match="N/A needs a reason"):
        given("learning", NotObserved(" "))
    assert not read(store, CommitmentRow)


# --- the reveal --------------------------------------------------------------------------------


def test_only_the_lead_with_the_key_reveals(store, keys):
    made = new_session(store, keys)
    with pytest.raises(NotAllowed, match="only kim, who leads"):
        reveal(store, made.id, by="ann", keys=Keys(keys))
    with pytest.raises(NotAllowed, match=r"session-march-.*\.key is missing"):
        reveal(store, made.id, by="kim", keys=Keys(keys / "elsewhere"))
    other = new_session(MemoryStore(), keys / "other")
    stolen = Keys(keys / "stolen")
    stolen.keep_seal(made.id, Keys(keys / "other").seal(other.id))
    with pytest.raises(NotAllowed, match="this is not the key of march"):
        reveal(store, made.id, by="kim", keys=stolen)
    assert not read(store, RevealRow)


def test_nothing_can_be_compared_before_the_reveal(store, keys):
    made = new_session(store, keys)
    seat(store, made.id, "ann", keys).hand_in("call-1", scores(4))
    with pytest.raises(StillSealed, match="not revealed yet; 1 ballots are outstanding"):
        revealed(store, made.id)
    found = held(MemoryStore(), keys / "other")
    with pytest.raises(StillSealed, match="is revealed by reveal"):
        replace(found, ballots=(), _made=None)


def test_a_revealed_session_keeps_reviews_apart(store, keys):
    held(store, keys)
    assert not read(store, ReviewRow)
    assert {row.rater for row in read(store, JoinRow)} == {"ann", "bo"}
