"""Transcripts from files and to files.

Takes a path, or what a JSON file held; makes a
:class:`~qa_review.capture.transcript.Transcript`, whatever program wrote it:

- our own JSON, which keeps everything (``transcript.schema.json`` describes it);
- a written dialogue, ``{"id": …, "turns": [{"speaker": …, "text": …}]}``;
- WebVTT with voice tags;
- the JSON of openai-whisper and faster-whisper;
- the JSON of Amazon Connect Contact Lens.

Many dialogues in one file are read by :func:`~qa_review.capture.dialogues.read_dialogues`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qa_review.base.errors import TranscriptError
from qa_review.base.records import dumps, from_json, to_json
from qa_review.capture.contact_lens import from_contact_lens, is_contact_lens
from qa_review.capture.dialogues import BadLine, from_turns, id_of, read_dialogues
from qa_review.capture.segments import from_segments
from qa_review.capture.shape import misfits, shown
from qa_review.capture.spoken_by import storable
from qa_review.capture.transcript import Transcript, Turn
from qa_review.capture.vtt import from_vtt, to_vtt

__all__ = [
    "BadLine",
    "read_dialogues",
    "read_transcript",
    "to_json_text",
    "to_vtt",
    "transcript_of",
]

FORMAT, VERSION = "qa_review.transcript", 1
LARGEST_BYTES = 64 << 20
"""a larger file is refused: a day of talk is about 3 MB"""
SHAPES = (
    f'our own JSON ("format": "{FORMAT}"), a dialogue with "turns", WebVTT, '
    'the JSON of Whisper ("segments") or of Contact Lens ("Transcript" or "Segments")'
)


def read_transcript(path: Path, *, language: str = "en") -> Transcript:
    """The transcript in a file; its call id is the file's own, else the name without its suffix.

    What the file is, is told by its content.

    Args:
        language: the language where the file states none.

    Raises:
        TranscriptError: not a transcript in a form that is known; says what is wrong and where.
    """
    path = Path(path)
    try:
        return _read(_text(path), call_id=path.stem, language=language)
    except TranscriptError as error:
        raise TranscriptError(f"{path.name}: {error}") from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise TranscriptError((error.strerror or str(error)).lower()) from error
    if len(raw) > LARGEST_BYTES:
        raise TranscriptError(f"larger than {LARGEST_BYTES:,} bytes")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TranscriptError(f"not UTF-8 text at byte {error.start}") from error


def _read(text: str, *, call_id: str, language: str) -> Transcript:
    start = text.lstrip()[:1]
    if text.startswith("WEBVTT"):
        return from_vtt(text, call_id=call_id, language=language)
    if start not in ("{", "["):
        what = "empty" if not start else f"neither JSON nor WebVTT: it starts {shown(text[:20])}"
        raise TranscriptError(f"{what}; a transcript is {SHAPES}")
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise TranscriptError("JSON nested too deep to be a transcript") from error
    except ValueError as error:
        several = "Extra data" in str(error)
        hint = "; JSON Lines are read by read_dialogues" if several else ""
        raise TranscriptError(f"not JSON: {error}{hint}") from error
    if isinstance(data, list):
        return from_segments(data, call_id=call_id, default=language)
    return transcript_of(data, call_id=call_id, language=language)


def transcript_of(data: Mapping[str, Any], *, call_id: str, language: str = "en") -> Transcript:
    """The transcript in a JSON object of any form that is known.

    Args:
        call_id: the call's id where ``data`` has none.
        language: the language where ``data`` states none.

    Raises:
        TranscriptError: in no form that is known, or one that breaks its rules; says where.
    """
    if "format" in data:
        return _own(data)
    if isinstance(data.get("turns"), list):
        return from_turns(data, call_id=id_of(data) or call_id, language=language)
    if is_contact_lens(data):
        return from_contact_lens(data, call_id=call_id, language=language)
    if isinstance(data.get("segments"), list):
        return from_segments(
            data["segments"], call_id=call_id, language=data.get("language"), default=language
        )
    keys = ", ".join(list(map(str, data))[:6]) or "nothing"
    raise TranscriptError(f"an object with {keys}; a transcript is {SHAPES}")


def to_json_text(transcript: Transcript) -> str:
    """``transcript`` as our own JSON: the same transcript, the same text, on every machine."""
    return dumps({"format": FORMAT, "version": VERSION, **to_json(transcript)}, indent=1) + "\n"


def _own(data: Mapping[str, Any]) -> Transcript:
    if data["format"] != FORMAT:
        raise TranscriptError(f"format is {FORMAT!r}, not {shown(data['format'])}")
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise TranscriptError(f"version is a whole number from 1, not {shown(version)}")
    if version > VERSION:
        raise TranscriptError(
            f"version {version} was written by a newer qa_review; this one reads up to {VERSION}"
        )
    record = {key: value for key, value in data.items() if key not in ("format", "version")}
    wrong = [*misfits(Transcript, record, "")]
    if wrong:
        raise TranscriptError("; ".join(wrong[:5]))
    try:
        transcript = from_json(Transcript, record)
    except ValueError as error:
        raise TranscriptError(str(error)) from error
    for number, turn in enumerate(transcript.turns):
        _check(turn, f"turns[{number}]")
    return transcript


def _check(turn: Turn, where: str) -> None:
    """Raise where the text is not what its words make."""
    if storable(turn.text) != turn.text:
        raise TranscriptError(f"{where}.text holds half a character")
    if turn.words and turn.text != " ".join(word.text for word in turn.words):
        raise TranscriptError(f"{where}.text is its words joined by single spaces, or has no words")
    for word in turn.words:
        if turn.span is None or turn.span | word.span != turn.span:
            raise TranscriptError(f"{where}: the word {shown(word.text)} lies outside its turn")
