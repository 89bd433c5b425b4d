"""Sound from any file that telephony leaves behind, by PyAV (ffmpeg's libraries in a wheel).

Takes a path; makes a :class:`Sound`: one int16 series a channel at 16 kHz, the rate that Whisper
hears. Frames are decoded one by one and counted against :class:`Limits`, so a small file that
unfolds to days of sound costs no more than the limit. What the header says of the length is
never trusted, only compared.

A damaged file can crash the decoder past catching. :func:`decode` is therefore for processes
that may die; :func:`decode_apart` does the same in a child of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler

from qa_review.base.errors import NothingSaid, TooLong, Unreadable, WorkerDied
from qa_review.capture.headers import mp3_counts_its_frames, tags_are_absurd, wav_seconds
from qa_review.capture.sound import RAW_FORMATS, Limits, RawFormat, Sound
from qa_review.capture.transcriber import RATE_HZ

try:
    import resource
except ImportError:  # not on Windows, where a child has no memory limit
    resource = None  # type: ignore[assignment]

SAME_CHANNELS = 0.8
"""two channels that correlate more than this carry one sound: a room, or a mono call copied"""
DEAD_CHANNEL_PEAK = 16
"""a channel that never exceeds this (of 32,768) carries nothing"""
CONTAINERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,g722,g726,g729,gsm,ilbc,latm,"
    "loas,matroska,mov,mp3,mpeg,mpegts,nist,ogg,sox,tta,voc,w64,wav,wv"
)
"""what a file may be; playlists are not among them, for they read other files than the one given"""
EXACT_LENGTH = {"flac", "mov", "matroska", "aiff", "au", "caf"}
"""containers whose header states the length, so that a cut can be told"""
SLOWEST_HZ, FASTEST_HZ = 1_000, 768_000
"""rates that recorders have; resampling a header's absurd one takes gigabytes"""
LOUDEST = 1_000.0
"""floating point beyond this many times full scale, or no number at all, is no sound"""
RAW_SUFFIXES = {".ul", ".ulaw", ".mulaw", ".al", ".alaw", ".raw", ".pcm", ".sln"}
BITRATE = 12_000
"""bits a second and channel of compressed sound"""
ENCODED_AT_ONCE = 1 << 16
COMPARED_AT_ONCE = 1 << 20
MEMORY_LIMIT_BYTES = 4 << 30


def decode(path: Path, *, limits: Limits = Limits(), raw: RawFormat | None = None) -> Sound:
    """The sound in ``path``; of a video its first sound track.

    Two channels that carry the same are returned as one; more than two are mixed to one.

    Raises:
        Unreadable: not sound, damaged, cut off, or headerless and ``raw`` not given.
        NothingSaid: no samples in it.
        TooLong: beyond ``limits``.
    """
    try:
        _refuse_unopened(path, limits, raw)
        if path.suffix.lower() not in RAW_SUFFIXES:
            raw = None  # a file with a header says itself what it holds
        with _opened(path, raw) as container:
            return _read(path, container, limits)
    except (av.error.FFmpegError, ValueError, OSError, UnicodeError) as error:
        raise Unreadable(path, f"not sound that can be read ({_in_words(error)})") from error


def _refuse_unopened(path: Path, limits: Limits, raw: RawFormat | None) -> None:
    """Raise for what need not be opened to be refused; a pipe would hang whoever opens it."""
    if not path.is_file():
        raise Unreadable(path, "not a file" if path.exists() else "there is no such file")
    size = path.stat().st_size
    if size == 0:
        raise Unreadable(path, "the file is empty")
    if size > limits.bytes:
        raise TooLong(path, f"the file has {size:,} bytes; the limit is {limits.bytes:,}")
    if raw is None and path.suffix.lower() in RAW_SUFFIXES:
        raise Unreadable(
            path,
            "a file without a header is read only when its format is declared: --raw mulaw:8000:1",
        )
    if tags_are_absurd(path):
        raise Unreadable(path, "damaged: its tags claim more than the file holds")


def _opened(path: Path, raw: RawFormat | None) -> Any:
    name = str(path.absolute())  # of a relative one "18:12.wav" ffmpeg takes "18" for a protocol
    if raw is None:
        options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
        return av.open(name, metadata_errors="replace", options=options)
    options = {"sample_rate": str(raw.rate_hz)}
    if raw.encoding != "gsm":
        options["ch_layout"] = "mono" if raw.channels == 1 else "stereo"
    return av.open(name, format=RAW_FORMATS[raw.encoding], options=options)


