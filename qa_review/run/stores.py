"""Stores as commands name them."""

from __future__ import annotations

from pathlib import Path

from qa_review.base.errors import StoreError
from qa_review.keep.store import Store, open_store


def existing_store(name: str) -> Store:
    """A store that is there already: a command that reads makes no empty one.

    Raises:
        StoreError: there is no such file; as for :func:`open_store`.
    """
    kind, _, detail = name.partition(":")
    if kind == "sqlite" and detail:
        path = Path(detail).expanduser().resolve()
        if not path.exists():
            raise StoreError(
                f"there is no store {path}: say which with --store or $QA_REVIEW_STORE"
            )
    return open_store(name)
