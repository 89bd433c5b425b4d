"""What evidence and scores cost once a call is in words, whether that grows with its length, and
what looking for the same phrases costs otherwise.

    python benchmarks/scoring.py [--rubric NAME] [--calls N] [--repeats N]

Transcripts are made up from the sentences of the rubric's own examples, in random order from a
fixed seed, so nearly every sentence is one that a finder has to look at: ordinary calls hold less
evidence and are faster. Times are CPU seconds of one process, the median of several repeats, with
the least and the most in brackets; normalised turns are forgotten before each repeat.
"""

from __future__ import annotations

import argparse
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc

from qa_review.base.records import MadeBy
from qa_review.base.resources import rubric_path
from qa_review.base.span import Span
from qa_review.capture.language import language_of
from qa_review.capture.transcript import Speaker, Transcript, Turn, Word
from qa_review.grade.finders import finders
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.rubric import Rubric, load
from qa_review.grade.rules import RuleScorer, overall
from qa_review.grade.timing import measure
from qa_review.grade.words import words_of

WORDS = 800
LENGTHS = (400, 800, 1_600, 3_200, 6_400, 12_800)
SIDES: tuple[Speaker, ...] = ("customer", "agent")
PEER_CALLS = 5
"""the peers that try every phrase take a second a call"""


@dataclass(frozen=True)
class Times:
    """CPU seconds for one call, one figure a repeat."""

    seconds: tuple[float, ...]

    def shown(self, convert: Callable[[float], float], decimals: int = 0) -> str:
        """Median, least and most of ``convert`` of each repeat."""
        values = sorted(map(convert, self.seconds))
        low, high = values[0], values[-1]
        return f"{statistics.median(values):.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"


def run(work: Callable[[Transcript], object], calls: Sequence[Transcript], repeats: int) -> Times:
    """``work`` on every call, ``repeats`` times; a first call is not counted."""
    work(calls[0])
    seconds = []
    for _ in range(repeats):
        words_of.cache_clear()
        start = time.process_time()
        for call in calls:
            work(call)
        seconds.append((time.process_time() - start) / len(calls))
    return Times(tuple(seconds))


def sentences(rubric: Rubric) -> dict[Speaker, list[str]]:
    """What each side says in the examples of a rubric, timed ones left out."""
    said: dict[Speaker, list[str]] = {"agent": [], "customer": []}
    for indicator in rubric.indicators:
        for example in (*indicator.met, *indicator.not_met):
            said["agent"].append(example.agent)
            said["customer"] += (example.customer, example.then)
    return {who: list(dict.fromkeys(filter(None, texts))) for who, texts in said.items()}


def made_up(said: dict[Speaker, list[str]], words: int, seed: int, timed: bool) -> Transcript:
    """A call of about ``words`` words: turns of one to three sentences, the sides in turn."""
    chance = random.Random(seed)
    turns: list[Turn] = []
    count, at_ms = 0, 0
    while count < words:
        who = SIDES[len(turns) % 2]
        text = " ".join(chance.sample(said[who], chance.randint(1, 3)))
        at_ms = max(0, at_ms + chance.choice((-500, 200, 700)))
        spoken = list(timed_words(text, at_ms, chance))
        turns.append(Turn.of(who, spoken) if timed else Turn(who, text))
        count += len(spoken)
        at_ms = spoken[-1].span.end_ms
    return Transcript(f"made-up-{seed}", "en", tuple(turns), MadeBy("given", "1"))


def timed_words(text: str, at_ms: int, chance: random.Random) -> Iterator[Word]:
    for word in text.split():
        length_ms = chance.randint(150, 450)
        yield Word(word, Span(at_ms, at_ms + length_ms))
        at_ms += length_ms + chance.choice((0, 0, 0, 80, 400))


def text_of(call: Transcript, side: Speaker | None = None) -> str:
    return " ".join(turn.text for turn in call.turns if side in (None, turn.speaker))


def normalised(call: Transcript) -> list[str]:
    """What the agent said, as the words that patterns are met with."""
    return [word for _, turn in call.said_by("agent") for word in words_of(turn.text).words]


def plain_phrases(rubric: Rubric) -> list[str]:
    """The phrases of the agent's patterns without gaps, numbers and anchors."""
    patterns = [
        pattern
        for indicator in rubric.indicators
        if indicator.speaker == "agent"
        for pattern in (*indicator.patterns, *indicator.unless)
        if len(pattern.fragments) == 1 and not pattern.starts and pattern.ends is None
    ]
    return sorted({phrase for pattern in patterns for phrase in pattern.fragments[0].phrases})


