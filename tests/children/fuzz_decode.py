"""Decodes what it is told to, a file a line, and says what became of each; a file may kill it.

``--fault KIND:CRC …`` plants faults, each of which strikes the file with that checksum, and
``--fault silence`` one that strikes each that is refused. ``--as-child`` does for one file what the
child of ``decode_apart`` does, with the faults planted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from qa_review.base.errors import RecordingError
from qa_review.capture import pyav
from qa_review.capture.sound import Limits, RawFormat, Sound
from qa_review.capture.transcriber import RATE_HZ

GIB = 1 << 30
NOBODY = 65_534


def unicode(path: Path) -> None:
    b"\xff".decode("utf-8")


def value(path: Path) -> None:
    raise ValueError("a header that makes no sense")


def abort(path: Path) -> None:
    os.abort()


def hang(path: Path) -> None:
    time.sleep(600)


def swell(path: Path) -> None:
    np.ones(GIB + (64 << 20), np.uint8)


FAULTS = {fault.__name__: fault for fault in (unicode, value, abort, hang, swell)}


def plant(faults: list[str]) -> None:
    """Put a faulty decoder in the place of the true one."""
    decode = pyav.decode
    kinds = {int(crc): kind for kind, _, crc in (one.partition(":") for one in faults) if crc}

    def faulty(path: Path, *, limits: Limits, raw: RawFormat | None = None) -> Sound:
        kind = kinds.get(zlib.crc32(path.read_bytes())) if kinds else None
        if kind:
            FAULTS[kind](path)
        try:
            return decode(path, limits=limits, raw=raw)
        except RecordingError:
            if "silence" not in faults:
                raise
            return Sound(np.zeros((1, RATE_HZ), np.int16), 8_000, "pcm_s16le")

    pyav.decode = faulty


def became(order: dict[str, Any]) -> dict[str, Any]:
    """What became of one file."""
    limits = Limits(order["seconds"], order["bytes"])
    raw = RawFormat.parse(order["raw"]) if order["raw"] else None
    try:
        sound = pyav.decode(Path(order["path"]), limits=limits, raw=raw)
    except RecordingError as error:
        told = error.detail and str(error).startswith(Path(order["path"]).name)
        return {"kind": type(error).__name__ if told else "escaped", "detail": str(error.detail)}
    except BaseException as error:
        return {"kind": "escaped", "detail": f"{type(error).__name__}: {error}"[:300]}
    channels, samples = sound.channels.shape
    if sound.channels.dtype != np.int16 or channels not in (1, 2) or not samples:
        return {"kind": "no sound", "detail": f"{sound.channels.dtype} {sound.channels.shape}"}
    if samples > (limits.seconds + 0.1) * RATE_HZ:
        return {"kind": "no sound", "detail": f"{samples} samples, more than the limit"}
    return {"kind": "sound", "ms": sound.duration_ms, "tones": list(map(tone, sound.channels))}


def tone(channel: np.ndarray) -> tuple[float, float]:
    """The strongest frequency in hertz, and the level of all that isn't direct current."""
    heard = channel.astype(np.float64)
    length = 1 << len(heard).bit_length()  # quick, whatever the sound's length
    spectrum = np.abs(np.fft.rfft(heard - heard.mean(), length))
    return float(np.argmax(spectrum) * RATE_HZ / length), float(heard.std())


def peak_mib() -> int:
    """The most memory that this process has held."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) >> 10


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--fault", nargs="*", default=[])
    options.add_argument("--as-child", action="store_true")
    options.add_argument("--as-nobody", action="store_true")
    options.add_argument("--memory", type=int, default=2 * GIB)
    asked = options.parse_args()
    if asked.fault:
        plant(asked.fault)
    if asked.as_child:
        pyav._child()
        return
    resource.setrlimit(resource.RLIMIT_AS, (asked.memory, asked.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if asked.as_nobody and os.geteuid() == 0:
        tone(np.ones(RATE_HZ)), peak_mib()  # nobody may not read what is imported late
        os.setuid(NOBODY)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps({**became(json.loads(line)), "peak_mib": peak_mib()}), flush=True)


if __name__ == "__main__":
    main()
