"""The stages of a call as tasks for an engine.

    hear    the recording to words        on the device of the speech model
    score   the words to a review, and its page

Each may be done again: it leaves the same behind. What counts is what the ledger takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from qa_review.base.errors import (
    LanguageNotCovered,
    QAReviewError,
    RecordingError,
    Unreadable,
    WorkerDied,
)
from qa_review.base.plugs import plug
from qa_review.capture.formats import to_json_text, to_vtt
from qa_review.capture.places import Place
from qa_review.capture.pyav import decode, decode_apart
from qa_review.capture.recording import Call, Recording
from qa_review.capture.sound import Sound
from qa_review.capture.spoken_by import storable
from qa_review.capture.transcript import Transcript
from qa_review.keep.folder import Failure, ResultsFolder, write_text
from qa_review.keep.reviews import Review
from qa_review.run.costs import Cost, measured
from qa_review.run.engine import Died, Stage
from qa_review.run.hands import in_worker
from qa_review.run.pipeline import Listener, Reviewer, recording_of, scored_with
from qa_review.run.settings import Audio, Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """How every call of a run is done; ``heard_with`` and ``scored_with`` are digests of it."""

    folder: Path
    settings: Settings
    heard_with: str
    scored_with: str
    audio: Audio


@dataclass(frozen=True, slots=True)
class Job:
    """One call to do."""

    call: Call
    place: Place
    plan: Plan


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a call, to be scored."""

    job: Job
    transcript: Transcript
    recording: Recording | None
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True)
class Scored:
    """A call's review; ``page`` is the digest of its page, ``""`` where none was made."""

    review: Review
    page: str
    cost: Cost
    page_cost: Cost


@lru_cache(maxsize=2)
def _listener(settings: Settings, heard_with: str) -> Listener:
    return Listener(settings)


@lru_cache(maxsize=2)
def _reviewer(settings: Settings, files: tuple[str, ...]) -> tuple[Reviewer, str]:
    """One a process for each rubric, scorer and trust card as they are, and what it scores with."""
    reviewer = Reviewer(settings)
    return reviewer, scored_with(settings, reviewer.rubric)


class Changed(QAReviewError):
    """What calls are scored with isn't what it was when the run began."""


def hear(job: Job) -> Heard:
    """Transcribe one call.

    Raises:
        RecordingError: it can't be heard; its file changed while it was read.
    """
    settings = job.plan.settings
    with measured() as cost, job.place.here(settings.limits.bytes) as path:
        before = Place.of(path).stamp
        sound = _decoder()(path, limits=settings.limits, raw=settings.raw)
        recording = recording_of(path, job.call.id, sound)
        if Place.of(path).stamp != before:
            raise Unreadable(path, "it changed while it was read; run again when it is all there")
        listener = _listener(settings, job.plan.heard_with)
        transcript = listener.transcribe(path, job.call, sound)
    return Heard(job, transcript, replace(recording, path=path_of(job.place)), cost())


def score(heard: Heard) -> Scored:
    """Score what was said on one call, and make its page.

    Raises:
        Changed: with something else than the run began with.
    """
    job = heard.job
    plan = job.plan
    with measured() as cost:
        reviewer, made_with = _reviewer(plan.settings, plan.settings.files())
        if made_with != plan.scored_with:
            raise Changed("the rubric, the scorer or its card changed meanwhile; run again")
        recording = heard.recording
        if recording is not None:
            recording = replace(recording, path=path_of(job.place))
        review = reviewer.score(heard.transcript, job.call, recording)
    with measured() as page_cost:
        page = "" if plan.audio == "none" else _show(job, review, reviewer)
    return Scored(review, page, cost(), page_cost())


HEAR: Stage[Job, Heard] = Stage("hear", hear, on_device=True, share=7 / 8)
SCORE: Stage[Heard, Scored] = Stage("score", score)
SCORE_BESIDE = replace(SCORE, share=1 / 8)
"""where calls are heard at the same time, which takes far longer"""


def _show(job: Job, review: Review, reviewer: Reviewer) -> str:
    """Write the page and the transcript of a call; the page's digest."""
    plan, results = job.plan, ResultsFolder(job.plan.folder)
    with job.place.here(plan.settings.limits.bytes) as path:
        sound = _decoder()(path, limits=plan.settings.limits, raw=plan.settings.raw)
        embed = plan.audio == "embed"
        render = plug("part", "page")
        text = render(
            review, reviewer.rubric, path, sound, out=plan.folder, embed=embed,
            keep=embed and not job.place.remote,
        )  # fmt: skip
    said = review.transcript
    results.write_said(review.call.id, vtt=to_vtt(said), transcript=to_json_text(said))
    write_text(results.page(review.call.id), text)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _decoder() -> Callable[..., Sound]:
    """In a worker that may die of a file, the decoder; elsewhere one in a process of its own."""
    return decode if in_worker() else decode_apart


def path_of(place: Place) -> Path:
    """Where a recording is, as its record tells."""
    return Path(storable(place.file if place.remote else place.name))


def failure(call: Call, place: Place, error: BaseException) -> Failure:
    """What to tell a person of an error that cost one call."""
    name = storable(place.file)
    if isinstance(error, Died):
        error = WorkerDied(Path(place.file), str(error))
    if isinstance(error, RecordingError):
        return Failure(call.id, name, error.reason, error.detail)
    if isinstance(error, LanguageNotCovered):
        return Failure(call.id, name, error.reason, str(error))
    known = isinstance(error, (QAReviewError, OSError))
    reason = "could not be done" if known else "unexpected error"
    return Failure(call.id, name, reason, f"{type(error).__name__}: {error}"[:500])
