"""The notebooks that come with the package, copied to where a person works with them.

A notebook that a person changed, or made, is never written over: the new one is put beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.files import whole
from qa_review.base.resources import folder as shipped_folder
from qa_review.keep.folder import write_text

MANIFEST = ".qa_review_notebooks.json"
"""in the working folder: the digest of each notebook as it was last put, or offered, there"""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one notebook: ``new``, ``as it was``, ``renewed``, ``kept`` or ``beside``.

    ``kept`` is a person's own that the package has nothing newer for; ``beside`` one that it has,
    which is now at ``path``.
    """

    name: str
    what: str
    path: Path


def copy_notebooks(into: Path, source: Path | None = None) -> tuple[Copied, ...]:
    """Copy every shipped notebook into the folder, which is made; what became of each.

    Raises:
        OSError: the folder can't be made or written to.
    """
    source = source or shipped_folder("notebooks")
    into.mkdir(parents=True, exist_ok=True)
    before = _manifest(into)
    digests = dict(before)
    done = []
    for path in sorted(source.glob("*.ipynb")):
        done.append(_copy(path, into, digests))
    if digests != before:
        write_text(into / MANIFEST, json.dumps(digests, indent=1, sort_keys=True) + "\n")
    return tuple(done)


def _manifest(into: Path) -> dict[str, str]:
    try:
        stored = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # then every notebook that differs counts as a person's own
    return {str(k): str(v) for k, v in stored.items()} if isinstance(stored, dict) else {}


def _copy(path: Path, into: Path, digests: dict[str, str]) -> Copied:
    content = path.read_bytes()
    new, last = _digest(content), digests.get(path.name)
    target = into / path.name
    digests[path.name] = new
    if _put_new(target, content):
        return Copied(path.name, "new", target)
    here = _digest_of(target)
    if here == new:
        return Copied(path.name, "as it was", target)
    if here is not None and here == last:
        _replace(target, content)
        return Copied(path.name, "renewed", target)
    if new == last:
        return Copied(path.name, "kept", target)
    return Copied(path.name, "beside", _put_beside(target, content))


def _put_beside(target: Path, content: bytes) -> Path:
    number = 1
    while True:
        mark = "new" if number == 1 else f"new{number}"
        beside = target.with_name(f"{target.stem}.{mark}{target.suffix}")
        if _put_new(beside, content) or _digest_of(beside) == _digest(content):
            return beside
        number += 1


def _put_new(target: Path, content: bytes) -> bool:
    """Write a file where there is nothing, not even a link; false when there is something."""
    if os.path.lexists(target):
        return False
    try:
        with target.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False  # someone was quicker
    return True


def _replace(target: Path, content: bytes) -> None:
    with whole(target) as part:
        part.write_bytes(content)


def _digest_of(path: Path) -> str | None:
    """The digest of a file; ``None`` for what isn't a plain file of its own."""
    if path.is_symlink() or not path.is_file():
        return None
    return _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
