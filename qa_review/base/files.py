"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def part_of(path: Path) -> Path:
    """The file beside ``path`` that this process writes before it has its name."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors of the disk with the file: a write that fails doesn't say of its own what it wrote.

    >>> with named(Path("scores.csv")):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
        ...
    OSError: [Errno 28] No space left on device: 'scores.csv'
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        why = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno, why, str(path)) from error


def on_disk(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk: what comes later may speak of it."""
    if path.is_dir() and os.name == "nt":  # which keeps names in order itself
        return
    number = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A part to write, which takes the name ``path`` when the block ends; an error removes it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole(Path(folder) / "page.html") as part:
    ...         _ = part.write_text("all of it")
    ...     [path.name for path in Path(folder).iterdir()]
    ['page.html']
    """
    part = part_of(path)
    try:
        with named(path):
            yield part
            on_disk(part)
            part.replace(path)
            on_disk(path.parent)
    except BaseException:
        with suppress(OSError):  # what went wrong before is what to tell of
            part.unlink(missing_ok=True)
        raise
