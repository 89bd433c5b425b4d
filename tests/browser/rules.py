"""What every page of ours keeps to, whatever it shows; each function says what breaks it."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from browser.shape import Element


def foreign(tree: Element) -> list[str]:
    """What a page that runs no script would run, or ask for."""
    found = [script.text for script in tree.all("script") if script.text.strip()]
    names = {name for element in tree.all() for name in element.attributes}
    found += [name for name in names if name.startswith("on") or name in ("src", "style")]
    links = [e.attributes["href"] for e in tree.all() if "href" in e.attributes]
    found += [link for link in links if not link.startswith("#") and link != "data:,"]
    return found + re.findall(r"https?:|@import|url\(", tree.all("style")[0].text)


def astray(tree: Element) -> list[str]:
    """Headings out of order, ids that stand twice, and links that lead nowhere."""
    ranks = [int(e.tag[1]) for e in tree.all() if re.fullmatch("h[1-6]", e.tag)]
    found = [] if ranks[0] == 1 and ranks.count(1) == 1 else [f"first headings {ranks[:3]}"]
    found += [f"h{after} after h{one}" for one, after in pairwise(ranks) if after > one + 1]
    ids = [e.attributes["id"] for e in tree.all() if "id" in e.attributes]
    found += [f"{one} stands twice" for one in set(ids) if ids.count(one) > 1]
    links = [e for e in tree.all("a") if "href" in e.attributes]
    for element in links + tree.all("section") + tree.all("article"):
        wanted = element.attributes.get("href") or element.attributes["aria-labelledby"]
        found += [] if wanted.lstrip("#") in ids else [f"{wanted} is nowhere"]
    return found


def broken(window: Any, path: Path, *, drawn: bool = False) -> list[str]:
    """What breaks a rule of accessibility, is complained of, or is asked of anybody else.

    Args:
        drawn: the page has text in drawings, whose contrast can't be measured.
    """
    asked = [url for url in window.requests if not url.startswith("data:")]
    others = [url for url in asked if url != path.as_uri()]
    return [*window.violations(unmeasured=not drawn), *window.complaints(), *others]
