"""Every codec in every container at every rate: decoded whole, at its length, channels in place.

What a codec or container cannot carry is left out by the table of :mod:`sound_forms`, never by
what happened when it was tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest
import sound_forms as forms
import sounds
from sound_forms import FORMS, RATES, SEATS, Form

from qa_review.base.errors import Unreadable
from qa_review.capture.pyav import decode
from qa_review.capture.sound import RawFormat, Sound

SECONDS = 0.7
"""how long those sound whose header lies"""
Decoder = Callable[[Path], Sound]
RAW = {"mulaw": ("pcm_mulaw", "ul"), "alaw": ("pcm_alaw", "al"), "s16le": ("pcm_s16le", "raw")}


def test_the_table_says_how_many_files_are_tried() -> None:
    """A form or a rate that is taken out is missed."""
    assert len({(form.codec, form.suffix, form.container) for form in FORMS}) >= 36
    assert len(forms.COMBINATIONS) == 579
    assert len(RAW) * len(RATES) * len(SEATS) == 54
    seats = [seats for _, _, seats in forms.COMBINATIONS]
    assert [seats.count(one) for one in SEATS] == [189, 195, 195]


def through(decoder: Decoder, form: Form, folder: Path) -> list[str]:
    """What is wrong with the sound of each file of ``form``."""
    found = []
    for number, (rate, seats) in enumerate(product(form.rates, form.seats)):
        path = form.write(folder / f"{number}.{form.suffix}", rate, seats)
        problems = form.wrong(decoder(path), rate, seats)
        found += [f"{form.name}, {rate} Hz, {seats}: {problem}" for problem in problems]
    return found


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_decoded_whole_with_its_channels_in_place(tmp_path: Path, form: Form) -> None:
    assert not through(decode, form, tmp_path)


@pytest.mark.parametrize("encoding", RAW)
def test_sound_without_a_header_is_read_once_it_is_declared(tmp_path: Path, encoding: str) -> None:
    codec, suffix = RAW[encoding]
    form = Form(codec, suffix, container=encoding)
    for rate, seats in product(RATES, SEATS):
        path = form.write(tmp_path / f"call.{suffix}", rate, seats)
        with pytest.raises(Unreadable, match="only when its format is declared"):
            decode(path)
        sound = decode(path, raw=RawFormat(encoding, rate, len(SEATS[seats])))
        assert not form.wrong(sound, rate, seats), (rate, seats)


# --- files whose length is not what their container says ---------------------------------------


def replaced(path: Path, what: bytes, offset: int, value: int, size: int = 4) -> None:
    """Write ``value`` so far behind the first ``what`` in the file."""
    data = bytearray(path.read_bytes())
    at = data.index(what) + offset
    data[at : at + size] = value.to_bytes(size, "big")
    path.write_bytes(data)


def plain(path: Path, codec: str, *, rate: int = 48_000, **how: object) -> Path:
    return Form(codec, path.suffix[1:], **how).write(path, rate, "agent left", seconds=SECONDS)


def streamed_wav(path: Path) -> None:
    samples = sounds.pcm(forms.voices("agent left", 8_000, seconds=SECONDS))
    path.write_bytes(sounds.wav(samples, channels=2, stated=2**32 - 1))


def unfinished_wav(path: Path) -> None:
    """The recorder died before it wrote the length."""
    samples = sounds.pcm(forms.voices("agent left", 8_000, seconds=SECONDS))
    path.write_bytes(sounds.wav(samples, channels=2, stated=0))


def flac(path: Path, samples: int) -> None:
    plain(path, "flac", rate=16_000)
    kept = int.from_bytes(path.read_bytes()[18:26], "big") >> 36 << 36  # rate, channels and bits
    replaced(path, b"fLaC", 18, kept | samples, 8)


def mp3_of_frames(path: Path, frames: int) -> None:
    plain(path, "mp3")
    replaced(path, b"Info", 8, frames)


def half_as_long(path: Path) -> None:
    plain(path, "aac")
    replaced(path, b"mdhd", 20, int(48_000 * SECONDS) // 2)


LYING: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a WAV written as a stream": ("wav", streamed_wav),
    "a WAV whose recorder died": ("wav", unfinished_wav),
    "a FLAC written as a stream": ("flac", lambda path: flac(path, 0)),
    "a FLAC that claims a quarter of a second": ("flac", lambda path: flac(path, 16_000 // 4)),
    "a FLAC that claims a month": ("flac", lambda path: flac(path, 2**36 - 1)),
    "an MP3 that claims ten frames": ("mp3", lambda path: mp3_of_frames(path, 10)),
    "an MP3 without a count": ("mp3", lambda path: plain(path, "mp3", written={"write_xing": "0"})),
    "an M4A that claims half": ("m4a", half_as_long),
    "an M4A in fragments": (
        "m4a",
        lambda path: plain(path, "aac", written={"movflags": "frag_keyframe+empty_moov"}),
    ),
    "a Matroska without a length": (
        "mkv",
        lambda path: plain(path, "opus", written={"live": "1"}),
    ),
    "an MP4 with a second of pictures": ("mp4", lambda path: plain(path, "aac", video="mpeg4")),
    "a WebM with a second of pictures": ("webm", lambda path: plain(path, "opus", video="vp8")),
    "a Matroska with a second of pictures": (
        "mkv",
        lambda path: plain(path, "mp3", video="mpeg4"),
    ),
}
GUESSED = {
    "a WAV written as a stream",
    "a WAV whose recorder died",
    "an MP3 without a count",
    "an M4A in fragments",
}
"""whose length ffmpeg guesses well all the same"""


def wrong_in_lies(decoder: Decoder, name: str, folder: Path) -> list[str]:
    suffix, make = LYING[name]
    path = folder / f"call.{suffix}"
    make(path)
    return forms.wrong(decoder(path), "agent left", seconds=SECONDS)


@pytest.mark.parametrize("name", LYING)
def test_a_file_whose_header_lies_about_its_length_is_decoded_whole(
    tmp_path: Path, name: str
) -> None:
    assert not wrong_in_lies(decode, name, tmp_path)


def test_bare_aac_that_begins_in_silence_is_decoded_whole(tmp_path: Path) -> None:
    """Its length is guessed by how many bytes its first frames take: several seconds here."""
    path = tmp_path / "call.aac"
    samples = forms.voices("agent left", 48_000, seconds=SECONDS, silent_s=1)
    sounds.write(path, samples, rate=48_000, codec="aac", container="adts")
    with av.open(str(path)) as container:
        assert container.duration > 3_000_000
    sound = decode(path)
    assert sound.duration_ms == pytest.approx(1_700, abs=100)
    assert not forms.wrong(
        replace(sound, channels=sound.channels[:, 16_000:]), "agent left", seconds=SECONDS
    )


# --- that this would be noticed ----------------------------------------------------------------


def swapping(path: Path) -> Sound:
    sound = decode(path)
    return replace(sound, channels=sound.channels[::-1])


def mixing(path: Path) -> Sound:
    """A tenth of each channel's power goes to the other."""
    sound = decode(path)
    mixed = 0.95 * sound.channels + 0.316 * sound.channels[::-1]
    return replace(sound, channels=mixed.astype(np.int16))


