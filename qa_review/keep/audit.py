"""The audit trail: what was done, by whom and when, each line bound to the one before it.

Every deed that changes a store notes itself in the same transaction. A line holds the digest of
the line before, so that one which is altered or taken out later shows. It never holds a level, a
quote or a comment of anybody's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

from qa_review.keep.rows import AuditRow
from qa_review.keep.store import Reader, Store, Unit

SOFTWARE = "qa_review"
"""who did what no person did"""


def now() -> str:
    """This moment in UTC, as rows have it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def note(unit: Unit, by: str, what: str, subject: str, detail: str = "") -> None:
    """Add a line to the trail.

    Args:
        by: who did it.
        what: the deed in a word or two, such as "review saved".
        subject: the id of what it was done to.
    """
    last = unit.last(AuditRow)
    number, before = (last.number + 1, last.digest) if last else (1, "")
    row = AuditRow(number, now(), by, what, subject, detail, before, "")
    unit.add(replace(row, digest=digest_of(row)))


def digest_of(row: AuditRow) -> str:
    """The digest that a line must have: SHA-256 of its other fields."""
    told = {name: value for name, value in row.values().items() if name != "digest"}
    text = json.dumps(told, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def trail(store: Store) -> tuple[AuditRow, ...]:
    """Every line, oldest first."""
    with store.reading() as reader:
        return reader.find(AuditRow)


def breaks(reader: Reader) -> list[str]:
    """Where the trail was tampered with; empty when it is whole.

    Lines cut off at its end can't be seen from the trail alone: keep the last digest elsewhere.
    """
    found: list[str] = []
    before = ""
    for number, row in enumerate(reader.find(AuditRow), 1):
        if row.number != number:
            return [*found, f"line {number} is missing"]
        if row.before != before:
            found.append(f"line {number} does not follow from the one before it")
        if row.digest != digest_of(row):
            found.append(f"line {number} was changed")
        before = row.digest
    return found
