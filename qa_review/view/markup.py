"""HTML that can't be broken by what a call says.

Text becomes :class:`Markup` in one place, :func:`escape`; :func:`el` escapes every child and
every attribute that isn't markup yet. What was said, ids and names of files are text.

Conventions
-----------
- Attribute values are always quoted, by double quotes.
- Characters that act without being seen (controls, overrides of the reading direction) are
  shown by a sign or by their number, so that a quote reads as it was said.
- Whatever came from a call stands in an element that isolates its reading direction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

VOID = frozenset({"meta", "link", "input"})
BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))

_SIGNS: dict[int, str] = {
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"},
    **{code: f"[U+{code:04X}]" for code in BIDI},
    0x7F: "\u2421",
    ord("\r"): " ",
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("'"): "&#39;",
}
_NOT_A_FILE_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class Markup(str):
    """HTML that is safe to put into a page. Plain text is not, until it was escaped."""

    __slots__ = ()


def escape(value: object) -> Markup:
    """``value`` as text in a page; markup stays as it is.

    >>> escape("<b> & \\u202e")
    '&lt;b&gt; &amp; [U+202E]'
    """
    return value if isinstance(value, Markup) else Markup(str(value).translate(_SIGNS))


def join(children: Iterable[object], between: str = "") -> Markup:
    """The children one after the other, those that aren't markup escaped; ``None`` is left out."""
    return Markup(escape(between).join(escape(child) for child in children if child is not None))


def el(tag: str, /, *children: object, **attributes: object) -> Markup:
    """One element. ``None`` leaves a child or an attribute out, ``True`` writes it bare.

    >>> el("a", "1 < 2", href="#t1", data_turn=1, class_="x", hidden=None)
    '<a href="#t1" data-turn="1" class="x">1 &lt; 2</a>'
    """
    head = tag + "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{head}>" if tag in VOID else f"<{head}>{join(children)}</{tag}>")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    named = key.rstrip("_").replace("_", "-")
    return f" {named}" if value is True else f' {named}="{escape(value)}"'


def heard(value: object, **attributes: object) -> Markup:
    """Text from a call or about it, which can't turn the text around it."""
    return el("bdi", value, **attributes)


def data_block(name: str, value: Any) -> Markup:
    """``value`` as JSON for the page's script; no text in it can end the block."""
    text = json.dumps(value, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return el("script", Markup(text), type="application/json", id=name)


def relative_url(path: str) -> str:
    """``path``, which is relative to the page, as a URL that can't lead anywhere else.

    >>> relative_url("sound/a b.m4a"), relative_url("javascript:x"), relative_url("//host/x")
    ('./sound/a%20b.m4a', './javascript%3Ax', './host/x')
    """
    clean = _NOT_A_FILE_BYTE.sub("\ufffd", path).lstrip("/")
    return "./" + quote(clean, errors="surrogateescape")
