"""What an edit of a rubric does: to evidence, to levels, and to the rubric's own examples.

Takes two rubrics and calls; tells what differs. Both are scored by one scorer, or what the
scorers don't agree about would look like the edit's doing. :func:`scorer_of` says which one
``auto`` takes for a rubric, :func:`common` which one can take both.

Conventions
-----------
- The learned scorer takes every rubric that has the id, and no other behaviours than, the one it
  was learned on. It goes by what it learned: patterns move its levels a little, while points,
  starts and steps count for what it never learned alone. So evidence is told twice over: what
  finders ``found``, and what is ``shown`` with the scores.
- A transcript is known by its call's id, for as long as a :class:`Preview` lives.
- An edit touches few indicators. Only those are looked for again; everything else is what was
  found on the rubric that was edited.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.evidence import Evidence, Stance
from qa_review.grade.examples import shown, transcript_of
from qa_review.grade.hits import Hit, evidence_of
from qa_review.grade.learned import LearnedScorer, knows_rubric
from qa_review.grade.rubric import Example, Indicator, Rubric
from qa_review.grade.rules import RuleScorer, overall
from qa_review.grade.scores import Overall, Score, Scorer
from qa_review.grade.spacy import PatternFinder
from qa_review.grade.timing import TimingFinder, measure
from qa_review.grade.uptake import UptakeFinder

ScorerName = Literal["learned", "rules"]
SIDES = 6
"""rubrics kept: undo and redo come back to those before"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Evidence that appears or disappears; ``found`` by finders, ``shown`` with the scores."""

    behaviour: str
    indicator: str
    stance: Stance
    quote: Quote
    note: str
    appears: bool
    found: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A behaviour whose level differs; ``None`` where a rubric has no such behaviour."""

    behaviour: str
    before: Score | None
    after: Score | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs on one call, evidence in the order of its turns."""

    call_id: str
    pieces: tuple[Piece, ...]
    moved: tuple[Moved, ...]
    before: Overall
    after: Overall


@dataclass(frozen=True, slots=True)
class Ran:
    """One example of an indicator, run; ``met`` when it is to be found, ``found`` when it is."""

    indicator: str
    met: bool
    number: int
    """from 0, among the examples of its kind"""
    example: Example
    found: bool
    problem: str = ""
    """why it could not be run"""

    @property
    def holds(self) -> bool:
        return self.found == self.met and not self.problem


def scorer_of(rubric: Rubric) -> ScorerName:
    """The scorer that reviews on this rubric have unless they name another."""
    return "learned" if knows_rubric(rubric) else "rules"


def common(before: Rubric, after: Rubric) -> ScorerName:
    """The scorer that both rubrics can be scored by: the learned one where it takes both."""
    return "learned" if scorer_of(before) == scorer_of(after) == "learned" else "rules"


