"""The desk: one person reviews a call, with its sound, its transcript and the rubric in view.

    from qa_review import widgets

    widgets.desk("call-7")          # blind: the scorer's levels show once you handed in yours

Every change is in a draft before it is answered, and is handed in once. What the browser shows is
what :class:`~qa_review.widgets.writing.Writing` says; nothing is decided in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qa_review.base.errors import QAReviewError
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.rubric import Behaviour
from qa_review.grade.scores import Score
from qa_review.widgets.anywidget import Screen
from qa_review.widgets.desk_state import Picked, read_event
from qa_review.widgets.driver import Answer, Given, dispatch, passed_on
from qa_review.widgets.parts import script
from qa_review.widgets.place import Place, here
from qa_review.widgets.shortcuts import choose, shortcuts
from qa_review.widgets.sound import SoundDriver
from qa_review.widgets.trays import Material, ReviewTray, Tray
from qa_review.widgets.writing import Now, Writing

LISTED = 200
"""calls listed at once; the others are found by a part of their id"""
SCRIPTS = ("wave.js", "course.js", "player.js", "talk.js", "form.js", "keys.js", "desk.js")
STYLES = ("player.css", "desk.css")


class DeskDriver:
    """Answers the asks of a desk over the calls of one tray."""

    def __init__(self, tray: Tray, place: Place, *, first: str = "") -> None:
        self._tray, self._first = tray, first
        self._sound = SoundDriver(place)
        self._materials: dict[str, Material] = {}

    def answer(self, ask: str, given: Given) -> Answer:
        if ask.startswith("sound."):
            return passed_on(self._sound, ask, given)
        asks: dict[str, Callable[..., Answer]] = {
            "look": self._look, "calls": self._calls, "open": self._open, "event": self._event,
            "hand_in": self._hand_in, "news": self._news, "choose_key": self._choose_key,
            "keep_mine": self._keep_mine, "take_theirs": self._take_theirs,
        }  # fmt: skip
        return dispatch(asks, ask, given)

    def _look(self) -> Answer:
        calls = self._tray.calls()
        return Answer(
            {
                "who": self._tray.who,
                "blind": self._tray.blind and self._tray.shows_scorer,
                "needs_reason": self._tray.change_needs_reason,
                "keys": shortcuts(),
                "behaviours": [_behaviour(one) for one in self._tray.rubric().behaviours],
                "first": self._first or next(iter(self._to_do(calls)), ""),
                **self._listed(calls, ""),
            }
        )

    def _calls(self, find: str) -> Answer:
        return Answer(self._listed(self._tray.calls(), find))

    def _listed(self, calls: Iterable[str], find: str) -> dict[str, Any]:
        fitting = [call for call in calls if find.casefold() in call.casefold()]
        done, closed = self._tray.done(), self._tray.closed()

        def state(call: str) -> str:
            if call in closed:
                return "closed"
            if self._tray.draft(call).exists():
                return "draft"
            return "done" if call in done else "new"

        listed = fitting
        if len(fitting) > LISTED:  # those that are to be done, as many as fit
            listed = [c for c in fitting if c not in done] + [c for c in fitting if c in done]
        return {
            "calls": [{"id": call, "state": state(call)} for call in listed[:LISTED]],
            "total": len(fitting),
            "done": len(done & set(fitting)),
        }

    def _to_do(self, calls: tuple[str, ...]) -> tuple[str, ...]:
        """The calls from the first that isn't done."""
        left_out = self._tray.done() | self._tray.closed()
        return tuple(call for call in calls if call not in left_out) or calls

    def _open(self, call: str) -> Answer:
        self._materials.pop(call, None)  # it may have been reviewed anew since
        material = self._material(call)
        self._sound.know(material.call, material.recording)
        said = material.said
        return Answer(
            {
                "call": call,
                "facts": _facts(material),
                "agent": said.agent_is.channel,
                "duration": said.duration_ms,
                "turns": [_turn(number, said) for number in range(len(said.turns))],
                **self._form(call),
            }
        )

    def _event(self, call: str, event: Given) -> Answer:
        self._writing(call).add(read_event(event))
        return Answer(self._form(call))

    def _hand_in(self, call: str) -> Answer:
        self._writing(call).hand_in()
        return Answer(self._form(call))

    def _keep_mine(self, call: str, why: str) -> Answer:
        self._writing(call).keep_mine(why)
        return Answer(self._form(call))

    def _take_theirs(self, call: str) -> Answer:
        self._writing(call).take_theirs()
        return Answer(self._form(call))

    def _news(self, call: str, mark: str) -> Answer:
        """The form, when it isn't any more the one that the browser knows by ``mark``."""
        form = self._form(call)
        return Answer(form if form["mark"] != mark else None)

    def _choose_key(self, action: str, key: str) -> Answer:
        return Answer(choose(action, key))

    # --- what is told of a call -----------------------------------------------------------------

    def _material(self, call: str) -> Material:
        if call not in self._materials:
            if not call:
                raise QAReviewError("there is no call here to be scored")
            self._materials[call] = self._tray.material(call)
        return self._materials[call]

    def _writing(self, call: str) -> Writing:
        return Writing(self._tray, call, self._material(call).said)

    def _form(self, call: str) -> dict[str, Any]:
        material = self._material(call)
        now = self._writing(call).now()
        known = bool(now.handed and now.handed.final) or not self._tray.blind
        return {
            "form": _form(now, material.said),
            "automatic": _automatic(material) if known else None,
            "agent_name": (material.call.agent or "") if known else "",
            "mark": f"{now.lines} {now.handed.number if now.handed else 0} {known}",
        }


