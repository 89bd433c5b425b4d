"""Small recordings in many codecs, and damaged copies of them, each told by a seed and a number."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sound_forms as forms
import sounds
from sound_forms import FAST, MONO, TELEPHONE, Form

EXACT = {"fflags": "bitexact"}
"""the same bytes whenever they are written"""
TAGS = {"title": "Call 1001", "artist": "Zoë", "comment": "queue: billing"}
SEEDS = (
    Form("pcm_s16le", "wav"),
    Form("pcm_mulaw", "wav"),
    Form("pcm_f32le", "wav"),
    Form("adpcm_ima_wav", "wav", options=forms.BLOCKS),
    Form("adpcm_ms", "wav", options=forms.BLOCKS),
    Form("adpcm_g726", "wav", TELEPHONE, MONO, options={"b": "32000"}),
    Form("g723_1", "wav", TELEPHONE, MONO, options={"b": "6300"}),
    Form("mp3", "wav"),
    Form("mp3", "mp3"),
    Form("opus", "ogg"),
    Form("vorbis", "ogg"),
    Form("flac", "flac"),
    Form("aac", "m4a"),
    Form("aac", "m4a", written={"movflags": "frag_keyframe+empty_moov"}),
    Form("aac", "aac", container="adts"),
    Form("alac", "m4a"),
    Form("amr_nb", "amr", TELEPHONE, MONO),
    Form("amr_nb", "3gp", TELEPHONE, MONO),
    Form("wmav2", "wma", container="asf"),
    Form("ac3", "mkv", FAST),
    Form("wavpack", "wv"),
    Form("pcm_s16be", "aiff"),
    Form("pcm_mulaw", "au"),
    Form("pcm_s16le", "caf"),
    Form("pcm_s16le", "w64"),
    Form("opus", "webm", video="vp8"),
    Form("aac", "mp4", video="mpeg4"),
)
SECONDS = 0.4
LONGEST = 1 << 16
"""bytes of a mutant, so that copies of copies stay small"""
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""what lengths, counts and rates in a header break at"""
MARKS = (
    b"RIFF", b"WAVE", b"fmt ", b"data", b"fact", b"LIST", b"moov", b"mdat", b"trak", b"stsz",
    b"stco", b"ftyp", b"moof", b"OggS", b"fLaC", b"ID3\x04", b"Xing", b"\xff\xfb\x90\x64",
    b"\x1aE\xdf\xa3", b"FORM", b"SSND", b".snd", b"caff", b"wvpk", b"#!AM",
)  # fmt: skip
"""by which decoders know what a part is"""
WAV_CODECS = (
    0, 1, 2, 3, 6, 7, 0x11, 0x20, 0x22, 0x31, 0x40, 0x42, 0x45, 0x50, 0x55, 0x64, 0x65, 0x69, 0x75,
    0x83, 0xFF, 0x125, 0x160, 0x161, 0x162, 0x163, 0x200, 0x270, 0x500, 0x1500, 0x1610, 0x2000,
    0x2048, 0x4143, 0x674F, 0x6750, 0x706D, 0x7A21, 0xA106, 0xA109, 0xF1AC, 0xFFFE,
)  # fmt: skip
"""what a WAV's header calls codecs by: many of them can be read, though nothing here writes them"""

Bytes = bytearray
Mutation = Callable[[Bytes, np.random.Generator, Sequence[bytes]], None]


@cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Suffix and bytes of each recording that mutants descend from."""
    made = []
    with TemporaryDirectory() as folder:
        for form in SEEDS:
            rate = 48_000 if form.rates == FAST else 8_000
            path = Path(folder, f"call.{form.suffix}")
            sounds.write(
                path,
                forms.voices(form.seats[min(1, len(form.seats) - 1)], rate, seconds=SECONDS),
                rate=rate,
                codec=form.codec,
                container=form.container,
                video=form.video,
                options=form.options,
                written={**form.written, **EXACT},
                tags=TAGS,
            )
            made.append((form.suffix, path.read_bytes()))
    return tuple(made)


def place(data: Bytes, rng: np.random.Generator) -> int:
    """Somewhere in ``data``, one time in two in its first 512 bytes, where headers are."""
    return int(rng.integers(0, min(512, len(data)) if rng.random() < 0.5 else len(data)))


def bits(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    for _ in range(int(rng.integers(1, 17))):
        data[place(data, rng)] ^= 1 << int(rng.integers(0, 8))


def noise(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    at, count = place(data, rng), int(rng.integers(1, 65))
    data[at : at + count] = rng.bytes(count)


def field(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    """A number in a header, of 1 to 8 bytes, of either order."""
    size = int(rng.choice((1, 2, 4, 8)))
    number = int(rng.choice(NUMBERS)) % (1 << 8 * size)
    at = place(data, rng) // 2 * 2
    data[at : at + size] = number.to_bytes(size, "big" if rng.random() < 0.5 else "little")


def mark(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    """One part is called another, or stands where there was none."""
    new, old = (MARKS[int(rng.integers(0, len(MARKS)))] for _ in range(2))
    at = data.find(old)
    at = place(data, rng) // 4 * 4 if at < 0 else at
    data[at : at + len(new)] = new


def cut(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    del data[int(rng.integers(0, len(data))) :]


def lose(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    at = place(data, rng)
    del data[at : at + int(rng.integers(1, 513))]


def blank(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    at, count = place(data, rng), int(rng.integers(1, 513))
    data[at : at + count] = bytes(count)


def double(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    """A block once more, right behind itself or elsewhere."""
    at = place(data, rng)
    block = data[at : at + int(rng.integers(1, 1_025))]
    to = at if rng.random() < 0.5 else place(data, rng)
    data[to:to] = block * int(rng.integers(1, 4))


def splice(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    """From somewhere on, another recording."""
    other = others[int(rng.integers(0, len(others)))]
    data[place(data, rng) :] = other[int(rng.integers(0, len(other))) :]


def join(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    """Another whole recording behind this one."""
    data += others[int(rng.integers(0, len(others)))]


def codec(data: Bytes, rng: np.random.Generator, others: Sequence[bytes]) -> None:
    """A WAV of another codec, with channels, blocks and bits that go with it or don't."""
    if data[:4] != b"RIFF" or len(data) < 44:
        return field(data, rng, others)
    channels = int(rng.choice((1, 1, 2, 2, 3, 6, 0)))
    align = int(rng.choice((1, 2, 10, 20, 24, 32, 33, 36, 38, 65, 256, 1_024)))
    depth = int(rng.choice((0, 1, 2, 3, 4, 5, 8, 12, 16, 20, 24, 32, 64)))
    data[20:24] = struct.pack("<HH", int(rng.choice(WAV_CODECS)), channels)
    data[32:36] = struct.pack("<HH", align, depth)
    return None


MUTATIONS: tuple[Mutation, ...] = (
    bits, bits, noise, field, field, mark, cut, lose, blank, double, splice, join, codec,
)  # fmt: skip


def mutant(seed: int, number: int) -> tuple[str, bytes]:
    """The suffix and the bytes of a mutant; always the same for a seed and a number."""
    rng = np.random.default_rng([seed, number])
    born = seeds()
    suffix, whole = born[int(rng.integers(0, len(born)))]
    data, others = bytearray(whole), [other for _, other in born]
    for _ in range(int(rng.integers(1, 5))):
        MUTATIONS[int(rng.integers(0, len(MUTATIONS)))](data, rng, others)
        del data[LONGEST:]
        if not data:
            break
    if rng.random() < 0.06:
        suffix = born[int(rng.integers(0, len(born)))][0]
    return suffix, bytes(data)
