"""Reading a file in a child process, and files that pretend to be others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sounds

from qa_review.base.errors import RecordingError, TooLong, Unreadable, WorkerDied
from qa_review.capture import pyav
from qa_review.capture.pyav import decode, decode_apart
from qa_review.capture.sound import Limits, RawFormat

LIMITS = Limits(seconds=60, bytes=8 << 20)
SECOND = sounds.tones(rate=8_000, channels=2)
WHOLE = sounds.wav(sounds.pcm(SECOND), channels=2)


def test_a_child_reads_what_the_parent_would(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(WHOLE)
    here, apart = decode(path), decode_apart(path)
    assert np.array_equal(here.channels, apart.channels)
    assert (here.rate_hz, here.codec) == (apart.rate_hz, apart.codec)


def test_a_child_reads_sound_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "call.ul"
    path.write_bytes(b"\xff\x7f" * 4_000)
    assert decode_apart(path, raw=RawFormat("mulaw")).duration_ms == 1_000


@pytest.mark.parametrize("data", [b"", b"hello " * 99, b"\x89PNG\r\n\x1a\n", WHOLE[:44]])
def test_a_child_reports_the_same_error_as_the_parent(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as here:
        decode(path)
    with pytest.raises(type(here.value)) as apart:
        decode_apart(path)
    assert str(apart.value) == str(here.value)


def test_a_child_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "call.flac"
    sounds.bomb(path, "flac", "flac")
    with pytest.raises(TooLong, match="longer than the limit of 60 seconds"):
        decode_apart(path, limits=LIMITS)


def in_place_of_the_child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have :func:`decode_apart` run ``code`` where it would run the decoder."""
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run

    def other(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        return run([sys.executable, "-c", code], **options)

    monkeypatch.setattr(pyav.subprocess, "run", other)


@pytest.mark.parametrize(
    ("code", "said", "timeout_s"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed the process", 120),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "killed the process", 120),
        ("import os; os._exit(3)", "exit status 3", 120),
        ("", "killed the process", 120),
        ("print('not what was asked for')", "killed the process", 120),
        ('print(\'{"channels": 2, "rate_hz": 8000, "codec": "x"}\'); print(0)', "killed", 120),
        ("import time; time.sleep(60)", "took more than 1 s", 1),
    ],
)
def test_a_file_that_kills_or_hangs_its_reader_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str, timeout_s: int
) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(WHOLE)
    in_place_of_the_child(monkeypatch, code)
    with pytest.raises(WorkerDied, match=said):
        decode_apart(path, timeout_s=timeout_s)


LISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
    "wav": "ffconcat version 1.0\nfile {}\n",
    "mpd": "<MPD><Period><AdaptationSet><BaseURL>{}</BaseURL></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("suffix", LISTS)
@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_list_of_other_files_is_refused(tmp_path: Path, suffix: str, prefix: str) -> None:
    """Else one call would be reviewed under the name of another."""
    other = tmp_path / "other.mp3"
    sounds.write(other, SECOND, rate=8_000, codec="mp3")
    for named in (other.name, str(other)):
        path = tmp_path / f"call.{suffix}"
        path.write_text(LISTS[suffix].format(prefix + named))
        with pytest.raises(Unreadable, match="not sound that can be read"):
            decode(path)


@pytest.mark.parametrize(
    "name", ["2026-03-02T18:12:00.wav", "call%03d.wav", "a b#c?d&e.wav", "é—日.wav"]
)
def test_a_name_that_looks_like_something_else_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(WHOLE)
    assert decode(Path(name)).duration_ms == 1_000


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("pcm_s16le", "wav"),
        ("pcm_s16be", "aiff"),
        ("pcm_mulaw", "au"),
        ("flac", "flac"),
        ("mp3", "mp3"),
        ("opus", "mkv"),
        ("aac", "m4a"),
    ],
)
def test_a_recording_that_lost_its_second_half_is_refused(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    """Where the header states a length; what is missing would otherwise not be missed."""
    path = tmp_path / f"call.{suffix}"
    long = sounds.tones(rate=48_000, channels=1, seconds=10)
    sounds.write(path, long, rate=48_000, codec=codec)
    assert 9_900 < decode(path).duration_ms < 10_200
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unreadable):
        decode(path)


def test_an_ogg_file_that_lost_its_second_half_cannot_be_told(tmp_path: Path) -> None:
    """Ogg, CAF and W64 state no length that survives; if this fails, say so in the documents."""
    path = tmp_path / "call.ogg"
    long = sounds.tones(rate=48_000, channels=1, seconds=10)
    sounds.write(path, long, rate=48_000, codec="opus")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert 4_500 < decode(path).duration_ms < 5_500
