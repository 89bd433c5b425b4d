"""Many written dialogues scored in parts: what comes out, and that nothing is lost or doubled."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from children import bulk_reviewer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa_review.base.errors import QAReviewError, RubricError, TranscriptError
from qa_review.base.frames import csv_text, frame
from qa_review.capture.dialogues import BadLine, read_dialogues
from qa_review.capture.spoken_by import WORDS
from qa_review.grade import rubric
from qa_review.keep.parts import TABLES
from qa_review.keep.reviews import Review
from qa_review.run import bulk
from qa_review.run import dialogues as module
from qa_review.run.bulk import score_files
from qa_review.run.progress import Standing
from qa_review.run.scored import ScoredFiles
from qa_review.run.settings import Settings
from qa_review.run.tally import ROWS_OF

load = lru_cache(lambda path, stat: rubric.load(path))


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs use the reviewer that loads nothing, and check the rubric once."""
    bulk_reviewer.plug_in(monkeypatch)
    monkeypatch.setattr(bulk, "load", lambda path: path.is_file() and load(path, path.stat()))
    bulk_reviewer.SCORED.clear()


def said(call_id: Any, text: str = "hello there", **more: Any) -> dict[str, Any]:
    turns = [{"speaker": "agent", "text": text}, {"speaker": "customer", "text": "yes"}]
    return {"id": call_id, "turns": turns, **more}


