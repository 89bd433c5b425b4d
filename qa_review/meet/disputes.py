"""Disputes: an agent says that a score is wrong, and somebody else decides.

A dispute is about one behaviour of a review that was handed in, or that a scorer gave. It is
opened within a window, with a reason and, where the agent points at the call, quotes. Who gave
the score does not decide. The outcome and its reason are kept; a changed score is a new revision
of the review, so that its history shows why it changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from qa_review.base.errors import NotAllowed, QuoteNotFound, UnknownName
from qa_review.base.records import from_json
from qa_review.capture.transcript import Quote
from qa_review.grade.rubric import Rubric
from qa_review.grade.rules import overall
from qa_review.grade.scores import Score
from qa_review.grade.vocabulary import SETTINGS
from qa_review.keep.answers import Answer, given, levels
from qa_review.keep.audit import note, now
from qa_review.keep.calls import as_text, call_of, rubric_of, transcript_of
from qa_review.keep.revisions import Revision, add_revision, history, latest, refuse_sealed
from qa_review.keep.rows import DisputeRow, RulingRow
from qa_review.keep.store import Reader, Store, Unit


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute and how it ended; ``outcome`` is "open", "stands" or "changed".

    ``given`` is the level disputed and ``level`` the level after, ``None`` for N/A.
    """

    id: str
    call_id: str
    rubric_id: str
    reviewer: str
    revision: int
    behaviour: str
    agent: str
    reason: str
    quotes: tuple[Quote, ...]
    at: str
    given: int | None
    outcome: str = "open"
    level: int | None = None
    ruling: str = ""
    ruled_by: str = ""
    ruled_at: str = ""


def open_dispute(
    store: Store,
    call_id: str,
    behaviour: str,
    *,
    agent: str,
    reason: str,
    by: str = "",
    rubric_id: str = "behaviours",
    reviewer: str = "",
    quotes: Sequence[Quote] = (),
) -> Dispute:
    """Dispute one behaviour of a call's review, within the rubric's ``[disputes] window_days``.

    Args:
        agent: who disputes: the agent of the call.
        by: who opens it for an agent without access, when the agent doesn't.
        reviewer: whose review; needed when the call has several.
        quotes: what in the call the agent points at.

    Raises:
        NotAllowed: too late, not this agent's call, or disputed already.
        UnknownName: there is no such review or behaviour.
        QuoteNotFound: a quote is not in the call.
        ValueError: there is no reason.
    """
    if not reason.strip():
        raise ValueError("a dispute needs a reason")
    with store.writing() as unit:
        refuse_sealed(unit, call_id)
        about = _disputable(unit, call_id, rubric_id, reviewer)
        score = _score(about, behaviour)
        _refuse_agent(unit, call_id, agent)
        _refuse_late(about, rubric_of(unit, about.rubric))
        said = transcript_of(unit, call_id, about.transcript)
        for quote in quotes:
            if said.quote(quote.turn, quote.start, quote.end).text != quote.text:
                raise QuoteNotFound(f"turn {quote.turn} does not say {quote.text!r} there")
        row = DisputeRow(
            _next_id(unit), call_id, rubric_id, about.reviewer, about.number, behaviour,
            score.level, agent, reason.strip(), as_text(list(quotes)), now(),
        )  # fmt: skip
        _refuse_second(unit, row)
        unit.add(row)
        note(unit, by or agent, "dispute opened", row.dispute_id, f"{call_id} {behaviour}")
    return _dispute(row, None)


def rule(
    store: Store, dispute_id: str, *, by: str, reason: str, answer: Answer | None = None
) -> Dispute:
    """Decide a dispute: the score stands, or becomes ``answer``.

    Raises:
        NotAllowed: ``by`` gave the score or opened the dispute, or it is decided already.
        UnknownName: there is no such dispute.
        ValueError: there is no reason, or ``answer`` is what the score was.
    """
    if not reason.strip():
        raise ValueError("a decision needs its reason")
    with store.writing() as unit:
        row = _row(unit, dispute_id)
        _refuse_own(unit, row, by)
        about = latest(unit, row.call_id, row.rubric_id, row.reviewer)
        if about is None:
            raise UnknownName("review", row.reviewer, ())
        refuse_sealed(unit, row.call_id)
        score = None if answer is None else given(row.behaviour, answer, reason.strip())
        now_given = _score(about, row.behaviour).level
        if score is not None and score.level == row.given:
            raise ValueError(f"{row.behaviour} was {row.given or 'N/A'}: then the score stands")
        ruling = RulingRow(
            dispute_id, "changed" if score else "stands",
            score.level if score else row.given, (score.why_none or "") if score else "",
            reason.strip(), by, now(),
        )  # fmt: skip
        unit.add(ruling)
        note(unit, by, f"dispute {ruling.outcome}", dispute_id, row.call_id)
        if score is not None and score.level != now_given:  # the reviewer may have mended it
            _change(unit, about, score, by, f"dispute {dispute_id}: {reason.strip()}")
    return _dispute(row, ruling)


def all_disputes(store: Store, **where: str) -> tuple[Dispute, ...]:
    """Every dispute, oldest first; ``where`` takes fields such as ``behaviour="ownership"``."""
    with store.reading() as reader:
        rulings = {row.dispute_id: row for row in reader.find(RulingRow)}
        found = [_dispute(row, rulings.get(row.dispute_id)) for row in _rows(reader, where)]
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))


