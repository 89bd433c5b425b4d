"""Many calls on one page: a table that sorts and filters, and what could not be scored.

A row holds what the table shows and nothing else, so it can be stored as JSON and an index
rebuilt without reading a transcript: ``from_json(IndexRow, to_json(row))`` is ``row``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qa_review.keep.folder import Failure
from qa_review.keep.reviews import Review
from qa_review.view.document import document
from qa_review.view.figures import clock, counted, percent, seconds, when, whole
from qa_review.view.header import query, signs
from qa_review.view.markup import Markup, el, heard, join, relative_url
from qa_review.view.titles import Titles

STYLES = ("base.css", "index.css")
SCRIPTS = ("index.js",)
BAND = 20
LONG_CALL_MS = 20 * 60_000
LONG_SILENCE_MS = 60_000
FAILURES = 1000
"""failures that are listed; the table has all"""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One call in an index.

    ``page`` is the path of its page, relative to the index, ``""`` where it has none. ``levels``
    maps a behaviour's id to its level, ``None`` where it was not observed or is in ``left_open``;
    the ids in ``unproven`` are those of behaviours with which the scorer is not trusted yet. Times
    are in milliseconds, shares in [0, 1]; what is not known is ``None``.
    """

    page: str
    id: str
    agent: str | None = None
    team: str | None = None
    queue: str | None = None
    started_at: str | None = None
    duration_ms: int | None = None
    overall: float | None = None
    capped: str = ""
    levels: dict[str, int | None] = field(default_factory=dict)
    talk_share: float | None = None
    longest_silence_ms: int | None = None
    handle_ms: int | None = None
    language: str = ""
    note: str = ""
    left_open: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()

    @classmethod
    def of(cls, review: Review, page: str) -> IndexRow:
        """The row of a review whose page lies at ``page``."""
        call, timing, said = review.call, review.timing, review.transcript
        measured = review.recording or timing
        return cls(
            page=page,
            id=call.id,
            agent=call.agent,
            team=call.team,
            queue=call.queue,
            started_at=call.started_at,
            duration_ms=measured.duration_ms if measured else said.duration_ms,
            overall=review.overall.value,
            capped=review.overall.capped,
            levels={score.behaviour: score.level for score in review.scores},
            talk_share=timing.agent_talk_share if timing else None,
            longest_silence_ms=timing.longest_silence_ms if timing else None,
            handle_ms=call.handle_ms,
            language=said.language,
            note=review.note,
            left_open=tuple(score.behaviour for score in review.scores if score.abstained),
            unproven=tuple(score.behaviour for score in review.scores if score.unproven),
        )

    @property
    def scored(self) -> bool:
        """Whether any behaviour has a level."""
        return any(level is not None for level in self.levels.values())

    @property
    def questioned(self) -> bool:
        """Whether any level is of an unproven behaviour."""
        return any(self.levels.get(behaviour) is not None for behaviour in self.unproven)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; ``kind`` is ``text`` or ``number`` and decides how it sorts."""

    title: str
    kind: str = "text"
    about: str = ""


def render_index(
    rows: Iterable[IndexRow],
    failures: Iterable[Failure] = (),
    *,
    titles: Titles,
    heading: str = "Calls",
    more: int = 0,
) -> str:
    """One page that lists calls, as the text of one HTML file.

    Args:
        rows: the calls, in the order to show them at first.
        failures: the calls that gave no review.
        titles: the words of the rubric; its behaviours come first, others follow.
        heading: the page's title.
        more: how many calls there are besides, in the tables alone.
    """
    listed, failed = list(rows), list(failures)
    behaviours = _behaviours(listed, titles)
    names = [titles.behaviour(behaviour).title for behaviour in behaviours]
    unscored = [row for row in listed if not row.scored or row.note]
    body = join(
        (
            el("header", el("h1", heard(heading)), _counts(listed, failed, more), class_="top"),
            el("main", _list(listed, behaviours, names), _unscored(unscored), _failures(failed)),
        ),
        "\n",
    )
    return document(heading, body, styles=STYLES, scripts=SCRIPTS)


def _behaviours(rows: Sequence[IndexRow], titles: Titles) -> list[str]:
    known = {behaviour.id: None for behaviour in titles.behaviours}
    return list(known | {behaviour: None for row in rows for behaviour in row.levels})


def _counts(rows: Sequence[IndexRow], failures: Sequence[Failure], more: int) -> Markup:
    scored = sum(row.scored for row in rows)
    if more:
        told = f"{len(rows) + more:,} calls: {len(rows):,} here, all of them in the tables"
        return el("p", f"{told} \u00b7 {len(failures):,} failed", class_="counts")
    parts = [counted(len(rows), "call"), f"{scored:,} scored", f"{len(rows) - scored:,} not scored"]
    return el("p", " \u00b7 ".join([*parts, f"{len(failures):,} failed"]),
              class_="counts")  # fmt: skip


def _list(rows: Sequence[IndexRow], behaviours: Sequence[str], names: Sequence[str]) -> Markup:
    if not rows:
        return el("section", el("h2", "Calls"), el("p", "There is no call here.", class_="quiet"))
    columns = _columns(names)
    head = el("tr", *[_heading(place, column) for place, column in enumerate(columns)])
    lines = [_line(row, behaviours) for row in rows]
    table = el(
        "table",
        el("caption", "Calls with their scores", class_="heard-only"),
        el("thead", head),
        el("tbody", Markup("\n".join(lines))),
        id="calls",
    )
    return el(
        "section",
        el("h2", "All calls", id="calls-title", class_="heard-only"),
        el("p", el("label", "Filter ", el("input", type="search", id="filter", autocomplete="off",
                                          placeholder="call, agent, team, queue")),
           el("span", counted(len(rows), "call"), role="status", id="shown", class_="quiet"),
           class_="tools needs-script"),
        el("div", table, class_="wide", tabindex="0", role="group",
           aria_labelledby="calls-title"),
        signs(any(row.questioned for row in rows), any(row.left_open for row in rows)),
        aria_labelledby="calls-title",
    )  # fmt: skip


def _columns(names: Sequence[str]) -> list[Column]:
    return [
        Column("Call"),
        Column("Agent"),
        Column("Team"),
        Column("Queue"),
        Column("Date"),
        Column("Duration", "number"),
        Column("Overall", "number", "0 to 100"),
        *[Column(name, "number", "level 1 to 5") for name in names],
        Column("Agent talk", "number", "the agent\u2019s share of the talk"),
        Column("Longest silence", "number"),
        Column("Handling time", "number", "never enters a score"),
    ]


def _heading(place: int, column: Column) -> Markup:
    button = el("button", heard(column.title), el("span", class_="way", aria_hidden="true"),
                type="button", data_place=place, data_kind=column.kind,
                title=column.about or None)  # fmt: skip
    return el("th", button, scope="col", class_=column.kind)


def _line(row: IndexRow, behaviours: Sequence[str]) -> Markup:
    cells = [
        el("th", _link(row), scope="row", data_v=row.id.casefold()),
        *[_text(value) for value in (row.agent, row.team, row.queue)],
        _date(row.started_at),
        _number(row.duration_ms, row.duration_ms and clock(row.duration_ms)),
        _overall(row),
        *[_level(row, behaviour) for behaviour in behaviours],
        _number(row.talk_share, row.talk_share is not None and percent(row.talk_share),
                row.talk_share),
        _number(row.longest_silence_ms, _seconds(row.longest_silence_ms),
                _share(row.longest_silence_ms, LONG_SILENCE_MS)),
        _number(row.handle_ms, row.handle_ms is not None and clock(row.handle_ms),
                _share(row.handle_ms, LONG_CALL_MS)),
    ]  # fmt: skip
    return el("tr", *cells)


def _link(row: IndexRow) -> Markup:
    """The call's name, leading to its page where it has one."""
    return el("a", heard(row.id), href=relative_url(row.page)) if row.page else heard(row.id)


