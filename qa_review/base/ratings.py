"""Who rated what: the table that every figure of agreement starts from.

Takes rows of unit, rater and value; makes a :class:`Ratings`.

Conventions
-----------
- A unit is what is rated once by each rater: a criterion of a call, or a call's total.
- Units that belong to one call are drawn together when an interval is made.
- A value that a rater could not give (N/A) is kept apart from one that was never asked for.
- Categories are the rubric's, in its order, never those that happened to occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Marks = NDArray[np.bool_]

MOST_CATEGORIES = 25
"""Longer scales are numbers, not categories: leave ``scale`` out."""


def _none_absent() -> Marks:
    return np.zeros((0, 0), dtype=bool)


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Who rated what: units (rows) x raters (columns).

    Raises:
        ValueError: shapes, names, values or the scale don't fit; says what is allowed.
    """

    units: tuple[str, ...]
    raters: tuple[str, ...]
    values: Array
    """shape (units, raters); nan where no value was given"""
    scale: tuple[float, ...] = ()
    """the rubric's categories in order; () for totals without categories"""
    calls: tuple[str, ...] = ()
    """the call that each unit belongs to; () when each unit is a call of its own"""
    absent: Marks = field(default_factory=_none_absent)
    """shape (units, raters): the rater was asked and said N/A"""

    def __post_init__(self) -> None:
        shape = (len(self.units), len(self.raters))
        values = np.array(self.values, dtype=np.float64)
        absent = np.array(self.absent, dtype=bool)
        if absent.shape == (0, 0):
            absent = np.zeros(shape, dtype=bool)
        _check_shapes(self, values, absent)
        _check_scale(self.scale)
        given = ~np.isnan(values)
        fits = np.isin(values, self.scale) if self.scale else np.isfinite(values)
        for unit, rater in np.argwhere(given & ~fits)[:1]:
            raise ValueError(
                f"{self.raters[rater]} gave {self.units[unit]} {values[unit, rater]:g}; "
                f"{allowed(self.scale)}"
            )
        if (given & absent).any():
            raise ValueError("a rater either gives a value or says N/A, not both")
        values.flags.writeable = absent.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "absent", absent)

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, float | None]],
        scale: Sequence[float] = (),
        calls: Mapping[str, str] | None = None,
    ) -> Ratings:
        """Ratings from rows of unit, rater and value; ``None`` is N/A.

        Units and raters keep the order in which they first come.

        Args:
            scale: the categories in order; ``()`` for totals.
            calls: the call of every unit; ``None`` or empty when each unit is a call of its own.

        Raises:
            ValueError: a value off the scale, the same unit and rater twice, a unit without call.

        >>> Ratings.of([("call 1", "Ann", 3), ("call 1", "Bob", None)], scale=(1, 2, 3)).values
        array([[ 3., nan]])
        """
        units: dict[str, int] = {}
        raters: dict[str, int] = {}
        cells: dict[tuple[int, int], float | None] = {}
        for unit, rater, value in rows:
            at = units.setdefault(unit, len(units)), raters.setdefault(rater, len(raters))
            if at in cells:
                raise ValueError(f"{rater} rated {unit} twice; one value a unit and rater")
            if value is not None and not (value in scale if scale else isfinite(value)):
                raise ValueError(f"{rater} gave {unit} {value!r}; {allowed(scale)}")
            cells[at] = value
        if calls:
            for unit in units:
                if unit not in calls:
                    raise ValueError(f"{unit} has no call; name the call of every unit or of none")
        values = np.full((len(units), len(raters)), np.nan)
        absent = np.zeros(values.shape, dtype=bool)
        for at, value in cells.items():
            absent[at] = value is None
            values[at] = np.nan if value is None else value
        named = tuple(calls[unit] for unit in units) if calls else ()
        return cls(tuple(units), tuple(raters), values, tuple(scale), named, absent)

    @property
    def given(self) -> Marks:
        """shape (units, raters): the rater gave a value."""
        given: Marks = ~np.isnan(self.values)
        return given

    @property
    def asked(self) -> Marks:
        """shape (units, raters): the rater gave a value or said N/A."""
        return self.given | self.absent

    @property
    def rated(self) -> Marks:
        """shape (units,): somebody gave a value."""
        rated: Marks = np.asarray(self.given.any(axis=1))
        return rated

    def places(self) -> Places:
        """The place of each value on the scale, from 0, -1 where none was given.

        Shape (units, raters).
        """
        order = np.argsort(self.scale)
        found = np.searchsorted(np.array(self.scale)[order], np.where(self.given, self.values, 0))
        places: Places = order[np.minimum(found, len(self.scale) - 1)].astype(np.int64)
        return np.where(self.given, places, -1)

    def call_numbers(self) -> Places:
        """The number of each unit's call, from 0 in order of first appearance; shape (units,)."""
        if not self.calls:
            return np.arange(len(self.units), dtype=np.int64)
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(c, len(numbers)) for c in self.calls], dtype=np.int64)

    def of_rater(self, rater: str) -> dict[str, float]:
        """What one rater gave, by unit; units without a value are left out."""
        column = self.values[:, self.raters.index(rater)]
        return {u: float(v) for u, v in zip(self.units, column, strict=True) if not np.isnan(v)}

    def without(self, rater: str) -> Ratings:
        """The ratings of all others."""
        return self.columns([n for n, name in enumerate(self.raters) if name != rater])

    def columns(self, raters: Sequence[int]) -> Ratings:
        """The ratings of some raters, by their number."""
        names = tuple(self.raters[n] for n in raters)
        picked = list(raters)
        return Ratings(
            self.units,
            names,
            self.values[:, picked],
            self.scale,
            self.calls,
            self.absent[:, picked],
        )

    def rows(self, units: Marks | Places) -> Ratings:
        """The ratings of some units: a mark a unit, or their numbers."""
        picked = np.arange(len(self.units))[units]
        calls = tuple(self.calls[n] for n in picked) if self.calls else ()
        names = tuple(self.units[n] for n in picked)
        return Ratings(
            names, self.raters, self.values[picked], self.scale, calls, self.absent[picked]
        )

    def whether_given(self) -> Ratings:
        """The same units rated 1 for a value and 0 for N/A: agreement about these is about N/A."""
        values = np.where(self.asked, self.given.astype(float), np.nan)
        return Ratings(self.units, self.raters, values, (0.0, 1.0), self.calls)


