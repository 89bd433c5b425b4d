"""Loudness, windows of joined speech, and whose voice it is on a channel.

An engine is given only speech: the stretches that voice activity found, joined into windows of
at most :data:`~qa_review.capture.transcriber.WINDOW_MS`. Each window remembers where its
stretches came from, so that word times lead back to the recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qa_review.base.span import Span, shared_ms, united
from qa_review.capture.transcriber import RATE_HZ, WINDOW_MS
from qa_review.capture.transcript import Word

FRAME_MS = 20
SILENCE_DB = -75.0
"""the quietest that loudness is told; digital silence counts as this"""
BLEED_MARGIN_DB = 12.0
"""the other channel this much louder, and this one this much below its own speech: bleed"""
BLEED_RUN_MS = 300
HEARD_PAD_MS = 300
"""how much sound around speech an engine is given"""
SHORTEST_HALF_MS = 4_000
SHORTEST_MISSED_MS = 700
MISSED_SHARE = 0.1
LONGEST_WORD_MS = 1_600


def loudness(samples: np.ndarray) -> np.ndarray:
    """Loudness of each 20 ms in dB below full scale, shape (frames,), never under -75.

    Args:
        samples: int16, shape (n,), 16 kHz.
    """
    size = RATE_HZ * FRAME_MS // 1000
    count = len(samples) // size
    # a minute at a time: squares of a long call would fill memory
    power = np.concatenate(
        [
            np.square(samples[at * size : min(at + 3000, count) * size].astype(np.float32) / 32768)
            .reshape(-1, size)
            .mean(axis=1)
            for at in range(0, count, 3000)
        ]
        or [np.empty(0, np.float32)]
    )
    level: np.ndarray = np.maximum(10 * np.log10(np.maximum(power, 1e-12)), SILENCE_DB)
    return level


def frames_of(span: Span, count: int) -> slice:
    """The frames that ``span`` touches, of ``count``."""
    return slice(min(span.start_ms // FRAME_MS, count), min(-(-span.end_ms // FRAME_MS), count))


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of speech on one channel, joined for an engine to hear.

    ``pad_ms`` of sound before and after each stretch are heard with it; stretches that then
    touch are heard as one.
    """

    spans: tuple[Span, ...]
    pad_ms: int = 0

    @property
    def heard(self) -> list[Span]:
        """The stretches of the recording that are joined, padding included."""
        return padded(self.spans, self.pad_ms)

    def samples(self, channel: np.ndarray) -> np.ndarray:
        """The joined sound as float32 in [-1, 1]."""
        per_ms = RATE_HZ // 1000
        parts = [channel[span.start_ms * per_ms : span.end_ms * per_ms] for span in self.heard]
        joined: np.ndarray = np.concatenate(parts).astype(np.float32) / 32768
        return joined

    def halves(self) -> tuple[Window, ...]:
        """Two shorter windows with the same speech; none when this one is too short to cut.

        An engine that repeats itself in a window seldom does so in both of its halves.
        """
        if len(self.spans) > 1:
            middle = len(self.spans) // 2
            return self._of(self.spans[:middle]), self._of(self.spans[middle:])
        (span,) = self.spans
        if span.length_ms < SHORTEST_HALF_MS * 2:
            return ()
        middle_ms = span.start_ms + span.length_ms // 2
        first, second = Span(span.start_ms, middle_ms), Span(middle_ms, span.end_ms)
        return self._of((first,)), self._of((second,))

    def _of(self, spans: tuple[Span, ...]) -> Window:
        return Window(spans, self.pad_ms)

    def passed_over(self, words: Sequence[Word]) -> list[Window]:
        """Windows of the stretches of this one in which there are hardly any of ``words``.

        None when every stretch is without words: then there is nothing more to hear.
        """
        said = [end for word in words for end in _ends(word.span)]
        empty = [
            span
            for span in self.spans
            if span.length_ms >= SHORTEST_MISSED_MS
            and shared_ms([span], said) < span.length_ms * MISSED_SHARE
        ]
        return windows(empty, pad_ms=self.pad_ms) if len(empty) < len(self.spans) else []

    def back(self, word: Word) -> Word:
        """``word`` at its time in the recording.

        A word that lies over a join belongs to the stretch that holds its middle.
        """
        middle = (word.span.start_ms + word.span.end_ms) // 2
        offset = 0
        heard = self.heard
        span = heard[-1]
        for span in heard:
            if middle < offset + span.length_ms:
                break
            offset += span.length_ms
        else:
            offset -= span.length_ms
        shift = span.start_ms - offset
        start = min(max(word.span.start_ms + shift, span.start_ms), span.end_ms - 1)
        end = min(max(word.span.end_ms + shift, start + 1), span.end_ms)
        return Word(word.text, Span(start, end), word.probability)


