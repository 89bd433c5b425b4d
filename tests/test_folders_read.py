"""Folders of recordings and of dialogues: links, loops, and folders that can't be listed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from children import bulk_reviewer

from qa_review import score_files
from qa_review.base.folders import files_in
from qa_review.run.inputs import Inputs, find_calls


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """One folder with another in it, a hidden one, and one elsewhere that it links to."""
    for name in ("in/b.wav", "in/deep/c.wav", "in/.hidden/d.wav", "elsewhere/team/e.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "in" / "a link").symlink_to(tmp_path / "elsewhere")
    return tmp_path


def names(folder: Path, **options: Any) -> list[str]:
    given: dict[str, Any] = {"skip": lambda here, names: False, "lost": pytest.fail}
    return [f.relative_to(folder).as_posix() for f in files_in(folder, **given | options)]


def test_linked_folders_are_read_after_the_others(place: Path) -> None:
    assert names(place / "in") == ["b.wav", "deep/c.wav", "a link/team/e.wav"]


def test_no_folder_is_read_twice_and_circles_end(place: Path) -> None:
    (place / "elsewhere" / "team" / "up").symlink_to(place / "in")
    (place / "in" / "same").symlink_to(place / "in" / "deep")
    (place / "in" / "itself").symlink_to("itself")
    assert names(place / "in") == ["b.wav", "itself", "deep/c.wav", "a link/team/e.wav"]


def test_what_is_skipped_is_skipped_with_all_in_it(place: Path) -> None:
    told: dict[str, set[str]] = {}

    def skip(here: Path, names: frozenset[str]) -> bool:
        told[here.name] = set(names)
        return "team" in names

    assert names(place / "in", skip=skip) == ["b.wav", "deep/c.wav"]
    assert told == {"in": {"a link", "b.wav", "deep"}, "deep": {"c.wav"}, "a link": {"team"}}


@pytest.fixture
def locked(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """``place``, in which nobody may list the folder ``deep``; root may always."""
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if isinstance(path, (str, Path)) and Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    yield place


def found(inputs: Inputs) -> list[str]:
    return [call.id for call, _ in inputs.calls]


def test_recordings_are_found_behind_links(place: Path) -> None:
    assert found(find_calls([place / "in"])) == ["e", "b", "c"]
    assert found(find_calls([place / "in", place / "elsewhere"])) == ["e", "b", "c"]


def test_results_behind_a_link_are_passed_over(place: Path) -> None:
    (place / "in" / "old").symlink_to(place / "reviews")
    (place / "reviews").mkdir()
    shutil.copy(place / "in" / "b.wav", place / "reviews" / "copy.wav")
    assert "copy" in found(find_calls([place / "in"]))
    assert "copy" not in found(find_calls([place / "in"], results=place / "reviews"))
    (place / "reviews" / "results.db").touch()
    assert "copy" not in found(find_calls([place / "in"]))


def test_a_folder_that_cannot_be_listed_is_a_failure(locked: Path) -> None:
    inputs = find_calls([locked / "in"])
    assert found(inputs) == ["e", "b"]
    (lost,) = inputs.failures
    assert (lost.file, lost.reason) == ("deep", "unreadable")
    assert lost.detail == "the folder can't be listed: Permission denied"


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs over dialogues use the reviewer that loads nothing."""
    bulk_reviewer.plug_in(monkeypatch)


def said(path: Path, call_id: str) -> None:
    turns = [{"speaker": "agent", "text": "good morning how can i help"}]
    path.write_text(json.dumps({"id": call_id, "turns": turns}) + "\n")


def scored(place: Path) -> tuple[set[str], list[tuple[str, str]]]:
    done = score_files(place / "in", out=place / "out", engine="serial")
    told = done.rows("failures", "file", "reason")
    return {row[0] for row in done.rows("calls", "id")}, [(file, why) for file, why in told]


def test_dialogues_are_found_behind_links(place: Path, light: None) -> None:
    said(place / "in" / "deep" / "one.jsonl", "one")
    said(place / "elsewhere" / "two.jsonl", "two")
    assert scored(place) == ({"one", "two"}, [])


def test_dialogues_in_a_folder_that_cannot_be_listed_are_told_of(locked: Path, light: None) -> None:
    said(locked / "in" / "one.jsonl", "one")
    assert scored(locked) == ({"one"}, [("deep", "unreadable")])
