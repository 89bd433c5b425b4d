"""Where raters differ: levels as dots, reasons and quotes side by side, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_review.capture.transcript import Quote
from qa_review.grade.evidence import Stance
from qa_review.grade.scores import LEVELS
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.rows import MasterRow, OutcomeRow, RemarkRow, VoteRow
from qa_review.meet.compare import Difference, Move, Position, differences, moves
from qa_review.meet.opening import Revealed
from qa_review.view.figures import clock, counted
from qa_review.view.marks import ICONS
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.session_parts import followed, level_word, person, section, title_of

MOST = 20
"""Differences shown with reasons and quotes; the others only in brief."""
STEP, PAD, ROW, ABSENT_AT = 24, 14, 26, 152
"""Pixels from level to level, room at the ends, height of a row, and where N/A lies."""


@dataclass(frozen=True, slots=True)
class Case:
    """One behaviour on one call with all that was said of it and all that came of it.

    ``left_open`` names the raters who gave no level for being unsure, not for want of anything
    to judge; ``votes`` are the newest of each rater after the discussion.
    """

    session: Revealed
    difference: Difference
    left_open: frozenset[str]
    votes: tuple[tuple[VoteRow, Move | None], ...]
    remarks: tuple[RemarkRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    master: MasterRow | None

    @property
    def title(self) -> Markup:
        return title_of(self.session.rubric, self.difference.behaviour)

    def word(self, one: Position) -> str:
        return level_word(one.level, one.rater in self.left_open)


def cases(session: Revealed) -> list[Case]:
    """Every behaviour of every call that can be compared, widest difference first."""
    moved = {(one.rater, one.call_id, one.behaviour): one for one in moves(session)}
    return [_case(session, one, moved) for one in differences(session)]


def _case(session: Revealed, one: Difference, moved: dict[tuple[str, str, str], Move]) -> Case:
    here = one.call_id, one.behaviour
    votes = [session.vote(rater, *here) for rater in session.session.raters]
    return Case(
        session,
        one,
        frozenset(p.rater for p in one.positions if _abstained(session, p.rater, *here)),
        tuple((vote, moved.get((vote.rater, *here))) for vote in votes if vote),
        tuple(r for r in session.remarks if (r.call_id, r.behaviour) == here),
        tuple(o for o in session.outcomes if (o.call_id, o.behaviour) == here),
        session.master(*here),
    )


def _abstained(session: Revealed, rater: str, call_id: str, behaviour: str) -> bool:
    ballot = session.ballot(rater, call_id)
    score = ballot.score(behaviour) if ballot else None
    return score is not None and score.abstained


def where_we_differ(session: Revealed) -> Markup:
    """The differences, widest first; then what was said of calls, and where all agree."""
    found = cases(session)
    apart = [one for one in found if one.difference.width]
    return section(
        "differ",
        "Where we differ",
        el("p", *_summary(session, found, apart), class_="lede"),
        *[_card(number, one) for number, one in enumerate(apart[:MOST])],
        _brief(f"{counted(len(apart) - MOST, 'narrower difference')} in brief", apart[MOST:],
               el("p", f"Shown above are the widest {MOST}. Reasons and quotes of the rest are in "
                  "ballots.csv and quotes.csv.", class_="more")),
        _of_calls(session),
        _brief(f"Where all agree ({len(found) - len(apart):,})",
               [one for one in found if not one.difference.width]),
    )  # fmt: skip


def _summary(session: Revealed, found: list[Case], apart: list[Case]) -> Iterator[str]:
    if not found:
        yield "Nothing can be compared: no behaviour of any call was scored by two raters."
        return
    wide = sum(one.difference.width > 1 for one in apart)
    agreed = sum(one.master is not None for one in apart)
    yield f"{counted(len(found), 'score')} can be compared, each of one behaviour on one call. "
    if apart:
        yield f"Raters agree on {len(found) - len(apart):,} and differ on {len(apart):,}"
        yield f", on {wide:,} of these by 2 levels or more, or over N/A. " if wide else ". "
        yield f"Of the differences {f'{agreed:,}' if agreed else 'none'} ended in a master score."
    else:
        yield "Raters agree on every one."
    alone = len(session.session.calls) * len(session.rubric.behaviours) - len(found)
    yield f" {alone:,} more were scored by fewer than two raters." if alone else ""


def _card(number: int, one: Case) -> Markup:
    wide = " wide" if one.difference.width > 1 else ""
    return el(
        "article",
        el("h3", one.title, el("span", " on ", heard(one.difference.call_id), class_="call"),
           id=f"d{number}"),
        el("p", apart(one.difference), class_=f"apart{wide}"),
        el("div", _levels(one), el("div", *[_position(one, p) for p in one.difference.positions],
           class_="positions"), class_="seen"),
        _after(one),
        class_="card",
        aria_labelledby=f"d{number}",
    )  # fmt: skip


def apart(one: Difference) -> str:
    """How far apart the raters are, in words."""
    far, without = distance(one)
    words = [f"{counted(far, 'level')} apart"] if far else []
    if without:
        words.append(f"{without} of {len(one.positions)} gave no level")
    return ", ".join(words)


def distance(one: Difference) -> tuple[int, int]:
    """How many levels lie between the lowest and the highest; how many gave none, where some did.

    Unlike :attr:`Difference.width` it does not count N/A as a distance.
    """
    given = [position.level for position in one.positions if position.level is not None]
    far = max(given) - min(given) if given else 0
    return far, len(one.positions) - len(given) if given else 0


# --- levels ------------------------------------------------------------------------------------


def _levels(one: Case) -> Markup:
    votes = {vote.rater: vote for vote, _ in one.votes}
    master = one.master
    band = along(master.level) if master else None
    rows = [
        _level_row(person(p.rater), _dots(p, votes.get(p.rater), band), one.word(p),
                   votes.get(p.rater))
        for p in one.difference.positions
    ]  # fmt: skip
    if master:
        at = along(master.level)
        diamond = el("path", d=f"M{at - 7},13 L{at},6 L{at + 7},13 L{at},20 Z", class_="agreed")
        rows.append(
            _level_row(
                Markup("Master"),
                _drawn(band, diamond),
                level_word(master.level),
                None,
                "master",
            )
        )
    heads = (
        el("th", "Rater", scope="col"),
        el("th", el("span", "Drawn", class_="heard-only"), _scale(), scope="col"),
        el("th", "Level", scope="col"),
    )
    caption = el("caption", "Levels as given blind", ", and after discussion" if votes else None)
    return el("table", caption, el("thead", el("tr", *heads)), el("tbody", *rows), class_="levels")


def _level_row(
    name: Markup, drawn: Markup, word: str, vote: VoteRow | None, kind: str | None = None
) -> Markup:
    then = f" \u2192 {level_word(vote.level)}" if vote else ""
    if vote and level_word(vote.level) == word:
        then = " kept"
    return el("tr", el("th", name, scope="row"), el("td", drawn, class_="dots"),
              el("td", el("strong", word), then, class_="word"), class_=kind)  # fmt: skip


def along(level: int | None) -> int:
    """Where a level lies on the scale, in pixels; ``None``, which is N/A, lies apart.

    >>> along(1), along(5), along(None)
    (14, 110, 152)
    """
    return ABSENT_AT if level is None else PAD + STEP * (level - LEVELS[0])


def _scale() -> Markup:
    names = [el("span", level_word(level)) for level in (*LEVELS, None)]
    return el("p", *names, class_="scale", aria_hidden="true")


def _dots(one: Position, vote: VoteRow | None, band: int | None) -> Markup:
    """A rater's level; where they voted another one, the old as a ring with an arrow to the new."""
    at, middle = along(one.level), ROW // 2
    then = along(vote.level) if vote else at
    shape = "scorer" if one.rater == SOFTWARE else "dot"
    if then == at:
        return _drawn(band, _dot(at, shape))
    way = 1 if then > at else -1
    tip, base = then - 8 * way, then - 14 * way
    return _drawn(
        band,
        el("line", x1=at + 7 * way, x2=base, y1=middle, y2=middle, class_="way"),
        el("path", d=f"M{tip},{middle} L{base},{middle - 4} V{middle + 4} Z", class_="tip"),
        el("circle", cx=at, cy=middle, r=6, class_="ring"),
        _dot(then, shape),
    )


