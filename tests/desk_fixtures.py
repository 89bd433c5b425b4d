"""A place to work in: a folder of results with three reviewed calls, a store, recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import page_fixtures
import sounds

from qa_review.base.records import dumps, to_json
from qa_review.base.resources import rubric_path
from qa_review.capture.recording import Recording
from qa_review.grade.rubric import load
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.reviews import Review
from qa_review.keep.store import open_store
from qa_review.widgets.desk import DeskDriver
from qa_review.widgets.place import Place
from qa_review.widgets.trays import ReviewTray

CALLS = ("call-a", "call-b", "call-c")
BEHAVIOURS = tuple(one.id for one in load(rubric_path("behaviours.v1")).behaviours)


def review_of(call_id: str, path: Path) -> Review:
    """The invented call under another id, with its recording at ``path``."""
    made = page_fixtures.review()
    scores = tuple(
        replace(score, behaviour=name) for name, score in zip(BEHAVIOURS, made.scores, strict=True)
    )
    recording = Recording(call_id, path, "0" * 64, made.transcript.duration_ms or 0, 2, 8000, "pcm")
    return replace(
        made,
        scores=scores,
        rubric=load(rubric_path("behaviours.v1")).ref,
        call=replace(made.call, id=call_id, file=path.name),
        transcript=replace(made.transcript, call_id=call_id),
        recording=recording,
    )


def place_in(folder: Path, *, who: str = "ann", seconds: float = 3.0) -> Place:
    """A place with the results of ``CALLS``; each has a recording of a tone a channel."""
    recordings, results = folder / "recordings", ResultsFolder(folder / "reviews")
    if not recordings.exists():
        recordings.mkdir(parents=True)
        results.make()
        made = [_kept(call, recordings, results, seconds) for call in CALLS]
        results.write_tables(made, [])
    store = open_store(f"sqlite:{folder / 'qa.db'}")
    return Place(store, folder / "reviews", recordings, "behaviours.v1", who)


def _kept(call: str, recordings: Path, results: ResultsFolder, seconds: float) -> Review:
    path = recordings / f"{call}.wav"
    samples = sounds.tones(rate=8000, channels=2, seconds=seconds)
    sounds.write(path, samples, rate=8000, codec="pcm_s16le")
    made = review_of(call, path)
    said = dumps(to_json(made.transcript))
    results.write(Record(made, "", "", ""), vtt="WEBVTT\n", transcript=said)
    return made


def desk_at(place: Place, drafts: Path, *, blind: bool = True, first: str = "") -> DeskDriver:
    return DeskDriver(ReviewTray(place, blind=blind, drafts=drafts), place, first=first)


def asked(driver: DeskDriver, ask: str, **given: object) -> dict:
    """The content of an answer."""
    return driver.answer(ask, given).content


def done(driver: DeskDriver, call: str, *events: dict) -> dict:
    """The form after these events."""
    for event in events:
        answer = asked(driver, "event", call=call, event=event)
    return answer


def rated(level: int = 3) -> list[dict]:
    """The events that give every behaviour a level."""
    return [{"do": "Rated", "behaviour": name, "level": level} for name in BEHAVIOURS]
