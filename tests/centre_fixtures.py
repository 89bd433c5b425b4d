"""A made-up contact centre for simulations of agents compared: quick, and with all that confounds.

Calls of one agent, of one queue and of one customer are alike, in time, behaviour and outcome.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

REPORTS = int(os.environ.get("QA_REVIEW_REPORTS", "200"))
"""over how many reports the rates of findings where nothing is planted are taken"""
BEHAVIOURS = ("listening", "ownership")
RAISED = 0.5
"""what a customer adds to levels and to the log of times, in standard deviations"""


def named(kind, codes, count):
    return pd.Categorical.from_codes(codes, [f"{kind}-{number:04}" for number in range(count)])


def centre(
    seed,
    *,
    agents=12,
    each=60,
    queues=4,
    pace=0.0,
    skill=0.0,
    hard=0.3,
    own_queue=0.0,
    planted=None,
    effect=0.6,
    noise=0.45,
):
    """A frame of reviews, with the truth in ``attrs``: ``pace`` (log), ``skill`` (levels).

    Args:
        pace, skill: standard deviations between agents; ``planted`` sets an agent's two values.
        hard: that of queues' difficulty, which takes from levels and adds to the log of times.
        own_queue: the share of calls that an agent takes from a queue of their own, so that agents
            and queues are confounded.
    """
    chance = np.random.default_rng(seed)
    calls = agents * each
    agent = np.repeat(np.arange(agents), each)
    queue = chance.integers(queues, size=calls)
    queue = np.where(chance.random(calls) < own_queue, agent % queues, queue)
    customer = chance.integers(calls // 2, size=calls)
    difficulty = chance.normal(0, hard, queues)[queue]
    alike = chance.normal(0, RAISED, calls // 2)[customer]
    paces, skills = chance.normal(0, pace, agents), chance.normal(0, skill, agents)
    for which, (own_pace, own_skill) in (planted or {}).items():
        paces[which], skills[which] = own_pace, own_skill
    log_time = paces[agent] + difficulty + 0.5 * alike + chance.normal(0, noise, calls)
    handle = 300_000 * np.exp(log_time)
    middle = 3.4 + skills[agent] - difficulty + alike + chance.normal(0, 0.5, calls)
    levels = np.clip(np.rint(middle + chance.normal(0, 0.8, (len(BEHAVIOURS), calls))), 1, 5)
    odds = effect * (levels.mean(axis=0) - 3.4) - 0.3 * difficulty
    frame = pd.DataFrame(
        {
            "call": pd.array([f"call-{number:05}" for number in range(calls)], dtype="string"),
            "agent": named("agent", agent, agents),
            "queue": named("queue", queue, queues),
            "customer": named("customer", customer, calls // 2),
            "handle_ms": handle,
            "friction_ms": handle * np.minimum(0.9, chance.exponential(0.12, calls)),
            "csat": np.clip(np.rint(7 + 1.5 * odds + chance.normal(0, 1.5, calls)), 0, 10),
            "resolved": happened(chance, 0.9 + odds),
            "repeat_contact": happened(chance, -1.4 - odds),
            "overall": 25 * (levels.mean(axis=0) - 1),
        }
    )
    for name, values in zip(BEHAVIOURS, levels, strict=True):
        frame[f"level_{name}"] = values
    frame.attrs = {"pace": paces, "skill": skills}
    return frame


def happened(chance, log_odds):
    return (chance.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype(float)