def _rows(reader: Reader, where: dict[str, str]) -> tuple[DisputeRow, ...]:
    return reader.find(DisputeRow, **where)


def _change(unit: Unit, about: Revision, score: Score, by: str, why: str) -> None:
    """The next revision of a review, with one score in place of another."""
    before = next(one for one in about.scores if one.behaviour == score.behaviour)
    after = replace(score, evidence=before.evidence)
    scores = tuple(after if one is before else one for one in about.scores)
    rubric = rubric_of(unit, about.rubric)
    made = replace(
        about, number=about.number + 1, scores=scores, by=by, at=now(), why=why,
        overall=overall(rubric, scores),
    )  # fmt: skip
    add_revision(unit, made)


def _disputable(unit: Unit, call_id: str, rubric_id: str, reviewer: str) -> Revision:
    newest: dict[str, Revision] = {}
    for one in history(unit, call_id):
        if one.rubric.id == rubric_id and one.state == "submitted":
            newest[one.reviewer] = one
    if reviewer:
        if reviewer not in newest:
            raise UnknownName(f"review of {call_id!r}", reviewer, newest)
        return newest[reviewer]
    if len(newest) > 1:
        whose = ", ".join(sorted(newest))
        raise ValueError(f"{call_id!r} has reviews by {whose}: say which one is disputed")
    if not newest:
        raise UnknownName(f"review of {call_id!r}", "anybody", ())
    return next(iter(newest.values()))


def _score(about: Revision, behaviour: str) -> Score:
    for one in about.scores:
        if one.behaviour == behaviour:
            return one
    raise UnknownName("behaviour", behaviour, levels(about.scores))


def _refuse_agent(unit: Unit, call_id: str, agent: str) -> None:
    call, _ = call_of(unit, call_id)
    if not agent.strip():
        raise ValueError("a dispute needs the agent's name")
    if call.agent and call.agent != agent:
        raise NotAllowed(f"{call_id!r} is a call of {call.agent}, not of {agent}")


def _refuse_late(about: Revision, rubric: Rubric) -> None:
    window_days = rubric.setting("disputes.window_days", SETTINGS["disputes"]["window_days"])
    given_at = datetime.fromisoformat(about.at)
    until = given_at + timedelta(days=window_days)
    if datetime.now(UTC) > until:
        raise NotAllowed(
            f"this score was given on {given_at:%Y-%m-%d} and could be disputed for "
            f"{window_days:g} days, until {until:%Y-%m-%d}"
        )


def _refuse_second(unit: Unit, row: DisputeRow) -> None:
    for other in unit.find(
        DisputeRow, call_id=row.call_id, rubric_id=row.rubric_id, reviewer=row.reviewer,
        behaviour=row.behaviour,
    ):  # fmt: skip
        if not unit.find(RulingRow, dispute_id=other.dispute_id):
            raise NotAllowed(f"{row.behaviour} of {row.call_id!r} is disputed: {other.dispute_id}")
        if other.number == row.number:
            raise NotAllowed(f"this score was disputed and decided: {other.dispute_id}")


def _refuse_own(unit: Unit, row: DisputeRow, by: str) -> None:
    if not by.strip():
        raise ValueError("a decision needs the name of who decides")
    if by == row.agent:
        raise NotAllowed(f"{by} opened {row.dispute_id}, so can't decide it")
    ended = unit.find(RulingRow, dispute_id=row.dispute_id)
    if ended:
        raise NotAllowed(f"{row.dispute_id} was decided by {ended[0].by} at {ended[0].at}")
    if by in _givers(unit, row):
        raise NotAllowed(f"{by} gave the score that {row.dispute_id} is about, so can't decide it")


def _givers(unit: Unit, row: DisputeRow) -> set[str]:
    """The reviewer, and everybody else who changed the disputed behaviour in the review."""
    givers, before = {row.reviewer}, None
    for one in history(unit, row.call_id, reviewer=row.reviewer):
        if one.rubric.id == row.rubric_id:
            level = levels(one.scores).get(row.behaviour)
            if level != before:
                givers.add(one.by)
            before = level
    return givers


def _row(reader: Reader, dispute_id: str) -> DisputeRow:
    rows = reader.find(DisputeRow, dispute_id=dispute_id)
    if not rows:
        raise UnknownName("dispute", dispute_id, (r.dispute_id for r in reader.find(DisputeRow)))
    return rows[0]


def _next_id(reader: Reader) -> str:
    """The next of d-0001, d-0002, ..."""
    ends = (row.dispute_id.removeprefix("d-") for row in reader.find(DisputeRow))
    return f"d-{max((int(end) for end in ends if end.isdecimal()), default=0) + 1:04}"


def _dispute(row: DisputeRow, ruling: RulingRow | None) -> Dispute:
    quotes = tuple(from_json(Quote, one) for one in json.loads(row.quotes))
    opened = Dispute(
        row.dispute_id, row.call_id, row.rubric_id, row.reviewer, row.number, row.behaviour,
        row.agent, row.reason, quotes, row.at, row.given,
    )  # fmt: skip
    if ruling is None:
        return opened
    return replace(
        opened, outcome=ruling.outcome, level=ruling.level, ruling=ruling.reason,
        ruled_by=ruling.by, ruled_at=ruling.at,
    )  # fmt: skip
