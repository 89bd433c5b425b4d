"""Where a recording lies: on a disk that this machine sees, or in an object store.

A path is used where it is. What a URL names (``s3://bucket/calls/7.wav``) is fetched into a
temporary file for as long as it is needed; :mod:`qa_review.capture.fsspec` does that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import TooLong
from qa_review.base.plugs import plug

SIGNED = {"http", "https"}
"""schemes whose URLs may end with a query that holds a signature"""
WITH_USER = {"http", "https", "ftp", "ftps", "sftp", "ssh", "smb", "webdav", "webdavs", "hdfs"}
"""schemes whose URLs may begin with a user and a password; in abfs what stands there is a place"""


@dataclass(frozen=True, slots=True)
class Place:
    """A recording's path or URL.

    ``bytes`` is its size and ``stamp`` changes when the file does; 0 and ``""`` where they are not
    known.
    """

    name: str
    bytes: int = 0
    stamp: str = ""

    @classmethod
    def of(cls, path: Path) -> Place:
        """The place of a file; one that can't be looked at has no size."""
        try:
            there = path.stat()
        except OSError:
            return cls(os.fspath(path))
        return cls(os.fspath(path), there.st_size, f"{there.st_size} {there.st_mtime_ns}")

    @property
    def remote(self) -> bool:
        """Whether it has to be fetched."""
        return is_url(self.name)

    @property
    def file(self) -> str:
        """The name of the file alone."""
        return self.told.rstrip("/").rpartition("/")[2] if self.remote else Path(self.name).name

    @property
    def told(self) -> str:
        """The name as people may see it, see :func:`without_secrets`."""
        return without_secrets(self.name)

    @property
    def away(self) -> bool:
        """Whether it couldn't be looked at: no such file now, or its drive isn't there."""
        return not self.remote and not self.stamp

    @contextmanager
    def here(self, most_bytes: int) -> Iterator[Path]:
        """The recording as a file of this machine, while the block lasts.

        Raises:
            Unreadable: it can't be fetched.
            TooLong: it has more than ``most_bytes``, and would have to be fetched; where its size
            isn't known before, it was fetched that far.
        """
        if self.remote:
            if self.bytes > most_bytes:
                raise TooLong(self.file, f"{self.bytes:,} bytes, {most_bytes:,} are allowed")
            with plug("part", "fetched")(self.name, most_bytes) as path:
                yield path
        else:
            yield Path(self.name)


def is_url(name: str) -> bool:
    """Whether a name is a URL, not a path.

    >>> is_url("s3://calls/march"), is_url("/data/march"), is_url("C:/march")
    (True, False, False)
    """
    scheme, found, _ = name.partition("://")
    return bool(found) and scheme.replace("+", "").isalnum() and len(scheme) > 1


def without_secrets(name: str) -> str:
    """A path as it is, a URL without what lets others in: user, password, signature.

    >>> without_secrets("https://ann:pw@calls.example/7.wav?X-Amz-Signature=5f1")
    'https://calls.example/7.wav'
    """
    if not is_url(name):
        return name
    scheme, _, rest = name.partition("://")
    if scheme in SIGNED:  # in an object store ? and # may be of a name
        rest = rest.partition("?")[0].partition("#")[0]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2] if scheme in WITH_USER else host}{slash}{path}"
