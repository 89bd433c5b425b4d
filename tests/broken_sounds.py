"""Files that are damaged, that lie, or that are no sound at all, and how each of them may end."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sound_forms as forms
import sounds
from not_sounds import NOT_SOUND, ONE, SECOND, WHOLE, zipped
from shielded import LIMITS, TYPED, Outcome
from sound_forms import Form

from qa_review.capture.sound import Limits

SOUND = frozenset({"sound"})
REFUSED = frozenset({"Unreadable", "NothingSaid"})
EITHER = TYPED | SOUND
CUTS = 64
CUT_S = 2.0
"""how long the sounds are that are cut: so long that what is lost can be more than is tolerated"""
PADDED_MS = 300
"""what codecs add at both ends, and what bytes alone don't tell of where a cut falls"""
ANY_LENGTH = (1, LIMITS.seconds * 1_000)


@dataclass(frozen=True, slots=True)
class Broken:
    """A file, and how it may end.

    ``make`` is what is in it, or what puts it into its place. ``ms`` is how long its sound may
    be, and ``seats`` whose tones must be heard in it, when it ends in a sound.
    """

    name: str
    make: bytes | Callable[[Path], object]
    ends: frozenset[str]
    ms: tuple[float, float] = ANY_LENGTH
    seats: str | None = None
    limits: Limits = LIMITS

    def put(self, folder: Path) -> Path:
        path = folder / self.name
        if isinstance(self.make, bytes):
            path.write_bytes(self.make)
        else:
            self.make(path)
        return path

    def wrong(self, outcome: Outcome) -> list[str]:
        """What is wrong with what became of it; the first word is its name."""
        if outcome.kind not in self.ends:
            return [f"{self.name}: {outcome.kind} ({outcome.detail}), not {sorted(self.ends)}"]
        if outcome.kind != "sound":
            return []
        found = []
        if not self.ms[0] <= outcome.ms <= self.ms[1]:
            found.append(f"{outcome.ms} ms, not {self.ms[0]:.0f} to {self.ms[1]:.0f}")
        who = forms.SEATS[self.seats] if self.seats and outcome.ms >= 100 else ()
        expected = [forms.VOICES[name][0] for name in who]
        heard = [round(hz) if level > 100 else 0 for hz, level in outcome.tones]
        near = [abs(hz - at) < 40 for hz, at in zip(heard, expected, strict=False)]
        if expected and (len(heard) != len(expected) or not all(near)):
            found.append(f"tones of {heard} Hz, not {expected}")
        return [f"{self.name}: {problem}" for problem in found]


# --- no sound at all ---------------------------------------------------------------------------


def no_sounds() -> Iterator[Broken]:
    for (what, data), suffix in product(NOT_SOUND.items(), ("wav", "mp3", "ogg", "m4a")):
        yield Broken(f"{what}.{suffix}", data, REFUSED)


def random_bytes() -> Iterator[Broken]:
    for seed in range(48):
        data = np.random.default_rng(seed).bytes(257 * (seed + 1))
        suffix = ("wav", "mp3", "ogg", "amr", "aac", "flac")[seed % 6]
        yield Broken(f"random {seed}.{suffix}", data, EITHER, (0, len(data)))  # 8 bits at 1 kHz


# --- cut off -----------------------------------------------------------------------------------

TELLING = (
    Form("pcm_s16le", "wav"),
    Form("pcm_mulaw", "wav"),
    Form("adpcm_ima_wav", "wav", options=forms.BLOCKS),
    Form("flac", "flac"),
    Form("mp3", "mp3"),
    Form("aac", "m4a"),
    Form("alac", "m4a"),
    Form("aac", "mp4", video="mpeg4"),
    Form("opus", "webm"),
    Form("pcm_s16be", "aiff"),
    Form("pcm_mulaw", "au"),
)
"""whose header states a length, so that a cut is told"""
SILENT = (
    Form("opus", "ogg", written={"page_duration": "100000"}),
    Form("amr_nb", "amr", seats=forms.MONO),
    Form("aac", "aac", container="adts"),
    Form("pcm_s16le", "w64"),
    Form("mp2", "mp2"),
)
"""of which what is there is read: nothing tells that there was more"""


