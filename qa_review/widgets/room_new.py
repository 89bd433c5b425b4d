"""A new session, called from the room: who scores, which calls, on which version of which rubric.

What is wrong with the form is told of the field that it is wrong with, so that it can stand there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from qa_review.base.errors import NotAllowed, QAReviewError, UnknownName
from qa_review.base.resources import folder
from qa_review.grade.rubric import Rubric, RubricVersion, parse
from qa_review.keep.audit import SOFTWARE
from qa_review.keep.rows import (
    CallOffRow,
    NoteRow,
    ReviewRow,
    RubricRow,
    SeatRow,
    SessionCallRow,
)
from qa_review.keep.store import Reader, read
from qa_review.meet.choose import Candidate, Choice, at_random, by_hand, most_uncertain
from qa_review.meet.keys import Keys
from qa_review.meet.sessions import create, person
from qa_review.run.candidates import find_candidates, scored
from qa_review.run.settings import Settings
from qa_review.widgets.place import Place

T = TypeVar("T")
PROBLEMS = (QAReviewError, ValueError, OSError)


class Wrong(Exception):
    """A field of the form can't be used; ``field`` is its name."""

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        super().__init__(field, text)


@dataclass(frozen=True, slots=True)
class Known:
    """A rubric that a session can score on; ``text`` is its file's."""

    rubric: Rubric
    text: str

    @property
    def key(self) -> str:
        return f"{self.rubric.id}.v{self.rubric.version}"


class Beginning:
    """Makes sessions that one person leads."""

    def __init__(self, place: Place, who: str, keys: Keys | None) -> None:
        self._place, self._who, self._keys = place, who, keys
        self._found: dict[str, tuple[Candidate, ...]] = {}

    def form(self) -> dict[str, Any]:
        """The rubrics there are, the one to begin with, and people of earlier sessions."""
        known = self._rubrics()
        usual = self._usual(known)
        seats = {row.rater for row in read(self._place.store, SeatRow)} - {SOFTWARE, self._who}
        return {
            "rubrics": [
                {"key": one.key, "title": one.rubric.title, "version": one.rubric.version}
                for one in known.values()
            ],
            "rubric": usual,
            "people": sorted(seats),
            "results": str(self._place.results),
        }

    def calls(self, rubric: str) -> dict[str, Any]:
        """The calls to choose from, each with why raters may not be asked about it, if so."""
        found = self._candidates(self._rubric(rubric).rubric.id, anew=True)
        with self._place.store.reading() as reader:
            known = _told(reader)
        return {
            "calls": [
                {
                    "id": one.call.id,
                    "agent": one.call.agent,
                    "at": one.call.started_at,
                    "ms": one.recording.duration_ms if one.recording else one.call.handle_ms,
                    "scored": one.review is not None,
                    "known": known.get(one.call.id, ""),
                }
                for one in found
            ]
        }

    def create(
        self, *, name: str, raters: Sequence[str], rubric: str, how: str, picked: Sequence[str],
        count: int, seed: int, deadline: str, automatic: bool, reviewed: bool,
    ) -> dict[str, Any]:  # fmt: skip
        """Call the session: its id, or the field that is wrong and why."""
        try:
            if not name.strip():
                raise Wrong("name", "a session needs a name")
            people = _people(raters)
            _date(deadline)
            known = _field("rubric", lambda: self._rubric(rubric))
            with _file(known) as path:
                choice = _field(
                    "calls",
                    lambda: self._choice(
                        known, path, how, picked, count, seed, automatic, reviewed
                    ),
                )
                made = _field(
                    "raters" if self._who.casefold() in map(str.casefold, people) else "calls",
                    lambda: create(
                        self._place.store, name, choice, rubric=path, raters=people,
                        lead=self._who, keys=self._keys, deadline=deadline, automatic=automatic,
                        reviewed=reviewed,
                    ),
                    only=NotAllowed,
                )  # fmt: skip
        except Wrong as wrong:
            return {"wrong": {"field": wrong.field, "text": wrong.text}}
        return {"session": made.id}

    def _choice(
        self, known: Known, path: Path, how: str, picked: Sequence[str], count: int, seed: int,
        automatic: bool, reviewed: bool,
    ) -> Choice:  # fmt: skip
        found = self._candidates(known.rubric.id)
        settings = Settings(rubric=str(path))
        if how == "picked":
            choice = by_hand(found, picked)
        else:
            if not reviewed:
                found = self._free(found, automatic)
            if how == "uncertain":
                return most_uncertain(scored(found, settings), count)
            choice = at_random(found, count, seed=seed)
        return Choice(scored(choice.calls, settings), choice.how) if automatic else choice

    def _free(self, found: tuple[Candidate, ...], automatic: bool) -> tuple[Candidate, ...]:
        """Those that no rater can know a score of."""
        with self._place.store.reading() as reader:
            known = _told(reader)
        bad = {"agenda", "reviewed"} | ({"scored"} if automatic else set())
        free = tuple(one for one in found if known.get(one.call.id) not in bad)
        if not free:
            raise ValueError(
                "raters could read a score of every call that is there: review further calls, "
                "or allow calls that were reviewed"
            )
        return free

    def _candidates(self, rubric_id: str, *, anew: bool = False) -> tuple[Candidate, ...]:
        if anew or rubric_id not in self._found:
            results = self._place.results
            place = results if results.exists() else None
            self._found[rubric_id] = find_candidates(self._place.store, rubric_id, place)
        return self._found[rubric_id]

    def _rubrics(self) -> dict[str, Known]:
        """Each by its key: those of the store, then those that are shipped, then the place's."""
        texts = [(row.text, row.rubric_id) for row in read(self._place.store, RubricRow)]
        files = [*sorted(folder("rubrics").glob("*.toml")), self._place.rubric_file]
        texts += [(path.read_text(encoding="utf-8"), str(path)) for path in files]
        found: dict[str, Known] = {}
        for text, where in texts:
            one = _known(text, where)
            found.setdefault(one.key, one)
        return dict(sorted(found.items()))

    def _usual(self, known: dict[str, Known]) -> str:
        """The newest version of the rubric that calls are reviewed on here."""
        file = self._place.rubric_file
        here = _known(file.read_text(encoding="utf-8"), str(file)).rubric.id
        same = [key for key, one in known.items() if one.rubric.id == here]
        return max(same, key=lambda key: _version(known[key].rubric.ref))

    def _rubric(self, key: str) -> Known:
        known = self._rubrics()
        if key not in known:
            raise UnknownName("rubric", key, known)
        return known[key]


