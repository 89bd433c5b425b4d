"""``qa-review score`` and ``score_files``: the same options, the same results, what is printed."""

from __future__ import annotations

import argparse
import inspect
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_bulk import MIXED, files, light, run, said, write  # noqa: F401
from test_command_line import DIALOGUE

from qa_review.__main__ import main, parser
from qa_review.base.frames import frame
from qa_review.base.plugs import PLUGS
from qa_review.keep.parts import TABLES
from qa_review.run import api, score_commands
from qa_review.run.bulk import score_files
from qa_review.run.tally import ROWS_OF


def score(*words: Any) -> int:
    return main(["score", *map(str, words), "--engine", "serial", "--progress", "none"])


def test_options_are_those_of_the_function() -> None:
    commands = next(
        action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    ).choices
    command = {action.dest: action for action in commands["score"]._actions}
    library = inspect.signature(score_files).parameters
    # the time has a shorter name, and progress is a function in the library
    assert set(command) - {"help", "timeout", "progress"} == set(library) - {"timeout_s", "told"}
    for name in set(command) & set(library) - {"paths"}:
        assert str(command[name].default) == str(library[name].default), name
    assert command["timeout"].default == library["timeout_s"].default
    of_one = set(inspect.signature(api.score).parameters) - {"said", "call"}
    assert of_one <= set(library)


def test_scores_are_those_of_one_dialogue_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLUGS["part"], "reviewer", "qa_review.run.pipeline:Reviewer")
    dialogues = [DIALOGUE, {**DIALOGUE, "id": "d-2", "turns": DIALOGUE["turns"][:3]}]
    done = run(write(tmp_path / "a.jsonl", dialogues), out=tmp_path / "out", scorer="rules")
    alone = [api.score(one, scorer="rules") for one in dialogues]
    reviews = [replace(one, call=replace(one.call, file="a.jsonl")) for one in alone]
    for table, rows_of in ROWS_OF.items():
        wanted = frame(TABLES[table], rows_of(reviews))
        assert done._frame(table).equals(wanted)


def test_the_terminal_shows_levels_counts_and_where_the_tables_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "said.jsonl", MIXED)
    assert score(path, "--out", tmp_path / "out") == 1
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("call listening understanding expectation setting ownership")
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:6]}
    assert list(rows) == ["a", "b", "c", "7", "last"]
    assert rows["a"] == ["4", "open", "1", "2?", "3", "41"]  # 3 words; (4 + 1 + 2 + 3) x 4.1
    assert lines[6].startswith("? unproven: ") and lines[6].endswith("to give a level")
    assert lines[7] == "13 dialogues = 5 scored + 8 failed (0 already there)"
    assert lines[8].startswith("said.jsonl: not a dialogue: line 2: not JSON")
    assert lines[-2].startswith("processor time: ") and lines[-2].endswith("; 1 part")
    assert lines[-1] == f"tables: {tmp_path / 'out' / 'scores.csv'}"


def test_a_second_run_says_what_was_there_and_where_parts_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "said.jsonl", [said(n) for n in range(130)])
    for kept in (0, 130):
        assert score(path, "--out", tmp_path / "out", "--parted", "--part", 50) == 0
        lines = capsys.readouterr().out.splitlines()
        assert f"130 dialogues = 130 scored + 0 failed ({kept} already there)" in lines
        assert "the first 100 of 130; the tables have all" in lines
        shown = [line.split()[0] for line in lines[1 : score_commands.SHOWN + 1]]
        assert shown == [str(n) for n in range(100)]
    assert lines[-1] == f"tables: {tmp_path / 'out' / 'scores' / '*.parquet'}"


def test_more_failures_than_are_shown_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "said.jsonl", ["{"] * 25)
    assert score(path, "--out", tmp_path / "out") == 1
    told = capsys.readouterr().out
    assert "25 dialogues = 0 scored + 25 failed" in told and told.count("not a dialogue") == 20
    assert f"and 5 more in {tmp_path / 'out' / 'failures.csv'}" in told


def test_progress_as_json_counts_dialogues(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [said(n) for n in range(10)]
    path = write(tmp_path / "said.jsonl", [*lines[:5], "{}", *lines[5:], "", "{}"])
    words = ["score", path, "--out", tmp_path / "out", "--engine", "serial", "--part", 4]

    def progress() -> list[tuple[int, int, int, int]]:
        main([*map(str, words), "--parted", "--progress", "json"])
        told = map(json.loads, capsys.readouterr().err.splitlines())
        return [(one["done"], one["failed"], one["kept"], one["left"]) for one in told]

    # the empty line is no dialogue, which is known when its part is read
    assert progress() == [(4, 0, 0, 9), (7, 1, 0, 5), (10, 1, 0, 1), (10, 2, 0, 0)]
    assert progress() == []
    marks = sorted((tmp_path / "out" / "marks").iterdir())
    marks[1].unlink()
    assert progress() == [(3, 1, 8, 0)]


def test_again_scores_what_is_there_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "said.jsonl", [said(n) for n in range(3)])
    words = [str(path), "--out", str(tmp_path / "out"), "--engine", "serial", "--progress", "none"]
    for parted in ([], ["--parted"]):
        assert main(["score", *words, *parted]) == 0
        first = made_at(tmp_path / "out")
        assert main(["score", *words, *parted]) == 0
        assert made_at(tmp_path / "out") == first
        assert main(["score", *words, *parted, "--again"]) == 0
        again = made_at(tmp_path / "out")
        assert again.keys() == first.keys() and not again.items() & first.items()


def made_at(folder: Path) -> dict[Path, int]:
    """When each table was made."""
    tables = [*folder.glob("*.csv"), *folder.glob("*/*.parquet")]
    return {table: table.stat().st_mtime_ns for table in tables}


def test_importing_the_function_loads_nothing_heavy() -> None:
    """It is one of the names of the package, whose import is light."""
    code = (
        "import sys, qa_review.run.bulk; "
        "print({'numpy', 'pandas', 'pyarrow', 'spacy', 'sqlalchemy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
