"""The monthly pack as one page: what a head of service reads, and can put before a board.

Takes a :class:`~qa_review.team.pack.Pack`; makes the text of one HTML file, which runs no script
and asks nothing of any host. The first screen says the month in a few sentences; each leads to the
part of the page that shows it.

Conventions
-----------
- Names, words of calls and ids are never read as markup.
- Drawings repeat numbers that stand beside them in text, and are hidden from screen readers.
- A figure that could not be computed says why in its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_review.team.pack import Pack
from qa_review.view import (
    pack_bands,
    pack_changes,
    pack_friction,
    pack_outcomes,
    pack_rest,
    pack_time,
)
from qa_review.view.document import document
from qa_review.view.figures import counted
from qa_review.view.markup import Markup, el, heard, join
from qa_review.view.pack_words import long_month

STYLES = ("base.css", "session.css", "pack.css")
PARTS = {
    "In short": "short",
    "What changed": "changes",
    "Green, orange, red": "bands",
    "Handling time beside behaviour": "time",
    "What goes with outcomes": "outcomes",
    "When minutes pay": "minutes",
    "Friction": "friction",
    "Alerts": "alerts",
    "What to listen to": "listen",
    "The rubric": "audit",
    "Data": "data",
}
"""title of a part to its place on the page"""


def pack_page(pack: Pack) -> str:
    """The pack as the text of one HTML file."""
    main = el(
        "main",
        _short(pack),
        pack_changes.changes_section(pack),
        pack_bands.bands_section(pack),
        pack_time.time_section(pack),
        pack_outcomes.outcomes_section(pack),
        pack_outcomes.minutes_section(pack),
        pack_friction.friction_section(pack),
        pack_rest.alerts_section(pack),
        pack_rest.listen_section(pack),
        pack_rest.audit_section(pack),
        pack_rest.data_section(pack),
    )
    body = join((_header(pack), main, _footer()), "\n")
    title = f"{long_month(pack.month)} \u00b7 how customers were served"
    return document(title, body, styles=STYLES, scripts=())


def _header(pack: Pack) -> Markup:
    facts = [el("div", el("dt", name), el("dd", value)) for name, value in _facts(pack)]
    links = [el("li", el("a", name, href=f"#{to}")) for name, to in PARTS.items()]
    return el(
        "header",
        el("p", "Monthly pack", class_="kind"),
        el("h1", f"How customers were served in {long_month(pack.month)}"),
        el("dl", *facts, class_="facts"),
        el("nav", el("ul", *links), aria_label="Parts of this page", class_="parts"),
        class_="top",
    )


def _facts(pack: Pack) -> Iterator[tuple[str, Markup | str]]:
    yield "Calls reviewed", f"{pack.calls:,}"
    yield "Agents", f"{pack.agents:,}"
    yield "Scored by people", f"{pack.by_people:,} of {counted(pack.calls, 'call')}"
    version = f"{pack.rubric.id}, version {pack.rubric.version}"
    yield "Rubric", join((heard(pack.rubric.title), " (", heard(version), ")"))


def _short(pack: Pack) -> Markup:
    """The month in a few sentences, each leading to its part."""
    said = (
        ("Change", "changes", pack_changes.in_words(pack)),
        ("Bands", "bands", pack_bands.in_words(pack)),
        ("Handling time", "time", pack_time.in_words(pack)),
        ("Friction", "friction", pack_friction.in_words(pack)),
        ("Alerts", "alerts", pack_rest.alerts_in_words(pack)),
        ("Rubric", "audit", pack_rest.audit_in_words(pack)),
    )
    rows = [
        el("div", el("dt", el("a", name, href=f"#{to}")), el("dd", words))
        for name, to, words in said
        if words
    ]
    return el("section", el("h2", "In short", id="short"), el("dl", *rows, class_="short"),
              aria_labelledby="short")  # fmt: skip


def _footer() -> Markup:
    return el("footer", el("p", "Handling time never enters a behaviour\u2019s level. Every figure "
              "of this page is beside it as CSV and Parquet, in data/."))  # fmt: skip
