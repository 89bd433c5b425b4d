"""The command line, as a person runs it."""

from __future__ import annotations

import argparse
import inspect
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import page_fixtures as fixtures
import pandas as pd
import pytest

from qa_review.__main__ import main, parser
from qa_review.base.resources import folder, rubric_path
from qa_review.keep.reviews import Review
from qa_review.run import api, commands
from qa_review.run.results import Batch

DIALOGUE = {
    "id": "d-1",
    "turns": [
        {"speaker": "agent", "text": "morning council how can i help"},
        {"speaker": "customer", "text": "my bin was missed again and it stinks im fed up"},
        {"speaker": "agent", "text": "missed again, no wonder you're fed up. what day was it due"},
        {"speaker": "customer", "text": "tuesday"},
        {"speaker": "agent", "text": "i'll send a crew by noon tomorrow. is that okay for you"},
    ],
}


def lines(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def test_score_writes_the_two_tables_and_survives_bad_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(tmp_path / "calls.jsonl", DIALOGUE, "{not json", {**DIALOGUE, "id": "d-2"})
    assert main(["score", str(file), "--out", str(tmp_path / "out")]) == 1  # one line failed
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert list(scores.columns)[:5] == ["id", "behaviour", "level", "confidence", "reason"]
    assert list(scores["id"].unique()) == ["d-1", "d-2"] and len(scores) == 10
    evidence = pd.read_csv(tmp_path / "out" / "evidence.csv")
    first = ["id", "behaviour", "indicator", "stance", "turn", "quote", "start_ms"]
    assert list(evidence.columns)[:7] == first
    said = {turn["text"] for turn in DIALOGUE["turns"]}
    assert all(any(quote in text for text in said) for quote in evidence["quote"])
    failures = pd.read_csv(tmp_path / "out" / "failures.csv")
    assert list(failures["id"]) == ["line 2"]
    assert "3 dialogues = 2 scored + 1 failed" in capsys.readouterr().out


def printed(capsys: pytest.CaptureFixture[str], *reviews: Review) -> list[str]:
    """What the terminal shows of these reviews, a text a line."""
    commands._print_batch(Batch(reviews, ()), Path("out"))
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_the_terminal_says_what_is_unproven_or_open(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, fixtures.unsure())
    row = next(at for at, line in enumerate(lines) if line.startswith("nl-2026-11-18-0412"))
    assert lines[row] == "nl-2026-11-18-0412 4 5? open 4? N/A 83 2:03"
    assert lines[row + 1] == (
        "? unproven: agreement with people has not been shown for this behaviour yet; "
        "open: too unsure to give a level"
    )


def test_the_terminal_explains_only_the_signs_that_it_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not [line for line in printed(capsys, fixtures.review()) if "unproven" in line]
    unsure = fixtures.unsure()
    proven = replace(unsure, scores=tuple(replace(s, unproven="") for s in unsure.scores))
    assert "open: too unsure to give a level" in printed(capsys, proven)
    given = replace(unsure, scores=unsure.scores[:2])
    assert [line for line in printed(capsys, given) if line.endswith("this behaviour yet")]
    unobserved = replace(unsure.scores[4], unproven="why")
    lines = printed(capsys, replace(unsure, scores=(unobserved,)))
    assert not [line for line in lines if "unproven" in line]


def test_scoring_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    file = lines(tmp_path / "calls.jsonl", DIALOGUE)
    for out in ("a", "b"):
        main(["score", str(file), "--out", str(tmp_path / out)])
    for name in ("scores.csv", "evidence.csv", "scores.parquet", "evidence.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_dialogue_in_another_language_is_reported_and_not_scored(tmp_path: Path) -> None:
    german = {
        "id": "de",
        "turns": [
            {"speaker": "agent", "text": "Guten Tag, Stadtwerke, was kann ich für Sie tun?"},
            {
                "speaker": "customer",
                "text": "Ich habe seit drei Tagen kein warmes Wasser, niemand ruft zurück.",
            },
            {
                "speaker": "agent",
                "text": "Das tut mir leid, ich schicke morgen jemanden vorbei.",
            },
        ],
    }
    file = lines(tmp_path / "calls.jsonl", german, DIALOGUE)
    main(["score", str(file), "--out", str(tmp_path / "out")])
    failures = pd.read_csv(tmp_path / "out" / "failures.csv")
    assert list(failures["reason"]) == ["language not covered"]
    assert set(pd.read_csv(tmp_path / "out" / "scores.csv")["id"]) == {"d-1"}


def test_rubric_check_runs_the_examples_of_every_shipped_rubric(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path in sorted(folder("rubrics").glob("*.toml")):
        assert main(["rubric", "check", str(path)]) == 0, capsys.readouterr().out
        assert "no problems" in capsys.readouterr().out


def test_rubric_check_lists_every_problem_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "mine.toml"
    text = rubric_path("behaviours.v1").read_text()
    broken.write_text(text.replace('version = "1"', "version = 1").replace("cut_2 =", "cut_two ="))
    assert main(["rubric", "check", str(broken)]) == 2
    said = capsys.readouterr().err
    assert "problems:" in said and "version" in said and "cut_two" in said


def test_doctor_names_the_engine_the_weights_and_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["doctor"])
    said = capsys.readouterr().out
    for word in ("transcriber", "voices", "faster-whisper", "QA_REVIEW_MODELS", "switched off"):
        assert word in said


def test_doctor_says_what_to_install_when_the_weights_are_nowhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor", "--transcriber", "faster-whisper:large-v9"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "no weights called 'large-v9'" in said and "qa_review[offline]" in said


def test_formats_names_what_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    said = capsys.readouterr().out
    for word in (".wav", ".opus", ".amr", "mu-law", "GSM", "WebVTT", "Contact Lens", "calls.csv"):
        assert word in said


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["review", "nowhere"], "nowhere: there is no such file or folder"),
        (["review", ".", "--rubric", "mine"], "no rubric is called 'mine'"),
        (["review", ".", "--transcriber", "ears"], "no transcriber is called 'ears'"),
        (["review", ".", "--engine", "magic"], "no engine is called 'magic'"),
        (["review", ".", "--raw", "mp3:8000"], "a raw encoding is one of"),
        (["review", ".", "--device", "cuda"], "there is no cuda device here"),
        (["review", ".", "--device", "tpu"], "a device is cpu, cuda or cuda:N"),
        (["review", ".", "--compute-type", "int3"], "no compute type 'int3'; there is auto"),
        (
            ["review", ".", "--transcriber", "whisper", "--device", "cuda:1"],
            "there is no cuda:1 device here",
        ),
        (["score", "nowhere.jsonl"], "nowhere.jsonl"),
        (["transcribe", "nowhere.wav"], "there is no such file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if arguments[0] == "review":
        arguments = [*arguments, "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert re.search(message, said) and "Traceback" not in said


def test_options_of_the_command_line_and_of_the_library_are_the_same() -> None:
    commands = next(
        a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)
    ).choices
    review = {action.dest for action in commands["review"]._actions} - {"help"}
    library = set(inspect.signature(api.settings_of).parameters)
    library |= set(inspect.signature(api.review_folder).parameters) - {"options", "told"}
    # some have another name on the command line, where they are said more shortly
    shown = {"timeout", "no_audio", "no_pages", "progress"}
    assert review - shown == library - {"timeout_s", "audio"}


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qa_review", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("qa-review ")
