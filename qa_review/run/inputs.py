"""Which calls there are: recordings in folders and object stores, and what tables say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from qa_review.base.errors import QAReviewError
from qa_review.base.folders import files_in
from qa_review.base.plugs import plug
from qa_review.capture.metadata import read_calls
from qa_review.capture.places import Place, is_url, without_secrets
from qa_review.capture.recording import Call
from qa_review.capture.spoken_by import storable
from qa_review.keep.folder import POINTER, RUN, STORE, Failure

SUFFIXES = frozenset(
    ".3gp .aac .aif .aiff .amr .al .alaw .au .caf .flac .gsm .m4a .mkv .mov .mp3 .mp4 .mulaw .oga"
    " .ogg .opus .pcm .raw .sln .snd .ul .ulaw .w64 .wav .weba .webm .wma .wav49".split()
)
METADATA = "calls.csv"
MANIFESTS = (".csv", ".parquet")
"""what a table of recordings ends with, which may lie anywhere"""
LONGEST_ID = 1_000
"""bytes of a call's id, which every store takes"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The calls to review, in order, and what could not become one.

    ``ignored`` counts files in the folders that are not recordings by their name.
    """

    calls: tuple[tuple[Call, Place], ...]
    failures: tuple[Failure, ...] = ()
    ignored: int = 0


class _Found:
    """What was found so far; an id is one call's."""

    def __init__(self) -> None:
        self.calls: list[tuple[Call, Place]] = []
        self.failures: list[Failure] = []
        self.ignored = 0
        self._ids: set[str] = set()

    def add(self, call: Call, place: Place, told_by: str) -> None:
        if len(call.id.encode("utf-8", "surrogatepass")) > LONGEST_ID:
            detail = f"{told_by}: {len(call.id):,} characters; {LONGEST_ID:,} bytes are allowed"
            self.failures.append(Failure(f"{call.id[:60]}…", place.told, "id too long", detail))
        elif call.id in self._ids:
            detail = f"{told_by} gives the id {call.id!r} again; an id is one call's"
            self.failures.append(Failure(call.id, place.told, "same id", detail))
        else:
            self._ids.add(call.id)
            self.calls.append((call, place))

    def add_by_name(self, places: Mapping[Place, str]) -> None:
        """Calls whose id is the file's name without suffix; where several share one, with it.

        Where folders hold files of one name, the ids are the paths in what was named, so that
        another folder gives no id to another recording.

        Args:
            places: the recordings, each with its path in the folder or URL that was named.
        """
        names = {
            place: [storable(n) for n in (PurePosixPath(place.file).stem, place.file, inside)]
            for place, inside in places.items()
        }
        often = [Counter(column) for column in zip(*names.values(), strict=True)]
        for place, forms in names.items():
            alone = (n for n, count in zip(forms, often, strict=True) if count[n] == 1)
            name = told = next((n for n in alone if n not in self._ids), storable(place.told))
            number = 2
            while name in self._ids:
                name, number = f"{told}-{number}", number + 1
            self.add(Call(name, file=storable(place.file)), place, "")


def find_calls(
    paths: Sequence[str | Path], *, metadata: Path | None = None, results: Path | None = None
) -> Inputs:
    """Every call in ``paths``: files, folders, URLs, and manifests.

    A manifest is a table (CSV or Parquet) with a column ``file`` of paths and URLs, and the other
    columns of ``calls.csv``.

    Args:
        metadata: the table of calls; ``None``: ``calls.csv`` beside the recordings, if any.
        results: where results go. That folder is passed over, as is any that holds results.

    Raises:
        QAReviewError: a path doesn't exist, or a URL can't be listed.
        MetadataError: a table can't be read at all.
    """
    found = _Found()
    local: list[Path] = []
    remote: list[str] = []
    for path in paths:
        if is_url(str(path)):
            remote.append(str(path))
        elif Path(path).suffix.lower() in MANIFESTS and Path(path).is_file():
            _add_manifest(Path(path), found)
        else:
            local.append(Path(path))
    if local or metadata:
        _add_local(local, metadata, results, found)
    for url in remote:
        _add_remote(url, found)
    return Inputs(tuple(found.calls), tuple(found.failures), found.ignored)


