"""Calls as they are found in folders, at URLs and in tables: an id is one call's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from qa_review.capture.metadata import CallTable
from qa_review.capture.places import Place
from qa_review.capture.recording import Call
from qa_review.capture.spoken_by import storable
from qa_review.keep.folder import Failure

SUFFIXES = frozenset(
    ".3gp .aac .aif .aiff .amr .al .alaw .au .caf .flac .gsm .m4a .mkv .mov .mp3 .mp4 .mulaw .oga"
    " .ogg .opus .pcm .raw .sln .snd .ul .ulaw .w64 .wav .weba .webm .wma .wav49".split()
)
METADATA = "calls.csv"
LONGEST_ID = 1_000
"""bytes of a call's id, which every store takes"""
Given = tuple[Path, CallTable]
"""a table of calls, and what it says"""


def is_recording(name: str) -> bool:
    """Whether a file is a recording by its name."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


class Found:
    """What was found so far; an id is one call's."""

    def __init__(self) -> None:
        self.calls: list[tuple[Call, Place]] = []
        self.failures: list[Failure] = []
        self.ignored = 0
        self._ids: set[str] = set()

    def add(self, call: Call, place: Place, told_by: str) -> None:
        if len(call.id.encode("utf-8", "surrogatepass")) > LONGEST_ID:
            detail = f"{told_by}: {len(call.id):,} characters; {LONGEST_ID:,} bytes are allowed"
            self.failures.append(Failure(f"{call.id[:60]}…", place.told, "id too long", detail))
        elif call.id in self._ids:
            detail = f"{told_by} gives the id {call.id!r} again; an id is one call's"
            self.failures.append(Failure(call.id, place.told, "same id", detail))
        else:
            self._ids.add(call.id)
            self.calls.append((call, place))

    def add_by_name(self, places: Mapping[Place, str]) -> None:
        """Calls whose id is the file's name without suffix; where several share one, with it.

        Where folders hold files of one name, the ids are the paths in what was named, so that
        another folder gives no id to another recording.

        Args:
            places: the recordings, each with its path in the folder or URL that was named.
        """
        names = {
            place: [storable(n) for n in (PurePosixPath(place.file).stem, place.file, inside)]
            for place, inside in places.items()
        }
        often = [Counter(column) for column in zip(*names.values(), strict=True)]
        for place, forms in names.items():
            alone = (n for n, count in zip(forms, often, strict=True) if count[n] == 1)
            name = told = next((n for n in alone if n not in self._ids), storable(place.told))
            number = 2
            while name in self._ids:
                name, number = f"{told}-{number}", number + 1
            self.add(Call(name, file=storable(place.file)), place, "")

    def tell_problems(self, table: str, read: CallTable, *, left_out: str = "metadata") -> None:
        """Failures for what can't be read of a table.

        Args:
            left_out: the reason where a whole row is left out; in a table of recordings that are
                found all the same that costs no call.
        """
        lost = set(read.left_out)
        for problem in read.problems:
            reason = left_out if problem in lost else "metadata"
            self.failures.append(Failure("", table, reason, problem))

    def lack(self, call: Call, table: str) -> None:
        """A failure for a row whose recording isn't there."""
        detail = f"{table} lists {call.file}, which is not there"
        self.failures.append(Failure(call.id, call.file or "", "no such file", detail))
