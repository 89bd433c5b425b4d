"""What must hold of a folder of results, whatever happened to the run that made it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from scripted_runs import script, write_call

from qa_review.base.errors import StoreError
from qa_review.keep.audit import breaks
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.rows import ReviewRow, TranscriptRow, WorkRow
from qa_review.keep.store import Reader

OWN = {"results.db", "results.db-wal", "results.db-shm", "run.json", "store.txt", "finished"}
"""files that tell when and where, not what"""


def run_order(place: Path, *, calls: int) -> dict[str, Any]:
    """A few short calls, a file that is none, and where the results of runs go."""
    folder = place / "calls"
    folder.mkdir()
    for number in range(calls):
        write_call(folder / f"call-{number}.wav", seconds=1.0 + number / 8)
    (folder / "none.wav").write_bytes(np.random.default_rng(7).bytes(500))
    (place / "out").mkdir()
    return {"calls": str(folder), "out": str(place / "out"), "store": "", "script": script(place)}


class Checks:
    """What must hold of every folder that was worked on since the last look."""

    def __init__(self, out: Path) -> None:
        self._out, self._done = out, set()

    def __call__(self, acknowledged: list[str]) -> list[str]:
        found = []
        for folder in sorted(self._out.iterdir()):
            if folder.name not in self._done:
                said = {a.split()[1] for a in acknowledged if a.startswith(f"{folder.name} ")}
                whole = (folder / "finished").exists()
                found += [f"{folder.name}: {one}" for one in self.wrong(folder, said, whole)]
                if whole:
                    self._done.add(folder.name)
        named = {a.split()[1] for a in acknowledged if a.startswith("run ")}
        return found + [f"run {one} was acknowledged and is lost" for one in named - self._done]

    def wrong(self, folder: Path, acknowledged: set[str], finished: bool) -> list[str]:
        """What is wrong with one folder; a finished one is held against ``0000``."""
        results = ResultsFolder(folder)
        if not results.has_store:
            return [f"{one} was acknowledged and is lost" for one in acknowledged]
        try:
            results.make()  # a store whose making was killed is made now
        except StoreError as error:
            return [f"there is half a store: {error}"]
        with results.store.reading() as reader:
            found = [*broken(reader), *breaks(reader)]
            shown = {r.call_id: r for r in reader.find(WorkRow, stage="shown")}
            pages = {call_id: r.result for call_id, r in shown.items() if r.state == "done"}
        found += [f"{one} was acknowledged and is lost" for one in acknowledged - {*pages}]
        for call_id, digest in pages.items():
            page = results.page(call_id)
            if not page.is_file():
                found.append(f"the page of {call_id} is lost")
            elif hashlib.sha256(page.read_bytes()).hexdigest() != digest:
                found.append(f"the page of {call_id} is another")
        if finished:
            found += differing(self._out / "0000", folder)
        return found


def broken(reader: Reader) -> list[str]:
    """Rows of the ledger without their result, results without a row, and what is there twice."""
    rows, found = reader.find(WorkRow, state="done"), []
    for key, times in Counter((r.call_id, r.stage, r.key) for r in rows).items():
        if times > 1:
            found.append(f"{key[:2]} is in the ledger twice")
    reviews, said = reader.find(ReviewRow), reader.find(TranscriptRow)
    scored = {(r.call_id, *json.loads(r.result)) for r in rows if r.stage == "scored"}
    if scored != {r.identity for r in reviews}:
        found.append("reviews and the ledger differ")
    heard = {(r.call_id, r.result) for r in rows if r.stage == "heard"}
    if heard != {r.identity for r in said}:
        found.append("transcripts and the ledger differ")
    for kept in (reviews, said):
        twice = [call for call, n in Counter(r.call_id for r in kept).items() if n > 1]
        found += [f"{call} was kept twice" for call in twice]
    return found


def differing(one: Path, other: Path) -> list[str]:
    """The files of a finished run that are not as in another."""
    mine, theirs = contents(one), contents(other)
    return [f"{name} differs" for name in mine.keys() | theirs.keys()
            if mine.get(name) != theirs.get(name)]  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in OWN and not path.name.startswith(".")
        and not (path.parent.name == "sound" and path.suffix == ".json")
    }  # fmt: skip
