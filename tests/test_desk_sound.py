"""The sound of a desk: a copy made once, of the recording as it is, with its permissions."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import sounds
from desk_fixtures import place_in

from qa_review.base.errors import QAReviewError
from qa_review.base.records import file_sha256
from qa_review.capture import pyav
from qa_review.capture.recording import Call, Recording
from qa_review.keep.folder import ResultsFolder
from qa_review.view import copies
from qa_review.view.copies import find_copy, make_copy
from qa_review.widgets import sound
from qa_review.widgets.sound import CHUNK_BYTES, SoundDriver, recording_of


@pytest.fixture
def place(tmp_path):
    return place_in(tmp_path, seconds=4.0)


@pytest.fixture
def source(place):
    return place.recordings / "call-a.wav"


@pytest.fixture
def results(tmp_path):
    return ResultsFolder(tmp_path / "results")


def waited(driver, call="call-a"):
    for _ in range(400):
        told = driver.answer("look", {"call": call}).content
        if told["state"] != "preparing":
            return told
        time.sleep(0.05)
    raise AssertionError("the copy is not made")


def test_a_copy_is_smaller_has_both_channels_and_its_peaks(source, results):
    copy = make_copy("a", source, results)
    heard = pyav.decode(copy.file)
    assert (copy.mime, heard.channels.shape[0]) == ("audio/ogg", 2)
    assert copy.bytes == copy.file.stat().st_size < source.stat().st_size
    assert abs(copy.duration_ms - 4000) <= 20
    # which channel is which: each has its own tone
    hz = [sounds.loudest_hz(row.astype(np.float32)) for row in heard.channels]
    assert [round(one, -1) for one in hz] == [sounds.LEFT_HZ, sounds.RIGHT_HZ]
    assert len(copy.peaks) == 2 and max(map(max, copy.peaks)) == 100


def test_it_is_made_once_until_the_recording_changes(source, results):
    first = make_copy("a", source, results)
    made = first.file.stat().st_mtime_ns
    assert make_copy("a", source, results) == first == find_copy("a", source, results)
    assert first.file.stat().st_mtime_ns == made
    sounds.write(
        source, sounds.tones(rate=8000, channels=2, seconds=2), rate=8000, codec="pcm_s16le"
    )
    assert find_copy("a", source, results) is None
    assert abs(make_copy("a", source, results).duration_ms - 2000) <= 20


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX ones")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_who_may_read_the_recording_may_read_the_copy_and_nobody_else(source, results, mode):
    source.chmod(mode)
    make_copy("a", source, results)
    assert {p.stat().st_mode & 0o777 for p in (results.path / "sound").iterdir()} == {mode}


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX ones")
@pytest.mark.parametrize(
    ("refused", "mode"), [("owner", 0o664), ("owner and group", 0o604), ("both at once", 0o664)]
)
def test_a_group_reads_the_copy_only_if_it_is_the_group_of_the_recording(
    source, results, monkeypatch, refused, mode
):
    """To give a file to a user takes an administrator, to a group one of its members."""
    given = []

    def chown(path, owner, group):
        given.append((owner, group))
        if owner != -1 and (group != -1 or "owner" in refused):
            raise PermissionError
        if group != -1 and "group" in refused:
            raise PermissionError

    source.chmod(0o664)
    theirs = source.stat().st_gid + ("group" in refused)
    kept = copies._in_group
    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(copies, "_in_group", lambda path, _: kept(path, theirs))
    make_copy("a", source, results)
    assert {p.stat().st_mode & 0o777 for p in (results.path / "sound").iterdir()} == {mode}
    assert (-1, theirs) in given


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX ones")
def test_nobody_else_may_read_a_copy_while_it_is_written(source, results, monkeypatch):
    modes, write = [], Path.write_bytes

    def looked(path, data):
        modes.append(path.stat().st_mode & 0o777)
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", looked)
    make_copy("a", source, results)
    assert modes == [0o600, 0o600]


@pytest.mark.parametrize("card", ["[]", "3", "null", '{"peaks": 3}', '{"peaks": [1]}', "{"])
def test_a_card_that_is_none_is_made_again(source, results, card):
    made = make_copy("a", source, results)
    results.sound("a")[1].write_text(card, encoding="utf-8")
    assert find_copy("a", source, results) is None
    assert make_copy("a", source, results) == made
    assert json.loads(results.sound("a")[1].read_text(encoding="utf-8"))["mime"] == made.mime


def test_a_small_file_that_browsers_play_is_sent_itself(tmp_path, results):
    samples = sounds.tones(rate=16000, channels=1, seconds=3)
    path = tmp_path / "call.ogg"
    path.write_bytes(pyav.compressed((samples * 32767).astype(np.int16)))
    copy = make_copy(path.parent.name, path, results)
    assert copy.file == path
    assert [p.suffix for p in (results.path / "sound").iterdir()] == [".json"]


def test_recordings_of_one_name_but_two_calls_have_a_copy_each(source, results, tmp_path):
    other = tmp_path / "b" / source.name
    other.parent.mkdir()
    sounds.write(
        other, sounds.tones(rate=8000, channels=1, seconds=2), rate=8000, codec="pcm_s16le"
    )
    copies = [make_copy(path.parent.name, path, results) for path in (source, other)]
    assert [round(copy.duration_ms / 1000) for copy in copies] == [4, 2]


def test_the_pieces_are_the_copy(place, source):
    driver = SoundDriver(place)
    review = place.record("call-a").review
    driver.know(review.call, review.recording)
    told = waited(driver)
    assert told["state"] == "ready"
    pieces = [
        driver.answer("chunk", {"call": "call-a", "at": at}).buffers[0]
        for at in range(0, told["bytes"], CHUNK_BYTES)
    ]
    copy = find_copy("call-a", source, ResultsFolder(place.results))
    assert b"".join(pieces) == copy.file.read_bytes()


def test_a_piece_is_at_most_a_mebibyte(place, source):
    """Larger ones would keep a notebook from answering anything else meanwhile."""
    driver = SoundDriver(place)
    review = place.record("call-a").review
    driver.know(review.call, review.recording)
    assert waited(driver)["chunk"] == 1_048_576
    driver._ready["call-a"].file.write_bytes(bytes(1_500_000))
    pieces = [driver.answer("chunk", {"call": "call-a", "at": at}) for at in (0, 1_048_576)]
    assert [len(one.buffers[0]) for one in pieces] == [1_048_576, 451_424]


def test_a_fault_in_making_a_copy_is_told_too(place, source, monkeypatch, caplog):
    def fault(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(sound, "make_copy", fault)
    driver = SoundDriver(place)
    review = place.record("call-a").review
    driver.know(review.call, review.recording)
    told = waited(driver)
    assert told["state"] == "none" and "call-a.wav: MemoryError" in told["why"]
    assert caplog.records  # with its trace, for whoever mends it


def test_the_bytes_of_a_recording_are_looked_at_once(place, source, monkeypatch):
    looked = []
    kept = file_sha256(source)
    monkeypatch.setattr(sound, "file_sha256", lambda path: looked.append(path) or kept)
    driver, call = SoundDriver(place), Call("call-a")
    gone = Recording("call-a", Path("gone", source.name), kept, 4000, 2, 8000, "pcm")
    for _ in range(3):
        driver.know(call, gone)
    assert looked == [source] and waited(driver)["state"] == "ready"


def test_a_missing_or_broken_recording_is_told_and_costs_only_the_sound(place, source):
    driver = SoundDriver(place)
    driver.know(Call("gone", file="gone.wav"), None)
    assert waited(driver, "gone") == {"state": "none"}
    source.write_bytes(b"RIFF nothing")
    review = place.record("call-a").review
    driver.know(review.call, review.recording)
    told = waited(driver)
    assert told["state"] == "none" and "call-a.wav" in told["why"]
    with pytest.raises(QAReviewError, match="not ready"):
        driver.answer("chunk", {"call": "call-a", "at": 0})


def test_only_calls_that_were_opened_can_be_heard(place):
    driver = SoundDriver(place)
    with pytest.raises(QAReviewError, match="not ready"):
        driver.answer("chunk", {"call": "call-b", "at": 0})


def test_a_recording_is_found_where_it_was_or_by_its_name(place, source, tmp_path):
    def at(path, sha256=file_sha256(source)):
        return Recording("call-a", path, sha256, 4000, 2, 8000, "pcm")

    assert recording_of(Call("call-a"), at(source), tmp_path) == source
    elsewhere = at(tmp_path / "moved" / "call-a.wav")
    assert recording_of(Call("call-a"), elsewhere, place.recordings) == source
    other = at(tmp_path / "moved" / "call-a.wav", sha256="0" * 64)
    assert recording_of(Call("call-a", file="call-a.wav"), other, place.recordings) is None
    assert recording_of(Call("call-a", file="call-a.wav"), None, place.recordings) == source
    assert recording_of(Call("call-a"), None, place.recordings) is None
