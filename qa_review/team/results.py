"""What a run gave, read from its folder as often as somebody looks, and cheaply.

A record holds every word of its call; a board needs none. So what was said is passed over unread:
0.34 ms of processor time a record of 340 words and 42 kB, where reading it whole and making its
scores into objects took 1.1 ms. A file is read again only when it changed; to look whether it did
takes 0.02 ms.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from qa_review.base.span import Span, united
from qa_review.capture.recording import Call
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.scores import Score
from qa_review.keep.folder import file_name
from qa_review.team.rows import Scored, scored

Mark = tuple[int, int]
CALL = re.compile(r'\s*\{\s*"review":\s*\{\s*"call":\s*')
RUBRIC = re.compile(r'"rubric":\s*')
SCORES = re.compile(r'\s*,\s*"scores":\s*')
OVERALL = re.compile(r'\s*,\s*"overall":\s*')
BY = re.compile(r'\s*,\s*"by":\s*')
TIMING = re.compile(r'\s*,\s*"timing":\s*')
RECORDING = re.compile(r'\s*,\s*"recording":\s*')
REVISION = re.compile(r'\s*,\s*"revision":\s*')
NOTE = re.compile(r'\s*,\s*"note":\s*')
FRICTION = re.compile(r'\s*,\s*"friction":\s*')
ORDER = (
    ("rubric", SCORES), ("scores", OVERALL), ("overall", BY), ("by", TIMING),
    ("timing", RECORDING), ("recording", REVISION), ("revision", NOTE), ("note", FRICTION),
    ("friction", None),
)  # fmt: skip
"""each part of a record, and what stands before the next"""


@dataclass(frozen=True, slots=True)
class Given:
    """What the scorer called ``by`` gave one call; ``rows`` are its scores as a board has them.

    ``friction_ms`` is the time that the call lost and ``None`` where it has no times, ``frictions``
    how often it was slowed down, ``systems`` how many systems were named; all ``None`` where nobody
    looked.
    """

    call: Call
    rubric: RubricVersion
    scores: tuple[Score, ...]
    by: str
    friction_ms: int | None = None
    frictions: int | None = None
    systems: int | None = None
    rows: tuple[Scored, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = tuple(scored(self.call, score, "scorer", self.by) for score in self.scores)
        object.__setattr__(self, "rows", rows)


class Results:
    """The reviews in a folder of results; each record is read once as long as it stays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, tuple[Mark, Given | None]] = {}

    def stamp(self) -> str:
        """Changes whenever a record is written or removed; costs one look at the disk."""
        try:
            return str((self.path / "records").stat().st_mtime_ns)
        except OSError:
            return ""

    def reviews(self) -> tuple[Given, ...]:
        """What every record says that can be read, by the name of its file."""
        now: dict[str, tuple[Mark, Given | None]] = {}
        for name, path in _files(self.path / "records"):
            try:
                stat = path.stat()
            except OSError:
                continue  # removed meanwhile
            mark = (stat.st_mtime_ns, stat.st_size)
            known = self._read.get(name)
            now[name] = known if known and known[0] == mark else (mark, _read(path))
        self._read = now
        return tuple(given for _, given in now.values() if given is not None)


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Name and path of each record; to sort ten thousand paths would take half a second."""
    try:
        with os.scandir(folder) as found:
            names = sorted(one.name for one in found if one.name.endswith(".json"))
    except OSError:
        return []
    return [(name, folder / name) for name in names]


def _read(file: Path) -> Given | None:
    try:
        text = file.read_text(encoding="utf-8")
        review = _parts(text) or json.loads(text)["review"]
        call = Call(**review["call"])
        if file.name != f"{file_name(call.id)}.json":
            return None
        scores = tuple(_score(one) for one in review["scores"])
        ref = review["rubric"]
        rubric = _rubric(ref["id"], ref["version"], ref["digest"])
        slowed = _slowed(review.get("friction"), timed=review.get("timing") is not None)
        return Given(call, rubric, scores, str(review["by"]["name"]), *slowed)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _parts(text: str) -> dict[str, Any] | None:
    """What a board needs of a record, without its transcript; ``None`` when it is laid out anew.

    A key in a text of JSON has its quotes escaped there, so it can't be taken for one.
    """
    begun = CALL.match(text)
    if begun is None or not text.rstrip().endswith("}"):
        return None
    read = json.JSONDecoder().raw_decode
    found: dict[str, Any] = {}
    found["call"], at = read(text, begun.end())
    there = RUBRIC.search(text, at)
    for name, after in ORDER:
        if there is None:  # a record from before friction was looked for ends with its note
            return found if name == "friction" else None
        found[name], at = read(text, there.end())
        there = after.match(text, at) if after else None
    return found


def _slowed(
    found: Sequence[dict[str, Any]] | None, *, timed: bool
) -> tuple[int | None, int | None, int | None]:
    """Milliseconds lost, frictions and systems of a record; ``None`` where nobody looked."""
    if found is None:
        return None, None, None
    spans = united(Span(**one["lost"]) for one in found if one["lost"])
    lost = sum(span.length_ms for span in spans)
    count = sum(one["kind"] != "system" for one in found)
    systems = {one["system"] for one in found if one["system"]}
    return (lost if timed else None), count, len(systems)


def _score(one: dict[str, Any]) -> Score:
    """A score without its evidence and chances, which a board doesn't show."""
    return Score(
        one["behaviour"], one["level"], one["confidence"], one["reason"], one.get("why_none"),
        abstained=one.get("abstained", False), unproven=one.get("unproven", ""),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _rubric(rubric_id: str, version: str, digest: str) -> RubricVersion:
    return RubricVersion(rubric_id, version, digest)
