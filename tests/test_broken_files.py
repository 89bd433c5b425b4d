"""A file that is damaged, or no sound at all, costs only itself: a typed error, or what is left."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import sounds

from qa_review.base.errors import NothingSaid, RecordingError, TooLong, Unreadable
from qa_review.capture.pyav import decode
from qa_review.capture.sound import Limits, Sound

TYPED = (Unreadable, NothingSaid, TooLong)
LIMITS = Limits(seconds=60, bytes=8 << 20)
SEED = 20_260_314
MUTANTS = 400


def tried(path: Path, limits: Limits = LIMITS) -> Sound | RecordingError:
    """What became of the file; anything but a sound or a typed error fails the test."""
    try:
        sound = decode(path, limits=limits)
    except TYPED as error:
        assert type(error) in TYPED and error.detail and str(error).startswith(path.name)
        return error
    assert sound.channels.dtype == np.int16
    assert sound.channels.shape[0] in (1, 2) and sound.channels.shape[1] > 0
    assert sound.duration_ms <= limits.seconds * 1000 + 100
    return sound


SECOND = sounds.tones(rate=8_000, channels=2)
WHOLE = sounds.wav(sounds.pcm(SECOND), channels=2)


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0\x55\xaa\x55\xaa\x55\xaa\x55\xaa" * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("call.wav", WHOLE)
    return buffer.getvalue()


NOT_SOUND = {
    "empty": b"",
    "one byte": b"R",
    "only a header": WHOLE[:44],
    "only RIFF": b"RIFF",
    "text": b"Agent: hello, how can I help?\n" * 40,
    "html": b"<!doctype html><html><body><h1>403 Forbidden</h1></body></html>" * 20,
    "json": b'{"error": "not found"}',
    "a zip": zipped(),
    "a png": png(),
    "a pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\n" * 30,
    "zeros": bytes(4_096),
    "spaces": b" " * 4_096,
    "a playlist": b"#EXTM3U\n#EXTINF:10,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n",
    "a list of files": b"ffconcat version 1.0\nfile /etc/hostname\n",
}


@pytest.mark.parametrize("name", NOT_SOUND)
def test_what_is_not_sound_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(NOT_SOUND[name])
    assert isinstance(tried(path), (Unreadable, NothingSaid))


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_refused_or_read(tmp_path: Path, seed: int) -> None:
    path = tmp_path / f"call.{('wav', 'mp3', 'ogg', 'amr')[seed % 4]}"
    data = np.random.default_rng(seed).bytes(257 * (seed + 1))
    path.write_bytes(data)
    found = tried(path)
    assert isinstance(found, TYPED) or found.duration_ms <= len(data)  # 8 bits at 1 kHz at most


ENCODED = (
    ("pcm_s16le", "wav"),
    ("pcm_mulaw", "wav"),
    ("adpcm_ima_wav", "wav"),
    ("flac", "flac"),
    ("mp3", "mp3"),
    ("opus", "ogg"),
    ("aac", "m4a"),
    ("amr_nb", "amr"),
    ("aac", "mp4"),
    ("opus", "webm"),
    ("alac", "m4a"),
)


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    """A second of two tones in each form, as bytes."""
    folder = tmp_path_factory.mktemp("encoded")
    made = {}
    for codec, suffix in ENCODED:
        channels = 1 if codec == "amr_nb" else 2
        samples = sounds.tones(rate=8_000, channels=channels)
        path = folder / f"{codec}.{suffix}"
        video = {"mp4": "mpeg4", "webm": "vp8"}.get(suffix)
        sounds.write(path, samples, rate=8_000, codec=codec, video=video)
        made[codec, suffix] = path.read_bytes()
    return made


@pytest.mark.parametrize("eighth", range(1, 16))
@pytest.mark.parametrize("form", ENCODED, ids="-".join)
def test_a_file_that_is_cut_off_is_told_or_read_to_the_cut(
    tmp_path: Path, encoded: dict[tuple[str, str], bytes], form: tuple[str, str], eighth: int
) -> None:
    whole = encoded[form]
    path = tmp_path / f"call.{form[1]}"
    path.write_bytes(whole[: len(whole) * eighth // 16])
    found = tried(path)
    # the whole is a second, and codecs pad it; what is cut off is never made up
    assert isinstance(found, TYPED) or 0 < found.duration_ms <= 1_100


def test_a_wav_that_lacks_half_of_what_its_header_says_is_told(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    data = sounds.pcm(sounds.tones(rate=8_000, channels=1, seconds=10))
    path.write_bytes(sounds.wav(data[: len(data) // 2], stated=len(data)))
    with pytest.raises(Unreadable, match=r"its header says 10\.0 s, 5\.0 s are there"):
        decode(path)


@pytest.mark.parametrize("stated", [0, 1, 999, 2**31 - 1, 2**32 - 1])
def test_a_wav_whose_header_lies_about_its_size_does_no_harm(tmp_path: Path, stated: int) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(SECOND[:1]), stated=stated))
    found = tried(path)
    assert isinstance(found, TYPED) or 0 < found.duration_ms <= 1_000


def test_a_stream_that_was_written_without_a_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(SECOND[:1]), stated=2**32 - 1))
    assert decode(path).duration_ms == 1_000


HEADERS = {
    "no channels": {"channels": 0, "align": 2},
    "a thousand channels": {"channels": 1_000},
    "no rate": {"rate": 0},
    "a rate of 4 GHz": {"rate": 4_000_000_000, "align": 1},
    "7 bits": {"bits": 7, "align": 1},
    "0 bits": {"bits": 0, "align": 2},
    "an unknown format": {"tag": 0xBEEF},
    "blocks of nothing": {"align": 0},
    "ADPCM without its table": {"tag": 2, "bits": 4, "align": 256},
    "GSM in blocks of 3": {"tag": 0x31, "bits": 0, "align": 3},
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_makes_no_sense_does_no_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(SECOND[:1]), **HEADERS[name]))
    found = tried(path)
    assert isinstance(found, TYPED) or found.duration_ms <= 2_000  # 8 bits for 16: twice as long


NUMBERS = {
    "nan": [np.nan] * 8_000,
    "infinity": [np.inf] * 8_000,
    "minus infinity": [-np.inf] * 8_000,
    "both by turns": [np.inf, -np.inf, np.nan, 0.0] * 2_000,
    "a million": [1e6] * 8_000,
    "too small to count": [1e-40] * 8_000,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_floating_point_that_is_no_sound_does_no_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / "call.wav"
    data = np.array(NUMBERS[name], "<f4").tobytes()
    path.write_bytes(sounds.wav(data, tag=3, bits=32))
    found = tried(path)
    assert isinstance(found, TYPED) or found.duration_ms == 1_000


FLAT = {"direct current": 20_000, "full scale": 32_767, "bottom": -32_768, "silence": 0}


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", FLAT)
def test_flat_sound_is_decoded(tmp_path: Path, name: str, channels: int) -> None:
    path = tmp_path / "call.wav"
    data = np.full(8_000 * channels, FLAT[name], "<i2").tobytes()
    path.write_bytes(sounds.wav(data, channels=channels))
    assert decode(path).channels.shape == (1, 16_000)


def test_a_square_wave_at_full_scale_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    data = np.where(np.arange(8_000) // 9 % 2, 32_767, -32_768).astype("<i2").tobytes()
    path.write_bytes(sounds.wav(data))
    assert decode(path).duration_ms == 1_000


def test_a_sound_track_without_samples_is_told(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(b""))
    assert isinstance(tried(path), (NothingSaid, Unreadable))


@pytest.mark.parametrize(("suffix", "video"), [("mp4", "mpeg4"), ("mkv", "mpeg4"), ("webm", "vp8")])
def test_a_video_without_sound_is_told(tmp_path: Path, suffix: str, video: str) -> None:
    path = tmp_path / f"call.{suffix}"
    sounds.write(path, SECOND, rate=8_000, codec="", video=video, audio=False)
    with pytest.raises(Unreadable, match="no sound track"):
        decode(path)


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.wav"):
        with pytest.raises(Unreadable, match="no such file"):
            decode(path)


BOMBS = {
    "flac": lambda path: sounds.bomb(path, "flac", "flac"),
    "opus": lambda path: sounds.bomb(path, "opus", "ogg"),
    "mp3": lambda path: sounds.bomb(path, "mp3", "mp3"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_that_unfolds_to_long_sound_stops_at_the_limit(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"call.{kind}"
    BOMBS[kind](path)
    started = time.monotonic()
    with pytest.raises(TooLong, match="longer than the limit of 60 seconds"):
        decode(path, limits=LIMITS)
    assert time.monotonic() - started < 5


def mutants(whole: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Copies of ``whole`` with bytes changed, cut out, doubled, or the header stirred."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 12))):
            at = int(rng.integers(0, len(data) if rng.random() < 0.5 else min(200, len(data))))
            kind = rng.integers(0, 4)
            if kind == 0:
                data[at] = int(rng.integers(0, 256))
            elif kind == 1:
                data[at : at + 4] = rng.bytes(4)
            elif kind == 2 and len(data) > 64:
                del data[at : at + int(rng.integers(1, 40))]
            else:
                data[at:at] = data[at : at + int(rng.integers(1, 40))]
        yield bytes(data)


@pytest.mark.parametrize("number", range(len(ENCODED)))
def test_mutated_files_end_in_a_sound_or_a_typed_error(
    tmp_path: Path, encoded: dict[tuple[str, str], bytes], number: int
) -> None:
    form = ENCODED[number]
    count = MUTANTS // len(ENCODED) + 1
    for turn, data in enumerate(mutants(encoded[form], SEED + number, count)):
        path = tmp_path / f"{turn}.{form[1]}"
        path.write_bytes(data)
        started = time.monotonic()
        try:
            tried(path)
        except BaseException:
            print(f"seed {SEED + number}, mutant {turn} of {form}")
            raise
        assert time.monotonic() - started < 20


def test_tags_in_no_known_encoding_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    tag = b"INFOINAM" + struct.pack("<I", 8) + b"\xff\xfe\x80caf\xe9\x00"
    body = WHOLE[12:] + b"LIST" + struct.pack("<I", len(tag)) + tag
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)
    assert decode(path).duration_ms == 1_000


def test_there_are_at_least_two_hundred_broken_files() -> None:
    cut = 15 * len(ENCODED)
    mutated = (MUTANTS // len(ENCODED) + 1) * len(ENCODED)
    assert len(NOT_SOUND) + 20 + cut + len(HEADERS) + len(NUMBERS) >= 200
    assert mutated >= MUTANTS


def test_av_is_the_version_that_was_tried() -> None:
    """Decoding is PyAV's; below 16 metadata_errors and the error tree differ."""
    assert int(av.__version__.split(".")[0]) >= 16
