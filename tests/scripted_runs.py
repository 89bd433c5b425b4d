"""Calls whose words are scripted and whose sound is all speech: runs without recognition."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import sounds

from qa_review.base.resources import folder
from qa_review.base.span import Span

LINES = [
    "good morning thank you for calling how can i help you today",
    "my parcel has not come and i am worried because it is for my daughter",
    "so it has not come and you are worried i will ring the depot now and call you by six today",
]
SAMPLES = ("wrong-number-01.wav", "bank-card-01.ogg")
"""two sample calls, a short one and one that isn't long"""
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


def copy_samples(place: Path, lines: list[str]) -> Path:
    """A folder with two real voices, and beside it what a scripted transcriber says they said."""
    place.mkdir()
    for name in SAMPLES:
        shutil.copy(folder("sample_calls") / name, place / name)
    (place.parent / "script.json").write_text(json.dumps(lines))
    return place
