"""Disputes: opened in time with a reason, decided by somebody else, kept in the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import store_fixtures as fixtures
from store_fixtures import BEHAVIOURS, InMemory, InSQLite, candidate, scores

from qa_review.base.errors import NotAllowed, QuoteNotFound, UnknownName
from qa_review.keep import audit
from qa_review.keep.answers import NotObserved
from qa_review.keep.audit import SOFTWARE, breaks
from qa_review.keep.calls import keep_call
from qa_review.keep.memory import MemoryStore
from qa_review.keep.revisions import history, save_automatic, save_review
from qa_review.keep.rows import DisputeRow, RulingRow
from qa_review.keep.store import Store, open_store, read
from qa_review.meet.disputes import all_disputes, open_dispute, rule
from qa_review.meet.frames import disputes_frame
from qa_review.meet.trends import dispute_trends

LISTENING = BEHAVIOURS[0]
WHY = "I did let her finish, at 0:40"


def reviewed(store: Store, call_id: str = "call-1", *, reviewer: str = "ann", level: int = 2):
    """A call of Dev's with a review that was handed in."""
    with store.writing() as unit:
        keep_call(unit, replace(candidate(call_id).call, agent="dev"))
    return save_review(store, fixtures.RUBRIC, fixtures.said(call_id), scores(level),
                       reviewer=reviewer, after=0, submit=True)  # fmt: skip


def opened(store: Store, call_id: str = "call-1", **more: object):
    return open_dispute(store, call_id, LISTENING, **{"agent": "dev", "reason": WHY, **more})


class DisputeContract:
    def test_a_changed_score_is_a_new_revision_whose_history_says_why(self, store):
        reviewed(store)
        quote = fixtures.said().locate("my bin was missed")
        made = opened(store, quotes=[quote])
        assert (made.id, made.outcome, made.given, made.revision) == ("d-0001", "open", 2, 1)
        ended = rule(store, made.id, by="kim", answer=4, reason="she was heard out")
        assert (ended.outcome, ended.level, ended.ruled_by) == ("changed", 4, "kim")
        assert all_disputes(store) == (ended,) and ended.quotes == (quote,)
        with store.reading() as reader:
            before, after = history(reader, "call-1")
            assert breaks(reader) == []
        assert after.reviewer == "ann" and after.by == "kim" and after.number == 2
        assert after.why == "dispute d-0001: she was heard out"
        assert [s.level for s in after.scores] == [4, 2, 2, 2, 2]
        assert after.scores[0].evidence == before.scores[0].evidence
        assert (before.overall.value, after.overall.value) == (25.0, 35.0)

    def test_a_score_that_stands_keeps_the_review_as_it_is(self, store):
        made = reviewed(store)
        ended = rule(store, opened(store).id, by="kim", reason="the recording says otherwise")
        assert (ended.outcome, ended.level) == ("stands", 2)
        with store.reading() as reader:
            assert history(reader, "call-1") == (made,)

    def test_a_scorers_level_that_was_changed_stays_when_it_scores_again(self, store):
        review = candidate().review
        with store.writing() as unit:
            save_automatic(unit, review)
        made = opened(store, agent="dev")
        rule(store, made.id, by="kim", answer=5, reason="plain to hear")
        with store.writing() as unit:
            kept = save_automatic(unit, review)
        assert kept.scores[0].level == 5 and kept.by == "kim"
        newer = replace(review, rubric=replace(review.rubric, version="2", digest="2" * 16))
        with store.writing() as unit:
            assert save_automatic(unit, newer).by == SOFTWARE


class TestInMemory(InMemory, DisputeContract):
    pass


class TestInSQLite(InSQLite, DisputeContract):
    pass


class TestInPostgreSQL(DisputeContract):
    @pytest.fixture(params=fixtures.ONE_POSTGRESQL)
    def store(self, request):
        return open_store(fixtures.new_database(request.param))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"reason": " "}, ValueError, "needs a reason"),
        ({"agent": "eve"}, NotAllowed, "'call-1' is a call of dev, not of eve"),
        ({"agent": ""}, ValueError, "the agent's name"),
        ({"reviewer": "bo"}, UnknownName, "review of 'call-1' is called 'bo'; there is ann"),
        ({"rubric_id": "craft"}, UnknownName, "there is none"),
    ],
)
def test_what_is_no_dispute_is_refused(store, change, error, told):
    reviewed(store)
    with pytest.raises(error, match=told):
        opened(store, **change)
    assert not read(store, DisputeRow)


def test_a_draft_is_not_disputed_and_one_of_several_reviews_is_named(store):
    save_review(store, fixtures.RUBRIC, fixtures.said(), scores(), reviewer="bo", after=0)
    with store.writing() as unit:
        keep_call(unit, candidate().call)
    with pytest.raises(UnknownName, match="there is none"):
        opened(store)
    reviewed(store)
    save_review(store, fixtures.RUBRIC, fixtures.said(), scores(), reviewer="bo", after=1,
                submit=True)  # fmt: skip
    with pytest.raises(ValueError, match="has reviews by ann, bo: say which one"):
        opened(store)
    assert opened(store, reviewer="bo").reviewer == "bo"