class Preview:
    """Compares drafts of one rubric with it, call by call; what was worked out is kept."""

    def __init__(self, before: Rubric) -> None:
        self.before = before
        self._base = _Finders(before)
        self._sides: OrderedDict[tuple[str, str], _Side] = OrderedDict()

    def on(self, said: Transcript, after: Rubric, scorer: ScorerName) -> Difference:
        """What differs on one call between the rubric and a draft of it.

        Raises:
            UnknownName: the learned scorer doesn't take one of them.
        """
        old, new = self._side(self.before, scorer).of(said), self._side(after, scorer).of(said)
        return Difference(
            said.call_id, _pieces(old, new), _moved(old, new), old.overall, new.overall
        )

    def examples(self, rubric: Rubric) -> tuple[Ran, ...]:
        """Every example of the rubric or of a draft, run."""
        return self._finders(rubric).examples()

    def signs(self, rubric: Rubric, example: Example) -> tuple[Hit, ...]:
        """Which indicators are found in what somebody might say, once each.

        Raises:
            ValueError: the example can't be read.
        """
        hits = self._finders(rubric).hits(transcript_of(example))
        return tuple({hit.indicator: hit for hit in reversed(hits)}.values())[::-1]

    def _finders(self, rubric: Rubric) -> _Finders:
        return self._side(rubric, "rules").finders

    def _side(self, rubric: Rubric, scorer: ScorerName) -> _Side:
        key = rubric.digest, scorer
        if key not in self._sides:
            twin = self._sides.get((rubric.digest, "rules" if scorer == "learned" else "learned"))
            same = rubric.digest == self.before.digest
            made = twin.finders if twin else self._base if same else _Finders(rubric, self._base)
            self._sides[key] = _Side(rubric, scorer, made)
        self._sides.move_to_end(key)
        while len(self._sides) > SIDES:
            self._sides.popitem(last=False)
        return self._sides[key]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One call on one rubric."""

    found: tuple[Evidence, ...]
    scores: tuple[Score, ...]
    overall: Overall


class _Side:
    """One rubric with its scorer, and what it made of calls so far."""

    def __init__(self, rubric: Rubric, scorer: ScorerName, finders: _Finders) -> None:
        self.rubric, self.finders = rubric, finders
        self._scorer: Scorer = (
            LearnedScorer(rubric, looking=(finders,)) if scorer == "learned" else RuleScorer(rubric)
        )
        self._seen: dict[str, _Seen] = {}

    def of(self, said: Transcript) -> _Seen:
        if said.call_id not in self._seen:
            found = (*self.finders.find(said), *self.finders.timed(said))
            scores = self._scorer.score(said, found, measure(said, self.rubric))
            self._seen[said.call_id] = _Seen(found, scores, overall(self.rubric, scores))
        return self._seen[said.call_id]


class _Finders:
    """The finders of a rubric; with a ``base``, it looks for what differs from that only."""

    name = "words"

    def __init__(self, rubric: Rubric, base: _Finders | None = None) -> None:
        self.rubric, self._base = rubric, base
        known = {one.id: one for one in base.rubric.indicators} if base else {}
        own = tuple(one for one in rubric.indicators if known.get(one.id) != one)
        self._own = frozenset(one.id for one in own)
        self._kept = frozenset(one.id for one in rubric.indicators) - self._own
        self._patterns = PatternFinder(replace(rubric, indicators=own))
        self._uptake, self._timing = UptakeFinder(rubric), TimingFinder(rubric)
        self._ran: dict[str, tuple[Ran, ...]] = {}

    def find(self, said: Transcript) -> tuple[Evidence, ...]:
        """Evidence of words alone, as the rubric's own finders see it."""
        patterns = evidence_of(self.rubric, self._by_patterns(said), PatternFinder.name)
        return *patterns, *self._uptake.find(said)

    def timed(self, said: Transcript) -> tuple[Evidence, ...]:
        return self._timing.find(said)

    def hits(self, said: Transcript) -> list[Hit]:
        """Every indicator found, the neutral ones too."""
        return [*self._by_patterns(said), *self._uptake.hits(said), *self._timing.hits(said)]

    def _by_patterns(self, said: Transcript) -> list[Hit]:
        hits = self._patterns.hits(said)
        if self._base:
            hits += [hit for hit in self._base._by_patterns(said) if hit.indicator in self._kept]
        return hits

    def examples(self) -> tuple[Ran, ...]:
        made: list[Ran] = []
        for indicator in self.rubric.indicators:
            if indicator.id not in self._ran:
                self._ran[indicator.id] = self._examples(indicator)
            made += self._ran[indicator.id]
        return tuple(made)

    def _examples(self, indicator: Indicator) -> tuple[Ran, ...]:
        by_words = indicator.finders == ("patterns",)
        if self._base and indicator.id in self._kept and (by_words or self._same_settings()):
            self._base.examples()
            return self._base._ran[indicator.id]
        both = ((True, indicator.met), (False, indicator.not_met))
        return tuple(
            self._run(indicator, met, number, example)
            for met, examples in both
            for number, example in enumerate(examples)
        )

    def _same_settings(self) -> bool:
        """Whether what looks at more than one indicator's patterns looks as the base does."""
        mine, other = self.rubric, self._base.rubric if self._base else None
        return other is not None and (mine.lists, mine.settings) == (other.lists, other.settings)

    def _run(self, indicator: Indicator, met: bool, number: int, example: Example) -> Ran:
        try:
            said = transcript_of(example)
        except ValueError as error:
            return Ran(indicator.id, met, number, example, False, str(error))
        hits: list[Hit] = []
        if "patterns" in indicator.finders:
            own = self._patterns if indicator.id in self._own or not self._base else None
            hits += own.hits(said) if own else self._by_patterns(said)
        hits += self._uptake.hits(said) if "uptake" in indicator.finders else []
        hits += self._timing.hits(said) if "timing" in indicator.finders else []
        return Ran(indicator.id, met, number, example, shown(hits, indicator.id, said))


def _pieces(old: _Seen, new: _Seen) -> tuple[Piece, ...]:
    """Evidence that one side has and the other hasn't, whether found, shown, or both."""
    changes = {
        (way, appears): _missing(there, here)
        for way, before, after in (
            ("found", old.found, new.found),
            ("shown", _shown(old), _shown(new)),
        )
        for appears, here, there in ((True, before, after), (False, after, before))
    }
    made: list[Piece] = []
    for appears in (False, True):
        found, visible = changes["found", appears], changes["shown", appears]
        for key, piece in {**found, **visible}.items():
            made.append(
                Piece(
                    piece.behaviour, piece.indicator, piece.stance, piece.quote, piece.note,
                    appears, key in found, key in visible,
                )
            )  # fmt: skip
    return tuple(sorted(made, key=lambda one: (one.quote.turn, one.quote.start, one.indicator)))


_Key = tuple[str, str, str, int, int, int]


def _missing(there: Iterable[Evidence], here: Iterable[Evidence]) -> dict[_Key, Evidence]:
    """What is ``there`` and not ``here``; it is one find where the place in the turn is one."""
    known = {_key(piece) for piece in here}
    return {_key(piece): piece for piece in there if _key(piece) not in known}


def _key(piece: Evidence) -> _Key:
    quote = piece.quote
    return piece.behaviour, piece.indicator, piece.stance, quote.turn, quote.start, quote.end


def _shown(seen: _Seen) -> list[Evidence]:
    return [piece for score in seen.scores for piece in score.evidence]


def _moved(old: _Seen, new: _Seen) -> tuple[Moved, ...]:
    before = {score.behaviour: score for score in old.scores}
    after = {score.behaviour: score for score in new.scores}
    pairs = [Moved(name, before.get(name), after.get(name)) for name in {**before, **after}]
    return tuple(one for one in pairs if _given(one.before) != _given(one.after))


def _given(score: Score | None) -> tuple[int | None, bool] | None:
    return None if score is None else (score.level, score.abstained)
