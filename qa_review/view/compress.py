"""A call's sound as a page carries it: small enough to embed, with the peaks of its waveform."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qa_review.capture import pyav
from qa_review.capture.sound import Sound as Decoded
from qa_review.view.sound import Sound

POINTS = 1_400
"""peaks a channel"""
PLAYABLE = {".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg", ".m4a": "audio/mp4"}
"""what browsers play as it is"""
SMALL_BYTES_PER_S = 8_000
"""a recording no larger than this is embedded as it is"""


def page_sound(path: Path, sound: Decoded, *, agent_channel: int | None) -> Sound:
    """The sound of ``path`` for embedding: the file itself when it is small, else recompressed."""
    data, mime = path.read_bytes(), PLAYABLE.get(path.suffix.lower())
    if mime is None or len(data) > SMALL_BYTES_PER_S * max(sound.duration_ms, 1) / 1000:
        data, mime = pyav.compressed(sound.channels), "audio/ogg"
    return Sound(mime, data, None, sound.duration_ms, peaks(sound.channels), agent_channel)


def linked_sound(href: str, sound: Decoded, *, agent_channel: int | None) -> Sound:
    """The sound of a page that only links to its recording."""
    mime = PLAYABLE.get(Path(href).suffix.lower(), "audio/wav")
    return Sound(mime, None, href, sound.duration_ms, peaks(sound.channels), agent_channel)


def peaks(channels: np.ndarray, *, points: int = POINTS) -> tuple[tuple[int, ...], ...]:
    """The loudest sample of each of ``points`` even stretches, 0 to 100, a series a channel."""
    count = min(points, channels.shape[1])
    edges = np.linspace(0, channels.shape[1], count, endpoint=False, dtype=np.int64)
    loudest = np.maximum.reduceat(channels, edges, axis=1).astype(np.int32)
    highest = np.maximum(loudest, -np.minimum.reduceat(channels, edges, axis=1).astype(np.int32))
    scaled = highest * 100 // max(int(highest.max()), 1)
    return tuple(tuple(int(value) for value in series) for series in scaled)
