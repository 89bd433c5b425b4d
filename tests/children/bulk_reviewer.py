"""A reviewer that loads nothing, and an engine whose workers die, for runs over many dialogues.

What a dialogue says decides what happens to it, so the same dialogues give the same reviews.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from qa_review.base.errors import LanguageNotCovered, QAReviewError
from qa_review.base.plugs import PLUGS
from qa_review.base.records import MadeBy
from qa_review.base.resources import rubric_path
from qa_review.capture.recording import Call
from qa_review.capture.transcript import Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.friction import Friction
from qa_review.grade.rubric import load
from qa_review.grade.scores import Overall, Score
from qa_review.keep.reviews import Review
from qa_review.run import part
from qa_review.run.engine import Died, Outcome

if TYPE_CHECKING:
    import pytest

SCORED: list[str] = []
"""the ids that were scored in this process, in order"""
SLOW_S = 0.004


class Reviewer:
    """Gives levels by the length of what is said."""

    def __init__(self, settings: Any) -> None:
        if settings.scorer == "none":
            raise QAReviewError("no scorer is called 'none'")
        self.rubric = load(rubric_path(settings.rubric))
        self.scorer = SimpleNamespace(made_by=MadeBy("lengths", "1", settings.scorer))

    def score(self, said: Transcript) -> Review:
        SCORED.append(said.call_id)
        text = " ".join(turn.text for turn in said.turns)
        if said.language != "en":
            raise LanguageNotCovered(f"{said.call_id} is in {said.language}")
        if "[kill]" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "[slow]" in text:
            time.sleep(SLOW_S)
        if "[fault]" in text:
            raise IndexError("a fault of ours")
        scores = tuple(self._score(b.id, said, n) for n, b in enumerate(self.rubric.behaviours))
        levels = [score.level for score in scores if score.level is not None]
        friction = None
        if "?" in text:
            friction = (Friction("look-up", said.quote(0, 0, 1), note=text[:9]),)
        value = sum(levels) * 4.1 if levels else None
        return Review(
            Call(said.call_id), said, self.rubric.ref, scores, Overall(value),
            self.scorer.made_by, friction=friction,
        )  # fmt: skip

    def _score(self, behaviour: str, said: Transcript, number: int) -> Score:
        if (said.words + number) % 4 == 0:
            return Score(behaviour, None, 0.25, "not to be told", "open", abstained=True)
        quote = said.quote(0, 0, min(7, len(said.turns[0].text)))
        piece = Evidence(behaviour, "length", "for", quote, "lengths", 0.5, moves=1 / 3)
        level = (said.words + number) % 5 + 1
        unproven = "nobody looked" if number % 2 else ""
        return Score(
            behaviour, level, level / 7, f"{said.words} words", evidence=(piece,) * (number % 3),
            unproven=unproven,
        )  # fmt: skip


class Dying:
    """An engine that tells a death of each part with a dialogue that kills, and does no more."""

    def run(self, task: Any, items: Any) -> Iterator[Outcome[Any, Any]]:
        for job in items:
            if job.how == "score" and kills(job):
                yield Outcome(job, error=Died("its process ended with exit status -9"))
                continue
            try:
                yield Outcome(job, task(job))
            except Exception as error:
                yield Outcome(job, error=error)


def kills(job: Any) -> bool:
    """Whether a dialogue of this part would kill its worker."""
    said = (said for _, stretch in job.part.stretches for _, said in stretch.read())
    return any("[kill]" in t.text for s in said if isinstance(s, Transcript) for t in s.turns)


def dying(detail: str, *, timeout_s: float) -> Dying:
    return Dying()


def plug_in(patch: pytest.MonkeyPatch | None = None) -> None:
    """Have runs use this reviewer, until ``patch`` is undone; this process keeps no other."""
    given = {("part", "reviewer"): f"{__name__}:Reviewer", ("engine", "dying"): f"{__name__}:dying"}
    for (kind, name), where in given.items():
        if patch is None:
            PLUGS[kind][name] = where
        else:
            patch.setitem(PLUGS[kind], name, where)
    if patch is not None:
        patch.setattr(part, "_loaded", lru_cache(maxsize=2)(part._loaded.__wrapped__))
