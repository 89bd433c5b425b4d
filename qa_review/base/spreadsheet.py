"""Tables that people fill in: CSV as spreadsheets write it, read with the line of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import MetadataError

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Line:
    """A row by its columns, cells without their outer blanks; ``number`` is where it ends.

    ``problem`` says what is wrong with it, ``""`` when nothing is.
    """

    number: int
    cells: dict[str, str]
    problem: str = ""


def filled_in(path: Path, lacks: Callable[[Sequence[str]], str]) -> Iterator[Line]:
    """Each row of a table.

    Args:
        lacks: says what is missing from these columns, ``""`` when nothing is.

    Raises:
        MetadataError: the file can't be read, or lacks something.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=header.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = next(rows, [])
        if missing := lacks(columns):
            raise MetadataError(path, [missing])
        for row in rows:
            if row:
                yield _line(rows.line_num, columns, row)
    except UnicodeDecodeError as error:
        raise MetadataError(path, ["is not UTF-8: save it as CSV UTF-8"]) from error
    except (OSError, csv.Error) as error:
        raise MetadataError(path, [str(error)]) from error


def _line(number: int, columns: list[str], row: list[str]) -> Line:
    """Missing cells at its end are empty; those beyond the header's are a problem."""
    cells = dict.fromkeys(columns, "") | {
        name: cell.strip() for name, cell in zip(columns, row, strict=False)
    }
    if len(row) <= len(columns):
        return Line(number, cells)
    told = f"has {len(row)} cells, the header {len(columns)}: put quotation marks around a comma"
    return Line(number, cells, told)
