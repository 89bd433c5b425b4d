"""A file that is damaged, or no sound at all, costs only itself: a typed error, or what is left.

The files are those of :mod:`broken_sounds`; all of them are decoded by one child process.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import broken_sounds
import numpy as np
import pytest
import sounds
from broken_sounds import GROUPS, WHOLE, Broken
from shielded import Shield

import qa_review
from qa_review.base.errors import NothingSaid, TooLong, Unreadable
from qa_review.base.resources import folder
from qa_review.capture.pyav import decode

GOOD = Broken("good.wav", WHOLE, broken_sounds.SOUND, (1_000, 1_000), "agent left")
LEAST = {"cuts": 1_008, "no_sounds": 80, "misnamed": 100, "random_bytes": 40, "numbers": 28}
"""how many files of these groups there are at least"""


@pytest.fixture(scope="module")
def shield() -> Iterator[Shield]:
    with Shield() as shield:
        yield shield


def all_wrong(group: str, shield: Shield, place: Path) -> list[str]:
    """What is wrong with what became of each file of a group, and of a good one after it."""
    found = []
    for broken in GROUPS[group]():
        found += broken.wrong(shield.tell(broken.put(place), limits=broken.limits))
    return found + GOOD.wrong(shield.tell(GOOD.put(place)))


@pytest.mark.parametrize("group", GROUPS)
def test_each_broken_file_ends_as_it_may(tmp_path: Path, shield: Shield, group: str) -> None:
    assert not all_wrong(group, shield, tmp_path)
    assert shield.starts == 1  # none of them killed its reader


def test_there_are_hundreds_of_broken_files() -> None:
    counts = {group: len({broken.name for broken in make()}) for group, make in GROUPS.items()}
    assert all(counts[group] >= least for group, least in LEAST.items()), counts
    assert sum(counts.values()) >= 1_350


def test_a_decoder_that_makes_silence_of_an_error_is_noticed(
    tmp_path: Path, shield: Shield
) -> None:
    """At every file that the true one refuses, and at no other."""
    some = [*GROUPS["no_sounds"](), *islice(GROUPS["cuts"](), 0, None, 13), *GROUPS["sizes"]()]
    with Shield(fault=["silence"]) as faulty:
        for broken in some:
            path = broken.put(tmp_path)
            refused = shield.tell(path).kind != "sound"
            told = faulty.tell(path)
            assert bool(broken.wrong(told)) == refused, (broken.name, told)


@pytest.mark.parametrize("raw", ["mulaw:8000:1", "alaw:8000:2", "s16le:16000:2", "gsm"])
def test_bytes_that_are_declared_to_be_sound_are_sound(
    tmp_path: Path, shield: Shield, raw: str
) -> None:
    """An odd byte at the end is left out; of GSM a frame that is none is an error."""
    path = tmp_path / ("call.gsm" if raw == "gsm" else "call.raw")
    for size in (1, 2, 33, 1_000, 4_001):
        path.write_bytes(np.random.default_rng(size).bytes(size))
        told = shield.tell(path, raw=raw)
        bytes_a_ms = {"mulaw": 8, "alaw": 16, "s16le": 64, "gsm": 33 / 20}[raw.partition(":")[0]]
        assert told.proper and told.ms <= size / bytes_a_ms + 1, (size, told)
        assert told.kind == "sound" or size < 1_000 or raw == "gsm", (size, told)


def test_what_may_not_be_read_is_told() -> None:
    """A file, and a folder, that only someone else may open."""
    with (
        tempfile.TemporaryDirectory() as place,  # in pytest's own folder nobody else may look
        Shield(as_nobody=True) as shield,
    ):
        Path(place).chmod(0o755)
        good, closed = GOOD.put(Path(place)), Path(place, "closed")
        secret = Path(shutil.copy(good, Path(place, "secret.wav")))
        closed.mkdir()
        inside = Path(shutil.copy(good, closed))
        secret.chmod(0)
        closed.chmod(0)
        told = [shield.tell(path) for path in (secret, inside, good)]
        closed.chmod(0o700)
    assert [one.kind for one in told] == ["Unreadable", "Unreadable", "sound"]
    assert all("permission denied" in one.detail for one in told[:2])


# --- what a person is told ---------------------------------------------------------------------


def test_a_wav_that_lacks_half_of_what_its_header_says_is_told(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    data = sounds.pcm(sounds.tones(rate=8_000, channels=1, seconds=10))
    path.write_bytes(sounds.wav(data[: len(data) // 2], stated=len(data)))
    with pytest.raises(Unreadable, match=r"cut off: its header says 10\.0 s, 5\.0 s are there"):
        decode(path)


def test_a_wav_that_holds_more_than_its_header_says_is_told(tmp_path: Path) -> None:
    """Else the end of a call, whose recorder died after it began, would not be missed."""
    path = tmp_path / "call.wav"
    data = sounds.pcm(sounds.tones(rate=8_000, channels=1, seconds=10))
    path.write_bytes(sounds.wav(data, stated=len(data) // 2))
    with pytest.raises(Unreadable, match=r"its header says 5\.0 s, 10\.0 s are there"):
        decode(path)


@pytest.mark.parametrize(("suffix", "video"), [("mp4", "mpeg4"), ("mkv", "mpeg4"), ("webm", "vp8")])
def test_a_video_without_sound_is_told(tmp_path: Path, suffix: str, video: str) -> None:
    path = tmp_path / f"call.{suffix}"
    samples = sounds.tones(rate=8_000, channels=2)
    sounds.write(path, samples, rate=8_000, codec="", video=video, audio=False)
    with pytest.raises(Unreadable, match="no sound track"):
        decode(path)


def test_what_is_not_a_file_and_what_is_missing_are_told(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        with pytest.raises(Unreadable, match="not a file"):
            decode(path)
    with pytest.raises(Unreadable, match="no such file"):
        decode(tmp_path / "none.wav")


def test_two_channels_of_nothing_are_one(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    for broken in broken_sounds.flat():
        if broken.seats is None:
            broken.put(tmp_path).rename(path)
            assert decode(path).channels.shape == (1, 16_000)


def test_av_is_the_version_that_was_tried() -> None:
    """Decoding is PyAV's; below 16 metadata_errors and the error tree differ."""
    assert int(av.__version__.split(".")[0]) >= 16


