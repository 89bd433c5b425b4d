"""The notebooks that are shipped: plain, run from top to bottom, and never hold a call."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from sample_reviews import copied, reviewed

from qa_review.base.resources import folder

NOTEBOOKS = sorted(folder("notebooks").glob("*.ipynb"))


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return reviewed(tmp_path_factory)


@pytest.fixture
def place(results, tmp_path, monkeypatch):
    """A working folder, named in the environment as ``qa-review lab`` does it."""
    for name, value in {
        "STORE": f"sqlite:{tmp_path / 'qa.db'}", "RESULTS": str(copied(results, tmp_path)),
        "RECORDINGS": str(folder("sample_calls")), "RUBRIC": "behaviours.v1", "AS": "ann",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_REVIEW_{name}", value)
    monkeypatch.setenv("QA_REVIEW_DRAFTS", str(tmp_path / "drafts"))
    return tmp_path


def executed(path: Path, where: Path):
    """The notebook after all its cells, saved with the state of its widgets."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(where)}}
    client = NotebookClient(notebook, timeout=300, resources=resources, store_widget_state=True)
    client.execute(env={**os.environ})
    return notebook


def test_they_are_numbered_in_the_order_of_the_work():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_review_a_call",
        "02_calibrate",
        "03_team_board",
        "04_rubric_workshop",
        "05_data_science",
    ]


@each(NOTEBOOKS)
def test_they_are_small_plain_and_without_outputs(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(cells) <= 20
    assert not [n for n, cell in enumerate(code, 1) if cell["outputs"] or cell["execution_count"]]
    assert not any("def " in "".join(cell["source"]) for cell in code)
    assert "widgets" not in notebook["metadata"]


@each(NOTEBOOKS)
def test_each_opens_with_what_it_is_for_and_what_to_press(path):
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown"
    lines = [line for line in "".join(first["source"]).split("\n") if line]
    assert lines[0].startswith("# ") and len(lines[1]) > 60
    assert any(line.startswith("**Press:**") for line in lines)


@pytest.mark.slow
@each(NOTEBOOKS)
def test_they_run_from_top_to_bottom_and_hold_no_call(path, place):
    notebook = executed(path, place)
    text = json.dumps(notebook, ensure_ascii=False)
    screens = [
        state for state in notebook.metadata.get("widgets", {}).values() for state in
        state["state"].values() if "_esm" in state["state"]
    ]  # fmt: skip
    assert len(screens) == (0 if path.stem == "05_data_science" else 1)
    assert "T2dnU" not in text  # how sound in Ogg begins, in base64
    assert len(text) < 400_000
    said = [
        turn["text"]
        for file in (place / "reviews" / "transcripts").glob("*.json")
        for turn in json.loads(file.read_text(encoding="utf-8"))["turns"]
    ]
    assert len(said) > 100
    assert not [line for line in said if len(line) > 30 and line in text]


@pytest.mark.slow
def test_the_search_for_calls_in_a_notebook_would_find_one(place):
    """The check above can fail: a screen that showed its call as output is found."""
    path = NOTEBOOKS[0]
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(
        nbformat.v4.new_code_cell("place.record(place.calls()[0]).review.transcript")
    )
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(place)}})
    client.execute(env={**os.environ})
    file = sorted((place / "reviews" / "transcripts").glob("broadband-dropouts-01.json"))[0]
    said = [turn["text"] for turn in json.loads(file.read_text(encoding="utf-8"))["turns"]]
    text = json.dumps(notebook, ensure_ascii=False)
    assert [line for line in said if len(line) > 30 and line in text]
