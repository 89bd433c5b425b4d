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

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from qa_review.capture.transcript import Speaker, Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.hits import Hit, evidence_of, hit
from qa_review.grade.pattern import Fragment, Pattern
from qa_review.grade.rubric import Indicator, Rubric
from qa_review.grade.words import BREAK, is_number, words_of

OTHER = "·"
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
        for start in range(at, min(at + self.after + 1, len(words))):
            if self.number:
                end = start + 1 if is_number(words[start]) else 0
            else:
                end = self._end(words, start) if words[start] in self.lengths else 0
            if end:
                return end if stream.sentences[start] == sentence else 0
        return 0

    def _end(self, words: list[str], start: int) -> int:
        for length in self.lengths[words[start]]:
            if tuple(words[start : start + length]) in self.phrases:
                return start + length
        return 0


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern of one indicator, with what follows its first fragment."""

    indicator: str
    role: str
    pattern: Pattern
    rest: tuple[_Next, ...]
    plain: bool
    """one fragment without anchors: every place is a match"""


class _Side:
    """The matcher for what one speaker says."""

    def __init__(self, vocab: Vocab, rules: list[tuple[str, str, Pattern]]) -> None:
        self.vocab = vocab
        begun: dict[tuple[str, ...], list[_Rule]] = defaultdict(list)
        for indicator, role, pattern in rules:
            first, *others = pattern.fragments
            rest = tuple(map(_Next, others))
            plain = not rest and not pattern.starts and pattern.ends is None
            begun[first.phrases].append(_Rule(indicator, role, pattern, rest, plain))
        self.begun_by_number = begun.pop((), [])
        self.begun: dict[int, list[_Rule]] = {}
        self.matcher = PhraseMatcher(vocab)
        self.known = {OTHER, BREAK}
        for number, (phrases, own) in enumerate(begun.items()):
            self.known.update(word for phrase in phrases for word in phrase.split())
            self.matcher.add(str(number), [Doc(vocab, words=phrase.split()) for phrase in phrases])
            self.begun[vocab.strings[str(number)]] = own

    def find(self, stream: _Stream) -> Iterator[tuple[_Rule, int, int]]:
        """Every rule that matches, with its first word and the one after its last."""
        for rules, start, first_end in self._firsts(stream):
            for rule in rules:
                end = first_end if rule.plain else _end(rule, stream, start, first_end)
                if end and (rule.pattern.ends is not None or stream.words[end] != "not"):
                    yield rule, start, end

    def _firsts(self, stream: _Stream) -> Iterator[tuple[list[_Rule], int, int]]:
        """Each place of a first fragment, with the rules that begin with it."""
        if stream.words and self.begun:
            known = self.known
            words = [word if word in known else OTHER for word in stream.words]
            for name, start, end in self.matcher(Doc(self.vocab, words=words)):
                yield self.begun[name], start, end
        if self.begun_by_number:
            for at, word in enumerate(stream.words):
                if is_number(word):
                    yield self.begun_by_number, at, at + 1


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
    return spacy.blank("en").vocab


class PatternFinder:
    """Finds the indicators of a rubric that words alone can show.

    At most one hit an indicator and turn: the first, the longest of those that start there.
    """

    name = "patterns"

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        vocab = _vocabulary()
        agent: list[tuple[str, str, Pattern]] = []
        customer: list[tuple[str, str, Pattern]] = []
        for indicator in rubric.indicators:
            own = agent if indicator.speaker == "agent" else customer
            own.extend((indicator.id, "says", p) for p in indicator.patterns)
            own.extend((indicator.id, "unless", p) for p in indicator.unless)
            customer.extend((indicator.id, "reply", p) for p in indicator.reply)
        self._sides: dict[Speaker, _Side] = {
            "agent": _Side(vocab, agent),
            "customer": _Side(vocab, customer),
        }
        self._indicators = {indicator.id: indicator for indicator in rubric.indicators}

    def find(self, transcript: Transcript) -> tuple[Evidence, ...]:
        """Every piece of evidence in ``transcript``, in the order of its turns."""
        return evidence_of(self.rubric, self.hits(transcript), self.name)

    def hits(self, transcript: Transcript) -> list[Hit]:
        """Every indicator found, the neutral ones too."""
        hits: list[Hit] = []
        places = _Places(transcript)
        for speaker, side in self._sides.items():
            stream = _stream(transcript, speaker)
            best = self._best(side, stream, places)
            for (indicator, turn, role), (start, end) in sorted(best.items()):
                first, last = stream.starts[start], stream.ends[end - 1]
                if role == "says":
                    hits.append(hit(transcript, indicator, turn, first, last))
                    continue
                answered = hit(transcript, indicator, turn, first, last).quote.text
                before = places.agent_before(turn)
                if before is not None and transcript.turns[before].text.strip():
                    note = f"the customer then said: “{answered}”"
                    hits.append(_last_words(transcript, indicator, before, note))
        return hits

    def _best(
        self, side: _Side, stream: _Stream, places: _Places
    ) -> dict[tuple[str, int, str], tuple[int, int]]:
        """The match to quote for each indicator, turn and role."""
        said: dict[tuple[str, int, str], list[tuple[int, int]]] = defaultdict(list)
        cancelled: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for rule, start, end in side.find(stream):
            if rule.role == "unless":
                cancelled[rule.indicator, stream.sentences[start]].append((start, end))
            elif places.allows(self._indicators[rule.indicator], stream.turns[start]):
                said[rule.indicator, stream.turns[start], rule.role].append((start, end))
        best = {}
        for key, found in said.items():
            kept = [
                (start, -end)
                for start, end in found
                if not any(
                    low - end <= UNLESS_WORDS and start - high <= UNLESS_WORDS
                    for low, high in cancelled.get((key[0], stream.sentences[start]), ())
                )
            ]
            if kept:
                start, minus_end = min(kept)
                best[key] = (start, -minus_end)
        return best


def _last_words(transcript: Transcript, indicator: str, turn: int, note: str) -> Hit:
    """The hit that quotes the end of a turn, which is what the customer answered."""
    text = transcript.turns[turn].text.rstrip()
    start = max(text.rfind(" ") + 1, 0)
    return hit(transcript, indicator, turn, start, len(text), note)


class _Places:
    """Where in the call a turn lies."""

    def __init__(self, transcript: Transcript) -> None:
        self.speakers = [turn.speaker for turn in transcript.turns]
        agent = [i for i, speaker in enumerate(self.speakers) if speaker == "agent"]
        self.opening = set(agent[:2])
        self.end = set(agent[-2:]) if len(agent) > 2 else set(agent[-1:])

    def allows(self, indicator: Indicator, turn: int) -> bool:
        if indicator.place == "opening":
            return turn in self.opening
        return indicator.place == "anywhere" or turn in self.end

    def agent_before(self, turn: int) -> int | None:
        """The agent's turn that the customer's turn answers, at most two turns back."""
        for back in range(turn - 1, max(-1, turn - 3), -1):
            if self.speakers[back] == "agent":
                return back
        return None
