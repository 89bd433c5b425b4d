"""Parts that fail as a whole: the dialogue to blame is found, and the others are scored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from children import bulk_reviewer
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bulk import files, light, run, said, write  # noqa: F401

from qa_review.base.errors import QAReviewError
from qa_review.base.plugs import PLUGS
from qa_review.capture import dialogues
from qa_review.keep.parts import TABLES
from qa_review.run import parts_run
from qa_review.run.engine import Died, Outcome
from qa_review.run.progress import Standing

KILLS = "[kill]"
DIED = "its process ended with exit status -9"


def dialogues_with(killers: set[int], count: int) -> list[dict[str, Any]]:
    """Dialogues of which these kill; every fifth has the id of the one before."""
    return [
        said(f"d{n - (n % 5 == 4)}", f"call {n} {KILLS if n in killers else ''}")
        for n in range(count)
    ]


def test_a_dialogue_that_kills_its_worker_costs_only_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "said.jsonl", dialogues_with({5}, 24))
    standings: list[Standing] = []
    done = run(path, out=tmp_path / "out", part=12, engine="dying", told=standings.append)
    assert (done.dialogues, done.failed) == (24, 5)
    assert [one.done + one.failed for one in standings] == [12, 24]
    assert [(one.left, one.failed) for one in standings] == [(12, 2), (0, 5)]
    assert "d5" not in [row[0] for row in done.rows("calls", "id")]
    found = {row[0]: row[1:] for row in done.rows("failures")}
    assert found.pop("d5") == ("said.jsonl", "worker died", f"line 6: {DIED}")
    assert {reason for _, reason, _ in found.values()} == {"same id"}


@given(killers=st.sets(st.integers(0, 29), max_size=4), part=st.sampled_from([1, 9, 30]))
@settings(max_examples=6)
def test_what_kills_is_as_what_cannot_be_scored(
    tmp_path_factory: pytest.TempPathFactory, killers: set[int], part: int
) -> None:
    """Cut, scored in pieces and joined: the tables of one go, in which they fail for a reason."""
    folder = tmp_path_factory.mktemp("any")
    lines = dialogues_with(killers, 30)
    path = write(folder / "kill" / "said.jsonl", lines)
    done = run(path, out=folder / "out", part=part, engine="dying", parted=True)
    lines = [{**line, "language": "de"} if n in killers else line for n, line in enumerate(lines)]
    plain = write(folder / "plain" / "said.jsonl", lines)
    one_go = run(plain, out=folder / "one-go", part=30, parted=True)
    assert (done.dialogues, done.scored) == (30, one_go.scored)
    for table in set(TABLES) - {"failures"}:
        assert list(done.rows(table)) == list(one_go.rows(table))
    told = {"worker died": "language not covered"}
    assert [(row[0], told.get(row[2], row[2])) for row in done.rows("failures")] == [
        (row[0], row[2]) for row in one_go.rows("failures")
    ]


@pytest.mark.parametrize(("part", "depth"), [(24, 2), (7, 1)])
def test_a_part_in_pieces_is_the_part_that_it_would_have_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, depth: int
) -> None:
    """Workers that are ended from outside, each at its first try of a part, leave no trace."""
    lines = [*dialogues_with(set(), 20), "{", said("g", language="de"), said("d1"), said("g")]
    path = write(tmp_path / "said.jsonl", lines)
    tried: set[str] = set()

    def first_dies(job: Any) -> bool:
        new = job.name not in tried and job.name.count(".") < depth
        tried.add(job.name)
        return new

    run(path, out=tmp_path / "whole", part=part, parted=True)
    monkeypatch.setattr(bulk_reviewer, "kills", first_dies)
    monkeypatch.setattr(parts_run, "NONE_SCORED", 99)
    run(path, out=tmp_path / "pieces", part=part, parted=True, engine="dying")
    assert max(name.count(".") for name in tried) == depth
    assert files(tmp_path / "pieces") == files(tmp_path / "whole")


def test_pieces_of_several_files_keep_the_order_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other one has nothing but a failure, and shares a piece with the next."""
    for number in range(10):
        line = said(f"d{number}") if number % 2 else "{"
        write(tmp_path / "in" / f"{number}.jsonl", [line])
    run(tmp_path / "in", out=tmp_path / "whole")
    monkeypatch.setattr(bulk_reviewer, "kills", lambda job: "." not in job.name)
    run(tmp_path / "in", out=tmp_path / "pieces", engine="dying")
    assert files(tmp_path / "pieces") == files(tmp_path / "whole")


