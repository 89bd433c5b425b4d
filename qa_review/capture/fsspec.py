"""Recordings in object stores and on other hosts, by fsspec.

``s3://``, ``gs://`` and ``abfs://`` need the file system of their store (s3fs, gcsfs, adlfs), which
also knows where its credentials are; ``file://``, ``http://``, ``sftp://`` and more come along.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec

from qa_review.base.errors import QAReviewError, Unreadable
from qa_review.capture.places import Place

CHANGES = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "updated", "mtime")
"""what file systems tell that changes when a file does, the surest first"""


def listed(url: str) -> tuple[Place, ...]:
    """Every file under ``url``, or the one that it names, in the order of their names.

    Raises:
        QAReviewError: no such kind of URL, or its file system isn't installed; it can't be reached;
            there is nothing there.
    """
    try:
        files, path = fsspec.url_to_fs(url)
        found = files.find(path, detail=True)
    except (ImportError, ValueError) as error:
        raise QAReviewError(f"{url}: {error}") from error
    except Exception as error:  # each file system has errors of its own
        raise QAReviewError(f"{url} can't be listed: {told(error)}") from error
    if not found:
        raise QAReviewError(f"{url}: there is no such file or folder")
    return tuple(_place(files, name, info) for name, info in sorted(found.items()))


def _place(files: Any, name: str, info: Mapping[str, Any]) -> Place:
    size = int(info.get("size") or 0)
    changes = next((str(info[key]) for key in CHANGES if info.get(key) is not None), "")
    return Place(files.unstrip_protocol(name), size, f"{size} {changes}" if changes else "")


@contextmanager
def fetched(url: str) -> Iterator[Path]:
    """What a URL names, as a file of this machine that is removed when the block ends.

    Raises:
        Unreadable: it can't be fetched.
    """
    with tempfile.TemporaryDirectory(prefix="qa_review_") as folder:
        name = url.rpartition("/")[2]
        here = Path(folder) / f"recording{Path(name).suffix}"
        try:
            files, path = fsspec.url_to_fs(url)
            files.get_file(path, str(here))
        except Exception as error:  # each file system has errors of its own
            raise Unreadable(name, f"can't be fetched: {told(error)}") from error
        yield here


def told(error: Exception) -> str:
    """An error in one line, with its kind where it says nothing itself."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
