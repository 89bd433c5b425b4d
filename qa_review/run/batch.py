"""A folder of calls: what is missing is done, what is done stays, nothing is lost.

Calls run in workers; each writes its own results when it is finished, so an interrupted run keeps
them, and the next run does only what is missing or changed. The tables are written at the end of
every run, the interrupted one too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.base.plugs import plug
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import Rubric, load
from qa_review.keep.folder import Failure, ResultsFolder, write_text
from qa_review.run.engine import Engine
from qa_review.run.inputs import Inputs, find_calls
from qa_review.run.pipeline import heard_with, scored_with
from qa_review.run.results import Batch, Step
from qa_review.run.settings import Audio, Settings
from qa_review.run.work import Job, Keys, do, failure, keys, needed


def run_folder(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    engine: Engine,
    metadata: Path | None = None,
    audio: Audio = "embed",
    again: bool = False,
    told: Callable[[Step], None] = lambda step: None,
) -> Batch:
    """Review every call in ``paths`` and write the folder of results.

    Args:
        again: do every call again, whatever is there.
        told: called after each call, for progress.

    Raises:
        WeightsNotFound, RubricError, MetadataError, QAReviewError: before any call is begun.
    """
    rubric = load(rubric_path(settings.rubric))
    with_what, by_what = heard_with(settings), scored_with(settings, rubric)
    refuse_inside(out, paths, metadata)
    inputs = find_calls(paths, metadata=metadata)
    results = ResultsFolder(out)
    results.make()
    make = partial(
        Job,
        folder=out,
        settings=settings,
        heard_with=with_what,
        scored_with=by_what,
        audio=audio,
        again=again,
    )
    jobs, failures = _jobs(inputs, make)
    todo = [job for job in jobs if again or needed(job)]
    try:
        failures += _work(todo, engine, told)
    finally:
        batch = _gather(inputs, jobs, failures, results, rubric, len(todo))
    return batch


def refuse_inside(out: Path, paths: Sequence[Path], metadata: Path | None) -> None:
    """Raise when results would lie among the recordings: they'd overwrite ``calls.csv``."""
    inputs = [path if path.is_dir() else path.parent for path in paths]
    inputs += [metadata.parent] if metadata else []
    if out.resolve() in {path.resolve() for path in inputs}:
        raise QAReviewError(f"--out {out} is a folder of recordings; give the results their own")


def _jobs(inputs: Inputs, make: Callable[..., Job]) -> tuple[list[Job], list[Failure]]:
    jobs: list[Job] = []
    failures: list[Failure] = []
    for call, path in inputs.calls:
        job = make(call=call, path=path, keys=Keys("", "", ""))
        try:
            made = keys(call, path, job.settings, job.heard_with, job.scored_with, job.audio)
        except (OSError, ValueError) as error:
            failures.append(failure(call, path, error))
            continue
        jobs.append(replace(job, keys=made))
    return jobs, failures


def _work(todo: Sequence[Job], engine: Engine, told: Callable[[Step], None]) -> list[Failure]:
    failures: list[Failure] = []
    for number, outcome in enumerate(engine.run(do, todo), 1):
        job, lost = outcome.item, None
        if outcome.error is not None:
            lost = failure(job.call, job.path, outcome.error)
            failures.append(lost)
        told(Step(number, len(todo), job.call, lost))
    return failures


def _gather(
    inputs: Inputs,
    jobs: Sequence[Job],
    failures: Sequence[Failure],
    results: ResultsFolder,
    rubric: Rubric,
    done: int,
) -> Batch:
    """Write the tables and the index of all that is finished."""
    lost = {f.id for f in failures}
    for call_id in lost:
        results.remove(call_id)
    reviews = []
    for job in jobs:
        record = results.read(job.call.id)
        if record and record.shown == job.keys.shown and job.call.id not in lost:
            reviews.append(record.review)
    order = {call.id: number for number, (call, _) in enumerate(inputs.calls)}
    told = sorted((*inputs.failures, *failures), key=lambda f: (order.get(f.id, -1), f.detail))
    results.write_tables(reviews, told)
    index = results.path / "index.html"
    pages = [results.page(review.call.id).name for review in reviews]
    write_text(index, plug("part", "index")(reviews, pages, told, rubric))
    kept = len(jobs) - done
    return Batch(tuple(reviews), tuple(told), done, kept, inputs.ignored, index)
