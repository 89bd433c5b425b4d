"""Every form of sound that telephony leaves behind is decoded whole, channels in their place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import sounds

from qa_review.base.errors import TooLong, Unreadable
from qa_review.capture.pyav import decode
from qa_review.capture.sound import Limits, RawFormat

RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000)
BOTH = (1, 2)


@dataclass(frozen=True, slots=True)
class Form:
    """A codec in a container, with the rates and numbers of channels that it can carry."""

    codec: str
    suffix: str
    rates: tuple[int, ...] = RATES
    channels: tuple[int, ...] = BOTH
    video: str | None = None
    container: str | None = None


FORMS = (
    *(
        Form(codec, "wav")
        for codec in (
            "pcm_u8",
            "pcm_s16le",
            "pcm_s24le",
            "pcm_f32le",
            "pcm_mulaw",
            "pcm_alaw",
            "adpcm_ima_wav",
            "adpcm_ms",
        )
    ),
    Form("mp3", "mp3"),
    Form("opus", "ogg", (8_000, 16_000, 48_000)),
    Form("opus", "opus", (48_000,)),
    Form("vorbis", "ogg", channels=(2,)),
    Form("flac", "flac"),
    Form("flac", "ogg", container="ogg"),
    Form("aac", "m4a"),
    Form("aac", "aac", container="adts"),
    Form("alac", "m4a"),
    Form("amr_nb", "amr", (8_000,), (1,)),
    Form("amr_nb", "3gp", (8_000,), (1,)),
    Form("wmav2", "wma", container="asf"),
    Form("pcm_s16be", "aiff"),
    Form("pcm_mulaw", "au"),
    Form("pcm_s16le", "caf"),
    Form("pcm_s16le", "w64"),
    Form("pcm_s16le", "mkv"),
    Form("aac", "mp4", (16_000, 44_100, 48_000), video="mpeg4"),
    Form("mp3", "mkv", (44_100, 48_000), video="mpeg4"),
    Form("opus", "webm", (48_000,), video="vp8"),
    Form("ac3", "mkv", (44_100, 48_000)),
)
MATRIX = [
    pytest.param(form, rate, channels, id=f"{form.codec}-{form.suffix}-{rate}-{channels}")
    for form in FORMS
    for rate in form.rates
    for channels in form.channels
]
RAW = [
    (codec, encoding, suffix, rate, channels)
    for codec, encoding, suffix in (
        ("pcm_mulaw", "mulaw", "ul"),
        ("pcm_alaw", "alaw", "al"),
        ("pcm_s16le", "s16le", "raw"),
    )
    for rate in RATES
    for channels in BOTH
]


def assert_is_the_tones(
    path: Path, channels: int, *, raw: RawFormat | None = None, padding_ms: int = 0
) -> None:
    sound = decode(path, raw=raw)
    assert sound.channels.dtype == np.int16
    assert 900 <= sound.duration_ms <= 1_100 + padding_ms
    heard = [sounds.loudest_hz(channel) for channel in sound.channels]
    assert heard == pytest.approx([sounds.LEFT_HZ, sounds.RIGHT_HZ][:channels], abs=30)


def test_there_are_at_least_two_hundred_forms() -> None:
    assert len(MATRIX) + len(RAW) >= 200


@pytest.mark.parametrize(("form", "rate", "channels"), MATRIX)
def test_a_form_is_decoded_whole_with_its_channels_in_place(
    tmp_path: Path, form: Form, rate: int, channels: int
) -> None:
    path = sounds.write(
        tmp_path / f"call.{form.suffix}",
        sounds.tones(rate=rate, channels=channels),
        rate=rate,
        codec=form.codec,
        container=form.container,
        video=form.video,
    )
    # ADPCM is written in whole blocks of at most 2,041 samples, the last one filled up; bare AAC
    # keeps a frame of 1,024 samples before the sound and fills up the last one.
    padding = {"adpcm_ima_wav": 2_041, "adpcm_ms": 2_041, "adts": 2_048}
    samples = padding.get(form.container or form.codec, 0)
    padding_ms = samples * 1000 // rate
    assert_is_the_tones(path, channels, padding_ms=padding_ms)


@pytest.mark.parametrize(("codec", "encoding", "suffix", "rate", "channels"), RAW)
def test_sound_without_a_header_is_read_once_it_is_declared(
    tmp_path: Path, codec: str, encoding: str, suffix: str, rate: int, channels: int
) -> None:
    path = tmp_path / f"call.{suffix}"
    samples = sounds.tones(rate=rate, channels=channels)
    container = {"mulaw": "mulaw", "alaw": "alaw", "s16le": "s16le"}[encoding]
    sounds.write(path, samples, rate=rate, codec=codec, container=container)
    with pytest.raises(Unreadable, match="only when its format is declared"):
        decode(path)
    assert_is_the_tones(path, channels, raw=RawFormat(encoding, rate, channels))


# A frame of GSM 06.10 that encodes silence, 33 bytes for 20 ms.
GSM_SILENCE = bytes.fromhex("d820a2e15a" + "5000492492492450004924924924" * 2)


def test_gsm_frames_are_read_once_they_are_declared(tmp_path: Path) -> None:
    path = tmp_path / "call.gsm"
    path.write_bytes(GSM_SILENCE * 50)  # 50 x 20 ms = 1 s
    sound = decode(path, raw=RawFormat("gsm"))
    assert sound.duration_ms == 1_000
    assert int(np.abs(sound.channels).max()) < 100


def test_gsm_in_wav_is_read(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    # Microsoft's variant: 65 bytes for two frames, 320 samples; 25 blocks are 8,000 samples.
    frames = np.random.default_rng(5).integers(0, 256, 65 * 25, dtype=np.uint8).tobytes()
    extra = b"\x02\x00" + (320).to_bytes(2, "little")
    path.write_bytes(sounds.wav(frames, tag=0x31, bits=0, align=65, extra=extra))
    sound = decode(path)
    assert sound.codec == "gsm_ms"
    assert abs(sound.duration_ms - 1_000) <= 100


def test_a_wrong_suffix_does_not_matter(tmp_path: Path) -> None:
    path = sounds.write(
        tmp_path / "call.mp3",
        sounds.tones(rate=8_000, channels=2),
        rate=8_000,
        codec="pcm_s16le",
        container="wav",
    )
    assert_is_the_tones(path, 2)


def test_two_channels_of_one_sound_become_one(tmp_path: Path) -> None:
    one = sounds.tones(rate=8_000, channels=1)
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(np.concatenate([one, one * 0.5])), channels=2))
    assert decode(path).channels.shape[0] == 1


@pytest.mark.parametrize("dead", [0, 1])
def test_a_dead_channel_is_left_out(tmp_path: Path, dead: int) -> None:
    both = sounds.tones(rate=8_000, channels=2)
    both[dead] = 0
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(both), channels=2))
    sound = decode(path)
    assert sound.channels.shape[0] == 1
    alive = (sounds.LEFT_HZ, sounds.RIGHT_HZ)[1 - dead]
    assert sounds.loudest_hz(sound.channels[0]) == pytest.approx(alive, abs=15)


def test_more_than_two_channels_are_mixed_to_one(tmp_path: Path) -> None:
    four = np.concatenate([sounds.tones(rate=8_000, channels=2)] * 2)
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(four), channels=4))
    assert decode(path).channels.shape[0] == 1


def test_the_files_own_rate_and_codec_are_told(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(b"\xff" * 11_025, rate=11_025, tag=7, bits=8))
    sound = decode(path)
    assert (sound.codec, sound.rate_hz) == ("pcm_mulaw", 11_025)


def test_a_recording_that_is_too_long_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(bytes(16_000 * 5)))  # 5 s
    with pytest.raises(TooLong, match="longer than the limit of 4 seconds"):
        decode(path, limits=Limits(seconds=4))
    with pytest.raises(TooLong, match="80,044 bytes; the limit is 80,043"):
        decode(path, limits=Limits(bytes=80_043))
    assert decode(path, limits=Limits(seconds=5, bytes=80_044)).duration_ms == 5_000


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("mulaw", RawFormat("mulaw", 8_000, 1)),
        ("alaw:16000", RawFormat("alaw", 16_000, 1)),
        ("s16le:48000:2", RawFormat("s16le", 48_000, 2)),
        ("mp3", None),
        ("mulaw:8000:2:1", None),
        ("mulaw:8k", None),
        ("mulaw:100", None),
        ("mulaw:8000:3", None),
        ("", None),
    ],
)
def test_a_raw_format_is_written_encoding_rate_channels(text: str, read: RawFormat | None) -> None:
    if read is None:
        with pytest.raises(ValueError, match="raw"):
            RawFormat.parse(text)
    else:
        assert RawFormat.parse(text) == read
