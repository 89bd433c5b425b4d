"""Levels by what was learned from rated conversations.

Takes a transcript and the evidence that finders saw; makes a score for each behaviour with the
chance of every level. :mod:`qa_review.grade.model` says how a value comes about; here it becomes
a level, a reason, and the quotes that moved it.

Conventions
-----------
- A piece of evidence is shown when the model gives its turn at least the chance from which the
  indicator was right often enough on conversations it had not seen. Its ``weight`` is that
  chance, its ``moves`` what the value would lose without that find: it quotes what a finder
  quoted there, or the words that spoke loudest. Where nothing can be shown for a behaviour the
  reason quotes the words that weighed most.
- What the model never learned (evidence of the clock, an indicator of your own) counts by the
  rubric's points, as in :mod:`qa_review.grade.rules`, and is shown as it was found.
- The chance of a level is that of a normal curve around the value; its spread was measured on
  conversations not learned from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import erf, sqrt
from pathlib import Path

import numpy as np

from qa_review.base.errors import UnknownName
from qa_review.base.records import MadeBy, digest
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.evidence import Evidence, Finder, Stance
from qa_review.grade.finders import word_finders
from qa_review.grade.hits import clause
from qa_review.grade.model import (
    SIDES,
    Matrix,
    Model,
    amounts,
    amounts_without,
    deciding,
)
from qa_review.grade.opportunity import Lengths, had_opportunity, no_call
from qa_review.grade.reasons import reason
from qa_review.grade.rubric import Behaviour, Rubric
from qa_review.grade.rules import RuleScorer
from qa_review.grade.safetensors import SHIPPED, read
from qa_review.grade.scores import LEVELS, Score
from qa_review.grade.timing import Timing
from qa_review.grade.turns import AgentTurn, agent_turns, bare

VERSION = "1"
AGAINST_ITSELF = 0.02
"""A find that moves the value by more than this against its own stance is not shown."""
TIMING = "timing"
"""The finder whose evidence was not learned: rated conversations have no times."""
WINDOW = 3
"""Words whose share is looked at together when the loudest place of a turn is sought."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of one call."""

    turns: tuple[AgentTurn, ...]
    chances: Matrix
    """(turns, J): how likely each turn carries each indicator"""
    values: Matrix
    """(B,): where each behaviour lies on the scale of the levels"""
    moves: Matrix
    """(B, turns, J): what each value would lose without each turn, indicator by indicator"""

    deciding: Matrix
    """(B, turns): how likely a rater would name each turn as deciding each behaviour"""

    def by_weight(self, behaviour: int) -> list[int]:
        """Turns of the transcript, those first that most likely decide this behaviour."""
        order = np.argsort(-self.deciding[behaviour], kind="stable")
        return [self.turns[at].turn for at in order]


def read_turns(model: Model, turns: Sequence[AgentTurn]) -> Reading:
    """What ``model`` makes of the agent's turns of one call."""
    chances = model.chances(turns)
    held = amounts(chances)
    lost = held - amounts_without(chances)
    moves: Matrix = np.einsum("bkj,tkj->btj", model.heads, lost)
    places = {name: at for at, name in enumerate(model.indicators)}
    sides = [[places[deciding(name, side)] for side in SIDES] for name in model.behaviours]
    decide: Matrix = chances[:, sides].sum(axis=2).T
    return Reading(tuple(turns), chances, model.values(held), moves, decide)


