"""Team figures: what is counted, what is undefined, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import board_fixtures as fixtures
import pytest
import session_fixtures as sessions
from board_fixtures import row
from hypothesis import given
from hypothesis import strategies as st

from qa_review import meet, team
from qa_review.capture.recording import Call
from qa_review.grade.scores import LEVELS
from qa_review.keep.memory import MemoryStore
from qa_review.keep.reviews import Review
from qa_review.keep.revisions import save_automatic, save_review

LEVEL = st.sampled_from(LEVELS)
DAY = st.dates(date(2024, 1, 1), date(2027, 12, 31))
ROWS = st.lists(st.tuples(st.none() | LEVEL, st.none() | DAY), max_size=60).map(
    lambda found: [
        row(f"call-{n}", level, day=day.isoformat() if day else "")
        for n, (level, day) in enumerate(found)
    ]
)


def daily(levels, first=date(2026, 3, 2)):
    """A call a day, from a Monday on."""
    return [
        row(f"call-{n}", level, day=(first + timedelta(days=n)).isoformat())
        for n, level in enumerate(levels)
    ]


# --- means -------------------------------------------------------------------------------------


def test_a_mean_by_hand():
    """Ten calls, 3.7 on average. With one more at 1 the mean is 38 / 11 = 3.4545.

    The squares add up to 146, so around it lie 146 - 11 * 3.4545^2 = 14.7273; the error is
    sqrt(14.7273 / 10 / 11) = 0.36590, times t(0.975, 9) = 2.26216 is 0.82773. With one more at 5:
    42 / 11 = 3.8182, around it 170 - 11 * 3.8182^2 = 9.6364, error 0.29598, times t 0.66955.
    """
    found = team.mean_of([3, 4, 4, 5, 2, 3, 4, 3, 5, 4])
    assert found.value == 3.7 and found.n == 10 and found.lacking == 0
    assert found.spread == pytest.approx((8.1 / 9) ** 0.5)
    assert found.interval == pytest.approx((3.45455 - 0.82773, 3.81818 + 0.66955), abs=1e-4)


@pytest.mark.parametrize(
    ("levels", "value", "lacking"), [([], None, 10), ([4], 4, 9), ([2] * 9, 2, 1)]
)
def test_a_mean_of_few_calls_has_no_interval_and_says_what_it_lacks(levels, value, lacking):
    found = team.mean_of(levels)
    assert (found.value, found.interval, found.lacking) == (value, None, lacking)
    assert (found.spread is None) == (len(levels) < 2)
    assert (found.why_none is None) == (value is not None)


def test_calls_that_are_all_alike_prove_nothing_about_the_next():
    """The plain interval of t has width 0 here."""
    low, high = team.mean_of([5] * 10).interval
    assert low == pytest.approx(3.8138, abs=1e-3) and high == 5


@given(st.lists(LEVEL, min_size=10, max_size=80))
def test_an_interval_holds_its_mean_and_stays_on_the_scale(levels):
    found = team.mean_of(levels)
    low, high = found.interval
    assert 1 <= low <= found.value <= high <= 5 and low < high
    assert team.mean_of(levels * 3).interval[1] - team.mean_of(levels * 3).interval[0] < high - low


# --- over time ---------------------------------------------------------------------------------


def test_a_trend_by_hand():
    """Two weeks of a call a day, none in the third, one in the fourth."""
    rows = [
        *daily([1, 2, 3, 4, 5, 3, 3, *[4] * 7]),
        row("late", 2, day="2026-03-25T18:00:00+01:00"),
    ]
    found = team.trend([*rows, row("some day", 5)], "listening")
    assert found.by == "week" and found.undated == 1
    assert [point.first.isoformat() for point in found.points] == [
        "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23",
    ]  # fmt: skip
    assert [point.mean.value for point in found.points] == [3, 4, None, 2]
    assert [point.mean.n for point in found.points] == [7, 7, 0, 1]
    assert found.points[2].mean.why_none == "no call has a level"


@pytest.mark.parametrize(
    ("days", "by"), [(1, "week"), (120, "week"), (130, "month"), (540, "month"), (600, "quarter")]
)
def test_periods_are_as_fine_as_a_chart_has_room_for(days, by):
    ends = [date(2026, 1, 5), date(2026, 1, 5) + timedelta(days=days - 1)]
    assert team.fitting([row(day.isoformat(), 3, day=day.isoformat()) for day in ends]) == by


def test_a_call_without_an_opportunity_is_in_no_mean():
    found = team.trend(daily([4, None, 2]), "listening")
    assert [point.mean.n for point in found.points] == [2]
    assert found.points[0].mean.value == 3


@given(ROWS, st.sampled_from(team.BY))
def test_every_dated_level_is_in_one_period_and_periods_touch(rows, by):
    found = team.trend(rows, "listening", by)
    levels = [one for one in rows if one.level is not None]
    assert sum(point.mean.n for point in found.points) == len(levels) - found.undated
    for one, after in zip(found.points, found.points[1:], strict=False):
        assert one.after == after.first
    for point in found.points:
        assert all(point.first <= one.day < point.after for one in point.rows)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1989-12-31", "2999-01-01T09:00Z"])
@pytest.mark.parametrize("by", [*team.BY, "auto"])
def test_a_day_that_no_call_can_have_counts_as_none(day, by):
    rows = [*daily([3, 4]), row("slip", 1, day=day)]
    found = team.trend(rows, "listening", by)
    assert (found.undated, sum(point.mean.n for point in found.points)) == (1, 2)
    assert team.missing(rows)["started_at"] == 1
    assert row("next", 1, day=(date.today() + timedelta(days=300)).isoformat()).day is not None


# --- spread ------------------------------------------------------------------------------------


def test_levels_are_counted_with_those_that_are_missing():
    rows = [*daily([5, 5, 1, None]), replace(daily([None])[0], absent="left open")]
    assert team.distribution(rows, "listening") == {
        1: 1, 2: 0, 3: 0, 4: 0, 5: 2, "not observed": 1, "left open": 1,
    }  # fmt: skip


def test_the_lowest_tenth_by_hand():
    """Of 25 calls two are the tenth: the one at 1 and one of three at 2, so 1.5."""
    found = team.worst_decile(daily([2, 1, 2, *[4] * 21, 2]), "listening")
    assert (found.mean, found.count, found.n, found.up_to) == (1.5, 2, 25, 2)
    assert [one.call.id for one in found.rows] == ["call-1", "call-24", "call-2", "call-0"]


def test_nine_calls_have_no_tenth():
    found = team.worst_decile(daily([1] * 9), "listening")
    assert found.mean is None and found.lacking == 1 and found.rows == ()
    assert found.why_none == "fewer than 10 calls"


@given(ROWS)
def test_the_lowest_tenth_is_never_above_the_mean(rows):
    found = team.worst_decile(rows, "listening")
    levels = sorted(one.level for one in rows if one.level is not None)
    assert found.n == len(levels) == sum(list(team.distribution(rows, "listening").values())[:5])
    if found.mean is not None:
        assert found.mean == pytest.approx(sum(levels[: found.count]) / found.count)
        assert found.mean <= team.mean_of(levels).value
        assert found.count <= len(found.rows)
        assert {one.level for one in found.rows} <= set(range(1, found.up_to + 1))


# --- groups ------------------------------------------------------------------------------------


def test_handling_time_by_hand():
    """Of 1 to 11 minutes the median is 6, the quartiles 3.5 and 8.5."""
    minutes = [60_000 * n for n in range(1, 12)]
    assert team.handling(minutes) == team.Handling(360_000, (210_000, 510_000), 11, 0)
    assert team.handling(minutes[:9]).quartiles_ms is None
    assert team.handling([]) == team.Handling(None, None, 0, 10)


def test_groups_stand_by_the_alphabet_and_calls_that_name_none_in_none():
    rows = [
        row("a", 1, agent="zoe", handle_ms=1000),
        row("a", 5, agent="zoe", handle_ms=1000, behaviour="ownership"),
        row("b", 4, agent="Al", handle_ms=None),
        row("c", 4),
    ]
    first, last = team.groups(rows, "agent")
    assert (first.name, first.calls, first.handling.n) == ("Al", 1, 0)
    assert (last.name, last.calls, last.handling.median_ms) == ("zoe", 1, 1000)
    assert last.means["ownership"].value == 5 and first.means["ownership"].value is None


# --- which calls -------------------------------------------------------------------------------


def test_what_is_selected_and_what_can_be():
    rows = [
        row("a", 3, team="ash", agent="al", queue="q", day="2026-03-01"),
        row("b", 3, team="ash", agent="bo", queue="q", day="2026-03-31T23:30:00+00:00"),
        row("c", 3, team="birch", agent="cy", day="in March"),
    ]
    march = team.Selection(first=date(2026, 3, 1), last=date(2026, 3, 31))
    assert [one.call.id for one in team.select(rows, march)] == ["a", "b"]
    ash = team.Selection(team="ash", agent="cy")
    assert team.select(rows, ash) == ()
    found = team.choices(rows, ash)
    assert found["agent"] == ["al", "bo", "cy"] and found["team"] == ["ash", "birch"]
    assert team.missing(rows) == {"started_at": 1, "queue": 1, "handle_ms": 3}


def test_a_last_day_before_the_first_is_refused():
    with pytest.raises(ValueError, match="lies before the first"):
        team.Selection(first=date(2026, 3, 2), last=date(2026, 3, 1))


# --- where rows come from ----------------------------------------------------------------------


def scored_by(review: Review) -> team.Given:
    return team.Given(review.call, review.rubric, review.scores, review.by.name)


def test_people_go_before_the_scorer_and_either_can_be_had_alone():
    store = MemoryStore()
    reviews = fixtures.half_year(3)
    fixtures.hand_in(store, "call-0001", 1, "ann")
    fixtures.hand_in(store, "call-0001", 2, "bo")
    fixtures.hand_in(store, "elsewhere", 5, "bo")
    found = team.gathered(map(scored_by, reviews), store, "behaviours")
    best = {one.call.id: one for one in found.of("people first") if one.behaviour == "listening"}
    assert list(best) == ["call-0000", "call-0001", "call-0002", "elsewhere"]
    assert [one.who for one in best.values()] == ["scorer", "people", "scorer", "people"]
    assert (best["call-0001"].level, best["call-0001"].by) == (2, "bo")
    assert best["call-0001"].call == reviews[1].call  # with the agent that the run knows
    assert best["elsewhere"].call == Call("elsewhere")
    assert len(found.of("scorer")) == 15 and len(found.of("people")) == 10
    assert all(one.unproven for one in found.of("scorer"))
    assert not any(one.unproven for one in found.of("people"))


def test_a_master_score_goes_before_a_review_and_a_ruling_before_both():
    meeting = sessions.discussed()
    fixtures.hand_in(meeting.store, "call-a", 1, "dee")
    fixtures.hand_in(meeting.store, "call-c", 2, "dee")
    dispute = meet.open_dispute(
        meeting.store, "call-c", "ownership", agent="al", reason="heard", by="kim", reviewer="dee"
    )
    answer = 5
    meet.rule(meeting.store, dispute.id, by="kit", reason="right", answer=answer)
    found = team.given_by_people(meeting.store, "behaviours")
    assert (found["call-a", "listening"].level, found["call-a", "listening"].by) == (
        4, "master score",
    )  # fmt: skip
    assert (found["call-a", "ownership"].level, found["call-a", "ownership"].by) == (1, "dee")
    assert (found["call-c", "ownership"].level, found["call-c", "ownership"].by) == (5, "ruling")


def test_calls_under_seal_are_left_out_and_come_with_the_reveal():
    meeting = sessions.called([sessions.candidate("call-a"), sessions.candidate("call-b")])
    given = [scored_by(fixtures.review(Call(name), [3] * 5)) for name in ("call-a", "call-z")]
    found = team.gathered(given, meeting.store, "behaviours")
    assert found.sealed == ("call-a",) and {one.call.id for one in found.rows} == {"call-z"}
    meeting.hand_in("call-a", {rater: (3,) * 5 for rater in ("ann", "bo", "cy")})
    meeting.hand_in("call-b", {rater: (3,) * 5 for rater in ("ann", "bo", "cy")})
    meeting.reveal()
    found = team.gathered(given, meeting.store, "behaviours")
    assert found.sealed == () and {one.call.id for one in found.rows} == {"call-a", "call-z"}


def under_seal(store, call_id, folder):
    """Call a session on a call that was reviewed before."""
    choice = meet.Choice((sessions.candidate(call_id),), "by hand")
    meet.create(
        store, "March", choice, rubric=sessions.RUBRIC_FILE, raters=("bo", "cy"), lead="kim",
        keys=meet.Keys(folder), reviewed=True,
    )  # fmt: skip


def test_what_people_gave_before_a_seal_is_left_out_too(tmp_path):
    store = MemoryStore()
    for call_id in ("call-a", "call-z"):
        fixtures.hand_in(store, call_id, 1)
    under_seal(store, "call-a", tmp_path)
    found = team.gathered([], store, "behaviours")
    assert found.sealed == ("call-a",) and {one.call.id for one in found.rows} == {"call-z"}


def test_a_call_reviewed_on_another_rubric_is_counted_out():
    other = fixtures.review(Call("x"), [3] * 5)
    given = replace(scored_by(other), rubric=replace(other.rubric, id="sales"))
    found = team.gathered([given], MemoryStore(), "behaviours")
    assert found.rows == () and found.elsewhere == ("x",)


def test_a_draft_of_a_person_does_not_count():
    store = MemoryStore()
    fixtures.hand_in(store, "call-a", 5, "bo")
    fixtures.hand_in(store, "call-b", 5, "bo")
    said, scores = sessions.said("call-a"), fixtures.review(Call("call-a"), [1] * 5).scores
    save_review(store, fixtures.RUBRIC, said, scores, reviewer="ann", after=0)
    found = team.given_by_people(store, "behaviours")
    assert {(one.level, one.by) for one in found.values()} == {(5, "bo")}


def test_of_calls_without_a_record_the_store_tells_what_the_scorer_gave(tmp_path):
    """The folder's record goes before, people's before both, and seals hold here too."""
    store = MemoryStore()
    reviews = [fixtures.review(Call(name, agent="al"), [2] * 5) for name in ("a", "b")]
    with store.writing() as unit:
        for one in reviews:
            save_automatic(unit, one)
            save_automatic(unit, replace(one, scores=fixtures.review(one.call, [4] * 5).scores))
    here = scored_by(fixtures.review(Call("a"), [1] * 5))
    found = team.gathered([here], store, "behaviours")
    levels = {(one.call.id, one.level) for one in found.of("scorer")}
    assert levels == {("a", 1), ("b", 4)} and len(found.rows) == 10
    assert found.rows[-1].call.agent == "al" and found.rows[-1].by == "rules"
    assert team.gathered([], store, "sales").rows == ()
    under_seal(store, "b", tmp_path)
    found = team.gathered([here], store, "behaviours")
    assert found.sealed == ("b",) and {one.call.id for one in found.rows} == {"a"}


def test_results_are_read_as_they_are_and_again_when_they_change(tmp_path):
    reviews = fixtures.half_year(4)
    fixtures.write(tmp_path, reviews)
    results = team.Results(tmp_path)
    first = results.reviews()
    assert [one.call for one in first] == [one.call for one in reviews]
    assert [one.level for one in first[0].scores] == [one.level for one in reviews[0].scores]
    before = results.stamp()
    fixtures.write(tmp_path, [fixtures.review(reviews[0].call, [1] * 5)])
    assert results.stamp() != before
    again = results.reviews()
    assert [one.level for one in again[0].scores] == [1] * 5
    assert again[1] is first[1] and len(again) == 4
    assert team.Results(tmp_path / "none").reviews() == ()
    assert team.Results(tmp_path / "none").stamp() == ""


# --- frames ------------------------------------------------------------------------------------


def test_frames_have_their_columns_also_without_rows():
    rows = [one for review in fixtures.half_year(30) for one in _rows(review)]
    made = {
        "calls": team.calls_frame, "trends": team.trends_frame,
        "distributions": team.distributions_frame, "deciles": team.deciles_frame,
        "groups": lambda found: team.groups_frame(found, "team"),
    }  # fmt: skip
    for name, frame in made.items():
        assert list(frame([]).dtypes) == list(frame(rows).dtypes), name
        assert len(frame([])) == 0 < len(frame(rows))
    assert team.trends_frame(rows)["n"].sum() == team.calls_frame(rows)["level"].notna().sum()
    assert set(team.groups_frame(rows, "team")["name"]) <= set(fixtures.TEAMS)


def _rows(review):
    found = team.gathered([scored_by(review)], MemoryStore(), "behaviours")
    return found.of("scorer")
