"""Ids that stand in more than one part: the first dialogue keeps its id, the others fail.

A part notes eight bytes for each id that it takes. Here they are sorted, all parts' together, and
a part with ids that an earlier one has is written again without their dialogues, from its own
tables: nothing is scored twice. So what a run leaves doesn't depend on where its parts were cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qa_review.base.records import digest
from qa_review.keep.parts import Mark, PartsFolder, PartTables, numbers_of
from qa_review.run.tally import ROWS_OF, SAME_ID, Tally, Where, id_digest

if TYPE_CHECKING:
    import numpy as np

    Ids = np.ndarray[tuple[int], np.dtype[np.uint64]]

ID_BYTES = 8
Dialogue = tuple[str, int]
"""a dialogue: the name of its file, and its number there"""
Refused = Mapping[Dialogue, Where]
"""dialogues whose id is another's, and where that one is"""


@dataclass(frozen=True, slots=True)
class Source:
    """A finished part whose tables are written again, without what is refused."""

    folder: PartsFolder
    name: str
    mark: Mark
    refused: Refused


def repeated(folder: PartsFolder, names: Sequence[str]) -> Iterator[tuple[int, Refused]]:
    """Each part, by its place in ``names``, that has to refuse dialogues, and which.

    The last part comes first, so that one may be written again before the next is asked for: it
    speaks of earlier parts alone. Takes eight bytes for each dialogue while it looks, and sixteen
    for each id that occurs again.
    """
    import numpy

    twice = _twice(folder, names)
    if not len(twice):
        return
    first = numpy.full((len(twice), 2), len(names), dtype=numpy.uint32)
    for part in range(len(names) - 1, -1, -1):  # so that the first is what remains
        at, known = _among(_ids(folder.whole(names[part])), twice)
        first[known[::-1], 0], first[known[::-1], 1] = part, at[::-1]

    @lru_cache(maxsize=8)
    def places_of(part: int) -> list[tuple[Where, bytes]]:
        return list(places(folder.whole(names[part])))

    for part in range(len(names) - 1, -1, -1):
        at, known = _among(_ids(folder.whole(names[part])), twice)
        refused: dict[Dialogue, Where] = {}
        for place, (first_part, first_place) in zip(at, first[known].tolist(), strict=True):
            if (first_part, first_place) != (part, place):
                where = places_of(part)[place][0]
                refused[where.file, where.number] = places_of(first_part)[first_place][0]
        if refused:
            yield part, refused


def _among(ids: Ids, twice: Ids) -> tuple[list[int], Any]:
    """The places of those ids that are in ``twice``, and where they are there."""
    import numpy

    known = numpy.searchsorted(twice, ids)
    known[known == len(twice)] = 0
    at = numpy.flatnonzero(twice[known] == ids)
    return at.tolist(), known[at]


def _twice(folder: PartsFolder, names: Sequence[str]) -> Ids:
    """The digests that more than one dialogue has, sorted."""
    import numpy

    held = bytearray()
    for name in names:
        held += _bytes(folder.whole(name))
    ids = numpy.frombuffer(held, dtype="<u8")
    ids.sort()
    found: Ids = numpy.unique(ids[1:][ids[1:] == ids[:-1]])
    return found


def _ids(mark: Mark) -> Ids:
    import numpy

    ids: Ids = numpy.frombuffer(_bytes(mark), dtype="<u8")
    return ids


def _bytes(mark: Mark) -> bytes:
    return bytes.fromhex("".join(file.ids for file in mark.taken))


def places(mark: Mark) -> Iterator[tuple[Where, bytes]]:
    """Where each id that a part takes stands, and its digest."""
    for file in mark.taken:
        ids = bytes.fromhex(file.ids)
        for place, number in enumerate(numbers_of(file.numbers)):
            held = ids[place * ID_BYTES : (place + 1) * ID_BYTES]
            yield Where(file.file, file.unit, number), held


def before_each(made_from: Iterable[str]) -> list[str]:
    """For each part a digest of all before it: what it refuses is right as long as they are these.

    >>> first, second, third = before_each(["a", "b", "c"])
    >>> before_each(["a", "x", "c"])[1] == second, before_each(["a", "x", "c"])[2] == third
    (True, False)
    """
    before = [digest()]
    for one in made_from:
        before.append(digest(before[-1], one))
    return before[:-1]


def write_again(
    tables: PartTables, sources: Iterable[Source], made_from: str, *, before: str = ""
) -> None:
    """Write a part from the tables of others, one after the other, and finish it.

    Args:
        before: a digest of the parts before it, where what is refused has its id in one of them.
    """
    tally = Tally(tables)
    refused = 0
    for source in sources:
        refused += len(source.refused)
        _copy(source, tally)
    tables.finish(tally.mark(made_from, refused=refused if before else 0, before=before))


def _copy(source: Source, tally: Tally) -> None:
    for file in source.mark.taken:
        tally.begin(file.file, file.unit)
    refused: dict[bytes, Where] = {}
    for where, held in places(source.mark):
        if (where.file, where.number) in source.refused:
            refused[held] = where
        else:
            tally.take(where, held)
    ids: dict[bytes, str] = {}
    for table in ROWS_OF:
        for row in source.folder.rows(table, source.name):
            held = id_digest(row[0]) if refused else b""
            if held not in refused:
                tally.add(table, [row])
            elif table == "calls":
                ids[held] = row[0]
    _copy_failures(source, refused, ids, tally)


def _copy_failures(
    source: Source, refused: Mapping[bytes, Where], ids: Mapping[bytes, str], tally: Tally
) -> None:
    """The failures in the order of the dialogues, with those that are refused among them.

    ``ids`` are those of the refused that had been scored; of the others a failure has it. What
    failed for having the id of one that is refused is told of the first that has it.
    """
    known: dict[Dialogue, tuple[Where, str, str, str]] = {}
    failed = [
        Where(file.file, file.unit, number)
        for file in source.mark.taken
        for number in numbers_of(file.failed)
    ]
    rows = source.folder.rows("failures", source.name)
    found = dict(ids)
    for where, (call_id, _, reason, detail) in zip(failed, rows, strict=True):
        held = id_digest(call_id)
        if held in refused:
            found[held] = call_id
            first = source.refused[refused[held].file, refused[held].number]
            detail = where.same_id_as(first) if reason == SAME_ID else detail
        known[where.file, where.number] = (where, call_id, reason, detail)
    for held, where in refused.items():
        told = where.same_id_as(source.refused[where.file, where.number])
        known[where.file, where.number] = (where, found[held], SAME_ID, told)
    order = {file.file: number for number, file in enumerate(source.mark.taken)}
    for place in sorted(known, key=lambda place: (order[place[0]], place[1])):
        tally.fail(*known[place])
