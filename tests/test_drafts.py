"""Drafts: every event is there after a crash, for its writer alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from qa_review.keep.drafts import Draft, drafts_folder


@pytest.fixture
def draft(tmp_path):
    return Draft.of("a store", "call-7", "ann", folder=tmp_path / "drafts")


def test_events_come_back_in_order_with_any_text(draft):
    events = [{"do": "Wrote", "text": text} for text in ("a\nb", "\u2028", "ü \u202e", "")]
    for event in events:
        draft.add(event)
    assert draft.events() == tuple(events)


def test_there_is_none_before_the_first_event_and_after_it_was_discarded(draft):
    assert (draft.events(), draft.exists()) == ((), False)
    draft.discard()
    draft.add({"do": "Rated"})
    assert draft.exists()
    draft.discard()
    assert (draft.events(), draft.exists()) == ((), False)


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_was_cut_short_costs_only_itself(draft, cut):
    draft.add({"do": "Rated", "level": 4})
    draft.add({"do": "Rated", "level": 5})
    whole = draft.path.read_bytes()
    draft.path.write_bytes(whole[:-cut])
    draft.add({"do": "Undone"})
    first, *middle, last = draft.events()
    assert (first, last) == ({"do": "Rated", "level": 4}, {"do": "Undone"})
    assert len(middle) == (1 if cut == 1 else 0)  # only its line break was missing


def test_what_is_no_event_is_passed_over(draft):
    draft.add({"do": "Rated"})
    with draft.path.open("ab") as file:
        file.write(b'\xff\xfe\n[1]\n"text"\n{"do": "Undone"}\n')
    assert draft.events() == ({"do": "Rated"}, {"do": "Undone"})


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX ones")
def test_nobody_else_can_read_it(draft):
    draft.add({"do": "Rated"})
    assert draft.path.stat().st_mode & 0o777 == 0o600
    assert draft.path.parent.stat().st_mode & 0o077 == 0


def test_each_form_has_a_draft_of_its_own(tmp_path):
    whats = [("a", "b"), ("a b",), ("a", "b", ""), ("A", "b"), ("../a", "b")]
    paths = {Draft.of(*what, folder=tmp_path).path for what in whats}
    assert len(paths) == len(whats)
    assert {path.parent for path in paths} == {tmp_path}


def test_they_lie_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("QA_REVIEW_DRAFTS", str(tmp_path))
    assert drafts_folder() == tmp_path
    monkeypatch.delenv("QA_REVIEW_DRAFTS")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert drafts_folder() == tmp_path / "home" / ".qa_review" / "drafts"


def test_two_windows_at_once_lose_no_event(draft):
    code = (
        "import sys; from pathlib import Path; from qa_review.keep.drafts import Draft\n"
        "for n in range(150): Draft(Path(sys.argv[1])).add({'by': sys.argv[2], 'n': n})"
    )
    windows = [
        subprocess.Popen([sys.executable, "-c", code, str(draft.path), who]) for who in ("a", "b")
    ]
    assert [window.wait(timeout=60) for window in windows] == [0, 0]
    for who in ("a", "b"):
        assert [e["n"] for e in draft.events() if e["by"] == who] == list(range(150))
