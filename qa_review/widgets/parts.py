"""The script and the style of a screen, put together from files that are each one thing.

A notebook takes one script a widget, and nothing may be fetched; so the parts stand one after
another in one scope. They are plain JavaScript without imports, in the order given.
"""

from __future__ import annotations

import json
from pathlib import Path

from qa_review.view.document import asset

STATIC = Path(__file__).with_name("static")
SHARED = ("dom.js", "line.js", "screen.js")
"""what every screen stands on"""


def script(part: str, *, scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
    """The script of the screen whose outermost part is the class ``part``.

    Args:
        scripts: files of parts, after those that every screen has.
        styles: files of style sheets, after those that every screen has.
    """
    pieces = [f"const STYLE = {json.dumps(style(styles))};"]
    pieces += [_text(name) for name in (*SHARED, *scripts)]
    pieces.append(f"export default shown({part});")
    return "\n".join(pieces)


def style(styles: tuple[str, ...]) -> str:
    """The style sheet inside a screen: the pages' colours and elements, then the screen's own."""
    light, dark = asset("light.css"), asset("dark.css")
    tones = f':host {{\n{light}}}\n:host([data-theme="dark"]) {{\n{dark}}}'
    return "\n".join((tones, asset("base.css"), *map(_text, ("screen.css", *styles))))


def _text(name: str) -> str:
    """A file of this folder's ``static``, or one that pages have too."""
    own = STATIC / name
    return own.read_text(encoding="utf-8") if own.exists() else asset(name)
