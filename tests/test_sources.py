"""What figures are made from: nothing of a call that is being calibrated, and nothing twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sample_reviews import copied, reviewed

from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load
from qa_review.keep.folder import ResultsFolder
from qa_review.keep.revisions import save_automatic
from qa_review.keep.store import Store, open_store
from qa_review.meet.choose import Candidate, Choice
from qa_review.meet.keys import Keys
from qa_review.meet.sessions import create
from qa_review.team.sources import sources_of

pytestmark = pytest.mark.slow
RUBRIC = load(rubric_path("behaviours.v1"))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(reviewed(tmp_path_factory), tmp_path_factory.mktemp("sources"))


@pytest.fixture
def store(results: Path, tmp_path: Path) -> Store:
    made = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    for record in ResultsFolder(results).records():
        with made.writing() as unit:
            save_automatic(unit, record.review)
    return made


def test_a_folder_and_a_store_of_the_same_calls_count_each_once(results, store):
    found = sources_of(RUBRIC, results, store)
    assert found.reviews["call"].is_unique and len(found.reviews) == 14
    assert found.events.equals(sources_of(RUBRIC, results).events)


def test_nothing_of_a_call_that_is_being_calibrated_is_told(results, tmp_path):
    """Neither its levels nor a quote of it."""
    slow = sources_of(RUBRIC, results).events["id"].iloc[0]
    record = ResultsFolder(results).read(slow)
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    create(
        store, "March", Choice((Candidate.of(record.review),), "by hand"),
        rubric=rubric_path("behaviours.v1"), raters=["ann", "bo"], lead="kim",
        keys=Keys(tmp_path / "kim"),
    )  # fmt: skip
    found = sources_of(RUBRIC, results, store)
    assert found.sealed == (slow,)
    assert slow not in set(found.reviews["call"]) | set(found.events["id"])
    assert slow not in set(found.items.finds["call"]) | set(found.items.evidence["id"])


def test_without_friction_tables_of_an_earlier_version_there_is_none(results, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(results, old)
    (old / "friction.parquet").unlink()
    found = sources_of(RUBRIC, old)
    assert len(found.events) == 0 and len(found.reviews) == 14
