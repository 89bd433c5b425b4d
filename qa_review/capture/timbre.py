"""A voiceprint from the shape of the spectrum and the pitch: needs nothing but numpy.

The fallback where no trained voiceprint is installed. It tells voices of different pitch apart
well and alike voices less well; figures are in ``benchmarks/README.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from qa_review.base.span import Span
from qa_review.capture.transcriber import RATE_HZ

MELS, COEFFICIENTS = 80, 20
FRAME, HOP, FFT = 400, 160, 512
"""25 ms, 10 ms and the transform, in samples"""
LOWEST_HZ, HIGHEST_HZ = 64, 355
PITCH_WEIGHT = 4.0


@cache
def mel_bank() -> np.ndarray:
    """Triangular filters from 20 Hz to 8 kHz on the mel scale, shape (FFT // 2 + 1, MELS)."""
    edges = np.linspace(_mel(np.array(20.0)), _mel(np.array(8000.0)), MELS + 2)
    bins = _mel(np.arange(FFT // 2 + 1) * RATE_HZ / FFT)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    bank: np.ndarray = np.maximum(np.minimum(rising, falling), 0)
    return bank


def _mel(hz: np.ndarray) -> np.ndarray:
    mel: np.ndarray = 1127 * np.log1p(hz / 700)
    return mel


def log_mel(samples: np.ndarray) -> np.ndarray:
    """The log energies of :func:`mel_bank` for each 10 ms, shape (frames, MELS), float32."""
    if len(samples) < FRAME:
        samples = np.pad(samples, (0, FRAME - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP].astype(np.float32)
    frames -= frames.mean(axis=1, keepdims=True)
    frames[:, 1:] -= 0.97 * frames[:, :-1]
    frames[:, 0] *= 0.03
    frames *= np.hanning(FRAME) ** 0.85
    power = np.square(np.abs(np.fft.rfft(frames, FFT)))
    energies: np.ndarray = np.log(np.maximum(power @ mel_bank(), 1.2e-7)).astype(np.float32)
    return energies


def part(samples: np.ndarray, span: Span) -> np.ndarray:
    """The samples of ``span``."""
    per_ms = RATE_HZ // 1000
    return samples[span.start_ms * per_ms : span.end_ms * per_ms]


class Timbre:
    """Mean and spread of cepstral coefficients over the louder frames, and the median pitch."""

    name = "timbre"
    same_voice = -0.85

    def describe(self, samples: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
        rows = np.array([self._row(part(samples, span)) for span in spans])
        rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
        rows[:, -1] *= PITCH_WEIGHT
        unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return unit

    def _row(self, samples: np.ndarray) -> np.ndarray:
        turn = np.cos(np.pi * np.outer(np.arange(COEFFICIENTS), np.arange(MELS) + 0.5) / MELS)
        cepstra = log_mel(samples) @ turn.T
        loud = cepstra[cepstra[:, 0] >= np.percentile(cepstra[:, 0], 40), 1:]
        return np.concatenate([loud.mean(axis=0), loud.std(axis=0) / 2, [log_pitch(samples)]])


def log_pitch(samples: np.ndarray) -> float:
    """The log of the median pitch in Hz over voiced frames; that of 150 Hz where there are none."""
    size = 640
    if len(samples) < size:
        return float(np.log(150.0))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::320].astype(np.float32)
    frames -= frames.mean(axis=1, keepdims=True)
    echo = np.fft.irfft(np.square(np.abs(np.fft.rfft(frames, 2048))))[:, :size]
    echo /= echo[:, :1] + 1e-9
    shortest, longest = RATE_HZ // HIGHEST_HZ, RATE_HZ // LOWEST_HZ
    period = shortest + echo[:, shortest:longest].argmax(axis=1)
    voiced = period[echo[:, shortest:longest].max(axis=1) > 0.45]
    return float(np.log(RATE_HZ / np.median(voiced))) if len(voiced) > 2 else float(np.log(150.0))


def load() -> Timbre:
    """The voiceprint; there is nothing to load."""
    return Timbre()
