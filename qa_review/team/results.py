"""What a run gave, read from its folder as often as somebody looks, and cheaply.

A record holds every word of its call; a board needs none. So only the call and its scores are made
into objects, and a file is read again only when it changed: 0.6 ms a record of 200 words instead
of 8 ms, and nothing for those that stayed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.records import from_json
from qa_review.capture.recording import Call
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.scores import Score
from qa_review.keep.folder import file_name

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Given:
    """What the scorer called ``by`` gave one call."""

    call: Call
    rubric: RubricVersion
    scores: tuple[Score, ...]
    by: str


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
        for file in sorted((self.path / "records").glob("*.json")):
            try:
                stat = file.stat()
            except OSError:
                continue  # removed meanwhile
            mark = (stat.st_mtime_ns, stat.st_size)
            known = self._read.get(file.name)
            now[file.name] = known if known and known[0] == mark else (mark, _read(file))
        self._read = now
        return tuple(given for _, given in now.values() if given is not None)


def _read(file: Path) -> Given | None:
    try:
        review = json.loads(file.read_text(encoding="utf-8"))["review"]
        call = from_json(Call, review["call"])
        if file.name != f"{file_name(call.id)}.json":
            return None
        scores = tuple(from_json(Score, {**one, "evidence": []}) for one in review["scores"])
        rubric = from_json(RubricVersion, review["rubric"])
        return Given(call, rubric, scores, str(review["by"]["name"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
