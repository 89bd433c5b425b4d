"""Reviews as people save them, and the audit trail, in every kind of store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import store_fixtures as fixtures
from store_fixtures import BEHAVIOURS, RUBRIC, candidate, said, scores

from qa_review.base.errors import Conflict, NotAllowed, QuoteNotFound, UnknownName
from qa_review.base.resources import rubric_path
from qa_review.capture.transcript import Quote
from qa_review.grade.rubric import load
from qa_review.grade.scores import Score
from qa_review.keep.answers import NotObserved, TurnNote, given, levels
from qa_review.keep.audit import breaks, digest_of, note, trail
from qa_review.keep.calls import transcript_of
from qa_review.keep.revisions import (
    Revision,
    changes,
    history,
    latest,
    review_of,
    save_automatic,
    save_review,
)
from qa_review.keep.rows import KINDS, AuditRow, NoteRow, TranscriptRow
from qa_review.keep.sqlalchemy import SqlStore, writer
from qa_review.keep.store import Store, read

FIRST, SECOND = BEHAVIOURS[:2]


def save(
    store: Store, answers: tuple[Score, ...], after: int, *, reviewer: str = "ann", **more: object
) -> Revision:
    return save_review(store, RUBRIC, said(), answers, reviewer=reviewer, after=after, **more)


def all_rows(store: Store) -> list[object]:
    return [read(store, kind) for kind in KINDS]


class ReviewContract:
    def test_a_draft_grows_into_a_review_and_every_revision_stays(self, store: Store) -> None:
        one = given(FIRST, 4, "listened", [("for", said().quote(2, 0, 12))])
        draft = save(store, (one,), 0, notes=[TurnNote(1, "fed up")])
        whole = save(store, scores(3), 1, submit=True)
        better = save(store, scores(5), 2, submit=True, why="heard it again")
        with store.reading() as reader:
            assert history(reader, "call-1") == (draft, whole, better)
            assert latest(reader, "call-1", RUBRIC.id, "ann") == better
            assert transcript_of(reader, "call-1", draft.transcript) == said()
        assert [r.number for r in (draft, whole, better)] == [1, 2, 3]
        assert [r.state for r in (draft, whole, better)] == ["draft", "submitted", "submitted"]
        assert draft.scores == (one,) and draft.notes == (TurnNote(1, "fed up"),)
        assert draft.at <= whole.at <= better.at and better.why == "heard it again"
        assert (whole.overall.value, better.overall.value) == (50.0, 100.0)  # 3 and 5 of 1 to 5
        assert len(read(store, TranscriptRow)) == 1  # the same words are kept once

    def test_people_s_reviews_of_one_call_lie_apart(self, store: Store) -> None:
        ann, bo = save(store, scores(2), 0), save(store, scores(4), 0, reviewer="bo")
        with store.reading() as reader:
            assert history(reader, "call-1") == (ann, bo)
            assert history(reader, "call-1", reviewer="bo") == (bo,)
            assert latest(reader, "call-1", RUBRIC.id, "cy") is None

    def test_a_conflict_says_who_when_and_what_and_writes_nothing(self, store: Store) -> None:
        save(store, scores(3)[:2], 0)
        theirs = save(store, scores(4)[:2], 1, by="kim")
        mine = (given(FIRST, 2), given(SECOND, NotObserved("cut off")), scores(5)[2])
        before = all_rows(store)
        with pytest.raises(Conflict) as caught:
            save(store, mine, 1)
        said_so = str(caught.value)
        assert f"kim saved revision 2 of this review at {theirs.at}" in said_so
        assert "after you read revision 1" in said_so
        assert f"{FIRST} 4 to 2, {SECOND} 4 to N/A" in said_so
        assert f"{BEHAVIOURS[2]} unanswered to 5" in said_so
        assert all_rows(store) == before
        with pytest.raises(Conflict, match="no level differs"):
            save(store, scores(4)[:2], 0)
        with pytest.raises(Conflict, match="nobody saved one yet"):
            save(store, mine, 1, reviewer="bo")
        assert all_rows(store) == before

    def test_unanswered_is_something_other_than_na(self, store: Store) -> None:
        na = given(SECOND, NotObserved("nothing to understand"))
        draft = save(store, (given(FIRST, 3), na), 0)
        assert levels(draft.scores) == {FIRST: 3, SECOND: None}
        before = all_rows(store)
        with pytest.raises(ValueError, match=f"no answer for {BEHAVIOURS[2]}"):
            save(store, draft.scores, 1, submit=True)
        assert all_rows(store) == before
        whole = save(store, (*draft.scores, *scores(3)[2:]), 1, submit=True)
        assert whole.scores[1].level is None and whole.scores[1].why_none == "nothing to understand"
        assert [str(change) for change in changes(draft.scores[:1], draft.scores)] == [
            f"{SECOND} unanswered to N/A"
        ]

    def test_what_was_handed_in_changes_with_a_reason_only(self, store: Store) -> None:
        save(store, scores(3), 0, submit=True)
        before = all_rows(store)
        for why in ("", "  "):
            with pytest.raises(ValueError, match="needs a reason"):
                save(store, scores(4), 1, submit=True, why=why)
        with pytest.raises(ValueError, match="can't become a draft again"):
            save(store, scores(4), 1, why="unsure")
        assert all_rows(store) == before
        assert save(store, scores(4), 1, submit=True, why="misheard").number == 2

    def test_quotes_and_notes_of_what_nobody_said_are_refused(self, store: Store) -> None:
        before = all_rows(store)
        for quote in (
            Quote(2, "missed again, NO", 0, 16),
            Quote(1, "missed again", 0, 12),  # said by another, elsewhere
            Quote(9, "missed again", 0, 12),
        ):
            with pytest.raises(QuoteNotFound):
                save(store, (given(FIRST, 4, "", [("for", quote)]),), 0)
        for turn in (-1, 5):
            with pytest.raises(QuoteNotFound, match="has turns 0 to 4"):
                save(store, scores(), 0, notes=[TurnNote(turn, "hm")])
        assert all_rows(store) == before

    def test_behaviours_that_are_unknown_or_answered_twice_are_refused(self, store: Store) -> None:
        with pytest.raises(UnknownName, match="no behaviour is called 'charm'"):
            save(store, (given("charm", 4),), 0)
        with pytest.raises(ValueError, match=f"{FIRST} is answered 2 times"):
            save(store, (given(FIRST, 4), given(FIRST, 5)), 0)
        with pytest.raises(ValueError, match="needs its reviewer's name"):
            save(store, scores(), 0, reviewer=" ")
        assert read(store, AuditRow) == ()

    def test_a_person_scores_on_any_rubric_and_each_has_revisions_of_its_own(
        self, store: Store
    ) -> None:
        craft = load(rubric_path("leader_craft.v1"))
        answers = [given(one.id, 4) for one in craft.behaviours]
        for after in (0, 1):
            save_review(store, craft, said(), answers, reviewer="ann", after=after)
        save(store, scores(2), 0)
        with store.reading() as reader:
            kept = [(one.rubric.id, one.number) for one in history(reader, "call-1")]
            newest = latest(reader, "call-1", craft.id, "ann")
        assert kept == [("behaviours", 1), (craft.id, 1), (craft.id, 2)]
        assert newest and newest.overall.value == 75  # all 4 of 1 to 5

    def test_a_call_in_a_sealed_session_takes_no_review(self, store: Store, tmp_path: Path) -> None:
        session = fixtures.new_session(store, tmp_path / "keys")
        with pytest.raises(NotAllowed, match=f"being calibrated in session {session.id}"):
            save(store, scores(), 0)
        other = save_review(store, RUBRIC, said("call-2"), scores(), reviewer="ann", after=0)
        assert other.number == 1

    def test_a_scorer_s_review_is_kept_once_and_comes_back_whole(self, store: Store) -> None:
        review = candidate("call-1", 4).review
        assert review is not None
        with store.writing() as unit:
            first = save_automatic(unit, review)
            assert save_automatic(unit, review) == first
            again = save_automatic(unit, replace(review, scores=review.scores[:2]))
        assert (first.number, again.number) == (1, 2) and first.automatic
        with store.reading() as reader:
            assert history(reader, "call-1") == (first, again)
            found = review_of(reader, first)
        assert (found.call, found.transcript, found.scores, found.by) == (
            review.call, review.transcript, review.scores, review.by,
        )  # fmt: skip

    def test_the_trail_has_a_line_for_each_deed_and_nobody_s_scores(self, store: Store) -> None:
        words = "CANARY because"
        save(store, scores(4, words), 0, notes=[TurnNote(0, words)])
        save(store, scores(2, words), 1, submit=True, by="kim")
        lines = trail(store)
        told = [(line.number, line.by, line.what, line.subject, line.detail) for line in lines]
        assert told == [
            (1, "ann", "review draft", "call-1 ann", "1"),
            (2, "kim", "review submitted", "call-1 ann", "2"),
        ]
        assert "CANARY" not in str(lines) and "missed again" not in str(lines)
        assert lines[1].before == lines[0].digest
        with store.reading() as reader:
            assert breaks(reader) == []


@pytest.mark.parametrize("answer", [0, 6, True, "3", 2.5])
def test_a_level_is_one_to_five(answer: object) -> None:
    with pytest.raises(ValueError, match="is 1 to 5 or N/A"):
        given(FIRST, answer)


@pytest.mark.parametrize("why", ["", " ", "\n"])
def test_na_needs_a_reason(why: str) -> None:
    with pytest.raises(ValueError, match="N/A needs a reason"):
        NotObserved(why)


class TestMemory(fixtures.InMemory, ReviewContract):
    pass


class TestSQLite(fixtures.InSQLite, ReviewContract):
    pass


class TestPostgreSQL(fixtures.InPostgreSQL, ReviewContract):
    pass


# --- the trail, when somebody with the file tampers with it ------------------------------------


def tampered(store: SqlStore, *statements: str) -> list[str]:
    """What the trail of five lines says after these statements."""
    with store.writing() as unit:
        for number in range(1, 6):
            note(unit, "ann", "deed", f"call-{number}")
    with store.reading() as reader:
        assert breaks(reader) == []
    triggers = [f"drop trigger audit_{deed}" for deed in ("update", "delete", "insert")]
    if store.engine.dialect.name == "postgresql":
        triggers = ["drop trigger keep_rows on audit"]
    with writer(store.engine) as connection:
        for statement in (*triggers, *statements):
            assert connection.exec_driver_sql(statement).rowcount != 0, statement
    with store.reading() as reader:
        return breaks(reader)


class TrailContract:
    @pytest.mark.parametrize("field", ["at", "by", "what", "subject", "detail"])
    def test_a_changed_line_is_found(self, store: SqlStore, field: str) -> None:
        found = tampered(store, f"update audit set {field} = 'x' where number = 3")
        assert found == ["line 3 was changed"]

    def test_a_changed_line_with_a_new_digest_shows_in_the_next(self, store: SqlStore) -> None:
        change = "update audit set what = 'x', digest = '{}' where number = 3"
        assert tampered(store, change.format("0" * 64)) == [
            "line 3 was changed",
            "line 4 does not follow from the one before it",
        ]
        with store.reading() as reader:
            third = reader.find(AuditRow, number=3)[0]
        with writer(store.engine) as connection:
            connection.exec_driver_sql(change.format(digest_of(third)))
        with store.reading() as reader:
            assert breaks(reader) == ["line 4 does not follow from the one before it"]

    def test_a_missing_line_is_found(self, store: SqlStore) -> None:
        assert tampered(store, "delete from audit where number = 3") == ["line 3 is missing"]

    def test_a_missing_first_line_is_found(self, store: SqlStore) -> None:
        assert tampered(store, "delete from audit where number = 1") == ["line 1 is missing"]

    def test_a_missing_line_is_found_when_the_others_close_up(self, store: SqlStore) -> None:
        found = tampered(
            store,
            "delete from audit where number = 3",
            "update audit set number = 3 where number = 4",
            "update audit set number = 4 where number = 5",
        )
        assert found == [
            "line 3 does not follow from the one before it",
            "line 3 was changed",
            "line 4 was changed",
        ]

    def test_an_inserted_line_is_found(self, store: SqlStore) -> None:
        found = tampered(
            store,
            "update audit set number = 6 where number = 5",
            "insert into audit select 5, at, 'bo', what, subject, detail, before, digest "
            "from audit where number = 6",
        )
        assert found == [
            "line 5 was changed",
            "line 6 does not follow from the one before it",
            "line 6 was changed",
        ]

    def test_lines_that_are_cut_off_at_the_end_can_not_be_seen(self, store: SqlStore) -> None:
        """Known limit, as ``breaks`` says: the last digest has to be kept elsewhere."""
        assert tampered(store, "delete from audit where number > 3") == []


class TestSQLiteTrail(fixtures.InSQLite, TrailContract):
    pass


class TestPostgreSQLTrail(TrailContract):
    @pytest.fixture(params=fixtures.ONE_POSTGRESQL)
    def store(self, request: pytest.FixtureRequest) -> Store:
        return fixtures.open_store(fixtures.new_database(request.param))


def test_a_comment_is_no_part_of_a_review(tmp_path: Path) -> None:
    """Comments on turns that are shared are rows of their own."""
    store = fixtures.open_store("memory")
    save(store, scores(), 0, notes=[TurnNote(0, "mine")])
    assert read(store, NoteRow) == ()
