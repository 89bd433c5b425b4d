"""What a run leaves for people and programs: tables and an index, made from the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from qa_review.base.plugs import plug
from qa_review.grade.rubric import Rubric
from qa_review.keep.folder import RUN, Failure, ResultsFolder, write_text
from qa_review.keep.ledger import review_of_row
from qa_review.keep.reviews import Review
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import Reader
from qa_review.run.inputs import Inputs
from qa_review.run.known import known_of
from qa_review.run.results import Batch, KeptReviews
from qa_review.run.work import Job, Plan

LISTED = 5_000
"""calls that the index lists: more than a person reads and less than a browser struggles with"""


class _Gathering:
    """Reviews on their way into the tables, and what is remembered of each."""

    def __init__(self, results: ResultsFolder, plan: Plan) -> None:
        self._results, self._plan = results, plan
        self._row = plug("part", "index_row")
        self.rows: list[Any] = []
        self.calls: list[tuple[str, int]] = []

    def lost(
        self, inputs: Inputs, failures: Sequence[Failure], reader: Reader
    ) -> Sequence[Failure]:
        """The failures of calls that aren't done all the same, by another run or a second try."""
        failed = {f.id for f in failures}
        jobs = [Job(call, place, self._plan) for call, place in inputs.calls if call.id in failed]
        done = {job.call.id for job in jobs if self._done(job, reader)}
        return [f for f in failures if f.id not in done]

    def reviews(self, inputs: Inputs, reader: Reader) -> Iterator[Review]:
        """The review of every call that is done as this run would do it, in order."""
        for call, place in inputs.calls:
            row = self._done(Job(call, place, self._plan), reader)
            if row is None:
                continue
            review = review_of_row(reader, row)
            self.calls.append((call.id, row.number))
            if len(self.rows) < LISTED:
                self.rows.append(self._row(review, self._page(call.id)))
            yield review

    def _done(self, job: Job, reader: Reader) -> WorkRow | None:
        known = known_of(job, reader)
        return known.rows["scored"] if known.has("heard", "scored", "shown") else None

    def _page(self, call_id: str) -> str:
        return "" if self._plan.audio == "none" else self._results.page(call_id).name


def gather(
    inputs: Inputs, plan: Plan, results: ResultsFolder, rubric: Rubric, failures: Sequence[Failure]
) -> Batch:
    """Write the tables and the index of all that is finished."""
    order = {call.id: number for number, (call, _) in enumerate(inputs.calls)}
    gathering = _Gathering(results, plan)
    with results.store.reading() as reader:
        lost = gathering.lost(inputs, failures, reader)
        for one in lost:
            results.remove(one.id)
        told = sorted((*inputs.failures, *lost), key=lambda f: (order.get(f.id, -1), f.detail))
        results.write_tables(gathering.reviews(inputs, reader), told)
    index = results.path / "index.html"
    more = len(gathering.calls) - len(gathering.rows)
    write_text(index, plug("part", "index")(gathering.rows, told, rubric, more=more))
    kept = KeptReviews(results.store, gathering.calls)
    return Batch(kept, tuple(told), ignored=inputs.ignored, index=index)


def write_summary(results: ResultsFolder, batch: Batch, elapsed_s: float) -> None:
    """Write ``run.json``: what the run did and what its stages cost."""
    told = {
        "calls": len(batch.reviews),
        "done": batch.done,
        "kept": batch.kept,
        "failed": len([lost for lost in batch.failures if lost.reason != "metadata"]),
        "sound_s": round(batch.sound_ms / 1000, 1),
        "elapsed_s": round(elapsed_s, 1),
        "stages": {
            name: {"calls": cost.calls, "cpu_s": round(cost.cpu_s, 2), "s": round(cost.s, 2)}
            for name, cost in batch.costs.items()
        },
    }
    write_text(results.path / RUN, json.dumps(told, indent=1) + "\n")