def _in_words(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.split(":")[0].strip().lower()[:120]


def _read(path: Path, container: Any, limits: Limits) -> Sound:
    if not container.streams.audio:
        raise Unreadable(path, "there is no sound track in it")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise Unreadable(path, "its sound is coded in a way that is not known")
    codec, rate = stream.codec_context.name, stream.codec_context.sample_rate
    parts, problem = _samples(path, container, stream, limits)
    count = sum(part.shape[1] for part in parts)
    if count == 0:
        if problem:
            raise Unreadable(path, f"nothing in it could be decoded ({problem})")
        raise NothingSaid(path, "there is no sound in it: 0 samples")
    _refuse_cut(path, container, stream, count / RATE_HZ, problem)
    channels, only = _one_if_same(_joined(parts, count))
    return Sound(channels, rate, codec, only)


def _joined(parts: list[np.ndarray], count: int) -> np.ndarray:
    """``parts`` end to end; each is let go as it is copied, so a long call isn't held twice."""
    joined = np.empty((parts[0].shape[0], count), np.int16)
    at = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        joined[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    return joined


def _samples(
    path: Path, container: Any, stream: Any, limits: Limits
) -> tuple[list[np.ndarray], str]:
    """Every decoded piece, and what stopped the decoding early, if anything did."""
    two = stream.codec_context.channels == 2
    floats = stream.codec_context.name.startswith("pcm_f")
    resampler = AudioResampler(format="s16p", layout="stereo" if two else "mono", rate=RATE_HZ)
    parts: list[np.ndarray] = []
    count, problem = 0, ""
    for frame in _frames(container, stream):
        if isinstance(frame, Exception):
            problem = _in_words(frame)
            break
        if not SLOWEST_HZ <= frame.rate <= FASTEST_HZ:
            raise Unreadable(path, f"its header says {frame.rate:,} Hz, which no recorder has")
        for piece in resampler.resample(_of_numbers(frame) if floats else frame):
            parts.append(piece.to_ndarray())
            count += parts[-1].shape[1]
        if count > limits.seconds * RATE_HZ:
            raise TooLong(path, f"longer than the limit of {limits.seconds:,} seconds")
    if parts:
        parts.extend(piece.to_ndarray() for piece in resampler.resample(None))
    return parts, problem


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; the error that ended them comes last, as a value."""
    try:
        yield from container.decode(stream)
    except av.error.EOFError:
        return
    except (av.error.FFmpegError, ValueError) as error:
        yield error


def _of_numbers(frame: Any) -> Any:
    """``frame``, in which what is no sound is silence or full scale.

    One sample that is no number would drown all those that are resampled with it.
    """
    samples = frame.to_ndarray()
    if (np.abs(samples) <= LOUDEST).all():
        return frame
    heard = np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0)
    mended = av.AudioFrame.from_ndarray(heard, frame.format.name, frame.layout.name)
    mended.sample_rate, mended.pts, mended.time_base = frame.rate, frame.pts, frame.time_base
    return mended


def _refuse_cut(path: Path, container: Any, stream: Any, seconds: float, problem: str) -> None:
    """Raise when the header promised clearly more than there is, or hides some of it."""
    if problem:
        raise Unreadable(path, f"cut off or damaged after {seconds:.1f} s ({problem})")
    if "wav" in container.format.name.split(","):
        stated, there = wav_seconds(path, seconds)
    else:
        stated, there = _stated_seconds(path, container, stream), seconds
    if stated is not None and stated > there * 1.05 + 1.0:
        what = "cut off"
    elif stated is not None and there > seconds * 1.05 + 1.0:
        what = "left unfinished by its recorder"
    else:
        return
    raise Unreadable(path, f"{what}: its header says {stated:.1f} s, {there:.1f} s are there")


def _stated_seconds(path: Path, container: Any, stream: Any) -> float | None:
    """How long the header says that the sound is; ``None`` where it doesn't say."""
    names = set(container.format.name.split(","))
    if not names & EXACT_LENGTH and not ("mp3" in names and mp3_counts_its_frames(path)):
        return None
    if stream.duration and stream.time_base:
        stated = float(stream.duration * stream.time_base)
        return stated if stated * stream.codec_context.sample_rate < 2**29 else None
    if container.duration and not container.streams.video:
        return float(container.duration / av.time_base)
    return None


def _one_if_same(channels: np.ndarray) -> tuple[np.ndarray, int | None]:
    """One channel where two carry the same sound, or where one of them carries nothing.

    Beside it which channel was kept because the other is silent, else ``None``.
    """
    if channels.shape[0] == 1:
        return channels, None
    peaks = np.maximum(channels.max(axis=1), -channels.min(axis=1).astype(np.int32))
    if peaks.min() <= DEAD_CHANNEL_PEAK < peaks.max():
        kept = int(peaks.argmax())
        return channels[[kept]], kept
    products = np.zeros(3)
    for start in range(0, channels.shape[1], COMPARED_AT_ONCE):
        left, right = channels[:, start : start + COMPARED_AT_ONCE].astype(np.float64)
        products += (np.dot(left, right), np.dot(left, left), np.dot(right, right))
    both, one, other = products
    same = both > SAME_CHANNELS * np.sqrt(one * other) or one * other == 0
    return (channels[:1] if same else channels), None


def compressed(channels: np.ndarray) -> bytes:
    """Opus in Ogg: browsers play it, it keeps the times exact, and it is quick to make.

    Args:
        channels: int16, shape (1 or 2, samples), 16 kHz.
    """
    file = io.BytesIO()
    layout = "mono" if channels.shape[0] == 1 else "stereo"
    with av.open(file, "w", format="ogg", options={"fflags": "bitexact"}) as container:
        # the quickest of its settings: half a second for four minutes of two channels
        stream = container.add_stream(
            "libopus", rate=RATE_HZ, layout=layout, options={"compression_level": "0"}
        )
        stream.bit_rate = BITRATE * channels.shape[0]
        for start in range(0, channels.shape[1], ENCODED_AT_ONCE):
            piece = channels[:, start : start + ENCODED_AT_ONCE].T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), "s16", layout)
            frame.sample_rate, frame.pts = RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def decode_apart(
    path: Path, *, limits: Limits = Limits(), raw: RawFormat | None = None, timeout_s: int = 600
) -> Sound:
    """:func:`decode` in a child process, so that a file that kills its reader costs only itself.

    Raises:
        Unreadable, NothingSaid, TooLong: as :func:`decode`.
        WorkerDied: the child died, or took longer than ``timeout_s``.
    """
    settings = json.dumps(
        {"path": str(path), "seconds": limits.seconds, "bytes": limits.bytes, "raw": _raw_text(raw)}
    )
    command = [sys.executable, "-m", "qa_review.capture.pyav"]
    try:
        child = subprocess.run(
            command,
            input=settings.encode(),
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env=_importable(),
        )
    except subprocess.TimeoutExpired as error:
        raise WorkerDied(path, f"reading it took more than {timeout_s} s") from error
    try:
        return _answer(path, child.stdout)
    except (ValueError, KeyError, TypeError) as error:
        last = child.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:200]
        raise WorkerDied(
            path,
            f"it killed the process that read it (exit status {child.returncode}"
            + (f": {last})" if last else ")"),
        ) from error


