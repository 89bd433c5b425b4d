"""What ``qa-review session`` does: calls the library and prints what a person needs next."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from rich.table import Table
from rich.text import Text

from qa_review.base.errors import QAReviewError
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load
from qa_review.grade.scores import LEVELS
from qa_review.keep.answers import TurnNote
from qa_review.keep.answers import given as person_gives
from qa_review.keep.audit import SOFTWARE, breaks
from qa_review.keep.folder import write_text
from qa_review.keep.rows import CommitmentRow
from qa_review.keep.store import Store, open_store
from qa_review.meet import decisions as after
from qa_review.meet import opening, sessions
from qa_review.meet.choose import Choice, at_random, by_hand, most_uncertain
from qa_review.meet.compare import differences
from qa_review.meet.keys import Keys, keys_folder
from qa_review.meet.seats import Seat
from qa_review.meet.seats import join as take_seat
from qa_review.run.ballot_files import answer, call_named, read_forms, write_form
from qa_review.run.candidates import find_candidates, scored
from qa_review.run.commands import err, out
from qa_review.run.settings import Settings
from qa_review.run.stores import existing_store


def create(given: argparse.Namespace) -> int:
    """Call a session, and print what to send to whom."""
    store, path = open_store(given.store), rubric_path(given.rubric)
    choice = _choice(given, path)
    made = sessions.create(
        store,
        given.name,
        choice,
        rubric=path,
        raters=[name.strip() for name in given.raters.split(",")],
        lead=given.who,
        keys=_keys(given),
        deadline=given.deadline,
        automatic=given.automatic,
        reviewed=given.reviewed,
    )
    out.print(Text(f"session {made.id}: {len(made.calls)} calls, chosen {made.chosen}"))
    for call_id in made.calls:
        out.print(Text(f"  {call_id}"))
    out.print(Text(f"its key is in {_keys(given).folder}: without it nothing can be revealed"))
    out.print("Tell each rater, and not by this store (the id shows that its key is yours):")
    for rater in made.raters:
        if rater != SOFTWARE:
            line = f"  qa-review session join {made.id} {_as(rater, store)}"
            out.print(Text(line), soft_wrap=True)
    return 0


def _choice(given: argparse.Namespace, path: Path) -> Choice:
    store, rubric = open_store(given.store), load(path)
    found = find_candidates(store, rubric.id, given.calls)
    if given.pick:
        choice = by_hand(found, given.pick)
    elif given.random is not None:
        choice = at_random(found, given.random, seed=given.seed)
    else:
        with err.status("scoring"):
            found = scored(found, Settings(rubric=str(path), scorer=given.scorer))
        return most_uncertain(found, given.uncertain)
    if given.automatic:
        settings = Settings(rubric=str(path), scorer=given.scorer)
        choice = Choice(scored(choice.calls, settings), choice.how)
    return choice


def join(given: argparse.Namespace) -> int:
    """Take a seat."""
    seat = _seat(given)
    here = seat.session
    out.print(Text(f"{seat.rater} has a seat in {here.id}: {here.name}, led by {here.lead}"))
    if here.deadline:
        out.print(Text(_deadline(here.deadline)))
    out.print(Text(f"your key is in {_keys(given).folder}: without it nobody can score as you"))
    done = here.done.get(seat.rater, ())
    for call_id in here.calls:
        out.print(Text(f"  {'done' if call_id in done else 'open'}  {call_id}"))
    who = _as(seat.rater, seat.store)
    out.print(Text(f"next: qa-review session form {here.id} {who}"), soft_wrap=True)
    return 0


def form(given: argparse.Namespace) -> int:
    """Write the form, and the calls to read."""
    seat = _seat(given)
    path = write_form(seat, given.out)
    out.print(Text(f"fill in {shlex.quote(str(path))}; the calls lie beside it"), soft_wrap=True)
    line = f"qa-review session score {seat.session.id} {_as(seat.rater, seat.store)}"
    out.print(Text(f"then: {line} --ballots {shlex.quote(str(path))}"), soft_wrap=True)
    return 0


def mine(given: argparse.Namespace) -> int:
    """A rater's own ballots."""
    seat = _seat(given)
    for call_id in seat.session.calls:
        ballot = seat.mine(call_id)
        out.print(Text(f"{call_id}: {'nothing handed in' if ballot is None else ballot.at}"))
        for note in ballot.notes if ballot else ():
            out.print(Text(f"  turn {note.turn + 1}: {note.text}"))
        for score in ballot.scores if ballot else ():
            level = "N/A" if score.level is None else score.level
            reason = score.why_none or score.reason
            out.print(Text(f"  {score.behaviour} {level}{f'  {reason}' if reason else ''}"))
    return 0


