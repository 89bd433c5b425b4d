"""Keeping results through a store that is away for a moment: restarted, busy, or out of disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from qa_review.base.errors import AlreadyThere, NewerStore, NotAllowed, StoreError
from qa_review.keep.store import Store, Unit

T = TypeVar("T")
PAUSES_S = (0.2, 1.0, 2.0, 4.0, 8.0, 15.0)
"""waits between tries; after the last the error is the run's"""


def persevere(
    deed: Callable[[], T],
    *,
    pauses_s: Sequence[float] = PAUSES_S,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """What ``deed`` gives; it is done again after a pause when its store can't.

    Raises:
        StoreError: the store can't after the last pause either.
        NotAllowed: the deed isn't allowed; waiting would not help.
    """
    for pause_s in pauses_s:
        try:
            return deed()
        except (AlreadyThere, NewerStore, NotAllowed):
            raise
        except StoreError:
            sleep(pause_s)
    return deed()


def patiently(
    store: Store,
    deed: Callable[[Unit], None],
    *,
    pauses_s: Sequence[float] = PAUSES_S,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Do ``deed`` in one transaction, as :func:`persevere` does.

    The answer to a commit may be lost although it was made, so a deed has to look whether it is
    done already, as all of :mod:`qa_review.keep.ledger` does.
    """

    def once() -> None:
        with store.writing() as unit:
            deed(unit)

    persevere(once, pauses_s=pauses_s, sleep=sleep)
