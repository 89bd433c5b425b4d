"""A folder of calls: what is left behind, what is done again, what a bad file costs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from scripted_runs import copy_samples

import qa_review
import qa_review.run.work
from qa_review.base.resources import folder, rubric_path
from qa_review.grade.rubric import load
from qa_review.keep.folder import ResultsFolder, file_name
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import read
from qa_review.run.progress import Standing
from qa_review.run.results import Batch

LINES = [
    "good morning thank you for calling how can i help you today",
    "my parcel has not come and i am worried because it is for my daughter",
    "so it has not come and you are worried i will ring the depot now and call you by six today",
    "is there anything else i can help you with",
]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Two real voices whose words are scripted, so that nothing has to be recognised."""
    return copy_samples(tmp_path / "calls", LINES)


def run(calls: Path, **options: object) -> Batch:
    given = {
        "out": calls.parent / "reviews",
        "engine": "serial",
        "transcriber": f"scripted:{calls.parent / 'script.json'}",
        "agent_channel": 0,
        **options,
    }
    return qa_review.review_folder(calls, **given)


def test_a_run_leaves_every_file_that_it_promises(calls: Path) -> None:
    batch = run(calls)
    out = calls.parent / "reviews"
    assert len(batch.reviews) == 2 and not batch.failures
    for name in ("wrong-number-01", "bank-card-01"):
        assert (out / f"{name}.html").stat().st_size > 10_000
        assert json.loads((out / "transcripts" / f"{name}.json").read_text())["version"] == 1
        assert (out / "transcripts" / f"{name}.vtt").read_text().startswith("WEBVTT")
    assert "bank-card-01.html" in (out / "index.html").read_text()
    scores = pd.read_parquet(out / "scores.parquet")
    assert list(scores.columns)[:5] == ["id", "behaviour", "level", "confidence", "reason"]
    assert len(scores) == 2 * 5
    assert list(pd.read_csv(out / "scores.csv").columns) == list(scores.columns)
    evidence = pd.read_parquet(out / "evidence.parquet")
    expected = ["id", "behaviour", "indicator", "stance", "turn", "quote", "start_ms"]
    assert list(evidence.columns)[:7] == expected and len(evidence) > 0


def test_the_same_input_gives_the_same_bytes(calls: Path) -> None:
    first = run(calls, out=calls.parent / "first")
    assert run(calls, out=calls.parent / "second").reviews == first.reviews
    for path in sorted((calls.parent / "first").rglob("*")):
        # a copy's card tells where it lies, the store and the summary of a run when things were
        told = path.parent.name == "sound" and path.suffix == ".json"
        if path.is_file() and not told and path.name not in ("results.db", "run.json"):
            twin = calls.parent / "second" / path.relative_to(calls.parent / "first")
            assert path.read_bytes() == twin.read_bytes(), path.name


def test_a_second_run_does_nothing_and_keeps_everything(calls: Path) -> None:
    first = run(calls)
    again = run(calls)
    assert (first.done, again.done) == (2, 0)
    assert again.reviews == first.reviews


def test_only_what_changed_is_done_again(calls: Path) -> None:
    run(calls)
    shutil.copy(folder("sample_calls") / "energy-bill-01.ogg", calls / "bank-card-01.ogg")
    told: list[Standing] = []
    batch = run(calls, told=told.append)
    assert [step.item for step in told] == ["bank-card-01"]
    assert len(batch.reviews) == 2


def test_a_changed_rubric_scores_again_but_does_not_hear_again(calls: Path) -> None:
    before = run(calls)
    changed = calls.parent / "mine.toml"
    text = rubric_path("behaviours.v1").read_text()
    changed.write_text(text.replace("cut_2 = 1.5", "cut_2 = 1.4"))
    (calls.parent / "script.json").write_text(json.dumps(["nobody would say this"]))
    after = run(calls, rubric=changed)
    assert after.done == 2
    assert [r.transcript for r in after.reviews] == [r.transcript for r in before.reviews]
    assert after.reviews[0].rubric.digest != before.reviews[0].rubric.digest


