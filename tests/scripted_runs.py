"""Calls whose words are scripted and whose sound is all speech: runs without recognition."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import sounds

from qa_review.base.span import Span

LINES = [
    "good morning thank you for calling how can i help you today",
    "my parcel has not come and i am worried because it is for my daughter",
    "so it has not come and you are worried i will ring the depot now and call you by six today",
]
SPEECH = "scripted_runs:all_speech"
"""the name under which all sound is speech"""


def all_speech(samples: np.ndarray, *_: object, **__: object) -> list[Span]:
    return [Span(0, len(samples) * 1000 // 16_000)]


def script(folder: Path) -> str:
    """The name of a transcriber that says ``LINES``, whose script is written to ``folder``."""
    path = folder / "script.json"
    path.write_text(json.dumps(LINES))
    return f"scripted:{path}"


def write_call(path: Path, *, seconds: float) -> None:
    """A recording on two channels, a tone each."""
    samples = sounds.tones(rate=8_000, channels=2, seconds=seconds)
    path.write_bytes(sounds.wav(sounds.pcm(samples), channels=2))
