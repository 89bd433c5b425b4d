"""Packs to look at: a full one, one from almost nothing, and one with hostile names."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from qa_review.base.frames import frame
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import Rubric, load
from qa_review.keep.reviews import EVIDENCE_COLUMNS, FRICTION_COLUMNS
from qa_review.team.alert_rules import Rule, parse
from qa_review.team.items import Items
from qa_review.team.made_up import made_up_reviews
from qa_review.team.pack import Material, Pack, monthly_pack

MONTH = "2026-10"
KINDS = ("full", "bare", "tiny", "hostile")
ATTACK = "<script>alert(1)</script>\u202e\"'&"
SYSTEMS = ("billing system", "contractor portal", None)


@cache
def rubric() -> Rubric:
    return load(rubric_path("behaviours.v1"))


def full_reviews(calls: int = 3000) -> pd.DataFrame:
    """Four months in which agent-03 is punished, agent-05 flattered, and October came back more."""
    reviews = made_up_reviews(
        calls, agents=16, months=4, first="2026-07-03", spread=0.2, seed=3,
        skills={"agent-03": 0.8, "agent-05": -0.9, "agent-07": -0.8},
        paces={"agent-03": 1.6, "agent-05": 0.6, "agent-07": 1.5},
    )  # fmt: skip
    october = (reviews["day"] >= "2026-10-01").to_numpy()
    chance = np.random.default_rng(0).random(len(reviews)) < 0.25
    reviews.loc[october & chance, "repeat_contact"] = 1.0
    return reviews


def events(reviews: pd.DataFrame) -> pd.DataFrame:
    """Some friction in every third call."""
    calls = reviews["call"].iloc[::3]
    return frame(
        FRICTION_COLUMNS,
        (
            (call, "look-up", SYSTEMS[at % 3], 2, "bear with me it is slow", 1000, 2000, 9000, None)
            for at, call in enumerate(calls)
        ),
    )


def items(reviews: pd.DataFrame) -> Items:
    """Evidence of a few indicators, one piece in every second call."""
    ids = [one.id for one in rubric().indicators[:6]]
    rows = (
        (call, "listening", ids[at % 6], "for", 1, f"said number {at % 50}", 0, 900, "patterns",
         None, 1.0, 0.0)
        for at, call in enumerate(reviews["call"].iloc[::2])
    )  # fmt: skip
    return Items.of(frame(EVIDENCE_COLUMNS, rows), rubric(), list(reviews["call"]))


def rules() -> tuple[Rule, ...]:
    return parse("""
[[rules]]
id = "back"
says = "more customers come back"
measure = "repeat_contact"
every = "month"
high = 0.25
low = 0.3
[[rules]]
id = "level"
says = "too few in time"
column = "service_level"
high = 95
low = 90
""")


@cache
def pack(kind: str) -> Pack:
    """A pack of one of :data:`KINDS`."""
    reviews = full_reviews()
    if kind == "full":
        return monthly_pack(
            Material(reviews, MONTH, rubric(), events(reviews), items(reviews), rules())
        )
    if kind == "tiny":
        own = made_up_reviews(9, agents=4, first="2026-10-05")
        return monthly_pack(Material(own, MONTH, rubric(), events(own)))
    if kind == "bare":
        levels = [name for name in reviews if str(name).startswith("level_")]
        return monthly_pack(Material(reviews[["call", "day", "overall", *levels]], MONTH, rubric()))
    named = reviews.assign(
        **{name: reviews[name].astype("string") + ATTACK for name in ("agent", "team", "queue")}
    )
    slow = events(named).assign(quote=ATTACK, system=ATTACK)
    return monthly_pack(Material(named, MONTH, rubric(), slow, None, rules()))
