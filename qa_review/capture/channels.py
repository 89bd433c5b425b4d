"""Words of two speakers as turns.

Two channels are merged by time: a turn ends when the other side takes over, or when the same
speaker is silent for :data:`SAME_TURN_MS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qa_review.base.span import Span
from qa_review.capture.transcript import Speaker, Turn, Word

PAUSE_MS = 700
"""a pause this long within one speaker's words lets the other's turn come in between"""
SAME_TURN_MS = 3_000
"""after a silence this long the same speaker starts a new turn"""


def in_order(words: Iterable[Word]) -> list[Word]:
    """One speaker's words sorted by start, none overlapping the next."""
    ordered = sorted(words, key=lambda word: (word.span.start_ms, word.span.end_ms))
    clean: list[Word] = []
    for word in ordered:
        start = word.span.start_ms
        if clean and start < clean[-1].span.end_ms:
            last = clean[-1]
            start = max(start, last.span.start_ms + 1)
            clean[-1] = Word(last.text, Span(last.span.start_ms, start), last.probability)
        clean.append(
            Word(word.text, Span(start, max(word.span.end_ms, start + 1)), word.probability)
        )
    return clean


def utterances(words: Sequence[Word], *, pause_ms: int = PAUSE_MS) -> list[list[Word]]:
    """``words`` of one speaker cut at each pause longer than ``pause_ms``."""
    parts: list[list[Word]] = []
    for word in words:
        if parts and word.span.start_ms - parts[-1][-1].span.end_ms <= pause_ms:
            parts[-1].append(word)
        else:
            parts.append([word])
    return parts


def turns(said: Mapping[Speaker, Sequence[Word]]) -> tuple[Turn, ...]:
    """The turns that each speaker's words make, sorted by start."""
    pieces = [
        (part[0].span.start_ms, part[-1].span.end_ms, speaker, part)
        for speaker, words in said.items()
        for part in utterances(in_order(words))
    ]
    pieces.sort(key=lambda piece: piece[:3])
    joined: list[tuple[Speaker, list[Word]]] = []
    for start, _, speaker, part in pieces:
        if joined and joined[-1][0] == speaker:
            if start - joined[-1][1][-1].span.end_ms <= SAME_TURN_MS:
                joined[-1][1].extend(part)
                continue
        joined.append((speaker, list(part)))
    return tuple(Turn.of(speaker, words) for speaker, words in joined)