# --- a folder of them --------------------------------------------------------------------------

REASONS = {"Unreadable": Unreadable.reason, "TooLong": TooLong.reason}
SPOKEN = folder("sample_calls") / "wrong-number-01.wav"
OF_EACH = 3


def sample() -> Iterator[Broken]:
    """A few of each group; tones and silence, which nobody speaks in, among them."""
    for group, make in GROUPS.items():
        if group != "places":
            made = [broken for broken in make() if broken.limits == broken_sounds.LIMITS]
            yield from made[:: max(1, len(made) // OF_EACH)]


def test_a_folder_of_broken_files_among_good_ones_loses_none(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    broken = {one.put(calls).name: one for one in sample()}
    good = [f"{name} spoken.wav" for name in ("a", "m", "z")]  # first, in the midst, last
    for name in good:
        shutil.copy(SPOKEN, calls / name)
    for place in broken_sounds.places():
        if not isinstance(place.make, bytes) and len(place.name) < 100 and "/" not in place.name:
            place.put(calls)
    files = {path.name for path in calls.iterdir() if path.is_file() and not path.is_symlink()}

    batch = qa_review.review_folder(
        calls,
        out=tmp_path / "reviews",
        engine="processes:1",
        transcriber="scripted:auto",
        max_seconds=broken_sounds.LIMITS.seconds,
        audio="link",
    )

    failed = {failure.file: failure for failure in batch.failures}
    done = [review.call.file for review in batch.reviews]
    assert len(failed) == len(batch.failures) and len(set(done)) == len(done)
    assert sorted(done) == good
    assert files <= failed.keys() | set(done)
    for name, one in broken.items():
        may = {REASONS[kind] for kind in one.ends & REASONS.keys()} | {NothingSaid.reason}
        assert failed[name].reason in may and failed[name].detail, failed[name]
