"""Alerts: a rule over a measure in time, once a breach.

Takes points in time of a measure; makes an :class:`Alert` for each breach, however long it lasts
and however often the measure wavers within it. What is told again is told once: a breach that
overlaps one that is known is that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa_review.base.frames import frame
from qa_review.base.records import digest
from qa_review.team.alert_rules import STATES, Reading, Rule, State

if TYPE_CHECKING:
    import pandas as pd

ALERTS = {
    "alert": "string",
    "rule": "string",
    "says": "string",
    "group": "string",
    "measure": "string",
    "state": "string",
    "began_at": "string",
    "value": "Float64",
    "line": "Float64",
    "n": "Int64",
    "worst": "Float64",
    "worst_at": "string",
    "over_at": "string",
    "points": "Int64",
}
"""``state`` is the worst that a breach came to, ``value`` what it began with, ``over_at`` when the
measure was high again and missing while it isn't, ``points`` how many values it lasted, of those
that were looked at last."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One breach of one rule by one group."""

    id: str
    rule: str
    says: str
    group: str
    measure: str
    state: State
    began_at: str
    value: float
    line: float
    n: int | None
    worst: float
    worst_at: str
    now: State
    """the state that the measure was last in"""
    last_at: str
    """the last time that was looked at"""
    over_at: str = ""
    points: int = 1

    @property
    def over(self) -> bool:
        return bool(self.over_at)

    def meets(self, other: Alert) -> bool:
        """Whether both are the same breach: of the same rule and group, at a common time."""
        if (self.rule, self.group) != (other.rule, other.group):
            return False
        ends = [one.over_at or "~" for one in (self, other)]  # "~" sorts after every time
        return self.began_at < ends[1] and other.began_at < ends[0]


def watch(
    rule: Rule, points: Iterable[Reading], group: str = "all", standing: Alert | None = None
) -> tuple[Alert, ...]:
    """Every breach among the points of one group, oldest first.

    Args:
        points: in any order; those with fewer calls than ``rule.least`` change nothing.
        standing: a breach that isn't over. Where the points begin after it, it goes on; where they
            reach back to it, it is found again.
    """
    told = sorted(
        (point for point in points if point.n is None or point.n >= rule.least),
        key=lambda point: point.at,
    )
    alert: Alert | None = None
    state: State = "high"
    if standing and told and told[0].at > standing.began_at:
        alert, state = standing, standing.now
        told = [point for point in told if point.at > standing.last_at]
    found: list[Alert] = []
    for point in told:
        state = rule.state(point, state)
        if alert and state == "high":
            found.append(replace(alert, over_at=point.at, now=state, last_at=point.at))
            alert = None
        elif alert:
            alert = _gone_on(alert, rule, point, state)
        elif STATES.index(state) >= STATES.index(rule.fires):
            alert = _begun(rule, group, point, state)
    return (*found, alert) if alert else tuple(found)


def _begun(rule: Rule, group: str, point: Reading, state: State) -> Alert:
    return Alert(
        digest(rule.id, group, point.at), rule.id, rule.says, group, rule.measure or rule.column,
        state, point.at, point.value, rule.line(state), point.n, point.value, point.at, state,
        point.at,
    )  # fmt: skip


def _gone_on(alert: Alert, rule: Rule, point: Reading, state: State) -> Alert:
    worst = min if rule.high > rule.low else max
    alert = replace(alert, points=alert.points + 1, now=state, last_at=point.at)
    if worst(point.value, alert.worst) == alert.worst:
        return alert
    lower = max(state, alert.state, key=STATES.index)
    return replace(alert, worst=point.value, worst_at=point.at, state=lower)


@dataclass(frozen=True, slots=True)
class News:
    """What a look at the rules brought: breaches that are new, and known ones that are over."""

    fired: tuple[Alert, ...]
    over: tuple[Alert, ...]
    standing: tuple[Alert, ...]
    """known before, and still not over"""
    blind: Mapping[str, str]
    """rules that couldn't be looked at, with the reason"""


def news(found: Sequence[Alert], known: Sequence[Alert], blind: Mapping[str, str]) -> News:
    """What is new among breaches, next to those that are known.

    A breach that meets a known one keeps that one's id. One that began and ended since the last
    look is told as fired, with its end.
    """
    fired: list[Alert] = []
    over: list[Alert] = []
    standing: list[Alert] = []
    for alert in found:
        same = next((one for one in known if one.meets(alert)), None)
        if same is None:
            fired.append(alert)
        elif not same.over:
            (over if alert.over else standing).append(replace(alert, id=same.id))
    return News(tuple(fired), tuple(over), tuple(standing), blind)


def alerts_frame(alerts: Iterable[Alert]) -> pd.DataFrame:
    """One row a breach; :data:`ALERTS` are the columns."""
    return frame(
        ALERTS,
        (
            (
                one.id, one.rule, one.says, one.group, one.measure, one.state, one.began_at,
                one.value, one.line, one.n, one.worst, one.worst_at, one.over_at or None,
                one.points,
            )
            for one in alerts
        ),
    )  # fmt: skip
