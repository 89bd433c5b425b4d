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

from qa_review.base.errors import QAReviewError, TooLong, Unreadable
from qa_review.capture.places import Place, without_secrets

CHANGES = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "updated", "mtime")
"""what file systems tell that changes when a file does, the surest first"""
EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "abfs": "abfs", "abfss": "abfs",
          "az": "abfs"}  # fmt: skip


def listed(url: str) -> tuple[Place, ...]:
    """Every file under ``url``, or the one that it names, in the order of their names.

    Raises:
        QAReviewError: no such kind of URL, or its file system isn't installed; it can't be reached;
            there is nothing there.
    """
    try:
        files, path = fsspec.url_to_fs(url)
        found = files.find(path, detail=True)
    except ImportError as error:
        raise QAReviewError(f"{without_secrets(url)}: {error}{_lacking(url)}") from error
    except ValueError as error:
        raise QAReviewError(f"{without_secrets(url)}: {_plain(error, url)}") from error
    except Exception as error:  # each file system has errors of its own
        raise QAReviewError(
            f"{without_secrets(url)} can't be listed: {told(error, url)}"
        ) from error
    if not found:
        raise QAReviewError(f"{without_secrets(url)}: there is no such file or folder")
    return tuple(_place(_name(files, name, url, path), found[name]) for name in sorted(found))


def _name(files: Any, name: str, url: str, path: str) -> str:
    """The URL of a file under ``url``, which may say whose it is: a host, an account."""
    top = path.rstrip("/")
    if "::" not in url and (name == top or name.startswith(f"{top}/")):
        return url.rstrip("/") + name[len(top) :]
    return str(files.unstrip_protocol(name))


def _place(name: str, info: Mapping[str, Any]) -> Place:
    size = int(info.get("size") or 0)
    changes = next((str(info[key]) for key in CHANGES if info.get(key) is not None), "")
    return Place(name, size, f"{size} {changes}" if changes else "")


class _Limit(fsspec.Callback):  # type: ignore[misc]  # fsspec has no types
    """Ends the fetching of a file that turns out to be too large."""

    def __init__(self, name: str, most_bytes: int) -> None:
        super().__init__()
        self._name, self._most_bytes = name, most_bytes

    def call(self, hook_name: str | None = None, **kwargs: Any) -> None:
        if self.value > self._most_bytes:
            raise TooLong(self._name, f"more than the {self._most_bytes:,} bytes that are allowed")


@contextmanager
def fetched(url: str, most_bytes: int) -> Iterator[Path]:
    """What a URL names, as a file of this machine that is removed when the block ends.

    Raises:
        Unreadable: it can't be fetched.
        TooLong: it has more than ``most_bytes``.
    """
    with tempfile.TemporaryDirectory(prefix="qa_review_") as folder:
        name = without_secrets(url).rpartition("/")[2]
        here = Path(folder) / f"recording{Path(name).suffix}"
        try:
            files, path = fsspec.url_to_fs(url)
            limit = _Limit(name, most_bytes)
            files.get_file(path, str(here), callback=limit)
            limit.absolute_update(here.stat().st_size)  # not every file system tells meanwhile
        except TooLong:
            raise
        except Exception as error:  # each file system has errors of its own
            raise Unreadable(name, f"can't be fetched: {told(error, url)}") from error
        yield here


def told(error: Exception, url: str) -> str:
    """An error in one line, with its kind, and without what lets others in.

    >>> told(OSError("403 of https://a.example/7.wav?sig=5f1"), "https://a.example/7.wav?sig=5f1")
    'OSError: 403 of https://a.example/7.wav'
    """
    text = _plain(error, url)
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__


def _plain(error: Exception, url: str) -> str:
    text = " ".join(str(error).split()).replace(url, without_secrets(url))
    for secret in (url.partition("?")[2], url.partition("://")[2].partition("/")[0]):
        if secret and secret not in without_secrets(url):
            text = text.replace(secret, "…")
    return text


def _lacking(url: str) -> str:
    """What to install for a kind of URL, where that is an extra of ours."""
    extra = EXTRAS.get(url.partition("://")[0], "")
    return f"; pip install 'qa_review[{extra}]'" if extra else ""
