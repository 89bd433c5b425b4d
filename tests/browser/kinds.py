"""The kinds of call pages that there are, each as a file."""

from __future__ import annotations

from pathlib import Path

import page_fixtures as fixtures

from qa_review.view.page import render_page

KINDS = {
    "with sound": lambda: (fixtures.review(), True),
    "without sound": lambda: (fixtures.review(), False),
    "a written dialogue": lambda: (fixtures.written(), False),
    "nothing scored": lambda: (fixtures.unscored(), True),
    "unproven and left open": lambda: (fixtures.unsure(), True),
}


def write_pages(folder: Path) -> dict[str, Path]:
    """A file for each kind of page."""
    files = {}
    for number, (kind, make) in enumerate(KINDS.items()):
        review, heard = make()
        files[kind] = folder / f"{number}.html"
        page = render_page(review, fixtures.TITLES, fixtures.sound(review) if heard else None)
        files[kind].write_text(page, encoding="utf-8")
    return files
