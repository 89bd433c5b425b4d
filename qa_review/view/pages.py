"""The pages of a run: a review and its sound to a call page, reviews to an index."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from qa_review.capture.sound import Sound
from qa_review.grade.rubric import Rubric
from qa_review.keep.folder import Failure, ResultsFolder
from qa_review.keep.reviews import Review
from qa_review.view.compress import linked_sound, page_sound
from qa_review.view.copies import keep_copy
from qa_review.view.index import IndexRow, render_index
from qa_review.view.page import render_page
from qa_review.view.titles import BehaviourTitle, Titles


def call_page(
    review: Review, rubric: Rubric, path: Path, sound: Sound, *, out: Path, embed: bool, keep: bool
) -> str:
    """The page of the call that was decoded from ``path`` as ``sound``.

    Args:
        out: the folder that the page goes to.
        embed: whether the page holds the sound, or links to ``path``.
        keep: whether the sound that it holds is kept beside it too, for notebooks.
    """
    agent = review.transcript.agent_is.channel
    if embed:
        heard = page_sound(path, sound, agent_channel=agent)
        if keep:
            keep_copy(review.call.id, path, heard, ResultsFolder(out))
        return render_page(review, titles(rubric), heard)
    href = Path(os.path.relpath(path.resolve(), out.resolve())).as_posix()
    return render_page(review, titles(rubric), linked_sound(href, sound, agent_channel=agent))


def index_row(review: Review, page: str) -> IndexRow:
    """What the index shows of a review whose page lies at ``page``, ``""`` where it has none."""
    return IndexRow.of(review, page)


def index_page(
    rows: Sequence[IndexRow], failures: Iterable[Failure], rubric: Rubric, *, more: int = 0
) -> str:
    """The index of these calls and of what failed; ``more`` calls are in the tables alone."""
    heading = "Calls reviewed"
    return render_index(rows, failures, titles=titles(rubric), heading=heading, more=more)


def titles(rubric: Rubric) -> Titles:
    """The words of ``rubric`` that pages show."""
    return Titles(
        tuple(BehaviourTitle(b.id, b.title, b.about, b.anchors) for b in rubric.behaviours),
        {indicator.id: indicator.meaning for indicator in rubric.indicators},
    )
