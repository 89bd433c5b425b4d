"""A look at all rules at once, remembered in the store, and told as a payload for other software.

Takes rules, the frame of reviews, a table with times of its own, and what is known of earlier
breaches; makes :class:`~qa_review.team.alerts.News`. A rule that can't be looked at (its column is
not there, its behaviour is none of the rubric's) is named with the reason, and costs no other.

The payload is JSON for a webhook: ``version``, ``made_at``, and ``alerts``, of which each has the
columns of :data:`~qa_review.team.alerts.ALERTS` and ``event``, "fired" or "over". It is written to
a file; sending it is left to who has a network. It is written before what is told is kept, so that
a failure loses nothing: what could be told twice has the same ``alert``, ``opening`` and ``event``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from qa_review.base.errors import UnknownName
from qa_review.base.frames import or_none
from qa_review.base.records import dumps, from_json
from qa_review.keep.audit import SOFTWARE, note, now
from qa_review.keep.folder import write_text
from qa_review.keep.rows import AlertRow
from qa_review.keep.store import Store, Unit, next_number
from qa_review.team.alert_rules import Rule
from qa_review.team.alerts import Alert, News, alerts_frame, counting, news, watch
from qa_review.team.bands import By
from qa_review.team.measures import Points, points_of, scale_of, series_of
from qa_review.team.reviews import days

if TYPE_CHECKING:
    import pandas as pd

PAYLOAD_VERSION = 1


def watched(
    rules: Sequence[Rule],
    reviews: pd.DataFrame | None = None,
    series: Path | None = None,
    known: Sequence[Alert] = (),
) -> News:
    """What the rules find now.

    Args:
        reviews: the frame of reviews, for rules on a measure.
        series: a CSV file with a column ``at``, for rules on a column.
        known: every breach that was told before.

    Raises:
        MetadataError: the file can't be read at all.
    """
    found: list[Alert] = []
    blind: dict[str, str] = {}
    looked: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        points, why = _points(rule, reviews, series)
        if why:
            blind[rule.id] = why
        for group, own in points.items():
            if told := counting(rule, own):
                looked[rule.id, group] = [point.at for point in told]
                found += watch(rule, told, group, _standing(known, rule.id, group, told[0].at))
    return news(found, known, blind, looked)


def _standing(known: Sequence[Alert], rule: str, group: str, first: str) -> Alert | None:
    """The newest breach that isn't over and began before the first time that is looked at."""
    began = [
        one for one in known
        if (one.rule, one.group, one.over) == (rule, group, False) and one.began_at < first
    ]  # fmt: skip
    return max(began, key=lambda one: one.began_at, default=None)


def breaches_of(
    rules: Sequence[Rule], reviews: pd.DataFrame | None, series: Path | None, until: str
) -> tuple[tuple[Alert, ...], Mapping[str, str]]:
    """Every breach by what happened up to a day, and the rules that couldn't be looked at.

    No store has a say: the same data give the same breaches. One that wasn't over on that day is
    open, whatever came later. Of a period that goes on after the day, its calls up to the day.

    Args:
        until: the last day, such as ``"2026-10-31"``; of times with an offset, the day in UTC.

    Raises:
        ValueError: ``until`` is no day.
        MetadataError: the file can't be read at all.
    """
    try:
        day = date.fromisoformat(until).isoformat()
    except ValueError:
        raise ValueError(f"until: a day is written as 2026-10-31, not {until!r}") from None
    if reviews is not None:
        reviews = reviews[days(reviews) <= np.datetime64(day)]
    found: list[Alert] = []
    blind: dict[str, str] = {}
    for rule in rules:
        points, why = _points(rule, reviews, series)
        if why:
            blind[rule.id] = why
        for group, own in points.items():
            found += watch(rule, (point for point in own if point.at[:10] <= day), group)
    return tuple(sorted(found, key=lambda one: (one.began_at, one.rule, one.group))), blind


def _points(rule: Rule, reviews: pd.DataFrame | None, series: Path | None) -> tuple[Points, str]:
    """The points of a rule, and why there are none or fewer."""
    if rule.column:
        if series is None:
            return {}, f"no table with a column {rule.column} was given"
        points, problems = series_of(series, rule.column, rule.by)
        return points, "; ".join(problems[:3]) + f" (of {len(problems)})" * (len(problems) > 3)
    if reviews is None:
        return {}, "no reviews were given"
    try:
        points = points_of(reviews, rule.measure, cast(By, rule.by), rule.every)
    except UnknownName as error:
        return {}, str(error)
    scale = scale_of(reviews, rule.measure)
    outside = [line for line in (rule.high, rule.low) if scale and not scale[0] <= line <= scale[1]]
    if scale and outside:
        return {}, f"{rule.measure} goes from {scale[0]:g} to {scale[1]:g}, not to {outside[0]:g}"
    if not any(points.values()):
        return {}, f"no call says both its {rule.measure}, its day" + (
            f" and its {rule.by}" if rule.by != "all" else ""
        )
    return points, ""


def known_alerts(store: Store) -> tuple[Alert, ...]:
    """Every breach that a store knows, as it was last seen, by when it began."""
    with store.reading() as reader:
        newest = {row.alert_id: row for row in reader.find(AlertRow)}  # the last number comes last
    return tuple(sorted(map(_alert, newest.values()), key=lambda one: (one.began_at, one.id)))


def keep(store: Store, told: News) -> None:
    """Remember what was found; who looks next is not told the same again.

    Somebody else may have looked in the meantime: each opening of a breach is kept as fired once
    and as over once, and what they saw later stays. A breach that goes on is kept when it moved,
    so that its worst value isn't lost to who sees the newest values only.
    """
    with store.writing() as unit:
        for alert in told.fired:
            _keep(unit, replace(alert, over_at=""), "fired")
        for alert in (*told.fired, *told.over):
            if alert.over:
                _keep(unit, alert, "over")
        for alert in told.standing:
            _keep(unit, alert, "standing")
        for alert in told.revised:
            _keep(unit, alert, "revised")


def _keep(unit: Unit, alert: Alert, state: str) -> None:
    if state in ("fired", "over"):
        rows = unit.find(AlertRow, alert_id=alert.id, state=state)
        if any(_alert(row).opening >= alert.opening for row in rows):
            return
    elif last := unit.last(AlertRow, alert_id=alert.id):
        newest = _alert(last)
        moved = newest != alert and newest.last_at <= alert.last_at
        if not moved or (newest.opening, newest.over) != (alert.opening, alert.over):
            return
    number = next_number(unit, AlertRow, alert_id=alert.id)
    body = json.dumps(json.loads(dumps(alert)))  # in ASCII, as every body
    unit.add(AlertRow(alert.id, number, alert.rule, state, now(), body))
    note(unit, SOFTWARE, f"alert {state}", alert.id, alert.rule)


def _alert(row: AlertRow) -> Alert:
    return from_json(Alert, json.loads(row.body))


def payload(told: News, made_at: str = "") -> dict[str, Any]:
    """What is new, as JSON values."""
    events = [("fired", one) for one in told.fired]
    events += [("over", one) for one in (*told.fired, *told.over) if one.over]
    table = alerts_frame(alert for _, alert in events)
    return {
        "version": PAYLOAD_VERSION,
        "made_at": made_at or now(),
        "alerts": [
            {"event": event, **{name: or_none(cell) for name, cell in row.items()}}
            for (event, _), row in zip(events, table.to_dict("records"), strict=True)
        ],
    }


def write_payload(told: News, path: Path) -> None:
    """The payload as a file, whole or not at all."""
    write_text(path, json.dumps(payload(told), indent=2) + "\n")