def test_a_rubric_edited_in_place_is_taken_as_it_is_now(calls: Path) -> None:
    mine = calls.parent / "mine.toml"
    text = rubric_path("behaviours.v1").read_text()
    mine.write_text(text)
    run(calls, rubric=mine)
    mine.write_text(text.replace('title = "Five behaviours of a call"', 'title = "Ours"'))
    after = run(calls, rubric=mine)
    assert after.done == 2
    assert {r.rubric.digest for r in after.reviews} == {load(mine).digest}
    said = {"id": "1", "turns": [{"speaker": "agent", "text": "hello there"}]}
    assert qa_review.score(said, rubric=mine).rubric.digest == load(mine).digest


def test_again_hears_again(calls: Path) -> None:
    run(calls)
    (calls.parent / "script.json").write_text(json.dumps(["other words now"]))
    qa_review.run.work._listener.cache_clear()
    batch = run(calls, again=True)
    said = {word for r in batch.reviews for t in r.transcript.turns for word in t.text.split()}
    assert said <= {"other", "words", "now"}


def test_results_may_not_lie_among_the_recordings(calls: Path) -> None:
    (calls / "calls.csv").write_text("file\nbank-card-01.ogg\n")
    with pytest.raises(qa_review.QAReviewError, match="give the results their own"):
        run(calls, out=calls)
    assert (calls / "calls.csv").read_text() == "file\nbank-card-01.ogg\n"


def test_an_id_in_two_tables_is_one_calls_and_the_other_is_reported(calls: Path) -> None:
    other = calls.parent / "other"
    other.mkdir()
    shutil.copy(calls / "bank-card-01.ogg", other / "bank-card-01.ogg")
    for place, name in ((calls, "wrong-number-01.wav"), (other, "bank-card-01.ogg")):
        (place / "calls.csv").write_text(f"call_id,file\n1001,{name}\n")
    given = {"engine": "serial", "transcriber": f"scripted:{calls.parent / 'script.json'}"}
    batch = qa_review.review_folder(calls, other, out=calls.parent / "reviews", **given)
    assert [f.reason for f in batch.failures] == ["same id"]
    assert sorted(r.call.id for r in batch.reviews) == ["1001", "bank-card-01"]


