"""One run at a time in a folder: a second one would tidy away what the first is writing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from qa_review.base.errors import QAReviewError

try:
    import fcntl
except ImportError:  # Windows has no such locks; there nobody is stopped
    fcntl = None  # type: ignore[assignment]

LOCK = ".running"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else is in a block for this folder. A process that is killed lets go.

    Raises:
        QAReviewError: somebody is.
        OSError: the folder can't be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    with path.open("a", encoding="utf-8") as lock:
        if not _locked(lock, path):
            raise QAReviewError(f"another run writes to {folder} now")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _locked(lock: TextIO, path: Path) -> bool:
    """Whether the lock is ours now, and the file still the one that others see."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat())
