"""Alerts whose values are revised, times on two clocks, and what a store keeps of a breach."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.keep.memory import open_memory
from qa_review.keep.rows import AlertRow
from qa_review.keep.store import Store, open_store, read
from qa_review.team.alert_rules import Reading, parse
from qa_review.team.alerts import News, news, watch
from qa_review.team.made_up import made_up_reviews
from qa_review.team.measures import series_of
from qa_review.team.watching import breaches_of, keep, known_alerts, payload, watched

(RULE,) = parse(
    'rules = [{id = "level", says = "late", column = "level", high = 95, low = 90, margin = 1}]'
)
(MID,) = parse(
    'rules = [{id = "mid", says = "late", column = "level", high = 95, low = 90, fires = "mid"}]'
)
DAY = "2026-10-05T"

Told = list[tuple[str, str, float]]
Look = Callable[[str], Told]


def table(path: Path, text: str) -> Path:
    """``"09:00 89, 09:15 97"`` as a table of that day."""
    cells = (row.split() for row in text.split(", "))
    path.write_text("at,level\n" + "".join(f"{DAY}{at},{value}\n" for at, value in cells))
    return path


def brief(found: News) -> Told:
    """Each event: what, from when to when, and the worst."""
    return [
        (word, f"{one.began_at[11:16]}-{one.over_at[11:16]}", one.worst)
        for word in ("fired", "over", "standing")
        for one in getattr(found, word)
    ]


def looker(path: Path, store: Store) -> Look:
    def look(text: str) -> Told:
        found = watched([RULE], series=table(path, text), known=known_alerts(store))
        keep(store, found)
        assert breaks_no_rule(store)
        return brief(found)

    return look


def breaks_no_rule(store: Store) -> bool:
    """Of each breach: fired, over, fired, over, …, as often as it was opened."""
    events: dict[str, list[str]] = {}
    for row in read(store, AlertRow):
        if row.state in ("fired", "over"):
            events.setdefault(row.alert_id, []).append(row.state)
    return all(
        states == [("fired", "over")[place % 2] for place in range(len(states))]
        for states in events.values()
    )


@pytest.fixture
def store() -> Store:
    return open_memory("")


@pytest.fixture
def look(tmp_path: Path, store: Store) -> Look:
    return looker(tmp_path / "day.csv", store)


# --- values that are revised -------------------------------------------------------------------


def test_a_breach_that_never_was_is_over_and_hides_no_later_one(look: Look, store: Store) -> None:
    assert look("09:00 89") == [("fired", "09:00-", 89)]
    assert look("09:00 99") == [("over", "09:00-09:00", 89)]
    assert [one.points for one in known_alerts(store)] == [0]
    assert look("09:00 99, 12:00 50") == [("fired", "12:00-", 50)]
    assert look("09:00 99, 12:00 50") == [("standing", "12:00-", 50)]


def test_a_breach_that_never_was_and_a_new_one_in_one_look(look: Look) -> None:
    look("09:00 89")
    assert look("09:00 99, 12:00 50") == [("fired", "12:00-", 50), ("over", "09:00-09:00", 89)]
    assert look("09:00 88, 09:15 99, 12:00 50") == [("standing", "12:00-", 50)]


def test_a_breach_whose_first_value_is_gone_is_over_at_the_next(look: Look) -> None:
    look("08:45 97, 09:00 89")
    assert look("08:45 97, 09:15 97") == [("over", "09:00-09:15", 89)]


def test_older_data_end_nothing(look: Look) -> None:
    look("09:00 89, 09:15 88")
    assert look("07:00 97, 08:00 97") == []
    assert look("07:00 80, 08:00 97") == [("fired", "07:00-08:00", 80)]
    assert look("09:00 89") == [("standing", "09:00-", 89)]
    assert look("09:30 93") == [("standing", "09:00-", 88)]


def test_a_breach_that_is_not_over_after_all_fires_anew(look: Look, store: Store) -> None:
    assert look("09:00 89, 09:15 97") == [("fired", "09:00-09:15", 89)]
    (first,) = known_alerts(store)
    revised = "09:00 89, 09:15 85, 09:30 50, 09:45 20"
    assert look(revised) == [("fired", "09:00-", 20)]
    (again,) = known_alerts(store)
    assert (again.id, again.opening, again.over) == (first.id, 2, False)
    assert look(revised) == [("standing", "09:00-", 20)]
    assert look(revised + ", 10:00 99") == [("over", "09:00-10:00", 20)]
    assert look(revised + ", 10:00 99") == []
    assert [row.state for row in read(store, AlertRow)] == ["fired", "over"] * 2


def test_older_data_do_not_reopen_a_breach(look: Look) -> None:
    look("09:00 89, 09:15 85, 09:30 97")
    assert look("09:00 89, 09:15 85") == []
    assert look("09:15 85, 09:30 97") == []


def test_a_breach_opened_anew_keeps_what_is_known_of_its_beginning(look: Look) -> None:
    look("09:00 40, 09:15 85, 09:30 97")
    assert look("09:15 85, 09:30 80") == [("fired", "09:00-", 40)]


def test_a_breach_that_falls_into_two_keeps_its_name_once(look: Look, store: Store) -> None:
    look("09:00 89, 09:15 89, 09:30 80")
    split = "09:00 89, 09:15 97, 09:30 80, 09:45 70"
    assert look(split) == [("fired", "09:30-", 70), ("over", "09:00-09:15", 89)]
    assert look(split + ", 10:00 60") == [("standing", "09:30-", 60)]
    assert len(known_alerts(store)) == 2


def test_two_breaches_that_prove_one_go_on_as_the_one_that_stands(look: Look) -> None:
    look("09:00 89, 09:15 97, 09:30 80")
    for _ in range(2):
        assert look("09:00 89, 09:15 85, 09:30 80") == [("standing", "09:00-", 80)]


def test_a_new_breach_never_takes_the_name_of_a_known_one(look: Look, store: Store) -> None:
    look("09:00 89, 09:15 89")
    look("08:30 80, 08:45 80, 09:00 89, 09:15 89")  # it began earlier, and keeps its name
    assert look("08:30 80, 08:45 97, 09:00 89, 09:15 89") == [
        ("fired", "09:00-", 89), ("over", "08:30-08:45", 80),
    ]  # fmt: skip
    assert len({one.id for one in known_alerts(store)}) == 2


def test_the_end_of_a_breach_that_moved_is_kept_and_not_told(look: Look) -> None:
    look("09:00 89, 09:15 97")
    assert look("09:00 89, 09:15 85, 09:30 97") == []
    assert look("09:15 85, 09:30 84, 09:45 97") == []
    assert look("09:30 84, 09:45 97") == []


def test_of_two_that_stand_the_older_is_over_when_only_the_newer_goes_on() -> None:
    points = [Reading(f"{DAY}0{hour}:00:00", 80) for hour in (7, 9)]
    ((old,), (new,)) = (watch(RULE, [point]) for point in points)
    late = [Reading(f"{DAY}10:00:00", 80)]
    found = news(watch(RULE, late, standing=new), [old, new], {}, {("level", "all"): [late[0].at]})
    assert brief(found) == [("over", "07:00-10:00", 80), ("standing", "09:00-", 80)]


LEVELS = st.sampled_from([80, 85, 93, 97])


@given(st.lists(st.lists(LEVELS, min_size=1, max_size=8), min_size=1, max_size=5))
def test_however_values_are_revised_what_stands_is_what_the_data_say(
    tmp_path_factory: pytest.TempPathFactory, looks: list[list[int]]
) -> None:
    """All of the day each time: told by turns, and open exactly where the last look is."""
    store = open_memory("")
    look = looker(tmp_path_factory.getbasetemp() / "revised.csv", store)
    whole: list[int] = []
    for values in looks:
        whole = values + whole[len(values) :]
        text = ", ".join(f"{8 + at:02}:00 {value}" for at, value in enumerate(whole))
        look(text)
        now = watch(RULE, [Reading(f"{DAY}{8 + at:02}:00:00", v) for at, v in enumerate(whole)])
        stands = [one.began_at for one in known_alerts(store) if not one.over]
        assert stands == [one.began_at for one in now if not one.over]
        assert look(text) == [("standing", f"{at[11:16]}-", now[-1].worst) for at in stands]


# --- what a store keeps ------------------------------------------------------------------------


def test_who_sees_the_newest_values_only_still_knows_the_worst(look: Look) -> None:
    assert look("09:00 89") == [("fired", "09:00-", 89)]
    assert look("09:15 40") == [("standing", "09:00-", 40)]
    assert look("09:30 93") == [("standing", "09:00-", 40)]
    assert look("09:45 97") == [("over", "09:00-09:45", 40)]


def test_values_that_were_counted_are_not_counted_again(look: Look, store: Store) -> None:
    look("09:00 80, 09:15 97, 09:30 80, 09:45 85")
    look("09:45 85, 10:00 85")
    (_, stands) = known_alerts(store)
    assert (stands.points, stands.worst) == (3, 80)
    look("09:45 85, 10:00 85")
    assert known_alerts(store)[1].points == 3


def test_a_look_that_brings_nothing_keeps_nothing(look: Look, store: Store) -> None:
    for _ in range(3):
        look("09:00 80, 09:15 97, 09:30 80")
    assert len(read(store, AlertRow)) == 3


def test_a_late_look_at_what_was_seen_before_takes_nothing_back(
    tmp_path: Path, look: Look, store: Store
) -> None:
    look("09:00 89")
    known = known_alerts(store)
    slow = watched([RULE], series=table(tmp_path / "slow.csv", "09:00 89, 09:15 88"), known=known)
    look("09:00 89, 09:15 88, 09:30 70")
    keep(store, slow)
    assert [(one.worst, one.last_at[11:16]) for one in known_alerts(store)] == [(70, "09:30")]
    look("09:00 89, 09:15 88, 09:30 70, 09:45 97")
    keep(store, slow)
    assert known_alerts(store)[0].over


def test_a_late_look_does_not_open_what_is_over(tmp_path: Path, look: Look, store: Store) -> None:
    look("09:00 89")
    series, known = table(tmp_path / "slow.csv", "09:00 89, 09:15 88"), known_alerts(store)
    slow = watched([RULE], series=series, known=known)
    look("09:00 99")
    keep(store, slow)
    assert [one.over for one in known_alerts(store)] == [True]


def test_many_who_look_at_once_keep_each_event_once(tmp_path: Path) -> None:
    name = f"sqlite:{tmp_path / 'qa.db'}"
    first = looker(tmp_path / "day.csv", open_store(name))
    first("09:00 89, 09:15 97, 10:00 80")
    text = "09:00 89, 09:15 85, 09:30 70, 10:00 98, 10:15 80, 10:30 97"
    day, known = table(tmp_path / "day.csv", text), known_alerts(open_store(name))
    ready = threading.Barrier(4)

    def one() -> None:
        own = open_store(name)
        found = watched([RULE], series=day, known=known)
        ready.wait(20)
        keep(own, found)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    kept = open_store(name)
    alone = open_memory("")
    again = looker(tmp_path / "alone.csv", alone)
    again("09:00 89, 09:15 97, 10:00 80")
    again(text)

    def states(of: Store) -> list[tuple[str, int, str]]:
        return [(row.alert_id, row.number, row.state) for row in read(of, AlertRow)]

    assert states(kept) == states(alone) and breaks_no_rule(kept)


def test_what_is_told_again_after_a_failure_can_be_told_apart(tmp_path: Path) -> None:
    """Nothing was kept: the same events come again, and an opening is told from the one before."""
    day = table(tmp_path / "day.csv", "09:00 89, 09:15 97")
    told = [payload(watched([RULE], series=day), "now") for _ in range(2)]
    assert told[0] == told[1]
    assert [(one["event"], one["opening"]) for one in told[0]["alerts"]] == [
        ("fired", 1), ("over", 1),
    ]  # fmt: skip


def test_a_state_is_the_worst_also_where_the_mean_is_not() -> None:
    """The second mean is better, but all of its interval is below the line."""
    means = [Reading("2026-10-05", 85, 80, 91), Reading("2026-10-12", 86, 85, 87)]
    (found,) = watch(MID, means)
    assert (found.state, found.worst, found.worst_at) == ("low", 85, "2026-10-05")


# --- times and numbers in tables ---------------------------------------------------------------


def test_the_hour_that_comes_twice_is_two(tmp_path: Path) -> None:
    file = tmp_path / "autumn.csv"
    file.write_text(
        "at,level\n2026-10-25T02:30+02:00,80\n2026-10-25T02:45+02:00,97\n"
        "2026-10-25T02:00+01:00,97\n2026-10-25T02:15+01:00,80\n2026-10-25T01:30Z,80\n"
        "2026-10-25T02:45+01:00,97\n"
    )
    found = watched([RULE], series=file)
    assert found.blind == {} and [
        (one.began_at, one.over_at, one.points) for one in found.fired
    ] == [
        ("2026-10-25T00:30:00+00:00", "2026-10-25T00:45:00+00:00", 1),
        ("2026-10-25T01:15:00+00:00", "2026-10-25T01:45:00+00:00", 2),
    ]


@pytest.mark.parametrize(
    ("times", "lost", "why"),
    [
        (("09:00Z", "09:15Z", "09:30"), (4,), "a time without an offset, where as many or more"),
        (("09:00", "09:15Z", "09:30"), (3,), "a time with an offset, where more have none"),
        (("09:00", "09:15Z"), (2,), "a time without an offset, where as many or more"),
        (("09:00", "09:15", "09:00"), (4,), "row 2 is of 2026-10-05T09:00:00 already"),
        (("09:00Z", "10:00+01:00"), (3,), "row 2 is of 2026-10-05T09:00:00+00:00 already"),
    ],
)
def test_two_clocks_or_two_values_of_a_time_cost_rows(
    tmp_path: Path, times: tuple[str, ...], lost: tuple[int, ...], why: str
) -> None:
    text = ", ".join(f"{at} {80 + place}" for place, at in enumerate(times))
    found, problems = series_of(table(tmp_path / "day.csv", text), "level")
    assert [one.split(":")[0] for one in problems] == [f"day.csv, row {row}" for row in lost]
    assert all(why in one for one in problems)
    kept = [80 + place for place in range(len(times)) if place + 2 not in lost]
    assert [point.value for point in found["all"]] == kept


def test_groups_have_times_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("at,level,site\n2026-10-05,80,a\n2026-10-05,81,b\n")
    assert series_of(file, "level", "site")[1] == ()


def test_of_two_points_of_a_time_the_first_counts() -> None:
    points = [Reading("2026-10-05", value) for value in (80, 97)]
    assert [(one.over, one.points) for one in watch(RULE, points)] == [(False, 1)]


@pytest.mark.parametrize("cell", ['"12,345"', '"1,234"', '"12,345 %"', "97,5", "1,2,3"])
def test_a_comma_that_may_mean_thousands_costs_its_row(tmp_path: Path, cell: str) -> None:
    file = tmp_path / "day.csv"
    file.write_text(f'at,level\n2026-10-05,"97,5"\n2026-10-06,{cell}\n')
    found, problems = series_of(file, "level")
    assert [point.value for point in found["all"]] == [97.5] and len(problems) == 1


def test_a_time_beyond_the_calendar_costs_its_row(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("at,level\n0001-01-01T00:00+02:00,80\n")
    assert "is not ISO 8601" in series_of(file, "level")[1][0]


# --- all breaches up to a day ------------------------------------------------------------------


def test_breaches_up_to_a_day_are_the_same_whatever_came_later(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("at,level\n2026-10-05,80\n2026-10-06,97\n2026-10-31T23:45,80\n")
    reviews = made_up_reviews(900, agents=4, teams=2, months=3)
    (overall,) = parse(
        'rules = [{id = "o", says = "s", measure = "overall", by = "team", high = 70, low = 65}]'
    )
    early = breaches_of([RULE, overall], reviews, file, "2026-10-31")
    with file.open("a") as lines:
        lines.write("2026-11-01,97\n2026-11-02,80\n")
    assert early == breaches_of([RULE, overall], reviews, file, "2026-10-31")
    before = reviews[reviews["day"] < pd.Timestamp("2026-11-01")]
    assert early == breaches_of([RULE, overall], before, file, "2026-10-31")
    assert [one.began_at[:10] for one in early[0] if one.rule == "level"] == [
        "2026-10-05", "2026-10-31",
    ]  # fmt: skip
    assert {one.group for one in early[0] if one.rule == "o"} and early[1] == {}
    late, _ = breaches_of([RULE], None, file, "2026-11-30")
    assert [one.over_at[:10] for one in late] == ["2026-10-06", "2026-11-01", ""]


def test_breaches_up_to_a_day_before_the_first_call_and_of_no_day() -> None:
    (overall,) = parse('rules = [{id = "o", says = "s", measure = "overall", high = 70, low = 65}]')
    reviews = made_up_reviews(50)
    assert breaches_of([overall], reviews, None, "2001-01-01") == (
        (), {"o": "no call says both its overall, its day"},
    )  # fmt: skip
    with pytest.raises(ValueError, match="a day is written as 2026-10-31, not 'October'"):
        breaches_of([overall], reviews, None, "October")
