"""Alerts: a rule over a measure in time, once a breach.

Takes points in time of a measure; makes an :class:`Alert` for each breach, however long it lasts
and however often the measure wavers within it. What is told again is told once: a breach that
overlaps one that is known is that one.

Values may be revised. A known breach that isn't one by the values of now is over, at the time it
began. One that was over, and by the values of now is not, is open anew: the same ``id``, with the
next ``opening``. Where a breach falls into two, the first that overlaps keeps the ``id``.

Times are ISO 8601 text that sorts: all with an offset, in UTC, or all without.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
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
    "opening": "Int64",
}
"""``state`` is the worst that a breach came to, ``value`` what it began with, ``over_at`` when the
measure was high again and missing while it isn't, ``points`` how many values it lasted, ``opening``
1, and one more each time that values were revised and it wasn't over after all. Where ``over_at``
is ``began_at`` the values were revised and it never was."""


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
    opening: int = 1

    @property
    def over(self) -> bool:
        return bool(self.over_at)

    def meets(self, other: Alert) -> bool:
        """Whether both are the same breach: of the same rule and group, at a common time.

        One that isn't over reaches to the last time that was looked at.
        """
        same = (self.rule, self.group) == (other.rule, other.group)
        return same and (self._holds(other.began_at) or other._holds(self.began_at))

    def _holds(self, at: str) -> bool:
        return self.began_at <= at and (at < self.over_at if self.over else at <= self.last_at)


def watch(
    rule: Rule, points: Iterable[Reading], group: str = "all", standing: Alert | None = None
) -> tuple[Alert, ...]:
    """Every breach among the points of one group, oldest first.

    Args:
        points: in any order; those with fewer calls than ``rule.least`` change nothing, nor does
            a second one of a time.
        standing: a breach that isn't over. Where the points begin after it, it goes on; where they
            reach back to it, it is found again.
    """
    told = counting(rule, points)
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


def counting(rule: Rule, points: Iterable[Reading]) -> list[Reading]:
    """The points that a rule goes by, one a time, oldest first."""
    by_time: dict[str, Reading] = {}
    for point in points:
        if point.n is None or point.n >= rule.least:
            by_time.setdefault(point.at, point)
    return [by_time[at] for at in sorted(by_time)]


def _begun(rule: Rule, group: str, point: Reading, state: State) -> Alert:
    return Alert(
        digest(rule.id, group, point.at), rule.id, rule.says, group, rule.measure or rule.column,
        state, point.at, point.value, rule.line(state), point.n, point.value, point.at, state,
        point.at,
    )  # fmt: skip


def _gone_on(alert: Alert, rule: Rule, point: Reading, state: State) -> Alert:
    worst = min if rule.high > rule.low else max
    lower = max(state, alert.state, key=STATES.index)
    alert = replace(alert, points=alert.points + 1, now=state, last_at=point.at, state=lower)
    if worst(point.value, alert.worst) == alert.worst:
        return alert
    return replace(alert, worst=point.value, worst_at=point.at)


@dataclass(frozen=True, slots=True)
class News:
    """What a look at the rules brought: breaches that are new, and known ones that are over."""

    fired: tuple[Alert, ...]
    """new, or open anew"""
    over: tuple[Alert, ...]
    standing: tuple[Alert, ...]
    """known before, and still not over"""
    blind: Mapping[str, str]
    """rules that couldn't be looked at, with the reason"""
    revised: tuple[Alert, ...] = ()
    """known to be over before, and still so, but with other figures now; nothing to tell"""


Looked = Mapping[tuple[str, str], Sequence[str]]
"""a rule and a group to the times that were looked at, oldest first"""


def news(
    found: Sequence[Alert], known: Sequence[Alert], blind: Mapping[str, str],
    looked: Looked = MappingProxyType({}),
) -> News:  # fmt: skip
    """What is new among breaches, next to those that are known.

    A breach that meets a known one keeps that one's id; no two meet the same one. One that began
    and ended since the last look is told as fired, with its end.

    Args:
        looked: where the breaches were looked for; a known one in there that isn't found is over.
    """
    told: dict[str, list[Alert]] = {"fired": [], "over": [], "standing": [], "revised": []}
    taken = {one.id for one in known}
    left = {one.id: one for one in sorted(known, key=lambda one: (one.began_at, one.id))}
    for alert in sorted(found, key=lambda one: (one.began_at, one.id)):
        times = looked.get((alert.rule, alert.group), (alert.began_at,))
        if same := _same(alert, left.values()):
            del left[same.id]
            word, alert = _told(alert, same, times[0])
            if (word, alert) == ("revised", same):
                continue
        else:
            word, alert = "fired", _named(alert, taken)
            taken.add(alert.id)
        told[word].append(alert)
    told["over"] += (
        _ended(one, times[place])
        for one in left.values()
        if (times := looked.get((one.rule, one.group), ()))
        and (place := _end(one, times)) < len(times)
        and not one.over
    )
    return News(blind=blind, **{word: tuple(alerts) for word, alerts in told.items()})


def _end(alert: Alert, times: Sequence[str]) -> int:
    """The place of the first time that tells that a breach which isn't found there is over."""
    if times[0] <= alert.began_at:
        return bisect_left(times, alert.began_at)
    return bisect_right(times, alert.last_at)  # a later one stands, so this one must be over


def _ended(alert: Alert, at: str) -> Alert:
    points = 0 if at == alert.began_at else alert.points
    return replace(alert, over_at=at, last_at=at, now="high", points=points)


def _same(alert: Alert, known: Iterable[Alert]) -> Alert | None:
    """The known breach that this is: one that isn't over, that has its name, then the oldest."""
    met = [one for one in known if one.meets(alert)]
    return min(met, key=lambda one: (one.over, one.id != alert.id), default=None)


def _told(alert: Alert, same: Alert, first: str) -> tuple[str, Alert]:
    """What to tell of a breach that is known, and the breach with what is known of it.

    Args:
        first: the first time that was looked at.
    """
    alert = replace(alert, id=same.id, opening=same.opening)
    if not same.over:
        return ("over" if alert.over else "standing"), alert
    if same.began_at < first:  # only its end was looked at
        alert = _joined(same, alert)
    if alert.over:
        more = first <= same.began_at or alert.over_at > same.over_at
        return "revised", alert if more else same
    if alert.last_at < same.over_at:  # the data are older than what is known
        return "revised", same
    return "fired", replace(alert, opening=same.opening + 1)


def _joined(known: Alert, again: Alert) -> Alert:
    """A known breach with what was found of its later part."""
    worst = min if known.value < known.line else max
    deeper = again if worst(again.worst, known.worst) != known.worst else known
    return replace(
        known, state=max(known.state, again.state, key=STATES.index), worst=deeper.worst,
        worst_at=deeper.worst_at, now=again.now, last_at=again.last_at, over_at=again.over_at,
        points=max(known.points, again.points),
    )  # fmt: skip


def _named(alert: Alert, others: Collection[str]) -> Alert:
    """A new breach, with an id of its own where a known one that has moved holds it."""
    while alert.id in others:
        alert = replace(alert, id=digest(alert.id))
    return alert


def alerts_frame(alerts: Iterable[Alert]) -> pd.DataFrame:
    """One row a breach; :data:`ALERTS` are the columns."""
    return frame(
        ALERTS,
        (
            (
                one.id, one.rule, one.says, one.group, one.measure, one.state, one.began_at,
                one.value, one.line, one.n, one.worst, one.worst_at, one.over_at or None,
                one.points, one.opening,
            )
            for one in alerts
        ),
    )  # fmt: skip