def _dot(at: int, shape: str) -> Markup:
    middle = ROW // 2
    if shape == "scorer":
        return el("rect", x=at - 6, y=middle - 6, width=12, height=12, rx=1, class_="dot")
    return el("circle", cx=at, cy=middle, r=6.5, class_="dot")


def _drawn(band: int | None, *marks: Markup) -> Markup:
    middle, end = ROW // 2, along(LEVELS[-1])
    grid = [el("line", x1=PAD, x2=end, y1=middle, y2=middle, class_="axis")]
    grid += [
        el("line", x1=along(level), x2=along(level), y1=middle - 3, y2=middle + 3, class_="axis")
        for level in (*LEVELS, None)
    ]
    if band is not None:
        grid.insert(0, el("rect", x=band - 11, y=0, width=22, height=ROW, class_="band"))
    return el("svg", *grid, *marks, viewBox=f"0 0 {ABSENT_AT + 2 * PAD} {ROW}",
              width=ABSENT_AT + 2 * PAD, height=ROW, aria_hidden="true")  # fmt: skip


# --- what each rater says ----------------------------------------------------------------------


def _position(case: Case, one: Position) -> Markup:
    left_open = one.rater in case.left_open
    absent = el("strong", "Left open: " if left_open else "Not observed: ")
    reason = one.reason if one.reason != one.why_none else ""
    quotes = [_quote(stance, quote) for stance, quote in one.quotes]
    return el(
        "div",
        el("h4", person(one.rater), ": ", case.word(one)),
        el("p", absent, heard(one.why_none)) if one.level is None else None,
        el("p", heard(reason)) if reason else None,
        None if reason or one.why_none else el("p", "No reason given.", class_="quiet"),
        el("ul", *quotes, class_="quotes") if quotes else None,
        None if quotes else el("p", "No quotes.", class_="quiet"),
    )


