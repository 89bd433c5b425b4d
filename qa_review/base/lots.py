"""Drawing lots that anyone can draw again.

Every name has a lot: the SHA-256 of ``seed:name``, as 64 hexadecimal digits. The names with the
lowest lots are drawn. So a draw

- is the same on every machine, in any order of the list, in any language with a SHA-256;
- can be checked name by name: ``printf '%s' 'seed:call-0042' | sha256sum`` prints one lot;
- doesn't reshuffle when names are added: those drawn before stay, or give way to a new, lower lot.

It is how ballots are audited (rank by a hash of a public seed and the item), and as random as the
seed: whoever may choose the seed after seeing the list can try seeds until the draw suits them.
So agree on the seed, or on where it will come from, before the list is known.

References
----------
Rivest, R. (2011). Reference implementation code for pseudo-random sampler for election audits.
Ohlsson, E. (1998). Sequential Poisson sampling. J Official Statistics 14, 149-162 (permanent random
numbers: a unit keeps its number, and samples change no more than the list does).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import sha256

Seed = int | str


def lot(seed: Seed, name: str) -> str:
    """The lot of one name, 64 hexadecimal digits, each value as likely as any other.

    Raises:
        ValueError: the seed is empty.

    >>> lot("october", "call-0042")[:16]
    'b2694f9adea9ee93'
    """
    if seed == "":
        raise ValueError("a draw needs a seed: without one nobody can draw it again")
    return sha256(f"{seed}:{name}".encode()).hexdigest()


def by_lot(names: Iterable[str], count: int, *, seed: Seed) -> tuple[str, ...]:
    """The ``count`` names with the lowest lots, lowest first.

    Raises:
        ValueError: a name stands there twice, or there are not so many.

    >>> by_lot(["call-1", "call-2", "call-3"], 2, seed=7) == by_lot(
    ...     ["call-3", "call-2", "call-1"], 2, seed=7
    ... )
    True
    """
    names = list(names)
    if len(set(names)) < len(names):
        raise ValueError("lots are drawn among names that differ; one stands there twice")
    if not 0 <= count <= len(names):
        raise ValueError(f"{count} can't be drawn from {len(names)}")
    return tuple(sorted(names, key=lambda name: lot(seed, name))[:count])


def list_digest(names: Iterable[str]) -> str:
    """The SHA-256 of a list of names, sorted, each followed by a line feed: what ``sort`` makes.

    ``LC_ALL=C sort calls.txt | sha256sum`` prints it of a file with a name a line.

    >>> list_digest(["b", "a"]) == list_digest(["a", "b"])
    True
    """
    found = sha256()
    for name in sorted(names):
        found.update(f"{name}\n".encode())
    return found.hexdigest()


def fresh_seed() -> str:
    """A seed that nobody could foresee: 32 hexadecimal digits from the system's randomness.

    It doesn't show to others that it wasn't chosen: for that, agree on a public source beforehand.
    """
    return secrets.token_hex(16)
