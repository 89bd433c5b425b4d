"""Whole runs over a folder of calls, for workers that are killed in the middle of one.

Nothing is recognised: the words are scripted and all sound is speech, so that a run is short and
every stage of it gets its share of kills. The engine gives each result twice, as an engine may do
work twice, and what is kept must not show it.

Faults: ``early`` acknowledges a call before it is kept, ``twice`` has the ledger forget what it
has, ``halves`` is :mod:`kills`'s.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import store_fixtures as fixtures
from scripted_runs import SPEECH

from qa_review.base.plugs import PLUGS
from qa_review.base.resources import rubric_path
from qa_review.capture.pyav import decode
from qa_review.grade.rubric import load
from qa_review.keep import ledger
from qa_review.run import api, batch, pipeline, work
from qa_review.run.engine import Outcome
from qa_review.run.serial import Serial
from qa_review.run.settings import Settings

Deed = tuple[str, Callable[[], object]]


@cache
def digest_of_scorer(settings: Settings) -> str:
    return pipeline.scored_with(settings, load(rubric_path(settings.rubric)))


def scored_with(settings: Settings, _rubric: object) -> str:
    """As the real one; the scorer is loaded once for all workers that are forked from here."""
    return digest_of_scorer(settings)


class Twice(Serial):
    """An engine that gives each result twice."""

    def run(self, task: Any, items: Iterable[Any]) -> Iterator[Outcome[Any, Any]]:
        for outcome in super().run(task, items):
            yield outcome
            if outcome.error is None:
                yield outcome


def reviews(order: dict[str, Any]) -> Iterator[Deed]:
    """One run after another, each into a folder of its own, from the first that isn't finished."""
    make_short()
    plant(order)
    for number in count():
        out = Path(order["out"]) / f"{number:04}"
        if not (out / "finished").exists():
            yield f"run {out.name}", lambda out=out: review(order, out)


def make_short() -> None:
    """Have runs in this process recognise nothing and load the scorer once."""
    work._decoder = lambda: decode
    PLUGS["part"]["speech"] = SPEECH
    batch.scored_with = scored_with


def review(order: dict[str, Any], out: Path) -> None:
    def told(item: str) -> None:
        if order.get("told"):
            os.write(order["told"], f"{out.name} {item}\n".encode())

    order["tell"] = told
    store = order.get("store", "")
    if store:
        with fixtures.connections(store).begin() as connection:
            connection.exec_driver_sql(f"create schema if not exists run_{out.name}")
        store = fixtures.store_in(store, f"run_{out.name}")
    batch.run_folder(
        [order["calls"]],
        out,
        api.settings_of(transcriber=order["script"], agent_channel=0),
        engine=Twice(),
        store=store,
        told=lambda step: None if step.problem or order.get("fault") else told(step.item),
    )
    (out / "finished").touch()


def plant(order: dict[str, Any]) -> None:
    if order.get("fault") == "early":
        scored = batch._Run._scored

        def early(run: batch._Run, outcome: Any) -> Any:
            order["tell"](outcome.item.job.call.id)
            return scored(run, outcome)

        batch._Run._scored = early
    if order.get("fault") == "twice":
        ledger.is_done = lambda row, key: False
