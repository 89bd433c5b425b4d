"""Decoded sound, and how much of a file may be decoded.

The decoder itself is an adapter (:mod:`qa_review.capture.pyav`), loaded when it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa_review.capture.transcriber import RATE_HZ

if TYPE_CHECKING:
    import numpy as np

RAW_FORMATS = {"mulaw": "mulaw", "alaw": "alaw", "s16le": "s16le", "gsm": "gsm"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one file is decoded before it is refused."""

    seconds: int = 2 * 3600
    bytes: int = 2 << 30


@dataclass(frozen=True, slots=True)
class RawFormat:
    """What a file without a header holds.

    >>> RawFormat.parse("mulaw:8000:2")
    RawFormat(encoding='mulaw', rate_hz=8000, channels=2)
    """

    encoding: str
    rate_hz: int = 8_000
    channels: int = 1

    def __post_init__(self) -> None:
        if self.encoding not in RAW_FORMATS:
            raise ValueError(
                f"a raw encoding is one of {', '.join(RAW_FORMATS)}, not {self.encoding!r}"
            )
        if not 4_000 <= self.rate_hz <= 96_000 or self.channels not in (1, 2):
            raise ValueError(
                "raw sound has 4000 to 96000 Hz and 1 or 2 channels, "
                f"not {self.rate_hz} Hz and {self.channels}"
            )

    @classmethod
    def parse(cls, text: str) -> RawFormat:
        """The format written ``encoding[:rate[:channels]]``."""
        encoding, *numbers = text.split(":")
        if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
            raise ValueError(f"a raw format is written encoding[:rate[:channels]], not {text!r}")
        return cls(encoding, *map(int, numbers))


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Decoded sound: ``channels`` has shape (1 or 2, samples), int16, 16 kHz.

    ``rate_hz`` and ``codec`` are the file's own, before resampling. ``only`` is the channel that
    was kept, counted from 0, where the other one of two is silent.
    """

    channels: np.ndarray
    rate_hz: int
    codec: str
    only: int | None = None

    @property
    def duration_ms(self) -> int:
        return int(self.channels.shape[1] * 1000 // RATE_HZ)
