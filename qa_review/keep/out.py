"""A folder for results, before anything is written to it."""

from __future__ import annotations

import os
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.keep.parts import TABLES


def make_folder(out: Path) -> None:
    """Make a folder for results.

    Raises:
        QAReviewError: it can't be made, or be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise QAReviewError(f"--out {out} is a file; results go into a folder") from None
    except OSError as error:
        raise QAReviewError(f"--out {out} can't be made: {error.strerror}") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise QAReviewError(f"--out {out} can't be written to by this user")


def refuse_tables(out: Path) -> None:
    """Raise when tables lie where ours would go: no earlier run wrote them, so they are not ours.

    Raises:
        QAReviewError: says which.
    """
    for table in (out / f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".parquet")):
        if table.exists():
            raise QAReviewError(
                f"--out {out} holds {table.name}, which is of no earlier run into it; "
                "give these results their own folder"
            )
