"""Logs of draws: what was tampered with is found out, and what is no log is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from qa_review.base.errors import QAReviewError
from qa_review.base.lots import list_digest
from qa_review.base.records import to_json
from qa_review.team.draws import DrawLog, read_log
from qa_review.team.made_up import made_up_reviews
from qa_review.team.sampling import draw_priority, draw_random, draw_stratified, replayed

REVIEWS = made_up_reviews(240, agents=6, seed=4)
DRAWS = {
    "random": draw_random(REVIEWS, seed="x", per_agent=5),
    "stratified": draw_stratified(REVIEWS, ("queue",), 40, seed="x"),
    "priority": draw_priority(REVIEWS, 4),
}


def _first(log: DrawLog, **changed: Any) -> DrawLog:
    return replace(log, strata=(replace(log.strata[0], **changed), *log.strata[1:]))


@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize(
    ("field", "value"),
    [("calls", 7), ("digest", "0" * 64), ("first_day", "1999-01-01"), ("last_day", None),
     ("left_out", {"names no agent": 500})],
)  # fmt: skip
def test_every_field_but_the_note_is_held_against_the_reviews(
    kind: str, field: str, value: object
) -> None:
    log = DRAWS[kind].log
    said = replayed(replace(log, **{field: value}), REVIEWS)
    assert [one for one in said if one.startswith(f"{field}: the log says {value}")]
    assert replayed(replace(log, note="another"), REVIEWS) == ()


@pytest.mark.parametrize("kind", DRAWS)
def test_a_call_that_is_not_of_the_list_is_found_by_the_log_alone(kind: str) -> None:
    first = DRAWS[kind].log.strata[0]
    said = replayed(_first(DRAWS[kind].log, drawn=("c999", *first.drawn[1:])))
    assert f"{first.name}: drawn and not of its list: c999" in said


@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize(("field", "value"), [("calls", 7), ("digest", "0" * 64)])
def test_a_list_is_held_against_its_digest_and_count_by_the_log_alone(
    kind: str, field: str, value: object
) -> None:
    assert "not the one" in replayed(replace(DRAWS[kind].log, **{field: value}))[0]


@pytest.mark.parametrize("kind", ["random", "stratified"])
def test_a_draw_that_was_shortened_is_found_by_the_log_alone(kind: str) -> None:
    """The lots of those that are left are right: only their number tells."""
    first = DRAWS[kind].log.strata[0]
    asked = len(first.drawn)
    assert replayed(_first(DRAWS[kind].log, drawn=first.drawn[:-1])) == (
        f"{first.name}: {asked} calls were asked for, and the log has {asked - 1}",
    )


def test_a_priority_draw_that_was_changed_is_found() -> None:
    """Too many, or one twice, by the log alone; another call of the list by the reviews."""
    log = DRAWS["priority"].log
    first = log.strata[0]
    other = [call for call in first.calls if call not in log.drawn]
    more = _first(log, drawn=(*first.drawn, other[0]))
    assert "4 calls at most were asked for, and the log has 5" in replayed(more)[0]
    twice = _first(log, drawn=(log.strata[1].drawn[0], *first.drawn[1:]))
    assert replayed(twice) == ("a call, or a stratum, stands in the log twice",)
    swapped = _first(log, drawn=(other[0], *first.drawn[1:]))
    assert f"without {other[0]}; with {first.drawn[0]}" in replayed(swapped, REVIEWS)[0]
    fewer = _first(log, drawn=first.drawn[:-1])
    assert "comes out otherwise" in replayed(fewer, REVIEWS)[0]


def test_lists_in_another_order_are_found_by_the_reviews() -> None:
    log = DRAWS["random"].log
    turned = _first(log, calls=log.strata[0].calls[::-1])
    assert replayed(turned) == ()
    assert "order of their calls" in replayed(turned, REVIEWS)[0]


def test_an_agent_who_was_dropped_with_the_digest_made_anew_is_found_by_the_reviews() -> None:
    log = DRAWS["random"].log
    ids = [call for one in log.strata[1:] for call in one.calls]
    less = replace(log, strata=log.strata[1:], calls=len(ids), digest=list_digest(ids))
    assert "come since" in replayed(less, REVIEWS)[0]


def test_a_call_in_two_strata_is_found_by_the_log_alone() -> None:
    log = DRAWS["stratified"].log
    more = _first(log, calls=tuple(sorted((*log.strata[0].calls, log.strata[1].calls[0]))))
    assert "a call, or a stratum, stands in the log twice" in replayed(more)


def test_strata_that_can_not_give_a_call_each_are_found_by_the_log_alone() -> None:
    log = DRAWS["stratified"].log
    assert "can't be drawn from" in replayed(replace(log, asked={**log.asked, "calls": 1}))[-1]
    assert "can't be drawn from" in replayed(_first(log, calls=(), drawn=()))[-1]


def test_reviews_that_can_not_be_drawn_from_as_was_asked_say_why() -> None:
    log = DRAWS["stratified"].log
    assert "no column 'queue'" in replayed(log, REVIEWS.drop(columns="queue"))[0]
    with pytest.raises(ValueError, match="a call of its own"):
        replayed(log, pd.concat([REVIEWS, REVIEWS]))


def test_what_a_priority_draw_could_not_look_at_is_counted() -> None:
    some = REVIEWS.astype({"overall": "float64"}).copy()
    some.loc[~some["by_people"] & (some.index < 50), ["overall", "confidence"]] = float("nan")
    log = draw_priority(some, 4).log
    lacking = int((~some["by_people"] & (some.index < 50)).sum())
    assert log.left_out == {
        "people have scored it": int(some["by_people"].sum()),
        "has neither an overall figure nor the scorer's confidence": lacking,
    }
    assert log.calls == 240 - sum(log.left_out.values())
    assert replayed(log) == replayed(log, some) == ()


MALFORMED: list[tuple[str, str, object, str]] = [
    ("random", "asked", {}, "per_agent, and nothing else"),
    ("random", "asked", {"per_agent": 5, "note": "z"}, "per_agent, and nothing else"),
    ("random", "asked", {"per_agent": None}, "a whole number from 1 up"),
    ("random", "asked", {"per_agent": "x"}, "a whole number from 1 up"),
    ("random", "asked", {"per_agent": True}, "a whole number from 1 up"),
    ("random", "asked", {"per_agent": 0}, "a whole number from 1 up"),
    ("random", "seed", "", "text that isn't empty"),
    ("random", "seed", 7, "text"),
    ("stratified", "asked", {"by": ["queue"]}, "by and calls, and nothing else"),
    ("stratified", "asked", {"by": "queue", "calls": 4}, "a list of names of columns"),
    ("stratified", "asked", {"by": [1], "calls": 4}, "a list of names of columns"),
    ("stratified", "asked", {"by": ["queue"], "calls": 0}, "a whole number from 1 up"),
    ("priority", "asked", {"each": 1.5}, "a whole number from 1 up"),
    ("priority", "calls", -1, "a whole number from 0 up"),
    ("priority", "first_day", "yesterday", "a day such as 2026-10-31, or null"),
    ("priority", "last_day", 20261031, "a day such as 2026-10-31, or null"),
    ("priority", "left_out", {"x": "many"}, "whole numbers from 0 up, by reason"),
    ("priority", "digest", None, "text"),
    ("random", "strata", [{"name": 1, "calls": [], "drawn": []}], "text"),
    ("random", "strata", [{"name": "a", "calls": [1], "drawn": []}], "ids of calls, as text"),
    ("random", "strata", [{"name": "a", "calls": ["\ud800"], "drawn": []}], "ids of calls"),
]


@pytest.mark.parametrize(("kind", "field", "value", "allowed"), MALFORMED)
def test_a_log_with_a_field_that_can_not_be_is_refused(
    tmp_path: Path, kind: str, field: str, value: object, allowed: str
) -> None:
    """Reading says the file, the field and what is allowed."""
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**to_json(DRAWS[kind].log), field: value}), encoding="utf-8")
    with pytest.raises(QAReviewError, match=rf"log\.json: not the log .*{field}.*{allowed}"):
        read_log(path)


@pytest.mark.parametrize("value", [None, 3, "x", [None], [[]], [{"name": "a"}], [{"colour": 1}]])
def test_strata_that_are_none_are_refused(tmp_path: Path, value: object) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**to_json(DRAWS["random"].log), "strata": value}))
    with pytest.raises(QAReviewError, match=r"log\.json: not the log"):
        read_log(path)


def test_a_log_made_in_code_is_looked_at_too() -> None:
    for asked in ({}, {"per_agent": None}, {"per_agent": "x"}):
        with pytest.raises(QAReviewError, match="not the log of a draw"):
            replayed(replace(DRAWS["random"].log, asked=asked), REVIEWS)


def test_a_log_of_a_later_version_is_read_and_not_understood(tmp_path: Path) -> None:
    later = replace(DRAWS["random"].log, method="lots 9", asked={"colour": "red"})
    path = tmp_path / "log.json"
    path.write_text(json.dumps(to_json(later)), encoding="utf-8")
    assert "doesn't know" in replayed(read_log(path), REVIEWS)[0]
