"""Keeps a process off the network: only this machine's own addresses and sockets are let through.

Every attempt is written to the file that ``QA_REVIEW_NETWORK_LOG`` names, so that one which a
library swallows is found all the same.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

LOG = "QA_REVIEW_NETWORK_LOG"
HOME = {"localhost", "localhost.localdomain", "", None}


class NetworkBlocked(OSError):
    """A test tried to reach another host."""


def is_home(host: Any) -> bool:
    """Whether ``host`` is this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in HOME:
        return True
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse(what: str) -> None:
    log = os.environ.get(LOG)
    if log:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(what + "\n")
    raise NetworkBlocked(f"a test tried to reach {what}")


def attempts() -> list[str]:
    """Every attempt so far, by this process or a child."""
    log = Path(os.environ.get(LOG, ""))
    return log.read_text(encoding="utf-8").splitlines() if log.is_file() else []


def block() -> None:
    """Refuse every connection, datagram and name look-up that leaves this machine."""
    guarded = [
        ("connect", socket.socket.connect),
        ("connect_ex", socket.socket.connect_ex),
        ("sendto", socket.socket.sendto),
    ]
    for name, method in guarded:
        setattr(socket.socket, name, _guarded(method))
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        if not is_home(host):
            refuse(f"the address of {host!r}")
        return look_up(host, *rest, **more)

    socket.getaddrinfo = getaddrinfo


def _guarded(method: Any) -> Any:
    def call(self: socket.socket, *args: Any) -> Any:
        where = args[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_home(where[0]):
            refuse(f"{where[0]!r}, port {where[1]}")
        return method(self, *args)

    return call
