"""All screens behind one row of tabs, for those who use no notebook: ``qa-review room``."""

from __future__ import annotations

from collections.abc import Callable

from qa_review.base.errors import UnknownName
from qa_review.widgets.anywidget import Screen
from qa_review.widgets.board import SCRIPTS as BOARD_SCRIPTS
from qa_review.widgets.board import STYLES as BOARD_STYLES
from qa_review.widgets.board import BoardDriver
from qa_review.widgets.desk import DeskDriver
from qa_review.widgets.driver import Answer, Driver, Given, passed_on
from qa_review.widgets.parts import script
from qa_review.widgets.place import Place, here
from qa_review.widgets.room import SCRIPTS as ROOM_SCRIPTS
from qa_review.widgets.room import STYLES as ROOM_STYLES
from qa_review.widgets.room import RoomDriver
from qa_review.widgets.trays import ReviewTray
from qa_review.widgets.workshop import SCRIPTS as WORKSHOP_SCRIPTS
from qa_review.widgets.workshop import STYLES as WORKSHOP_STYLES
from qa_review.widgets.workshop import WorkshopDriver

SCRIPTS = (*ROOM_SCRIPTS, *BOARD_SCRIPTS, *WORKSHOP_SCRIPTS, "front.js")
STYLES = (*ROOM_STYLES, *BOARD_STYLES, *WORKSHOP_STYLES, "front.css")
"""the room has those of the desk"""


class FrontDriver:
    """Passes the asks of each tab on to its own driver, which is made when it is first opened."""

    def __init__(self, place: Place) -> None:
        def desk_of(call: str) -> Driver:
            return DeskDriver(ReviewTray(place, blind=True), place, first=call)

        self._who = place.who
        self._makers: dict[str, Callable[[], Driver]] = {
            "review": lambda: DeskDriver(ReviewTray(place), place),
            "calibrate": lambda: RoomDriver(place),
            "team": lambda: BoardDriver(place, desk_of, blind=True),
            "rubric": lambda: WorkshopDriver(place),
        }
        self._open: dict[str, Driver] = {}

    def answer(self, ask: str, given: Given) -> Answer:
        tab = ask.partition(".")[0]
        if ask == "look":
            return Answer({"who": self._who, "tabs": list(self._makers)})
        if tab not in self._makers:
            raise UnknownName("ask", ask, ("look", *(f"{name}.…" for name in self._makers)))
        if tab not in self._open:
            self._open[tab] = self._makers[tab]()
        return passed_on(self._open[tab], ask, given)


class FrontScreen(Screen):
    """The tabs in a notebook, or in a page served by Voila."""

    _esm = script("Front", scripts=SCRIPTS, styles=STYLES)


def front(place: Place | None = None) -> FrontScreen:
    """Every screen in one; ``place`` is by default what the environment says."""
    return FrontScreen(FrontDriver(place or here()))
