"""A speech engine that says what it is told: for tests, and for trying things without weights."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture.transcriber import RATE_HZ, EngineOptions, Heard
from qa_review.capture.transcript import Word


class Scripted:
    """Answers each window of sound with a line of a script, its words evenly spaced.

    The sound picks the line, so the same sound always says the same.
    """

    made_by = MadeBy("scripted", "1")

    def __init__(self, lines: Sequence[str], *, language: tuple[str, float] = ("en", 1.0)) -> None:
        self._lines = list(lines)
        self._language = language
        self.languages: tuple[str, ...] = ("en", language[0])

    def language_of(self, samples: np.ndarray) -> tuple[str, float]:
        return self._language

    def hear(self, samples: np.ndarray, *, language: str) -> Sequence[Heard]:
        texts = self._lines[zlib.crc32(samples.tobytes()) % len(self._lines)].split()
        length_ms = len(samples) * 1000 // RATE_HZ
        edges = [length_ms * i // len(texts) for i in range(len(texts) + 1)]
        words = tuple(
            Word(text, Span(start, max(end, start + 1)), 0.9)
            for text, start, end in zip(texts, edges, edges[1:], strict=False)
        )
        return [Heard(words, no_speech=0.0, mean_logprob=-0.2, compression=1.2)]


def load(weights: str, options: EngineOptions) -> Scripted:
    """The engine with the lines of a JSON list in the file ``weights``; ``auto``: one line."""
    if weights == "auto":
        return Scripted(["thank you for calling how can i help you today"])
    return Scripted(json.loads(Path(weights).read_text(encoding="utf-8")))


def where(weights: str, options: EngineOptions = EngineOptions()) -> str:
    """The script itself: there are no weights."""
    return weights
