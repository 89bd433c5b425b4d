"""The monthly pack: every figure of a team for one month, made in one go.

Takes the frame of reviews of the month and of those before it, with what else is known; makes the
frames that the pack's page is written from, and that lie beside it as tables.

Bands, friction and samples are of the month. Who is punished, what goes with outcomes and the audit
of the rubric are of the month and :data:`WINDOW` before it: a month of one agent's calls is too few
to judge them by. What changed is the month beside the :data:`WINDOW` before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa_review.base.frames import frame
from qa_review.grade.rubric import Rubric
from qa_review.team.alert_rules import Rule
from qa_review.team.alerts import Alert, alerts_frame
from qa_review.team.bands import Lines, bands_frame
from qa_review.team.case_mix import handling_frame
from qa_review.team.changes import changes_frame, spans
from qa_review.team.compared import Compared, compared
from qa_review.team.draws import Draw, DrawLog
from qa_review.team.friction import SYSTEMS, By, friction_frame, systems_frame
from qa_review.team.items import Items
from qa_review.team.measures import measures_of, points_of
from qa_review.team.outcomes import associations_frame
from qa_review.team.precision import calls_needed_frame
from qa_review.team.ranks import ranks_frame
from qa_review.team.repeats import repeat_cost_frame
from qa_review.team.reviews import FIGURES, NAMES, checked, months
from qa_review.team.rubric_audit import audit_frame
from qa_review.team.sampling import draw_priority
from qa_review.team.verdicts import verdicts_frame
from qa_review.team.watching import breaches_of
from qa_review.team.worth import extra_minutes_frame, minutes_frame

if TYPE_CHECKING:
    import pandas as pd

WINDOW = 3
"""months before the month that are looked at with it"""
LISTEN = 6
"""calls to hear for each reason"""
MONTH_PARTS = 19
"""frames that are made besides the reviews"""
COURSES = {
    "measure": "string",
    "first": "string",
    "mean": "Float64",
    "low": "Float64",
    "high": "Float64",
    "n": "Int64",
}
MISSING = {"column": "string", "calls": "Int64", "missing": "Int64", "share": "Float64"}


@dataclass(frozen=True, slots=True)
class Material:
    """What a pack is made from; all but the reviews may be missing.

    ``reviews`` are all that there are, of any month. ``events`` are the stretches of friction, a
    row each, of any call. ``items`` are the indicators found in calls, for the audit.
    """

    reviews: pd.DataFrame
    month: str
    rubric: Rubric
    events: pd.DataFrame | None = None
    items: Items | None = None
    rules: Sequence[Rule] = ()
    series: Path | None = None
    pages: Mapping[str, str] = field(default_factory=dict)
    """a call's id to the path of its page, relative to the pack's"""

    def of_month(self) -> pd.DataFrame:
        """The reviews of the month."""
        now, _ = spans(self.reviews, self.month)
        return self.reviews[now].reset_index(drop=True)

    def of_window(self) -> pd.DataFrame:
        """The reviews of the month and of those before it."""
        now, before = spans(self.reviews, self.month, WINDOW)
        return self.reviews[now | before].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Pack:
    """The figures of a month: ``frames`` by name, and what they were made from."""

    month: str
    rubric: Rubric
    lines: Lines
    frames: Mapping[str, pd.DataFrame]
    blind: Mapping[str, str]
    """rules that couldn't be looked at, or not wholly, with the reason"""
    calls: int
    """of the month"""
    agents: int
    by_people: int
    """calls of the month whose levels people gave"""
    window_calls: int
    months: tuple[str, ...]
    """that have calls, up to the month"""
    picked: DrawLog
    """how the calls to hear were picked"""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """each frame to how long it took on the clock"""
    pages: Mapping[str, str] = field(default_factory=dict)
    """a call's id to the path of its page, relative to the pack's"""


