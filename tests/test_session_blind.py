"""Nothing that a rater can reach before the reveal holds another's score: tested by search."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import store_fixtures as fixtures
from store_fixtures import BEHAVIOURS, candidate, new_session

from qa_review.base.errors import BallotError
from qa_review.keep.answers import TurnNote, given
from qa_review.keep.rows import BallotRow, CommitmentRow
from qa_review.keep.store import Store, open_store, read
from qa_review.keep.transfer import export_store
from qa_review.meet import ballots, nacl
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal
from qa_review.meet.seats import join

CANARY = "kestrel-over-the-motorway"
LOOK_AROUND = Path(__file__).parent / "children" / "look_around.py"


def hand_in(store: Store, session_id: str, keys: Path, rater: str = "ann", level: int = 4) -> None:
    """A ballot with the canary in every place that holds words."""
    seat = join(store, session_id, rater, keys=Keys(keys / rater))
    said = seat.said("call-1")
    answers = [
        given(name, level, f"{CANARY} {name}", [("against", said.quote(1, 0, 6))])
        for name in BEHAVIOURS
    ]
    seat.hand_in("call-1", answers, notes=[TurnNote(1, CANARY)])


def shapes(text: str) -> Iterator[bytes]:
    """A text as it may lie in a file: plain, in hexadecimal, in base64 at each offset."""
    plain = text.encode()
    yield from (plain, text.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode())
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + plain)
        yield whole[4 : len(whole) // 4 * 4 - 4]  # what doesn't depend on the neighbours


def found_in(folder: Path, *texts: str) -> list[str]:
    """The files under a folder that hold any of the texts, in whatever shape."""
    looked = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert looked
    return [
        path.name
        for path in looked
        for text in texts
        if any(shape in path.read_bytes() for shape in shapes(text))
    ]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


class TestTheFileOfSQLite:
    @pytest.fixture
    def store(self, tmp_path):
        (tmp_path / "store").mkdir()
        return open_store(f"sqlite:{tmp_path / 'store' / 'qa.db'}")

    def test_holds_no_score_in_its_bytes_nor_in_its_log(self, store, keys, tmp_path):
        made = new_session(store, keys, automatic=True)
        # a connection that stays open keeps the write-ahead log from being emptied
        with store.engine.connect() as open_one:
            open_one.exec_driver_sql("select count(*) from calls")
            hand_in(store, made.id, keys)
            hand_in(store, made.id, keys, level=2)
            names = {path.name for path in (tmp_path / "store").iterdir()}
            assert "qa.db-wal" in names
            assert found_in(tmp_path / "store", CANARY, "as counted", '"stance"') == []
            assert found_in(tmp_path / "store", "my bin was missed")  # the call lies in the open

    def test_would_be_found_out_were_a_ballot_left_unsealed(
        self, store, keys, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(nacl, "seal", lambda public, text: text)
        hand_in(store, new_session(store, keys).id, keys)
        assert found_in(tmp_path / "store", CANARY)

    def test_an_export_holds_none_either(self, store, keys, tmp_path):
        hand_in(store, new_session(store, keys).id, keys)
        for kind in ("csv", "parquet"):
            export_store(store, tmp_path / kind, kind=kind)
            assert found_in(tmp_path / kind, CANARY) == []

    def test_tells_nothing_to_another_process_of_a_rater(self, store, keys):
        made = new_session(store, keys, automatic=True)
        hand_in(store, made.id, keys)
        assert look_around(store.name, made.id, "bo", keys / "bo") == ""

    def test_tells_all_after_the_reveal_so_that_the_search_is_no_sham(self, store, keys):
        made = new_session(store, keys)
        hand_in(store, made.id, keys)
        reveal(store, made.id, by="kim", keys=Keys(keys))
        found = look_around(store.name, made.id, "bo", keys / "bo")
        assert "an object: Revealed" in found and "the memory" in found

    def test_no_key_of_a_rater_opens_another_ballot(self, store, keys):
        made = new_session(store, keys, automatic=True)
        hand_in(store, made.id, keys)
        signer = join(store, made.id, "bo", keys=Keys(keys / "bo")).signer
        tried = 0
        for row in read(store, BallotRow):
            for sealed in filter(None, (row.sealed, row.own)):
                for secret in (signer, nacl.own_seal(signer)):
                    tried += 1
                    with pytest.raises(BallotError):
                        nacl.unseal(secret, sealed)
        assert tried == 6  # ann's ballot and her copy, and the scorer's ballot, by two keys


def look_around(store: str, session_id: str, rater: str, keys: Path) -> str:
    """Where a rater in a process of their own found the canary."""
    command = [sys.executable, LOOK_AROUND, store, session_id, rater, keys, CANARY[::-1]]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True,
        env=fixtures.child_environment(), timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_length_of_a_ballot_tells_nothing(keys):
    store = open_store("memory")
    made = new_session(store, keys)
    seat = join(store, made.id, "ann", keys=Keys(keys))
    for level, reason in ((1, ""), (5, "a reason of some length " * 20)):
        seat.hand_in("call-1", fixtures.scores(level, reason))
    lengths = {(len(row.sealed), len(row.own)) for row in read(store, BallotRow)}
    assert len(lengths) == 1


def test_the_same_scores_give_other_digests_so_that_none_can_be_guessed(keys):
    store = open_store("memory")
    made = new_session(store, keys)
    seat = join(store, made.id, "ann", keys=Keys(keys))
    for _ in range(3):
        seat.hand_in("call-1", fixtures.scores(3))
    rows = read(store, CommitmentRow)
    assert len({row.digest for row in rows}) == 3
    # all that could be said of the call without comment, were the time of it known
    for row in rows:
        known = dict(session_id=made.id, rater="ann", call_id="call-1", number=row.number)
        for level in range(1, 6):
            guess = ballots.Ballot(**known, scores=fixtures.scores(level), notes=(), at=row.at)
            assert ballots.digest_of(ballots.written(guess)) != row.digest


def test_a_ballot_without_salt_is_refused():
    bare = ballots.Ballot("s", "ann", "call-1", 1, fixtures.scores(3), (), "")
    seal = nacl.seal_of(nacl.new_seal())
    with pytest.raises(BallotError, match="needs a salt"):
        ballots.sealed(bare, seal=seal, signer=nacl.new_signer(), own=True)


def test_the_trail_and_the_session_hold_no_score(keys):
    store = open_store("memory")
    made = new_session(store, keys)
    hand_in(store, made.id, keys)
    rows = [row for kind in (CommitmentRow,) for row in read(store, kind)]
    assert rows and CANARY not in repr([*rows, candidate(), store.name])
    everything = repr([store._tables, join(store, made.id, "bo", keys=Keys(keys / "bo"))])
    assert CANARY not in everything
