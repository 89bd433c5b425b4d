"""The files in folders: hidden ones aside, links followed, nothing passed over in silence."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

NOBODYS = "lost+found"
"""a folder that a file system makes for itself"""
NOWHERE = "the link leads nowhere, or where this user may not look"
Skip = Callable[[Path, frozenset[str]], bool]
"""whether to pass a folder over with all in it, by where it really is and the names in it"""


def real_path(path: Path) -> Path:
    """Where a path leads; itself, where it leads back to itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def files_in(folder: Path, *, skip: Skip, lost: Callable[[OSError], None]) -> Iterator[Path]:
    """Every file in a folder and in those inside it, by name.

    Linked folders come after all others, and none is entered twice, so links may lead in circles.
    A link that leads nowhere is a file.

    Args:
        lost: told of each folder that can't be listed; one that is gone meanwhile is none.
    """

    def told(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            lost(error)

    entered: set[Path] = set()
    later = deque([folder])
    while later:
        for inside, folders, files in os.walk(later.popleft(), onerror=told):
            here, real = Path(inside), real_path(Path(inside))
            shown = sorted(n for n in folders if not n.startswith(".") and n != NOBODYS)
            folders.clear()
            if real in entered or skip(real, frozenset([*shown, *files])):
                continue
            entered.add(real)
            linked = {name for name in shown if _is_link(here / name)}
            later.extend(here / name for name in shown if name in linked)
            folders += [name for name in shown if name not in linked]
            yield from (here / name for name in sorted(files) if not name.startswith("."))


def unlisted(error: OSError) -> str:
    """What to tell a person of a folder that can't be listed."""
    return f"the folder can't be listed: {error.strerror}"


def is_broken_link(path: Path) -> bool:
    """Whether a path is a link that leads nowhere, or where this user may not look."""
    return _is_link(path) and not os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Whether a path is a file, or a link to one; no, where this user may not look."""
    return os.path.isfile(path)  # noqa: PTH113


def _is_link(path: Path) -> bool:
    return os.path.islink(path)  # noqa: PTH114  # Path's own raise where one may not look


def once_each(named: Mapping[Path, Iterable[Path]]) -> list[tuple[Path, Path]]:
    """Each file once, after the path under which it was found, in the order of both.

    Where several names lead to one file it has one that leads there without a link, if there is
    one, so that a link that is added takes nothing from it.

    Args:
        named: paths, and the files that were found in each; a file has itself.
    """
    found: dict[Path, tuple[bool, Path, Path]] = {}
    for root, files in named.items():
        base = real_path(root)
        for file in files:
            real = real_path(file)
            straight = file == root or real == base / file.relative_to(root)
            if real not in found or (straight and not found[real][0]):
                found[real] = straight, root, file
    order = {root: number for number, root in enumerate(named)}
    pairs = [(root, file) for _, root, file in found.values()]
    return sorted(pairs, key=lambda pair: (order[pair[0]], pair[1]))
