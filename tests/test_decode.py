"""What becomes of a file's channels, codec and rate; forms that nothing here can write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sound_forms as forms
import sounds

from qa_review.base.errors import TooLong
from qa_review.capture.pyav import decode
from qa_review.capture.sound import Limits, RawFormat

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
    form = forms.Form("pcm_s16le", "mp3", container="wav")
    path = form.write(tmp_path / "call.mp3", 8_000, "agent left")
    assert not form.wrong(decode(path), 8_000, "agent left")


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
