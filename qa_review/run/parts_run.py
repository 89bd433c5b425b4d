"""Parts through an engine, and what is done with a part that fails as a whole.

A part whose worker ended, or whose file can't be read on, is cut into pieces, and so are these,
until the dialogue that is to blame is alone. It is listed among the failures; the rest is scored,
and the pieces become the part that it would have been.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from qa_review.base.errors import QAReviewError, TranscriptError
from qa_review.keep.parts import Mark, PartsFolder
from qa_review.run.costs import Cost, StageCost
from qa_review.run.dialogues import Part
from qa_review.run.engine import Died, Engine
from qa_review.run.part import SCORE, Done, How, Job, Unread, loaded, made_from
from qa_review.run.progress import Meter, Standing
from qa_review.run.same_ids import Source, repeated, write_again
from qa_review.run.settings import Settings

PIECES = 8
"""what a part is cut into: a dialogue in a thousand is alone after four times, not after ten"""
MOST_LOST = 64
"""tries that one part may lose; then what is left of it is listed, not looked at further"""
NONE_SCORED = 20
"""tries that a run may lose before anything is scored at all: no dialogue is to blame then"""
NEXT: Mapping[How, How] = {"score": "name", "name": "list"}
"""what is tried with dialogues that are to blame: each time less is done with them"""


class PartsRun:
    """The parts of one run, scored by an engine.

    Args:
        home: where the parts go.
        cut: a folder for the pieces of those that fail.
        scored_with: what :func:`~qa_review.run.part.loaded` says of the settings, if it is known.
    """

    def __init__(
        self,
        home: PartsFolder,
        cut: Path,
        settings: Settings,
        engine: Engine,
        meter: Meter,
        told: Callable[[Standing], None],
        scored_with: str = "",
    ) -> None:
        self.scored_with = scored_with
        self.costs = {"load": StageCost(), "score": StageCost()}
        self._home, self._cut = home, PartsFolder(cut)
        self._settings, self._engine, self._meter, self._told = settings, engine, meter, told
        self._lost: Counter[str] = Counter()
        self._pieces: dict[str, dict[tuple[int, ...], Job]] = {}
        self._scored = False

    def do(self, parts: Mapping[str, Part]) -> None:
        """Do every part, by its name.

        Raises:
            QAReviewError: the files or the settings changed meanwhile, or nothing can be scored.
        """
        jobs: Iterable[Job] = (
            Job(part, name, self._home.path, self._settings) for name, part in parts.items()
        )
        while jobs:
            lost = self._round(jobs, parts)
            jobs = [piece for job, error in lost for piece in self._instead(job, error)]
        for name, pieces in sorted(self._pieces.items()):
            self._join(name, parts[name], pieces)
            self._finished(parts[name], self._home.whole(name))
        shutil.rmtree(self._cut.path, ignore_errors=True)

    def _round(self, jobs: Iterable[Job], parts: Mapping[str, Part]) -> list[tuple[Job, Exception]]:
        """Do these, and give back those that failed as a whole."""
        lost: list[tuple[Job, Exception]] = []
        outcomes = self._engine.run(SCORE, jobs)
        try:
            for outcome in outcomes:
                job, error = outcome.item, outcome.error
                if isinstance(error, (Died, Unread)):
                    lost.append((job, error))
                    self._refuse_hopeless(len(lost), error)
                elif error is not None or outcome.result is None:
                    raise error or QAReviewError(f"{job.part}: the engine gave nothing back")
                else:
                    self._note(outcome.result)
                    if job.name in parts:
                        self._finished(job.part, outcome.result)
        finally:
            close = getattr(outcomes, "close", None)
            if close is not None:  # at once, not when it is collected: it holds the workers
                close()
        return lost

    def _note(self, done: Done) -> None:
        if not done.scored_with:
            return
        if self.scored_with not in ("", done.scored_with):
            raise QAReviewError("the rubric, the scorer or its card changed meanwhile; run again")
        self.scored_with, self._scored = done.scored_with, True
        self._add("score", done.cost, done.dialogues)
        if done.load is not None:
            self._add("load", done.load, 1)

    def _add(self, stage: str, cost: Cost, count: int) -> None:
        self.costs[stage] = self.costs[stage].plus(cost, count)

    def _refuse_hopeless(self, lost: int, error: Exception) -> None:
        if not self._scored and sum(self._lost.values()) + lost >= NONE_SCORED:
            raise QAReviewError(
                f"nothing could be scored: {NONE_SCORED} tries in a row failed, the last as {error}"
            ) from error

    def _finished(self, part: Part, made: Done | Mark) -> None:
        failed = made.dialogues - made.scored
        standing = self._meter.finished_some(
            str(part), part.count, done=made.scored, failed=failed, weight=part.weight
        )
        self._told(standing)

    def _instead(self, job: Job, error: Exception) -> list[Job]:
        """What to do instead of a job that failed as a whole."""
        name, *at = job.name.split(".")
        self._lost[name] += 1
        self._cut.make()
        known = self._pieces.setdefault(name, {})
        place = tuple(map(int, at))
        known.pop(place, None)
        parts = self._cut_up(job, name)
        if parts:
            pieces = {(*place, number): replace(job, part=p) for number, p in enumerate(parts)}
        elif job.how in NEXT:
            reason = "worker died" if isinstance(error, Died) else "unreadable"
            reason, detail = job.reason or reason, job.detail or str(error)
            blamed = replace(job, how=NEXT[job.how], reason=reason, detail=detail)
            pieces = {(*place, 0): blamed}
        else:
            raise QAReviewError(f"{job.part}: can't even be listed: {error}") from error
        for key, piece in pieces.items():
            full = ".".join((name, *map(str, key)))
            known[key] = replace(piece, name=full, home=self._cut.path)
        return [known[key] for key in pieces]

    def _cut_up(self, job: Job, name: str) -> list[Part]:
        """A part in pieces; none where no piece of it is to be tried."""
        if job.how != "score" or job.part.count == 1 or self._lost[name] >= MOST_LOST:
            return []
        try:
            return job.part.cut(-(-job.part.count // PIECES))
        except TranscriptError:  # not even the ends of its lines can be read
            return []

    def _join(self, name: str, part: Part, pieces: Mapping[tuple[int, ...], Job]) -> None:
        """The pieces of a part as the part that it would have been."""
        names = [job.name for _, job in sorted(pieces.items())]
        refused = dict(repeated(self._cut, names))
        sources = [
            Source(self._cut, piece, self._cut.whole(piece), refused.get(number, {}))
            for number, piece in enumerate(names)
        ]
        scored_with = self.scored_with or loaded(self._settings)[1]
        with self._home.writing(name) as tables:
            write_again(tables, sources, made_from(part, scored_with))
