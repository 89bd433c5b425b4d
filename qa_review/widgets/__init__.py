"""What people touch in a notebook: the desk, the room, the board, the rubric workshop.

    from qa_review import widgets

    widgets.desk()        # review a call
    widgets.room()        # calibrate
    widgets.board()       # look at a team
    widgets.workshop()    # work on a rubric

They need the extra ``notebook``. Where the calls, the store and the rubric are is taken from the
environment that ``qa-review lab`` sets, or from :func:`here`.
"""

from qa_review.widgets.board import BoardScreen, board
from qa_review.widgets.desk import DeskScreen, desk
from qa_review.widgets.front import FrontScreen, front
from qa_review.widgets.place import Place, here
from qa_review.widgets.room import RoomScreen, room
from qa_review.widgets.workshop import WorkshopScreen, workshop

__all__ = [
    "BoardScreen",
    "DeskScreen",
    "FrontScreen",
    "Place",
    "RoomScreen",
    "WorkshopScreen",
    "board",
    "desk",
    "front",
    "here",
    "room",
    "workshop",
]
