"""The frame that every figure of a team is made from: a row a call, what it was given beside it.

Takes rows (:class:`~qa_review.team.rows.Scored`); makes a frame of plain numbers and names, in
which a hundred thousand calls take 25 MB. Whoever has such figures elsewhere can make the frame
without this library's reviews; :func:`checked` says what is wrong with it.

Conventions
-----------
- Only ``call`` must be there. A column that is missing, or all of whose cells are, costs the
  figures that need it, and they say so.
- Times are in milliseconds, truths are 1.0 and 0.0, and what isn't known is missing.
- ``level_listening`` is the level of listening: a column a behaviour, in the rubric's order.
- A level that people gave stands before the scorer's, if the rows do so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa_review.base.errors import FrameError
from qa_review.capture.recording import Call
from qa_review.grade.scores import LEVELS
from qa_review.team.rows import Scored, behaviours_of

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]
Codes = NDArray[np.intp]

NAMES = ("agent", "team", "queue", "issue", "customer")
TIMES = ("handle_ms", "hold_ms", "after_call_work_ms", "friction_ms")
TRUTHS = ("resolved", "repeat_contact", "transferred")
FIGURES = (*TIMES, "systems", "csat", *TRUTHS, "overall", "confidence")
OUTCOMES: Mapping[str, int] = {"csat": 1, "resolved": 1, "repeat_contact": -1}
"""what became of a call to whether more of it is better (1) or worse (-1)"""
LEVEL = "level_"
TAKEN = ("handle_ms", "hold_ms", "after_call_work_ms", "csat", *TRUTHS)
"""the figures that a call brings along"""

MOST_BEYOND = 0.1
"""the share of calls whose friction may exceed a handling time that somebody else measured"""

Friction = Mapping[str, tuple[float | None, float | None]]
"""a call's id to the milliseconds that it lost and the systems named in it"""


def reviews_frame(
    rows: Sequence[Scored],
    behaviours: Sequence[str] | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    friction: Friction | None = None,
) -> pd.DataFrame:
    """One row a call, in the order in which calls first stand among ``rows``.

    Args:
        rows: at most one a call and behaviour; of two the later holds.
        behaviours: the columns of levels; by default those of ``rows``.
        weights: of behaviours in ``overall``, which is the weighted mean of the levels given, from
            0 to 100; 1 each by default. What caps a single review isn't applied.

    Columns: ``call``, those of :data:`NAMES`, ``day``, those of :data:`FIGURES`, ``by_people``,
    and ``level_<behaviour>`` for each behaviour.
    """
    wanted = tuple(behaviours_of(rows) if behaviours is None else behaviours)
    places = {name: column for column, name in enumerate(wanted)}
    numbers: dict[str, int] = {}
    calls: list[Call] = []
    days: list[Any] = []
    for row in rows:
        if row.call.id not in numbers:
            numbers[row.call.id] = len(calls)
            calls.append(row.call)
            days.append(row.day)
    levels = np.full((len(calls), len(wanted)), np.nan)
    sure = np.full((len(calls), len(wanted)), np.nan)
    people = np.zeros(len(calls), dtype=bool)
    for row in rows:
        column = places.get(row.behaviour)
        if column is not None:
            number = numbers[row.call.id]
            levels[number, column] = np.nan if row.level is None else row.level
            sure[number, column] = np.nan if row.confidence is None else row.confidence
            people[number] |= row.who == "people"
    overall = overall_of(levels, [1.0 if weights is None else weights[name] for name in wanted])
    return _framed(calls, days, wanted, levels, overall, row_means(sure), people, friction or {})


def _framed(
    calls: Sequence[Call],
    days: Sequence[Any],
    behaviours: Sequence[str],
    levels: Numbers,
    overall: Numbers,
    sure: Numbers,
    people: NDArray[np.bool_],
    friction: Friction,
) -> pd.DataFrame:
    import pandas

    columns: dict[str, Any] = {"call": pandas.array([call.id for call in calls], dtype="string")}
    for name in NAMES:
        texts = [(getattr(call, name) or "").strip() or None for call in calls]
        columns[name] = pandas.array(texts, dtype="string")
    columns["day"] = np.array(days, dtype="datetime64[s]")
    columns |= {name: _floats(getattr(call, name) for call in calls) for name in TAKEN}
    lost = [friction.get(call.id, (None, None)) for call in calls]
    slowed, handled = _floats(one for one, _ in lost), columns["handle_ms"]
    # a telephone system may count less than was recorded
    columns["friction_ms"] = np.where(slowed > handled, handled, slowed)
    columns["systems"] = _floats(one for _, one in lost)
    columns |= {"overall": overall, "confidence": sure, "by_people": people}
    columns |= {f"{LEVEL}{name}": levels[:, place] for place, name in enumerate(behaviours)}
    return pandas.DataFrame(columns)


def overall_of(levels: Numbers, weights: Sequence[float]) -> Numbers:
    """The weighted mean of each row's levels, from 0 to 100; nan in a row without any.

    >>> overall_of(np.array([[5.0, 3.0], [np.nan, 2.0]]), [1, 1]).tolist()
    [75.0, 25.0]
    """
    given = ~np.isnan(levels)
    each = np.asarray(weights, dtype=float)
    with np.errstate(invalid="ignore"):
        mean = np.where(given, levels, 0.0) @ each / (given @ each)
    lowest, highest = LEVELS[0], LEVELS[-1]
    figures: Numbers = 100 * (mean - lowest) / (highest - lowest)
    return figures