def summing(path: Path) -> Sound:
    sound = decode(path)
    mean = sound.channels.mean(axis=0, keepdims=True)
    return replace(sound, channels=mean.astype(np.int16))


def trusting_its_container(path: Path) -> Sound:
    sound = decode(path)
    with av.open(str(path)) as container:
        samples = int((container.duration or 0) * 16_000 / 1_000_000)
    held = np.zeros((sound.channels.shape[0], min(samples, 16_000 * 60)), np.int16)
    count = min(held.shape[1], sound.channels.shape[1])
    held[:, :count] = sound.channels[:, :count]
    return replace(sound, channels=held)


def deaf_to_the_rate(path: Path) -> Sound:
    """Takes what the file holds for 16 kHz sound."""
    sound = decode(path)
    samples = sound.channels.shape[1] * sound.rate_hz // 16_000
    at = np.arange(samples) * 16_000 // sound.rate_hz
    return replace(sound, channels=sound.channels[:, at])


SOME = [form for form in FORMS if form.name in ("pcm_mulaw-wav", "mp3-24000-mp3", "opus-ogg")]


@pytest.mark.parametrize("fault", [swapping, mixing, summing])
@pytest.mark.parametrize("form", SOME, ids=lambda form: form.name)
def test_channels_that_are_swapped_or_mixed_are_noticed_in_every_file(
    tmp_path: Path, form: Form, fault: Decoder
) -> None:
    stereo = replace(form, seats=forms.STEREO)
    found = through(fault, stereo, tmp_path)
    files = {line.rpartition(":")[0] for line in found}
    assert len(files) == len(stereo.rates) * len(stereo.seats)


@pytest.mark.parametrize("form", SOME, ids=lambda form: form.name)
def test_sound_at_a_wrong_rate_is_noticed_in_every_file(tmp_path: Path, form: Form) -> None:
    other = replace(form, rates=tuple(rate for rate in form.rates if rate != 16_000))
    found = through(deaf_to_the_rate, other, tmp_path)
    files = {line.rpartition(":")[0] for line in found}
    assert len(files) == len(other.rates) * len(other.seats)


def test_a_decoder_that_trusts_the_containers_length_is_noticed(tmp_path: Path) -> None:
    missed = {name for name in LYING if not wrong_in_lies(trusting_its_container, name, tmp_path)}
    assert missed == GUESSED
