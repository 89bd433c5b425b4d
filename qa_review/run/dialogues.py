"""Written dialogues scored: no sound, everything but timing evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.capture.dialogues import BadLine, read_dialogues
from qa_review.capture.formats import read_transcript
from qa_review.keep.folder import Failure, ResultsFolder
from qa_review.keep.reviews import Review
from qa_review.run.pipeline import Reviewer
from qa_review.run.results import Batch
from qa_review.run.settings import Settings

LINES = {".jsonl", ".ndjson", ".txt", ""}
"""suffixes of files with a dialogue a line; any other holds one transcript"""


def scored(path: Path, reviewer: Reviewer) -> Iterator[Review | Failure]:
    """A review for each dialogue of a file, or the reason why there is none."""
    lines = read_dialogues(path) if path.suffix in LINES else [read_transcript(path)]
    for said in lines:
        if isinstance(said, BadLine):
            where = f"line {said.number}"
            yield Failure(said.id or where, path.name, "not a dialogue", f"{where}: {said.reason}")
            continue
        try:
            yield reviewer.score(said)
        except QAReviewError as error:
            reason = getattr(error, "reason", "could not be scored")
            yield Failure(said.call_id, path.name, reason, str(error))


def run_dialogues(
    path: Path, out: Path, settings: Settings, *, told: Callable[[int], None] = lambda count: None
) -> Batch:
    """Score every dialogue in ``path`` and write the tables into ``out``.

    Args:
        told: called with how many dialogues are done, for progress.

    Raises:
        RubricError, OSError: before any dialogue is read.
    """
    reviewer = Reviewer(settings)
    reviews: list[Review] = []
    failures: list[Failure] = []
    for count, result in enumerate(scored(path, reviewer), 1):
        (reviews if isinstance(result, Review) else failures).append(result)  # type: ignore[arg-type]
        told(count)
    out.mkdir(parents=True, exist_ok=True)
    ResultsFolder(out).write_tables(reviews, failures)
    return Batch(tuple(reviews), tuple(failures), len(reviews))
