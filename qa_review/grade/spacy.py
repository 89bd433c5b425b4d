"""Evidence by words: the patterns of a rubric, found with spaCy's PhraseMatcher.

No statistical pipeline: a blank English vocabulary and a matcher whose time doesn't depend on
how many phrases it holds. All turns of one side go through it as one document, so a call
costs two calls of the matcher. It looks for how each pattern begins; what must follow, numbers
and anchors are checked afterwards in Python, at the few places that were found. Words that no
pattern begins with are replaced by one stand-in, so that the vocabulary doesn't grow with the
calls it has seen.

Turns whose speaker is unknown are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from qa_review.capture.transcript import Speaker, Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.hits import Hit, Quotes, evidence_of
from qa_review.grade.pattern import Fragment, Pattern
from qa_review.grade.rubric import Indicator, Rubric
from qa_review.grade.words import BREAK, is_number, words_of

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

OTHER = "·"
NUMBER = 0
"""The key of a first fragment that is a number; the matcher's own keys are never 0."""
LEADING = frozenset(
    "okay yes no right so and but well oh ah sure now then all lovely great brilliant perfect "
    "good fine hi hello hey please thanks thank you because just".split()
)
"""Words that may come before what ``^`` calls the start of a sentence."""

UNLESS_WORDS = 6
"""An ``unless`` pattern cancels a match that lies no more than this many words away."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """The turns of one side in a row, with the turn, sentence and characters of each word."""

    words: list[str]
    turns: list[int]
    sentences: list[int]
    starts: list[int]
    ends: list[int]


class _Next:
    """A fragment after the first of its pattern."""

    def __init__(self, fragment: Fragment) -> None:
        self.after, self.optional, self.number = fragment.after, fragment.optional, fragment.number
        self.phrases = frozenset(tuple(phrase.split()) for phrase in fragment.phrases)
        lengths: dict[str, set[int]] = defaultdict(set)
        for phrase in self.phrases:
            lengths[phrase[0]].add(len(phrase))
        self.lengths = {word: sorted(found) for word, found in lengths.items()}
        """how long the phrases are that begin with a word"""

    def end(self, stream: _Stream, at: int, sentence: int) -> int:
        """Where the nearest place of it from word ``at`` on ends; 0 when there is none."""
        words = stream.words
        nearby = words[at : at + self.after + 1]
        if not self.number and self.lengths.keys().isdisjoint(nearby):
            return 0
        for start, word in enumerate(nearby, at):
            if self.number:
                end = start + 1 if is_number(word) else 0
            else:
                end = self._end(words, start)
            if end:
                return end if stream.sentences[start] == sentence else 0
        return 0

    def _end(self, words: list[str], start: int) -> int:
        for length in self.lengths.get(words[start], ()):
            if tuple(words[start : start + length]) in self.phrases:
                return start + length
        return 0


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern of one indicator, with what follows its first fragment."""

    indicator: Indicator
    role: str
    pattern: Pattern
    rest: tuple[_Next, ...]
    plain: bool
    """one fragment without anchors: every place is a match"""


class _Side:
    """The matcher for what one speaker says."""

    def __init__(self, vocab: Vocab, rules: list[tuple[Indicator, str, Pattern]]) -> None:
        from spacy.matcher import PhraseMatcher  # spaCy takes seconds to load

        self.vocab = vocab
        begun: dict[tuple[str, ...], list[_Rule]] = defaultdict(list)
        for indicator, role, pattern in rules:
            first, *others = pattern.fragments
            rest = tuple(map(_Next, others))
            plain = not rest and not pattern.starts and pattern.ends is None
            begun[first.phrases].append(_Rule(indicator, role, pattern, rest, plain))
        self.begun: dict[int, list[_Rule]] = {}
        self.matcher = PhraseMatcher(vocab)
        self.known = {OTHER, BREAK}
        for number, (phrases, own) in enumerate(begun.items()):
            if not phrases:
                self.begun[NUMBER] = own
                continue
            self.known.update(word for phrase in phrases for word in phrase.split())
            self.matcher.add(str(number), [self._doc(phrase.split()) for phrase in phrases])
            self.begun[vocab.strings[str(number)]] = own

    def _doc(self, words: list[str]) -> Doc:
        from spacy.tokens import Doc

        return Doc(self.vocab, words=words)

    def find(self, stream: _Stream) -> Iterator[tuple[_Rule, int, int]]:
        """Every rule that matches, with its first word and the one after its last."""
        words = stream.words
        for name, start, first_end in self._firsts(words):
            for rule in self.begun[name]:
                end = first_end if rule.plain else _end(rule, stream, start, first_end)
                if end and (words[end] != "not" or rule.pattern.ends is not None):
                    yield rule, start, end

    def _firsts(self, words: list[str]) -> list[tuple[int, int, int]]:
        """Each place of a first fragment, with the number of that fragment."""
        found: list[tuple[int, int, int]] = []
        if words and len(self.matcher):
            known = self.known
            seen = [word if word in known else OTHER for word in words]
            found = self.matcher(self._doc(seen))
        if NUMBER in self.begun:
            found += [(NUMBER, at, at + 1) for at, word in enumerate(words) if is_number(word)]
        return found


def _end(rule: _Rule, stream: _Stream, start: int, end: int) -> int:
    """Where the match ends whose first fragment is ``[start, end)``; 0 when there is none."""
    pattern = rule.pattern
    if pattern.starts and not _starts(stream, start):
        return 0
    for part in rule.rest:
        later = part.end(stream, end, stream.sentences[start])
        if not later and not part.optional:
            return 0
        end = later or end
    return end if pattern.ends is None or _ends(stream, end, pattern.ends) else 0


