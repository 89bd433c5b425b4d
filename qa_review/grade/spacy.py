"""Evidence by words: the patterns of a rubric, found with spaCy's PhraseMatcher.

No statistical pipeline: a blank English vocabulary and a matcher whose time doesn't depend on
how many phrases it holds. All turns of one side go through it as one document, so a call
costs two calls of the matcher. Gaps, numbers and anchors are checked afterwards in Python, on
what was found. Words that no pattern holds are replaced by one stand-in, so that the
vocabulary doesn't grow with the calls it has seen.

Turns whose speaker is unknown are not looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from qa_review.capture.transcript import Speaker, Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.hits import Hit, evidence_of, hit
from qa_review.grade.pattern import Fragment, Pattern
from qa_review.grade.rubric import Indicator, Rubric
from qa_review.grade.words import BREAK, DIGITS, NUMBER_WORDS, Words, words_of

OTHER = "·"
LEADING = frozenset(
    "okay yes no right so and but well oh ah sure now then all lovely great brilliant perfect "
    "good fine hi hello hey please thanks thank you because just".split()
)
"""Words that may come before what ``^`` calls the start of a sentence."""

UNLESS_WORDS = 6
"""An ``unless`` pattern cancels a match that lies no more than this many words away."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern of one indicator, with its fragments as numbers of the matcher."""

    indicator: str
    role: str
    pattern: Pattern
    fragments: tuple[int, ...]
    needed: tuple[int, ...]
    plain: bool
    """one fragment without anchors: every place is a match"""


@dataclass(frozen=True, slots=True)
class _Stream:
    """The turns of one side in a row: words, the turn of each, and sentences by number."""

    words: list[str]
    turns: list[int]
    sentences: list[int]
    starts: list[int]
    ends: list[int]


class _Side:
    """The matcher for what one speaker says."""

    def __init__(self, vocab: Vocab, rules: list[tuple[str, str, Pattern]]) -> None:
        self.vocab = vocab
        numbers: dict[Fragment, int] = {}
        self.rules: list[_Rule] = []
        for indicator, role, pattern in rules:
            parts = [Fragment(part.phrases) for part in pattern.fragments]
            ids = tuple(numbers.setdefault(part, len(numbers)) for part in parts)
            needed = tuple(
                number
                for number, part in zip(ids, pattern.fragments, strict=True)
                if not part.optional
            )
            plain = len(ids) == 1 and not pattern.starts and pattern.ends is None
            self.rules.append(_Rule(indicator, role, pattern, ids, needed, plain))
        self.matcher = PhraseMatcher(vocab)
        self.known = {OTHER, BREAK}
        self.number_id = numbers.get(Fragment(()), -1)
        self.names: dict[int, int] = {}
        for fragment, number in numbers.items():
            if not fragment.number:
                docs = [Doc(vocab, words=phrase.split()) for phrase in fragment.phrases]
                self.known.update(word for phrase in fragment.phrases for word in phrase.split())
                self.matcher.add(str(number), docs)
                self.names[vocab.strings[str(number)]] = number
        self.first: dict[int, list[_Rule]] = defaultdict(list)
        for rule in self.rules:
            self.first[rule.fragments[0]].append(rule)

    def find(self, stream: _Stream) -> Iterator[tuple[_Rule, int, int]]:
        """Every rule that matches, with its first word and the one after its last."""
        if not stream.words or not self.rules:
            return
        known = self.known
        words = [word if word in known else OTHER for word in stream.words]
        places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for name, start, end in self.matcher(Doc(self.vocab, words=words)):
            places[self.names[name]].append((start, end))
        if self.number_id >= 0:
            numbers = [
                (i, i + 1)
                for i, word in enumerate(stream.words)
                if word in NUMBER_WORDS or word[0] in DIGITS
            ]
            if numbers:
                places[self.number_id] = numbers
        for found in places.values():
            found.sort()
        for fragment in sorted(places):
            for rule in self.first.get(fragment, ()):
                if rule.plain:
                    for start, end in places[fragment]:
                        if stream.words[end] != "not":
                            yield rule, start, end
                elif all(other in places for other in rule.needed):
                    yield from _joined(rule, places, stream)


def _joined(
    rule: _Rule, places: dict[int, list[tuple[int, int]]], stream: _Stream
) -> Iterator[tuple[_Rule, int, int]]:
    """The places where the fragments of a rule follow one another closely enough."""
    sentences = stream.sentences
    for start, end in places[rule.fragments[0]]:
        if rule.pattern.starts and not _starts(stream, start):
            continue
        for number, fragment in zip(rule.fragments[1:], rule.pattern.fragments[1:], strict=True):
            later = places.get(number, [])
            at = bisect_left(later, (end, 0))
            near = at < len(later) and later[at][0] <= end + fragment.after
            if near and sentences[later[at][0]] == sentences[start]:
                end = later[at][1]
            elif not fragment.optional:
                break
        else:
            if rule.pattern.ends is None:
                if stream.words[end] != "not":
                    yield rule, start, end
            elif _ends(stream, end, rule.pattern.ends):
                yield rule, start, end


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


def _streams(transcript: Transcript) -> dict[Speaker, _Stream]:
    """The words of each known speaker in a row, a ``BREAK`` after each turn."""
    streams: dict[Speaker, _Stream] = {
        "agent": _Stream([], [], [], [], []),
        "customer": _Stream([], [], [], [], []),
    }
    sentence = 0
    for number, turn in enumerate(transcript.turns):
        stream = streams.get(turn.speaker)
        if stream is None:
            continue
        said: Words = words_of(turn.text)
        if not said.words:
            continue
        stream.words.extend(said.words)
        stream.starts.extend(said.starts)
        stream.ends.extend(said.ends)
        stream.turns.extend([number] * len(said.words))
        if BREAK in said.words:
            for word in said.words:
                stream.sentences.append(sentence)
                sentence += word == BREAK
        else:
            stream.sentences.extend([sentence] * len(said.words))
        if said.words[-1] != BREAK:
            stream.words.append(BREAK)
            stream.starts.append(len(turn.text))
            stream.ends.append(len(turn.text))
            stream.turns.append(number)
            stream.sentences.append(sentence)
            sentence += 1
    return streams


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
        for speaker, stream in _streams(transcript).items():
            best = self._best(speaker, stream, places)
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
        self, speaker: Speaker, stream: _Stream, places: _Places
    ) -> dict[tuple[str, int, str], tuple[int, int]]:
        """The match to quote for each indicator, turn and role."""
        said: dict[tuple[str, int, str], list[tuple[int, int]]] = defaultdict(list)
        cancelled: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for rule, start, end in self._sides[speaker].find(stream):
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
