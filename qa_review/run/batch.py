"""A folder of calls: what is missing is done, what is done stays, nothing is lost.

Workers hear and score calls; this process keeps what they give back, each stage with its row of
the ledger in one transaction. So an interrupted run keeps every finished stage, and the next does
only what is missing or was made from something else. The tables are written at the end of every
run, the interrupted one too.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

from qa_review.base.errors import NotAllowed, QAReviewError
from qa_review.base.resources import rubric_path
from qa_review.capture.places import is_url
from qa_review.grade.rubric import Rubric, load
from qa_review.keep.calls import call_of, keep_call, transcript_of
from qa_review.keep.folder import POINTER, RUN, STORE, Failure, ResultsFolder
from qa_review.keep.ledger import (
    Entry,
    Stage,
    keep,
    keep_failed,
    keep_heard,
    keep_scored,
    keep_stamp,
    newest,
)
from qa_review.keep.out import make_folder, refuse_tables
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import Unit
from qa_review.run.costs import Cost, StageCost
from qa_review.run.dialogues import holds_scores
from qa_review.run.engine import Engine, Outcome, ended
from qa_review.run.gather import gather, write_summary
from qa_review.run.inputs import Inputs, find_calls
from qa_review.run.known import entry_of
from qa_review.run.patience import patiently, persevere
from qa_review.run.pipeline import heard_with, scored_with
from qa_review.run.progress import Meter, Standing
from qa_review.run.results import Batch
from qa_review.run.settings import Audio, Settings
from qa_review.run.todo import Todo, todo_of
from qa_review.run.work import (
    HEAR,
    SCORE,
    SCORE_BESIDE,
    Changed,
    Heard,
    Job,
    Plan,
    Scored,
    failure,
)

OURS = (STORE, POINTER, RUN, "index.html", "records")
"""what a run leaves in its folder; one of these was there in every version"""
TOUCHED_AT_ONCE = 500
"""rows that one transaction takes"""


def run_folder(
    paths: Sequence[str | Path],
    out: Path,
    settings: Settings,
    *,
    engine: Engine,
    metadata: Path | None = None,
    audio: Audio = "embed",
    again: bool = False,
    store: str = "",
    told: Callable[[Standing], None] = lambda standing: None,
) -> Batch:
    """Review every call in ``paths`` and write the folder of results.

    Args:
        again: do every call again, whatever is there.
        store: keep the results in this store, not in one of the folder's own.
        told: called after each call, for progress.

    Raises:
        WeightsNotFound, RubricError, MetadataError, QAReviewError: before any call is begun.
        Changed: the rubric, the scorer or its card changed meanwhile; what was kept stays.
        StoreError: the store can't be written any more; what was kept stays.
    """
    rubric = load(rubric_path(settings.rubric))
    plan = Plan(out, settings, heard_with(settings), scored_with(settings, rubric), audio)
    refuse_inside(out, paths, metadata)
    refuse_others(out)
    inputs = find_calls(paths, metadata=metadata, results=out)
    make_folder(out)
    results = ResultsFolder(out)
    results.make(store)
    begun_s = monotonic()
    run = _Run(plan, rubric, results, engine, again)
    try:
        run.all(inputs, told)
    finally:
        made = persevere(lambda: gather(inputs, plan, results, rubric, run.failures))
        batch = replace(made, done=run.done, kept=run.kept, sound_ms=run.sound_ms, costs=run.costs)
        write_summary(results, batch, monotonic() - begun_s)
    return batch


def refuse_inside(out: Path, paths: Sequence[str | Path], metadata: Path | None) -> None:
    """Raise when results would lie among the recordings: they'd overwrite ``calls.csv``."""
    local = [Path(path) for path in paths if not is_url(str(path))]
    inputs = [path if path.is_dir() else path.parent for path in local]
    inputs += [metadata.parent] if metadata else []
    if out.resolve() in {path.resolve() for path in inputs}:
        raise QAReviewError(f"--out {out} is a folder of recordings; give the results their own")


def refuse_others(out: Path) -> None:
    """Raise when a folder holds results that no run over recordings wrote: they'd be lost."""
    if holds_scores(out):
        raise QAReviewError(
            f"--out {out} holds scores of written dialogues; give these results their own folder"
        )
    if not any((out / name).exists() for name in OURS):
        refuse_tables(out)


def _keep_stamps(touched: Sequence[tuple[WorkRow, str]], unit: Unit) -> None:
    for heard, stamp in touched:
        keep_stamp(unit, heard, stamp)