def _cancelled(found: tuple[int, int], unless: list[tuple[int, int]], stream: _Stream) -> bool:
    """Whether an ``unless`` match lies near a match, in the same sentence."""
    start, end = found
    return any(
        low - end <= UNLESS_WORDS
        and start - high <= UNLESS_WORDS
        and stream.sentences[low] == stream.sentences[start]
        for low, high in unless
    )


def _starts(stream: _Stream, at: int) -> bool:
    """Whether only leading words lie between ``at`` and the start of its sentence."""
    sentence = stream.sentences[at]
    for back in range(at - 1, max(-1, at - 6), -1):
        if stream.sentences[back] != sentence or stream.words[back] == BREAK:
            return True
        if stream.words[back] not in LEADING:
            return False
    return at == 0 or at <= 5


def _ends(stream: _Stream, at: int, within: int) -> bool:
    """Whether the sentence ends at ``at``, or at most ``within`` words later."""
    return BREAK in stream.words[at : at + within + 1]


def _stream(transcript: Transcript, speaker: Speaker) -> _Stream:
    """The words of one speaker in a row, a ``BREAK`` after each turn."""
    words: list[str] = []
    turns: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for number, turn in transcript.said_by(speaker):
        said = words_of(turn.text)
        if not said.words:
            continue
        words += said.words
        starts += said.starts
        ends += said.ends
        if words[-1] != BREAK:
            words.append(BREAK)
            starts.append(len(turn.text))
            ends.append(len(turn.text))
        turns += [number] * (len(words) - len(turns))
    sentences = list(accumulate(map(BREAK.__eq__, words), initial=0))
    return _Stream(words, turns, sentences, starts, ends)


@lru_cache(maxsize=1)
def _vocabulary() -> Vocab:
    """One vocabulary for all finders; it holds the words of their rubrics, not of calls."""
    import spacy

    return spacy.blank("en").vocab


class PatternFinder:
    """Finds the indicators of a rubric that words alone can show.

    At most one hit an indicator and turn: the first, the longest of those that start there.
    """

    name = "patterns"

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        vocab = _vocabulary()
        agent: list[tuple[Indicator, str, Pattern]] = []
        customer: list[tuple[Indicator, str, Pattern]] = []
        for indicator in rubric.indicators:
            own = agent if indicator.speaker == "agent" else customer
            own.extend((indicator, "says", p) for p in indicator.patterns)
            own.extend((indicator, "unless", p) for p in indicator.unless)
            customer.extend((indicator, "reply", p) for p in indicator.reply)
        self._sides: dict[Speaker, _Side] = {
            "agent": _Side(vocab, agent),
            "customer": _Side(vocab, customer),
        }

    def find(self, transcript: Transcript) -> tuple[Evidence, ...]:
        """Every piece of evidence in ``transcript``, in the order of its turns."""
        return evidence_of(self.rubric, self.hits(transcript), self.name)

    def hits(self, transcript: Transcript) -> list[Hit]:
        """Every indicator found, the neutral ones too."""
        hits: list[Hit] = []
        places = _Places(transcript)
        quotes = Quotes(transcript)
        for speaker, side in self._sides.items():
            stream = _stream(transcript, speaker)
            best = self._best(side, stream, places)
            for (indicator, turn, role), (start, end) in sorted(best.items()):
                first, last = stream.starts[start], stream.ends[end - 1]
                if role == "says":
                    hits.append(quotes.hit(indicator, turn, first, last))
                    continue
                answered = quotes.hit(indicator, turn, first, last).quote.text
                before = places.agent_before(turn)
                said = transcript.turns[before].text.rstrip() if before is not None else ""
                if before is not None and said:
                    last_word = said.rfind(" ") + 1
                    note = f"the customer then said: “{answered}”"
                    hits.append(quotes.hit(indicator, before, last_word, len(said), note))
        return hits

    def _best(
        self, side: _Side, stream: _Stream, places: _Places
    ) -> dict[tuple[str, int, str], tuple[int, int]]:
        """The match to quote for each indicator, turn and role."""
        said: dict[tuple[str, int, str], list[tuple[int, int]]] = defaultdict(list)
        unless: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for rule, start, end in side.find(stream):
            name, turn = rule.indicator.id, stream.turns[start]
            if rule.role == "unless":
                unless[name, turn].append((start, end))
            elif places.allows(rule.indicator, turn):
                said[name, turn, rule.role].append((start, end))
        best = {}
        for key, found in said.items():
            near = unless.get(key[:2])
            if near:
                found = [at for at in found if not _cancelled(at, near, stream)]
            if found:
                best[key] = min(found, key=lambda at: (at[0], -at[1]))
        return best


class _Places:
    """Where in the call a turn lies."""

    def __init__(self, transcript: Transcript) -> None:
        self.speakers = [turn.speaker for turn in transcript.turns]
        agent = [i for i, speaker in enumerate(self.speakers) if speaker == "agent"]
        self.opening = set(agent[:2])
        self.end = set(agent[-2:]) if len(agent) > 2 else set(agent[-1:])

    def allows(self, indicator: Indicator, turn: int) -> bool:
        place = indicator.place
        return place == "anywhere" or turn in (self.opening if place == "opening" else self.end)

    def agent_before(self, turn: int) -> int | None:
        """The agent's turn that the customer's turn answers, at most two turns back."""
        for back in range(turn - 1, max(-1, turn - 3), -1):
            if self.speakers[back] == "agent":
                return back
        return None
