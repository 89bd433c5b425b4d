"""What the results of a run say is so: of which recording, which metadata, which rubric."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from scripted_runs import SPEECH, script, write_call

import qa_review
from qa_review.base.errors import QAReviewError
from qa_review.base.plugs import PLUGS
from qa_review.base.resources import rubric_path
from qa_review.capture.pyav import decode
from qa_review.keep.folder import ResultsFolder, file_name
from qa_review.keep.ledger import newest
from qa_review.run import known, pipeline, work
from qa_review.run.progress import Standing
from qa_review.run.results import Batch


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(work, "_decoder", lambda: decode)
    monkeypatch.setitem(PLUGS["part"], "speech", SPEECH)
    place = tmp_path / "calls"
    place.mkdir()
    for number in range(3):
        write_call(place / f"call-{number}.wav", seconds=1 + number / 10)
    return place


def run(*calls: Path, **options: object) -> Batch:
    given = {"out": calls[0].parent / "reviews", "engine": "serial", "voices": "timbre",
             "transcriber": script(calls[0].parent), "agent_channel": 0, **options}  # fmt: skip
    return qa_review.review_folder(*calls, **given)


def table(calls: Path) -> pd.DataFrame:
    return pd.read_csv(calls.parent / "reviews" / "calls.csv").set_index("id")


def test_a_cell_that_is_corrected_reaches_every_table(calls: Path) -> None:
    said = calls / "calls.csv"
    said.write_text("file,agent,csat\ncall-0.wav,Ann,2\n")
    run(calls)
    said.write_text("file,agent,csat\ncall-0.wav,Zoe,9\n")
    for _ in range(2):
        run(calls)
        assert table(calls).loc["call-0", ["agent", "csat"]].tolist() == ["Zoe", 9]
        reviews = calls.parent / "reviews"
        assert "Zoe" in (reviews / "index.html").read_text()
        (review,) = [r.review for r in ResultsFolder(reviews).records() if r.review.call.agent]
        assert review.call.agent == "Zoe"


def test_results_among_the_recordings_are_not_reviewed(calls: Path) -> None:
    for number in range(3):
        out = calls / "made" / "reviews"
        batch = run(calls, out=out)
        assert [one.call.id for one in batch.reviews] == ["call-0", "call-1", "call-2"]
        assert (batch.kept, batch.failures) == (3 if number else 0, ())
    assert len(run(calls, out=calls / "made" / "other").reviews) == 3


def test_a_recording_that_grows_while_it_is_read_is_not_kept(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a call is no call: its words would be kept under the digest of the whole."""
    whole, place = calls.parent / "whole.wav", calls / "call-0.wav"
    write_call(whole, seconds=3)

    def early(path: Path, call_id: str, sound: object) -> object:
        if path.name == place.name and path.stat().st_size != whole.stat().st_size:
            shutil.copy(whole, place)
        return pipeline.recording_of(path, call_id, sound)

    monkeypatch.setattr(work, "recording_of", early)
    (lost,) = run(calls).failures
    assert (lost.id, lost.reason) == ("call-0", "unreadable") and "changed while" in lost.detail
    assert run(calls).calls_frame().set_index("id").loc["call-0", "duration_ms"] == 3_000


def test_a_rubric_that_changes_during_a_run_ends_it(calls: Path) -> None:
    rubric = calls.parent / "mine.toml"
    text = rubric_path("behaviours.v1").read_text().replace('id = "behaviours"', 'id = "mine"', 1)
    rubric.write_text(text)

    def change(standing: Standing) -> None:
        rubric.write_text(text.replace('version = "1"', 'version = "2"', 1))

    with pytest.raises(QAReviewError, match="changed meanwhile; run again"):
        run(calls, rubric=rubric, told=change)
    batch = run(calls, rubric=rubric)
    assert {one.rubric.version for one in batch.reviews} == {"2"} and len(batch.reviews) == 3


def test_a_drive_that_was_away_costs_no_hearing(calls: Path) -> None:
    manifest = calls.parent / "calls.parquet"
    pd.DataFrame({"file": [f"calls/call-{n}.wav" for n in range(3)]}).to_parquet(manifest)
    first = run(manifest)
    calls.rename(calls.parent / "away")
    gone = run(manifest)
    assert len(gone.failures) == 3 and not gone.reviews
    (calls.parent / "away").rename(calls)
    back = run(manifest)
    assert back.reviews == first.reviews and back.costs["hear"].calls == 0


