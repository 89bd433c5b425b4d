"""The sound of a call, as a page carries it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass

from qa_review.view.markup import Markup, escape, relative_url

MIME = re.compile(r"(audio|video)/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Sound:
    """A call's sound for a player: either its compressed bytes or a path to a file.

    ``href`` is a path relative to the page. ``peaks`` has one series a channel, each of
    evenly spaced magnitudes in 0..100 from the start of the call to its end; all series have
    one length. ``agent_channel`` counts from 0.
    """

    mime: str
    data: bytes | None
    href: str | None
    duration_ms: int
    peaks: tuple[tuple[int, ...], ...] = ()
    agent_channel: int | None = None

    def __post_init__(self) -> None:
        if not MIME.fullmatch(self.mime):
            raise ValueError(f"a sound's type is like audio/mp4, not {self.mime!r}")
        if (self.data is None) == (self.href is None):
            raise ValueError("a sound has either data or href")
        if self.duration_ms <= 0:
            raise ValueError(f"a sound lasts longer than 0 ms, not {self.duration_ms}")
        if len({len(series) for series in self.peaks}) > 1:
            raise ValueError("the channels' peaks differ in number")
        if any(not 0 <= peak <= 100 for series in self.peaks for peak in series):
            raise ValueError("a peak is in 0..100")
        if self.agent_channel is not None and not 0 <= self.agent_channel < len(self.peaks):
            raise ValueError(
                f"the agent's channel is one of {len(self.peaks)} from 0, not {self.agent_channel}"
            )

    @property
    def source(self) -> Markup:
        """What an ``<audio>`` element plays; base64 has no sign that needs escaping."""
        if self.data is not None:
            return Markup(f"data:{self.mime};base64,{b64encode(self.data).decode('ascii')}")
        return escape(relative_url(self.href or ""))

    @property
    def allowed(self) -> str:
        """The source that a content security policy has to allow."""
        return "'self' file:" if self.data is None else "data:"
