"""Evidence marked where it was said, overlaps and doubtful words included.

Takes a turn and the finds that quote it; makes the turn's text as markup. The text is cut
wherever a quote or a doubtful word begins or ends, so quotes may overlap in any way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from qa_review.capture.transcript import Turn
from qa_review.grade.evidence import Evidence
from qa_review.keep.reviews import Review
from qa_review.view.markup import Markup, el, escape, join

DOUBTFUL = 0.4
COLOURS = 8
ICONS = {"for": "\u2713", "against": "\u2715"}


@dataclass(frozen=True, slots=True)
class Find:
    """A piece of evidence with its number on the page and the place of its behaviour."""

    number: int
    place: int
    evidence: Evidence

    @property
    def colour(self) -> str:
        return f"b{self.place % COLOURS}"


def finds_in(review: Review) -> list[Find]:
    """Every piece of evidence behind a review's scores, numbered in the order of the scores."""
    pieces = [
        (place, piece) for place, score in enumerate(review.scores) for piece in score.evidence
    ]
    return [Find(number, place, piece) for number, (place, piece) in enumerate(pieces)]


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters ``[start, end)`` of a turn that share the same finds and the same doubt."""

    start: int
    end: int
    finds: tuple[Find, ...]
    probability: float | None


def marked(turn: Turn, finds: Sequence[Find], names: Sequence[str]) -> Markup:
    """The turn's text with its evidence marked; ``names`` are the behaviours' titles."""
    parts: list[Markup] = []
    for covering, group in groupby(pieces(turn, finds), key=lambda piece: piece.finds):
        run = list(group)
        text = join(_plain(turn.text[piece.start : piece.end], piece) for piece in run)
        if not covering:
            parts.append(text)
            continue
        ending = [find for find in covering if _end(find, turn) == run[-1].end]
        parts.append(el("mark", text, class_=_look(covering), data_b=_places(covering)))
        parts += labels(ending, names)
    return join(parts)


def pieces(turn: Turn, finds: Sequence[Find]) -> Iterator[Piece]:
    """The turn's text in order, cut wherever a quote or a doubtful word begins or ends."""
    doubts = list(doubtful(turn))
    cuts = {0, len(turn.text)}
    cuts.update(at for find in finds for at in (find.evidence.quote.start, _end(find, turn)))
    cuts.update(at for start, end, _ in doubts for at in (start, end))
    edges = sorted(at for at in cuts if 0 <= at <= len(turn.text))
    for start, end in pairwise(edges):
        covering = tuple(
            find for find in finds
            if find.evidence.quote.start <= start and end <= _end(find, turn)
        )  # fmt: skip
        doubt = next((p for first, last, p in doubts if first <= start and end <= last), None)
        yield Piece(start, end, covering, doubt)


def doubtful(turn: Turn) -> Iterator[tuple[int, int, float]]:
    """Where the words stand of which the engine was unsure, with their probabilities."""
    offset = 0
    for word in turn.words:
        end = offset + len(word.text)
        if word.probability is not None and word.probability < DOUBTFUL:
            yield offset, end, word.probability
        offset = end + 1


def labels(finds: Sequence[Find], names: Sequence[str]) -> Iterator[Markup]:
    """A label for each behaviour and stance, linked to the quote under its score."""
    seen: set[tuple[int, str]] = set()
    for find in finds:
        key = find.place, find.evidence.stance
        if key in seen:
            continue
        seen.add(key)
        yield el(
            "a",
            el("span", ICONS[find.evidence.stance], aria_hidden="true"),
            el("span", f"evidence {find.evidence.stance} ", class_="heard-only"),
            el("bdi", names[find.place]),
            class_=f"label {find.colour} {find.evidence.stance}",
            href=f"#q{find.number}",
            data_b=find.place,
        )


def _plain(text: str, piece: Piece) -> Markup:
    if piece.probability is None:
        return escape(text)
    doubt = f"uncertain word, probability {piece.probability:.2f}"
    return el("span", text, class_="doubt", title=doubt, aria_description=doubt)


def _end(find: Find, turn: Turn) -> int:
    return min(find.evidence.quote.end, len(turn.text))


def _look(covering: Sequence[Find]) -> str:
    colours = {find.colour for find in covering}
    stances = sorted({find.evidence.stance for find in covering}, reverse=True)
    return " ".join([colours.pop() if len(colours) == 1 else "several", *stances])


def _places(covering: Sequence[Find]) -> str:
    return " ".join(map(str, sorted({find.place for find in covering})))
