"""Speech to text as a plug: what every engine is given and gives back.

An engine hears one stretch of mono sound, at most :data:`WINDOW_MS` long, and writes the words
with their times and with the figures that tell an invention from speech. Everything around it
(channels, silence, speakers, doubt) is the same for every engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture.transcript import Word

if TYPE_CHECKING:
    import numpy as np

RATE_HZ = 16_000
"""the rate that Whisper hears"""
WINDOW_MS = 29_000
"""Whisper hears 30 s at a time; a little less leaves room for its padding"""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine decodes.

    ``threads`` is processor threads a model; ``compute_type`` is ``"auto"`` or what the engine
    names (``int8``, ``float16``, ``float32``); ``device`` is ``cpu`` or ``cuda``.
    """

    beam: int = 5
    device: str = "cpu"
    compute_type: str = "auto"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.beam < 1 or self.threads < 1:
            raise ValueError(f"beam and threads are 1 or more, not {self.beam} and {self.threads}")
        if self.device.split(":")[0] not in ("cpu", "cuda"):
            raise ValueError(f"a device is cpu, cuda or cuda:N, not {self.device!r}")


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine wrote for one piece of a window.

    Word times are in milliseconds from the start of the window. ``no_speech`` is the engine's
    probability, in [0, 1], that nobody spoke; ``mean_logprob`` the mean log probability of its
    tokens; ``compression`` how many times zlib shrinks the text (above 2.4: it repeats itself).
    """

    words: tuple[Word, ...]
    no_speech: float
    mean_logprob: float
    compression: float


class Transcriber(Protocol):
    """Turns sound into words."""

    @property
    def made_by(self) -> MadeBy:
        """The engine, its version, its settings and which weights it uses, from where."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it was trained on; ``("en",)`` for English-only weights."""
        ...

    def language_of(self, samples: np.ndarray) -> tuple[str, float]:
        """The language spoken in ``samples`` and how probable that is, in [0, 1].

        English-only weights can't tell: they answer ``("en", 0.0)``.
        """
        ...

    def hear(self, samples: np.ndarray, *, language: str) -> Sequence[Heard]:
        """The words in ``samples``: float32 in [-1, 1], shape (n,), 16 kHz, at most a window."""
        ...


def timed_words(raw: Iterable[tuple[str, float, float, float]]) -> tuple[Word, ...]:
    """Words from an engine's ``(text, start_s, end_s, probability)``.

    A piece without a space before it belongs to the word before ("high" and "-end"), and so does
    a mark that stands alone.

    >>> raw = [(" high", 0, 0.4, 1), ("-end", 0.4, 0.6, 0.5), (" .", 0.6, 0.6, 1)]
    >>> [word.text for word in timed_words(raw)]
    ['high-end.']
    """
    words: list[Word] = []
    for text, start_s, end_s, probability in raw:
        start = max(round(float(start_s) * 1000), 0)
        span = Span(start, max(round(float(end_s) * 1000), start + 1))
        bare = text.strip()
        joins = not text.startswith(" ") or not any(char.isalnum() for char in bare)
        if words and bare and joins:
            last = words[-1]
            lowest = min(last.probability or 0.0, float(probability))
            words[-1] = Word(last.text + bare, last.span | span, round(lowest, 3))
        elif any(char.isalnum() for char in bare):
            words.append(Word(bare, span, round(float(probability), 3)))
    return tuple(words)