def test_a_file_that_was_only_touched_is_read_once_more_and_no_oftener(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(calls)
    os.utime(calls / "call-0.wav", ns=(0, 10**18))
    read, sha = [], known.file_sha256

    def counted(path: Path) -> str:
        read.append(path.name)
        return sha(path)

    monkeypatch.setattr(known, "file_sha256", counted)
    for _ in range(3):
        assert run(calls).kept == 3
    assert read == ["call-0.wav"]


def test_an_id_that_no_store_takes_costs_one_call(calls: Path) -> None:
    (calls / "calls.csv").write_text(f"file,call_id\ncall-0.wav,{'x' * 2100}\n")
    batch = run(calls)
    assert [one.call.id for one in batch.reviews] == ["call-1", "call-2"]
    assert [one.reason for one in batch.failures] == ["id too long"]


def test_two_folders_with_one_store_do_not_take_one_another_s_calls(calls: Path) -> None:
    store = f"sqlite:{calls.parent / 'team.db'}"
    april = calls.parent / "april"
    april.mkdir()
    write_call(april / "call-0.wav", seconds=2)
    march = run(calls, store=store)
    other = run(april, store=store, out=calls.parent / "april reviews")
    assert [(one.id, one.reason) for one in other.failures] == [("call-0", "same id")]
    assert run(calls).kept == 3 and march.reviews[0].recording.duration_ms == 1_000
    taken = run(april, out=calls.parent / "april reviews", again=True)
    assert taken.reviews[0].recording.duration_ms == 2_000


def test_no_page_of_other_scores_stays(calls: Path) -> None:
    reviews = calls.parent / "reviews"
    run(calls)
    assert len([*reviews.glob("call-*.html")]) == 3
    run(calls, scorer="rules", audio="none")
    assert not [*reviews.glob("call-*.html")]


def test_run_json_counts_what_gave_a_review(calls: Path) -> None:
    (calls / "none.wav").write_bytes(b"RIFF")
    batch = run(calls)
    told = json.loads((calls.parent / "reviews" / "run.json").read_text())
    assert (told["done"], told["kept"], told["failed"]) == (3, 0, 1) and batch.done == 3


def test_long_ids_that_differ_have_files_of_their_own() -> None:
    """Two of these share the first 32 bits of their digests; that happens among 70,000."""
    names: dict[str, str] = {}
    for number in range(120_000):
        call_id = f"{'a very long name of a recording ' * 3}{number}"
        assert names.setdefault(file_name(call_id), call_id) == call_id
    assert file_name("€").startswith("call-")


def test_weights_are_known_wherever_they_lie(tmp_path: Path) -> None:
    first, copy, other = (tmp_path / name for name in ("a", "b", "c"))
    first.write_bytes(os.urandom(9_000_000))
    shutil.copy(first, copy)
    os.utime(copy, (1, 1))
    changed = bytearray(first.read_bytes())
    changed[:] = bytes(255 - byte for byte in changed)
    other.write_bytes(changed)
    known, again, trained = map(pipeline._sampled, (first, copy, other))
    assert known == again != trained


def test_a_failure_that_is_not_the_drive_s_is_in_the_ledger(calls: Path) -> None:
    run(calls)
    (calls / "call-0.wav").write_bytes(b"RIFF")
    assert [one.id for one in run(calls).failures] == ["call-0"]
    with ResultsFolder(calls.parent / "reviews").store.reading() as reader:
        assert newest(reader, "call-0")["heard"].state == "failed"


def test_results_of_others_are_not_written_over(calls: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine" / "scores.csv"
    table.parent.mkdir()
    table.write_text("a,b\n1,2\n")
    with pytest.raises(QAReviewError, match=r"holds scores.csv, which is of no earlier run"):
        run(calls, out=table.parent)
    for name in ("marks/", ".parts/", "scored.json"):
        other = tmp_path / name.strip("./")
        (other / name if name.endswith("/") else other).mkdir(parents=True)
        if not name.endswith("/"):
            (other / name).write_text("{}")
        with pytest.raises(QAReviewError, match="holds scores of written dialogues"):
            run(calls, out=other)
    assert table.read_text() == "a,b\n1,2\n" and len(list(tmp_path.rglob("results.db"))) == 0
    (table.parent / "index.html").touch()  # an earlier version's results
    assert run(calls, out=table.parent).done == 3


def test_a_folder_that_results_cannot_go_to_is_said_so(calls: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QAReviewError, match="file is a file; results go into a folder"):
        run(calls, out=tmp_path / "file")
    with pytest.raises(QAReviewError, match=r"--out .*inside can't be made: Not a directory"):
        run(calls, out=tmp_path / "file" / "inside")
    with pytest.raises(ValueError, match="a time limit is more than 0 seconds, not 0"):
        run(calls, timeout_s=0)


def test_a_run_that_does_all_again_and_is_ended_leaves_the_tables_full(calls: Path) -> None:
    first = run(calls)

    def told(standing: Standing) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(calls, again=True, told=told)
    table = pd.read_csv(calls.parent / "reviews" / "calls.csv")
    assert len(table) == len(first.reviews) == 3
