"""The trust card that is shipped with the learned scorer.

    python benchmarks/card.py [--out qa_review/grade/learned.trust.json]

Measured on the conversations that nobody wrote for this purpose, each scored by a model that was
learned without its style. It bears the name of the shipped scorer, which was learned in the same
way from all styles. The levels were given by language models, so it proves nothing; it tells
what agreement to expect on calls of a kind not learned from, until people have scored some.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import learn
import numpy as np
from gold import ROOT
from quality import REAL, everything

from qa_review.capture.transcript import Transcript
from qa_review.grade.finders import finders
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.scores import Score
from qa_review.grade.trust import trust
from qa_review.run.pipeline import SHIPPED_CARD


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=SHIPPED_CARD)
    chosen = parser.parse_args()
    rubric, rated, turns = everything()
    looking = finders(rubric)
    scorers: dict[str, LearnedScorer] = {}
    for style in REAL:
        of = np.flatnonzero([one.style != style for one in rated])
        own = LearnedScorer(rubric, learn.learn(rubric, rated, turns, of))
        scorers |= {one.transcript.call_id: own for one in rated if one.style == style}

    def scores(said: Transcript) -> tuple[Score, ...]:
        evidence = [piece for finder in looking for piece in finder.find(said)]
        return scorers[said.call_id].score(said, evidence)

    known = [(one.transcript, one.levels) for one in rated if one.transcript.call_id in scorers]
    name = "information desks, bookings and clinics"
    made_by = LearnedScorer(rubric).made_by
    card = trust(made_by, rubric, scores, known, calls=name, raters="language models")
    card.save(chosen.out)
    for one in card.behaviours:
        print(f"{one.behaviour}: {card.unproven(one.behaviour, rubric) or 'proven'}")
    print(chosen.out.resolve().relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
