"""Folders of recordings and of dialogues: links, loops, and folders that can't be listed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import servers
from children import bulk_reviewer

from qa_review import score_files
from qa_review.base.errors import QAReviewError
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


def test_what_the_file_system_keeps_for_itself_and_what_goes_meanwhile_is_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "in" / "lost+found").mkdir()
    (place / "in" / "lost+found" / "z.wav").touch()
    scandir = os.scandir

    def gone(path: Any) -> Any:
        if Path(path).name == "deep":
            shutil.rmtree(place / "in" / "deep")
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", gone)
        patch.setattr(shutil, "rmtree", lambda folder: folder.rename(place / "away"))
        assert names(place / "in") == ["b.wav", "a link/team/e.wav"]


def test_what_is_skipped_is_skipped_with_all_in_it(place: Path) -> None:
    told: dict[str, set[str]] = {}

    def skip(real: Path, names: frozenset[str]) -> bool:
        told[real.name] = set(names)
        return "team" in names

    assert names(place / "in", skip=skip) == ["b.wav", "deep/c.wav"]
    assert told == {"in": {"a link", "b.wav", "deep"}, "deep": {"c.wav"}, "elsewhere": {"team"}}


@pytest.fixture
def locked(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """``place``, in which nobody may list the folder ``deep``; root may always."""
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if isinstance(path, (str, Path)) and Path(path).resolve().name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    yield place


def found(inputs: Inputs) -> list[str]:
    return [call.id for call, _ in inputs.calls]


def test_recordings_are_found_behind_links(place: Path) -> None:
    assert found(find_calls([place / "in"])) == ["e", "b", "c"]
    assert found(find_calls([place / "in", place / "elsewhere"])) == ["b", "c", "e"]


def test_a_link_takes_no_recording_s_id(place: Path) -> None:
    """Wherever it stands: an id would else be another call's once the link is moved."""
    (place / "in" / "Latest.wav").symlink_to("b.wav")
    (place / "in" / "again").symlink_to("deep")
    (place / "elsewhere" / "a.wav").symlink_to(place / "in" / "deep" / "c.wav")
    assert found(find_calls([place / "in"])) == ["e", "b", "c"]
    assert found(find_calls([place / "elsewhere", place / "in"])) == ["e", "b", "c"]
    assert found(find_calls([place / "in" / "Latest.wav"])) == ["Latest"]


def test_a_table_behind_a_link_is_a_table_as_any(place: Path) -> None:
    (place / "elsewhere" / "f.dat").write_bytes(b"sound")
    table = "file,call_id\nteam/e.wav,E\nf.dat,F\ngone.wav,G\n../in/b.wav,B\n"
    (place / "elsewhere" / "calls.csv").write_text(table)
    for paths in ([place / "in"], [place / "in", place / "elsewhere"], [place / "elsewhere"]):
        inputs = find_calls(paths)
        assert {"E", "F"} <= {*found(inputs)} <= {"E", "F", "b", "c"}
        told = [(lost.id, lost.reason) for lost in inputs.failures]
        assert told == [("", "metadata"), ("G", "no such file")] and inputs.ignored == 0


def test_results_behind_a_link_are_passed_over(place: Path) -> None:
    (place / "in" / "old").symlink_to(place / "reviews")
    (place / "reviews").mkdir()
    shutil.copy(place / "in" / "b.wav", place / "reviews" / "copy.wav")
    assert "copy" in found(find_calls([place / "in"]))
    assert "copy" not in found(find_calls([place / "in"], results=place / "reviews"))
    (place / "reviews" / "store.txt").touch()
    assert "copy" in found(find_calls([place / "in"]))
    (place / "reviews" / "run.json").touch()
    assert "copy" not in found(find_calls([place / "in"]))
    assert found(find_calls([place / "reviews"])) == ["copy"], "who names it means it"
    (place / "reviews" / "store.txt").rename(place / "reviews" / "results.db")
    assert "copy" not in found(find_calls([place / "in"]))


