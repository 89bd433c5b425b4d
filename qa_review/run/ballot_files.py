"""A rater's form as a table: written for a session, filled in by hand, read back.

``form.csv`` has a row a call and behaviour, and beside it lies a text a call with its numbered
turns. ``level`` is 1 to 5 or N/A, ``reason`` says why (N/A needs it). A quote is words of the
call; ``stance`` is "for" or "against". Further rows of the same call and behaviour hold further
quotes. Wrong rows cost their call, and are listed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa_review.base.errors import MetadataError, QAReviewError, QuoteNotFound
from qa_review.base.frames import formula_safe
from qa_review.base.spreadsheet import filled_in
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.evidence import Stance
from qa_review.grade.rubric import Rubric
from qa_review.grade.scores import LEVELS, Score
from qa_review.keep.answers import Answer, NotObserved, given
from qa_review.keep.folder import file_name, write_text
from qa_review.meet.seats import Seat

NEEDED = ("call", "behaviour", "level")
COLUMNS = (*NEEDED, "reason", "quote", "stance")
WHOSE = ("session", "rater")
FORM = "form.csv"
STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
CURLY = str.maketrans({"'": "\u2019"})
NOT_OBSERVED = ("n/a", "na")
STANCES: dict[str, Stance] = {"": "for", "for": "for", "against": "against"}


@dataclass(slots=True)
class Form:
    """The rows of one call: what is given for each behaviour, with the lines they stand on."""

    call_id: str
    answers: dict[str, Answer] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    quotes: dict[str, list[tuple[Stance, str]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def scores(self, said: Transcript) -> list[Score]:
        """What is given, with its quotes found in the call.

        Raises:
            QuoteNotFound: nobody said such words.
        """
        return [
            given(name, answer, self.reasons.get(name, ""), self._found(name, said))
            for name, answer in self.answers.items()
        ]

    def _found(self, name: str, said: Transcript) -> list[tuple[Stance, Quote]]:
        return [(stance, _located(said, words)) for stance, words in self.quotes.get(name, ())]


def _located(said: Transcript, words: str) -> Quote:
    """The quote with these words, whatever kind of apostrophe a word processor made of theirs."""
    for spelt in (words, words.translate(STRAIGHT), words.translate(CURLY)):
        try:
            return said.locate(spelt)
        except QuoteNotFound:
            continue
    return said.locate(words)


def write_form(seat: Seat, folder: Path) -> Path:
    """Write the form of a session into ``folder``; what was handed in is filled in.

    Raises:
        QAReviewError: there is a form already, which may hold answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FORM
    if path.exists():
        raise QAReviewError(f"{path} is there already: move it away for an empty form")
    rubric = seat.rubric()
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow((*COLUMNS, *(f"level {level}" for level in LEVELS), *WHOSE))
    for call_id in seat.session.calls:
        write_text(folder / f"{file_name(call_id)}.txt", turns_of(seat.said(call_id)))
        for row in _rows(seat, rubric, call_id):
            table.writerow([formula_safe(cell) for cell in (*row, seat.session.id, seat.rater)])
    write_text(path, out.getvalue())
    return path


def call_named(calls: Sequence[str], written: str) -> str:
    """The call of an agenda whose id a form has as ``written``, which lost blanks and marks."""
    ids = {_plain(str(formula_safe(call_id)).strip()): call_id for call_id in calls}
    return ids.get(written, written)


def turns_of(said: Transcript) -> str:
    """A call to read: a line a turn, numbered from 1."""
    lines = (f"{n:4}  {turn.speaker:8}  {turn.text}" for n, turn in enumerate(said.turns, 1))
    return f"{said.call_id}\n\n" + "\n".join(lines) + "\n"


def _rows(seat: Seat, rubric: Rubric, call_id: str) -> Iterator[tuple[object, ...]]:
    """A row a behaviour, and a further one for each quote after the first."""
    mine = seat.mine(call_id)
    for behaviour in rubric.behaviours:
        score = mine.score(behaviour.id) if mine else None
        level: object = "" if score is None else "N/A" if score.level is None else score.level
        reason = "" if score is None else score.why_none or score.reason
        quotes = [(e.quote.text, str(e.stance)) for e in score.evidence] if score else []
        first, *others = quotes or [("", "")]
        yield (call_id, behaviour.id, level, reason, *first, *behaviour.anchors)
        blank = [""] * len(behaviour.anchors)
        yield from ((call_id, behaviour.id, "", "", *quote, *blank) for quote in others)


def read_forms(path: Path, whose: tuple[str, str] | None = None) -> tuple[Form, ...]:
    """The calls of a filled-in form; rows without level and quote are passed over.

    Args:
        whose: the session and rater that the form must be of, where it says so itself.

    Raises:
        MetadataError: the table can't be read, lacks a column, or is another's form.
    """
    forms: dict[str, Form] = {}
    for line in filled_in(path, _lacks):
        row = {name: _plain(line.cells.get(name, "")) for name in (*COLUMNS, *WHOSE)}
        _refuse_other(path, row, whose)
        if not (line.problem or row["level"] or row["quote"] or row["reason"]):
            continue
        form = forms.setdefault(row["call"], Form(row["call"]))
        try:
            if line.problem:
                raise ValueError(line.problem)
            _take(form, row["behaviour"], row)
        except ValueError as error:
            form.problems.append(f"line {line.number}: {error}")
    return tuple(forms.values())


def _refuse_other(path: Path, row: dict[str, str], whose: tuple[str, str] | None) -> None:
    session, rater = (row[name] for name in WHOSE)
    if whose and session and rater and (session, rater) != whose:
        raise MetadataError(path, [f"this is the form of {rater} in {session}"])


def _take(form: Form, name: str, row: dict[str, str]) -> None:
    if row["level"] or row["reason"]:
        if name in form.answers and row["level"]:
            raise ValueError(f"{name} has a level already")
        if row["level"]:
            form.answers[name] = answer(row["level"], row["reason"])
        elif name not in form.answers:
            raise ValueError(f"{name} has a reason and no level")
        form.reasons[name] = row["reason"]
    if row["quote"]:
        stance = row["stance"].lower()
        if stance not in STANCES:
            raise ValueError(f"a stance is for or against, not {row['stance']!r}")
        form.quotes.setdefault(name, []).append((STANCES[stance], row["quote"]))


def answer(text: str, reason: str = "") -> Answer:
    """A level as people write it.

    Raises:
        ValueError: it is no level, or N/A without a reason.

    >>> answer("4"), answer("n/a", "a wrong number")
    (4, NotObserved(why='a wrong number'))
    """
    plain = text.strip().lower().removesuffix(".0")
    if plain in NOT_OBSERVED:
        return NotObserved(reason)
    if plain not in map(str, LEVELS):
        raise ValueError(f"a level is 1 to 5 or N/A, not {text!r}")
    return int(plain)


def _lacks(columns: Sequence[str]) -> str:
    missing = [name for name in NEEDED if name not in columns]
    return f"lacks the column {', '.join(missing)}" if missing else ""


def _plain(text: str) -> str:
    """A cell as it was before :func:`formula_safe` put a mark before it."""
    unmarked = text[1:] if text.startswith("'") else text
    return unmarked if formula_safe(unmarked) == text else text
