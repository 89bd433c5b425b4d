"""Makes sound files for tests, in any form that PyAV can write."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

LEFT_HZ, RIGHT_HZ = 440, 1_000
"""the tone of each channel, so that a swap is heard"""
NO_OPTIONS: Mapping[str, str] = {}


def tones(*, rate: int, channels: int, seconds: float = 1.0, level: float = 0.4) -> np.ndarray:
    """A tone a channel, float32 in [-1, 1], shape (channels, samples)."""
    time = np.arange(round(rate * seconds)) / rate
    hz = (LEFT_HZ, RIGHT_HZ)[:channels]
    return np.stack([level * np.sin(2 * np.pi * h * time) for h in hz]).astype(np.float32)


def loudest_hz(samples: np.ndarray, rate: int = 16_000) -> float:
    """The frequency of the strongest tone in one channel."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def write(
    path: Path,
    samples: np.ndarray,
    *,
    rate: int,
    codec: str,
    container: str | None = None,
    video: str | None = None,
    audio: bool = True,
    options: Mapping[str, str] = NO_OPTIONS,
    written: Mapping[str, str] = NO_OPTIONS,
    tags: Mapping[str, str] = NO_OPTIONS,
) -> Path:
    """Write ``samples`` (channels, n) as ``codec`` into ``path``.

    Args:
        container: what ffmpeg calls it; from the suffix when left out.
        video: a codec for a second of grey pictures beside (or, without audio, in place of) it.
        options: of the codec; ``b`` is its bits a second.
        written: options of the container.
        tags: what the file says of itself: its title, …
    """
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    with av.open(str(path), "w", format=container, container_options=dict(written)) as out:
        out.metadata.update(tags)
        pictures = _picture_track(out, video) if video else None
        sound = out.add_stream(codec, rate=rate, layout=layout) if audio else None
        if pictures:
            _encode_pictures(out, pictures)
        if sound:
            unfinished = {"strict": "experimental"} if codec == "vorbis" else {}
            sound.codec_context.options = {**unfinished, **options}
            _encode_sound(out, sound, samples, rate, layout)
    return path


def _picture_track(out: Any, codec: str) -> Any:
    pictures = out.add_stream(codec, rate=10)
    pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
    return pictures


def _encode_pictures(out: Any, pictures: Any) -> None:
    for number in range(10):
        grey = np.full((48, 64, 3), number * 20, np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        out.mux(pictures.encode(frame))
    out.mux(pictures.encode(None))


def _encode_sound(out: Any, sound: Any, samples: np.ndarray, rate: int, layout: str) -> None:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate, 0
    context = sound.codec_context
    context.bit_rate = int(context.options.get("b", context.bit_rate or 64_000))
    context.open(strict=False)
    size = context.frame_size or 1024
    resampler = av.AudioResampler(format=context.format, layout=layout, rate=rate, frame_size=size)
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        out.mux(sound.encode(piece))
    out.mux(sound.encode(None))


def wav(
    data: bytes,
    *,
    rate: int = 8_000,
    channels: int = 1,
    tag: int = 1,
    bits: int = 16,
    stated: int | None = None,
    extra: bytes = b"",
    align: int | None = None,
) -> bytes:
    """A WAV file by hand, so that its header can lie.

    Args:
        tag: the format: 1 whole numbers, 3 floating point, 6 A-law, 7 mu-law, 0x31 GSM.
        stated: how many bytes of data the header claims; the truth when left out.
        extra: bytes after the format's fixed part.
    """
    align = channels * bits // 8 if align is None else align
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits) + extra
    length = len(data) if stated is None else stated
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", length & 0xFFFFFFFF) + data
    return b"RIFF" + struct.pack("<I", (len(body) + length - len(data)) & 0xFFFFFFFF) + body


def pcm(samples: np.ndarray) -> bytes:
    """float in [-1, 1], shape (channels, n), as interleaved 16-bit."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").T.tobytes()


def bomb(path: Path, codec: str, container: str | None = None) -> None:
    """Two minutes of silence in a few kilobytes."""
    silence = np.zeros((1, 8_000 * 120), np.float32)
    write(path, silence, rate=8_000, codec=codec, container=container)
