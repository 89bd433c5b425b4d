"""Nothing that the library does reaches another host, and the guard that says so works."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import network_guard
import numpy as np
import pytest
import sounds
from network_guard import NetworkBlocked

ROOT = Path(__file__).parent.parent
ELSEWHERE = "192.0.2.1"  # an address that RFC 5737 keeps for documents: it is nobody's


@pytest.fixture
def own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log of its own, so that attempts made on purpose don't fail the suite."""
    log = tmp_path / "attempts"
    monkeypatch.setenv(network_guard.LOG, str(log))
    yield log


@pytest.mark.parametrize("host", [ELSEWHERE, "example.org", "2001:db8::1", "10.0.0.1"])
def test_a_connection_to_another_host_is_refused_and_noted(own_log: Path, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as plug, pytest.raises(NetworkBlocked, match=host):
        plug.connect((host, 443))
    with socket.socket(family) as plug, pytest.raises(NetworkBlocked):
        plug.connect_ex((host, 443))
    with socket.socket(family, socket.SOCK_DGRAM) as plug, pytest.raises(NetworkBlocked):
        plug.sendto(b"x", (host, 53))
    assert len(network_guard.attempts()) == 3


@pytest.mark.parametrize("host", ["example.org", "huggingface.co", b"pypi.org"])
def test_a_name_is_not_looked_up(own_log: Path, host: str | bytes) -> None:
    with pytest.raises(NetworkBlocked):
        socket.getaddrinfo(host, 443)
    with pytest.raises(NetworkBlocked):
        socket.create_connection((host.decode() if isinstance(host, bytes) else host, 443))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_let_through(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = threading.Thread(target=lambda: server.accept()[0].close())
        answer.start()
        with socket.create_connection((host, port), timeout=5) as client:
            assert client.recv(1) == b""  # it was let in, and the server hung up
        answer.join(5)
        assert not answer.is_alive()


def test_a_child_process_is_guarded_too(own_log: Path) -> None:
    code = f"import socket; socket.create_connection(({ELSEWHERE!r}, 80), timeout=2)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "NetworkBlocked" in done.stderr
    assert network_guard.attempts() == [f"the address of {ELSEWHERE!r}"]


def test_a_child_of_a_child_is_guarded_too(own_log: Path) -> None:
    inner = "import socket; socket.getaddrinfo('example.org', 80)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert network_guard.attempts() == ["the address of 'example.org'"]


def test_weights_and_hubs_are_told_to_stay_offline() -> None:
    assert os.environ["QA_REVIEW_OFFLINE"] == os.environ["HF_HUB_OFFLINE"] == "1"


def cut_off() -> list[str]:
    """The start of a command that runs in a network of its own, without any way out."""
    unshare = shutil.which("unshare")
    if unshare:
        command = [unshare, "--map-root-user", "--net"]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return []


REVIEW = """
import sys
import qa_review
review = qa_review.review(sys.argv[1], transcriber="faster-whisper:tiny.en", voices="timbre")
print(len(review.scores), review.transcript.words)
"""
SCORE = """
import qa_review
turns = [
    {"speaker": "agent", "text": "Good morning, how can I help you today?"},
    {"speaker": "customer", "text": "My bill is wrong, I was charged twice in April."},
    {"speaker": "agent", "text": "I'm sorry. Let me look, and I'll ring you back by noon."},
]
print(len(qa_review.score({"id": "1", "turns": turns}).scores))
"""


def run(code: str, *arguments: str) -> str:
    command = [*cut_off(), sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_a_dialogue_is_scored_without_any_network(own_log: Path) -> None:
    assert int(run(SCORE)) > 0
    assert network_guard.attempts() == []


def test_sound_is_decoded_without_any_network(tmp_path: Path, own_log: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(sounds.wav(sounds.pcm(sounds.tones(rate=8_000, channels=2)), channels=2))
    code = (
        "import sys; from pathlib import Path; from qa_review.capture.pyav import decode;"
        "print(decode(Path(sys.argv[1])).duration_ms)"
    )
    assert run(code, str(path)) == "1000"
    assert network_guard.attempts() == []


@pytest.mark.slow
def test_a_recording_is_reviewed_without_any_network(tiny_en: str, own_log: Path) -> None:
    scores, words = run(REVIEW, str(ROOT / "sample_calls" / "wrong-number-01.wav")).split()
    assert int(scores) > 0 and int(words) > 20
    assert network_guard.attempts() == []


def test_where_a_network_of_its_own_can_be_had_it_has_no_way_out() -> None:
    if not cut_off():
        pytest.skip("unshare can't make a network here; the guard alone stands")
    code = "import socket, sys\nprint([name for _, name in socket.if_nameindex() if name != 'lo'])"
    assert run(code) == "[]"


def test_numbers_are_no_addresses() -> None:
    assert network_guard.is_home(None) and network_guard.is_home("::1")
    assert not network_guard.is_home(str(np.float64(1.5)))