def _add_manifest(table: Path, found: _Found) -> None:
    """The rows of a manifest; a recording that isn't there fails when its turn comes."""
    read = read_calls(table, anywhere=True)
    found.failures += [Failure("", table.name, "metadata", problem) for problem in read.problems]
    for call in read.calls:
        file = call.file or ""
        place = Place(file) if is_url(file) else Place.of(table.parent / file)
        found.add(replace(call, file=without_secrets(file)), place, str(table))


def _add_remote(url: str, found: _Found) -> None:
    """The recordings under a URL, or the one that it names."""
    places = plug("part", "listed")(url)
    named = url.rstrip("/")
    wanted = [p for p in places if _is_recording(p.file) or p.name.rstrip("/") == named]
    found.ignored += len(places) - len(wanted)
    root = f"{without_secrets(url).rstrip('/')}/"
    found.add_by_name({place: place.told.removeprefix(root) for place in wanted})


def _add_local(
    paths: Sequence[Path], metadata: Path | None, results: Path | None, found: _Found
) -> None:
    there = {path: _files(path, results, found) for path in paths}
    files, ignored = _recordings(there)
    found.ignored += ignored
    beside = {_folder(path) / METADATA for path in paths}
    inside = {file for files in there.values() for file in files if file.name == METADATA}
    tables = [metadata] if metadata else sorted(beside | inside)
    folders = {path.resolve() for path in paths if path.is_dir()}
    wanted = {_real(file): file for file in files}
    known: set[Path] = set()
    for table in tables:
        if metadata or table.is_file():
            for call, path in _listed(table, wanted, folders, found):
                found.add(call, Place.of(path), str(table))
                known.add(_real(path))
    found.add_by_name({Place.of(f): name for f, name in files.items() if _real(f) not in known})


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _real(path: Path) -> Path:
    """Where a path leads; itself, where it leads back to itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _is_recording(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _files(path: Path, results: Path | None, found: _Found) -> list[Path]:
    """All files in a folder, in order, without folders of results; a file itself.

    Raises:
        QAReviewError: there is no such path.
    """
    if not path.exists():
        raise QAReviewError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    ours = results.resolve() if results else None

    def skip(folder: Path, names: frozenset[str]) -> bool:
        if folder == path:  # who names it means it
            return False
        return STORE in names or {POINTER, RUN} <= names or folder.resolve() == ours

    def lost(error: OSError) -> None:
        folder = Path(error.filename).relative_to(path).as_posix()
        told = f"the folder can't be listed: {error.strerror}"
        found.failures.append(Failure("", storable(folder), "unreadable", told))

    return sorted(files_in(path, skip=skip, lost=lost))


def _recordings(there: Mapping[Path, Sequence[Path]]) -> tuple[dict[Path, str], int]:
    """The recordings, each with its path in the folder that was named, and how many are none.

    A recording that several links lead to is one.
    """
    found: dict[Path, tuple[Path, str]] = {}
    ignored = 0
    for path, inside in there.items():
        for file in inside:
            if path.is_dir() and not _is_recording(file.name):
                ignored += file.is_file() and file.name != METADATA
                continue
            # a pipe, or a link that leads nowhere, is a recording by its name: its turn tells why
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            found.setdefault(_real(file), (file, name))
    return dict(found.values()), ignored


def _listed(
    table: Path, wanted: dict[Path, Path], folders: set[Path], found: _Found
) -> list[tuple[Call, Path]]:
    """The rows of a table whose file is there, and a failure for each problem and missing file.

    A file that a row names is a recording whatever its suffix, when its folder is reviewed whole.
    """
    read = read_calls(table)
    found.failures += [Failure("", table.name, "metadata", problem) for problem in read.problems]
    calls = []
    for call in read.calls:
        path = table.parent / (call.file or "")
        there = _real(path)
        inside = any(there.is_relative_to(folder) for folder in folders)
        if there in wanted:
            calls.append((call, wanted[there]))
        elif inside and path.is_file():
            calls.append((call, path))
        elif inside:
            detail = f"{table.name} lists {call.file}, which is not there"
            found.failures.append(Failure(call.id, call.file or "", "no such file", detail))
    return calls
