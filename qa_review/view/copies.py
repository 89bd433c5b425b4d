"""Small copies of recordings for listening to, made once and kept with the results.

A copy lies in ``sound/`` of the folder of results under the name of its call, and whoever may read
the recording may read it. A small recording that browsers play as it is needs no copy. Beside it
lies a card (JSON) with its length, its peaks, and what it was made from.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.plugs import plug
from qa_review.base.records import from_json, to_json
from qa_review.keep.folder import ResultsFolder
from qa_review.view.compress import page_sound
from qa_review.view.sound import Sound


@dataclass(frozen=True, slots=True)
class Copy:
    """What is played of a recording; ``made_from`` is its path, size and time of change."""

    file: Path
    mime: str
    bytes: int
    duration_ms: int
    peaks: tuple[tuple[int, ...], ...]
    made_from: str


def find_copy(call_id: str, source: Path, results: ResultsFolder) -> Copy | None:
    """The copy of a call's recording, when there is one of the file as it is now."""
    _, card = results.sound(call_id)
    try:
        copy = from_json(Copy, json.loads(card.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return copy if copy.made_from == _mark(source) and copy.file.is_file() else None


def make_copy(call_id: str, source: Path, results: ResultsFolder) -> Copy:
    """Make the copy of a call's recording, or take the one that is there.

    Raises:
        RecordingError: the recording can't be read.
    """
    known = find_copy(call_id, source, results)
    if known:
        return known
    decoded = plug("part", "decode")(source)
    return keep_copy(call_id, source, page_sound(source, decoded, agent_channel=None), results)


def keep_copy(call_id: str, source: Path, sound: Sound, results: ResultsFolder) -> Copy:
    """Keep ``sound``, made for a page from the file ``source``, as the copy of a call."""
    file, card = results.sound(call_id)
    data = sound.data or b""
    file.parent.mkdir(parents=True, exist_ok=True)
    if data == source.read_bytes():
        file = source
    else:
        _write(file, data, like=source)
    made = Copy(
        file.resolve(), sound.mime, len(data), sound.duration_ms, sound.peaks, _mark(source)
    )
    _write(card, json.dumps(to_json(made)).encode(), like=source)
    return made


def _mark(source: Path) -> str:
    there = source.stat()
    return f"{source.resolve()} {there.st_size} {there.st_mtime_ns}"


def _write(path: Path, data: bytes, *, like: Path) -> None:
    """Write a file whole or not at all, with the permissions of ``like`` before it has its name.

    Where the group of ``like`` can't be given to it, no group may read it: this process's own
    would be another one.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    part.touch(mode=0o600)
    part.write_bytes(data)
    there = like.stat()
    with suppress(OSError, AttributeError):  # only an administrator may give a file away
        os.chown(part, there.st_uid, -1)
    allowed = 0o777 if _in_group(part, there.st_gid) else 0o707
    part.chmod(there.st_mode & allowed)
    part.replace(path)


def _in_group(path: Path, group: int) -> bool:
    """Give a file to a group; whether it is that group's now."""
    with suppress(OSError, AttributeError):
        os.chown(path, -1, group)
    return path.stat().st_gid == group
