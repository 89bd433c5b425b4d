"""A place with a small rubric in its store, two calls, and the drafts of a workshop."""

from __future__ import annotations

import json
from pathlib import Path

from qa_review.base.records import MadeBy, dumps, to_json
from qa_review.base.span import Span
from qa_review.capture.recording import Call
from qa_review.capture.transcript import AgentIs, Transcript, Turn, Word
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.scores import Overall
from qa_review.keep.calls import keep_rubric_text
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.reviews import Review
from qa_review.keep.store import open_store
from qa_review.widgets.place import Place
from qa_review.widgets.workshop import WorkshopDriver

TEXT = """\
# What good is, at the front desk.
id = "desk"
version = "1"
title = "Front desk"
languages = ["en"]

[scoring]
turns_per_find = 1
full_at = 1

# ---- behaviours ----

[[behaviours]]
id = "care"
title = "Care"  # on the page
about = "Cares."
not_observed = "Nothing to care about."
start = 2.0
points = { kind = 2.0, curt = -1.0 }
anchors = { 1 = "a", 2 = "b", 3 = "c", 4 = "d", 5 = "e" }

# ---- indicators ----

[[indicators]]
id = "kind"
meaning = "is kind"
says = "was kind"
for = ["care"]
patterns = [
  # said in the north
  "bless you",
]
met = ["oh bless you"]
not_met = ["next please", "it is a pity about the lift"]

[[indicators]]
id = "curt"
meaning = "is curt"
says = "was curt"
against = ["care"]
patterns = ["next please"]
met = ["next please"]
not_met = ["oh bless you"]
"""
CALLS = {
    "call-1": ("I fell on the stairs and my arm hurts", "What a pity. And what is your name?"),
    "call-2": ("I have come about the post for flat two", "Right, next please."),
}


def said(call_id: str) -> Transcript:
    turns = []
    for number, (who, text) in enumerate(zip(("customer", "agent"), CALLS[call_id], strict=True)):
        start = 4000 * number
        words = [
            Word(word, Span(start + 300 * at, start + 300 * at + 200))
            for at, word in enumerate(text.split())
        ]
        turns.append(Turn.of(who, words))  # type: ignore[arg-type]
    return Transcript(call_id, "en", tuple(turns), agent_is=AgentIs("said", 1.0, 0))


def place_in(folder: Path, *, who: str = "ann") -> Place:
    """A place with the two calls; its store has version 1 of the rubric."""
    results = ResultsFolder(folder / "reviews")
    results.make()
    for call_id in CALLS:
        made = Review(
            Call(call_id), said(call_id), RubricVersion("desk", "1", ""), (), Overall(None),
            MadeBy("rules", "1", ""), None, None,
        )  # fmt: skip
        spoken = dumps(to_json(made.transcript))
        results.write(Record(made, "", "", ""), vtt="WEBVTT\n", transcript=spoken)
    rubric = folder / "desk.toml"
    rubric.write_text(TEXT, encoding="utf-8")
    place = Place(
        open_store(f"sqlite:{folder / 'qa.db'}"), folder / "reviews", folder, str(rubric), who
    )
    with place.store.writing() as unit:
        keep_rubric_text(unit, TEXT, "desk", who)
    return place


def workshop_at(place: Place, drafts: Path) -> WorkshopDriver:
    return WorkshopDriver(place, drafts=drafts)


def asked(driver: WorkshopDriver, ask: str, **given: object) -> dict:
    """The content of an answer, as it arrives in the browser."""
    return json.loads(json.dumps(driver.answer(ask, given).content, allow_nan=False))


def seen(kind: str = "indicators", name: str = "kind", *, text: bool = True) -> dict:
    return {"kind": kind, "id": name, "text": text}
