"""Where recordings may lie: folders, manifests, URLs, an object store on loopback."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from scripted_runs import SAMPLES, copy_samples

import qa_review
from qa_review.__main__ import main
from qa_review.base.errors import MetadataError, QAReviewError, TooLong, Unreadable
from qa_review.base.resources import folder
from qa_review.capture.places import Place
from qa_review.run.inputs import Inputs, find_calls

LINES = ["good morning how can i help you", "my parcel has not come", "i will ring you by six"]
BUCKET = "calls-of-march"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return copy_samples(tmp_path / "calls", LINES)


def run(path: str | Path, here: Path, **options: object) -> qa_review.Batch:
    given = {
        "engine": "serial", "transcriber": f"scripted:{here / 'script.json'}", "agent_channel": 0,
        "out": here / "reviews",
    }  # fmt: skip
    return qa_review.review_folder(path, **{**given, **options})


def ids(path: str | Path) -> list[str]:
    return [call.id for call, _ in find_calls([path]).calls]


def test_a_manifest_names_recordings_anywhere(calls: Path, tmp_path: Path) -> None:
    table = tmp_path / "lists" / "march.csv"
    table.parent.mkdir()
    table.write_text(
        f"file,call_id,agent,handle_time\n../calls/{SAMPLES[0]},a,ann,95\n"
        f"{calls / SAMPLES[1]},b,bo,2:05\n../calls/gone.wav,c,cy,1\n"
    )
    batch = run(table, tmp_path)
    assert [(r.call.id, r.call.agent, r.call.handle_ms) for r in batch.reviews] == [
        ("a", "ann", 95_000),
        ("b", "bo", 125_000),
    ]
    assert [(f.id, f.reason) for f in batch.failures] == [("c", "unreadable")]


def test_a_manifest_may_be_parquet_with_values_of_any_type(calls: Path, tmp_path: Path) -> None:
    rows = {
        "file": [f"calls/{name}" for name in SAMPLES],
        "call_id": [1001, 1002],
        "handle_time": [95.0, None],
        "resolved": [True, None],
        "started_at": pd.to_datetime(["2026-03-02T18:12:00Z", None]),
        "region": ["north", None],
    }
    pd.DataFrame(rows).to_parquet(tmp_path / "march.parquet")
    (one, _), (two, _) = find_calls([tmp_path / "march.parquet"]).calls
    assert (one.id, one.handle_ms, one.resolved, one.other) == (
        "1001", 95_000, True, {"region": "north"},
    )  # fmt: skip
    assert one.started_at == "2026-03-02T18:12:00+00:00"
    assert (two.id, two.handle_ms, two.resolved, two.other) == ("1002", None, None, {})
    assert len(run(tmp_path / "march.parquet", tmp_path).reviews) == 2


def test_what_a_manifest_gets_wrong_costs_its_row(calls: Path, tmp_path: Path) -> None:
    table = tmp_path / "march.csv"
    table.write_text(f"file,csat\ncalls/{SAMPLES[0]},eleven\n,3\ncalls/,3\n")
    found = find_calls([table])
    assert [call.id for call, _ in found.calls] == ["wrong-number-01"]
    assert [f.reason for f in found.failures] == ["metadata", "row left out", "row left out"]
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(MetadataError, match="not a Parquet file"):
        find_calls([tmp_path / "torn.parquet"])


def test_ids_are_unique_over_everything_that_is_named(calls: Path, tmp_path: Path) -> None:
    table = tmp_path / "march.csv"
    table.write_text(f"file,call_id\ncalls/{SAMPLES[0]},bank-card-01\n")
    found = find_calls([table, calls])
    assert [call.id for call, _ in found.calls] == [
        "bank-card-01", "bank-card-01.ogg", "wrong-number-01",
    ]  # fmt: skip


def test_an_id_never_moves_to_another_recording(tmp_path: Path) -> None:
    """Else what people said of a call would be said of another once a folder is added."""

    def found(*days: str) -> dict[str, str]:
        for day in days:
            (tmp_path / "calls" / day).mkdir(parents=True)
            (tmp_path / "calls" / day / "0001.wav").touch()
        for named in (tmp_path / "calls", (tmp_path / "calls").as_uri()):
            ids = {call.id: place.name.rpartition("/calls/")[2]
                   for call, place in find_calls([named]).calls}  # fmt: skip
        return ids

    assert found("02") == {"0001": "02/0001.wav"}
    assert found("03") == {"02/0001.wav": "02/0001.wav", "03/0001.wav": "03/0001.wav"}
    third = found("01")
    assert all(name == file for name, file in third.items()) and len(third) == 3
    (tmp_path / "calls" / "02" / "0001.mp3").touch()
    assert "0001.mp3" in found()


def test_a_folder_is_found_by_its_url(calls: Path, tmp_path: Path) -> None:
    (calls / "notes.txt").write_text("not a recording")
    found = find_calls([calls.as_uri()])
    assert [call.id for call, _ in found.calls] == ["bank-card-01", "wrong-number-01"]
    assert found.ignored == 1
    (_, place), _ = found.calls
    assert place.bytes == (calls / "bank-card-01.ogg").stat().st_size and place.stamp
    assert ids((calls / SAMPLES[0]).as_uri()) == ["wrong-number-01"]


def test_a_url_that_leads_nowhere_is_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(QAReviewError, match="there is no such file or folder"):
        find_calls([(tmp_path / "none").as_uri()])
    with pytest.raises(QAReviewError, match="nosuch://calls: Protocol not known: nosuch"):
        find_calls(["nosuch://calls"])


def test_calls_fetched_by_url_score_as_the_files_do(calls: Path, tmp_path: Path) -> None:
    near = run(calls, tmp_path)
    far = run(calls.as_uri(), tmp_path, out=tmp_path / "far")
    assert {r.call.id: r.scores for r in near.reviews} == {r.call.id: r.scores for r in far.reviews}
    assert [r.recording.path for r in far.reviews] == [Path(name) for name in SAMPLES[::-1]]
    assert run(calls.as_uri(), tmp_path, out=tmp_path / "far").done == 0
    shutil.copy(folder("sample_calls") / "energy-bill-01.ogg", calls / SAMPLES[1])
    assert run(calls.as_uri(), tmp_path, out=tmp_path / "far").done == 1


def test_what_can_not_be_fetched_costs_one_call(tmp_path: Path, calls: Path) -> None:
    table = tmp_path / "march.csv"
    table.write_text(f"file\n{calls.as_uri()}/gone.wav\n{calls.as_uri()}/{SAMPLES[0]}\n")
    batch = run(table, tmp_path)
    assert [r.call.id for r in batch.reviews] == ["wrong-number-01"]
    assert [f.reason for f in batch.failures] == ["unreadable"]
    assert "can't be fetched: FileNotFoundError" in batch.failures[0].detail


def test_nothing_too_large_is_fetched_and_nothing_stays(calls: Path) -> None:
    size = (calls / SAMPLES[0]).stat().st_size
    place = Place((calls / SAMPLES[0]).as_uri(), bytes=size)
    told = f"{size:,} bytes, {size - 1:,} are allowed"
    with pytest.raises(TooLong, match=told), place.here(size - 1):
        pass
    with place.here(size) as path:
        assert path.read_bytes() == (calls / SAMPLES[0]).read_bytes()
    assert not path.exists()
    with pytest.raises(Unreadable), Place(f"{calls.as_uri()}/gone.wav").here(10):
        pass


@pytest.mark.parametrize("size", [0, 1, 10_000, 12_000_000])
def test_what_tells_no_size_is_fetched_as_far_as_is_allowed(
    site: str, calls: Path, size: int
) -> None:
    """As a manifest's URLs do."""
    (calls / "long.wav").write_bytes(os.urandom(size))
    for url in (f"http://{site}/long.wav", (calls / "long.wav").as_uri()):
        with Place(url).here(size) as path:
            assert path.read_bytes() == (calls / "long.wav").read_bytes()
        if size:
            message = f"long.wav: more than the {size - 1:,} bytes that are allowed"
            with pytest.raises(TooLong, match=message), Place(url).here(size - 1):
                pass


