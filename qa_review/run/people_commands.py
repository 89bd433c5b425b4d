"""The commands that take the levels people gave: ``fit`` and ``trust``."""

from __future__ import annotations

import argparse

from rich.table import Table
from rich.text import Text

from qa_review.base.agreement import Agreement
from qa_review.base.plugs import plug
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load
from qa_review.keep.folder import write_text
from qa_review.run import api
from qa_review.run.commands import err, out, progress
from qa_review.run.masters import Masters, store_masters
from qa_review.run.stores import existing_store


def fit(given: argparse.Namespace) -> int:
    """A scorer fitted to master scores, and what that changed."""
    masters = _masters(given, blind=False)
    with err.status("fitting"):
        team = api.fit(masters.reviews, rubric=given.rubric, scorer=given.scorer)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("behaviour", "calls", "kappa before", "kappa after", "mean score moves"):
        table.add_column(column, justify="left" if column == "behaviour" else "right")
    for one in team.fits:
        moved = one.left or f"{one.shift:+.2f}"
        table.add_row(
            one.behaviour.replace("_", " "),
            str(one.calls),
            _figure(one.before),
            _figure(one.after),
            moved,
        )
    out.print(table)
    out.print("Kappa before and after on calls that the fit had not seen, with 95 % intervals.")
    team.save(given.out)
    out.print(Text(f"score with: --scorer learned:{given.out}"), soft_wrap=True)
    return 0


def trust(given: argparse.Namespace) -> int:
    """A trust card, as JSON and as a page."""
    masters = _masters(given, blind=True)
    with progress("scoring") as (bar, task):
        card = api.trust(
            masters.reviews,
            calls=given.name or (given.table.stem if given.table else "the calibration sessions"),
            machine=given.machine,
            told=lambda done: bar.update(task, completed=done, total=len(masters.reviews)),
            rubric=given.rubric,
            scorer=given.scorer,
        )
    rubric = load(rubric_path(given.rubric))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("behaviour", "n", "kappa", "exact", "within 1", "repeats", "flips", "machine"):
        table.add_column(column, justify="left" if column == "behaviour" else "right")
    for one in card.behaviours:
        flips = max(one.flips.values(), default=0.0)
        table.add_row(
            one.behaviour.replace("_", " ") + ("?" if card.unproven(one.behaviour, rubric) else ""),
            str(one.kappa.n),
            _figure(one.kappa),
            _figure(one.exact),
            _figure(one.within_one),
            f"{one.repeats:.0%}",
            f"{flips:.0%}",
            "-" if one.machine is None else f"{one.machine:.2f}",
        )
    out.print(table)
    for one in card.behaviours:
        if why := card.unproven(one.behaviour, rubric):
            out.print(Text(f"  ? {one.behaviour.replace('_', ' ')} is unproven: {why}"))
    given.out.mkdir(parents=True, exist_ok=True)
    card.save(given.out / "trust.json")
    write_text(given.out / "trust.html", plug("part", "trust_page")(card, rubric))
    out.print(Text(f"go by it with: --trust {given.out / 'trust.json'}"), soft_wrap=True)
    out.print(Text(f"open:          {(given.out / 'trust.html').resolve()}"), soft_wrap=True)
    return 0


def _masters(given: argparse.Namespace, *, blind: bool) -> Masters:
    if (given.table is None) == (given.store is None):
        raise ValueError("give a table of master scores with --calls, or --store")
    if given.store is not None:
        rubric = load(rubric_path(given.rubric))
        return Masters(store_masters(existing_store(given.store), rubric, blind=blind))
    if given.calls is None:
        raise ValueError("say with --calls what was said on the calls of the table")
    masters = api.read_masters(given.calls, given.table, rubric=given.rubric)
    for problem in masters.problems[:20]:
        err.print(Text(f"{given.table.name}: {problem}", style="yellow"))
    return masters


def _figure(figure: Agreement) -> str:
    if figure.value is None:
        return "undefined"
    low, high = figure.interval or (None, None)
    return f"{figure.value:.2f}" + ("" if low is None else f" [{low:.2f}, {high:.2f}]")