def test_a_folder_that_cannot_be_listed_is_a_failure(locked: Path) -> None:
    (locked / "in" / "again").symlink_to("deep")
    inputs = find_calls([locked / "in"])
    assert found(inputs) == ["e", "b"]
    (lost,) = inputs.failures
    assert (lost.file, lost.reason) == (str(locked / "in" / "deep"), "unreadable")
    assert lost.detail == "the folder can't be listed: Permission denied"
    with pytest.raises(QAReviewError, match="deep: the folder can't be listed: Permission denied"):
        find_calls([locked / "in" / "deep"])


def test_a_link_that_leads_nowhere_may_be_a_folder_of_recordings(place: Path) -> None:
    (place / "in" / "2023").symlink_to(place / "mnt" / "2023")
    (lost,) = find_calls([place / "in"]).failures
    assert (lost.file, lost.reason) == (str(place / "in" / "2023"), "unreadable")
    assert "leads nowhere" in lost.detail


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file rights are otherwise on Windows")
def test_folders_where_others_may_not_look_cost_nothing_else(place: Path) -> None:
    """They may be listed, and nothing in them be looked at."""
    me = os.geteuid()
    with tempfile.TemporaryDirectory() as elsewhere:  # pytest's own are for its user alone
        Path(elsewhere).chmod(0o755)
        top = Path(shutil.move(place / "in", elsewhere))
        (top / "half" / "sub").mkdir(parents=True)
        for name in ("g.wav", "notes.txt"):
            (top / "half" / name).touch()
        (top / "away").symlink_to(top / "half" / "sub")
        (top / "half").chmod(0o444)
        if me == 0:
            os.seteuid(servers.NOBODY)
        try:
            inputs = find_calls([top])
        finally:
            os.seteuid(me)
        (top / "half").chmod(0o755)
    assert found(inputs) == ["b", "c", "g"]
    assert {Path(lost.file).name for lost in inputs.failures} == {"a link", "away", "sub"}


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs over dialogues use the reviewer that loads nothing."""
    bulk_reviewer.plug_in(monkeypatch)


def said(path: Path, call_id: str) -> None:
    turns = [{"speaker": "agent", "text": "good morning how can i help"}]
    path.write_text(json.dumps({"id": call_id, "turns": turns}) + "\n")


def scored(place: Path, *more: Path) -> tuple[set[str], list[tuple[str, str]], int]:
    paths = [place / "in", *more]
    done = score_files(*paths, out=place / "out", engine="serial", parted=True)
    told = [(Path(file).name, why) for file, why in done.rows("failures", "file", "reason")]
    return {row[0] for row in done.rows("calls", "id")}, told, done.kept


def test_dialogues_are_found_behind_links(place: Path, light: None) -> None:
    said(place / "in" / "deep" / "one.jsonl", "one")
    said(place / "elsewhere" / "two.jsonl", "two")
    assert scored(place) == ({"one", "two"}, [], 0)
    (place / "in" / "0").symlink_to("deep")
    (place / "in" / "0.jsonl").symlink_to("deep/one.jsonl")
    assert scored(place) == ({"one", "two"}, [], 2)


def test_links_into_results_lead_to_no_dialogues(place: Path, light: None) -> None:
    said(place / "in" / "one.jsonl", "one")
    assert scored(place) == ({"one"}, [], 0)
    (place / "in" / "seen").symlink_to(place / "out" / "scores")
    assert scored(place) == ({"one"}, [], 1)


def test_dialogues_in_a_folder_that_cannot_be_listed_are_told_of(locked: Path, light: None) -> None:
    said(locked / "in" / "one.jsonl", "one")
    (locked / "in" / "gone").symlink_to("nowhere")
    assert scored(locked) == ({"one"}, [("deep", "unreadable"), ("gone", "unreadable")], 0)


def test_a_named_folder_that_cannot_be_listed_costs_no_result(locked: Path, light: None) -> None:
    """A drive that is away for a moment: what is scored stays."""
    said(locked / "in" / "one.jsonl", "one")
    (locked / "more").mkdir()
    said(locked / "more" / "two.jsonl", "two")
    (done, _, _) = scored(locked, locked / "more")
    (locked / "more").rename(locked / "more" / ".." / "deeper")
    (locked / "deep").mkdir()
    with pytest.raises(QAReviewError, match="deep: the folder can't be listed: Permission denied"):
        scored(locked, locked / "deep")
    (locked / "deeper").rename(locked / "more")
    assert scored(locked, locked / "more")[2] == len(done) + 1
