"""The behaviours as cards: the level with its anchor, the reason, the quotes for and against."""

from __future__ import annotations

from collections.abc import Sequence

from qa_review.grade.scores import LEVELS, Score
from qa_review.keep.reviews import Review
from qa_review.view.figures import clock, counted, percent, steps, sure
from qa_review.view.marks import COLOURS, ICONS, Find
from qa_review.view.markup import Markup, el, heard
from qa_review.view.titles import BehaviourTitle, Titles

SHOWN_AT_ONCE = 4
STANCES = {"for": "Speaks for", "against": "Speaks against"}
FOUND = "What found it, and how sure it is of such finds"
MOVED = f"{FOUND}; by how much of a level it moves the behaviour"


def cards(review: Review, titles: Titles, finds: Sequence[Find], plays: bool) -> Markup:
    """One card a behaviour, in the order of the scores."""
    made = [
        card(place, score, titles, [find for find in finds if find.place == place], plays)
        for place, score in enumerate(review.scores)
    ]
    title = el("h2", "Behaviours", id="cards-title")
    return el("section", title, *made, class_="cards", id="cards", aria_labelledby="cards-title")


def card(place: int, score: Score, titles: Titles, finds: Sequence[Find], plays: bool) -> Markup:
    """One behaviour: what level, why, and on which words."""
    words = titles.behaviour(score.behaviour)
    return el(
        "article",
        el(
            "header",
            el("h3", el("span", str(place + 1), class_="place", aria_hidden="true"),
               heard(words.title), id=f"b{place}", tabindex="-1"),
            _level(score),
            class_="card-head",
        ),
        _verdict(score, words),
        *[_stance(stance, finds, titles, plays) for stance in STANCES],
        None if finds or score.level is None else el("p", "No quotes.", class_="quiet"),
        _ladder(score, words),
        class_=f"card b{place % COLOURS}",
        aria_labelledby=f"b{place}",
    )  # fmt: skip


def _level(score: Score) -> Markup:
    if score.level is None:
        absent = "open" if score.abstained else "N/A"
        return el("p", el("span", absent, class_="number"), class_="level")
    of = el("span", " of 5", class_="of")
    chip = (" ", el("span", "unproven", class_="chip")) if score.unproven else ()
    return el("p", el("span", str(score.level), class_="number"), of, steps(score.level), *chip,
              class_="level")  # fmt: skip


def _verdict(score: Score, words: BehaviourTitle) -> Markup:
    reason = None if score.reason == score.why_none else el("p", heard(score.reason))
    level = score.level or 0
    absent = None if score.abstained else el("strong", "Not observed: ")
    unproven = el("p", "Unproven: ", heard(score.unproven), class_="quiet")
    return el(
        "div",
        el("p", absent, heard(score.why_none)) if score.why_none else None,
        el(
            "p",
            el("span", f"Level {level}: ", class_="quiet"),
            heard(words.anchor(level)),
            class_="anchor",
        )
        if words.anchor(level)
        else None,
        reason if score.reason else None,
        el("p", _sureness(score), class_="quiet"),
        unproven if score.unproven else None,
        class_="verdict",
    )


def _sureness(score: Score) -> str:
    """How sure the scorer is: of each level where it tells, else of its answer."""
    if score.chances:
        chances = ", ".join(map(percent, score.chances))
        return f"Chances of levels {LEVELS[0]} to {LEVELS[-1]}: {chances}"
    return f"Confidence {sure(score.confidence)}, {score.confidence:.2f}"


def _stance(stance: str, finds: Sequence[Find], titles: Titles, plays: bool) -> Markup | None:
    """The quotes of one stance in the order of the call, those that move most at once."""
    ours = [find for find in finds if find.evidence.stance == stance]
    if not ours:
        return None
    strongest = sorted(ours, key=_strength, reverse=True)[:SHOWN_AT_ONCE]
    first = [find for find in ours if find in strongest]
    rest = [find for find in ours if find not in strongest]
    icon = el("span", ICONS[stance], class_=f"icon {stance}", aria_hidden="true")
    return el(
        "div",
        el("h4", icon, f"{STANCES[stance]} ", el("span", f"({len(ours)})", class_="quiet")),
        _quotes(first, titles, plays),
        el("details", el("summary", f"{counted(len(rest), 'more quote')}"),
           _quotes(rest, titles, plays)) if rest else None,
        class_=f"stance {stance}",
    )  # fmt: skip


def _strength(find: Find) -> tuple[float, float]:
    return abs(find.evidence.moves), find.evidence.weight


def _quotes(finds: Sequence[Find], titles: Titles, plays: bool) -> Markup:
    ordered = sorted(finds, key=lambda find: (find.evidence.quote.turn, find.evidence.quote.start))
    return el("ul", *[_quote(find, titles, plays) for find in ordered], class_="quotes")


def _quote(find: Find, titles: Titles, plays: bool) -> Markup:
    piece, span = find.evidence, find.evidence.quote.span
    at = f"turn {piece.quote.turn + 1}" if span is None else clock(span.start_ms)
    words = el("q", heard(piece.quote.text), class_="words")
    inner = el("span", at, class_="at"), " ", words
    if plays and span is not None:
        said = el("button", el("span", "Play ", class_="heard-only"), *inner, type="button",
                  class_="quote", data_from=span.start_ms, data_to=span.end_ms,
                  data_turn=piece.quote.turn)  # fmt: skip
    else:
        said = el("a", *inner, class_="quote", href=f"#t{piece.quote.turn}",
                  data_turn=piece.quote.turn)  # fmt: skip
    why = titles.meaning(piece.indicator)
    note = (" \u00b7 ", heard(piece.note)) if piece.note else ()
    moves = el("span", f"moves {piece.moves:+.2f}", class_="moves")
    moved = (" \u00b7 ", moves) if round(piece.moves, 2) else ()
    by = el("span", " \u00b7 ", heard(piece.finder), f" {piece.weight:.2f}", *moved,
            class_="finder", title=MOVED if moved else FOUND)  # fmt: skip
    return el("li", said, el("p", heard(why), *note, by, class_="why"), id=f"q{find.number}")


def _ladder(score: Score, words: BehaviourTitle) -> Markup | None:
    """All five anchors, the given level marked."""
    if not any(words.anchors) and not words.about:
        return None
    rungs = [
        el(
            "li",
            el("span", f"{level} ", class_="rung"),
            heard(words.anchor(level)),
            el("strong", " \u2190 this call") if level == score.level else None,
            class_="given" if level == score.level else None,
        )
        for level in LEVELS
        if words.anchor(level)
    ]
    return el("details", el("summary", "What each level sounds like"),
              el("p", heard(words.about), class_="quiet") if words.about else None,
              el("ol", *rungs, class_="ladder"), class_="levels")  # fmt: skip
