"""Tidy frames from records, and tables on disk that a spreadsheet can't be tricked by.

pandas is loaded when the first frame is asked for, never on import.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def frame(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A frame with exactly these columns and dtypes, also when there are no rows.

    Args:
        columns: name to pandas dtype; the nullable ones (``Int64``, ``Float64``, ``string``,
            ``boolean``) keep ``None`` as missing.
        rows: one value a column, in the order of ``columns``.
    """
    import pandas

    table = pandas.DataFrame(list(rows), columns=list(columns), dtype=object)
    return table.astype(dict(columns))


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write ``table`` as what the suffix says, ``.csv`` or ``.parquet``, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    if path.suffix == ".parquet":
        table.to_parquet(part, index=False)
    elif path.suffix == ".csv":
        safe = table.copy()
        for name in safe.columns[
            [str(kind) in ("object", "string", "str") for kind in safe.dtypes]
        ]:
            safe[name] = safe[name].map(formula_safe, na_action="ignore")
        # Python 3.11 leaves a lone carriage return unquoted, which splits the row on reading
        safe.to_csv(part, index=False, lineterminator="\n", quoting=_quoting(safe))
    else:
        raise ValueError(f"{path.name}: a table is .csv or .parquet, not {path.suffix!r}")
    part.replace(path)


def _quoting(table: pd.DataFrame) -> Any:
    texts = (str(value) for name in table for value in table[name] if isinstance(value, str))
    returns = any("\r" in text for text in texts)
    return csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL


def formula_safe(text: Any) -> Any:
    """``text`` with a quote mark before it if a spreadsheet would run it as a formula.

    >>> formula_safe("=1+1"), formula_safe("fine")
    ("'=1+1", 'fine')
    """
    if isinstance(text, str) and text.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + text
    return text


def or_none(cell: Any) -> Any:
    """A cell of a frame as a plain Python value; ``None`` where it is missing.

    >>> import pandas
    >>> [or_none(cell) for cell in frame({"a": "Int64"}, [(1,), (None,)])["a"]]
    [1, None]
    """
    import pandas

    if pandas.isna(cell):
        return None
    return cell.item() if hasattr(cell, "item") else cell
