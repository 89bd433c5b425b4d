"""What somebody has written and not yet handed in, event by event.

A draft is a file of JSON Lines that only its writer can read, in ``$QA_REVIEW_DRAFTS``, else
``~/.qa_review/drafts``: never in a store, where others could read it. Each event is on the disk
before it is answered. A line that a crash cut short is passed over, and so costs only itself.
Several windows may write one draft: :meth:`Draft.alone` has them wait for one another.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # not a POSIX system: windows do not wait for one another there
    fcntl = None  # type: ignore[assignment]

Line = dict[str, Any]


def drafts_folder() -> Path:
    """Where drafts lie unless told otherwise."""
    given = os.environ.get("QA_REVIEW_DRAFTS")
    return Path(given) if given else Path.home() / ".qa_review" / "drafts"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft; the file is made when the first event is added."""

    path: Path

    @classmethod
    def of(cls, *what: str, folder: Path | None = None) -> Draft:
        """The draft of what these texts name together: a store, a call, a rubric, a person."""
        name = hashlib.sha256(json.dumps(what).encode()).hexdigest()
        return cls((folder or drafts_folder()) / f"{name}.jsonl")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this lasts nobody else is in it: read, then add or discard by what was read."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def events(self) -> tuple[Line, ...]:
        """Every event, oldest first; none when there is no draft."""
        try:
            text = self.path.read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ()
        return tuple(filter(None, map(_event, text.split("\n"))))

    def add(self, *events: Line) -> None:
        """Add events; they are on the disk when this returns.

        Raises:
            OSError: they can't be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # the line break in front ends a line that a crash cut short
        lines = "".join(f"\n{json.dumps(one, separators=(',', ':'))}\n" for one in events).encode()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.write(file, lines) != len(lines):
                raise OSError(f"{self.path} could not be written whole: is the disk full?")
            os.fsync(file)
        finally:
            os.close(file)

    def exists(self) -> bool:
        return self.path.exists()

    def discard(self) -> None:
        """Remove it: what it held was handed in."""
        self.path.unlink(missing_ok=True)


def _event(line: str) -> Line | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
