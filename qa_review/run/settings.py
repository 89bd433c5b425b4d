"""Everything that decides how calls are heard and scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from qa_review.base.records import file_sha256
from qa_review.base.resources import PACKAGE, rubric_path
from qa_review.capture.sound import Limits, RawFormat
from qa_review.capture.transcriber import EngineOptions

Audio = Literal["embed", "link", "none"]
"""whether a page holds the sound or links to the recording; ``none``: no pages are made"""
TIMEOUT_S = 3600.0
"""how long one call may take before its worker is ended"""


@dataclass(frozen=True, slots=True)
class Settings:
    """How calls are heard and scored.

    ``transcriber`` is ``auto``, ``name`` or ``name:weights``; ``rubric`` a name or a path;
    ``voices`` the voiceprint for one-channel calls, ``auto`` for the best that is installed;
    ``language`` and ``agent_channel`` hold for every call that doesn't say otherwise.

    ``scorer`` is ``auto`` (learned, where it knows the rubric), ``rules``, ``learned`` or
    ``learned:FILE``; it leaves open what it is less sure of than ``abstain_below``; ``trust`` is
    the trust card to go by, ``""`` for the shipped one.
    """

    transcriber: str = "auto"
    rubric: str = "behaviours.v1"
    voices: str = "auto"
    language: str | None = None
    agent_channel: int | None = None
    raw: RawFormat | None = None
    options: EngineOptions = field(default_factory=EngineOptions)
    limits: Limits = field(default_factory=Limits)
    scorer: str = "auto"
    abstain_below: float = 0.0
    trust: str = ""

    def __post_init__(self) -> None:
        if self.agent_channel not in (None, 0, 1):
            raise ValueError(f"the agent's channel is 0 or 1, not {self.agent_channel!r}")
        if not 0 <= self.abstain_below < 1:
            raise ValueError(f"abstain_below is from 0 up to 1, not {self.abstain_below!r}")

    def files(self) -> tuple[str, ...]:
        """Digests of the files that calls are scored with, as they are: rubric, scorer, cards."""
        shipped = (PACKAGE / "grade").glob("*.trust.json")
        cards = [Path(self.trust)] if self.trust else sorted(shipped)
        files = (rubric_path(self.rubric), Path(self.scorer.partition(":")[2]), *cards)
        return tuple(file_sha256(file) for file in files if file.is_file())
