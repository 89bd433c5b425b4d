"""Running a rubric's own examples: what meets an indicator is found, what doesn't isn't."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa_review.base.span import Span
from qa_review.capture.transcript import AgentIs, Speaker, Transcript, Turn, Word
from qa_review.grade.hits import Hit
from qa_review.grade.rubric import Example, Rubric
from qa_review.grade.spacy import PatternFinder
from qa_review.grade.timing import TimingFinder
from qa_review.grade.uptake import UptakeFinder

_LINE = re.compile(r"(agent|customer) (\d+(?:\.\d+)?)-(\d+(?:\.\d+)?) (\S.*)")


def example_problems(rubric: Rubric) -> list[str]:
    """Each example that the finders see otherwise than the rubric says, in words."""
    finders = (PatternFinder(rubric), UptakeFinder(rubric), TimingFinder(rubric))
    found: list[str] = []
    for indicator in rubric.indicators:
        for wanted, examples in ((True, indicator.met), (False, indicator.not_met)):
            for number, example in enumerate(examples, start=1):
                key = "met" if wanted else "not_met"
                where = f"indicators.{indicator.id}.{key}[{number}]"
                try:
                    transcript = transcript_of(example)
                except ValueError as error:
                    found.append(f"{where}: {error}")
                    continue
                hits = (hit for finder in finders for hit in finder.hits(transcript))
                if shown(hits, indicator.id, transcript) != wanted:
                    what = "is not found in" if wanted else "is found in"
                    found.append(f"{where}: {indicator.id} {what} {_said(example)!r}")
    return found


def shown(hits: Iterable[Hit], indicator: str, transcript: Transcript) -> bool:
    """Whether one of ``hits`` is of this indicator."""
    return any(hit.indicator == indicator for hit in hits)


def transcript_of(example: Example) -> Transcript:
    """The example as a transcript; a timed one has its words spread evenly over each turn.

    Raises:
        ValueError: a line of a timed example isn't ``agent 2.5-4.0 words``.
    """
    if example.timed:
        turns = tuple(_timed(line) for line in example.timed)
        return Transcript("example", "en", turns, agent_is=AgentIs("an example", 1.0, 0))
    said: list[tuple[Speaker, str]] = [
        ("customer", example.customer),
        ("agent", example.agent),
        ("customer", example.then),
    ]
    return Transcript("example", "en", tuple(Turn(who, text) for who, text in said if text))


def _timed(line: str) -> Turn:
    match = _LINE.fullmatch(line)
    if not match:
        raise ValueError(f"{line!r} must be like 'agent 2.5-4.0 can i stop you there'")
    speaker: Speaker = "agent" if match[1] == "agent" else "customer"
    start, end = round(float(match[2]) * 1000), round(float(match[3]) * 1000)
    texts = match[4].split()
    edges = [start + (end - start) * at // len(texts) for at in range(len(texts) + 1)]
    pairs = zip(texts, edges, edges[1:], strict=False)
    return Turn.of(speaker, [Word(text, Span(low, high)) for text, low, high in pairs])


def _said(example: Example) -> str:
    return " / ".join(example.timed) or example.agent