@lru_cache(maxsize=32)
def _known(text: str, where: str) -> Known:
    return Known(parse(text, where), text)


def _version(ref: RubricVersion) -> int:
    return int(ref.version) if ref.version.isdecimal() else 0


def _told(reader: Reader) -> dict[str, str]:
    """Calls that somebody's score can be read of in a store, each with where."""
    off = {row.session_id for row in reader.find(CallOffRow)}
    known = {row.call_id: "scored" for row in reader.find(ReviewRow) if row.kind == "automatic"}
    known |= {r.call_id: "agenda" for r in reader.find(SessionCallRow) if r.session_id not in off}
    known |= {row.call_id: "reviewed" for row in reader.find(ReviewRow) if row.by != SOFTWARE}
    return known | {row.call_id: "reviewed" for row in reader.find(NoteRow)}


def _people(raters: Sequence[str]) -> list[str]:
    return _field("raters", lambda: [person(name) for name in raters if name.strip()])


def _date(deadline: str) -> None:
    if deadline:
        _field("deadline", lambda: datetime.fromisoformat(deadline))


def _field(name: str, made: Callable[[], T], *, only: type[Exception] | None = None) -> T:
    """What ``made`` gives; its refusal is told of the field ``name``.

    Args:
        only: refusals of this kind are; of others nobody knows which field they are of.
    """
    try:
        return made()
    except PROBLEMS as error:
        raise Wrong(name if only is None or isinstance(error, only) else "", str(error)) from error


@contextmanager
def _file(known: Known) -> Iterator[Path]:
    """The rubric as a file, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="qa_review_rubric_") as place:
        path = Path(place, f"{known.key}.toml")
        path.write_text(known.text, encoding="utf-8")
        yield path
