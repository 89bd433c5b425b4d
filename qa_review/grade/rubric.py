"""What good is: behaviours with their levels, and the indicators that speak for or against them.

Takes a TOML file; makes a :class:`Rubric`. ``rubrics/behaviours.v1.toml`` is the example to
follow; every key is described at the field it fills. A released version is never edited: a
change is a new file with a new version. :func:`load` reports every problem of a file at once.

Examples that meet an indicator (``met``) or don't (``not_met``) are part of the rubric; they
are run by :func:`qa_review.grade.examples.example_problems`, which needs the finders.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa_review.base.errors import RubricError
from qa_review.base.records import digest
from qa_review.grade.pattern import Pattern, PatternError, compiled
from qa_review.grade.tables import Table
from qa_review.grade.vocabulary import EVENTS, FINDERS, PLACES, RELATIONS, SETTINGS, SIDES


@dataclass(frozen=True, slots=True)
class RubricVersion:
    """Which rubric a score was given on: its id, version, and a digest of its content."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a call needs before it can be given ``level``.

    Each group of ``any_of`` is met when all of its indicators were found; one group is
    enough. ``says`` finishes the sentence "for this level the agent would ...".
    """

    level: int
    any_of: tuple[tuple[str, ...], ...]
    says: str


@dataclass(frozen=True, slots=True)
class Opportunity:
    """The least that must have been said before a behaviour can be judged at all."""

    agent_turns: int = 1
    customer_turns: int = 1
    customer_words: int = 4
    agent_words: int = 4


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour: what each level sounds like, and how evidence becomes a level.

    ``start`` is the value of a call in which nothing was found, on the scale of the levels;
    ``points`` is what each indicator adds to it when found in full (see
    :mod:`qa_review.grade.rules`). ``anchors[0]`` describes level 1.
    """

    id: str
    title: str
    about: str
    weight: float
    anchors: tuple[str, ...]
    not_observed: str
    opportunity: Opportunity
    start: float
    points: Mapping[str, float]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A short made-up exchange whose last turn of the agent shows, or doesn't show, an indicator.

    ``timed`` holds lines such as ``"agent 2.5-4.0 can i stop you there"`` (seconds) for
    indicators that are found by the clock; otherwise ``customer``, ``agent`` and ``then``
    (the customer's answer) are one turn each, ``""`` where there is none.
    """

    agent: str = ""
    customer: str = ""
    then: str = ""
    timed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """A sign that a turn can carry.

    ``supports`` and ``speaks_against`` name behaviours; neutral indicators have neither.
    ``says`` is a phrase for reasons, in the past tense ("named the feeling"). ``patterns``
    match the agent's turn, ``reply`` the customer's turn after it; ``unless`` cancels a
    match in the same sentence. ``finders`` lists what looks for it, ``relation`` which
    relation the uptake finder tests, ``timing`` which event of the clock. ``weight`` in (0, 1]
    is the share of finds that people agreed with. ``no_examples`` says why there are none,
    where there are none.
    """

    id: str
    meaning: str
    says: str
    supports: tuple[str, ...] = ()
    speaks_against: tuple[str, ...] = ()
    speaker: str = "agent"
    finders: tuple[str, ...] = ("patterns",)
    relation: str = ""
    timing: str = ""
    place: str = "anywhere"
    weight: float = 1.0
    patterns: tuple[Pattern, ...] = ()
    reply: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    met: tuple[Example, ...] = ()
    not_met: tuple[Example, ...] = ()
    no_examples: str = ""


@dataclass(frozen=True, slots=True)
class Critical:
    """A failure so grave that it caps the overall figure at ``cap``, in 0..100.

    It has happened when ``indicator`` was found ``at_least`` times, in turns of the agent.
    """

    indicator: str
    at_least: int
    cap: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """A whole rubric. ``settings`` are the numbers of its ``[timing]``, ``[uptake]`` and
    ``[scoring]`` tables as ``"timing.silence_ms"`` and so on; what is not set has a default
    where it is used.
    """

    id: str
    version: str
    title: str
    languages: tuple[str, ...]
    behaviours: tuple[Behaviour, ...]
    indicators: tuple[Indicator, ...]
    critical: tuple[Critical, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    digest: str = ""

    @property
    def ref(self) -> RubricVersion:
        return RubricVersion(self.id, self.version, self.digest)

    def behaviour(self, name: str) -> Behaviour:
        """The behaviour with this id; ``KeyError`` when there is none."""
        return {b.id: b for b in self.behaviours}[name]

    def indicator(self, name: str) -> Indicator:
        """The indicator with this id; ``KeyError`` when there is none."""
        return {i.id: i for i in self.indicators}[name]

    def setting(self, name: str, default: float) -> float:
        """A number such as ``timing.silence_ms``, or ``default`` where the file has none."""
        return self.settings.get(name, default)


def load(path: Path | str) -> Rubric:
    """The rubric in a TOML file.

    Raises:
        RubricError: the file breaks the rules of this module; every break is listed.
        OSError: the file can't be read.
    """
    return parse(_text(Path(path)), path)


def parse(text: str, where: Path | str) -> Rubric:
    """The rubric in the text of a TOML file, which is called ``where`` in messages.

    Raises:
        RubricError: as for :func:`load`.
    """
    rubric, found = _read(text, where)
    if found:
        raise RubricError(where, found)
    return rubric


def problems(path: Path | str) -> list[str]:
    """Everything that :func:`load` would refuse in a file; empty when it is in order."""
    return _read(_text(Path(path)), path)[1]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RubricError(path, [f"not TOML: {error}"]) from error


def _read(text: str, where: Path | str) -> tuple[Rubric, list[str]]:
    found: list[str] = []
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(where, [f"not TOML: {error}"]) from error
    file = Table(values, "", found)
    lists = _lists(file.table("lists"))
    rubric = Rubric(
        id=file.text("id"),
        version=file.text("version"),
        title=file.text("title"),
        languages=file.texts("languages", needed=True),
        behaviours=tuple(_behaviour(t) for t in file.tables("behaviours", needed=True)),
        indicators=tuple(_indicator(t, lists) for t in file.tables("indicators", needed=True)),
        critical=tuple(_critical(t) for t in file.tables("critical")),
        lists=lists,
        settings=_settings(file),
        digest=digest(json.loads(json.dumps(values, default=str))),
    )
    file.done()
    _check_names(rubric, found)
    return rubric, found


def _lists(table: Table) -> dict[str, tuple[str, ...]]:
    lists = {}
    for name in table.values:
        lists[name] = table.texts(name)
        if not lists[name]:
            table.problem(name, "a list must hold at least one entry")
    return lists


def _settings(file: Table) -> dict[str, float]:
    settings = {}
    for group, defaults in SETTINGS.items():
        table = file.table(group)
        for name, default in defaults.items():
            settings[f"{group}.{name}"] = table.number(name, default, -100, 10_000_000)
        table.done()
    return settings


def _behaviour(table: Table) -> Behaviour:
    anchors = table.table("anchors", needed=True)
    wanted = table.table("opportunity")
    behaviour = Behaviour(
        id=table.text("id"),
        title=table.text("title"),
        about=table.text("about"),
        weight=table.number("weight", 1.0, 0, 1000),
        anchors=tuple(anchors.text(str(level)) for level in range(1, 6)),
        not_observed=table.text("not_observed"),
        opportunity=Opportunity(
            wanted.whole("agent_turns", 1),
            wanted.whole("customer_turns", 1),
            wanted.whole("customer_words", 4),
            wanted.whole("agent_words", 4),
        ),
        start=table.number("start", 2.8, 1, 5),
        points=table.numbers("points"),
        steps=tuple(_step(t) for t in table.tables("steps")),
    )
    for part in (anchors, wanted, table):
        part.done()
    return behaviour


def _step(table: Table) -> Step:
    groups = tuple(tuple(text.split(" + ")) for text in table.texts("any_of"))
    step = Step(table.whole("level", 3, 2, 5), groups, table.text("says"))
    table.done()
    return step


def _indicator(table: Table, lists: dict[str, tuple[str, ...]]) -> Indicator:
    finders = table.texts("finders") or ("patterns",)
    for name in finders:
        if name not in FINDERS:
            table.problem("finders", f"must be among {', '.join(FINDERS)}, not {name!r}")
    indicator = Indicator(
        id=table.text("id"),
        meaning=table.text("meaning"),
        says=table.text("says"),
        supports=table.texts("for"),
        speaks_against=table.texts("against"),
        speaker=table.one_of("speaker", SIDES, "agent"),
        finders=finders,
        relation=table.one_of("relation", RELATIONS, ""),
        timing=table.one_of("timing", EVENTS, ""),
        place=table.one_of("place", PLACES, "anywhere"),
        weight=table.number("weight", 1.0, 0.01, 1),
        patterns=_patterns(table, "patterns", lists),
        reply=_patterns(table, "reply", lists),
        unless=_patterns(table, "unless", lists),
        met=_examples(table, "met"),
        not_met=_examples(table, "not_met"),
        no_examples=table.text("no_examples", ""),
    )
    if "patterns" in finders and not indicator.patterns and not indicator.reply:
        table.problem("patterns", "missing: an indicator found by patterns needs some")
    for finder, key in (("uptake", "relation"), ("timing", "timing")):
        if (finder in finders) != bool(table.values.get(key)):
            table.problem(key, f"is given if, and only if, {finder!r} is among the finders")
    if not indicator.no_examples and not (indicator.met and indicator.not_met):
        table.problem("met", "met and not_met examples are needed, or no_examples saying why not")
    table.done()
    return indicator


def _patterns(table: Table, key: str, lists: dict[str, tuple[str, ...]]) -> tuple[Pattern, ...]:
    made = []
    for text in table.texts(key):
        try:
            made.append(compiled(text, lists))
        except PatternError as error:
            table.problem(key, f"{text!r} can't be used: {error}")
    return tuple(made)


def _examples(table: Table, key: str) -> tuple[Example, ...]:
    made = []
    for number, value in enumerate(table.get(key, (list,), "a list of examples", []), start=1):
        if isinstance(value, str) and value.strip():
            made.append(Example(agent=value))
            continue
        inner = Table(value, f"{table.where}.{key}[{number}]", table.problems)
        example = Example(
            agent=inner.text("agent", ""),
            customer=inner.text("customer", ""),
            then=inner.text("then", ""),
            timed=inner.texts("timed"),
        )
        if not example.agent and not example.timed:
            inner.problem("agent", "missing (what the agent says), unless timed is given")
        inner.done()
        made.append(example)
    return tuple(made)


def _critical(table: Table) -> Critical:
    failure = Critical(
        indicator=table.text("indicator"),
        at_least=table.whole("at_least", 1, 1),
        cap=table.number("cap", 40.0, 0, 100),
        reason=table.text("reason"),
    )
    table.done()
    return failure


def _check_names(rubric: Rubric, found: list[str]) -> None:
    """Ids are given once, and every name that is used is the id of something."""
    behaviours = [b.id for b in rubric.behaviours]
    indicators = [i.id for i in rubric.indicators]
    for kind, names in (("behaviours", behaviours), ("indicators", indicators)):
        for name in sorted({n for n in names if n and names.count(n) > 1}):
            found.append(f"{kind}.{name}: this id is given {names.count(name)} times")
    if rubric.behaviours and sum(b.weight for b in rubric.behaviours) <= 0:
        found.append("behaviours: the weights must not all be 0")
    for indicator in rubric.indicators:
        for name in (*indicator.supports, *indicator.speaks_against):
            if name not in behaviours:
                found.append(_unknown(f"indicators.{indicator.id}", "behaviour", name, behaviours))
    for behaviour in rubric.behaviours:
        where = f"behaviours.{behaviour.id}"
        used = [*behaviour.points, *(n for s in behaviour.steps for g in s.any_of for n in g)]
        for name in dict.fromkeys(used):
            if name not in indicators:
                found.append(_unknown(where, "indicator", name, indicators))
    for failure in rubric.critical:
        if failure.indicator not in indicators:
            found.append(_unknown("critical", "indicator", failure.indicator, indicators))


def _unknown(where: str, kind: str, name: str, known: list[str]) -> str:
    return f"{where}: there is no {kind} {name!r}; there is {', '.join(known)}"
