"""After the reveal: where raters differ, who moved, what is decided and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import store_fixtures as fixtures
from store_fixtures import BEHAVIOURS, candidate, new_session

from qa_review.base.errors import NotAllowed, StillSealed, UnknownName
from qa_review.grade.rubric import parse
from qa_review.grade.tomlkit import difference, with_anchor, without_indicator
from qa_review.keep.answers import NotObserved, TurnNote, given
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.calls import rubric_text, versions
from qa_review.keep.memory import MemoryStore
from qa_review.keep.rows import AuditRow, MasterRow
from qa_review.keep.store import read
from qa_review.meet import decisions
from qa_review.meet.choose import Choice
from qa_review.meet.compare import differences, master_levels, moves, ratings, totals
from qa_review.meet.frames import masters_frame, notes_frame, session_frames
from qa_review.meet.keys import Keys
from qa_review.meet.masters import masters_of
from qa_review.meet.opening import Revealed, reveal, revealed
from qa_review.meet.progress import before_after, revealed_sessions, severity_drift, severity_over
from qa_review.meet.seats import join
from qa_review.meet.sessions import create

NONE = NotObserved("nothing was said of it")
LISTENING, UNDERSTANDING, *_ = BEHAVIOURS
HERE = {"by": "kim", "call_id": "call-1", "behaviour": LISTENING}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def held(store, keys, *, raters=("ann", "bo", "cy"), name="March", calls=1, automatic=False,
         rubric=fixtures.RUBRIC_FILE, **levels) -> Revealed:  # fmt: skip
    """A revealed session; ``levels`` maps a rater to an answer for each behaviour, or for all."""
    choice = Choice(tuple(candidate(f"{name}-{n}" if name != "March" else f"call-{n}")
                          for n in range(1, calls + 1)), "by hand")  # fmt: skip
    made = create(store, name, choice, rubric=rubric, raters=raters, lead="kim",
                  keys=Keys(keys / "kim"), automatic=automatic)  # fmt: skip
    for rater in raters:
        place = join(store, made.id, rater, keys=Keys(keys / rater))
        answers = levels.get(rater, 3)
        answers = answers if isinstance(answers, list) else [answers] * len(BEHAVIOURS)
        scores = [given(n, a, f"{rater} on {n}") for n, a in zip(BEHAVIOURS, answers, strict=True)]
        for call_id in made.calls:
            place.hand_in(call_id, scores)
    return reveal(store, made.id, by="kim", keys=Keys(keys / "kim"))


class TestDifferences:
    def test_the_widest_come_first_and_a_split_on_opportunity_counts_as_two_levels(
        self, store, keys
    ):
        found = held(store, keys, ann=[1, 3, 3, 3, 4], bo=[4, 3, NONE, 4, 4], cy=[3, 3, 3, 4, 4])
        #            widths: 3; 0; N/A against 3: 2; 1; 0
        got = [(one.behaviour, one.width) for one in differences(found)]
        names = BEHAVIOURS
        assert got == [(names[0], 3), (names[2], 2), (names[3], 1), (names[1], 0), (names[4], 0)]
        first = differences(found)[0]
        assert [(p.rater, p.level, p.reason) for p in first.positions] == [
            ("ann", 1, "ann on listening"), ("bo", 4, "bo on listening"),
            ("cy", 3, "cy on listening"),
        ]  # fmt: skip
        assert first.spread == pytest.approx((14 / 9) ** 0.5)  # of 1, 4, 3: mean 8/3

    def test_of_equal_width_the_one_with_more_spread_comes_first(self, store, keys):
        found = held(store, keys, raters=("a", "b", "c", "d"), a=[1, 1, 3, 3, 3], b=[2, 1, 3, 3, 3],
                     c=[2, 3, 3, 3, 3], d=[3, 3, 3, 3, 3])  # fmt: skip
        #             spreads: of 1 2 2 3: 0.71; of 1 1 3 3: 1
        assert [one.behaviour for one in differences(found)[:2]] == [UNDERSTANDING, LISTENING]

    def test_statistics_take_levels_by_call_and_na_as_not_given(self, store, keys):
        found = held(store, keys, calls=2, ann=[1, 3, 3, 3, NONE], bo=4, cy=3)
        pooled = ratings(found)
        assert len(pooled.units) == 10 and set(pooled.calls) == {"call-1", "call-2"}
        assert pooled.scale == (1, 2, 3, 4, 5)
        assert pooled.absent.sum() == 2 and pooled.raters == ("ann", "bo", "cy")
        alone = ratings(found, LISTENING)
        assert alone.units == ("call-1", "call-2") and alone.values.tolist() == [[1, 4, 3]] * 2
        assert totals(found).values[0].tolist() == [37.5, 75.0, 50.0]

    def test_the_scorer_can_be_left_out(self, store, keys):
        found = held(store, keys, automatic=True, ann=4)
        assert ratings(found).raters == ("ann", "bo", "cy", SOFTWARE)
        assert ratings(found, software=False).raters == ("ann", "bo", "cy")


class TestVotes:
    def vote(self, store, found, rater, answer, behaviour=LISTENING, reason="heard it again"):
        decisions.vote(store, found.session.id, rater=rater, call_id="call-1", behaviour=behaviour,
                       answer=answer, reason=reason)  # fmt: skip

    def test_who_moved_and_towards_whom(self, store, keys):
        found = held(store, keys, ann=2, bo=4, cy=5)
        self.vote(store, found, "ann", 4)  # to bo's level
        self.vote(
            store, found, "cy", 3, UNDERSTANDING
        )  # nobody gave 3; it is nearer to ann's 2 than before, and as far from bo's 4
        self.vote(store, found, "bo", 4)  # stayed
        told = [(m.rater, m.before, m.after, m.towards) for m in moves(revealed(store,
                found.session.id))]  # fmt: skip
        assert told == [("ann", 2, 4, ("bo",)), ("cy", 5, 3, ("ann",))]
        after = ratings(revealed(store, found.session.id), LISTENING, when="discussed")
        assert after.values.tolist() == [[4, 4, 5]]
        assert ratings(revealed(store, found.session.id), LISTENING).values.tolist() == [[2, 4, 5]]

    def test_a_move_to_and_from_na_is_towards_those_who_said_so(self, store, keys):
        found = held(store, keys, ann=NONE, bo=4, cy=2)
        self.vote(store, found, "ann", 3)
        self.vote(store, found, "bo", NONE, UNDERSTANDING)
        told = [(m.rater, m.before, m.after, m.towards) for m in moves(revealed(store,
                found.session.id))]  # fmt: skip
        assert told == [("ann", None, 3, ("bo", "cy")), ("bo", 4, None, ("ann",))]

    def test_the_last_vote_holds_and_only_people_who_scored_vote(self, store, keys):
        found = held(store, keys, automatic=True, ann=2)
        for answer in (4, 2):
            self.vote(store, found, "ann", answer)
        assert moves(revealed(store, found.session.id)) == ()
        for who in ("kim", SOFTWARE):
            with pytest.raises(NotAllowed, match="is not a person who scores"):
                self.vote(store, found, who, 4)
        with pytest.raises(NotAllowed, match="zed has no part"):
            self.vote(store, found, "zed", 4)


class TestDecisions:
    def test_nothing_is_decided_or_said_before_the_reveal(self, store, keys):
        made = new_session(store, keys)
        for deed in (
            lambda: decisions.decide(store, made.id, answer=3, reason="x", **HERE),
            lambda: decisions.remark(store, made.id, "x", **HERE),
            lambda: decisions.tell_rater(store, made.id, rater="ann", text="x", **HERE),
        ):
            with pytest.raises(StillSealed):
                deed()
        assert not [row for row in read(store, AuditRow) if "decided" in row.what]

    def test_a_master_score_has_its_reason_and_its_history(self, store, keys):
        found = held(store, keys, ann=2, bo=4)
        decisions.decide(store, found.session.id, answer=3, reason="as anchor 3 says", **HERE)
        decisions.decide(store, found.session.id, answer=NONE, reason="no, nothing", **HERE)
        now = revealed(store, found.session.id)
        assert [(row.number, row.level) for row in read(store, MasterRow)] == [(1, 3), (2, None)]
        assert now.master("call-1", LISTENING).why_none == "nothing was said of it"
        assert master_levels(now) == {}
        decisions.decide(store, found.session.id, answer=4, reason="settled", **HERE)
        assert master_levels(revealed(store, found.session.id), LISTENING) == {"call-1": 4.0}

    @pytest.mark.parametrize(
        ("change", "error", "told"),
        [
            ({"by": "ann"}, NotAllowed, "kim leads .* and decides, not ann"),
            ({"by": "zed"}, NotAllowed, "zed has no part"),
            ({"call_id": "call-9"}, UnknownName, "call of this session"),
            ({"behaviour": "manners"}, UnknownName, "behaviour"),
            ({"answer": 6}, ValueError, "1 to 5 or N/A, not 6"),
            ({"answer": True}, ValueError, "1 to 5 or N/A, not True"),
            ({"reason": " "}, ValueError, "needs its reason"),
        ],
    )
    def test_what_is_no_decision_is_refused(self, store, keys, change, error, told):
        found = held(store, keys)
        asked = {**HERE, "answer": 3, "reason": "because", **change}
        with pytest.raises(error, match=told):
            decisions.decide(store, found.session.id, **asked)
        assert not read(store, MasterRow)

    def test_an_anchor_in_other_words_is_a_new_version_with_a_difference_to_read(self, store, keys):
        found = held(store, keys)
        made = decisions.edit_anchor(store, found.session.id, level=4, words="Names the feeling.",
                                     **HERE)  # fmt: skip
        assert made.version == "2"
        changed = [line for line in made.difference.splitlines() if line[0] in "+-"]
        assert changed[:2] == ["--- behaviours.v1.toml", "+++ behaviours.v2.toml"]
        assert '+4 = "Names the feeling."' in changed and len(changed) == 6
        assert parse(made.text, "x").behaviour(LISTENING).anchors[3] == "Names the feeling."
        again = decisions.edit_anchor(store, found.session.id, level=5, words="Always.", **HERE)
        assert again.version == "3" and '4 = "Names the feeling."' in again.text
        with store.reading() as reader:
            known = versions(reader, "behaviours")
            assert [one.version for one in known] == ["1", "2", "3"]
            assert rubric_text(reader, known[0]) == fixtures.RUBRIC_FILE.read_text()
        kinds = [(o.kind, o.about, o.version) for o in revealed(store, found.session.id).outcomes]
        assert kinds == [("anchor", "4", "2"), ("anchor", "5", "3")]

    def test_an_indicator_is_dropped_everywhere(self, store, keys):
        found = held(store, keys)
        made = decisions.drop_indicator(store, found.session.id, indicator="ack_content",
                                        reason="nobody agrees what it is", **HERE)  # fmt: skip
        rubric = parse(made.text, "x")
        assert "ack_content" not in {one.id for one in rubric.indicators}
        assert "ack_content" not in rubric.behaviour(LISTENING).points
        groups = [g for s in rubric.behaviour(LISTENING).steps for g in s.any_of]
        assert groups and not any("ack_content" in group for group in groups)
        with pytest.raises(UnknownName, match="no indicator is called 'smiles'"):
            decisions.drop_indicator(store, found.session.id, indicator="smiles", reason="x",
                                     **HERE)  # fmt: skip

    def test_a_note_to_a_rater_is_kept(self, store, keys):
        found = held(store, keys)
        decisions.tell_rater(store, found.session.id, rater="ann", text="hear 0:40", **HERE)
        decisions.remark(store, found.session.id, "we heard it twice", **{**HERE, "by": "bo"})
        now = revealed(store, found.session.id)
        assert [(o.kind, o.about, o.text) for o in now.outcomes] == [("note", "ann", "hear 0:40")]
        assert [(r.by, r.text) for r in now.remarks] == [("bo", "we heard it twice")]


def test_editing_keeps_comments_and_refuses_what_changes_nothing():
    text = fixtures.RUBRIC_FILE.read_text()
    after = with_anchor(text, LISTENING, 1, "Interrupts.", version="2")
    assert after.count("#") == text.count("#")
    assert len(difference(text, after, names=("a", "b")).splitlines()) == 12
    with pytest.raises(ValueError, match="reads so already"):
        with_anchor(after, LISTENING, 1, "Interrupts.", version="3")
    with pytest.raises(UnknownName, match="no indicator is called 'ack'"):
        without_indicator(text, "ack", version="2")


def test_the_next_session_shows_agreement_before_and_after_the_change(store, keys, tmp_path):
    before = held(store, keys, calls=4, ann=2, bo=4)
    made = decisions.edit_anchor(store, before.session.id, level=4, words="Names it.", **HERE)
    file = tmp_path / "behaviours.v2.toml"
    file.write_text(made.text)
    unrelated = held(store, keys, name="April", calls=4)
    after = held(store, keys, name="May", calls=4, rubric=file)
    sessions = revealed_sessions(store, "behaviours")
    assert [one.session.id for one in sessions] == [
        one.session.id for one in (before, unrelated, after)
    ]
    assert before_after(sessions, before) == before_after(sessions, unrelated) == ()
    (change,) = before_after(sessions, after, names=["exact"])
    assert change.outcome.about == "4" and change.after_session == after.session.id
    assert (change.before.value, change.after.value) == (0.0, 1.0)  # 2, 4, 3; then all 3
    later = held(store, keys, name="June", calls=4, rubric=file)
    assert before_after(revealed_sessions(store, "behaviours"), later) == ()
    rows = severity_drift(revealed_sessions(store, "behaviours"))
    ann = [row.mean.value for row in rows if row.rater == "ann" and row.against == "others"]
    assert ann == [pytest.approx(-1.5), 0.0, 0.0, 0.0]


class TestMasters:
    def test_every_decided_call_is_a_review_to_fit_to(self, store, keys):
        found = held(store, keys, calls=3, ann=2, bo=4)
        for call_id in ("call-1", "call-2"):
            for name in BEHAVIOURS:
                decisions.decide(store, found.session.id, by="kim", call_id=call_id, behaviour=name,
                                 answer=NONE if name == "learning" else 4, reason="r")  # fmt: skip
        made = masters_of(store, "behaviours")
        assert [one.call.id for one in made] == ["call-1", "call-2"]
        levels = {score.behaviour: score.level for score in made[0].scores}
        assert levels == {**dict.fromkeys(BEHAVIOURS, 4), "learning": None}
        assert made[0].transcript == fixtures.said("call-1") and made[0].overall.value == 75

    def test_where_the_scorer_was_a_rater_trust_takes_what_people_gave_blind(self, store, keys):
        found = held(store, keys, automatic=True, ann=2, bo=5, cy=[4, NONE, 4, 4, 4])
        for name in BEHAVIOURS:
            decisions.decide(store, found.session.id, by="kim", call_id="call-1", behaviour=name,
                             answer=3, reason="as the scorer says")  # fmt: skip
        blind = {
            s.behaviour: s.level for s in masters_of(store, "behaviours", blind=True)[0].scores
        }
        assert blind[LISTENING] == 4  # the middle of 2, 4, 5
        assert blind[UNDERSTANDING] == 2  # the lower of 2 and 5
        given_all = {s.level for s in masters_of(store, "behaviours")[0].scores}
        assert given_all == {3}

    def test_without_the_scorer_the_master_is_taken_blind_or_not(self, store, keys):
        found = held(store, keys, ann=2, bo=5)
        decisions.decide(store, found.session.id, answer=3, reason="r", **HERE)
        for blind in (True, False):
            (made,) = masters_of(store, "behaviours", blind=blind)
            assert [score.level for score in made.scores] == [3]


def test_severity_over_sessions_counts_every_call_once_a_session(store, keys):
    for name in ("March", "April"):
        held(store, keys, name=name, calls=5, ann=2, bo=4)
    over = severity_over(revealed_sessions(store, "behaviours"))
    ann = next(one for one in over if one.rater == "ann")
    assert (ann.mean.value, ann.mean.n, ann.calls) == (pytest.approx(-1.5), 50, 10)  # cy gave 3
    assert ann.mean.lacking == 0  # ten calls: enough for a difference, one session is not


def test_a_scorer_that_left_a_behaviour_open_counts_in_no_figure(store, keys):
    one = candidate("call-1")
    review = one.review
    unsure = replace(review.scores[0], level=None, why_none="as likely", abstained=True)
    choice = Choice((replace(one, review=replace(review, scores=(unsure, *review.scores[1:]))),),
                    "by hand")  # fmt: skip
    made = create(store, "March", choice, rubric=fixtures.RUBRIC_FILE, raters=["ann", "bo"],
                  lead="kim", keys=Keys(keys), automatic=True)  # fmt: skip
    for rater in ("ann", "bo"):
        place = join(store, made.id, rater, keys=Keys(keys))
        place.hand_in("call-1", fixtures.scores(3))
    found = reveal(store, made.id, by="kim", keys=Keys(keys))
    (listening,) = [d for d in differences(found) if d.behaviour == LISTENING]
    assert listening.width == 0 and [p.abstained for p in listening.positions] == [0, 0, 1]
    given_listening = ratings(found, LISTENING)
    assert given_listening.raters == ("ann", "bo") and not given_listening.absent.any()


def test_comments_on_turns_and_all_masters_are_frames_too(store, keys):
    found = held(store, keys, ann=2)
    decisions.decide(store, found.session.id, answer=3, reason="so", **HERE)
    table = masters_frame(masters_of(store, "behaviours"))
    assert table[["call", "behaviour", "level"]].values.tolist() == [["call-1", LISTENING, 3]]
    other = MemoryStore()
    made = new_session(other, keys)
    place = join(other, made.id, "ann", keys=Keys(keys))
    place.hand_in("call-1", fixtures.scores(3), notes=[TurnNote(3, "upset")])
    notes = notes_frame(reveal(other, made.id, by="kim", keys=Keys(keys)))
    assert notes[["rater", "turn", "text"]].values.tolist() == [["ann", 3, "upset"]]


def test_what_only_one_rater_scored_is_kept_but_is_no_difference(store, keys):
    made = new_session(store, keys, calls=2)
    for rater, calls in (("ann", ("call-1", "call-2")), ("bo", ("call-1",))):
        place = join(store, made.id, rater, keys=Keys(keys / rater))
        for call_id in calls:
            place.hand_in(call_id, fixtures.scores(4))
    found = reveal(store, made.id, by="kim", keys=Keys(keys))
    assert {one.call_id for one in differences(found)} == {"call-1"}
    assert set(session_frames(found)["ballots"]["call"]) == {"call-1", "call-2"}
    assert ratings(found, LISTENING).units == ("call-1", "call-2")
    with pytest.raises(NotAllowed, match="bo handed in no ballot of 'call-2'"):
        decisions.vote(store, made.id, rater="bo", call_id="call-2", behaviour=LISTENING, answer=3)


def test_master_scores_of_two_sessions_on_a_call_are_put_together(store, keys):
    first = held(store, keys)
    for name in BEHAVIOURS:
        decisions.decide(store, first.session.id, by="kim", call_id="call-1", behaviour=name,
                         answer=2, reason="so")  # fmt: skip
    again = create(store, "Again", Choice((candidate("call-1"),), "by hand"),
                   rubric=fixtures.RUBRIC_FILE, raters=["ann", "bo"], lead="kim",
                   keys=Keys(keys / "kim"), reviewed=True)  # fmt: skip
    reveal(store, again.id, by="kim", keys=Keys(keys / "kim"))
    decisions.decide(store, again.id, answer=5, reason="on second thoughts", **HERE)
    (made,) = masters_of(store, "behaviours")
    assert [score.level for score in made.scores] == [5, 2, 2, 2, 2]


def test_frames_are_tidy_and_hold_what_happened(store, keys):
    found = held(store, keys, ann=[2, NONE, 3, 3, 3], bo=4)
    decisions.vote(store, found.session.id, rater="ann", call_id="call-1", behaviour=LISTENING,
                   answer=4, reason="yes")  # fmt: skip
    decisions.decide(store, found.session.id, answer=4, reason="agreed", **HERE)
    frames = session_frames(revealed(store, found.session.id))
    assert len(frames["ballots"]) == 15
    first = frames["ballots"].iloc[0]
    assert (first["behaviour"], first["rater"], first["level"], first["then"]) == (
        LISTENING, "ann", 2, 4,
    )  # fmt: skip
    assert frames["moves"]["towards"].tolist() == ["bo"]
    assert frames["decisions"]["level"].tolist() == [4]
    agreement = frames["agreement"].set_index(["of", "figure", "when"])
    assert agreement.loc[(LISTENING, "exact", "blind"), "n"] == 1
    missing = frames["agreement"]["value"].isna()
    assert missing.any() and frames["agreement"]["why"].notna().equals(missing)
    assert set(frames["severity"]["against"]) == {"others", "master"}
    assert all(str(kind) != "object" for f in frames.values() for kind in f.dtypes)
