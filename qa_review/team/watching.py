"""A look at all rules at once, remembered in the store, and told as a payload for other software.

Takes rules, the frame of reviews, a table with times of its own, and what is known of earlier
breaches; makes :class:`~qa_review.team.alerts.News`. A rule that can't be looked at (its column is
not there, its behaviour is none of the rubric's) is named with the reason, and costs no other.

The payload is JSON for a webhook: ``version``, ``made_at``, and ``alerts``, of which each has the
columns of :data:`~qa_review.team.alerts.ALERTS` and ``event``, "fired" or "over". It is written to
a file; sending it is left to who has a network.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qa_review.base.errors import UnknownName
from qa_review.base.frames import or_none
from qa_review.base.records import dumps, from_json
from qa_review.keep.audit import SOFTWARE, note, now
from qa_review.keep.folder import write_text
from qa_review.keep.rows import AlertRow
from qa_review.keep.store import Store, Unit, next_number
from qa_review.team.alert_rules import Rule
from qa_review.team.alerts import Alert, News, alerts_frame, news, watch
from qa_review.team.bands import By
from qa_review.team.measures import Points, points_of, series_of

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
    for rule in rules:
        points, why = _points(rule, reviews, series)
        if why:
            blind[rule.id] = why
        for group, own in points.items():
            standing = (
                one for one in known if (one.rule, one.group, one.over) == (rule.id, group, False)
            )
            found += watch(rule, own, group, next(standing, None))
    return news(found, known, blind)


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
    if not any(points.values()):
        return {}, f"no call says both its {rule.measure}, its day" + (
            f" and its {rule.by}" if rule.by != "all" else ""
        )
    return points, ""


def known_alerts(store: Store) -> tuple[Alert, ...]:
    """Every breach that a store knows, as it was last told, by when it began."""
    newest: dict[str, AlertRow] = {}
    with store.reading() as reader:
        for row in reader.find(AlertRow):
            newest[row.alert_id] = row  # the highest number comes last
    alerts = (from_json(Alert, json.loads(row.body)) for row in newest.values())
    return tuple(sorted(alerts, key=lambda one: (one.began_at, one.id)))


def keep(store: Store, told: News) -> None:
    """Remember what is new; who looks next is not told it again.

    Somebody else may have looked in the meantime: what they kept already is kept once.
    """
    with store.writing() as unit:
        for alert in told.fired:
            _keep(unit, replace(alert, over_at=""), "fired")
        for alert in (*told.fired, *told.over):
            if alert.over:
                _keep(unit, alert, "over")


def _keep(unit: Unit, alert: Alert, state: str) -> None:
    rows = unit.find(AlertRow, alert_id=alert.id)
    if any(row.state == state for row in rows):
        return
    number = next_number(unit, AlertRow, alert_id=alert.id)
    body = json.dumps(json.loads(dumps(alert)))  # in ASCII, as every body
    unit.add(AlertRow(alert.id, number, alert.rule, state, now(), body))
    note(unit, SOFTWARE, f"alert {state}", alert.id, alert.rule)


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
