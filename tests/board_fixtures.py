"""A made-up half year of three teams, as a run and people leave it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import session_fixtures as made

from qa_review.base.records import MadeBy
from qa_review.capture.recording import Call
from qa_review.grade.rules import overall
from qa_review.grade.scores import Score
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.ledger import Entry, keep_heard, keep_scored
from qa_review.keep.memory import MemoryStore
from qa_review.keep.reviews import Review
from qa_review.keep.revisions import save_review
from qa_review.keep.store import Store
from qa_review.team.rows import Scored
from qa_review.widgets.driver import Answer, Given
from qa_review.widgets.place import Place

RUBRIC, BEHAVIOURS = made.RUBRIC, made.BEHAVIOURS
TEAMS = {"Ash": ("ada", "ben", "cleo"), "Birch": ("dan", "eve"), "Cedar": ("finn", "gus", "ida")}
QUEUES = ("billing", "faults", "moving home")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

STAND_IN = """
class Desk {
  constructor(root, line, say) { Object.assign(this, { root, line, say }); }
  async start() {
    const { content } = await this.line.ask("look");
    patch(this.root, [h("p", {}, content), h("button", { type: "button" }, "Answer")]);
  }
  close() { this.root.dataset.closed = ""; }
}
"""
"""a desk that says which call it has"""


class StandInDesk:
    """Its driver."""

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id

    def answer(self, ask: str, given: Given) -> Answer:
        return Answer(f"{ask} {self.call_id}")


def row(
    call_id: str, level: int | None, *, day: str = "", behaviour: str = "listening",
    who: str = "scorer", by: str = "rules", unproven: bool = False, **known: object,
) -> Scored:  # fmt: skip
    """One row by hand; ``None`` is "not observed"."""
    call = Call(call_id, started_at=day or None, **known)  # type: ignore[arg-type]
    return Scored(
        call,
        behaviour,
        level,
        who,
        by,
        "" if level else "not observed",
        unproven,  # type: ignore[arg-type]
    )


def review(call: Call, levels: Iterable[int | None], *, unproven: str = "") -> Review:
    """A scorer's review; where a level is ``None`` there was no opportunity."""
    scores = tuple(
        Score(name, level, 0.8, "as counted", None if level else "no opportunity", (), (), False,
              unproven)
        for name, level in zip(BEHAVIOURS, levels, strict=True)
    )  # fmt: skip
    said = made.said(call.id)
    by = MadeBy("rules", "1")
    return Review(call, said, RUBRIC.ref, scores, overall(RUBRIC, scores), by)


def half_year(calls: int = 300) -> list[Review]:
    """Calls over 26 weeks: Birch gets better at listening, Cedar never learns."""
    chance = random.Random(7)
    found = []
    for number in range(calls):
        team = chance.choice(list(TEAMS))
        at = START + timedelta(days=180 * number / calls, hours=chance.randrange(9))
        middle = [3.6, 3.2, 3.0, 3.9, 3.1]
        middle[0] += 1.6 * (number / calls - 0.5) if team == "Birch" else 0
        middle[4] -= 1.0 if team == "Cedar" else 0
        levels = [min(5, max(1, round(chance.gauss(mean, 1.1)))) for mean in middle]
        call = Call(
            f"call-{number:04}", agent=chance.choice(TEAMS[team]), team=team,
            queue=chance.choice(QUEUES), started_at=at.isoformat(),
            handle_ms=round(1000 * chance.lognormvariate(5.7 + 0.1 * len(team), 0.5)),
        )  # fmt: skip
        absent = chance.random() < 0.15
        found.append(review(call, [*levels[:4], None if absent else levels[4]], unproven="no card"))
    return found


def write(folder: Path, reviews: Iterable[Review]) -> None:
    """Leave these reviews as a run does."""
    results = ResultsFolder(folder)
    results.make()
    for one in reviews:
        with results.store.writing() as unit:
            entry = Entry(one.call.id, "heard", "")
            keep_heard(unit, entry, one.call, one.transcript, one.recording, again=True)
            keep_scored(unit, replace(entry, stage="scored"), one, again=True)


def place(folder: Path, reviews: Iterable[Review] = (), store: Store | None = None) -> Place:
    """Somewhere that these reviews lie."""
    write(folder, reviews)
    return Place(store or MemoryStore(), folder, folder, "behaviours.v1", "kim")


def hand_in(store: Store, call_id: str, level: int, reviewer: str = "ann", **more: object) -> None:
    """A person's review of a call, the same level on every behaviour."""
    scores = [Score(name, level, 1.0, "heard it") for name in BEHAVIOURS]
    save_review(
        store,
        RUBRIC,
        made.said(call_id),
        scores,
        reviewer=reviewer,
        after=0,
        submit=True,
        **more,  # type: ignore[arg-type]
    )
