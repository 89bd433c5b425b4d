"""Two voices on one channel: which of them said each word.

Speech is cut into stretches of about a second, each described by a :class:`Voiceprint`; the
stretches fall into two groups, and each word goes to the group that its surroundings sound like.
Changing the speaker costs something, less after a pause or the end of a sentence, so that single
words don't flip. Words that sound like neither go to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from qa_review.base.span import Span
from qa_review.capture.transcript import Word

STRETCH_MS = 1_000
TELLING_MS = 700.0
"""shorter stretches are given to a voice, but don't help to find the two"""
REACH_MS = 350.0
"""how far around a word's middle stretches speak for it (one standard deviation)"""
STARTS = 24
SIDES = np.array([1.0, -1.0])
SWITCH_COST = 0.35
PAUSE_MS = 600.0
"""a pause this long takes two thirds off the cost of a change"""
UNSURE = 0.02
"""a run of words whose mean margin is smaller belongs to nobody"""
SMALLEST_SHARE = 0.02
"""a voice with less of the speech than this is not a second speaker"""


class Voiceprint(Protocol):
    """Describes what a voice sounds like in a stretch of sound."""

    @property
    def name(self) -> str: ...

    @property
    def same_voice(self) -> float:
        """Two groups whose centres are more alike than this (cosine) are one voice."""
        ...

    def describe(self, samples: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
        """Unit vectors, shape (spans, dimensions); alike for one voice, unlike for two.

        Args:
            samples: int16, shape (n,), 16 kHz.
        """
        ...


@dataclass(frozen=True, slots=True)
class Voices:
    """Tells two voices apart by a voiceprint."""

    print_of: Voiceprint

    def __call__(
        self, samples: np.ndarray, words: Sequence[Word], speech: list[Span]
    ) -> list[int | None]:
        """For each word the voice, 0 or 1, that said it; ``None`` where it can't be told.

        All words go to voice 0 when only one voice is heard.
        """
        spans = stretches(speech)
        if not words or len(spans) < 4:
            return [0] * len(words)
        described = self.print_of.describe(samples, spans)
        lengths = np.array([span.length_ms for span in spans], float)
        long = lengths >= min(TELLING_MS, float(np.median(lengths)))
        centres = two_groups(described[long], lengths[long])
        near = described @ centres.T
        second = lengths[near[:, 1] > near[:, 0]].sum() / lengths.sum()
        alike = float(centres[0] @ centres[1]) > self.print_of.same_voice
        if alike or not SMALLEST_SHARE < second < 1 - SMALLEST_SHARE:
            return [0] * len(words)
        margins = word_margins(words, spans, near[:, 0] - near[:, 1])
        return doubted(cheapest_path(words, margins), margins)


def stretches(speech: Sequence[Span], *, length_ms: int = STRETCH_MS) -> list[Span]:
    """``speech`` cut into equal stretches of about ``length_ms``; shorter speech stays whole."""
    cut: list[Span] = []
    for span in speech:
        count = max(round(span.length_ms / length_ms), 1)
        edges = [span.start_ms + span.length_ms * i // count for i in range(count + 1)]
        cut.extend(Span(a, b) for a, b in pairwise(edges) if b - a >= 300)
    return cut


def two_groups(described: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The centres, shape (2, dimensions), of the two groups that fit best.

    Spherical 2-means, started from the stretches that are least like another.
    """
    likeness = described @ described.T
    best, fit = described[:2], -np.inf
    for start in np.argsort(likeness.min(axis=1), kind="stable")[:STARTS]:
        centres = described[[start, int(likeness[start].argmin())]]
        for _ in range(30):
            group = (described @ centres.T).argmax(axis=1)
            if group.min() == group.max():
                break
            moved = np.stack(
                [(described[group == g] * lengths[group == g, None]).sum(axis=0) for g in (0, 1)]
            )
            moved /= np.linalg.norm(moved, axis=1, keepdims=True)
            if np.allclose(moved, centres):
                break
            centres = moved
        total = float(((described * centres[group]).sum(axis=1) * lengths).sum())
        if total > fit:
            best, fit = centres, total
    return best


def word_margins(words: Sequence[Word], spans: Sequence[Span], margin: np.ndarray) -> np.ndarray:
    """How much more each word sounds like voice 0 than like voice 1, shape (words,)."""
    middles = np.array([(span.start_ms + span.end_ms) / 2 for span in spans])
    margins = np.empty(len(words))
    for number, word in enumerate(words):
        away = np.abs(middles - (word.span.start_ms + word.span.end_ms) / 2)
        pull = np.exp(-np.square(away / REACH_MS)) + 1e-9 / (1 + away)
        margins[number] = (margin * pull).sum() / pull.sum()
    return margins


def cheapest_path(words: Sequence[Word], margins: np.ndarray) -> list[int]:
    """The voice of each word that fits the margins best for the fewest changes (Viterbi)."""
    worth = margins[0] * SIDES
    came_from = np.zeros((len(words), 2), int)
    for number in range(1, len(words)):
        before, word = words[number - 1], words[number]
        pause = max(word.span.start_ms - before.span.end_ms, 0)
        cost = SWITCH_COST * np.exp(-pause / PAUSE_MS)
        cost *= 0.5 if before.text.endswith((".", "?", "!")) else 1.0
        stay, change = worth, worth[::-1] - cost
        came_from[number] = np.where(stay >= change, (0, 1), (1, 0))
        worth = np.maximum(stay, change) + margins[number] * SIDES
    voice = int(worth.argmax())
    path = [voice]
    for origin in came_from[:0:-1]:
        voice = int(origin[voice])
        path.append(voice)
    return path[::-1]


def doubted(path: Sequence[int], margins: np.ndarray) -> list[int | None]:
    """``path`` with ``None`` for each run of words that hardly sounds like its voice."""
    voices: list[int | None] = []
    start = 0
    for end in range(1, len(path) + 1):
        if end == len(path) or path[end] != path[start]:
            signed = margins[start:end] if path[start] == 0 else -margins[start:end]
            sure = float(signed.mean()) >= UNSURE
            voices.extend([path[start] if sure else None] * (end - start))
            start = end
    return voices
