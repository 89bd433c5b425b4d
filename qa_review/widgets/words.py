"""What screens say, in the language of who uses them.

A catalogue is a folder with a TOML file a screen; ``words/en/`` is the whole of it. Another
language is another folder with the same keys (``QA_REVIEW_WORDS`` names one outside the package);
a phrase that it lacks is said in English. ``{gaps}`` are filled in by the screen.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).with_name("words")
ENGLISH = "en"
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "yi", "ps", "sd", "ckb"}


@dataclass(frozen=True, slots=True)
class Words:
    """A language, the direction it is written in, and its phrases by ``screen.key``."""

    language: str
    direction: str
    phrases: dict[str, str]

    def say(self, key: str, **gaps: object) -> str:
        """The phrase with its gaps filled."""
        return self.phrases[key].format(**gaps)


def words(folder: Path | None = None) -> Words:
    """The catalogue in ``folder``, else in the folder that ``QA_REVIEW_WORDS`` names, else English.

    The folder's name is the language, as in ``ar`` or ``de-CH``.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it has a key that no screen says, or a phrase that isn't text.
    """
    named = os.environ.get("QA_REVIEW_WORDS")
    folder = folder or (Path(named) if named else HERE / ENGLISH)
    phrases = _read(HERE / ENGLISH)
    if folder != HERE / ENGLISH:
        own = _read(folder)
        if unknown := sorted(set(own) - set(phrases)):
            raise ValueError(f"{folder} has phrases that no screen says: {', '.join(unknown)}")
        phrases |= own
    right = folder.name.split("-")[0].lower() in RIGHT_TO_LEFT
    return Words(folder.name, "rtl" if right else "ltr", phrases)


def _read(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder of words: one TOML file a screen")
    found = {}
    for path in sorted(folder.glob("*.toml")):
        for key, phrase in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if not isinstance(phrase, str):
                raise ValueError(f"{path}: {key} must be a text, not {phrase!r}")
            found[f"{path.stem}.{key}"] = phrase
    return found