def _seconds(ms: int | None) -> str | None:
    return None if ms is None else seconds(ms)


def _share(value: int | None, of: int) -> float | None:
    return None if value is None else value / of


def _text(value: str | None) -> Markup:
    if not value:
        return el("td")
    return el("td", heard(value), data_v=value.casefold())


def _date(value: str | None) -> Markup:
    return el("td", when(value, zoned=False), data_v=value, class_="date") if value else el("td")


def _number(value: float | None, shown: object, share: float | None = None) -> Markup:
    """A figure, with a band behind it whose length is ``share`` of the cell."""
    if value is None:
        return el("td", el("span", "\u2013", class_="quiet"), class_="number")
    band = "" if share is None else f" band w{round(BAND * min(1.0, max(0.0, share)))}"
    return el("td", shown, data_v=f"{value:g}", class_=f"number{band}")


def _overall(row: IndexRow) -> Markup:
    if row.overall is None:
        return el("td", el("span", "none", class_="quiet"), class_="number")
    capped = el("span", " \u2193", el("span", "held down: ", row.capped, class_="heard-only"),
                title=row.capped) if row.capped else None  # fmt: skip
    return _number(row.overall, join((whole(row.overall), capped)), row.overall / 100)


def _level(row: IndexRow, behaviour: str) -> Markup:
    level = row.levels.get(behaviour)
    if level is None:
        absent = "N/A" if behaviour in row.levels else "\u2013"
        absent = "open" if behaviour in row.left_open else absent
        return el("td", el("span", absent, class_="quiet"), class_="number")
    sign = query() if behaviour in row.unproven else None
    return el("td", level, sign, data_v=level, class_=f"number level l{level}")


def _unscored(rows: Sequence[IndexRow]) -> Markup | None:
    if not rows:
        return None
    lines = [
        el(
            "tr",
            el("th", _link(row), scope="row"),
            el("td", heard(row.note or _nothing(row))),
            el("td", heard(row.language)),
        )
        for row in rows
    ]
    return _section("notes", "Not scored, or scored with a note", ("Call", "Note", "Language"),
                    lines)  # fmt: skip


def _nothing(row: IndexRow) -> str:
    return "what was observed was left open" if row.left_open else "no behaviour was observed"


def _failures(failures: Sequence[Failure]) -> Markup | None:
    if not failures:
        return None
    lines = [
        el("tr", el("th", heard(bad.file or bad.id), scope="row"), el("td", heard(bad.reason)),
           el("td", heard(bad.detail)))
        for bad in failures[:FAILURES]
    ]  # fmt: skip
    if len(failures) > FAILURES:
        left = f"{len(failures) - FAILURES:,} more are in failures.csv"
        lines.append(el("tr", el("th", left, scope="row", colspan="3")))
    return _section("failures", "Calls that gave no review", ("File", "Reason", "Detail"), lines)


def _section(name: str, title: str, heads: Iterable[str], lines: Iterable[Markup]) -> Markup:
    return el(
        "section",
        el("h2", title, id=f"{name}-title"),
        el("div",
           el("table", el("thead", el("tr", *_heads(heads))), el("tbody", *lines),
              class_="plain"),
           class_="wide", tabindex="0", role="group", aria_labelledby=f"{name}-title"),
        id=name, aria_labelledby=f"{name}-title",
    )  # fmt: skip


def _heads(titles: Iterable[str]) -> Iterator[Markup]:
    return (el("th", title, scope="col") for title in titles)