def test_no_more_is_fetched_than_is_allowed(
    site: str, calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (calls / "long.wav").write_bytes(bytes(40_000_000))
    stays = nullcontext(str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryDirectory", lambda prefix: stays)
    with pytest.raises(TooLong), Place(f"http://{site}/long.wav").here(1_000):
        pass
    assert (tmp_path / "recording.wav").stat().st_size < 20_000_000


class Accounts(MemoryFileSystem):
    """A store whose URLs say whose it is, like ``abfs://box@account/…``, and whose paths don't."""

    protocol = "accounts"

    def __init__(self, account: str = "", **options: object) -> None:
        super().__init__(**options)
        assert account == "ours", "whose it is was forgotten"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        if not path.startswith("accounts://"):
            return super()._strip_protocol(path)
        box, _, inside = path.removeprefix("accounts://").partition("/")
        return f"/{box.partition('@')[0]}/{inside}".rstrip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, str]:
        return {"account": path.removeprefix("accounts://").partition("/")[0].partition("@")[2]}


def test_a_url_keeps_whose_store_it_is(tmp_path: Path) -> None:
    fsspec.register_implementation("accounts", Accounts, clobber=True)
    memory = MemoryFileSystem()
    memory.pipe({"/box/march/1.wav": b"one", "/box/march/calls.csv": b"file,agent\n1.wav,ann\n"})
    table = tmp_path / "all.csv"
    table.write_text("file,agent\n1.wav,bo\n")
    try:
        ((call, place),) = find_calls(["accounts://box@ours/march"]).calls
        assert (call.agent, place.name) == ("ann", "accounts://box@ours/march/1.wav")
        with place.here(10) as path:
            assert path.read_bytes() == b"one"
        ((call, _),) = find_calls(["accounts://box@ours/march/"], metadata=table).calls
        assert call.agent == "bo"
    finally:
        memory.rm("/box", recursive=True)


# --- an object store ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, object]]:
    """An S3 server on loopback; what fsspec has to be told to use it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = (
        "import sys; from moto.moto_server.werkzeug_app import DomainDispatcherApplication as App, "
        "create_backend_app as made; from werkzeug.serving import run_simple;"
        "run_simple('127.0.0.1', int(sys.argv[1]), App(made), threaded=True)"
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", code, str(port)], **quiet) as server:
        waited = time.monotonic() + 60
        while time.monotonic() < waited:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield {
            "key": "nobody", "secret": "nothing",
            "client_kwargs": {
                "endpoint_url": f"http://127.0.0.1:{port}",
            },
        }  # fmt: skip
        server.terminate()


@pytest.mark.slow
def test_calls_in_an_object_store_are_reviewed_and_not_twice(
    store: dict[str, object], calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fsspec.config.conf, "s3", store)
    bucket = fsspec.filesystem("s3", **store)
    bucket.call_s3("create_bucket", Bucket=BUCKET)
    for name in SAMPLES:
        bucket.put_file(str(calls / name), f"{BUCKET}/2026/{name}")
    batch = run(f"s3://{BUCKET}/2026", tmp_path)
    assert [r.call.id for r in batch.reviews] == ["bank-card-01", "wrong-number-01"]
    assert run(f"s3://{BUCKET}/2026", tmp_path).done == 0
    bucket.put_file(str(folder("sample_calls") / "energy-bill-01.ogg"),
                    f"{BUCKET}/2026/{SAMPLES[1]}")  # fmt: skip
    bucket.invalidate_cache()
    assert run(f"s3://{BUCKET}/2026", tmp_path).done == 1
    with pytest.raises(QAReviewError, match="there is no such file or folder"):
        find_calls([f"s3://{BUCKET}/2025"])


def test_what_is_a_recording_by_its_name_alone_is_reported(calls: Path, tmp_path: Path) -> None:
    (calls / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    os.mkfifo(calls / "pipe.wav")
    (calls / "folder.wav").mkdir()
    batch = run(calls, tmp_path)
    assert len(batch.reviews) == 2 and batch.ignored == 0
    assert {f.id: f.reason for f in batch.failures} == {"gone": "unreadable", "pipe": "unreadable"}


@pytest.fixture
def site(calls: Path) -> Iterator[str]:
    """The folder of recordings on a server that doesn't ask who comes."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    serves = partial(Quiet, directory=str(calls))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serves) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_lets_others_in_stands_in_no_file_of_results(site: str, tmp_path: Path) -> None:
    signed = f"X-Amz-Credential={'A' * 300}&X-Amz-Signature=5ecret5ignature"
    rows = [f"http://ann:hunter2@{site}/{name}?{signed}" for name in (*SAMPLES, "gone.wav")]
    table = tmp_path / "march.csv"
    table.write_text("\n".join(["file", *rows]))
    batch = run(table, tmp_path)
    assert [one.call.id for one in batch.reviews] == [Path(name).stem for name in SAMPLES]
    assert [one.id for one in batch.failures] == ["gone"] and site in batch.failures[0].detail
    files = [file for file in (tmp_path / "reviews").rglob("*") if file.is_file()]
    assert len(files) > 10
    for secret in (b"hunter2", b"5ecret", b"X-Amz"):
        assert [file.name for file in files if secret in file.read_bytes()] == []
    table.write_text("\n".join(["file", *(row.replace("5ecret", "an0ther") for row in rows)]))
    assert run(table, tmp_path).done == 0  # signed anew, it is the same recording


# --- tables of calls ---------------------------------------------------------------------------


def told(inputs: Inputs) -> list[tuple[str, str | None]]:
    return [(call.id, call.agent) for call, _ in inputs.calls]


ROWS = f"file,call_id,agent\n{SAMPLES[0]},a,ann\n{SAMPLES[1]},b,bo\n"


@pytest.mark.parametrize("by_url", [False, True])
def test_a_table_of_calls_may_be_kept_elsewhere(calls: Path, tmp_path: Path, by_url: bool) -> None:
    table = tmp_path / "kept" / "all.csv"
    table.parent.mkdir()
    table.write_text(f"{ROWS}other/none.wav,c,cy\n")
    inputs = find_calls([calls.as_uri() if by_url else calls], metadata=table)
    assert sorted(told(inputs)) == [("a", "ann"), ("b", "bo")] and inputs.failures == ()


@pytest.mark.parametrize("by_url", [False, True])
def test_a_table_that_names_no_recording_is_refused(
    calls: Path, tmp_path: Path, by_url: bool
) -> None:
    table = tmp_path / "all.csv"
    table.write_text("file,agent\nmarch/1.wav,ann\nmarch/2.wav,bo\n")
    with pytest.raises(MetadataError, match=r"none of its 2 rows names one of the recordings"):
        find_calls([calls.as_uri() if by_url else calls], metadata=table)


def test_the_table_in_a_folder_counts_by_url_too(calls: Path) -> None:
    (calls / "deep").mkdir()
    shutil.copy(calls / SAMPLES[0], calls / "deep" / "sound.dat")
    (calls / "deep" / "calls.csv").write_text("file,call_id,agent\nsound.dat,d,di\n")
    (calls / "calls.csv").write_text(f"{ROWS}gone.wav,c,cy\n")
    near, far = find_calls([calls]), find_calls([calls.as_uri()])
    assert sorted(told(near)) == sorted(told(far)) == [("a", "ann"), ("b", "bo"), ("d", "di")]
    for inputs in (near, far):
        assert [(lost.id, lost.reason) for lost in inputs.failures] == [("c", "no such file")]
        assert inputs.ignored == 0
    (calls / "calls.csv").write_text("file,file\n")
    with pytest.raises(MetadataError, match=r"file://.*calls.csv has 1 problem"):
        find_calls([calls.as_uri()])


def test_a_row_of_a_manifest_that_is_left_out_is_a_call_that_failed(
    calls: Path, tmp_path: Path
) -> None:
    """Nobody else knows of it; a recording in a folder is found without its row."""
    rows = f"file,call_id,csat\n{calls / SAMPLES[0]},a,eleven\n{calls / SAMPLES[1]},a,9\n"
    (tmp_path / "march.csv").write_text(rows)
    words = ["--engine", "serial", "--transcriber", f"scripted:{tmp_path / 'script.json'}",
             "--agent-channel", "left", "--out", str(tmp_path / "reviews")]  # fmt: skip
    assert main(["review", str(tmp_path / "march.csv"), *words]) == 1
    summary = json.loads((tmp_path / "reviews" / "run.json").read_text())
    assert (summary["calls"], summary["failed"]) == (1, 1)
    assert main(["review", str(calls), *words]) == 0