class _Run:
    """One run over a folder: what it has to do, and what has come of it so far."""

    def __init__(
        self, plan: Plan, rubric: Rubric, results: ResultsFolder, engine: Engine, again: bool
    ) -> None:
        self._plan, self._results, self._engine, self._again = plan, results, engine, again
        self._store = results.store
        self._rubric = f"{rubric.id}.v{rubric.version} {rubric.digest}"
        self.failures: list[Failure] = []
        self.costs = {name: StageCost() for name in ("hear", "score", "page")}
        self.done = self.kept = self.sound_ms = 0

    def all(self, inputs: Inputs, told: Callable[[Standing], None]) -> None:
        """Do what there is to do."""
        todo = persevere(lambda: self._todo(inputs))
        self.failures += todo.refused
        for start in range(0, len(todo.touched), TOUCHED_AT_ONCE):
            some = todo.touched[start : start + TOUCHED_AT_ONCE]
            patiently(self._store, partial(_keep_stamps, some))
        jobs = todo.jobs
        self.kept = len(inputs.calls) - len(jobs) - len(todo.refused)
        if not jobs:
            return
        weight = sum(job.place.bytes for job in jobs) if all(j.place.bytes for j in jobs) else 0
        meter = Meter(len(jobs), weight=weight, kept=self.kept)

        def tell(job: Job, lost: Failure | None, sound_ms: int = 0) -> None:
            self.sound_ms += sound_ms
            self.done += lost is None
            problem = lost.detail if lost else ""
            told(meter.finished(job.call.id, weight=job.place.bytes, sound_ms=sound_ms,
                                problem=problem))  # fmt: skip

        with (
            closing(self._words(todo, tell)) as words,
            ended(self._engine.run(SCORE_BESIDE if todo.hear else SCORE, words)) as done,
        ):
            for outcome in done:
                job = outcome.item.job
                lost = self._scored(outcome)
                recording = outcome.item.recording
                tell(job, lost, recording.duration_ms if recording and not lost else 0)

    def _todo(self, inputs: Inputs) -> Todo:
        with self._store.reading() as reader:
            return todo_of(inputs, self._plan, self._results, reader, again=self._again)

    def _words(
        self, todo: Todo, tell: Callable[[Job, Failure | None], None]
    ) -> Generator[Heard, None, None]:
        """The words of every call, as they are heard, and then those that are known."""
        with ended(self._engine.run(HEAR, todo.hear)) as outcomes:
            for outcome in outcomes:
                lost = self._heard(outcome)
                if outcome.result is None or lost:
                    tell(outcome.item, lost)
                else:
                    yield outcome.result
        for job in todo.score:
            yield persevere(partial(self._known, job))

    def _known(self, job: Job) -> Heard:
        with self._store.reading() as reader:
            said = newest(reader, job.call.id)["heard"].result
            _, recording = call_of(reader, job.call.id)
            return Heard(job, transcript_of(reader, job.call.id, said), recording)

    def _heard(self, outcome: Outcome[Job, Heard]) -> Failure | None:
        """Keep what was heard; why it couldn't be."""
        job, heard = outcome.item, outcome.result
        if heard is None or heard.recording is None:
            return self._lost(job, "heard", outcome.error)
        recording, said = heard.recording, heard.transcript
        entry = entry_of(job, "heard", recording.sha256, weights=str(said.made_by))

        def deed(unit: Unit) -> None:
            keep_heard(unit, entry, job.call, said, recording, again=self._again)

        patiently(self._store, deed)
        self._cost("hear", heard.cost)
        return None

    def _scored(self, outcome: Outcome[Heard, Scored]) -> Failure | None:
        """Keep a review, and that its page is there; why it couldn't be."""
        heard, made = outcome.item, outcome.result
        job = heard.job
        if isinstance(outcome.error, Changed):
            raise outcome.error
        if made is None:
            return self._lost(job, "scored", outcome.error)
        sound = heard.recording.sha256 if heard.recording else ""
        by = str(made.review.by)
        scored = entry_of(job, "scored", sound, rubric=self._rubric, weights=by)
        shown = entry_of(job, "shown", sound, rubric=self._rubric)

        def deed(unit: Unit) -> None:
            keep_call(unit, job.call, made.review.recording)  # what is known of it may be new
            keep_scored(unit, scored, made.review, again=self._again)
            keep(unit, shown, lambda: made.page, again=True)

        try:
            patiently(self._store, deed)
        except NotAllowed as error:
            return self._lost(job, "scored", error)
        if not made.page:  # one of an earlier run would tell of other scores
            self._results.page(job.call.id).unlink(missing_ok=True)
        self._cost("score", made.cost)
        if made.page:
            self._cost("page", made.page_cost)
        return None

    def _lost(self, job: Job, stage: Stage, error: BaseException | None) -> Failure:
        """Count a call as failed, and keep why."""
        lost = failure(job.call, job.place, error or QAReviewError("it gave no result"))
        self.failures.append(lost)
        if job.place.away:  # a drive that comes back finds what was done
            return lost
        entry = Entry(job.call.id, stage, "", stamp=job.place.stamp)
        why = f"{lost.reason}: {lost.detail}"
        patiently(self._store, lambda unit: keep_failed(unit, entry, why))
        return lost

    def _cost(self, stage: str, cost: Cost) -> None:
        self.costs[stage] = self.costs[stage].plus(cost)
