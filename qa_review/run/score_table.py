"""Scores as a table for the terminal, and what its signs mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

SHOWN = 100
"""calls that are printed; the tables have all"""
UNPROVEN = "? unproven: agreement with people has not been shown for this behaviour yet"
OPEN = "open: too unsure to give a level"


@dataclass(frozen=True, slots=True)
class Level:
    """A behaviour's level as the table shows it; ``unproven`` is why it isn't trusted yet."""

    behaviour: str
    level: int | None
    abstained: bool
    unproven: str | None

    def __str__(self) -> str:
        if self.level is None:
            return "open" if self.abstained else "N/A"
        return f"{self.level}{'?' if self.unproven else ''}"

    @property
    def sign(self) -> str:
        """What has to be explained below, ``""`` for nothing."""
        if self.level is None:
            return OPEN if self.abstained else ""
        return UNPROVEN if self.unproven else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A call in the table; ``overall`` is 0 to 100."""

    call_id: str
    levels: Sequence[Level]
    overall: float | None
    duration_ms: int | None


def score_table(lines: Iterable[Line]) -> tuple[Table | None, str]:
    """The table, ``None`` without any call, and its signs in words."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    signs: set[str] = set()
    lines = list(lines)
    lengths = ("length",) if any(line.duration_ms for line in lines) else ()  # chats have none
    for line in lines:
        if not table.columns:
            table.add_column("call", no_wrap=True)
            behaviours = (level.behaviour.replace("_", " ") for level in line.levels)
            for name in (*behaviours, "overall", *lengths):
                table.add_column(name, justify="right")
        seconds = (line.duration_ms or 0) // 1000
        table.add_row(
            Text(line.call_id),
            *map(str, line.levels),
            "" if line.overall is None else f"{line.overall:.0f}",
            *[f"{seconds // 60}:{seconds % 60:02d}" if seconds else ""][: len(lengths)],
        )
        signs.update(level.sign for level in line.levels)
    told = "; ".join(sign for sign in (UNPROVEN, OPEN) if sign in signs)
    return (table if table.columns else None), told
