"""What this machine knows: what kind of disk a file lies on, who listens on a port."""

from __future__ import annotations

from pathlib import Path

import psutil

OVER_A_NETWORK = {
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.davfs", "fuse.glusterfs",
    "fuse.s3fs", "fuse.sshfs", "fuse.rclone", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs",
    "nfs", "nfs4", "ocfs2", "orangefs", "smb", "smb2", "smb3", "smbfs", "vboxsf", "webdav",
}  # fmt: skip
"""file systems on which several machines, or their locks, meet"""


def listens(process: int, port: int) -> bool:
    """Whether a process listens on a port; true where the system doesn't tell."""
    try:
        open_ones = psutil.Process(process).net_connections(kind="tcp")
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in open_ones)


def network_drive(path: Path) -> str:
    """The kind of network drive that ``path`` is on; ``""`` when it is on a disk of this machine.

    A folder that doesn't exist yet is judged by the nearest that does.
    """
    place = path.resolve()
    if str(place).startswith("\\\\"):
        return "a network share"
    mounts = {
        Path(part.mountpoint): (part.fstype.lower(), part.opts)
        for part in psutil.disk_partitions(all=True)
    }
    for folder in (place, *place.parents):
        if folder in mounts:
            kind, options = mounts[folder]
            remote = kind in OVER_A_NETWORK or "remote" in options.split(",")
            return (kind or "a network share") if remote else ""
    return ""