def _importable() -> dict[str, str]:
    """This process's environment, with this package importable from any working directory."""
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _answer(path: Path, output: bytes) -> Sound:
    """What a child wrote: the sound, or the error that it ended in.

    Raises:
        ValueError, KeyError, TypeError: the child didn't finish writing.
    """
    head, _, body = output.partition(b"\n")
    said = json.loads(head)
    if "error" in said:
        kinds = {kind.__name__: kind for kind in (Unreadable, NothingSaid, TooLong)}
        raise kinds[said["error"]](path, said["detail"])
    samples = np.frombuffer(body, dtype=np.int16).reshape(said["channels"], said["samples"])
    return Sound(samples, said["rate_hz"], said["codec"], said["only"])


def _raw_text(raw: RawFormat | None) -> str | None:
    return f"{raw.encoding}:{raw.rate_hz}:{raw.channels}" if raw else None


def _child() -> None:
    """Decode what standard input asks for; a line of JSON and the samples to standard output."""
    if resource:
        with contextlib.suppress(OSError, ValueError):  # not every system lets it be set
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    asked = json.loads(sys.stdin.read())
    raw = RawFormat.parse(asked["raw"]) if asked["raw"] else None
    try:
        sound = decode(
            Path(asked["path"]), limits=Limits(asked["seconds"], asked["bytes"]), raw=raw
        )
    except (Unreadable, NothingSaid, TooLong) as error:
        sys.stdout.write(json.dumps({"error": type(error).__name__, "detail": error.detail}) + "\n")
        return
    channels, samples = sound.channels.shape
    head = {
        "channels": channels,
        "samples": samples,
        "rate_hz": sound.rate_hz,
        "codec": sound.codec,
        "only": sound.only,
    }
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + sound.channels.tobytes())


if __name__ == "__main__":
    _child()
