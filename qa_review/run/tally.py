"""What is noted of a part's dialogues while its tables are written: whose ids, and what failed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_review.keep.parts import Mark, PartTables, Taken, runs
from qa_review.keep.reviews import Review, call_rows, evidence_rows, friction_rows, score_rows

ROWS_OF = {
    "scores": score_rows,
    "evidence": evidence_rows,
    "calls": call_rows,
    "friction": friction_rows,
}
SAME_ID = "same id"


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a dialogue: its file, and there its line or row.

    >>> str(Where("a.jsonl", "line", 3)), str(Where("b.vtt", "", 1))
    ('line 3', 'b.vtt')
    """

    file: str
    unit: str
    number: int

    def __str__(self) -> str:
        return f"{self.unit} {self.number}" if self.unit else self.file

    def says(self, what: str) -> str:
        """``what`` with the place before it, where a file has more than one.

        >>> Where("a.jsonl", "line", 3).says("it has no id")
        'line 3: it has no id'
        """
        return f"{self}: {what}" if self.unit else what

    def same_id_as(self, first: Where) -> str:
        """What to tell of a dialogue here whose id stood first elsewhere.

        >>> Where("a.jsonl", "line", 3).same_id_as(Where("b.jsonl", "line", 7))
        'line 3: line 7 of b.jsonl has the same id'
        """
        inside = f"{first} of {first.file}" if first.unit and first.file != self.file else first
        return self.says(f"{inside} has the same id")


@dataclass(slots=True)
class _File:
    """What is noted of one file in a part."""

    ids: bytearray = field(default_factory=bytearray)
    numbers: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)


class Tally:
    """Counts a part's dialogues and adds their rows to its tables."""

    def __init__(self, tables: PartTables) -> None:
        self._tables = tables
        self._files: dict[tuple[str, str], _File] = defaultdict(_File)
        self.scored = 0

    def begin(self, file: str, unit: str) -> None:
        """Dialogues of this file come next; a mark has the files in the order that they came."""
        self._files[file, unit]

    def take(self, where: Where, id_digest: bytes) -> None:
        """The dialogue there has its id for itself."""
        file = self._files[where.file, where.unit]
        file.ids.extend(id_digest)
        file.numbers.append(where.number)

    def fail(self, where: Where, call_id: str, reason: str, detail: str) -> None:
        """The dialogue there gives no scores."""
        self._files[where.file, where.unit].failed.append(where.number)
        self._tables.add("failures", [(call_id, where.file, reason, detail)])

    def score(self, review: Review) -> None:
        """The dialogue of this review is scored."""
        self.scored += 1
        for table, rows_of in ROWS_OF.items():
            self._tables.add(table, rows_of((review,)))

    def add(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows as another part has them; those of ``calls`` count as scored."""
        self.scored += len(rows) if table == "calls" else 0
        self._tables.add(table, rows)

    def mark(self, made_from: str, *, refused: int = 0, before: str = "") -> Mark:
        """The mark of the part; ``made_from`` is a digest of all that decides it."""
        taken = tuple(
            Taken(name, unit, file.ids.hex(), runs(file.numbers), runs(file.failed))
            for (name, unit), file in self._files.items()
        )
        failed = sum(len(file.failed) for file in self._files.values())
        return Mark(made_from, self.scored + failed, self.scored, taken, refused, before)


def id_digest(call_id: str) -> bytes:
    """Eight bytes for an id: of five million ids two share theirs once in 1.5 million runs."""
    return hashlib.blake2b(call_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