def test_metadata_is_found_however_the_paths_are_written(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = calls / "march"
    deep.mkdir()
    shutil.move(calls / "bank-card-01.ogg", deep / "bank-card-01.dat")
    (deep / "calls.csv").write_text("file,agent\nbank-card-01.dat,ann\n")
    monkeypatch.chdir(calls.parent)
    batch = run(Path("calls").resolve())
    assert {r.call.agent for r in batch.reviews} == {None, "ann"}
    given = {"engine": "serial", "transcriber": f"scripted:{calls.parent / 'script.json'}"}
    batch = qa_review.review_folder(
        "calls/march", out="again", metadata=deep / "calls.csv", **given
    )
    assert [r.call.agent for r in batch.reviews] == ["ann"]


def test_a_file_name_that_is_not_text_costs_nothing(calls: Path) -> None:
    odd = os.fsencode(calls) + b"/caf\xe9.wav"
    shutil.copy(calls / "wrong-number-01.wav", odd)
    batch = run(calls)
    assert len(batch.reviews) == 3 and not batch.failures


def test_what_is_left_of_a_call_that_now_fails_is_removed(calls: Path) -> None:
    run(calls)
    (calls / "bank-card-01.ogg").write_bytes(b"not sound any more")
    batch = run(calls)
    assert [f.id for f in batch.failures] == ["bank-card-01"]
    left = [p for p in (calls.parent / "reviews").rglob("bank-card-01*")]
    assert not left


def test_a_page_that_was_deleted_comes_back(calls: Path) -> None:
    run(calls)
    page = calls.parent / "reviews" / "bank-card-01.html"
    said = calls.parent / "reviews" / "transcripts" / "wrong-number-01.vtt"
    page.unlink()
    said.unlink()
    assert run(calls).done == 2
    assert page.is_file() and said.is_file()


def test_bad_files_cost_only_themselves(calls: Path) -> None:
    (calls / "empty.wav").write_bytes(b"")
    (calls / "text.mp3").write_text("this is not sound at all " * 50)
    (calls / "cut.wav").write_bytes((calls / "wrong-number-01.wav").read_bytes()[:60_000])
    (calls / "notes.txt").write_text("not a recording by its name")
    batch = run(calls, engine="processes:2")
    assert {r.call.id for r in batch.reviews} == {"wrong-number-01", "bank-card-01"}
    reasons = {f.id: f.reason for f in batch.failures}
    assert reasons == {"empty": "unreadable", "text": "unreadable", "cut": "unreadable"}
    assert batch.ignored == 1
    table = pd.read_csv(calls.parent / "reviews" / "failures.csv")
    assert set(table["id"]) == {"empty", "text", "cut"}
    assert "the file is empty" in set(table["detail"])


def test_a_language_that_the_rubric_lacks_is_reported_and_not_scored(calls: Path) -> None:
    batch = run(calls, language="de")
    assert not batch.reviews
    assert {f.reason for f in batch.failures} == {"language not covered"}
    assert "the rubric covers en" in batch.failures[0].detail


def test_a_call_that_is_too_long_is_refused(calls: Path) -> None:
    batch = run(calls, max_seconds=30)
    assert {f.id: f.reason for f in batch.failures} == {"bank-card-01": "too long"}


def test_metadata_travels_to_the_tables_and_its_problems_are_named(calls: Path) -> None:
    (calls / "calls.csv").write_text(
        "call_id,file,agent,handle_time,region\n"
        "a-1,wrong-number-01.wav,ann,95,north\n"
        "b-2,bank-card-01.ogg,=cmd(),soon,south\n"
        "c-3,gone.wav,cy,60,east\n"
    )
    batch = run(calls)
    calls_table = pd.read_csv(calls.parent / "reviews" / "calls.csv").set_index("id")
    assert calls_table.loc["a-1", "handle_ms"] == 95_000
    assert json.loads(calls_table.loc["a-1", "other"]) == {"region": "north"}
    assert calls_table.loc["b-2", "agent"] == "'=cmd()"  # a spreadsheet must not run it
    reasons = sorted(f.reason for f in batch.failures)
    assert reasons == ["metadata", "no such file"]


def test_ids_that_no_file_system_would_take_still_get_files(calls: Path) -> None:
    odd = "../../Ärger & Söhne?*"
    (calls / "calls.csv").write_text(
        f'call_id,file\n"{odd}",bank-card-01.ogg\nCON,wrong-number-01.wav\n'
    )
    batch = run(calls)
    assert {r.call.id for r in batch.reviews} == {odd, "CON"}
    out = calls.parent / "reviews"
    assert all(path.resolve().is_relative_to(out) for path in out.rglob("*"))
    assert not (calls.parent.parent / "rger").exists()


@pytest.mark.parametrize("first, second", [("a/b", "a b"), ("Call", "call"), ("x", "x.")])
def test_ids_that_differ_never_share_a_file(first: str, second: str) -> None:
    assert file_name(first).lower() != file_name(second).lower()


def done(out: Path) -> set[str]:
    """The calls that the ledger of a folder of results has as scored."""
    results = ResultsFolder(out)
    if not results.has_store:
        return set()
    return {row.call_id for row in read(results.store, WorkRow, stage="scored", state="done")}


def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(calls: Path) -> None:
    for number in range(6):
        shutil.copy(folder("sample_calls") / "bank-card-01.ogg", calls / f"copy-{number}.ogg")
    command = [sys.executable, "-m", "qa_review", "review", str(calls), "--out"]
    command += [str(calls.parent / "reviews"), "--engine", "processes:1", "--agent-channel", "left"]
    command += ["--transcriber", f"scripted:{calls.parent / 'script.json'}"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    waited = time.monotonic() + 120
    while not done(calls.parent / "reviews") and time.monotonic() < waited:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    finished = done(calls.parent / "reviews")
    assert 0 < len(finished) < 8
    scores = pd.read_csv(calls.parent / "reviews" / "scores.csv")
    assert set(scores["id"]) <= finished and len(scores)
    batch = run(calls)
    assert len(batch.reviews) == 8
    assert batch.done <= 8 - len(set(scores["id"]))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said_before_any_work(calls: Path) -> None:
    calls.parent.chmod(0o500)
    with pytest.raises(OSError, match="reviews"):
        run(calls)
    calls.parent.chmod(0o700)
