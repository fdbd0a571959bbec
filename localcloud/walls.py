"""The cloud's walls: one network namespace, one mount namespace, one veth pair.

Bind mounts made inside never show on the host and vanish with the last process. Nothing here knows services.
"""

import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from localcloud import model
from localcloud.errors import CloudError
from localcloud.model import Cloud

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


def enter(cloud: Cloud) -> list[str]:
    """The command prefix that puts a process behind the walls."""
    return ["nsenter", f"--net={cloud.netns_file}", f"--mount={cloud.mount_file}", "--wd=/", "--"]


def stand(cloud: Cloud) -> bool:
    """Whether the walls are complete."""
    complete = is_mounted(cloud.netns_file) and is_mounted(cloud.mount_file)
    return complete and (cloud.sock / "walls").exists()


def _inside_script(cloud: Cloud) -> str:
    """What is mounted inside: fresh /sys, an own /run, libvirt's folders and the qemu wrapper."""
    stage = cloud.folder("run") / "inside"
    libvirt = cloud.folder("state") / "libvirt"
    sock = cloud.sock.relative_to("/run")
    lines = [
        # Copies of other clouds' namespace files would keep those namespaces alive.
        "for m in $(awk '$3 == \"nsfs\" {print $2}' /proc/mounts); do umount -l $m; done",
        "umount -l /sys; mount -t sysfs sysfs /sys",
        f"mkdir -p {stage} && mount -t tmpfs -o mode=755 tmpfs {stage}",
        f"mkdir -p {stage}/{sock} {stage}/libvirt {stage}/lock",
        f"mount --bind {cloud.sock} {stage}/{sock}",
        f"ln -s {cloud.sock}/ovs {stage}/openvswitch",
        f"mkdir -p {stage}/qemu/usr/bin && touch {stage}/qemu{QEMU}",
        # qemu finds its firmware relative to its own path.
        f"ln -s /usr/share {stage}/qemu/usr/share && ln -s /usr/lib {stage}/qemu/usr/lib",
        f"mount --bind {QEMU} {stage}/qemu{QEMU}",
        f"mount --rbind {stage} /run && umount -R {stage}",
        f"mount --bind {cloud.folder('etc')}/libvirt/qemu-wrapper {QEMU}",
        f"mount --bind {cloud.folder('etc')}/libvirt /etc/libvirt",
        *(f"mount --bind {libvirt}/{kind} {place}" for kind, place in LIBVIRT_FOLDERS.items()),
        "ip link set lo up",
        f"ip address add {model.SERVICE_ADDRESS}/32 dev lo",
        "echo 1 > /proc/sys/net/ipv4/ip_forward",
    ]
    return "\n".join(lines)


def raise_walls(cloud: Cloud) -> None:
    """Make both namespaces and the veth pair; half-made ones of a killed run are removed first."""
    if stand(cloud):
        return
    raze(cloud)
    for kind in LIBVIRT_FOLDERS:
        (cloud.folder("state") / "libvirt" / kind).mkdir(parents=True, exist_ok=True)
    (cloud.folder("etc") / "libvirt").mkdir(parents=True, exist_ok=True)
    for folder in (cloud.sock, cloud.netns_file.parent, cloud.folder("run")):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("ovs", "ovn", "libvirt"):
        (cloud.sock / name).mkdir(exist_ok=True)
    # A namespace file must lie on a private mount, or the kernel refuses to bind it.
    run("mount", "--bind", str(cloud.sock), str(cloud.sock))
    run("mount", "--make-private", str(cloud.sock))
    cloud.netns_file.touch()
    cloud.mount_file.touch()
    run("unshare", f"--net={cloud.netns_file}", "true")
    run(
        "nsenter",
        f"--net={cloud.netns_file}",
        "unshare",
        f"--mount={cloud.mount_file}",
        "--propagation",
        "slave",
        "sh",
        "-euc",
        _inside_script(cloud),
    )
    run("ip", "link", "add", cloud.veth, "type", "veth", "peer", "name", "uplink", "netns", cloud.netns)
    run("ip", "address", "add", f"{cloud.outer_address}/30", "dev", cloud.veth)
    run("ip", "link", "set", cloud.veth, "up")
    run("ip", "-n", cloud.netns, "address", "add", f"{cloud.inner_address}/30", "dev", "uplink")
    run("ip", "-n", cloud.netns, "link", "set", "uplink", "up")
    # Guests answer the host and never call it: the veth is the way in, not a way out.
    new = ("-i", "br-ex", "-o", "uplink", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP")
    run(*enter(cloud), "iptables", "-w", "-A", "FORWARD", *new)
    run("ip", "route", "add", cloud.external_cidr, "via", cloud.inner_address)
    (cloud.sock / "walls").touch()


def inmates(cloud: Cloud) -> list[int]:
    """Processes that live in the network namespace."""
    if not is_mounted(cloud.netns_file):
        return []
    return [int(pid) for pid in run("ip", "netns", "pids", cloud.netns, check=False).split()]


def raze(cloud: Cloud) -> None:
    """End whatever is still inside, then remove veth, namespaces, mounts and sockets."""
    deadline = time.monotonic() + 20
    while (pids := inmates(cloud)) and time.monotonic() < deadline:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)
    run("ip", "link", "delete", cloud.veth, check=False)
    for path in (cloud.mount_file, cloud.sock, cloud.netns_file):
        while is_mounted(path):
            run("umount", "-l", str(path))
    cloud.netns_file.unlink(missing_ok=True)
    run("rm", "-rf", str(cloud.sock))
    for folder in (cloud.sock.parent, cloud.netns_file.parent):
        try:
            folder.rmdir()
        except OSError:
            continue


def connect(cloud: Cloud, port: int, timeout: float = 2.0) -> socket.socket:
    """A TCP connection to 127.0.0.1:port inside the namespace; a socket keeps the namespace it was made in.

    Only the calling thread changes its namespace, and changes back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as home, cloud.netns_file.open("rb") as inside:
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
