"""Tidy frames from records, and tables on disk that a spreadsheet can't be tricked by.

pandas is loaded when the first frame is asked for, never on import.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.files import whole

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
    """Write ``table`` as what the suffix says, ``.csv`` or ``.parquet``, whole or not at all.

    In CSV every text that a spreadsheet would run is made safe (:func:`formula_safe`): cells of any
    dtype, categories too, and the names of columns.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"{path.name}: a table is .csv or .parquet, not {path.suffix!r}")
    with whole(path) as part:
        if path.suffix == ".parquet":
            table.to_parquet(part, index=False)
        else:
            part.write_text(csv_text(table, header=True), encoding="utf-8", newline="")


def csv_text(table: pd.DataFrame, *, header: bool) -> str:
    """A table, or a piece of one, as CSV in which nothing runs."""
    safe = _safe(table)
    # Python 3.11 leaves a lone carriage return unquoted, which splits the row on reading
    text = safe.to_csv(
        None, index=False, header=header, lineterminator="\n", quoting=_quoting(safe)
    )
    return str(text)


def _safe(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each text made safe; columns go by place, as two may have one name."""
    import pandas
    from pandas.api import types

    columns = {}
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        if not (types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column)):
            column = column.astype(object).map(formula_safe, na_action="ignore")
        columns[place] = column
    safe = pandas.DataFrame(columns, index=table.index)
    safe.columns = pandas.Index([formula_safe(name) for name in table.columns], dtype=object)
    return safe


def _quoting(table: pd.DataFrame) -> Any:
    cells = (cell for place in range(table.shape[1]) for cell in table.iloc[:, place])
    returns = any("\r" in text for text in chain(table.columns, cells) if isinstance(text, str))
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
