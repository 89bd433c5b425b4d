"""Transcripts as WebVTT, the captions that players and editors read.

A turn is a cue with a voice tag: ``<v Agent>How can I help?``. What WebVTT has no place for, word
times and probabilities, is lost; speaker, text and times come back as they were, but for line
breaks and runs of spaces, which become single spaces.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from qa_review.base.errors import TranscriptError
from qa_review.base.span import Span
from qa_review.capture.shape import shown
from qa_review.capture.spoken_by import given, language_code, milliseconds, speaker_of, storable
from qa_review.capture.transcript import Speaker, Transcript, Turn

TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
ARROW = re.compile(rf"{TIME}[ \t]+-->[ \t]+{TIME}(?:[ \t].*)?")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>")
TAG = re.compile(r"<[^>]*>")
NAMED = re.compile(r"([A-Za-z][\w -]{1,20}):\s+(?=\S)")
SKIPPED = ("NOTE", "STYLE", "REGION")


def to_vtt(transcript: Transcript) -> str:
    """``transcript`` as WebVTT text, a cue a turn.

    Raises:
        TranscriptError: a turn has no time.
    """
    cues = []
    for number, turn in enumerate(transcript.turns):
        if turn.span is None:
            raise TranscriptError(
                f"{transcript.call_id}: turn {number} has no time; WebVTT needs one for each"
            )
        text = html.escape(" ".join(turn.text.split()), quote=False)
        times = f"{_clock(turn.span.start_ms)} --> {_clock(turn.span.end_ms)}"
        cues.append(f"{times}\n<v {turn.speaker.title()}>{text}\n")
    return "\n".join([f"WEBVTT\nLanguage: {transcript.language}\n", *cues])


def _clock(ms: int) -> str:
    minutes, left = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{left // 1000:02d}.{left % 1000:03d}"


def from_vtt(text: str, *, call_id: str, language: str = "en") -> Transcript:
    """The transcript in WebVTT ``text``.

    The speaker is taken from voice tags, else from ``Agent:`` at the start of a cue, else it is
    unknown. Notes, styles, regions, settings and other tags are left out.

    Raises:
        TranscriptError: not WebVTT, or a cue whose times can't be read; says which line.
    """
    lines = storable(text).removeprefix("\ufeff").replace("\0", "\ufffd").splitlines()
    if not lines or not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise TranscriptError("WebVTT starts with a line WEBVTT")
    blocks = list(_blocks(lines))
    for line in blocks[0][1][1:] if blocks else ():
        if line.startswith("Language:"):
            language = language_code(line.partition(":")[2], language)
    turns = [turn for number, block in blocks for turn in _turns(number, block)]
    return given(call_id, language, turns)


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Each run of lines that are not blank, with the number of its first line, from 1."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _turns(number: int, block: list[str]) -> Iterator[Turn]:
    at = next((n for n, line in enumerate(block[:2]) if "-->" in line), None)
    if at is None or block[0].split()[0] in SKIPPED:
        return
    found = ARROW.fullmatch(block[at].strip())
    if not found:
        raise TranscriptError(
            f"line {number + at}: times are written 00:00:01.000 --> 00:00:02.500, "
            f"not {shown(block[at].strip())}"
        )
    start, end = (_read_clock(found.groups()[n : n + 4], number + at) for n in (0, 4))
    if end < start:
        raise TranscriptError(f"line {number + at}: the cue ends before it starts")
    span = Span(start, max(end, start + 1))
    for speaker, said in _voices(" ".join(block[at + 1 :])):
        yield Turn(speaker, said, span)


def _read_clock(parts: tuple[str | None, ...], line: int) -> int:
    hours, minutes, seconds, ms = (int(part or 0) for part in parts)
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
    return milliseconds(total, f"line {line}: a time")


def _voices(payload: str) -> Iterator[tuple[Speaker, str]]:
    """Who says what in the text of one cue."""
    first, *pieces = VOICE.split(payload)
    said = _plain(first)
    named = NAMED.match(said)
    if named and (speaker := speaker_of(named[1])) != "unknown":
        yield speaker, said[named.end() :]
    elif said:
        yield "unknown", said
    for name, text in zip(pieces[::2], pieces[1::2], strict=True):
        if _plain(text):
            yield speaker_of(html.unescape(name)), _plain(text)


def _plain(text: str) -> str:
    return " ".join(html.unescape(TAG.sub("", text)).split())