def behaviours_in(reviews: pd.DataFrame) -> tuple[str, ...]:
    """The behaviours that a frame has levels of."""
    return tuple(str(name)[len(LEVEL) :] for name in reviews if str(name).startswith(LEVEL))


def numbers(reviews: pd.DataFrame, name: str) -> Numbers:
    """A column as numbers, shape (calls,); nan where a cell, or the column, is missing."""
    if name not in reviews:
        return np.full(len(reviews), np.nan)
    found: Numbers = reviews[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return found


def names(reviews: pd.DataFrame, name: str) -> tuple[Codes, list[str]]:
    """A column of names as places in the sorted list of them; -1 where a call doesn't say."""
    import pandas

    if name not in reviews:
        return np.full(len(reviews), -1, dtype=np.intp), []
    codes, found = pandas.factorize(reviews[name], sort=True)
    return codes.astype(np.intp), [str(one) for one in found]


def days(reviews: pd.DataFrame) -> NDArray[np.datetime64]:
    """The day of each call by its own clock, ``datetime64[D]``; not-a-time where it isn't known.

    Raises:
        ValueError, TypeError: the column holds something else than days or texts of days.
    """
    import pandas

    if "day" not in reviews:
        return np.full(len(reviews), np.datetime64("NaT", "D"))
    column = reviews["day"]
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_localize(None)
    elif not pandas.api.types.is_datetime64_dtype(column):
        column = pandas.to_datetime(column.astype("string"), format="ISO8601")
    found: NDArray[np.datetime64] = column.to_numpy(dtype="datetime64[D]")
    return found


def months(reviews: pd.DataFrame) -> tuple[Codes, list[str]]:
    """The month of each call as a place in a list such as ``["2026-09", "2026-10"]``; -1: none."""
    stamps = days(reviews).astype("datetime64[M]")
    known = ~np.isnat(stamps)
    found, inverse = np.unique(stamps[known], return_inverse=True)
    codes = np.full(len(stamps), -1, dtype=np.intp)
    codes[known] = inverse
    return codes, [str(month) for month in found]


def checked(reviews: pd.DataFrame) -> pd.DataFrame:
    """The frame itself, if figures can be made from it.

    Raises:
        FrameError: no column ``call``, a call twice, or a figure outside what it can be; all that
            is wrong at once.
    """
    if "call" not in reviews:
        raise FrameError(["no column call: each row names its call"])
    again = sorted({str(name) for name in reviews.columns[reviews.columns.duplicated()]})
    if again:
        raise FrameError([f"column {name} stands there twice" for name in again])
    wrong = []
    twice = reviews["call"][reviews["call"].duplicated()]
    if len(twice):
        wrong.append(f"column call: {twice.iloc[0]!r} stands there twice; each call has one row")
    if reviews["call"].isna().any():
        wrong.append("column call: a row names no call")
    limits = {
        **dict.fromkeys(TIMES, (0.0, np.inf)),
        **dict.fromkeys(TRUTHS, (0.0, 1.0)),
        "csat": (0.0, 10.0),
        "systems": (0.0, np.inf),
        "confidence": (0.0, 1.0),
        "overall": (0.0, 100.0),
        **{f"{LEVEL}{name}": (LEVELS[0], LEVELS[-1]) for name in behaviours_in(reviews)},
    }
    for name, (low, high) in limits.items():
        wrong += _outside(reviews, name, low, high)
    try:
        days(reviews)
    except (ValueError, TypeError):
        wrong.append("column day: a day is written as 2026-10-31, or is a date")
    if not wrong:
        handled = numbers(reviews, "handle_ms")
        more = int((numbers(reviews, "friction_ms") > handled).sum())
        if more > MOST_BEYOND * len(reviews):
            told = f"{more:,} of {len(reviews):,} rows"
            wrong.append(
                f"column friction_ms: more than handle_ms, of which it is a part, in {told}"
            )
    if wrong:
        raise FrameError(wrong)
    return reviews


def _outside(reviews: pd.DataFrame, name: str, low: float, high: float) -> Iterable[str]:
    try:
        values = numbers(reviews, name)
    except (TypeError, ValueError):
        yield f"column {name}: not numbers"
        return
    bad = np.flatnonzero((values < low) | (values > high) | np.isinf(values))
    if len(bad):
        said = "a number from 0 up" if high == np.inf else f"a number from {low:g} to {high:g}"
        yield f"column {name}: {values[bad[0]]:g} in row {bad[0]}; {said}"


def _floats(values: Iterable[Any]) -> Numbers:
    return np.array([np.nan if one is None else float(one) for one in values], dtype=np.float64)


def row_means(values: Numbers) -> Numbers:
    """The mean of what each row has, shape (rows,); nan where it has nothing.

    >>> row_means(np.array([[1.0, np.nan], [2.0, 4.0]])).tolist()
    [1.0, 3.0]
    """
    given = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: Numbers = np.where(given, values, 0.0).sum(axis=1) / given.sum(axis=1)
    return means


def known(value: float) -> float | None:
    """A figure as a frame takes it: ``None`` for nan.

    >>> known(np.float64(1.5)), known(np.nan)
    (1.5, None)
    """
    return None if np.isnan(value) else float(value)
