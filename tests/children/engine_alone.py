"""Runs a command where there is no network but this machine's own, and sees that nothing tried.

    unshare --map-root-user --net python engine_alone.py COMMAND...

The kernel counts what finds no way out, whoever tries and in whatever language.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
from pathlib import Path

UP = 0x1
GET_FLAGS, SET_FLAGS, SET_ADDRESS = 0x8913, 0x8914, 0x8916  # of netdevice(7)
ANOTHER = "198.51.100.7"  # from the addresses that are nobody's


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh22x", b"lo", 0)
        _, flags = struct.unpack("16sh22x", fcntl.ioctl(any_socket, GET_FLAGS, asked))
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh22x", b"lo", flags | UP))
        # an address that others could reach: without one many don't even try to reach others
        address = struct.pack("16sh2x4s16x", b"lo:1", socket.AF_INET, socket.inet_aton(ANOTHER))
        fcntl.ioctl(any_socket, SET_ADDRESS, address)


def no_way_out() -> int:
    """How often anything here tried to reach another host."""
    names, values = [
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines()
        if line.startswith("Ip: ")
    ]  # fmt: skip
    tried = int(values[names.index("OutNoRoutes")])
    six = Path("/proc/net/snmp6")
    for line in six.read_text().splitlines() if six.is_file() else ():
        if line.startswith("Ip6OutNoRoutes"):
            tried += int(line.split()[1])
    return tried


if __name__ == "__main__":
    loopback_up()
    status = subprocess.run(sys.argv[1:], check=False).returncode
    print("tried to reach other hosts:", no_way_out())
    sys.exit(status)
