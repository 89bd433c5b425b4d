"""Tables that people fill in: CSV as spreadsheets write it, read with the line of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from qa_review.base.errors import MetadataError

DELIMITERS = (",", ";", "\t")
TOO_LONG = "\0too long"
"""the key of what is wrong with a row that has more cells than the header"""


def filled_in(
    path: Path, lacks: Callable[[Sequence[str]], str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by its columns, with the line that it ends on; cells without their outer blanks.

    Args:
        lacks: says what is missing from these columns, ``""`` when nothing is.

    Raises:
        MetadataError: the file can't be read, or lacks something.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=header.count)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = list(rows.fieldnames or ())
        if missing := lacks(columns):
            raise MetadataError(path, [missing])
        for row in rows:
            cells = {name: (row.get(name) or "").strip() for name in columns}
            extra = row.get(None)
            if extra:
                cells[TOO_LONG] = (
                    f"has {len(columns) + len(extra)} cells, the header {len(columns)}"
                )
            yield rows.line_num, cells
    except UnicodeDecodeError as error:
        raise MetadataError(path, ["is not UTF-8: save it as CSV UTF-8"]) from error
    except (OSError, csv.Error) as error:
        raise MetadataError(path, [str(error)]) from error
