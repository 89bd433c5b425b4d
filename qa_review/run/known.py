"""What the ledger knows of a call, held against what this run would make of it.

A stage is done when its newest row has the key that this run would give it: a digest of all that
decides its result. Each stage's key has that of the stage before in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.records import digest, file_sha256
from qa_review.keep.ledger import Entry, Stage, is_done, newest
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import Reader
from qa_review.run.versions import HEARD, SCORED, SHOWN
from qa_review.run.work import Job

VERSIONS: Mapping[Stage, str] = {"heard": HEARD, "scored": SCORED, "shown": SHOWN}


@dataclass(frozen=True, slots=True)
class Known:
    """A call's rows in the ledger, and the keys that its stages would have in this run.

    ``sound`` is the SHA-256 of its recording; ``""`` when nobody read it yet, or it can't be read.
    """

    rows: Mapping[str, WorkRow]
    sound: str
    keys: Mapping[Stage, str]

    def has(self, *stages: Stage) -> bool:
        """Whether these stages are done as this run would do them."""
        return all(is_done(self.rows.get(stage), self.keys[stage]) for stage in stages)

    @property
    def has_other_sound(self) -> bool:
        """Whether the words that are there are of a recording with other bytes."""
        heard = self.rows.get("heard")
        return heard is not None and heard.state == "done" and heard.sound != self.sound


def known_of(job: Job, reader: Reader) -> Known:
    """What the ledger knows of a call."""
    rows = newest(reader, job.call.id)
    sound = _sound_of(job, rows.get("heard"))
    return Known(rows, sound, _keys_of(job, sound))


def entry_of(job: Job, stage: Stage, sound: str, *, rubric: str = "", weights: str = "") -> Entry:
    """The row for a stage that this run did, of a recording with the SHA-256 ``sound``."""
    key, version = _keys_of(job, sound)[stage], VERSIONS[stage]
    return Entry(job.call.id, stage, key, sound, job.place.stamp, version, rubric, weights)


def _keys_of(job: Job, sound: str) -> dict[Stage, str]:
    call, plan = job.call, job.plan
    settings = plan.settings
    channel = call.agent_channel if call.agent_channel is not None else settings.agent_channel
    language = (settings.language, call.other.get("language"))
    heard = digest(HEARD, sound, plan.heard_with, language, settings.raw, channel)
    scored = digest(SCORED, heard, plan.scored_with)
    linked = job.place.name if plan.audio == "link" else ""
    shown = digest(SHOWN, scored, call, plan.audio, linked)
    return {"heard": heard, "scored": scored, "shown": shown}


def _sound_of(job: Job, heard: WorkRow | None) -> str:
    """A file whose size and time are those of the ledger isn't read again.

    Nor is what a manifest names by URL alone, which tells neither.
    """
    if heard is None or heard.state != "done":
        return ""
    stamp = job.place.stamp
    if stamp == heard.stamp and (stamp or job.place.remote):
        return heard.sound
    try:
        return "" if job.place.remote else file_sha256(Path(job.place.name))
    except OSError:
        return ""