def _check_shapes(ratings: Ratings, values: Array, absent: Marks) -> None:
    shape = (len(ratings.units), len(ratings.raters))
    for name, found in (("values", values.shape), ("absent", absent.shape)):
        if found != shape:
            raise ValueError(f"{name} has shape {found}; units x raters is {shape}")
    for what, names in (("unit", ratings.units), ("rater", ratings.raters)):
        if len(set(names)) != len(names):
            raise ValueError(f"a {what} is named twice; names of {what}s differ")
    if ratings.calls and len(ratings.calls) != shape[0]:
        raise ValueError(f"{len(ratings.calls)} calls for {shape[0]} units; one a unit, or none")


def _check_scale(scale: tuple[float, ...]) -> None:
    if len(scale) > MOST_CATEGORIES:
        raise ValueError(
            f"a scale has at most {MOST_CATEGORIES} categories, not {len(scale)}; "
            f"leave it out for totals"
        )
    if len(set(scale)) != len(scale) or not all(map(isfinite, scale)):
        raise ValueError(f"the categories of a scale are different finite numbers, not {scale}")


def allowed(scale: Sequence[float], nothing: str = "None") -> str:
    """What a value may be, in words."""
    if not scale:
        return f"a value is a finite number or {nothing}"
    return f"a value is one of {', '.join(f'{category:g}' for category in scale)} or {nothing}"
