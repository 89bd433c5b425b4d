"""Made-up reviews with known truths in them, to try a figure on before it judges people.

Makes a frame as :mod:`qa_review.team.reviews` has it. How a call goes is drawn so:

- An agent has a skill (in levels), the same for every behaviour, and a pace (a factor of time).
- A queue and an issue have a difficulty each, which takes from the levels and adds to the time.
- A level is the middle of the scale plus skill less difficulty plus noise, rounded and cut off.
- Handling time is log-normal; what is lost to systems is part of it.
- Outcomes follow the levels by ``effect``, and the difficulty: nothing else.

What is planted for an agent is said by ``skills`` and ``paces``; the rest is drawn by ``spread``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_review.team.reviews import LEVEL, Numbers, overall_of

if TYPE_CHECKING:
    import pandas as pd

BEHAVIOURS = ("listening", "understanding", "expectation_setting", "ownership", "learning")
MIDDLE, NOISE = 3.4, 0.8
"""the level of an agent without skill or difficulty, and the noise of one behaviour in one call"""
CALL_NOISE = 0.4
"""what the behaviours of one call have in common, beside the agent"""
USUAL_MS, TIME_NOISE = 300_000, 0.45
LOST = 0.12
"""the mean share of a call that is lost to systems"""


def made_up_reviews(
    calls: int,
    *,
    agents: int = 20,
    teams: int = 4,
    queues: int = 5,
    issues: int = 6,
    months: int = 1,
    spread: float = 0.35,
    effect: float = 0.6,
    hardness: float = 0.3,
    left_open: float = 0.05,
    skills: Mapping[str, float] | None = None,
    paces: Mapping[str, float] | None = None,
    behaviours: Sequence[str] = BEHAVIOURS,
    first: str = "2026-10-01",
    seed: int = 0,
) -> pd.DataFrame:
    """A frame of so many calls, spread evenly over agents and days.

    Args:
        spread: the standard deviation of agents' skills in levels, and of the log of their paces.
        effect: what a level more of all behaviours adds to the log odds of "resolved", takes from
            those of "repeat contact", and adds to csat.
        hardness: the standard deviation of queues' and issues' difficulties in levels.
        left_open: the share of levels that are missing.
        skills: levels that an agent (``"agent-03"``) is better by; others' are drawn.
        paces: a factor of an agent's handling time; others' are drawn.
        months: over how many months the calls lie, from ``first`` on.
    """
    chance = np.random.default_rng(seed)
    agent = np.arange(calls) % agents
    queue, issue = chance.integers(queues, size=calls), chance.integers(issues, size=calls)
    hard = (chance.normal(0, hardness, queues))[queue] + (chance.normal(0, hardness, issues))[issue]
    skill = _planted(chance.normal(0, spread, agents), skills or {})
    pace = _planted(np.exp(chance.normal(0, spread, agents)), paces or {})
    middle = MIDDLE + skill[agent] - hard + chance.normal(0, CALL_NOISE, calls)
    noise = chance.normal(0, NOISE, (calls, len(behaviours)))
    levels = np.clip(np.rint(middle[:, None] + noise), 1, 5)
    served = levels.mean(axis=1) - MIDDLE
    levels[chance.random(levels.shape) < left_open] = np.nan
    odds = effect * served - 0.3 * hard
    handle = USUAL_MS * pace[agent] * np.exp(0.5 * hard + chance.normal(0, TIME_NOISE, calls))
    lost = handle * np.minimum(0.9, chance.exponential(LOST, calls))
    days = np.datetime64(first, "D") + np.sort(chance.integers(30 * months, size=calls))
    columns: dict[str, Any] = {
        "agent": _named("agent", agent, agents),
        "team": _named("team", agent % teams, teams),
        "queue": _named("queue", queue, queues),
        "issue": _named("issue", issue, issues),
        "customer": _named("customer", chance.integers(max(1, calls // 2), size=calls)),
        "day": days.astype("datetime64[s]"),
        "handle_ms": handle.round(),
        "friction_ms": lost.round(),
        "systems": chance.poisson(1.2, calls).astype(float),
        "csat": np.clip(np.rint(7 + 1.5 * odds + chance.normal(0, 1.5, calls)), 0, 10),
        "resolved": _happened(chance, 0.9 + odds),
        "repeat_contact": _happened(chance, -1.4 - odds),
        "transferred": _happened(chance, np.full(calls, -2.2)),
        "confidence": chance.uniform(0.4, 0.95, calls),
        "by_people": chance.random(calls) < 0.05,
    }
    return _framed(calls, columns, levels, behaviours)


def _framed(
    calls: int, columns: dict[str, Any], levels: Numbers, behaviours: Sequence[str]
) -> pd.DataFrame:
    import pandas

    width = len(str(calls))
    ids = [f"call-{number:0{width}}" for number in range(calls)]
    columns = {"call": pandas.array(ids, dtype="string"), **columns}
    columns["overall"] = overall_of(levels, [1.0] * len(behaviours))
    columns |= {f"{LEVEL}{name}": levels[:, place] for place, name in enumerate(behaviours)}
    return pandas.DataFrame(columns)


def _planted(drawn: Numbers, wanted: Mapping[str, float]) -> Numbers:
    """What was drawn for each agent, with what is wanted in its place."""
    for name, value in wanted.items():
        drawn[int(name.rpartition("-")[2])] = value
    return drawn


def _named(kind: str, codes: Any, count: int = 0) -> Any:
    """A column of names such as ``agent-07``."""
    import pandas

    last = (count or int(codes.max(initial=0)) + 1) - 1
    width = max(2, len(str(last)))
    each = [f"{kind}-{number:0{width}}" for number in range(last + 1)]
    column = pandas.Categorical.from_codes(codes, categories=pandas.Index(each))
    return column


def _happened(chance: np.random.Generator, log_odds: Numbers) -> Numbers:
    drawn: Numbers = (chance.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype(float)
    return drawn