def score(given: argparse.Namespace) -> int:
    """Hand in ballots; one that is not in order costs its call only."""
    seat = _seat(given)
    if given.ballots is None:
        return _score_one(given, seat)
    forms, lost = read_forms(given.ballots, (seat.session.id, seat.rater)), 0
    if not forms:
        err.print(Text(f"nothing to hand in: no row of {given.ballots} has a level"))
        return 1
    for one in forms:
        call_id = call_named(seat.session.calls, one.call_id)
        try:
            if one.problems:
                raise ValueError("; ".join(one.problems))
            mine = seat.mine(call_id)  # a form has no notes: those of before stay
            notes = mine.notes if mine else ()
            receipt = seat.hand_in(call_id, one.scores(seat.said(call_id)), notes=notes)
        except (QAReviewError, ValueError) as error:
            lost += 1
            err.print(Text(f"{call_id}: not handed in: {error}", style="yellow"))
            if call_id in seat.session.done.get(seat.rater, ()):
                err.print(Text(f"{call_id}: what you handed in before still counts"))
        else:
            out.print(Text(f"{call_id}: handed in, receipt {receipt.digest}"), soft_wrap=True)
    _outstanding(seat)
    return 1 if lost else 0


def _score_one(asked: argparse.Namespace, seat: Seat) -> int:
    if not asked.call or not asked.answers:
        raise ValueError("give --ballots FILE, or --call ID and --answers for each behaviour")
    said, scores = seat.said(asked.call), []
    for text in asked.answers:
        name, equals, rest = text.partition("=")
        level, _, reason = rest.partition(":")
        if not equals:
            raise ValueError(f"write BEHAVIOUR=LEVEL, not {text!r}")
        scores.append(person_gives(name, answer(level, reason), reason))
    notes = []
    for text in asked.note:
        turn, equals, words = text.partition("=")
        if not equals or not turn.strip().isdecimal():
            raise ValueError(f"write TURN=TEXT with a turn's number, not {text!r}")
        notes.append(TurnNote(int(turn) - 1, words))
    receipt = seat.hand_in(said.call_id, scores, notes=notes)
    out.print(Text(f"{asked.call}: handed in, receipt {receipt.digest}"), soft_wrap=True)
    _outstanding(seat)
    return 0


def _outstanding(seat: Seat) -> None:
    here = sessions.session(seat.store, seat.session.id)
    left = [call for rater, call in here.waiting_for if rater == seat.rater]
    out.print(Text(f"outstanding: {', '.join(left)}" if left else "all calls are handed in"))


def check(given: argparse.Namespace) -> int:
    """Whether the ballot of a receipt is among those handed in."""
    store = existing_store(given.store)
    with store.reading() as reader:
        sessions.session_of(reader, given.session)
        rows = reader.find(CommitmentRow, session_id=given.session)
        found = breaks(reader)
    for problem in found:
        err.print(Text(f"audit trail: {problem}", style="red"))
    row = next((row for row in rows if row.digest == given.receipt.strip()), None)
    if row is None:
        out.print("no ballot with this receipt is in the session: tell its lead")
        return 1
    same = [one for one in rows if (one.rater, one.call_id) == (row.rater, row.call_id)]
    newest = max(one.number for one in same)
    counts = "counts" if row.number == newest else f"gave way to your ballot {newest}"
    told = f"ballot {row.number} of {row.rater} on {row.call_id}, handed in at {row.at}, {counts}"
    out.print(Text(told))
    return 1 if found else 0


def call_off(given: argparse.Namespace) -> int:
    """End a session without a reveal."""
    store = existing_store(given.store)
    sessions.call_off(store, given.session, by=given.who, reason=given.reason)
    out.print("called off: its ballots stay sealed, its calls are free again")
    return 0


def list_all(given: argparse.Namespace) -> int:
    """The sessions of a store."""
    for one in sessions.all_sessions(existing_store(given.store)):
        state = f"revealed {one.revealed_at[:10]}" if one.revealed_at else one.state
        out.print(Text(f"{one.id}  {state}  {len(one.calls)} calls, {len(one.raters)} raters"))
    return 0


def status(given: argparse.Namespace) -> int:
    """Who is done; nobody's scores."""
    here = sessions.session(existing_store(given.store), given.session)
    state = f"revealed at {here.revealed_at}" if here.revealed_at else here.state
    state += f" ({here.called_off})" if here.called_off else ""
    rubric = f"{here.rubric.id} version {here.rubric.version}"
    out.print(Text(f"{here.name}, led by {here.lead}, on {rubric}: {state}"))
    if here.deadline:
        out.print(Text(_deadline(here.deadline)))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("rater", "joined", "handed in", "outstanding"):
        table.add_column(column)
    for rater in here.raters:
        done = here.done.get(rater, ())
        left = [call for call in here.calls if call not in done]
        joined = "yes" if rater in here.joined else "no"
        count = f"{len(done)} of {len(here.calls)}"
        table.add_row(Text(rater), joined, count, Text(", ".join(left) or "-"))
    out.print(table)
    return 0