def write(path: Path, lines: Sequence[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def run(*paths: Path, out: Path, **options: Any) -> ScoredFiles:
    """In this process, and in parts, which is quicker."""
    return score_files(*paths, out=out, **{"engine": "serial", "parted": True, **options})


def files(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, hidden ones too, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


MIXED = [
    said("a"),
    "{bad",
    said("b", "how are you?"),
    "",
    said("a", "again"),
    said("german", language="de"),
    {"id": "mute", "turns": []},
    said("c", "=1+1 a long story " * 3),
    said("fault", "[fault]"),
    said(7, "é\r\nü"),
    said("german", "in English now"),
    "null",
    said("b", "third"),
    said("last"),
]
"""of 13 dialogues 5 give scores"""


def test_the_tables_are_those_of_the_reviews(tmp_path: Path) -> None:
    """The same names, columns, types and order as the tables of a folder of reviews."""
    path = write(tmp_path / "said.jsonl", MIXED)
    done = run(path, out=tmp_path / "out", parted=False)
    reviewer = bulk_reviewer.Reviewer(Settings(scorer="auto"))
    reviews: list[Review] = []
    for one in read_dialogues(path):
        if not isinstance(one, BadLine) and one.call_id not in ("german", "fault"):
            review = reviewer.score(one)
            reviews.append(replace(review, call=replace(review.call, file="said.jsonl")))
    assert [review.call.id for review in reviews] == ["a", "b", "c", "7", "last"]
    for table, rows_of in ROWS_OF.items():
        wanted = frame(TABLES[table], rows_of(reviews))
        text = (tmp_path / "out" / f"{table}.csv").read_bytes().decode()
        assert cells(text) == cells(csv_text(wanted, header=True))
        found = pd.read_parquet(tmp_path / "out" / f"{table}.parquet")
        pd.testing.assert_frame_equal(found, wanted)
        pd.testing.assert_frame_equal(done._frame(table), wanted)


def test_what_gives_no_scores_says_why_and_where(tmp_path: Path) -> None:
    path = write(tmp_path / "said.jsonl", MIXED)
    done = run(path, out=tmp_path / "out", part=4)
    assert (done.dialogues, done.scored, done.failed) == (13, 5, 8)
    found = done.failures_frame()
    assert set(found["file"]) == {"said.jsonl"}
    told = list(found[["id", "reason", "detail"]].itertuples(index=False, name=None))
    assert [(call_id, reason) for call_id, reason, _ in told] == [
        ("line 2", "not a dialogue"),
        ("a", "same id"),
        ("german", "language not covered"),
        ("mute", "not a dialogue"),
        ("fault", "unexpected error"),
        ("german", "same id"),
        ("line 12", "not a dialogue"),
        ("b", "same id"),
    ]
    details = dict(enumerate(detail for *_, detail in told))
    assert details[0].startswith("line 2: not JSON")
    assert details[1] == "line 5: line 1 has the same id"
    assert details[4] == "line 9: IndexError: a fault of ours"
    assert details[5] == "line 11: line 6 has the same id"  # in another part: 4 lines make one
    assert details[7] == "line 13: line 3 has the same id"


@pytest.mark.parametrize("parts", [(1, 14), (2, 7), (3, 5), (1_000, 1)])
def test_where_the_parts_are_cut_changes_nothing(tmp_path: Path, parts: tuple[int, int]) -> None:
    part, count = parts
    path = write(tmp_path / "said.jsonl", MIXED)
    run(path, out=tmp_path / "one", parted=False)
    done = run(path, out=tmp_path / "many", part=part, parted=False)
    assert done.parts == count
    one, many = files(tmp_path / "one"), files(tmp_path / "many")
    assert sorted(one) == sorted(many)
    assert {n for n in one if one[n] != many[n]} <= {"scored.json"}  # that says how many there were


LINE = st.sampled_from(
    [said("a"), said("b"), said("c", "x?"), said("a", language="de"), "{", "", said("d", "[fault]")]
)


@given(lines=st.lists(LINE, max_size=12), part=st.integers(1, 5))
@example(lines=[said("a")] * 4, part=2)  # the last names the first, not the one before it
@settings(max_examples=12)
def test_every_dialogue_is_scored_or_failed_and_none_is_both(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Any], part: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = write(folder / "said.jsonl", lines)
    done = run(path, out=folder / "out", part=part)
    whole = run(path, out=folder / "whole")
    assert done.dialogues == done.scored + done.failed == sum(line != "" for line in lines)
    assert len(list(done.rows("failures"))) == done.failed
    calls = [row[0] for row in done.rows("calls", "id")]
    assert len(calls) == len(set(calls)) == done.scored
    for table in TABLES:
        assert list(done.rows(table)) == list(whole.rows(table))


def test_nothing_at_all_gives_tables_without_rows(tmp_path: Path) -> None:
    done = run(write(tmp_path / "said.jsonl", []), out=tmp_path / "out", parted=False)
    assert (done.dialogues, done.scored, done.parts) == (0, 0, 1)
    assert list(done.to_frame().columns) == list(TABLES["scores"]) and done.to_frame().empty
    assert list(pd.read_csv(tmp_path / "out" / "calls.csv").columns) == list(TABLES["calls"])


# --- files and folders ----------------------------------------------------------------------------


def test_a_folder_is_read_whole_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "b.jsonl", [said("b1"), said("b2")])
    write(folder / "a" / "x.ndjson", [said("x1"), "{"])
    (folder / "c.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v agent>good morning\n")
    (folder / "d.json").write_text(json.dumps(said("from json")))
    (folder / "e.json").write_text('{"no": 1}')
    pd.DataFrame([said("p1"), said("p2")]).to_parquet(folder / "p.parquet")
    (folder / "readme.md").write_text("not one of them")
    write(folder / ".hidden.jsonl", [said("hidden")])
    (folder / "broken.parquet").write_bytes(b"PAR1 no")
    done = run(folder, out=tmp_path / "out")
    assert [row[0] for row in done.rows("calls", "id")] == [
        *("x1", "b1", "b2", "c", "from json", "p1", "p2")
    ]
    assert done.ignored == 1
    assert [(row[1], row[2]) for row in done.rows("failures")] == [
        ("a/x.ndjson", "not a dialogue"),
        ("broken.parquet", "unreadable"),
        ("e.json", "not a dialogue"),
    ]


def test_ids_are_one_dialogues_over_all_files(tmp_path: Path) -> None:
    first = write(tmp_path / "a" / "said.jsonl", [said("x"), said("y")])
    second = write(tmp_path / "b" / "said.jsonl", [said("y", "later"), said("z")])
    (tmp_path / "x.json").write_text(json.dumps(said("x", "last")))
    for part in (1, 100):
        done = run(first, second, tmp_path / "x.json", out=tmp_path / f"out{part}", part=part)
        assert [row[0] for row in done.rows("calls", "id")] == ["x", "y", "z"]
        assert [row[1:] for row in done.rows("failures")] == [
            (second.as_posix(), "same id", f"line 1: line 2 of {first.as_posix()} has the same id"),
            ("x.json", "same id", f"line 1 of {first.as_posix()} has the same id"),
        ]


def test_many_small_files_share_a_part_and_a_large_one_has_its_own(tmp_path: Path) -> None:
    for name in "abcdef":
        write(tmp_path / "in" / f"{name}.jsonl", [said(f"{name}{n}") for n in range(2)])
    write(tmp_path / "in" / "g.jsonl", [said(f"g{n}") for n in range(9)])
    standings: list[Standing] = []
    run(tmp_path / "in", out=tmp_path / "out", part=4, told=standings.append)
    assert [standing.item for standing in standings] == [
        *("a.jsonl and 1 more", "c.jsonl and 1 more", "e.jsonl and 1 more"),
        *("g.jsonl, lines 1 to 4", "g.jsonl, lines 5 to 8", "g.jsonl, lines 9 to 9"),
    ]
    assert (standings[-1].done, standings[-1].left, standings[-1].left_s) == (21, 0, 0.0)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda t: run(out=t / "out"), "name the files or folders"),
        (lambda t: run(t / "none.jsonl", out=t / "out"), "there is no such file or folder"),
        (lambda t: run(t / "empty", out=t / "out"), "there is no file of .json"),
        (lambda t: run(t / "in", out=t / "in"), "give the results their own folder"),
        (lambda t: run(t / "in" / "p.parquet", out=t / "in"), "give the results their own folder"),
        (lambda t: run(t / "in", out=t / "reviews"), "holds reviews of recordings"),
        (lambda t: run(t / "in", out=t / "out", part=0), "a part has 1 dialogue or more, not 0"),
        (lambda t: run(t / "in", out=t / "out", engine="magic"), "no engine is called 'magic'"),
        (lambda t: run(t / "in", out=t / "out", rubric="mine"), "no rubric is called 'mine'"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_scored(
    tmp_path: Path, made: Callable[[Path], Any], message: str
) -> None:
    write(tmp_path / "in" / "a.jsonl", [said("a")])
    pd.DataFrame([said("p1")]).to_parquet(tmp_path / "in" / "p.parquet")
    (tmp_path / "empty").mkdir()
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "results.db").touch()
    with pytest.raises((QAReviewError, ValueError), match=message):
        made(tmp_path)
    assert not bulk_reviewer.SCORED


def test_a_broken_rubric_is_told_before_anything_is_counted(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("id = 1")
    with pytest.raises(RubricError):
        run(tmp_path / "none.jsonl", out=tmp_path / "out", rubric=tmp_path / "mine.toml")


def test_results_inside_the_folder_of_dialogues_are_not_read(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [said("a")])
    for name in ("scored", "scored", "again", "once-more"):
        for parted in (True, False):
            done = run(tmp_path, out=tmp_path / "results" / name, parted=parted)
            assert (done.dialogues, done.failed, done.ignored) == (1, 0, 0)


def test_two_runs_never_write_to_one_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "said.jsonl", [said(n) for n in range(4)])

    def told(standing: Standing) -> None:
        with pytest.raises(QAReviewError, match="another run writes to"):
            run(path, out=tmp_path / "out")

    assert run(path, out=tmp_path / "out", part=2, told=told).scored == 4
    assert not (tmp_path / "out" / ".running").exists()


def test_a_file_that_breaks_off_costs_only_its_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that gives an error while the lines are counted."""
    real = module.line_stretches

    def broken(*given: Any) -> Iterator[Any]:
        for number, stretch in enumerate(real(*given)):
            if number == 2:
                raise TranscriptError(f"{given[0]}: input/output error")
            yield stretch

    monkeypatch.setattr(module, "line_stretches", broken)
    path = write(tmp_path / "said.jsonl", [said(n) for n in range(9)])
    done = run(path, out=tmp_path / "out", part=3)
    assert (done.dialogues, done.scored) == (7, 6)
    assert list(done.rows("failures")) == [
        ("said", "said.jsonl", "unreadable", "said.jsonl: input/output error")
    ]


# --- memory and costs -----------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_dialogues(tmp_path: Path) -> None:
    """Less than 1 MB for each 1,000 of them, in whoever scores and whoever asks."""
    peaks = {}
    for count in (1, 200, 2_200):  # the first loads everything
        path = write(tmp_path / f"{count}.jsonl", [said(n, "so it is") for n in range(count)])
        tracemalloc.start()
        done = run(path, out=tmp_path / f"{count}", part=100)
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done.scored == count
    assert peaks[2_200] - peaks[200] < 1e6, peaks  # measured: 0.1 MB for 2,000


def test_a_made_up_dialogue_is_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import made_up_dialogues as made_up

    lines = made_up.write_lines(tmp_path / "a.jsonl", 30)
    assert lines.read_bytes() == made_up.write_lines(tmp_path / "b.jsonl", 30).read_bytes()
    rows = made_up.write_parquet(tmp_path / "a.parquet", 30, group=7)
    whole, parts = run(lines, out=tmp_path / "lines"), run(rows, out=tmp_path / "rows", part=4)
    assert whole.scored == parts.scored == 30
    assert list(whole.rows("scores")) == list(parts.rows("scores"))
    for words in (made_up.SHORT, made_up.LONG):
        one = made_up.dialogue(3, words=words)
        said = sum(len(turn["text"].split()) for turn in one["turns"])
        assert words <= said < words + 100


def test_costs_are_counted_apart_from_loading(tmp_path: Path) -> None:
    path = write(tmp_path / "said.jsonl", [said(n) for n in range(10)])
    done = run(path, out=tmp_path / "out", part=4, abstain_below=0.123)  # not loaded yet
    assert {name: cost.calls for name, cost in done.costs.items()} == {"load": 1, "score": 10}
    assert done.costs["score"].s > 0
    assert Counter(bulk_reviewer.SCORED) == Counter(str(n) for n in range(10))


def test_tables_of_somebody_else_are_neither_removed_nor_written_over(tmp_path: Path) -> None:
    said_by = write(tmp_path / "chats.jsonl", [said("a"), said("b")])
    for parted in (True, False):
        (tmp_path / "calls.csv").write_text("file,agent\n1.wav,ann\n")
        with pytest.raises(QAReviewError, match=r"holds calls\.csv, which is of no earlier run"):
            run(said_by, out=tmp_path, parted=parted)
        assert (tmp_path / "calls.csv").read_text() == "file,agent\n1.wav,ann\n"
        (tmp_path / "calls.csv").unlink()
        assert run(said_by, out=tmp_path / "out", parted=parted).scored == 2  # its own, it may
    assert run(said_by, out=tmp_path / "out", parted=True).scored == 2


def test_files_whose_names_meet_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a/x.jsonl, b/x.jsonl and root/a/x.jsonl the first and the last would both be a/x.jsonl."""
    monkeypatch.chdir(tmp_path)
    write(Path("big.jsonl"), [said("one"), said("two"), said("three")])
    write(Path("a/x.jsonl"), [said("one"), said("four")])
    write(Path("b/x.jsonl"), [said("five")])
    write(Path("root/a/x.jsonl"), [said("six"), said("seven")])
    for part in (1000, 2):
        out = tmp_path / f"out-{part}"
        done = run(*map(Path, ("big.jsonl", "a", "b", "root")), out=out, part=part)
        assert (done.dialogues, done.scored) == (8, 7)
        assert list(done.rows("failures", "id", "reason")) == [("one", "same id")]


def test_the_guide_names_every_word_for_a_speaker() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "bulk.md").read_text()
    assert [w for words in WORDS.values() for w in words if f"`{w}`" not in guide] == []
