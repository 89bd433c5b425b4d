"""Calls, what was said on them, and the rubrics they are judged by, in a store.

A call that is saved again as it is adds nothing. A transcript is known by the digest of its
turns, so that a review always leads to the words that it quotes.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from qa_review.base.errors import StoreError
from qa_review.base.records import digest, from_json, to_json
from qa_review.base.resources import folder
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric, RubricVersion, parse
from qa_review.keep.audit import note, now
from qa_review.keep.rows import CallRow, RubricRow, TranscriptRow
from qa_review.keep.store import Reader, Unit, next_number


def as_text(record: object) -> str:
    """A record as JSON in ASCII, which every database keeps as it is."""
    return json.dumps(to_json(record), separators=(",", ":"), sort_keys=True)


def said_digest(said: Transcript) -> str:
    """Sixteen hexadecimal digits that change when any turn does."""
    return digest(said.call_id, said.language, said.turns)


def keep_call(unit: Unit, call: Call, recording: Recording | None = None) -> None:
    """Keep what is known about a call, when it isn't kept already."""
    body = as_text({"call": call, "recording": recording})
    last = unit.last(CallRow, call_id=call.id)
    if last is None or last.body != body:
        number = last.number + 1 if last else 1
        unit.add(CallRow(call.id, number, now(), body))


def keep_transcript(unit: Unit, said: Transcript) -> str:
    """Keep what was said on a call, when it isn't kept already; its digest."""
    made = said_digest(said)
    if not unit.find(TranscriptRow, call_id=said.call_id, digest=made):
        number = next_number(unit, TranscriptRow, call_id=said.call_id)
        unit.add(TranscriptRow(said.call_id, made, number, now(), as_text(said)))
    return made


def call_of(reader: Reader, call_id: str) -> tuple[Call, Recording | None]:
    """What is known about a call, and its recording where there is one.

    Raises:
        StoreError: the store has no such call.
    """
    row = reader.last(CallRow, call_id=call_id)
    if row is None:
        raise StoreError(f"the store has no call {call_id!r}")
    stored = json.loads(row.body)
    recording = stored["recording"]
    return from_json(Call, stored["call"]), (
        from_json(Recording, recording) if recording is not None else None
    )


def transcript_of(reader: Reader, call_id: str, digest: str = "") -> Transcript:
    """What was said on a call: the transcript with that digest, or the newest.

    Raises:
        StoreError: the store has no such transcript.
    """
    rows = reader.find(TranscriptRow, call_id=call_id)
    if digest:
        rows = tuple(row for row in rows if row.digest == digest)
    if not rows:
        which = f" with digest {digest}" if digest else ""
        raise StoreError(f"the store has no transcript of {call_id!r}{which}")
    newest = max(rows, key=lambda row: row.number)
    said = from_json(Transcript, json.loads(newest.body))
    if said_digest(said) != newest.digest or said.call_id != call_id:
        raise StoreError(
            f"the transcript of {call_id!r} is not the one with digest {newest.digest}"
        )
    return said


def keep_rubric(unit: Unit, path: Path, by: str) -> Rubric:
    """Keep a version of a rubric whole, as its file has it.

    Raises:
        RubricError: the file breaks the rules.
        StoreError: the store has this version with other content: a version is never edited.
    """
    return keep_rubric_text(unit, Path(path).read_text(encoding="utf-8"), str(path), by)


def keep_rubric_text(unit: Unit, text: str, where: str, by: str) -> Rubric:
    """As :func:`keep_rubric`, from the text of a file."""
    rubric = _parsed(text, where)
    rows = unit.find(RubricRow, rubric_id=rubric.id, version=rubric.version)
    if rows and _parsed(rows[0].text, where).digest != rubric.digest:
        raise StoreError(
            f"the store has another rubric {rubric.id} version {rubric.version}; "
            "a version is never edited: raise the version in the file"
        )
    if not rows:
        at = now()
        unit.add(RubricRow(rubric.id, rubric.version, rubric.digest, by, at, text))
        note(unit, by, "rubric kept", f"{rubric.id}.{rubric.version}", rubric.digest)
    return rubric


def rubric_of(reader: Reader, version: RubricVersion) -> Rubric:
    """A rubric that is kept in the store, or shipped with the package.

    Raises:
        StoreError: it is neither.
    """
    rubric = _parsed(rubric_text(reader, version), f"{version.id}.v{version.version}")
    if rubric.ref != version:
        raise StoreError(
            f"rubric {version.id} version {version.version} in the store is not the one with "
            f"digest {version.digest}"
        )
    return rubric


@lru_cache(maxsize=16)
def _parsed(text: str, where: str) -> Rubric:
    return parse(text, where)


def rubric_text(reader: Reader, version: RubricVersion) -> str:
    """The file of a rubric that is kept, as it was written."""
    for row in reader.find(RubricRow, rubric_id=version.id, version=version.version):
        return row.text
    for path in sorted(folder("rubrics").glob(f"{version.id}.v*.toml")):
        text = path.read_text(encoding="utf-8")
        if _parsed(text, path.name).ref == version:
            return text
    raise StoreError(
        f"the store has no rubric {version.id} version {version.version}: keep it with keep_rubric"
    )


def versions(reader: Reader, rubric_id: str) -> tuple[RubricVersion, ...]:
    """Every kept version of a rubric, oldest first: whole numbers in order, others before."""

    def order(row: RubricRow) -> tuple[int, str]:
        return (int(row.version) if row.version.isdecimal() else 0, row.at)

    rows = sorted(reader.find(RubricRow, rubric_id=rubric_id), key=order)
    return tuple(RubricVersion(row.rubric_id, row.version, row.digest) for row in rows)
