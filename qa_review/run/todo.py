"""What a run has to do of the calls that there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from qa_review.keep.calls import call_of
from qa_review.keep.folder import Failure, ResultsFolder
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import Reader
from qa_review.run.inputs import Inputs
from qa_review.run.known import Known, known_of
from qa_review.run.work import Job, Plan, path_of

Need = Literal["hear", "score", "nothing", "refuse"]


@dataclass(frozen=True, slots=True)
class Todo:
    """Whole calls, calls whose words are known, and what is not to be done.

    ``touched`` are rows of recordings that are the same under another time, and that time.
    """

    hear: list[Job] = field(default_factory=list)
    score: list[Job] = field(default_factory=list)
    touched: list[tuple[WorkRow, str]] = field(default_factory=list)
    refused: list[Failure] = field(default_factory=list)

    @property
    def jobs(self) -> list[Job]:
        return [*self.hear, *self.score]


def todo_of(
    inputs: Inputs, plan: Plan, results: ResultsFolder, reader: Reader, *, again: bool = False
) -> Todo:
    """What each call needs; all of it ``again`` if that was asked for."""
    todo = Todo()
    for call, place in inputs.calls:
        job = Job(call, place, plan)
        if again:
            todo.hear.append(job)
            continue
        known = known_of(job, reader)
        if known.has("heard") and place.stamp != known.rows["heard"].stamp:
            todo.touched.append((known.rows["heard"], place.stamp))
        need = _need(job, known, results, reader)
        if need == "refuse":
            todo.refused.append(_same_id(job))
        elif need != "nothing":
            (todo.hear if need == "hear" else todo.score).append(job)
    return todo


def _need(job: Job, known: Known, results: ResultsFolder, reader: Reader) -> Need:
    if not known.has("heard"):
        others = known.has_other_sound and _is_others(job, results, reader)
        return "refuse" if others else "hear"
    there = job.plan.audio == "none" or results.complete(job.call.id)
    return "nothing" if there and known.has("scored", "shown") else "score"


def _is_others(job: Job, results: ResultsFolder, reader: Reader) -> bool:
    """Whether a store that several folders share has this id for a recording elsewhere."""
    if not results.shares_store or job.place.away:
        return False
    _, recording = call_of(reader, job.call.id)
    here = path_of(job.place).absolute()
    return recording is not None and recording.path.absolute() != here


def _same_id(job: Job) -> Failure:
    detail = (
        "the store has another recording by this id; give each call its own (call_id in a table "
        "of calls), or say --again to have this one instead"
    )
    return Failure(job.call.id, job.place.file, "same id", detail)
