"""Screens as widgets of a notebook; the only file that knows anywidget.

Nothing about a call is ever synchronised as a widget's state: a notebook that is saved with its
widgets would hold the call. The browser asks, the driver answers, and both are messages.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import Any

try:
    import anywidget
except ImportError as error:
    raise ImportError("screens need more: pip install 'qa_review[notebook]'") from error

from qa_review.base.errors import QAReviewError
from qa_review.widgets.driver import Answer, Driver
from qa_review.widgets.words import Words, words

VIEWS = 50
"""of one screen, whose answers are kept for asks that are sent again"""
log = logging.getLogger(__name__)


class Screen(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """A driver's screen. Subclasses have the script, in ``_esm``."""

    def __init__(self, driver: Driver, *, said: Words | None = None) -> None:
        super().__init__()
        self._driver = driver
        self._words = said or words()
        self._answered: OrderedDict[str, dict[int, tuple[Any, list[bytes]]]] = OrderedDict()
        self._alone = threading.Lock()  # a notebook may answer in more than one thread
        self.on_msg(self._asked)

    def _asked(self, _: object, message: dict[str, Any], buffers: object) -> None:
        view, _, number = message["id"].rpartition(".")
        with self._alone:
            kept = self._kept(view, message["oldest"])
            if int(number) not in kept:
                kept[int(number)] = self._reply(message)
            self.send(*kept[int(number)])

    def _kept(self, view: str, oldest: int) -> dict[int, tuple[Any, list[bytes]]]:
        """The answers that this view may ask for again: from number ``oldest`` on."""
        kept = self._answered.pop(view, {})
        self._answered[view] = {number: kept[number] for number in kept if number >= oldest}
        while len(self._answered) > VIEWS:
            self._answered.popitem(last=False)
        return self._answered[view]

    def _reply(self, message: dict[str, Any]) -> tuple[Any, list[bytes]]:
        try:
            answer = self._answer(message["ask"], message["given"])
        except (QAReviewError, ValueError, OSError) as error:
            return {"id": message["id"], "problem": str(error)}, []
        except Exception as error:
            log.exception("a screen could not answer %s", message["ask"])
            return {"id": message["id"], "problem": f"{message['ask']}: {error!r}"}, []
        return {"id": message["id"], "content": answer.content}, list(answer.buffers)

    def _answer(self, ask: str, given: dict[str, Any]) -> Answer:
        if ask == "begin":
            said = self._words
            return Answer(
                {"words": said.phrases, "language": said.language, "direction": said.direction}
            )
        return self._driver.answer(ask, given)
