"""What a run left on the machine: processes, mounts, interfaces, namespaces, routes, listening sockets.

Take a `Snapshot` before and one after; `left_since` names everything that is new, so that a test can show
that `down` leaves nothing. Only reads /proc and asks `ip`; ends nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

# Programs that the embedded cloud or the tool chain starts. A machine that is in use has other new
# processes too; these, and whatever works inside one of Socle's folders, are ours.
# (The kernel cuts a process's name to 15 characters.)
OURS = frozenset(
    (
        "apt-cacher-ng",
        "beam.smp",
        "chronyd",
        "dnsmasq",
        "epmd",
        "erl_child_setup",
        "haproxy",
        "libvirtd",
        "mariadbd",
        "memcached",
        "neutron-server",
        "ovn-controller",
        "ovn-northd",
        "ovsdb-server",
        "ovs-vswitchd",
        "privsep-helper",
        "pulumi",
        "pulumi-language",
        "pulumi-resource",
        "qemu-system-x86",
        "rabbitmq-server",
        "uwsgi",
        "virtlogd",
    )
)


def socle_folders() -> tuple[str, ...]:
    """The folders that hold Socle's caches and state on this machine."""

    def folder(own: str, base: str, fallback: str) -> str:
        return os.environ.get(own) or str(Path(os.environ.get(base) or Path.home() / fallback) / "socle")

    return folder("SOCLE_CACHE", "XDG_CACHE_HOME", ".cache"), folder(
        "SOCLE_STATE", "XDG_STATE_HOME", ".local/state"
    )


def _processes() -> frozenset[str]:
    folders, found = socle_folders(), set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            started = (entry / "stat").read_text().rpartition(")")[2].split()[19]
            name = (entry / "comm").read_text().strip()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # it ended while we looked
        if state != "Z" and (name in OURS or any(folder in command for folder in folders)):
            found.add(f"{entry.name}@{started} {command[:160]}")
    return frozenset(found)


def _mounts() -> frozenset[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return frozenset(f"{line.split()[4]} ({line.split(' - ')[1].split()[0]})" for line in lines)


def _ip(*arguments: str) -> list[dict[str, object]]:
    answer = subprocess.run(["ip", "-j", *arguments], capture_output=True, text=True, check=True).stdout
    return json.loads(answer) if answer.strip() else []


def _listening() -> frozenset[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A":
                found.add(f"{table} {columns[1]}")
    return frozenset(found)


@dataclass(frozen=True)
class Snapshot:
    """One look at the machine; every field is a set of readable lines."""

    processes: frozenset[str]
    mounts: frozenset[str]
    interfaces: frozenset[str]
    namespaces: frozenset[str]
    routes: frozenset[str]
    listening: frozenset[str]
    loop_devices: frozenset[str]

    @classmethod
    def take(cls) -> Snapshot:
        """Read the machine's present state; raises CalledProcessError when `ip` fails."""
        loops = Path("/sys/block").glob("loop*/loop/backing_file")
        return cls(
            processes=_processes(),
            mounts=_mounts(),
            interfaces=frozenset(str(link["ifname"]) for link in _ip("link")),
            namespaces=frozenset(str(space["name"]) for space in _ip("netns", "list")),
            routes=frozenset(f"{r['dst']} via {r.get('gateway', '-')} {r['dev']}" for r in _ip("route")),
            listening=_listening(),
            loop_devices=frozenset(f.read_text().strip() for f in loops),
        )

    def left_since(self, before: Snapshot) -> dict[str, list[str]]:
        """What this snapshot has that `before` had not, by kind; empty when nothing was left."""
        new = {f.name: sorted(getattr(self, f.name) - getattr(before, f.name)) for f in fields(self)}
        return {kind: lines for kind, lines in new.items() if lines}
