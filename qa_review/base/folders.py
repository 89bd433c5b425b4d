"""The files in a folder: hidden ones aside, links followed, nothing passed over in silence."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path


def files_in(
    folder: Path,
    *,
    skip: Callable[[Path, frozenset[str]], bool],
    lost: Callable[[OSError], None],
) -> Iterator[Path]:
    """Every file in a folder and in those inside it, by name.

    Linked folders come after all others, and none is entered twice, so links may lead in circles.
    A link that leads nowhere is a file.

    Args:
        skip: whether to pass a folder over with all in it, by its path and the names in it.
        lost: told of each folder that can't be listed.
    """
    entered: set[Path] = set()
    later = deque([folder])
    while later:
        for inside, folders, files in os.walk(later.popleft(), onerror=lost):
            here = Path(inside)
            shown = sorted(name for name in folders if not name.startswith("."))
            folders.clear()
            real = here.resolve()
            if real in entered or skip(here, frozenset([*shown, *files])):
                continue
            entered.add(real)
            linked = {name for name in shown if (here / name).is_symlink()}
            later.extend(here / name for name in shown if name in linked)
            folders += [name for name in shown if name not in linked]
            yield from (here / name for name in sorted(files) if not name.startswith("."))