def reveal(given: argparse.Namespace) -> int:
    """Open the ballots, once and for all."""
    store = existing_store(given.store)
    here = sessions.session(store, given.session)
    if not given.yes and not here.revealed_at:
        for rater, call in here.waiting_for:
            out.print(Text(f"  missing: {rater} on {call}"))
        out.print("Everybody will see every ballot, and this can't be undone.")
        out.print(Text("Reveal? [y/N] "), end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            out.print("not revealed")
            return 1
    found = opening.reveal(store, given.session, by=given.who, keys=_keys(given))
    _told(found)
    line = f"qa-review session report {given.session} {_store(given.who, store)}"
    out.print(Text(f"the page: {line}"), soft_wrap=True)
    return 0


def _told(found: opening.Revealed) -> None:
    count = len(found.ballots)
    out.print(f"ballots open: {count}; missing: {len(found.missing)}")
    for problem in found.problems:
        err.print(Text(problem, style="red"))
    out.print("widest differences:")
    for one in differences(found)[:10]:
        if one.width:
            given = (f"{p.rater} {'N/A' if p.level is None else p.level}" for p in one.positions)
            out.print(Text(f"  {one.call_id} {one.behaviour}: {', '.join(given)}"))


def remark(given: argparse.Namespace) -> int:
    """Keep what was said."""
    store = existing_store(given.store)
    after.remark(store, given.session, given.text, by=given.who, call_id=given.call,
                 behaviour=given.behaviour)  # fmt: skip
    out.print("kept")
    return 0


def vote(given: argparse.Namespace) -> int:
    """A vote after the discussion."""
    after.vote(
        existing_store(given.store), given.session, rater=given.who, call_id=given.call,
        behaviour=given.behaviour, answer=answer(given.level, given.reason), reason=given.reason,
    )  # fmt: skip
    out.print("kept; the blind ballot stays beside it")
    return 0


def decide(given: argparse.Namespace) -> int:
    """The master score, and what the disagreement leads to; what is mistyped changes nothing."""
    if not (given.level or given.anchor or given.drop or given.tell):
        raise ValueError("give --level, and what follows: --anchor, --drop or --tell")
    anchor = _pair(given.anchor, "LEVEL=WORDS") if given.anchor else None
    note = _pair(given.tell, "RATER=NOTE") if given.tell else None
    if anchor and anchor[0] not in map(str, LEVELS):
        raise ValueError(f"an anchor is of a level 1 to 5, not {anchor[0]!r}")
    level = answer(given.level, given.reason) if given.level else None
    folder = given.out or Path()
    folder.mkdir(parents=True, exist_ok=True)
    store = existing_store(given.store)
    here = {"by": given.who, "behaviour": given.behaviour, "call_id": given.call}
    if level is not None:
        after.decide(store, given.session, answer=level, reason=given.reason, **here)
        out.print(Text(f"{given.call} {given.behaviour}: {given.level} is the master score"))
    if anchor:
        _edited(
            after.edit_anchor(store, given.session, level=int(anchor[0]), words=anchor[1], **here),
            folder,
        )
    if given.drop:
        _edited(
            after.drop_indicator(
                store, given.session, indicator=given.drop, reason=given.reason, **here
            ),
            folder,
        )
    if note:
        after.tell_rater(store, given.session, rater=note[0], text=note[1], **here)
        out.print(Text(f"kept for {note[0]}"))
    return 0


def _edited(made: after.Edited, folder: Path) -> None:
    path = folder / f"{made.rubric_id}.v{made.version}.toml"
    if path.exists():
        hint = f"qa-review store rubric {made.rubric_id}.v{made.version} --out FILE"
        raise QAReviewError(f"{path} is there already; the new version is in the store: {hint}")
    write_text(path, made.text)
    out.print(Text(made.difference), soft_wrap=True)
    out.print(Text(f"the rubric is now version {made.version}: {path}"), soft_wrap=True)


def _deadline(text: str) -> str:
    """A deadline, with whether it is over: a time in UTC, or a day that ends in this place."""
    if len(text) <= len("2026-12-01"):
        over = datetime.fromisoformat(text).date() < datetime.now().date()
        return f"deadline: {text}{' (over)' if over else ''}"
    at = datetime.fromisoformat(text)
    return f"deadline: {at:%Y-%m-%d %H:%M} UTC{' (over)' if at < datetime.now(UTC) else ''}"


def _as(rater: str, store: Store) -> str:
    """The options that name a rater and, on PostgreSQL, log in as them; never a password."""
    return f"--as {shlex.quote(rater)} {_store(rater, store)}"


def _store(person: str, store: Store) -> str:
    name = re.sub(r"^(postgresql://)([^@/]*@)?", rf"\g<1>{quote(person)}@", store.name)
    return f"--store {shlex.quote(name)}"


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, rest = text.partition("=")
    if not equals or not rest.strip():
        raise ValueError(f"write {form}, not {text!r}")
    return name.strip(), rest.strip()


def _keys(given: argparse.Namespace) -> Keys:
    return Keys(given.keys or keys_folder())


def _seat(given: argparse.Namespace) -> Seat:
    return take_seat(existing_store(given.store), given.session, given.who, keys=_keys(given))
