"""The keys of the desk: which key does what, and a person's own choice of them.

They act while the focus is in the desk and no field is being written in. A choice is kept in
``$QA_REVIEW_SHORTCUTS``, else ``~/.qa_review/shortcuts.json``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from qa_review.base.files import whole

KEYS = {
    "play": " ",
    "back": "ArrowLeft",
    "on": "ArrowRight",
    "slower": "[",
    "faster": "]",
    "skip": "s",
    "turn_next": "j",
    "turn_previous": "k",
    "words_more": "Shift+ArrowRight",
    "words_less": "Shift+ArrowLeft",
    "quote": "e",
    "note": "m",
    "behaviour_next": "b",
    "behaviour_previous": "v",
    "level_1": "1",
    "level_2": "2",
    "level_3": "3",
    "level_4": "4",
    "level_5": "5",
    "not_applicable": "0",
    "clear": "x",
    "comment": "c",
    "undo": "u",
    "redo": "r",
    "transcript": "t",
    "call_next": "n",
    "call_previous": "p",
    "hand_in": "Ctrl+Enter",
    "help": "?",
}
"""action to key, as ``KeyboardEvent.key`` names it, with ``Ctrl+`` and ``Shift+`` before"""


def shortcuts_file() -> Path:
    """Where a person's own keys are kept unless told otherwise."""
    given = os.environ.get("QA_REVIEW_SHORTCUTS")
    return Path(given) if given else Path.home() / ".qa_review" / "shortcuts.json"


def shortcuts(file: Path | None = None) -> dict[str, str]:
    """The key of each action: a person's own where they chose one; ``""`` is switched off."""
    try:
        own = json.loads((file or shortcuts_file()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        own = {}
    if not isinstance(own, dict):
        own = {}
    kept = {name: key for name, key in own.items() if name in KEYS and isinstance(key, str)}
    return KEYS | kept


def choose(action: str, key: str, file: Path | None = None) -> dict[str, str]:
    """Give an action another key, ``""`` for none; the action that had it loses it.

    Raises:
        ValueError: there is no such action.
    """
    if action not in KEYS:
        raise ValueError(f"there is no action {action!r}; there are {', '.join(KEYS)}")
    now = shortcuts(file)
    for other, taken in now.items():
        if key and taken == key and other != action:
            now[other] = ""
    now[action] = key
    path = file or shortcuts_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = json.dumps({n: k for n, k in now.items() if k != KEYS[n]})
    with whole(path) as part:
        part.write_text(own, encoding="utf-8")
    return now