def _quote(stance: Stance, quote: Quote) -> Markup:
    at = f"turn {quote.turn + 1}" + (f", {clock(quote.span.start_ms)}" if quote.span else "")
    icon = el("span", ICONS[stance], class_="sign", aria_hidden="true")
    return el(
        "li",
        el("span", icon, stance, class_=f"stance {stance}"),
        " ",
        el("q", heard(quote.text)),
        " ",
        el("span", at, class_="at"),
        class_=stance,
    )


# --- what came of it ---------------------------------------------------------------------------


def _after(one: Case) -> Markup:
    if not (one.remarks or one.votes or one.outcomes or one.master):
        return el(
            "p", "Nothing decided yet: no remark, vote or master score.", class_="after quiet"
        )
    return el("div", _discussion(one), _ending(one), class_="after")


def _discussion(one: Case) -> Markup:
    said = [remark(each) for each in one.remarks]
    voted = [_vote(one, vote, move) for vote, move in one.votes]
    nothing = el("p", "No remark and no vote.", class_="quiet")
    lines = el("ul", *said, *voted) if said or voted else nothing
    return el("div", el("h4", "Discussion"), lines)


def remark(one: RemarkRow) -> Markup:
    """Who said what."""
    return el("li", el("strong", person(one.by), ": "), heard(one.text))


def _vote(case: Case, vote: VoteRow, move: Move | None) -> Markup:
    blind = [case.word(p) for p in case.difference.positions if p.rater == vote.rater]
    then, why = level_word(vote.level), vote.reason or vote.why_none
    if not blind:
        gave: Markup = join(("gave ", el("strong", then), " after discussion, without a ballot"))
    elif move is None:
        gave = join(("kept ", el("strong", then), " after discussion"))
    else:
        way = el("strong", f"{blind[0]} \u2192 {then}")
        gave = join((way, " after discussion", towards(move.towards)))
    reason = join((": ", heard(why))) if why else None
    return el("li", el("strong", person(vote.rater)), " ", gave, reason, class_="vote")


def towards(names: Sequence[str]) -> Markup | None:
    """Whom a rater came nearer to; ``None`` when nobody."""
    return join((", towards ", join(map(person, names), " and "))) if names else None


def _ending(one: Case) -> Markup:
    steps = [el("li", followed(one.session.rubric, each)) for each in one.outcomes]
    return el("div", el("h4", "Outcome"), _master(one), el("ul", *steps) if steps else None)


def _master(one: Case) -> Markup:
    row = one.master
    if row is None:
        return el("p", "No master score yet.", class_="quiet")
    return el("p", el("strong", f"Master score {level_word(row.level)}"), ", decided by ",
              person(row.by), ": ", heard(row.reason))  # fmt: skip


# --- in brief ----------------------------------------------------------------------------------


def _brief(summary: str, shown: Sequence[Case], note: Markup | None = None) -> Markup | None:
    """One line a case, folded away; ``None`` without any."""
    if not shown:
        return None
    return el("details", el("summary", summary), note, el("ul", *map(_line, shown)),
              class_="brief")  # fmt: skip


def _line(one: Case) -> Markup:
    positions = one.difference.positions
    words = [one.word(position) for position in positions]
    if len(set(words)) == 1:
        given: object = f"{words[0]} by all {len(words)} raters"
    else:
        given = join((join((person(p.rater), f" {one.word(p)}")) for p in positions), ", ")
    master = f"; master score {level_word(one.master.level)}" if one.master else None
    more = [remark(each) for each in one.remarks]
    more += [_vote(one, vote, move) for vote, move in one.votes]
    more += [el("li", followed(one.session.rubric, each)) for each in one.outcomes]
    return el("li", one.title, " on ", heard(one.difference.call_id), ": ", given, master,
              el("ul", *more) if more else None)  # fmt: skip


def _of_calls(session: Revealed) -> Markup | None:
    """What was said of calls as a whole."""
    lines = [
        el("li", heard(one.call_id), ", ", person(one.by), ": ", heard(one.text))
        for one in session.remarks
        if not one.behaviour
    ]
    for ballot in session.ballots:
        for note in sorted(ballot.notes, key=lambda note: note.turn):
            where = join((heard(ballot.call_id), f", turn {note.turn + 1}, "))
            lines.append(el("li", where, person(ballot.rater), ": ", heard(note.text)))
    if not lines:
        return None
    return el("div", el("h3", "Said of a call as a whole"), el("ul", *lines), class_="whole")
