"""What a rater had begun and not handed in when the session was revealed: theirs alone to see."""

from __future__ import annotations

from typing import Any

from qa_review.widgets.trays import BallotTray
from qa_review.widgets.writing import Writing


def unsent(tray: BallotTray) -> list[dict[str, Any]]:
    """Each such call with the answers of its draft: behaviour, and level or ``None`` for N/A."""
    found = []
    for call in tray.calls():
        if call in tray.done() or not tray.draft(call).exists():
            continue
        marks = Writing(tray, call, tray.seat.said(call)).now().state.form.marks
        answers = [
            {"behaviour": name, "level": mark.level if mark.choice == "level" else None}
            for name, mark in marks.items()
            if mark.choice
        ]
        found.append({"call": call, "answers": answers})
    return found
