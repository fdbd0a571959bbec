"""A zone's walls: its network namespace, its mount namespace, and for a second zone a host name of its own.

Bind mounts made inside never show on the host and vanish with the last process. Nothing here knows services;
what crosses the walls is in localcloud.links.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from localcloud import zones
from localcloud.errors import CloudError
from localcloud.zones import Zone

CLONE_NEWNET = 0x40000000
QEMU = "/usr/bin/qemu-system-x86_64"
LIBVIRT_FOLDERS = {"lib": "/var/lib/libvirt", "cache": "/var/cache/libvirt", "log": "/var/log/libvirt"}


def run(*command: str, check: bool = True, stdin: str | None = None) -> str:
    """Run a short command and return what it printed; its own words are the error."""
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, check=False)
    if check and done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise CloudError(f"{' '.join(command[:3])} failed: {words[-1] if words else done.returncode}")
    return done.stdout


def is_mounted(path: Path) -> bool:
    """Whether something is mounted exactly there."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split()[4] == str(path) for line in lines)


def enter(zone: Zone) -> list[str]:
    """The command prefix that puts a process behind the walls."""
    files = (f"--{kind}={path}" for kind, path in zone.namespace_files.items())
    return ["nsenter", *files, "--wd=/", "--"]


def stand(zone: Zone) -> bool:
    """Whether the walls are complete."""
    complete = all(is_mounted(path) for path in zone.namespace_files.values())
    return complete and (zone.sock / "walls").exists()


def mark(zone: Zone) -> None:
    """Say that the walls stand, once what crosses them does too."""
    (zone.sock / "walls").touch()


def _inside_script(zone: Zone) -> str:
    """What is mounted inside: fresh /sys, an own /run, libvirt's folders and the qemu wrapper."""
    cloud = zone.cloud
    stage = cloud.folder("run") / "inside"
    sock = cloud.sock.relative_to("/run")
    lines = [
        # Copies of other clouds' namespace files would keep those namespaces alive.
        "for m in $(awk '$3 == \"nsfs\" {print $2}' /proc/mounts); do umount -l $m; done",
        "umount -l /sys; mount -t sysfs sysfs /sys",
        f"mkdir -p {stage} && mount -t tmpfs -o mode=755 tmpfs {stage}",
        f"mkdir -p {stage}/{sock} {stage}/libvirt {stage}/lock",
        f"mount --bind {cloud.sock} {stage}/{sock}",
        f"ln -s {zone.sock}/ovs {stage}/openvswitch",
        f"mkdir -p {stage}/qemu/usr/bin && touch {stage}/qemu{QEMU}",
        # qemu finds its firmware relative to its own path.
        f"ln -s /usr/share {stage}/qemu/usr/share && ln -s /usr/lib {stage}/qemu/usr/lib",
        f"mount --bind {QEMU} {stage}/qemu{QEMU}",
        f"mount --rbind {stage} /run && umount -R {stage}",
        f"mount --bind {zone.etc}/libvirt/qemu-wrapper {QEMU}",
        f"mount --bind {zone.etc}/libvirt /etc/libvirt",
        *(f"mount --bind {zone.state}/libvirt/{kind} {place}" for kind, place in LIBVIRT_FOLDERS.items()),
        "ip link set lo up",
    ]
    if not zone.is_first:
        # nova and placement know a hypervisor by the machine's name, which must differ.
        lines.append(f"echo {zone.host} > /proc/sys/kernel/hostname")
    return "\n".join(lines)


def raise_walls(zone: Zone) -> None:
    """Make the namespaces; half-made ones of a killed run are removed first."""
    raze(zone)
    for kind in LIBVIRT_FOLDERS:
        (zone.state / "libvirt" / kind).mkdir(parents=True, exist_ok=True)
    (zone.etc / "libvirt").mkdir(parents=True, exist_ok=True)
    for folder in (zone.sock, zone.netns_file.parent, zone.cloud.folder("run")):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("ovs", "ovn", "libvirt"):
        (zone.sock / name).mkdir(exist_ok=True)
    if zone.is_first:
        # A namespace file must lie on a private mount, or the kernel refuses to bind it.
        run("mount", "--bind", str(zone.sock), str(zone.sock))
        run("mount", "--make-private", str(zone.sock))
    for path in zone.namespace_files.values():
        path.touch()
    run("unshare", f"--net={zone.netns_file}", "true")
    others = [f"--{kind}={path}" for kind, path in zone.namespace_files.items() if kind != "net"]
    run(
        *("nsenter", f"--net={zone.netns_file}"),
        *("unshare", *others, "--propagation", "slave"),
        *("sh", "-euc", _inside_script(zone)),
    )


def inmates(zone: Zone) -> list[int]:
    """Processes that live in the network namespace."""
    if not is_mounted(zone.netns_file):
        return []
    return [int(pid) for pid in run("ip", "netns", "pids", zone.netns, check=False).split()]


def end_inmates(zone: Zone) -> set[int]:
    """Kill whatever lives inside until nothing does, at most 20 seconds; says which processes that were."""
    deadline = time.monotonic() + 20
    ended: set[int] = set()
    while (pids := inmates(zone)) and time.monotonic() < deadline:
        for pid in pids:
            ended.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    return ended


def raze(zone: Zone) -> None:
    """End what is still inside, then remove namespaces, mounts and sockets; the first zone ends with all."""
    if zone.is_first:
        for added in zones.possible(zone.cloud)[1:]:
            raze(added)
    end_inmates(zone)
    if zone.is_first:
        # The others' links have both ends in namespaces, with which they vanish.
        run("ip", "link", "delete", zone.cloud.veth, check=False)
    paths = [path for kind, path in zone.namespace_files.items() if kind != "net"]
    for path in (*paths, zone.sock, zone.netns_file):
        while is_mounted(path):
            run("umount", "-l", str(path))
    zone.netns_file.unlink(missing_ok=True)
    run("rm", "-rf", str(zone.sock))
    for folder in (zone.sock.parent, zone.netns_file.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()


def connect(zone: Zone, port: int, timeout: float = 2.0) -> socket.socket:
    """A TCP connection to 127.0.0.1:port inside the namespace; a socket keeps the namespace it was made in.

    Only the calling thread changes its namespace, and changes back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as home, zone.netns_file.open("rb") as inside:
        if libc.setns(inside.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "cannot enter the network namespace")
        try:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)
    made.settimeout(timeout)
    try:
        made.connect(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made