def _behaviour(one: Behaviour) -> dict[str, Any]:
    return {
        "id": one.id, "title": one.title, "about": one.about, "anchors": one.anchors,
        "not_observed": one.not_observed,
    }  # fmt: skip


def _facts(material: Material) -> dict[str, str]:
    """What is told of a call before it is scored: nothing of its agent or its outcome."""
    call = material.call
    known = {"queue": call.queue, "started": (call.started_at or "")[:16].replace("T", " ")}
    return {name: value for name, value in known.items() if value}


def _turn(number: int, said: Transcript) -> dict[str, Any]:
    turn = said.turns[number]
    return {
        "speaker": turn.speaker,
        "text": turn.text,
        "from": turn.span.start_ms if turn.span else None,
        "to": turn.span.end_ms if turn.span else None,
    }


def _form(now: Now, said: Transcript) -> dict[str, Any]:
    state, handed = now.state, now.handed
    meanwhile = handed if handed and handed.number > state.after else None
    return {
        "marks": {
            name: {
                "choice": mark.choice, "level": mark.level, "why_na": mark.why_na,
                "comment": mark.comment, "lacks": mark.lacks,
                "quotes": [_picked(one, said) for one in mark.quotes],
            }
            for name, mark in state.form.marks.items()
        },
        "notes": {str(turn): text for turn, text in state.form.notes.items()},
        "handed_in": state.handed_in,
        "at": handed.at if handed and handed.final else "",
        "why": state.why,
        "rubric": now.rubric,
        "meanwhile": meanwhile.at if meanwhile else "",
        "undo": bool(state.past),
        "redo": bool(state.future),
    }  # fmt: skip


def _picked(one: Picked, said: Transcript) -> dict[str, Any]:
    if one.lost:
        return {
            "stance": one.stance, "turn": one.turn, "start": one.start, "end": one.end,
            "text": one.text, "from": None, "to": None, "lost": True,
        }  # fmt: skip
    return _quoted(one.stance, said.quote(one.turn, one.start, one.end))


def _quoted(stance: str, quote: Quote) -> dict[str, Any]:
    return {
        "stance": stance, "turn": quote.turn, "start": quote.start, "end": quote.end,
        "text": quote.text,
        "from": quote.span.start_ms if quote.span else None,
        "to": quote.span.end_ms if quote.span else None,
    }  # fmt: skip


def _automatic(material: Material) -> dict[str, Any] | None:
    if not material.automatic:
        return None
    return {"by": material.scorer, "scores": {s.behaviour: _scored(s) for s in material.automatic}}


def _scored(score: Score) -> dict[str, Any]:
    return {
        "level": score.level, "reason": score.reason, "why_none": score.why_none or "",
        "abstained": score.abstained, "confidence": score.confidence, "unproven": score.unproven,
        "quotes": [_quoted(e.stance, e.quote) for e in score.evidence],
    }  # fmt: skip


class DeskScreen(Screen):
    """The desk in a notebook."""

    _esm = script("Desk", scripts=SCRIPTS, styles=STYLES)


def desk(
    call_id: str = "", *, place: Place | None = None, blind: bool = True,
    calls: Iterable[str] = (),
) -> DeskScreen:  # fmt: skip
    """The desk, open at ``call_id`` or at the first call that isn't handed in.

    Args:
        place: where you work; by default what the environment says
            (:func:`qa_review.widgets.place.here`).
        blind: whether the scorer's levels are hidden until you handed in yours.
        calls: the calls to be done, in this order; all of the place by default.
    """
    place = place or here()
    tray = ReviewTray(place, blind=blind, chosen=tuple(calls))
    return DeskScreen(DeskDriver(tray, place, first=call_id))
