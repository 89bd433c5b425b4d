"""Secret keys, in files that only their owner can read.

A rater has one key, which signs ballots and opens the rater's own copies; a session's key lies
with its lead until the reveal. They lie in ``$QA_REVIEW_KEYS``, else ``~/.qa_review/keys``, and
never in a store. A key that is lost can't be replaced: a rater who lost theirs asks for another
seat under another name; a session whose key is lost can't be revealed.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from qa_review.base.errors import NotAllowed
from qa_review.keep.folder import file_name
from qa_review.meet import nacl


def keys_folder() -> Path:
    """Where keys lie unless told otherwise."""
    given = os.environ.get("QA_REVIEW_KEYS")
    return Path(given) if given else Path.home() / ".qa_review" / "keys"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in one folder; it is made when the first key is."""

    folder: Path = field(default_factory=keys_folder)

    def signer(self, rater: str) -> str:
        """The key of a rater, made when there is none."""
        path = self._path("rater", rater)
        return _read(path) if path.exists() else self._keep(path, nacl.new_signer())

    def has_signer(self, rater: str) -> bool:
        return self._path("rater", rater).exists()

    def keep_seal(self, session_id: str, secret: str) -> Path:
        """Keep the secret key of a session; where it lies."""
        path = self._path("session", session_id)
        self._keep(path, secret)
        return path

    def seal(self, session_id: str) -> str:
        """The secret key of a session.

        Raises:
            NotAllowed: it isn't in this folder.
        """
        path = self._path("session", session_id)
        if not path.exists():
            raise NotAllowed(
                f"{path} is missing: ballots can only be revealed with the key that their lead "
                "has; it was made there when the session was created"
            )
        return _read(path)

    def _path(self, kind: str, name: str) -> Path:
        return self.folder / f"{kind}-{file_name(name)}.key"

    def _keep(self, path: Path, secret: str) -> str:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # fails when another process kept one first
        except FileExistsError:
            return _read(path)
        finally:
            part.unlink()
        return secret


def _read(path: Path) -> str:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise NotAllowed(f"{path} can be read by others: chmod 600 {path}, and ask who has")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise NotAllowed(f"{path} holds no key: it must be 64 hexadecimal digits")
    return text
