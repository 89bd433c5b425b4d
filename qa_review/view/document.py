"""The shell of every page: one file that makes no request and runs no script but its own."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from qa_review.view.markup import Markup, el, join


@cache
def asset(name: str) -> str:
    """The text of a style sheet or script that lies beside this file."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def tones() -> str:
    """The colours of a page: dark on a screen whose reader chose so, else light."""
    light, dark = asset("light.css"), asset("dark.css")
    preferred = "@media screen and (prefers-color-scheme: dark)"
    return f":root {{\n{light}}}\n{preferred} {{\n:root {{\n{dark}}}\n}}"


def document(
    title: str, body: Markup, *, styles: tuple[str, ...], scripts: tuple[str, ...], media: str = ""
) -> str:
    """A whole page.

    Args:
        title: the page's name, as text.
        body: everything inside ``<body>`` but the script.
        styles: files of style sheets, joined in this order.
        scripts: files of scripts, joined in this order.
        media: what the policy allows sound to come from; ``""`` for none.
    """
    style = "\n".join((tones(), *map(asset, styles)))
    script = "\n".join(asset(name) for name in scripts)
    head = (
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy(style, script, media)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("link", rel="icon", href="data:,"),
        el("title", title),
        el("style", Markup(style)),
    )
    whole = el(
        "html",
        el("head", join(head, "\n")),
        "\n",
        el("body", body, "\n", el("script", Markup(script))),
        lang="en",
    )
    return f"<!doctype html>\n{whole}\n"


def policy(style: str, script: str, media: str) -> str:
    """A content security policy that allows exactly this style sheet and this script."""
    rules = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "img-src": "data:",
        "style-src": fingerprint(style),
        "script-src": fingerprint(script),
        "media-src": media or "'none'",
    }
    return "; ".join(f"{name} {source}" for name, source in rules.items())


def fingerprint(text: str) -> str:
    """The digest by which a policy knows an inline style sheet or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"