def test_a_dialogue_that_kills_while_it_is_read_is_told_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "said.jsonl", dialogues_with({3}, 9))
    dies = bulk_reviewer.kills

    class Dying(bulk_reviewer.Dying):
        def run(self, task: Any, items: Any) -> Iterator[Outcome[Any, Any]]:
            for job in items:
                if job.how != "list" and dies(job):
                    yield Outcome(job, error=Died(DIED))
                else:
                    yield Outcome(job, task(job))

    monkeypatch.setattr(bulk_reviewer, "Dying", Dying)
    done = run(path, out=tmp_path / "out", engine="dying")
    # nobody could read the id of line 4, so line 5 has it for itself
    assert [row[0] for row in done.rows("failures")] == ["line 4"]
    assert (done.dialogues, done.scored) == (9, 8)


def test_a_part_in_which_many_kill_is_given_up_before_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_run, "MOST_LOST", 10)
    path = write(tmp_path / "said.jsonl", dialogues_with(set(range(100, 200)), 300))
    done = run(path, out=tmp_path / "out", part=100, engine="dying")
    assert done.dialogues == done.scored + done.failed == 300
    reasons = [row[2] for row in done.rows("failures")]
    assert reasons.count("worker died") == 80  # of 100 lines 20 have an id that another has
    assert reasons.count("same id") == 60


def test_a_run_in_which_everything_kills_says_so_and_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "said.jsonl", dialogues_with(set(range(60)), 60))
    with pytest.raises(QAReviewError, match=f"nothing could be scored: .* {DIED}"):
        run(path, out=tmp_path / "out", part=2, engine="dying")


def test_a_file_that_cannot_be_read_on_costs_what_is_in_that_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that gives an error for one line."""
    path = write(tmp_path / "said.jsonl", dialogues_with(set(), 20))
    real = dialogues.Lines.read

    def read(self: dialogues.Lines, **options: Any) -> Iterator[Any]:
        for number, one in real(self, **options):
            if number == 8:
                raise dialogues.TranscriptError("said.jsonl: input/output error")
            yield number, one

    monkeypatch.setattr(dialogues.Lines, "read", read)
    done = run(path, out=tmp_path / "out", part=10)
    assert (done.dialogues, done.scored) == (20, 15)
    bad = [row for row in done.rows("failures") if row[2] != "same id"]
    assert bad == [("line 8", "said.jsonl", "unreadable", "line 8: said.jsonl: input/output error")]


def test_lines_whose_ends_cannot_be_read_are_all_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "said.jsonl", [said(n) for n in range(9)])
    real = dialogues.Lines._lines

    def lines(self: dialogues.Lines) -> Iterator[Any]:
        if self.first == 4:
            raise dialogues.TranscriptError("said.jsonl: input/output error")
        yield from real(self)

    monkeypatch.setattr(dialogues.Lines, "_lines", lines)
    monkeypatch.setattr(dialogues.Lines, "cut", lambda self, count: list(lines(self)))
    done = run(path, out=tmp_path / "out", part=3)
    assert (done.dialogues, done.scored) == (9, 6)
    assert [row[0] for row in done.rows("failures")] == ["line 4", "line 5", "line 6"]


class Broken:
    """An engine that gives another error than that of a worker that died."""

    closed = False

    def run(self, task: Any, items: Any) -> Iterator[Outcome[Any, Any]]:
        try:
            for number, job in enumerate(items):
                error = OSError(28, "No space left on device") if number == 2 else None
                yield Outcome(job, None if error else task(job), error)
        finally:
            Broken.closed = True


def broken(detail: str, *, timeout_s: float) -> Broken:
    return Broken()


def test_a_full_disk_ends_the_run_and_its_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLUGS["engine"], "broken", f"{__name__}:broken")
    path = write(tmp_path / "said.jsonl", dialogues_with(set(), 20))
    Broken.closed = False
    with pytest.raises(OSError, match="No space left"):
        run(path, out=tmp_path / "out", part=5, engine="broken")
    assert Broken.closed
    bulk_reviewer.SCORED.clear()
    assert run(path, out=tmp_path / "out", part=5).kept == 10
