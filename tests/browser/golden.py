"""What a screen said and showed before: golden files of its tree, and pictures to look at."""

from __future__ import annotations

import difflib
import os
import tempfile
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent.parent / "golden"
WRITE = "QA_REVIEW_GOLDEN"
"""``QA_REVIEW_GOLDEN=write`` writes the files anew: then read what changed with ``git diff``"""
PICTURES = "QA_REVIEW_PICTURES"
"""the variable that names the folder for pictures"""


def like_golden(said: str, name: str, folder: Path = GOLDEN) -> None:
    """Check a text, such as an ``aria_snapshot()``, against ``<name>.yml`` of the folder.

    Raises:
        AssertionError: it differs, shown line by line; or there is no such file.
    """
    path = folder / f"{name}.yml"
    said = said.rstrip() + "\n"
    if os.environ.get(WRITE) == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8", newline="\n")
        return
    assert path.is_file(), f"no golden file {path}: write it with {WRITE}=write and read it"
    golden = path.read_text(encoding="utf-8")
    difference = difflib.unified_diff(
        golden.splitlines(), said.splitlines(), f"golden {name}", "now", lineterm=""
    )
    assert said == golden, "\n" + "\n".join(difference)


def picture(shown: Any, name: str) -> Path:
    """Save a picture of a page or of an element (a locator); where it is."""
    folder = Path(os.environ.get(PICTURES) or Path(tempfile.gettempdir()) / "qa_review_pictures")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    shown.screenshot(path=str(path), animations="disabled")
    return path
