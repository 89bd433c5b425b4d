"""The room: a calibration session in a notebook, for who leads it and for who scores in it.

Everybody has a screen of their own on one store. Each second a screen asks whether anything was
done in its session since it last looked, which costs a look at one line of the audit trail; only
then it asks for the new look. So nobody presses a button to see what others did.

Before the reveal no answer of this driver holds a level, a reason or a quote of anybody else's:
they are sealed, and :mod:`qa_review.meet` gives them to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qa_review.base.errors import NotAllowed
from qa_review.base.plugs import plug
from qa_review.keep.calls import call_of, rubric_of
from qa_review.meet import decisions, opening, progress, seats
from qa_review.meet.keys import Keys
from qa_review.meet.seats import said_in
from qa_review.meet.sessions import call_off, person, session_of
from qa_review.widgets import room_deeds as deeds
from qa_review.widgets.anywidget import Screen
from qa_review.widgets.desk import SCRIPTS as DESK_SCRIPTS
from qa_review.widgets.desk import STYLES as DESK_STYLES
from qa_review.widgets.desk import DeskDriver
from qa_review.widgets.driver import Answer, Given, dispatch
from qa_review.widgets.parts import script
from qa_review.widgets.place import Place, here
from qa_review.widgets.room_differences import figures_look, revealed_look, talk_look
from qa_review.widgets.room_looks import (
    happened,
    part_of,
    session_look,
    sessions_of,
    version_of,
)
from qa_review.widgets.room_new import Beginning
from qa_review.widgets.room_unsent import unsent
from qa_review.widgets.sound import SoundDriver
from qa_review.widgets.trays import BallotTray

SCRIPTS = (
    *DESK_SCRIPTS,
    "room_words.js",
    "room_new.js",
    "room_sealed.js",
    "room_differ.js",
    "room_after.js",
    "room_figures.js",
    "room.js",
)
STYLES = (*DESK_STYLES, "room.css")


class RoomDriver:
    """Answers one person's room."""

    def __init__(self, place: Place, *, session_id: str = "", keys: Keys | None = None) -> None:
        self._place, self._first, self._keys = place, session_id, keys
        self._who = person(place.who)
        self._new = Beginning(place, self._who, keys)
        self._sound = SoundDriver(place)
        self._desks: dict[str, DeskDriver] = {}
        self._versions: dict[str, tuple[int, int]] = {}
        self._figures: dict[str, tuple[int, Any]] = {}

    def answer(self, ask: str, given: Given) -> Answer:
        """As :class:`Driver`; asks of a part are ``desk.SESSION.ASK`` and ``sound.SESSION.ASK``."""
        part, _, rest = ask.partition(".")
        if part in ("desk", "sound"):
            session_id, _, ask = rest.partition(".")
            return self._part(part, session_id).answer(ask, given)
        asks: dict[str, Callable[..., Answer]] = {
            "start": self._start, "sessions": self._sessions, "look": self._look,
            "news": self._news, "form": self._form, "calls": self._calls,
            "create": self._create, "join": self._join, "reveal": self._reveal,
            "call_off": self._call_off, "talk": self._talk, "figures": self._agree,
            "remark": self._remark, "vote": self._vote, "decide": self._decide,
            "proposed": self._proposed, "anchor": self._anchor, "drop": self._drop,
            "tell": self._tell, "report": self._report,
        }  # fmt: skip
        return dispatch(asks, ask, given)

    # --- looking -------------------------------------------------------------------------------

    def _start(self) -> Answer:
        return Answer({"who": self._who, "session": self._first, "store": self._place.store.name})

    def _sessions(self) -> Answer:
        with self._place.store.reading() as reader:
            version = version_of(reader)
            return Answer({"version": version, "sessions": sessions_of(reader, self._who)})

    def _look(self, session: str) -> Answer:
        """All that this person may see of a session now, with its version."""
        with self._place.store.reading() as reader:
            known = session_of(reader, session)
            part_of(known, self._who)
            look = session_look(reader, known, self._who)
            look["version"] = version_of(reader, session)
            if known.state == "revealed":
                newest = rubric_of(reader, deeds.newest_rubric(reader, known.rubric.id))
                look["open"] = revealed_look(opening.revealed_in(reader, session), newest)
        if "open" in look:
            look["open"]["unsent"] = self._unsent(session) if self._who in known.joined else []
        return Answer(look)

    def _unsent(self, session: str) -> list[dict[str, Any]]:
        try:
            seat = seats.join(self._place.store, session, self._who, keys=self._keys)
        except NotAllowed:  # on a machine without their key there is no draft of theirs either
            return []
        return unsent(BallotTray(seat, self._place))

    def _news(self, session: str, version: int) -> Answer:
        """Whether anything was done since ``version``, and what others did.

        ``session`` is ``""`` where the list of sessions is shown.
        """
        with self._place.store.reading() as reader:
            if session:
                part_of(session_of(reader, session), self._who)
            newest = version_of(reader)
            seen, here = self._versions.get(session, (-1, newest))
            if session and seen != newest:  # a look along the trail, only when it has grown
                here = version_of(reader, session)
            self._versions[session] = (newest, here if session else newest)
            now = self._versions[session][1]
            if now == version:
                return Answer({"changed": False})
            if not session:
                return Answer({"changed": True})
            told = happened(reader, session, after=version)
            return Answer({"changed": True, "happened": told[-3:]})

    def _talk(self, session: str, call: str) -> Answer:
        with self._place.store.reading() as reader:
            known, _ = opening.opened_session(reader, session)
            part_of(known, self._who)
            said, (facts, recording) = said_in(reader, known, call), call_of(reader, call)
        self._sound.know(facts, recording)
        return Answer(talk_look(said, recording))

    def _agree(self, session: str) -> Answer:
        """The figures; made once for as many votes as there are."""
        with self._place.store.reading() as reader:
            found = opening.revealed_in(reader, session)
            part_of(found.session, self._who)
        if self._figures.get(session, (-1, None))[0] != len(found.votes):
            self._figures[session] = (len(found.votes), figures_look(found))
        return Answer({"votes": len(found.votes), **self._figures[session][1]})

    def _report(self, session: str) -> Answer:
        """The session's page, as bytes of a file to keep."""
        found = opening.revealed(self._place.store, session)
        part_of(found.session, self._who)
        held = progress.revealed_sessions(self._place.store, found.rubric.id)
        changes, drifts = progress.before_after(held, found), progress.severity_drift(held)
        page = plug("part", "session_page")(found, changes, drifts)
        return Answer({"name": f"{session}.html"}, (page.encode("utf-8", "replace"),))

    # --- a session before its reveal -----------------------------------------------------------

    def _form(self) -> Answer:
        return Answer(self._new.form())

    def _calls(self, rubric: str) -> Answer:
        return Answer(self._new.calls(rubric))

    def _create(self, **given: Any) -> Answer:
        return Answer(self._new.create(**given))

    def _join(self, session: str) -> Answer:
        seats.join(self._place.store, session, self._who, keys=self._keys)
        return self._look(session)

    def _reveal(self, session: str) -> Answer:
        opening.reveal(self._place.store, session, by=self._who, keys=self._keys)
        return self._look(session)

    def _call_off(self, session: str, reason: str) -> Answer:
        call_off(self._place.store, session, by=self._who, reason=reason)
        return self._look(session)

    # --- after it ------------------------------------------------------------------------------

    def _remark(self, session: str, text: str, call: str, behaviour: str) -> Answer:
        store = self._place.store
        decisions.remark(store, session, text, by=self._who, call_id=call, behaviour=behaviour)
        return self._done(session)

    def _vote(self, session: str, **given: Any) -> Answer:
        deeds.vote(self._place.store, self._who, session, **given)
        return self._done(session)

    def _decide(self, session: str, **given: Any) -> Answer:
        return self._done(session, deeds.decide(self._place.store, self._who, session, **given))

    def _proposed(self, session: str, behaviour: str, level: int, words: str) -> Answer:
        store = self._place.store
        with store.reading() as reader:
            part_of(session_of(reader, session), self._who)
        return Answer(deeds.proposed(store, session, behaviour=behaviour, level=level, words=words))

    def _anchor(self, session: str, **given: Any) -> Answer:
        made = deeds.edit_anchor(self._place.store, self._who, session, **given)
        return self._done(session, version=made)

    def _drop(self, session: str, **given: Any) -> Answer:
        made = deeds.drop_indicator(self._place.store, self._who, session, **given)
        return self._done(session, version=made)

    def _tell(self, session: str, rater: str, text: str, call: str, behaviour: str) -> Answer:
        decisions.tell_rater(
            self._place.store, session, by=self._who, rater=rater, text=text, call_id=call,
            behaviour=behaviour,
        )  # fmt: skip
        return self._done(session)

    def _done(self, session: str, told: str = "", **more: Any) -> Answer:
        """The session as it is now, with what must be told of what was done."""
        return Answer({"look": self._look(session).content, "told": told, **more})

    # --- parts ---------------------------------------------------------------------------------

    def _part(self, part: str, session_id: str) -> DeskDriver | SoundDriver:
        if part == "sound":
            return self._sound
        if session_id not in self._desks:
            seat = seats.join(self._place.store, session_id, self._who, keys=self._keys)
            self._desks[session_id] = DeskDriver(BallotTray(seat, self._place), self._place)
        return self._desks[session_id]


class RoomScreen(Screen):
    """The room in a notebook."""

    _esm = script("Room", scripts=SCRIPTS, styles=STYLES)


def room(place: Place | None = None, session_id: str = "") -> RoomScreen:
    """The room of one person: the sessions that they lead or score in.

    Args:
        place: where they work, :func:`~qa_review.widgets.place.here` unless given.
        session_id: the session to open at once, ``""`` for the list.
    """
    return RoomScreen(RoomDriver(place or here(), session_id=session_id))