def test_a_quote_that_nobody_said_is_refused(store):
    reviewed(store)
    quote = replace(fixtures.said().locate("my bin"), text="my car")
    with pytest.raises(QuoteNotFound, match="turn 1 does not say 'my car' there"):
        opened(store, quotes=[quote])


def test_a_dispute_comes_in_time_or_not_at_all(store, monkeypatch):
    old = datetime.now(UTC) - timedelta(days=14, minutes=1)
    monkeypatch.setattr("qa_review.keep.revisions.now", lambda: old.isoformat())
    reviewed(store)
    monkeypatch.undo()
    with pytest.raises(NotAllowed, match="could be disputed for 14 days, until 20"):
        opened(store)
    longer = replace(fixtures.RUBRIC, settings={"disputes.window_days": 15})
    monkeypatch.setattr("qa_review.meet.disputes.rubric_of", lambda reader, version: longer)
    assert opened(store).outcome == "open"


def test_a_score_is_disputed_once_and_decided_once(store):
    reviewed(store)
    made = opened(store)
    with pytest.raises(NotAllowed, match="is disputed: d-0001"):
        opened(store)
    rule(store, made.id, by="kim", reason="no")
    with pytest.raises(NotAllowed, match="was decided by kim at 20"):
        rule(store, made.id, by="lou", reason="yes", answer=5)
    with pytest.raises(NotAllowed, match="was disputed and decided: d-0001"):
        opened(store)
    assert len(read(store, RulingRow)) == 1


def test_who_gave_the_score_does_not_decide(store):
    reviewed(store)
    made = opened(store)
    for who, told in (("ann", "ann gave the score"), ("dev", "dev opened d-0001")):
        with pytest.raises(NotAllowed, match=told):
            rule(store, made.id, by=who, reason="so")
    with pytest.raises(ValueError, match="needs its reason"):
        rule(store, made.id, by="kim", reason="")
    with pytest.raises(ValueError, match="listening was 2: then the score stands"):
        rule(store, made.id, by="kim", reason="so", answer=2)
    with pytest.raises(UnknownName, match="no dispute is called 'd-7'; there is d-0001"):
        rule(store, "d-7", by="kim", reason="so")
    assert not read(store, RulingRow)


def test_who_changed_a_score_on_dispute_does_not_decide_about_that(store):
    reviewed(store)
    rule(store, opened(store).id, by="kim", answer=NotObserved("cut off"), reason="line went")
    again = opened(store)
    assert again.given is None and again.revision == 2
    with pytest.raises(NotAllowed, match="kim gave the score"):
        rule(store, again.id, by="kim", reason="so")
    assert rule(store, again.id, by="lou", answer=3, reason="so").level == 3


def test_who_decided_about_another_behaviour_may_decide_about_this_one(store):
    reviewed(store)
    rule(store, opened(store).id, by="kim", answer=4, reason="so")
    other = open_dispute(store, "call-1", "ownership", agent="dev", reason=WHY)
    assert rule(store, other.id, by="kim", reason="no").outcome == "stands"


def test_a_score_that_its_reviewer_mended_meanwhile_was_changed_all_the_same(store):
    reviewed(store)
    made = opened(store)
    again = (*scores(4)[:1], *scores(2)[1:])
    save_review(store, fixtures.RUBRIC, fixtures.said(), again, reviewer="ann", after=1,
                submit=True, why="heard again")  # fmt: skip
    ended = rule(store, made.id, by="kim", answer=4, reason="so")
    assert (ended.outcome, ended.given, ended.level) == ("changed", 2, 4)
    with store.reading() as reader:
        assert len(history(reader, "call-1")) == 2


def test_trends_count_by_behaviour_rater_and_month(store):
    for number, reviewer in enumerate(("ann", "ann", "bo", "bo"), 1):
        reviewed(store, f"call-{number}", reviewer=reviewer)
        made = opened(store, f"call-{number}")
        if number < 4:
            answer = 4 if number == 1 else None
            rule(store, made.id, by="kim", reason="so", answer=answer)
    told = dispute_trends(all_disputes(store)).set_index(["by", "name"])
    row = told.loc[("behaviour", LISTENING)]
    assert (row["opened"], row["decided"], row["changed"]) == (4, 3, 1)
    assert row["changed_share"] == pytest.approx(1 / 3)
    # Wilson, 1 of 3 at 95 %: 0.0615 to 0.7923
    assert (row["low"], row["high"]) == (pytest.approx(0.0615, abs=1e-4),
                                         pytest.approx(0.7923, abs=1e-4))  # fmt: skip
    assert told.loc[("rater", "ann"), "changed"] == 1 and told.loc[("rater", "bo"), "opened"] == 2
    assert told.loc[("month", audit.now()[:7]), "opened"] == 4
    table = disputes_frame(all_disputes(store))
    assert table["outcome"].tolist() == ["changed", "stands", "stands", "open"]
    assert dispute_trends(()).empty
