"""Transcripts that Whisper programs write: a list of segments, with or without words.

openai-whisper, faster-whisper and programs built on them share one form: ``segments`` with
``start``, ``end`` (seconds) and ``text``, each with ``words`` of ``word``, ``start``, ``end`` and
``probability`` where word times were asked for. Speakers are unknown unless a ``speaker`` is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa_review.base.errors import TranscriptError
from qa_review.capture.channels import in_order
from qa_review.capture.shape import shown
from qa_review.capture.spoken_by import given, language_code, span_of, speaker_of, storable, text_of
from qa_review.capture.transcriber import timed_words
from qa_review.capture.transcript import Transcript, Turn, Word

SECOND_MS = 1000


def from_segments(
    segments: Sequence[Any], *, call_id: str, language: Any = None, default: str = "en"
) -> Transcript:
    """The transcript in ``segments``, a turn each.

    Args:
        language: what the program wrote, a code or an English name, if anything.
        default: the language where it wrote none.

    Raises:
        TranscriptError: a segment has no text or times; says which.
    """
    turns = [_turn(item, f"segments[{number}]") for number, item in enumerate(segments)]
    return given(call_id, language_code(language, default), turns)


def _turn(item: Any, where: str) -> Turn:
    if not isinstance(item, Mapping):
        raise TranscriptError(f"{where} is an object, not {shown(item)}")
    speaker = speaker_of(item.get("speaker"))
    words = _words(item.get("words"), where)
    if words:
        return Turn.of(speaker, words)
    text = text_of(item.get("text"), f"{where}.text")
    return Turn(speaker, text, span_of(item, "start", "end", where, unit_ms=SECOND_MS))


def _words(items: Any, where: str) -> list[Word]:
    """The words with their times; none when any word has no time of its own."""
    if not isinstance(items, Sequence) or not all(
        isinstance(item, Mapping) and item.get("start") is not None for item in items
    ):
        return []
    raw = [_raw(item, f"{where}.words[{number}]") for number, item in enumerate(items)]
    if not any(text.startswith(" ") for text, *_ in raw):
        raw = [(f" {text}", start, end, chance) for text, start, end, chance in raw]
    known = all(chance is not None for *_, chance in raw)
    words = timed_words((text, start, end, chance or 0.0) for text, start, end, chance in raw)
    return in_order(words if known else [replace(word, probability=None) for word in words])


def _raw(item: Mapping[str, Any], where: str) -> tuple[str, float, float, float | None]:
    """Text as written, start and end in seconds, probability."""
    span = span_of(item, "start", "end", where, unit_ms=SECOND_MS)
    text, chance = item.get("word"), item.get("probability", item.get("score"))
    if span is None or not isinstance(text, str):
        raise TranscriptError(f"{where} has a word, a start and an end, not {shown(dict(item))}")
    if chance is not None and not (type(chance) in (int, float) and 0 <= chance <= 1):
        raise TranscriptError(f"{where}.probability is from 0 to 1, not {shown(chance)}")
    return storable(text), span.start_ms / SECOND_MS, span.end_ms / SECOND_MS, chance
