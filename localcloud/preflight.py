"""Is this machine fit for a cloud? Gathers facts, then judges them; one clear line a problem."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.model import SLOTS, Cloud, clouds_root, unpacked

MEMORY_MIB = 6144
"""The services take 3 to 4 GiB; the rest is for two small guests."""
ZONE_MIB = 1536
"""A second hypervisor's own processes, and one small guest in it."""
DISK_MIB = 12288
LONGEST_ROOT = 150

# A binary of each Debian package that the services start.
BINARIES = {
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "memcached": "memcached",
    "epmd": "erlang-base",
    "/usr/lib/rabbitmq/bin/rabbitmq-server": "rabbitmq-server",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovsdb-tool": "openvswitch-switch",
    "ovn-northd": "ovn-central",
    "ovn-controller": "ovn-host",
    "libvirtd": "libvirt-daemon",
    "virtlogd": "libvirt-daemon",
    "virsh": "libvirt-clients",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "genisoimage": "genisoimage",
    "cryptsetup": "cryptsetup-bin",
    "haproxy": "haproxy",
    "apt-cacher-ng": "apt-cacher-ng",
    "zstd": "zstd",
    "sh": "dash",
    "ip": "iproute2",
    "iptables": "iptables",
    "nsenter": "util-linux",
    "unshare": "util-linux",
}
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Facts:
    """What was found; `taken` has (address:port, process id, command), `routes` colliding host routes."""

    root: bool = True
    memory_mib: int = MEMORY_MIB
    needed_mib: int = MEMORY_MIB
    disk_mib: int = DISK_MIB
    folder: str = ""
    missing: tuple[str, ...] = ()
    taken: tuple[tuple[str, str, str], ...] = ()
    routes: tuple[str, ...] = field(default=())


def judge(facts: Facts) -> list[str]:
    """One line a problem: what, where, how to fix it."""
    found = []
    if not facts.root:
        found.append("not root: namespaces and bridges need it; run with sudo")
    if facts.missing:
        found.append(f"Debian packages missing: {' '.join(facts.missing)}; run `make deps`")
    if facts.memory_mib < facts.needed_mib:
        found.append(
            f"{facts.memory_mib} MiB of memory available, {facts.needed_mib} needed: end something or add "
            "memory"
        )
    if facts.disk_mib < DISK_MIB:
        found.append(
            f"{facts.disk_mib} MiB free under {facts.folder}, {DISK_MIB} needed: make room, or set "
            "SOCLE_STATE to another disk"
        )
    if len(facts.folder) > LONGEST_ROOT:
        found.append(
            f"{facts.folder} is too long a path ({len(facts.folder)} characters): set SOCLE_STATE shorter"
        )
    found += [
        f"{where} is taken by {command} (pid {pid}): end it first" for where, pid, command in facts.taken
    ]
    found += [f"the host has a route that collides: `{route}`; remove it first" for route in facts.routes]
    return found


def missing_packages() -> tuple[str, ...]:
    """Debian packages whose binaries are not there."""
    wanted = BINARIES | {str(unpacked("chrony") / "usr/sbin/chronyd"): "chrony (unpacked)"}
    return tuple(
        sorted({package for binary, package in wanted.items() if not shutil.which(binary, path=SEARCH)})
    )


def available_mib() -> int:
    """Memory that can be had without swapping."""
    found = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
    return int(found.group(1)) // 1024 if found else 0


def listeners(cloud: Cloud, ports: list[int]) -> tuple[tuple[str, str, str], ...]:
    """Who listens where the cloud wants to."""
    out = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=False).stdout
    found = []
    for line in out.splitlines():
        local = line.split()[3]
        address, _, port = local.rpartition(":")
        if address in (cloud.public_address, "0.0.0.0", "*") and int(port) in ports:  # noqa: S104
            users = re.search(r'\(\("([^"]+)",pid=(\d+)', line)
            found.append(
                (local, users.group(2) if users else "?", users.group(1) if users else "another process")
            )
    return tuple(found)


def colliding_routes(cloud: Cloud) -> tuple[str, ...]:
    """Host routes to the cloud's networks that are not its own."""
    out = subprocess.run(["ip", "-4", "route"], capture_output=True, text=True, check=False).stdout
    nets = (cloud.external_cidr.split("/")[0], f"198.18.{cloud.slot}.")
    return tuple(
        line.strip() for line in out.splitlines() if line.startswith(nets) and cloud.veth not in line
    )


def needed_mib(*, running: bool, added: int) -> int:
    """Memory for what does not run yet; `added`: zones beside the first that do not stand."""
    return (0 if running else MEMORY_MIB) + added * ZONE_MIB


def gather(cloud: Cloud, ports: list[int], *, running: bool, needed_mib: int) -> Facts:
    """Look at the machine; a cloud that already runs is not measured against itself."""
    if os.geteuid() != 0:
        return Facts(root=False)
    missing = missing_packages()
    if running:
        return Facts(
            memory_mib=available_mib(), needed_mib=needed_mib, missing=missing, folder=str(cloud.root)
        )
    return Facts(
        memory_mib=available_mib(),
        needed_mib=needed_mib,
        disk_mib=shutil.disk_usage(cloud.root).free // 2**20,
        folder=str(cloud.root),
        missing=missing,
        taken=listeners(cloud, ports) if "iproute2" not in missing else (),
        routes=colliding_routes(cloud) if "iproute2" not in missing else (),
    )


def free_slot(taken: set[int]) -> int | None:
    """The first slot nobody has, or none when all are taken."""
    return next((slot for slot in range(SLOTS) if slot not in taken), None)


def taken_slots(but: str) -> set[int]:
    """Slots recorded by other clouds, of any state, and those of veth pairs that stand."""
    slots = set()
    for path in clouds_root().glob("*/facts.json"):
        if path.parent.name != but and (found := re.search(r'"slot": (\d+)', path.read_text())):
            slots.add(int(found.group(1)))
    links = (path.name.removeprefix("socle") for path in Path("/sys/class/net").glob("socle*"))
    return slots | {int(number) for number in links if number.isdigit()}
