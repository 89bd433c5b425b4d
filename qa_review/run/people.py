"""What is done with the levels that people gave: a fitted scorer, and a trust card."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.errors import QAReviewError
from qa_review.base.frames import frame
from qa_review.capture.transcript import Transcript
from qa_review.grade.fit import Fit, Fitted, Master
from qa_review.grade.fit import fit as fit_scorer
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.safetensors import save
from qa_review.grade.scores import Score
from qa_review.grade.trust import TrustCard
from qa_review.grade.trust import trust as trust_card
from qa_review.keep.reviews import Review
from qa_review.run.pipeline import Reviewer
from qa_review.run.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

FIT_COLUMNS = {
    "behaviour": "string",
    "calls": "Int64",
    "kappa_before": "Float64",
    "before_low": "Float64",
    "before_high": "Float64",
    "kappa_after": "Float64",
    "after_low": "Float64",
    "after_high": "Float64",
    "error_before": "Float64",
    "error_after": "Float64",
    "shift": "Float64",
    "left": "string",
}


@dataclass(frozen=True, slots=True)
class TeamScorer:
    """A scorer fitted to a team's own master scores.

    ``save`` writes it to a file; ``scorer="learned:FILE"`` scores with it.
    """

    fitted: Fitted

    @property
    def fits(self) -> tuple[Fit, ...]:
        """What fitting did to each behaviour."""
        return self.fitted.fits

    def save(self, path: str | Path) -> Path:
        """Write the scorer as safetensors."""
        save(self.fitted.scorer.model, Path(path))
        return Path(path)

    def to_frame(self) -> pd.DataFrame:
        """One row a behaviour: kappa and mean error before and after, on calls not fitted on.

        ``shift`` is how much higher, in levels, the mean call scores after fitting; ``left``
        says why a behaviour was left as it was.
        """
        return frame(FIT_COLUMNS, map(_row, self.fits))


def _row(one: Fit) -> tuple[Any, ...]:
    before, after = one.before.interval or (None, None), one.after.interval or (None, None)
    return (
        one.behaviour,
        one.calls,
        one.before.value,
        *before,
        one.after.value,
        *after,
        one.error_before.value,
        one.error_after.value,
        one.shift,
        one.left or None,
    )


def fit(masters: Iterable[Review], settings: Settings) -> TeamScorer:
    """The learned scorer of ``settings`` fitted to what people gave in ``masters``."""
    reviewer = Reviewer(settings)
    scorer = reviewer.scorer
    if not isinstance(scorer, LearnedScorer):
        raise QAReviewError(f"only the learned scorer can be fitted, not {scorer.made_by.name}")
    known = [
        Master(
            review.transcript,
            {score.behaviour: score.level for score in review.scores},
            tuple(reviewer.evidence(review.transcript)),
        )
        for review in masters
    ]
    return TeamScorer(fit_scorer(scorer, known))


def trust(
    masters: Iterable[Review],
    settings: Settings,
    *,
    calls: str,
    machine: dict[str, Transcript] | None = None,
    told: Callable[[int], None] = lambda done: None,
) -> TrustCard:
    """The trust card of the scorer of ``settings`` on what people gave in ``masters``."""
    reviewer = Reviewer(replace(settings, abstain_below=0.0))

    def scores(said: Transcript) -> tuple[Score, ...]:
        return reviewer.scorer.score(said, reviewer.evidence(said), None)

    given = [
        (review.transcript, {score.behaviour: score.level for score in review.scores})
        for review in masters
    ]
    return trust_card(
        reviewer.scorer.made_by,
        reviewer.rubric,
        scores,
        given,
        calls=calls,
        machine=machine,
        told=told,
    )
