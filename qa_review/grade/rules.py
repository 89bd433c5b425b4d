"""From evidence to a level, by rule.

The rule, for one behaviour:

1. **No opportunity, no level.** In a short call with a phrase of the list ``wrong_call``, or
   when nobody is known to be the agent, every score is N/A. When less was said than the
   behaviour's ``opportunity``, the score is N/A with the rubric's own sentence. A missed
   opportunity is a low level.
2. **Points.** The value begins at ``start``. Each indicator that speaks to the behaviour adds
   its points times how fully it was found: the square root of turns that carry it over turns
   expected, at most 1, so that the first find counts most. Expected is one in
   ``turns_per_find`` of the agent's turns, at least 1 and at most ``full_at``, so a long call
   is neither better nor worse for being long.
3. **Cuts.** ``cut_2`` to ``cut_5`` of the rubric's ``[scoring]`` turn the value into a level.
4. **Steps.** A level whose step asks for evidence that was not found is not given; the level
   below it is.

Points and cuts are the rubric's; nothing here knows a behaviour or an indicator by name.
``confidence`` is a heuristic in [0, 1] that has not been calibrated: it grows with the number
of pieces of evidence, with their agreeing, and with the distance from the nearest cut; it is
multiplied by how sure it is who the agent was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from qa_review.base.records import MadeBy
from qa_review.capture.transcript import Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.opportunity import Lengths, had_opportunity, no_call
from qa_review.grade.reasons import is_met, reason
from qa_review.grade.rubric import Behaviour, Rubric, Step
from qa_review.grade.scores import LEVELS, Overall, Score
from qa_review.grade.timing import Timing
from qa_review.grade.vocabulary import SETTINGS

FOR_POINTS, AGAINST_POINTS = 0.4, -0.5
"""What an indicator is worth to a behaviour that sets no points for it."""

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one behaviour: for each indicator, its evidence, one piece a turn."""

    pieces: Mapping[str, tuple[Evidence, ...]]
    points: Mapping[str, float]
    """what each indicator found adds to the value"""
    value: float


class RuleScorer:
    """Scores the behaviours of a rubric by the rule of this module; the same in, the same out."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.made_by = MadeBy("rules", VERSION, rubric.digest)
        self._cuts = tuple(self._set(f"cut_{upper}") for upper in LEVELS[1:])
        self._says = {indicator.id: indicator.says for indicator in rubric.indicators}

    def score(
        self, transcript: Transcript, evidence: Iterable[Evidence], timing: Timing | None = None
    ) -> tuple[Score, ...]:
        """One score a behaviour, in the order of the rubric.

        Args:
            evidence: of any finders; what quotes a turn of an unknown speaker is left out.
            timing: how the call ran; the rule takes it from the evidence only.
        """
        if why := no_call(transcript, self.rubric):
            return tuple(Score(b.id, None, 0.9, why, why) for b in self.rubric.behaviours)
        own: dict[str, list[Evidence]] = {behaviour.id: [] for behaviour in self.rubric.behaviours}
        for piece in evidence:
            if transcript.turns[piece.quote.turn].speaker != "unknown" and piece.behaviour in own:
                own[piece.behaviour].append(piece)
        said = Lengths.of(transcript)
        sure = transcript.agent_is.confidence
        return tuple(self._one(b, said, tuple(own[b.id]), sure) for b in self.rubric.behaviours)

    def _one(
        self, behaviour: Behaviour, said: Lengths, own: tuple[Evidence, ...], sure: float
    ) -> Score:
        if not had_opportunity(behaviour, said):
            why = behaviour.not_observed
            return Score(behaviour.id, None, 0.9 * sure, why, why, own)
        found = self.found(behaviour, own, sum(words > 2 for words in said.agent))
        level, held = self.level(behaviour, found)
        counts = {name: len(pieces) for name, pieces in found.pieces.items()}
        return Score(
            behaviour.id,
            level,
            self._confidence(found) * sure,
            reason(behaviour, found.points, counts, self._says, level, held),
            None,
            own,
        )

    def found(self, behaviour: Behaviour, evidence: Sequence[Evidence], turns: int) -> Found:
        """Evidence of one behaviour as points; ``turns`` is how often the agent spoke."""
        pieces: dict[str, dict[int, Evidence]] = {}
        for piece in evidence:
            pieces.setdefault(piece.indicator, {}).setdefault(piece.quote.turn, piece)
        expected = min(max(1.0, turns / self._set("turns_per_find")), self._set("full_at"))
        points = {}
        for indicator, by_turn in pieces.items():
            stance = next(iter(by_turn.values())).stance
            default = FOR_POINTS if stance == "for" else AGAINST_POINTS
            share = sqrt(min(1.0, len(by_turn) / expected))
            points[indicator] = behaviour.points.get(indicator, default) * share
        return Found(
            {name: tuple(by_turn[t] for t in sorted(by_turn)) for name, by_turn in pieces.items()},
            points,
            behaviour.start + sum(points[name] for name in sorted(points)),
        )

    def level(self, behaviour: Behaviour, found: Found) -> tuple[int, Step | None]:
        """The level, and the step that held it back, if one did."""
        level = 1 + sum(found.value >= cut for cut in self._cuts)
        for step in sorted(behaviour.steps, key=lambda s: s.level):
            if step.level <= level and step.any_of and not is_met(step, found.pieces):
                return step.level - 1, step
        return level, None

    def _set(self, name: str) -> float:
        return self.rubric.setting(f"scoring.{name}", SETTINGS["scoring"][name])

    def _confidence(self, found: Found) -> float:
        count = sum(len(pieces) for pieces in found.pieces.values())
        amount = count / (count + 3)
        plus = sum(p for p in found.points.values() if p > 0)
        minus = -sum(p for p in found.points.values() if p < 0)
        agree = abs(plus - minus) / (plus + minus) if plus + minus else 0.0
        nearest = min(abs(found.value - cut) for cut in self._cuts)
        return round(0.2 + 0.3 * amount + 0.2 * agree + 0.3 * min(1.0, nearest / 0.5), 3)


def load(detail: str, rubric: Rubric, abstain_below: float = 0.0) -> RuleScorer:
    """The scorer that the name ``rules`` stands for.

    Raises:
        ValueError: it was to abstain; it can't tell how likely a level is.
    """
    if detail or abstain_below:
        raise ValueError(
            "the scorer rules takes no file and can't abstain: it does not know how likely a level "
            "is; only a scorer learned on the rubric does"
        )
    return RuleScorer(rubric)


def overall(rubric: Rubric, scores: Sequence[Score]) -> Overall:
    """The weighted mean of the levels given, as 0..100, capped by a critical failure."""
    weights = {behaviour.id: behaviour.weight for behaviour in rubric.behaviours}
    given = [(weights[s.behaviour], s.level) for s in scores if s.level is not None]
    total = sum(weight for weight, _ in given)
    if not total:
        return Overall(None)
    mean = sum(weight * level for weight, level in given) / total
    value = round(100 * (mean - 1) / 4, 9)  # 85, not 85.00000000000001
    capped = ""
    for failure in rubric.critical:
        turns = {
            e.quote.turn for s in scores for e in s.evidence if e.indicator == failure.indicator
        }
        if len(turns) >= failure.at_least and value > failure.cap:
            value, capped = failure.cap, failure.reason
    return Overall(value, capped)
