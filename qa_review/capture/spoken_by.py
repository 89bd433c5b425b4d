"""What transcripts from elsewhere call a speaker, a time and a language.

Takes single values of files that other programs wrote; makes this package's own, or says what is
wrong with them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from qa_review.base.errors import TranscriptError
from qa_review.base.span import Span
from qa_review.capture.channels import in_order
from qa_review.capture.shape import shown
from qa_review.capture.transcript import AgentIs, Speaker, Transcript, Turn

LONGEST_MS = 7 * 24 * 3600 * 1000
"""a time later than this after the start of a call is a mistake"""
WORDS: Mapping[Speaker, tuple[str, ...]] = {
    "agent": (
        "adviser",
        "advisor",
        "agent",
        "assistant",
        "associate",
        "clerk",
        "consultant",
        "csr",
        "customer service",
        "employee",
        "executive",
        "helper",
        "operator",
        "receptionist",
        "rep",
        "representative",
        "staff",
        "support",
        "system",
        "teller",
        "wizard",
    ),
    "customer": (
        "buyer",
        "caller",
        "citizen",
        "client",
        "consumer",
        "customer",
        "cust",
        "end user",
        "guest",
        "member",
        "passenger",
        "patient",
        "resident",
        "seeker",
        "subscriber",
        "tenant",
        "user",
        "visitor",
    ),
    "unknown": (),
}
SPEAKER_OF: Mapping[str, Speaker] = {
    word: speaker for speaker, words in WORDS.items() for word in words
}
LANGUAGES = {
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "japanese": "ja",
    "polish": "pl",
    "portuguese": "pt",
    "spanish": "es",
}


def speaker_of(name: Any) -> Speaker:
    """The speaker that ``name`` stands for, in any case; ``"unknown"`` where it is no known word.

    >>> speaker_of("Advisor"), speaker_of(" CALLER:"), speaker_of("agent_1"), speaker_of("Priya")
    ('agent', 'customer', 'agent', 'unknown')
    """
    if not isinstance(name, str):
        return "unknown"
    bare = name.casefold().replace("_", " ").replace("-", " ").strip(" :0123456789")
    return SPEAKER_OF.get(bare, "unknown")


def language_code(name: Any, default: str) -> str:
    """The two- or three-letter code of a language tag or English name; ``default`` for none.

    >>> language_code("en-GB", "en"), language_code("Spanish", "en"), language_code(None, "en")
    ('en', 'es', 'en')
    """
    if not isinstance(name, str) or not name.strip():
        return default
    bare = name.strip().casefold()
    return LANGUAGES.get(bare, bare.replace("_", "-").split("-")[0])


def milliseconds(value: Any, where: str, *, unit_ms: int = 1) -> int:
    """``value``, a number of units of ``unit_ms`` milliseconds, in whole milliseconds.

    Raises:
        TranscriptError: not a number, below 0, or later than a week.
    """
    number = float(value) if type(value) in (int, float) and abs(value) < 1e15 else math.nan
    if not 0 <= number * unit_ms <= LONGEST_MS:
        unit = "milliseconds" if unit_ms == 1 else "seconds"
        limit = LONGEST_MS // unit_ms
        raise TranscriptError(f"{where} is {unit} from 0 to {limit:,}, not {shown(value)}")
    return round(number * unit_ms)


def span_of(
    item: Mapping[str, Any], start: str, end: str, where: str, *, unit_ms: int = 1
) -> Span | None:
    """The span that ``item`` states in its keys ``start`` and ``end``; ``None`` without either.

    Raises:
        TranscriptError: only one of the two is there, one is no time, or the end is before the
            start. A span that starts where it ends lasts 1 ms.
    """
    first, last = item.get(start), item.get(end)
    if first is None and last is None:
        return None
    if first is None or last is None:
        there, missing = (start, end) if last is None else (end, start)
        raise TranscriptError(f"{where} has {there} but no {missing}; give both or neither")
    first_ms = milliseconds(first, f"{where}.{start}", unit_ms=unit_ms)
    last_ms = milliseconds(last, f"{where}.{end}", unit_ms=unit_ms)
    if last_ms < first_ms:
        raise TranscriptError(f"{where} ends before it starts: {start} {first}, {end} {last}")
    return Span(first_ms, max(last_ms, first_ms + 1))


def text_of(value: Any, where: str) -> str:
    """``value`` without space around it, ``""`` for ``None``; half characters become U+FFFD.

    Raises:
        TranscriptError: not text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TranscriptError(f"{where} is text, not {shown(value)}")
    return storable(value).strip()


def storable(text: str) -> str:
    """``text`` with U+FFFD for each half character (lone surrogate), which no file can hold."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def given(
    call_id: str,
    language: str,
    turns: Iterable[Turn],
    *,
    duration_ms: int | None = None,
    in_place: bool = False,
) -> Transcript:
    """The transcript of turns that another program or a person wrote.

    Empty turns are left out, unless ``in_place``: then turns without times keep their places,
    so that a turn's number is that of the input.

    Raises:
        TranscriptError: nobody says anything.
    """
    said = list(turns)
    if not in_place or all(turn.span for turn in said):
        said = list(in_time(turn for turn in said if turn.text))
    if not any(turn.text for turn in said):
        raise TranscriptError("no turn holds any words")
    stated = any(turn.speaker == "agent" for turn in said)
    agent_is = AgentIs("stated in the transcript", 1.0) if stated else AgentIs("not stated", 0.0)
    return Transcript(call_id, language, tuple(said), agent_is=agent_is, duration_ms=duration_ms)


def in_time(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """``turns`` by their start, no two of one speaker overlapping.

    Turns of which any has no time stay in the order given. Where one speaker's turns overlap the
    earlier one is cut short; two that start together, or whose words interleave, become one.
    """
    said = list(turns)
    if not all(turn.span for turn in said):
        return tuple(said)
    said.sort(key=_times)
    kept: list[Turn] = []
    last: dict[Speaker, int] = {}
    for turn in said:
        at = last.get(turn.speaker)
        before = kept[at] if at is not None else None
        if at is not None and before is not None and _times(before)[1] > _times(turn)[0]:
            pieces = _apart(before, turn)
            kept[at] = pieces[0]
            if len(pieces) == 1:
                continue
        last[turn.speaker] = len(kept)
        kept.append(turn)
    return tuple(sorted(kept, key=_times))


def _times(turn: Turn) -> tuple[int, int]:
    return (turn.span.start_ms, turn.span.end_ms) if turn.span else (0, 0)


def _apart(before: Turn, turn: Turn) -> tuple[Turn, ...]:
    """Two overlapping turns of one speaker as two that don't overlap, or as one."""
    if before.words and turn.words:
        return (Turn.of(turn.speaker, in_order((*before.words, *turn.words))),)
    (start, _), (cut, end) = _times(before), _times(turn)
    if start < cut and not before.words:
        return replace(before, span=Span(start, cut)), turn
    text = f"{before.text} {turn.text}"
    return (Turn(turn.speaker, text, Span(start, max(_times(before)[1], end))),)
