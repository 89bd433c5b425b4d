"""Alerts: once a breach, kept in the store, told as a payload."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.errors import MetadataError, RulesError, UnknownName
from qa_review.keep.audit import breaks, trail
from qa_review.keep.rows import AlertRow
from qa_review.keep.store import open_store, read
from qa_review.team.alert_rules import Reading, Rule, load, parse
from qa_review.team.alerts import Alert, alerts_frame, news, watch
from qa_review.team.made_up import made_up_reviews
from qa_review.team.measures import periods, points_of, series_of
from qa_review.team.reviews import days
from qa_review.team.watching import keep, known_alerts, payload, watched, write_payload

DAY = (100, 89, 94, 96, 97, 93, 91, 95, 96, 88, 85, 91, 95, 95.5, 99, 89.9, 90.5, 94, 98)
"""a day of service levels, every fifteen minutes"""


def rule(**other: object) -> Rule:
    """95 to be kept, 90 to be acted on, with a margin of 1."""
    given = {"id": "level", "says": "too few in time", "column": "level", "high": 95, "low": 90}
    given |= {"margin": 1, **other}
    fields = "\n".join(f"{name} = {json.dumps(value)}" for name, value in given.items())
    return parse(f"[[rules]]\n{fields}\n")[0]


def points(*values: float) -> list[Reading]:
    return [
        Reading(f"2026-11-02T{8 + at // 4:02}:{at % 4 * 15:02}:00", value)
        for at, value in enumerate(values)
    ]


def told(found: tuple[Alert, ...]) -> list[tuple[str, str, float]]:
    return [(one.began_at[11:16], one.over_at[11:16], one.worst) for one in found]


# --- one rule over time ------------------------------------------------------------------------


def test_a_day_of_service_levels_fires_once_a_breach() -> None:
    """89, and 94 is no way back; 88 and 85 are one breach, ended by 99, for 95.5 is no 96."""
    assert told(watch(rule(), points(*DAY))) == [
        ("08:15", "08:45", 89), ("10:15", "11:30", 85), ("11:45", "12:30", 89.9),
    ]  # fmt: skip


def test_a_measure_that_wavers_about_a_line_fires_once() -> None:
    wavering = watch(rule(), points(97, *[89.5, 90.5, 94.9, 95.1] * 6, 97))
    assert len(wavering) == 1 and wavering[0].over and wavering[0].points == 24
    assert len(watch(rule(margin=0), points(97, *[89.5, 90.5, 94.9, 95.1] * 6, 97))) == 6


def test_three_states_and_which_of_them_fires() -> None:
    middling = points(97, 93, 92, 97)
    assert watch(rule(), middling) == ()
    (mid,) = watch(rule(fires="mid"), middling)
    assert (mid.state, mid.line, mid.worst) == ("mid", 95, 92)
    (deeper,) = watch(rule(fires="mid"), points(97, 93, 88, 93))
    assert (deeper.state, deeper.line, deeper.over) == ("low", 95, False)


def test_a_measure_that_should_be_low_is_turned() -> None:
    (found,) = watch(rule(high=300, low=420, margin=10), points(290, 400, 430, 415, 305, 290))
    assert (found.value, found.worst, found.over_at[11:16]) == (430, 430, "09:15")


def test_a_value_is_below_a_line_only_when_all_of_its_interval_is() -> None:
    unsure = [Reading("2026-10-05", 88, 82, 94, 12), Reading("2026-10-12", 88, 86, 89.5, 90)]
    (found,) = watch(rule(), unsure)
    assert found.began_at == "2026-10-12"
    back = [*unsure, Reading("2026-10-19", 97, 94, 99, 20), Reading("2026-10-26", 98, 96.5, 99, 80)]
    assert watch(rule(), back)[0].over_at == "2026-10-26"


def test_values_on_too_few_calls_change_nothing() -> None:
    few = [Reading("2026-10-05", 70, None, None, 9), Reading("2026-10-12", 70, None, None, 10)]
    assert [one.began_at for one in watch(rule(least=10), few)] == ["2026-10-12"]


@given(st.lists(st.floats(70, 100), max_size=60))
def test_breaches_of_one_group_follow_one_another(values: list[float]) -> None:
    found = watch(rule(), points(*values))
    for one, after in pairwise(found):
        assert one.over and one.over_at < after.began_at
    for one in found:
        assert (
            one.value < 90
            and one.worst <= one.value
            and not one.meets(
                Alert(**{**{f: getattr(one, f) for f in one.__dataclass_fields__}, "group": "x"})
            )
        )


@given(st.lists(st.floats(70, 100), max_size=40), st.integers(0, 40), st.booleans())
def test_a_day_looked_at_in_two_goes_is_told_as_in_one(
    values: list[float], cut: int, rolling: bool
) -> None:
    """Whether the second look sees the whole day again or only what is new."""
    whole = points(*values)
    first = watch(rule(), whole[:cut])
    open_one = next((one for one in first if not one.over), None)
    second = watch(rule(), whole[cut:] if rolling else whole, standing=open_one)
    ends = {one.began_at: one.over_at for one in (*first, *second)}
    assert ends == {one.began_at: one.over_at for one in watch(rule(), whole)}


# --- files of rules ----------------------------------------------------------------------------


def test_the_shipped_rules_are_in_order() -> None:
    rules = {one.id: one for one in load()}
    level = rules["service-level"]
    assert (level.column, level.high, level.low, level.fires) == ("service_level", 95, 90, "low")


def test_everything_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("""
[[rules]]
id = "a"
says = "x"
measure = "overall"
column = "level"
high = 3
low = 3
evry = "week"
[[rules]]
id = "a"
says = ""
by = "shift"
measure = "overall"
low = 1
fires = "high"
""")
    with pytest.raises(RulesError) as error:
        load(file)
    for part in (
        "rules.a.low: must differ from high", "rules.a.measure: a rule has either",
        "unknown key (did you mean 'every'?)", "rules.a.says", "rules.a.high: missing",
        "must be one of all, agent, team, queue, issue, not 'shift'", "must be one of mid, low",
        "the id 'a' is there twice",
    ):  # fmt: skip
        assert part in str(error.value), part
    file.write_text("no = [")
    with pytest.raises(RulesError, match="not TOML"):
        load(file)


# --- measures over time ------------------------------------------------------------------------


def test_points_are_means_of_periods_with_their_calls() -> None:
    reviews = made_up_reviews(600, agents=4, teams=2, months=2)
    by_week = points_of(reviews, "overall", "team", "week")
    assert list(by_week) == ["team-00", "team-01"]
    assert sum(point.n or 0 for own in by_week.values() for point in own) == 600
    first = by_week["team-00"][0]
    own = reviews[(reviews["team"] == "team-00") & (reviews["day"] < "2026-10-05")]
    assert first.at == "2026-09-28" and first.value == pytest.approx(own["overall"].mean())
    assert first.low is not None and first.low < first.value < (first.high or 0)
    share = points_of(reviews, "resolved", every="month")["all"][0]
    assert 0 <= (share.low or 0) < share.value < (share.high or 1) <= 1
    with pytest.raises(UnknownName, match="no measure is called 'mood'"):
        points_of(reviews, "mood")


def test_weeks_begin_on_monday_and_unknown_days_are_in_none() -> None:
    frame = pd.DataFrame({"call": ["a", "b", "c"], "day": pd.to_datetime(
        ["2026-11-22", None, "2026-11-23"]).astype("datetime64[s]")})  # fmt: skip
    codes, starts = periods(days(frame), "week")
    assert starts == ["2026-11-16", "2026-11-23"] and codes.tolist() == [0, -1, 1]
    with pytest.raises(UnknownName, match="there is day, month, week"):
        periods(days(frame), "hour")


def test_a_table_with_times_costs_its_bad_rows_only(tmp_path: Path) -> None:
    file = tmp_path / "levels.csv"
    file.write_text("at;level;site\n2026-11-02T08:00;97,5 %;a\nsoon;3;a\n2026-11-02T08:15;;a\n"
                    "2026-11-02T08:30;n/a;b\n2026-11-02T08:30;88;b\n")  # fmt: skip
    found, problems = series_of(file, "level", "site")
    assert found == {"a": [Reading("2026-11-02T08:00:00", 97.5)],
                     "b": [Reading("2026-11-02T08:30:00", 88.0)]}  # fmt: skip
    assert [one.split(":")[0] for one in problems] == ["levels.csv, row 3", "levels.csv, row 5"]
    with pytest.raises(MetadataError, match="no column service; there is at, level, site"):
        series_of(file, "service")


# --- all rules, remembered ---------------------------------------------------------------------


@pytest.fixture
def day(tmp_path: Path) -> Path:
    file = tmp_path / "day.csv"
    rows = "".join(f"{point.at},{point.value}\n" for point in points(*DAY))
    file.write_text("at,level\n" + rows)
    return file


def test_what_was_told_is_not_told_again(day: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    lines = day.read_text().splitlines(keepends=True)
    seen: list[tuple[int, int, int]] = []
    for until in range(2, len(lines) + 1):  # a look every fifteen minutes
        day.write_text("".join(lines[:until]))
        found = watched([rule()], series=day, known=known_alerts(store))
        keep(store, found)
        seen.append((len(found.fired), len(found.over), len(found.standing)))
    assert [sum(column) for column in zip(*seen, strict=True)][:2] == [3, 3]
    assert len(known_alerts(store)) == 3 and all(one.over for one in known_alerts(store))
    rows = read(store, AlertRow)
    states = sorted(row.state for row in rows)
    assert states == ["fired"] * 3 + ["over"] * 3 + ["standing"] * 7
    assert {row.state for row in rows if row.number == 1} == {"fired"}
    with store.reading() as reader:
        assert breaks(reader) == []
    assert {line.what for line in trail(store)} == {
        "alert fired", "alert over", "alert standing",
    }  # fmt: skip


def test_two_who_look_at_once_keep_a_breach_once(day: Path) -> None:
    store = open_store("memory")
    found = watched([rule()], series=day)
    keep(store, found)
    keep(store, found)
    assert len(read(store, AlertRow)) == 6


def test_a_breach_whose_beginning_moved_is_the_same_breach() -> None:
    """Reviews that came in late made an earlier week count."""
    (early,) = watch(rule(), points(97, 85, 85))
    (late,) = watch(rule(), points(97, 97, 85))
    again = news([early], [late], {})
    assert again.fired == () and again.standing[0].id == late.id


def test_a_rule_that_cannot_be_looked_at_costs_no_other(day: Path) -> None:
    rules = [
        rule(),
        rule(id="b", column="", measure="mood"),
        rule(id="c", column="", measure="csat", high=8, low=6),
        rule(id="d", column="", measure="resolved"),
    ]
    reviews = made_up_reviews(200).drop(columns=["csat"])
    found = watched(rules, reviews, day)
    assert len(found.fired) == 3 and set(found.blind) == {"b", "c", "d"}
    assert found.blind["d"] == "resolved goes from 0 to 1, not to 95"
    assert found.blind["c"] == "no call says both its csat, its day"
    assert watched([rule()]).blind == {"level": "no table with a column level was given"}
    assert watched([rules[1]], series=day).blind == {"b": "no reviews were given"}


def test_the_payload_is_json_of_what_is_new(day: Path, tmp_path: Path) -> None:
    found = watched([rule()], series=day)
    file = tmp_path / "payload.json"
    write_payload(found, file)
    said = json.loads(file.read_text())
    assert said["version"] == 1 and said["made_at"] > "2026"
    events = [(one["event"], one["began_at"][11:16]) for one in said["alerts"]]
    assert events == [(event, at) for event in ("fired", "over")
                      for at in ("08:15", "10:15", "11:45")]  # fmt: skip
    assert said["alerts"][0] | {"alert": ""} == {
        "event": "fired", "alert": "", "rule": "level", "says": "too few in time", "group": "all",
        "measure": "level", "state": "low", "began_at": "2026-11-02T08:15:00", "value": 89.0,
        "line": 90.0, "n": None, "worst": 89.0, "worst_at": "2026-11-02T08:15:00",
        "over_at": "2026-11-02T08:45:00", "points": 2, "opening": 1,
    }  # fmt: skip
    assert payload(watched([rule()]), "now") == {"version": 1, "made_at": "now", "alerts": []}
    assert len(alerts_frame(found.fired)) == 3