def seats_of(form: Form) -> str:
    return "mono" if form.seats == forms.MONO else "agent left"


@cache
def encoded(form: Form, seconds: float, rate: int = 8_000) -> bytes:
    rate = max(rate, 16_000) if form.codec == "mp2" else rate
    with TemporaryDirectory() as folder:
        path = Path(folder, f"call.{form.suffix}")
        return form.write(path, rate, seats_of(form), seconds=seconds).read_bytes()


def cuts() -> Iterator[Broken]:
    """The first 1/64, 2/64, … of a file; of one that states its length a lost half is told."""
    least_ms = (CUT_S - 1.0) / 1.05 * 1000
    for form in (*TELLING, *SILENT):
        whole = encoded(form, CUT_S)
        for cut in range(1, CUTS):
            share_ms = 1000 * CUT_S * cut / CUTS
            low = share_ms - PADDED_MS if form in SILENT else least_ms
            ends = REFUSED if share_ms + PADDED_MS < low else EITHER
            if form in SILENT and low > 0:
                ends = EITHER
            yield Broken(
                f"{form.codec} {cut} of {CUTS}.{form.suffix}",
                whole[: len(whole) * cut // CUTS],
                ends,
                (low, share_ms + PADDED_MS),
                seats_of(form),
            )


# --- headers and samples that make no sense ----------------------------------------------------

HEADERS = {
    "no channels": {"channels": 0, "align": 2},
    "a thousand channels": {"channels": 1_000},
    "65,535 channels": {"channels": 65_535, "align": 2},
    "no rate": {"rate": 0},
    "a rate of 536 MHz": {"rate": 0x20000040, "align": 1},
    "a rate of 1 Hz": {"rate": 1},
    "a rate of 4 GHz": {"rate": 4_000_000_000, "align": 1},
    "7 bits": {"bits": 7, "align": 1},
    "0 bits": {"bits": 0, "align": 2},
    "64 bits": {"bits": 64},
    "an unknown format": {"tag": 0xBEEF},
    "blocks of nothing": {"align": 0},
    "blocks of 65,535": {"align": 65_535},
    "ADPCM without its table": {"tag": 2, "bits": 4, "align": 256},
    "ADPCM in blocks of 1": {"tag": 0x11, "bits": 4, "align": 1},
    "GSM in blocks of 3": {"tag": 0x31, "bits": 0, "align": 3},
    "G.729": {"tag": 0x83, "bits": 0, "align": 10},
    "MP3 that is none": {"tag": 0x55, "bits": 0, "align": 1},
    "AAC that is none": {"tag": 0xFF, "bits": 0, "align": 1},
    "the extended form, unextended": {"tag": 0xFFFE},
}


def headers() -> Iterator[Broken]:
    for name, fields in HEADERS.items():
        # 8 bits for 16, or few bits a sample, are many times as long; never longer than the limit
        yield Broken(f"{name}.wav", sounds.wav(ONE, **fields), EITHER)


SIZES = (0, 999, 8_000, 15_990, 16_002, 24_000, 2**31 - 1, 2**32 - 16, 2**32 - 1)


def sizes() -> Iterator[Broken]:
    """A second that its header says is longer or shorter, by less than what is tolerated."""
    for stated in SIZES:
        least = 1_000 if not stated or stated > len(ONE) else stated // 16
        data = sounds.wav(ONE, stated=stated)
        yield Broken(f"{stated} bytes.wav", data, SOUND, (least - 1, 1_000), "mono")
    long = sounds.pcm(forms.voices("mono", 8_000, seconds=10))
    for stated in (1, 999, 16_000, 80_000, 129_000, 200_000, 320_000, 0x7FFEFFFF):
        yield Broken(f"{stated} of ten seconds.wav", sounds.wav(long, stated=stated), REFUSED)
    for stated in (0, 159_000, 160_000, 168_000, 2**32 - 1):
        data = sounds.wav(long, stated=stated)
        yield Broken(f"{stated} of 160000.wav", data, SOUND, (9_900, 10_000), "mono")


NUMBERS = {
    "nan": [np.nan] * 4,
    "infinity": [np.inf] * 4,
    "minus infinity": [-np.inf] * 4,
    "both by turns": [np.inf, -np.inf, np.nan, 0.0],
    "a million": [1e6] * 4,
    "as much as there is": [3.4e38, -3.4e38] * 2,
    "too small to count": [1e-40] * 4,
}


def numbers() -> Iterator[Broken]:
    """Floating point that is no sound; where only some of it isn't, the rest is heard."""
    for (name, values), bits in product(NUMBERS.items(), (32, 64)):
        kind = f"<f{bits // 8}"
        with np.errstate(over="ignore"):
            no_sound = np.array(values * 2_000, kind)
            data = sounds.wav(no_sound.tobytes(), tag=3, bits=bits)
            yield Broken(f"{name} {bits}.wav", data, SOUND, (999, 1_001))
            some = SECOND.astype(kind)
            at = slice(0, None, 50) if name == "nan" else slice(4_000, 4_100)
            some[:, at] = np.resize(values, some[0, at].shape).astype(kind)
        data = sounds.wav(some.T.tobytes(), tag=3, bits=bits, channels=2)
        yield Broken(f"some {name} {bits}.wav", data, SOUND, (999, 1_001), "agent left")


LEVELS = {"direct current": 20_000, "full scale": 32_767, "bottom": -32_768, "silence": 0}


def flat() -> Iterator[Broken]:
    """Sound that nobody speaks in, and sound that is all clipped, are sound to a decoder."""
    for (name, level), channels in product(LEVELS.items(), (1, 2)):
        data = np.full(8_000 * channels, level, "<i2").tobytes()
        wav = sounds.wav(data, channels=channels)
        yield Broken(f"{name} {channels}.wav", wav, SOUND, (1_000, 1_000))
    square = np.sign(SECOND + 1e-9)
    clipped = sounds.wav(sounds.pcm(square), channels=2)
    yield Broken("all clipped.wav", clipped, SOUND, (1_000, 1_000), "agent left")


# --- what only looks broken --------------------------------------------------------------------

SUFFIXES = ("wav", "mp3", "ogg", "m4a", "amr", "flac", "webm", "3gp")


def misnamed() -> Iterator[Broken]:
    """A recording under another's suffix is read as what it is."""
    for form, suffix in product((*TELLING, *SILENT), SUFFIXES):
        if form.suffix != suffix:
            data, name = encoded(form, 1.0), f"{form.codec} {form.suffix} called.{suffix}"
            yield Broken(name, data, SOUND, (900, 1_000 + PADDED_MS), seats_of(form))


def tagged(tag: bytes) -> bytes:
    tag = b"INFOINAM" + struct.pack("<I", len(tag)) + tag
    body = WHOLE[12:] + b"LIST" + struct.pack("<I", len(tag)) + tag
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def surrounded() -> Iterator[Broken]:
    """Something before or behind the sound."""
    long = encoded(Form("pcm_s16le", "wav"), CUT_S)
    told: dict[str, tuple[bytes, frozenset[str]]] = {
        "a tag in no known encoding": (tagged(b"\xff\xfe\x80caf\xe9\x00"), SOUND),
        "a tag of nothing": (tagged(b""), SOUND),
        "zeros behind": (WHOLE + bytes(8_192), SOUND),
        "ones behind": (WHOLE + b"\xff" * 8_192, SOUND),
        "text behind": (WHOLE + b"that was the call\n" * 99, SOUND),
        "a zip behind": (long + zipped()[:9_000], SOUND),
        "itself behind": (long + long, REFUSED),
        "one channel, then two": (
            encoded(Form("ac3", "ac3", seats=forms.MONO), 1.0, 48_000)
            + encoded(Form("ac3", "ac3"), 1.0, 48_000),
            REFUSED,
        ),
        "zeros before": (bytes(64) + WHOLE, EITHER),
        "text before": (b"here is the call:\n" + WHOLE, EITHER),
        "an answer's head before": (b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE, EITHER),
    }
    for name, (data, ends) in told.items():
        yield Broken(f"{name}.wav", data, ends)
    absurd = b"LIST" + struct.pack("<I", 0x8000003C) + b"INFOINAM\0\0\0\x50call"
    yield Broken("a tag of gigabytes.wav", WHOLE[:36] + absurd + WHOLE[36:], REFUSED)
    yield Broken("a tag of gigabytes behind.wav", WHOLE + absurd, REFUSED)
    behind = long[:36] + b"junk" + struct.pack("<I", 0) + b"\0\0\0\0\0\0\0\0" * 200_000 + long[36:]
    yield Broken("chunks of nothing.wav", behind, EITHER)


# --- places ------------------------------------------------------------------------------------


def linked(to: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(to)


def sparse(size: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.write_bytes(WHOLE)
        os.truncate(path, size)

    return make


def without_sound(path: Path) -> None:
    codec = "vp8" if path.suffix == ".webm" else "mpeg4"
    sounds.write(path, SECOND, rate=8_000, codec="", video=codec, audio=False)


def places() -> Iterator[Broken]:
    """What lies where a recording is looked for, and recordings that are reached in odd ways."""
    no_file = frozenset({"Unreadable"})
    yield Broken("whole.wav", WHOLE, SOUND, (1_000, 1_000), "agent left")
    yield Broken("a link.wav", linked("whole.wav"), SOUND, (1_000, 1_000), "agent left")
    yield Broken("a link to nothing.wav", linked("gone.wav"), no_file)
    yield Broken("a link to itself.wav", linked("a link to itself.wav"), no_file)
    yield Broken("a link to a folder.wav", linked("."), no_file)
    yield Broken("a link to a device.wav", linked("/dev/zero"), no_file)
    yield Broken("a folder.wav", Path.mkdir, no_file)
    yield Broken("a pipe.wav", os.mkfifo, no_file)
    yield Broken("gone too.wav", lambda path: None, no_file)
    yield Broken("x" * 300 + ".wav", lambda path: None, no_file)
    yield Broken("whole.wav/inside.wav", lambda path: None, no_file)
    for suffix in ("mp4", "mkv", "webm"):
        yield Broken(f"only pictures.{suffix}", without_sound, no_file)


HOURS = 4


def too_long() -> Iterator[Broken]:
    """Hours in a small file, and a large file: both stop at the limit."""
    end = frozenset({"TooLong"})
    frames = 50 * 3_600 * HOURS
    frame = encoded(Form("amr_nb", "amr", seats=forms.MONO, options={"b": "4750"}), 1.0)[-13:]
    limits = Limits(seconds=60, bytes=16 << 20)
    yield Broken("four hours.amr", b"#!AMR\n" + frame * frames, end, limits=limits)
    yield Broken("large.wav", sparse(3 << 30), end, limits=Limits())
    for codec in ("flac", "mp3"):
        yield Broken(f"silence.{codec}", lambda path: sounds.bomb(path, path.suffix[1:]), end)


GROUPS: dict[str, Callable[[], Iterator[Broken]]] = {
    made.__name__: made
    for made in (
        no_sounds,
        random_bytes,
        cuts,
        headers,
        sizes,
        numbers,
        flat,
        misnamed,
        surrounded,
        places,
        too_long,
    )
}
