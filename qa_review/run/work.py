"""The task that a worker does for one call, and the keys that say whether it is needed."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qa_review.base.errors import LanguageNotCovered, QAReviewError, RecordingError, WorkerDied
from qa_review.base.plugs import plug
from qa_review.base.records import digest, file_sha256
from qa_review.base.resources import rubric_path
from qa_review.base.version import VERSION
from qa_review.capture.formats import to_json_text, to_vtt
from qa_review.capture.pyav import decode, decode_apart
from qa_review.capture.recording import Call
from qa_review.capture.spoken_by import whole
from qa_review.keep.folder import Failure, Record, ResultsFolder, write_text
from qa_review.run.pebble import Died
from qa_review.run.pipeline import Reviewer, recording_of
from qa_review.run.settings import Audio, Settings


@dataclass(frozen=True, slots=True)
class Keys:
    """Digests of everything that a call's words, scores and page depend on."""

    heard: str
    scored: str
    shown: str


@dataclass(frozen=True, slots=True)
class Job:
    """One call to do: where it is, how to do it, and where the results go."""

    call: Call
    path: Path
    folder: Path
    settings: Settings
    heard_with: str
    scored_with: str
    keys: Keys
    audio: Audio
    again: bool = False


def keys(
    call: Call, path: Path, settings: Settings, heard_with: str, scored_with: str, audio: Audio
) -> Keys:
    """The keys of a call under these settings; reads the file once.

    Args:
        heard_with: what :func:`~qa_review.run.pipeline.heard_with` says of the settings.
        scored_with: what :func:`~qa_review.run.pipeline.scored_with` says of them.
    """
    channel = call.agent_channel if call.agent_channel is not None else settings.agent_channel
    heard = digest(
        VERSION,
        file_sha256(path),
        heard_with,
        settings.language,
        call.other.get("language"),
        settings.raw,
        channel,
    )
    scored = digest(heard, scored_with)
    linked = str(path.resolve()) if audio == "link" else ""
    return Keys(heard, scored, digest(scored, call, audio, linked))


def needed(job: Job) -> bool:
    """Whether anything of the call's results is missing or was made from something else."""
    results = ResultsFolder(job.folder)
    record = results.read(job.call.id)
    return record is None or record.shown != job.keys.shown or not results.complete(job.call.id)


@lru_cache(maxsize=2)
def _reviewer(settings: Settings, rubric: str, heard_with: str, scored_with: str) -> Reviewer:
    """One a process for each rubric file as it is now, each engine and each scorer."""
    return Reviewer(settings)


def do(job: Job) -> None:
    """Review one call and write its results; the words are heard again only if they must be."""
    rubric = file_sha256(rubric_path(job.settings.rubric))
    reviewer = _reviewer(job.settings, rubric, job.heard_with, job.scored_with)
    results = ResultsFolder(job.folder)
    stored = results.read(job.call.id)
    # a worker may die of a file; the process of the one who asked may not
    read = decode if multiprocessing.parent_process() else decode_apart
    sound = read(job.path, limits=job.settings.limits, raw=job.settings.raw)
    if stored and stored.heard == job.keys.heard and not job.again:
        recording = recording_of(job.path, job.call.id, sound)
        review = reviewer.score(stored.review.transcript, job.call, recording)
    else:
        review = reviewer.review(job.path, job.call, sound)
    render = plug("part", "page")
    embed = job.audio == "embed"
    text = render(review, reviewer.rubric, job.path, sound, out=job.folder, embed=embed)
    write_text(results.page(job.call.id), text)
    record = Record(review, job.keys.heard, job.keys.scored, job.keys.shown)
    said = review.transcript
    results.write(record, vtt=to_vtt(said), transcript=to_json_text(said))


def failure(call: Call, path: Path, error: BaseException) -> Failure:
    """What to tell a person of an error that cost one call."""
    name = whole(path.name)
    if isinstance(error, Died):
        error = WorkerDied(path, str(error))
    if isinstance(error, RecordingError):
        return Failure(call.id, name, error.reason, error.detail)
    if isinstance(error, LanguageNotCovered):
        return Failure(call.id, name, error.reason, str(error))
    known = isinstance(error, (QAReviewError, OSError))
    reason = "could not be done" if known else "unexpected error"
    return Failure(call.id, name, reason, f"{type(error).__name__}: {error}"[:500])