def _ends(span: Span) -> tuple[Span, ...]:
    """A word's time; of a word too long to be one, only its ends.

    Where an engine passed over speech, its alignment stretches a word across the gap.
    """
    if span.length_ms <= LONGEST_WORD_MS:
        return (span,)
    end = LONGEST_WORD_MS // 4
    return Span(span.start_ms, span.start_ms + end), Span(span.end_ms - end, span.end_ms)


def padded(spans: Iterable[Span], pad_ms: int) -> list[Span]:
    """``spans`` with ``pad_ms`` more at either end, united where they then overlap or touch.

    >>> padded([Span(100, 500), Span(800, 900)], 200)
    [Span(start_ms=0, end_ms=1100)]
    """
    return united(Span(max(span.start_ms - pad_ms, 0), span.end_ms + pad_ms) for span in spans)


def windows(spans: Iterable[Span], *, limit_ms: int = WINDOW_MS, pad_ms: int = 0) -> list[Window]:
    """``spans`` packed in order into windows of which at most ``limit_ms`` are heard each."""
    packed: list[Window] = []
    waiting: list[Span] = []
    for span in _short_enough(spans, limit_ms - 2 * pad_ms):
        grown = sum(part.length_ms for part in padded([*waiting, span], pad_ms))
        if waiting and grown > limit_ms:
            packed.append(Window(tuple(waiting), pad_ms))
            waiting = []
        waiting.append(span)
    return [*packed, Window(tuple(waiting), pad_ms)] if waiting else packed


def _short_enough(spans: Iterable[Span], limit_ms: int) -> Iterable[Span]:
    for span in spans:
        for start in range(span.start_ms, span.end_ms, limit_ms):
            yield Span(start, min(start + limit_ms, span.end_ms))


def own_voice(loud: Sequence[np.ndarray], speech: Sequence[list[Span]]) -> list[list[Span]]:
    """Speech of two channels without the stretches in which one only echoes the other.

    A frame is bleed when the other channel is louder by :data:`BLEED_MARGIN_DB` while this one is
    as much below the level of its own speech.

    Args:
        loud: :func:`loudness` of each channel.
        speech: voice activity of each channel.
    """
    return [_own(loud[me], loud[1 - me], speech[me]) if speech[me] else [] for me in (0, 1)]


def _own(mine: np.ndarray, other: np.ndarray, speech: list[Span]) -> list[Span]:
    count = min(len(mine), len(other))
    mine, other = mine[:count], other[:count]
    louder = mine > other
    spoken = np.zeros(count, bool)
    for span in speech:
        spoken[frames_of(span, count)] = True
    if not (spoken & louder).any():
        level = float("inf")
    else:
        level = float(np.percentile(mine[spoken & louder], 80))
    bleed = (other - mine > BLEED_MARGIN_DB) & (mine < level - BLEED_MARGIN_DB) & spoken
    kept: list[Span] = []
    for span in speech:
        kept.extend(_without(span, bleed, mine, level))
    return united(kept)


def _without(span: Span, bleed: np.ndarray, mine: np.ndarray, level: float) -> list[Span]:
    """What is left of ``span`` once long runs of bleed are cut out of it."""
    frames = frames_of(span, len(bleed))
    edges = np.flatnonzero(np.diff(bleed[frames].astype(np.int8), prepend=0, append=0))
    runs = [(a, b) for a, b in edges.reshape(-1, 2) if (b - a) * FRAME_MS >= BLEED_RUN_MS]
    if not runs:
        return [span]
    bounds = [0, *(int(edge) for run in runs for edge in run), frames.stop - frames.start]
    kept = []
    for start, end in list(pairwise(bounds))[::2]:
        first, last = frames.start + start, frames.start + end
        loud_enough = last > first and mine[first:last].max() > level - BLEED_MARGIN_DB
        if loud_enough and (last - first) * FRAME_MS >= 100:
            kept.append(Span(first * FRAME_MS, last * FRAME_MS))
    return kept
