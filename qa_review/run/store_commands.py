"""``qa-review store``: what a store holds, filling it, taking it elsewhere, who may see what."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from rich.text import Text

from qa_review.base.errors import QAReviewError, UnknownName
from qa_review.base.plugs import plug
from qa_review.keep.audit import breaks
from qa_review.keep.calls import rubric_text, versions
from qa_review.keep.folder import ResultsFolder, write_text
from qa_review.keep.revisions import save_automatic
from qa_review.keep.rows import KINDS, AuditRow, RubricRow
from qa_review.keep.store import Store, open_store
from qa_review.keep.transfer import export_store, import_store
from qa_review.run.commands import err, out
from qa_review.run.masters import read_said
from qa_review.run.session_options import Commands, store_option
from qa_review.run.stores import existing_store


def options(command: Commands[argparse.ArgumentParser]) -> None:
    """Add ``store`` and what it does."""
    top = command.add_parser("store", help="what is kept: fill it, check it, export it")
    what = top.add_subparsers(metavar="WHAT", required=True)
    status = what.add_parser("status", help="how many rows it has; whether its trail is whole")
    status.set_defaults(run=show)
    take = what.add_parser("take", help="take in a folder of results: calls and scorer's reviews")
    take.add_argument("folder", type=Path, metavar="FOLDER")
    take.set_defaults(run=take_in)
    export = what.add_parser("export", help="everything as Parquet or CSV")
    export.add_argument("folder", type=Path, metavar="FOLDER")
    export.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    export.set_defaults(run=export_all)
    imported = what.add_parser("import", help="an export into an empty store")
    imported.add_argument("folder", type=Path, metavar="FOLDER")
    imported.set_defaults(run=import_all)
    roles = what.add_parser("roles", help="PostgreSQL: turn row-level security on, make roles")
    roles.add_argument("--rater", action="append", default=[], metavar="NAME")
    roles.add_argument("--lead", action="append", default=[], metavar="NAME")
    roles.set_defaults(run=make_roles)
    rubric = what.add_parser("rubric", help="a version of a rubric that is kept, as its file")
    rubric.add_argument("name", metavar="ID.vVERSION", help="such as behaviours.v2")
    rubric.add_argument("--out", type=Path, help="default: print it")
    rubric.set_defaults(run=show_rubric)
    trail = what.add_parser("trail", help="the audit trail: who did what, when")
    trail.set_defaults(run=show_trail)
    for this in (status, take, export, imported, roles, rubric, trail):
        store_option(this)


def show(given: argparse.Namespace) -> int:
    """How many rows of each kind, and whether the audit trail is whole."""
    store = existing_store(given.store)
    out.print(Text(store.name))
    with store.reading() as reader:
        for kind in KINDS:
            out.print(f"  {kind.TABLE:14} {len(reader.find(kind)):>8,}")
        found = breaks(reader)
    for problem in found:
        err.print(Text(f"audit trail: {problem}", style="red"))
    if not found:
        out.print("the audit trail is whole")
    return 1 if found else 0


def take_in(given: argparse.Namespace) -> int:
    """Calls, transcripts and the scorer's reviews of a folder of results."""
    store = open_store(given.store)
    results = ResultsFolder(given.folder)
    said, problems = read_said(given.folder)
    taken = sum(_take(store, results, call_id, problems) for call_id in said)
    for problem in problems[:20]:
        err.print(Text(problem, style="yellow"))
    out.print(Text(f"{taken} calls are in {store.name}"))
    return 1 if problems else 0


def _take(store: Store, results: ResultsFolder, call_id: str, problems: list[str]) -> bool:
    record = results.read(call_id)
    if record is None:
        problems.append(f"{call_id}: there is no record of its review in {results.path}")
        return False
    try:
        with store.writing() as unit:
            save_automatic(unit, record.review)
    except QAReviewError as error:
        problems.append(str(error))
        return False
    return True


def export_all(given: argparse.Namespace) -> int:
    """Every row that this user may see."""
    kind: Literal["parquet", "csv"] = "csv" if given.format == "csv" else "parquet"
    counts = export_store(existing_store(given.store), given.folder, kind=kind)
    out.print(Text(f"{sum(counts.values()):,} rows of {len(counts)} tables in {given.folder}"))
    return 0


def import_all(given: argparse.Namespace) -> int:
    """An export into an empty store."""
    counts = import_store(open_store(given.store), given.folder)
    out.print(Text(f"{sum(counts.values()):,} rows of {len(counts)} tables from {given.folder}"))
    return 0


def make_roles(given: argparse.Namespace) -> int:
    """Row-level security on, and the rights of raters and leads."""
    if not given.store.startswith("postgresql:"):
        raise QAReviewError("roles are PostgreSQL's: --store postgresql://OWNER@HOST/DATABASE")
    store = open_store(given.store)
    for line in plug("part", "grant_roles")(store, raters=given.rater, leads=given.lead):
        out.print(Text(line))
    out.print("New roles have no password: set one in psql with \\password NAME.")
    return 0


def show_rubric(given: argparse.Namespace) -> int:
    """A version of a rubric, as its file was."""
    rubric_id, _, version = given.name.rpartition(".v")
    with existing_store(given.store).reading() as reader:
        kept = [one for one in versions(reader, rubric_id) if one.version == version]
        if not kept:
            rows = reader.find(RubricRow)
            raise UnknownName("rubric", given.name, (f"{r.rubric_id}.v{r.version}" for r in rows))
        text = rubric_text(reader, kept[0])
    if given.out:
        write_text(given.out, text)
        out.print(Text(f"written to {given.out}"))
    else:
        out.print(Text(text), soft_wrap=True)
    return 0


def show_trail(given: argparse.Namespace) -> int:
    """The audit trail, a line a deed."""
    with existing_store(given.store).reading() as reader:
        for row in reader.find(AuditRow):
            out.print(Text(f"{row.number:6} {row.at[:19]} {row.by}: {row.what} {row.subject} "
                           f"{row.detail}"), soft_wrap=True)  # fmt: skip
        found = breaks(reader)
    for problem in found:
        err.print(Text(problem, style="red"))
    return 1 if found else 0
