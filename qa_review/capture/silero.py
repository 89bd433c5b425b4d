"""Where somebody speaks, by the Silero model that faster-whisper carries."""

from __future__ import annotations

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps

from qa_review.base.span import Span
from qa_review.capture.transcriber import RATE_HZ, WINDOW_MS

PIECE_MS = 600_000
"""how much sound is looked at in one go, so that memory doesn't grow with the call"""


def speech_spans(samples: np.ndarray, *, silence_ms: int = 200, pad_ms: int = 60) -> list[Span]:
    """The stretches in which somebody speaks.

    Args:
        samples: int16, shape (n,), 16 kHz.
        silence_ms: a pause this long ends a stretch.
        pad_ms: how much sound before and after speech belongs to its stretch.
    """
    options = VadOptions(
        min_speech_duration_ms=60,
        max_speech_duration_s=WINDOW_MS / 1000,
        min_silence_duration_ms=silence_ms,
        speech_pad_ms=pad_ms,
    )
    spans: list[Span] = []
    step = PIECE_MS * RATE_HZ // 1000
    for start in range(0, len(samples), step):
        piece = samples[start : start + step].astype(np.float32) / 32768
        for found in get_speech_timestamps(piece, options):
            first, last = (start + found["start"]), (start + found["end"])
            if last - first >= RATE_HZ // 1000:
                spans.append(Span(first * 1000 // RATE_HZ, last * 1000 // RATE_HZ))
    return spans