def scoring(
    rubric: Rubric, kind: type[LearnedScorer] | type[RuleScorer] = LearnedScorer
) -> Callable[[Transcript], object]:
    """All that happens to a call between its transcript and its page."""
    looking, scorer = finders(rubric), kind(rubric)

    def score(call: Transcript) -> object:
        timing = measure(call)
        evidence = [piece for finder in looking for piece in finder.find(call)]
        scores = scorer.score(call, evidence, timing)
        return scores, overall(rubric, scores)

    return score


def print_rates(rubric: Rubric, calls: int, repeats: int) -> None:
    said, score, ruled = sentences(rubric), scoring(rubric), scoring(rubric, RuleScorer)
    print(f"Calls of {WORDS} words, {calls} of each kind, {repeats} repeats\n")
    print(f"{'':38} {'calls a second a core':>24} {'ms a call':>22}")
    works: list[tuple[str, bool, Callable[[Transcript], object]]] = [
        ("evidence and scores, without times", False, score),
        ("evidence and scores, word times", True, score),
        ("the same by rules, without times", False, ruled),
        ("the same by rules, word times", True, ruled),
        ("telling the language of the text", False, lambda call: language_of(text_of(call))),
    ]
    for name, with_times, work in works:
        made = [made_up(said, WORDS, seed, with_times) for seed in range(calls)]
        spent = run(work, made, repeats)
        print(f"{name:38} {spent.shown(lambda s: 1 / s):>24} {spent.shown(in_ms, 2):>22}")


def print_lengths(rubric: Rubric, calls: int, repeats: int) -> None:
    said, score = sentences(rubric), scoring(rubric)
    print("\nMicroseconds a word, evidence and scores\n")
    print(f"{'words':>7} {'calls':>6} {'without times':>22} {'word times':>22}")
    for words in LENGTHS:
        count = max(2, calls * WORDS // words)
        cells = []
        for with_times in (False, True):
            made = [made_up(said, words, seed, with_times) for seed in range(count)]
            mean = statistics.mean(call.words for call in made)
            spent = run(score, made, repeats)
            cells.append(spent.shown(lambda s, mean=mean: s / mean * 1e6, 2))  # type: ignore[misc]
        print(f"{words:7,} {count:6} {cells[0]:>22} {cells[1]:>22}")


def print_peers(rubric: Rubric, calls: int, repeats: int) -> None:
    """The same phrases over the same words by other means, each prepared before it is timed."""
    made = [made_up(sentences(rubric), WORDS, seed, False) for seed in range(calls)]
    phrases = plain_phrases(rubric)
    nlp = spacy.blank("en")
    matcher = Matcher(nlp.vocab)
    matcher.add("any", [[{"ORTH": word} for word in phrase.split()] for phrase in phrases])
    longest_first = sorted(phrases, key=len, reverse=True)
    any_phrase = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
    docs = {call.call_id: Doc(nlp.vocab, words=normalised(call)) for call in made}
    texts = {call.call_id: " ".join(normalised(call)) for call in made}
    pattern_finder = finders(rubric)[0]
    works: list[tuple[str, int, Callable[[Transcript], object]]] = [
        ("evidence and scores, everything", calls, scoring(rubric)),
        (
            "all patterns, both sides, to evidence",
            calls,
            lambda call: list(pattern_finder.find(call)),
        ),
        ("blank spaCy: tokens alone, both sides", calls, lambda call: nlp(text_of(call))),
        ("Matcher, plain phrases, agent", PEER_CALLS, lambda call: matcher(docs[call.call_id])),
        (
            "one re, plain phrases, agent",
            PEER_CALLS,
            lambda call: any_phrase.findall(texts[call.call_id]),
        ),
    ]
    print(f"\n{len(phrases):,} plain phrases of the agent; calls of {WORDS} words\n")
    print(f"{'':38} {'calls':>6} {'ms a call':>26}")
    for name, count, work in works:
        spent = run(work, made[:count], repeats)
        print(f"{name:38} {count:6} {spent.shown(in_ms, 2):>26}")


def in_ms(seconds: float) -> float:
    return seconds * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=" ".join((__doc__ or "").split("\n\n")[0].split()))
    parser.add_argument("--rubric", default="behaviours.v1", help="a shipped name or a .toml file")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=7)
    chosen = parser.parse_args()
    rubric = load(rubric_path(chosen.rubric))
    print(f"Python {platform.python_version()}, spaCy {version('spacy')}, {platform.machine()}\n")
    print_rates(rubric, chosen.calls, chosen.repeats)
    print_lengths(rubric, chosen.calls, chosen.repeats)
    print_peers(rubric, chosen.calls, chosen.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
