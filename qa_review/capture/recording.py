"""A file of sound and what is known about the call in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of sound, as it was found when it was decoded.

    ``duration_ms`` is counted from decoded samples, never taken from the file's header.
    """

    id: str
    path: Path
    sha256: str
    duration_ms: int
    channels: int
    rate_hz: int
    codec: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call's place in the business: all of it optional but the id.

    Times are in milliseconds; ``started_at`` is ISO 8601 text as given; ``other`` keeps the
    columns that qa_review doesn't know.
    """

    id: str
    file: str | None = None
    agent: str | None = None
    team: str | None = None
    queue: str | None = None
    issue: str | None = None
    customer: str | None = None
    started_at: str | None = None
    handle_ms: int | None = None
    hold_ms: int | None = None
    after_call_work_ms: int | None = None
    csat: float | None = None
    resolved: bool | None = None
    repeat_contact: bool | None = None
    transferred: bool | None = None
    agent_channel: int | None = None
    other: dict[str, str] = field(default_factory=dict)