class LearnedScorer:
    """Scores the behaviours of a rubric by a model that was learned on it.

    Args:
        model: learned numbers; the shipped ones by default.
        abstain_below: a behaviour whose likeliest level is less likely than this stays
            without a level, and says so.
        looking: the rubric's finders that look at words alone, where they are made already.

    Raises:
        UnknownName: the model was learned on another rubric.
    """

    def __init__(
        self,
        rubric: Rubric,
        model: Model | None = None,
        *,
        abstain_below: float = 0.0,
        looking: Sequence[Finder] | None = None,
    ) -> None:
        self.rubric = rubric
        self.model = read() if model is None else model
        if not knows(self.model, rubric):
            raise UnknownName("rubric of a learned scorer", rubric.id, [self.model.rubric])
        self.abstain_below = abstain_below
        settings = digest(rubric.digest, abstain_below)
        self.made_by = MadeBy("learned", VERSION, settings, self.model.digest)
        self._says = {indicator.id: indicator.says for indicator in rubric.indicators}
        self._stances = _stances(rubric)
        self._rules = RuleScorer(rubric)
        self._looking = word_finders(rubric) if looking is None else looking
        self._rows = [self.model.behaviours.index(b.id) for b in rubric.behaviours]

    def turns(self, transcript: Transcript) -> list[AgentTurn]:
        """The agent's turns as the model sees them."""
        said = bare(transcript)
        found = (piece for finder in self._looking for piece in finder.find(said))
        return agent_turns(transcript, found)

    def read(self, transcript: Transcript) -> Reading:
        """What the model makes of a call."""
        return read_turns(self.model, self.turns(transcript))

    def score(
        self, transcript: Transcript, evidence: Iterable[Evidence], timing: Timing | None = None
    ) -> tuple[Score, ...]:
        """One score a behaviour, in the order of the rubric.

        Args:
            evidence: of any finders; what quotes a turn of an unknown speaker is left out.
            timing: how the call ran; its part comes through the evidence of the clock.
        """
        if why := no_call(transcript, self.rubric):
            return tuple(Score(b.id, None, 0.9, why, why) for b in self.rubric.behaviours)
        known = [e for e in evidence if transcript.turns[e.quote.turn].speaker != "unknown"]
        reading = self.read(transcript)
        said = Lengths.of(transcript)
        sure = transcript.agent_is.confidence
        return tuple(
            self._one(transcript, behaviour, row, reading, known, said, sure)
            for behaviour, row in zip(self.rubric.behaviours, self._rows, strict=True)
        )

    def _one(
        self,
        transcript: Transcript,
        behaviour: Behaviour,
        row: int,
        reading: Reading,
        known: Sequence[Evidence],
        said: Lengths,
        sure: float,
    ) -> Score:
        own = sorted(
            (piece for piece in known if piece.behaviour == behaviour.id),
            key=lambda e: (e.quote.turn, e.quote.start, e.quote.end, e.indicator, e.finder, e.note),
        )
        pieces = self._shown(transcript, behaviour.id, row, reading, own)
        if not had_opportunity(behaviour, said):
            why = behaviour.not_observed
            return Score(behaviour.id, None, 0.9 * sure, why, why, pieces)
        by_rule = self._by_rule(behaviour, own, said)
        value = float(reading.values[row]) + sum(by_rule[name] for name in sorted(by_rule))
        chances = level_chances(value, self.model.cuts[row], float(self.model.spread[row]))
        level = likeliest(chances)
        surest = chances[level - 1]
        if surest < self.abstain_below:
            why = (
                f"Left open: the likeliest level, {level}, has a chance of {surest:.2f}, "
                f"and {self.abstain_below:.2f} was asked for."
            )
            return Score(behaviour.id, None, surest * sure, why, why, pieces, chances, True)
        why = self._reason(behaviour, pieces, by_rule, level)
        if not pieces:
            why += self._weighed_most(transcript, row, reading)
        return Score(behaviour.id, level, surest * sure, why, None, pieces, chances)

    def points_by_rule(self, transcript: Transcript, evidence: Sequence[Evidence]) -> Matrix:
        """What evidence that was not learned adds to each behaviour: ``(B,)``."""
        said = Lengths.of(transcript)
        points: Matrix = np.zeros(len(self.model.behaviours))
        for behaviour, row in zip(self.rubric.behaviours, self._rows, strict=True):
            own = [piece for piece in evidence if piece.behaviour == behaviour.id]
            points[row] = sum(sorted(self._by_rule(behaviour, own, said).values()))
        return points

    def _by_rule(
        self, behaviour: Behaviour, own: Sequence[Evidence], said: Lengths
    ) -> Mapping[str, float]:
        other = [piece for piece in own if self._not_learned(piece)]
        long_turns = sum(words > 2 for words in said.agent)
        return self._rules.found(behaviour, other, long_turns).points

    def _not_learned(self, piece: Evidence) -> bool:
        return piece.finder == TIMING or piece.indicator not in self.model.indicators

    def _weighed_most(self, transcript: Transcript, row: int, reading: Reading) -> str:
        """The words that most likely decided a behaviour for which no find can be shown."""
        if not reading.turns:
            return ""
        at = int(np.argmax(reading.deciding[row]))
        turn = reading.turns[at]
        sides = [deciding(self.model.behaviours[row], side) for side in SIDES]
        places = [self.model.indicators.index(name) for name in sides]
        strongest = max(places, key=lambda j: float(reading.chances[at, j]))
        quote = self._loudest(transcript, turn, strongest)
        return f" What weighed most was \u201c{quote.text}\u201d." if quote else ""

    def _shown(
        self,
        transcript: Transcript,
        behaviour: str,
        row: int,
        reading: Reading,
        own: Sequence[Evidence],
    ) -> tuple[Evidence, ...]:
        """The evidence to show, in the order of the turns."""
        quoted = {(piece.quote.turn, piece.indicator): piece for piece in reversed(own)}
        made = [piece for piece in own if self._not_learned(piece)]
        likely = reading.chances >= self.model.shown_from
        for at, turn in enumerate(reading.turns):
            for j in np.flatnonzero(likely[at]):
                name = self.model.indicators[j]
                stance = self._stances.get((name, behaviour))
                if stance is None:
                    continue
                chance, moves = float(reading.chances[at, j]), float(reading.moves[row, at, j])
                if moves * (1 if stance == "for" else -1) < -AGAINST_ITSELF:
                    continue
                found = quoted.get((turn.turn, name))
                quote = found.quote if found else self._loudest(transcript, turn, int(j))
                if quote is None:
                    continue
                note = found.note if found else ""
                made.append(
                    Evidence(
                        behaviour,
                        name,
                        stance,
                        quote,
                        "learned",
                        round(chance, 3),
                        note,
                        round(moves, 3),
                    )
                )
        return tuple(sorted(made, key=lambda e: (e.quote.turn, e.quote.start, e.indicator)))

    def _loudest(self, transcript: Transcript, turn: AgentTurn, indicator: int) -> Quote | None:
        """The clause of a turn around the words that speak loudest for an indicator."""
        spoken = turn.spoken
        if not spoken.words:
            return None
        shares = self.model.by_word(turn, indicator)
        sums = np.convolve(shares, np.ones(WINDOW), mode="same")
        at = int(np.argmax(sums))
        low, high = max(0, at - WINDOW // 2), min(len(spoken.words) - 1, at + WINDOW // 2)
        text = transcript.turns[turn.turn].text
        return transcript.quote(turn.turn, *clause(text, spoken.starts[low], spoken.ends[high]))

    def _reason(
        self,
        behaviour: Behaviour,
        pieces: Sequence[Evidence],
        by_rule: Mapping[str, float],
        level: int,
    ) -> str:
        moved: dict[str, float] = defaultdict(float, by_rule)
        counts: dict[str, int] = defaultdict(int)
        for piece in pieces:
            counts[piece.indicator] += 1
            if piece.indicator not in by_rule:
                moved[piece.indicator] += _with_stance(piece)
        return reason(behaviour, moved, counts, self._says, level)


def _with_stance(piece: Evidence) -> float:
    """How strongly a piece speaks, with the sign of its stance."""
    size = max(abs(piece.moves), 1e-3 * piece.weight)
    return size if piece.stance == "for" else -size


def _stances(rubric: Rubric) -> dict[tuple[str, str], Stance]:
    """For each indicator and behaviour, on which side it speaks."""
    stances: dict[tuple[str, str], Stance] = {}
    for indicator in rubric.indicators:
        stances |= {(indicator.id, name): "for" for name in indicator.supports}
        stances |= {(indicator.id, name): "against" for name in indicator.speaks_against}
    return stances


def level_chances(value: float, cuts: Sequence[float] | Matrix, spread: float) -> tuple[float, ...]:
    """The chance of each level for a behaviour that lies at ``value``.

    >>> [round(chance, 2) for chance in level_chances(3.0, (1.5, 2.5, 3.5, 4.5), 1.0)]
    [0.07, 0.24, 0.38, 0.24, 0.07]
    """
    inside = min(max(value, 1.0), 5.0)
    below = [0.5 * (1 + erf((cut - inside) / (spread * sqrt(2)))) for cut in cuts]
    return tuple(high - low for low, high in zip([0.0, *below], [*below, 1.0], strict=True))


def load(detail: str, rubric: Rubric, abstain_below: float = 0.0) -> LearnedScorer:
    """The scorer that ``learned`` or ``learned:FILE`` stands for."""
    return LearnedScorer(
        rubric, read(Path(detail)) if detail else read(), abstain_below=abstain_below
    )


def likeliest(chances: Sequence[float]) -> int:
    """The level that is likeliest, the lower of two that are equally likely."""
    return LEVELS[int(np.argmax(chances))]


def knows_rubric(rubric: Rubric) -> bool:
    """Whether the shipped model was learned on this rubric."""
    return SHIPPED.is_file() and knows(read(), rubric)


def knows(model: Model, rubric: Rubric) -> bool:
    """Whether ``model`` was learned on this rubric, in whatever version."""
    names = {behaviour.id for behaviour in rubric.behaviours}
    return model.rubric == rubric.id and names <= set(model.behaviours)
