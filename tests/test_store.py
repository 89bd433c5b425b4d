"""What every store promises; memory, SQLite and each PostgreSQL pass the same suite."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import store_fixtures as fixtures
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_review.base.errors import AlreadyThere, StoreError
from qa_review.keep.row import Row
from qa_review.keep.rows import KINDS, CallRow, NoteRow, SeatRow, VoteRow
from qa_review.keep.store import Store, kinds_of, next_number, read

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**63) + 1, 2**63 - 1),
    bool: st.booleans(),
    bytes: st.binary(max_size=40),
}
ODD = (
    "", " ", "a", "A", "b", "a b", "a'b", 'a"b', "a;drop table notes", "a%b_c", "\\", "\n", "\r\n",
    "\t", "0", "00", "10", "2", "NA", "None", "é", "e\u0301", "ß", "ss", "Z", "z", "Ж", "日本",
    "🎧", "\u200b", "\ufeff", "\uffff", "\U0010ffff", "\x7f", "\x01", "a" * 1000, "é" * 1000,
)  # fmt: skip


def rows_of(kind: type[Row]) -> st.SearchStrategy[Row]:
    """Any row of that kind."""
    fields = {
        name: VALUES[plain] | st.none() if optional else VALUES[plain]
        for name, (plain, optional) in kinds_of(kind).items()
    }
    return st.builds(kind, **fields)


def note(call_id: str = "call-1", number: int = 1, text: str = "hm", **more: Any) -> NoteRow:
    return NoteRow(**{
        "call_id": call_id, "number": number, "turn": 0, "by": "ann",
        "at": "2026-10-05T09:30:00.123456+00:00", "text": text, **more,
    })  # fmt: skip


REFUSED = (
    (note(number="1"), "notes.number is int, not '1'"),
    (note(number=True), "notes.number is int, not True"),
    (note(number=1.0), "notes.number is int, not 1.0"),
    (note(number=None), "notes.number is int, not None"),
    (note(text=None), "notes.text is str, not None"),
    (note(text=b"x"), "notes.text is str, not b'x'"),
    (note(text="a\0b"), "notes.text can't hold NUL"),
    (note(call_id="\0"), "notes.call_id can't hold NUL"),
    (note(text="\ud800"), "half a surrogate pair"),
    (note(text="\udfff"), "half a surrogate pair"),
    (note(number=2**63), "at most 63 bits"),
    (note(number=-(2**63)), "at most 63 bits"),
)
"""a row, and what the refusal says"""


def vote(number: int, level: int | None) -> VoteRow:
    return VoteRow("s", "ann", "call-1", "listening", number, level, "", "", "")


def add(store: Store, *rows: Row) -> None:
    with store.writing() as unit:
        unit.add(*rows)


class StoreContract:
    """Subclass, give ``store``, add nothing."""

    examples = 5

    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert [read(store, kind) for kind in KINDS] == [()] * len(KINDS)

    def test_what_was_added_is_found_by_what_it_says(self, store: Store) -> None:
        one, two, other = note(), note(number=2, by="bo"), note("call-2")
        add(store, two, other, one)
        assert read(store, NoteRow) == (one, two, other)
        assert read(store, NoteRow, call_id="call-1") == (one, two)
        assert read(store, NoteRow, call_id="call-1", by="bo") == (two,)
        assert read(store, NoteRow, call_id="call") == ()
        assert read(store, CallRow) == ()

    def test_the_last_is_the_one_with_the_highest_number(self, store: Store) -> None:
        # as text, 9 would come after 10
        add(store, note(number=10), note(number=9), note("call-2", number=11))
        with store.reading() as reader:
            assert reader.last(NoteRow, call_id="call-1") == note(number=10)
            assert reader.last(NoteRow) == note("call-2", number=11)
            assert reader.last(NoteRow, call_id="call-3") is None
            assert next_number(reader, NoteRow, call_id="call-1") == 11
            assert next_number(reader, NoteRow, call_id="call-3") == 1

    def test_rows_are_sorted_by_key_whatever_the_text(self, store: Store) -> None:
        add(store, *(note(text) for text in ODD))
        found = [row.call_id for row in read(store, NoteRow)]
        assert found == sorted(ODD)  # by code point, as Python sorts
        for text in ODD:
            assert read(store, NoteRow, call_id=text) == (note(text),)

    def test_numbers_in_a_key_sort_as_numbers(self, store: Store) -> None:
        add(store, *(note(number=number) for number in (10, 2, 1, 2**63 - 1, -1)))
        assert [row.number for row in read(store, NoteRow)] == [-1, 1, 2, 10, 2**63 - 1]

    def test_a_long_text_comes_back_whole(self, store: Store) -> None:
        text = "".join(map(chr, range(1, 0xD800))) * 20  # 1.1 million characters
        add(store, note(text=text))
        (found,) = read(store, NoteRow)
        assert found.text == text

    def test_rows_of_every_kind_come_back_as_they_were(self, store: Store) -> None:
        for kind in KINDS:
            kept = self.come_back(store, kind)
            assert set(read(store, kind)) == set(kept.values()) and kept

    def come_back(self, store: Store, kind: type[Row]) -> dict[Any, Row]:
        """Adds rows of a kind, a few at a time; all that were added."""
        model: dict[Any, Row] = {}
        wanted = [plain for plain, _ in kinds_of(kind).values()]

        @settings(max_examples=self.examples)
        @given(st.lists(rows_of(kind), min_size=1, max_size=8))
        def rows_come_back(rows: list[Row]) -> None:
            new = {row.identity: row for row in rows if row.identity not in model}
            add(store, *new.values())
            model.update(new)
            found = read(store, kind)
            assert found == tuple(sorted(model.values(), key=lambda row: row.identity))
            for row in found:  # True == 1, so types are compared too
                types = [type(value) for value in row.values().values()]
                assert all(a in (b, type(None)) for a, b in zip(types, wanted, strict=True))

        rows_come_back()
        return model

    def test_none_is_found_and_is_not_zero(self, store: Store) -> None:
        add(store, vote(1, None), vote(2, 3), vote(3, 0))
        assert read(store, VoteRow, level=None) == (vote(1, None),)
        assert read(store, VoteRow, level=3) == (vote(2, 3),)
        assert read(store, VoteRow, level=0) == (vote(3, 0),)

    def test_what_not_every_store_can_keep_is_refused(self, store: Store) -> None:
        for row, says in REFUSED:
            with pytest.raises(StoreError, match=says):
                add(store, note("call-2"), row)
        assert read(store, NoteRow) == ()

    def test_a_key_is_given_once(self, store: Store) -> None:
        add(store, note())
        with pytest.raises(AlreadyThere, match="call_id 'call-1', number 1"):
            add(store, note("call-2"), note(text="another"))
        with pytest.raises(AlreadyThere):
            add(store, note("call-3"), note("call-3", text="another"))
        assert read(store, NoteRow) == (note(),)

    def test_nothing_is_kept_when_the_error_is_caught_inside(self, store: Store) -> None:
        add(store, note())
        with pytest.raises(StoreError), store.writing() as unit:
            unit.add(note("before"))
            try:
                unit.add(note(text="another"))
            except AlreadyThere:
                pass  # as careless code would
        with pytest.raises(StoreError), store.writing() as unit:
            try:
                unit.add(note(text="another"))
            except AlreadyThere:
                unit.add(note("after"))
        assert read(store, NoteRow) == (note(),)

    def test_an_exception_drops_what_was_added(self, store: Store) -> None:
        with pytest.raises(KeyError, match="on purpose"), store.writing() as unit:
            unit.add(note(), SeatRow("s", "ann"))
            assert unit.find(NoteRow) == (note(),)
            raise KeyError("on purpose")
        assert read(store, NoteRow) == () and read(store, SeatRow) == ()
        add(store, note())
        assert read(store, NoteRow) == (note(),)

    def test_a_transaction_sees_its_own_rows_and_readers_do_not(self, store: Store) -> None:
        with store.writing() as unit:
            unit.add(note())
            assert unit.find(NoteRow) == (note(),) and unit.last(NoteRow) == note()
            assert read(store, NoteRow) == ()
        assert read(store, NoteRow) == (note(),)

    def test_a_field_that_rows_do_not_have_is_refused(self, store: Store) -> None:
        with store.reading() as reader:
            with pytest.raises(StoreError, match="notes has no field 'caller'; it has call_id"):
                reader.find(NoteRow, caller="x")
            with pytest.raises(StoreError, match="notes has no field 'caller'"):
                reader.last(NoteRow, caller="x")

    def test_a_reader_sees_one_moment(self, store: Store) -> None:
        add(store, note())
        writer = threading.Thread(target=add, args=(store, note(number=2), SeatRow("s", "ann")))
        with store.reading() as reader:
            assert reader.find(NoteRow) == (note(),)
            writer.start()
            writer.join(timeout=30)
            assert not writer.is_alive()  # nobody waits for a reader
            assert reader.find(NoteRow) == (note(),) and reader.find(SeatRow) == ()
        writer.join()
        assert read(store, NoteRow) == (note(), note(number=2))
        assert read(store, SeatRow) == (SeatRow("s", "ann"),)

    def test_writers_wait_for_one_another(self, store: Store) -> None:
        def add_the_next() -> None:
            for _ in range(5):
                with store.writing() as unit:
                    unit.add(note(number=next_number(unit, NoteRow, call_id="call-1")))

        threads = [threading.Thread(target=add_the_next) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [row.number for row in read(store, NoteRow)] == list(range(1, 21))


class TestMemory(fixtures.InMemory, StoreContract):
    examples = 40


class TestSQLite(fixtures.InSQLite, StoreContract):
    pass


class TestPostgreSQL(fixtures.InPostgreSQL, StoreContract):
    pass
