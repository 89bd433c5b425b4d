"""``qa-review agreement``: how far raters agree, from a table of what each of them gave."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from qa_review.base.agreement import Agreement, every, needed
from qa_review.base.raters import Severity, severity
from qa_review.base.rating_table import RatingTable, read_rating_table
from qa_review.base.ratings import Ratings
from qa_review.base.records import to_json
from qa_review.run.commands import err, out

POOLED = "all criteria"
TOLD = 20
"""Problems that are printed; JSON has all."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one criterion, or of all pooled."""

    criterion: str
    units: int
    calls: int
    raters: tuple[str, ...]
    figures: dict[str, Agreement]
    severities: tuple[Severity, ...]


def options(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``agreement`` to the commands."""
    this = command.add_parser("agreement", help="how far raters agree, from a table of ratings")
    this.add_argument(
        "table", type=Path, metavar="FILE", help="CSV: unit, rater, value; criterion, call"
    )
    this.add_argument(
        "--levels",
        type=_levels,
        default=(),
        metavar="1,2,3,4,5",
        help="the scale's categories in order; without them values are totals",
    )
    this.add_argument(
        "--within", type=float, metavar="K", help="also the share of pairs at most K apart"
    )
    this.add_argument("--master", metavar="RATER", help="whose values the others are held against")
    this.add_argument(
        "--width", type=_width, metavar="W", help="tell how many more units give an interval of +-W"
    )
    this.add_argument("--seed", type=int, default=0, help="of the resamples (%(default)s)")
    this.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    this.set_defaults(run=agreement)


def agreement(given: argparse.Namespace) -> int:
    """Every figure for all criteria pooled and for each, and how severe each rater is."""
    table = read_rating_table(given.table, levels=given.levels)
    parts = _parts(table, given)
    if given.json:
        print_json(table, parts, given.width)
        return 0
    for problem in table.problems[:TOLD]:
        err.print(Text(f"{given.table.name}: {problem}", style="yellow"))
    if len(table.problems) > TOLD:
        err.print(Text(f"{given.table.name}: {len(table.problems) - TOLD} more", style="yellow"))
    for part in parts:
        title = f"{part.criterion}: {part.units} units, {part.calls} calls, "
        out.print(Text(title + f"{len(part.raters)} raters", style="bold"))
        out.print(_figure_table(part, given.width))
        out.print(_severity_table(part, given.width))
        out.print()
    out.print("Intervals are 95 %, by call. In parentheses: not enough data to go by.")
    return 0


def print_json(table: RatingTable, parts: list[Part], width: float | None) -> None:
    """One JSON object with every figure, unrounded."""
    found = [
        {
            "criterion": part.criterion,
            "units": part.units,
            "calls": part.calls,
            "raters": list(part.raters),
            "figures": {name: _figure_json(one, width) for name, one in part.figures.items()},
            "severity": [
                to_json(one) | {"mean": _figure_json(one.mean, width)} for one in part.severities
            ],
        }
        for part in parts
    ]
    told = {"rows": len(table.rows), "problems": list(table.problems), "parts": found}
    out.print(json.dumps(told, ensure_ascii=False), soft_wrap=True, markup=False, emoji=False)


def _parts(table: RatingTable, given: argparse.Namespace) -> list[Part]:
    raters = {row.rater for row in table.rows}
    if given.master is not None and given.master not in raters:
        raise ValueError(f"no rater is called {given.master!r}; there is {_listed(raters)}")
    names = table.criteria
    parts = [_part(names[0] or POOLED, table.ratings(), given)] if len(names) == 1 else []
    if len(names) > 1:
        parts = [_part(POOLED, table.ratings(), given)]
        parts += [_part(name, table.ratings(name), given) for name in names]
    return parts


def _part(name: str, ratings: Ratings, given: argparse.Namespace) -> Part:
    points = () if given.within is None else (given.within,)
    others = ratings
    severities: tuple[Severity, ...] = ()
    if given.master in ratings.raters:
        master = ratings.of_rater(given.master)
        held = ratings.without(given.master)
        severities = severity(held, master=master, seed=given.seed)
        others = held if len(held.raters) > 1 else ratings
    if given.master not in others.raters:
        severities += severity(others, seed=given.seed)
    found = every(others, seed=given.seed, points=points)
    calls = len(set(ratings.call_numbers().tolist()))
    return Part(name, len(ratings.units), calls, others.raters, found, severities)


def _figure_table(part: Part, width: float | None) -> Table:
    table = _table("agreement", "value", "95 % interval", "n", "calls", "")
    for name, one in part.figures.items():
        value, ends = _shown(one)
        table.add_row(name, value, ends, str(one.n), str(one.calls or 0), _note(one, width))
    return table


def _severity_table(part: Part, width: float | None) -> Table:
    table = _table("rater", "against", "severity", "95 % interval", "spread", "same", "N/A",
                   "n", "calls", "")  # fmt: skip
    for one in part.severities:
        value, ends = _shown(one.mean, "+.2f")
        cells = (one.rater, one.against, value, ends, _number(one.spread),
                 _share(one.mean.observed), _share(one.absent_share), str(one.mean.n),
                 str(one.calls), _note(one.mean, width))  # fmt: skip
        table.add_row(*map(Text, cells))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        words = column in ("agreement", "rater", "against", "")
        table.add_column(column, justify="left" if words else "right")
    return table


def _shown(one: Agreement, form: str = ".2f") -> tuple[str, str]:
    """A figure and its interval; in parentheses when there is not enough data for it."""
    if one.value is None:
        return "undefined", ""
    value = f"{one.value:{form}}"
    ends = "" if one.interval is None else f"[{one.interval[0]:.2f}, {one.interval[1]:.2f}]"
    return f"({value})" if one.lacking else value, ends


def _note(one: Agreement, width: float | None) -> str:
    """Why a figure is undefined, or what it lacks."""
    if one.why_none:
        return one.why_none
    more = None if width is None else needed(one, width)
    notes = []
    if one.lacking:
        notes.append(f"not enough data: {one.lacking} more calls")
    if more:
        notes.append(f"{more} more units for +-{width:g}")
    return ", ".join(notes)


def _figure_json(one: Agreement, width: float | None) -> dict[str, Any]:
    more = {} if width is None else {"needed": needed(one, width)}
    return {**to_json(one), "enough": one.value is not None and not one.lacking, **more}


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)[:TOLD])


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(part) for part in text.split(","))
        Ratings.of((), scale=levels)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"numbers with commas between them: {error}") from None
    return levels


def _width(text: str) -> float:
    try:
        width = float(text)
    except ValueError:
        width = 0.0
    if not 0 < width < float("inf"):
        raise argparse.ArgumentTypeError(f"a number above 0, not {text!r}")
    return width