def monthly_pack(material: Material, told: Callable[[str], None] = lambda name: None) -> Pack:
    """Every figure of a month.

    Args:
        told: called with the name of each figure before it is made.

    Raises:
        FrameError: the reviews break the rules of :mod:`qa_review.team.reviews`.
        ValueError: the month is none.
    """
    checked(material.reviews)
    now, window = material.of_month(), material.of_window()
    lines = Lines.of(material.rubric)
    found: dict[str, pd.DataFrame] = {"reviews": now}
    seconds: dict[str, float] = {}
    both: list[Compared] = []

    def compare() -> Compared:
        """The agents of the window beside each other; made once for all who need it."""
        if not both:
            both.append(compared(window))
        return both[0]

    picked = draw_priority(now, min(LISTEN, max(1, len(now) // 5)))
    breaches, blind = _breaches(material)
    for name, make in _figures(material, now, window, lines, breaches, picked, compare).items():
        told(name)
        began = time.perf_counter()
        found[name] = make()
        seconds[name] = time.perf_counter() - began
    stamps = months(material.reviews)[1]
    agents = int(now["agent"].nunique()) if "agent" in now else 0
    by_people = int(now["by_people"].sum()) if "by_people" in now else 0
    return Pack(
        material.month, material.rubric, lines, found, blind, len(now), agents, by_people,
        len(window), tuple(one for one in stamps if one <= material.month), picked.log, seconds,
        material.pages,
    )  # fmt: skip


def _figures(
    material: Material,
    now: pd.DataFrame,
    window: pd.DataFrame,
    lines: Lines,
    breaches: Sequence[Alert],
    picked: Draw,
    compare: Callable[[], Compared],
) -> dict[str, Callable[[], pd.DataFrame]]:
    """Each frame's name to what makes it, in the order in which they are made."""
    return {
        "changes": lambda: _changes(material),
        "trends": lambda: courses_frame(material.reviews, material.month),
        "bands_team": lambda: bands_frame(now, lines, by="team"),
        "bands_agent": lambda: bands_frame(now, lines, by="agent"),
        "bands_all": lambda: bands_frame(now, lines, by="all"),
        "handling": lambda: handling_frame(compare()),
        "ranks": lambda: ranks_frame(compare()),
        "verdicts": lambda: verdicts_frame(compare()),
        "associations": lambda: associations_frame(window, compared=compare()),
        "minutes": lambda: minutes_frame(window, compared=compare()),
        "extra_minutes": lambda: extra_minutes_frame(window, compared=compare()),
        "repeat_cost": lambda: repeat_cost_frame(compare()),
        "friction": lambda: _friction(now),
        "systems": lambda: _systems(material, now),
        "alerts": lambda: alerts_frame(breaches),
        "listen_to": lambda: picked.frame,
        "calls_needed": lambda: calls_needed_frame(now),
        "audit": lambda: audit_frame(window, material.items, material.rubric),
        "missing": lambda: missing_frame(now),
    }


def _breaches(material: Material) -> tuple[tuple[Alert, ...], Mapping[str, str]]:
    """The breaches that some of the month saw, as they stood at its end."""
    first = np.datetime64(material.month, "M")
    last = str((first + 1).astype("datetime64[D]") - 1)
    found, blind = breaches_of(material.rules, material.reviews, material.series, last)
    seen = (one for one in found if not one.over or one.over_at[:7] >= material.month)
    return tuple(seen), blind


def _changes(material: Material) -> pd.DataFrame:
    """What changed for all and for each team, corrected together within each."""
    import pandas

    parts = [
        changes_frame(material.reviews, material.month, by=by, before=WINDOW)
        for by in ("all", "team")
    ]
    return pandas.concat(parts, ignore_index=True)


def _friction(now: pd.DataFrame) -> pd.DataFrame:
    import pandas

    wanted: tuple[By, ...] = ("all", "queue", "team", "agent", "issue")
    return pandas.concat([friction_frame(now, by=by) for by in wanted], ignore_index=True)


def _systems(material: Material, now: pd.DataFrame) -> pd.DataFrame:
    return frame(SYSTEMS, ()) if material.events is None else systems_frame(material.events, now)


def courses_frame(reviews: pd.DataFrame, month: str) -> pd.DataFrame:
    """One row a measure and month, up to ``month``: the mean, its interval, n."""
    rows = []
    for measure in measures_of(reviews):
        for point in points_of(reviews, measure, "all", "month").get("all", ()):
            if point.at[:7] <= month:
                rows.append((measure, point.at, point.value, point.low, point.high, point.n))
    return frame(COURSES, rows)


def missing_frame(reviews: pd.DataFrame) -> pd.DataFrame:
    """One row a column that some call lacks: how many calls, and what share of them."""
    rows = []
    for name in (*NAMES, "day", *FIGURES):
        lacking = int(reviews[name].isna().sum()) if name in reviews else len(reviews)
        if lacking:
            rows.append((name, len(reviews), lacking, lacking / len(reviews)))
    return frame(MISSING, rows)
