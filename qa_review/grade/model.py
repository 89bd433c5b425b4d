"""What was learned from rated conversations, as numbers, and what it makes of a call.

Takes the :class:`~qa_review.grade.turns.AgentTurn`s of a call; makes chances (how likely each
turn carries each indicator), amounts (how much of each indicator the call holds) and values
(where each behaviour lies on the scale of the levels, as a fraction).

The steps, each linear but for the curve in the middle:

1. **Chances.** For each indicator a logistic regression on the runs of words of the turn, of
   the customer's words before and after it, on where it stands, and on what finders saw. The
   same for whether a rater would have named the turn as deciding a behaviour, and on which
   side, and for whether the call held anything to judge.
2. **Amounts.** For each indicator three figures of a call: the square roots of the highest
   chance, of the mean chance, and of the sum of chances over what a call of this length would
   hold (one in ``TURNS_PER_FIND`` turns, at least 1 and at most ``FULL_AT``). The square root
   lets the first find count most; the other two keep long and short calls comparable.
3. **Values.** For each behaviour a ridge regression on the amounts.

The numbers lie in a file (:mod:`qa_review.grade.safetensors`); ``docs/model_card.md`` says what
they were learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_review.grade.turns import SHAPE, AgentTurn

Matrix = NDArray[np.float64]

TURNS_PER_FIND, FULL_AT = 8.0, 3.0
OWN, BEFORE, AFTER, SHAPED, FOUND = 1.5, 0.6, 0.4, 0.5, 0.6
"""How much each kind of sign weighs before anything is learned: the length of its vector."""
CUTS = (1.5, 2.5, 3.5, 4.5)
SIDES = ("poor", "plain", "good")
"""How a turn may decide a behaviour: towards levels 1 and 2, 3, or 4 and 5."""
NO_CALL = "no call"
"""What stands beside the indicators: a turn of a call that held nothing to judge."""


@dataclass(frozen=True, slots=True)
class Model:
    """Everything learned. ``J`` indicators, ``B`` behaviours, ``V`` runs of words.

    ``runs`` maps a key to its row in ``weights``; ``rarity`` is how telling a run is because
    few conversations hold it.
    """

    rubric: str
    """id of the rubric that it was learned on"""
    indicators: tuple[str, ...]
    """the rubric's, then what :func:`deciding` names, then ``NO_CALL``"""
    behaviours: tuple[str, ...]
    finds: tuple[str, ...]
    """indicators of finders that it looks at"""
    runs: dict[int, int]
    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    """(V, J)"""
    shape_weights: NDArray[np.float32]
    """(len(SHAPE), J)"""
    find_weights: NDArray[np.float32]
    """(len(finds), J)"""
    bias: NDArray[np.float32]
    """(J,)"""
    shown_from: NDArray[np.float32]
    """(J,): the chance from which an indicator is shown; above 1: never"""
    heads: Matrix
    """(B, 3, J): what a unit of each amount adds to each value"""
    starts: Matrix
    """(B,): the value of a call that holds nothing"""
    spread: Matrix
    """(B,): standard deviation of levels around values, on conversations not learned from"""
    cuts: Matrix
    """(B, 4): the values that part one level from the next"""
    digest: str = ""

    def __post_init__(self) -> None:
        j, b = len(self.indicators), len(self.behaviours)
        shapes = {
            "rarity": (len(self.runs),),
            "weights": (len(self.runs), j),
            "shape_weights": (len(SHAPE), j),
            "find_weights": (len(self.finds), j),
            "bias": (j,),
            "shown_from": (j,),
            "heads": (b, 3, j),
            "starts": (b,),
            "spread": (b,),
            "cuts": (b, 4),
        }
        for name, shape in shapes.items():
            held = getattr(self, name)
            if held.shape != shape or not np.isfinite(held).all():
                raise ValueError(f"{name} is {shape} finite numbers, not {held.shape}")
        if (self.spread <= 0).any() or (np.diff(self.cuts, axis=1) <= 0).any():
            raise ValueError("spread is above 0 and cuts rise")

    def chances(self, turns: Sequence[AgentTurn]) -> Matrix:
        """How likely each turn carries each indicator: ``(turns, J)``, in [0, 1]."""
        logits = np.empty((len(turns), len(self.indicators)))
        places = {name: at for at, name in enumerate(self.finds)}
        for at, turn in enumerate(turns):
            row = self.bias + np.asarray(turn.shape, np.float32) * SHAPED @ self.shape_weights
            for keys, scale in ((turn.own, OWN), (turn.before, BEFORE), (turn.after, AFTER)):
                row = row + self._said(keys, scale)
            seen = [places[name] for name in turn.found if name in places]
            logits[at] = row + FOUND * self.find_weights[sorted(seen)].sum(axis=0)
        return 1 / (1 + np.exp(-logits))

    def _said(self, keys: Sequence[int], scale: float) -> NDArray[np.float32]:
        rows = self.known(keys)
        if not rows:
            return np.zeros(len(self.indicators), np.float32)
        rarity = self.rarity[rows]
        shares: NDArray[np.float32] = (scale / np.linalg.norm(rarity)) * rarity
        return shares @ self.weights[rows]

    def known(self, keys: Sequence[int]) -> list[int]:
        """The rows of the runs that were learned, each once."""
        runs = self.runs
        return sorted({runs[key] for key in keys if key in runs})

    def by_word(self, turn: AgentTurn, indicator: int) -> NDArray[np.float64]:
        """How much each word of a turn speaks for an indicator: ``(words,)``.

        A run's share is spread over its words; what stands before and after the turn is left
        out.
        """
        count = len(turn.spoken.words)
        said = np.zeros(count + 2)
        at, length = 0, 1
        while at < len(turn.own):
            size = count + 2 - length + 1
            for start, key in enumerate(turn.own[at : at + size]):
                row = self.runs.get(key)
                if row is not None:
                    share = self.rarity[row] * self.weights[row, indicator] / length
                    said[start : start + length] += share
            at, length = at + size, length + 1
        return said[1:-1]

    def values(self, held: Matrix) -> Matrix:
        """Where each behaviour lies on the scale of the levels: ``(B,)``; not cut to 1..5."""
        values: Matrix = self.starts + np.einsum("bkj,kj->b", self.heads, held)
        return values


def deciding(behaviour: str, side: str) -> str:
    """What stands beside the indicators for turns that decided a behaviour."""
    return f"{behaviour}: {side}"


def amounts(chances: Matrix) -> Matrix:
    """How much of each indicator a call holds, from the chances of its turns: ``(3, J)``."""
    count = max(1, len(chances))
    if not len(chances):
        return np.zeros((3, chances.shape[1]))
    return np.sqrt(_parts(chances.max(axis=0), chances.sum(axis=0), count))


def amounts_without(chances: Matrix) -> Matrix:
    """The amounts of the call without each of its turns: ``(turns, 3, J)``."""
    count = len(chances)
    if count < 2:
        return np.zeros((count, 3, chances.shape[1]))
    order = np.sort(chances, axis=0)
    highest = np.where(chances == order[-1], order[-2], order[-1])
    rest = np.maximum(chances.sum(axis=0) - chances, 0)
    return np.sqrt(np.stack([_parts(highest[at], rest[at], count - 1) for at in range(count)]))


def _parts(highest: Matrix, total: Matrix, count: int) -> Matrix:
    expected = min(max(count / TURNS_PER_FIND, 1.0), FULL_AT)
    return np.stack([highest, total / count, np.minimum(1.0, total / expected)])
