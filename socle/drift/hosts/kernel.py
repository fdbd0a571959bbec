"""What the kernel holds: rules of the packet filter, and mounts. Declared beside found. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from localcloud.image import layout
from socle.drift.hosts.facts import Answers, Facts, Pair

_COUNTED = frozenset(("handle", "packets", "bytes", "index"))
"""What nft numbers by itself."""
_OF_THE_KERNEL = (
    ("/", "rootfs"),
    ("/sys", "sysfs"),
    ("/proc", "proc"),
    ("/dev", "devtmpfs"),
    ("/dev/pts", "devpts"),
    ("/dev/shm", "tmpfs"),  # noqa: S108 - looked at
    ("/dev/mqueue", "mqueue"),
    ("/dev/hugepages", "hugetlbfs"),
    ("/run", "tmpfs"),
    ("/run/lock", "tmpfs"),
    ("/run/user/[0-9]*", "tmpfs"),
    ("/run/credentials/*.service", "tmpfs"),
    ("/sys/fs/cgroup", "cgroup2"),
    ("/sys/fs/pstore", "pstore"),
    ("/sys/fs/bpf", "bpf"),
    ("/sys/kernel/security", "securityfs"),
    ("/sys/kernel/debug", "debugfs"),
    ("/sys/kernel/tracing", "tracefs"),
    ("/sys/kernel/config", "configfs"),
    ("/sys/fs/fuse/connections", "fusectl"),
    ("/proc/sys/fs/binfmt_misc", "autofs"),
)
"""File systems without a device that systemd mounts on any host, each at its own place."""


def firewall(_facts: Facts, answers: Answers) -> Pair:
    """Each rule, chain and table that the kernel holds beside those of the role's file, by nft's own words.

    That the file is the role's is judged with the other files.
    """
    said, pair = answers.value("ruleset"), Pair()
    for entry in _entries(said["loaded"]):
        pair.add(_name(entry), place="as in the file")
    file = Pair()
    for entry in _entries(said["declared"]):
        file.add(_name(entry), place="as in the file")
    pair.declared = file.found
    there = [name for name in pair.found if name in file.found]
    wanted = [name for name in file.found if name in pair.found]
    # Rules are asked one after the other: the same ones in another order open something else.
    moved = next((number for number, name in enumerate(there) if name != wanted[number]), None)
    if moved is not None:
        pair.found[there[moved]]["place"] = f"number {moved + 1} of those in the file"
    return pair


def _entries(ruleset: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in ruleset if "metainfo" not in one]


def _name(entry: Mapping[str, Any]) -> str:
    kind, body = next(iter(entry.items()))
    where = " ".join(str(body[key]) for key in ("family", "table", "chain", "name") if key in body)
    rest = {key: value for key, value in body.items() if key not in ("family", "table", "chain", "name")}
    return f"{kind} {where} {json.dumps(_plain(rest), sort_keys=True, separators=(',', ':'))}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key not in _COUNTED}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def mounts(facts: Facts, answers: Answers) -> Pair:
    """The image's partitions, the catalogue's mounts, a space's sealed volumes, and the kernel's own."""
    said, pair = answers.value("mounted"), Pair()
    devices, rows = said["devices"], said["mounts"]
    root = next((str(row["source"]) for row in rows if row["target"] == "/"), "")
    disk = re.sub(r"p?\d+$", "", root)
    for row in rows:
        pair.add(row["target"], source=row["source"], type=row["fstype"])
    for part in layout.plan().mounted:
        source = str(pair.found.get(part.mount, {}).get("source", ""))
        fits = re.fullmatch(rf"{re.escape(disk)}p?\d+", source)
        pair.declared[part.mount] = {"source": source if fits else f"a partition of {disk}", "type": "ext4"}
    for one in facts.parameters("mount"):
        source = one["source"]
        if source == "data_volume":
            source = next((devices.get(name, name) for name in facts.host["data_devices"]), "the data volume")
        pair.declared[one["target"]] = {"source": source, "type": one["fstype"]}
    for target in facts.host["sealed"]:
        source = str(pair.found.get(target, {}).get("source", ""))
        fits = re.fullmatch(r"/dev/mapper/[\w.-]+", source)
        pair.declared[target] = {"source": source if fits else "a sealed volume", "type": "ext4"}
    for name, one in pair.found.items():
        if name not in pair.declared and _kernels(name, one):
            pair.guests.add(name)
    return pair


def _kernels(target: str, one: Mapping[str, Any]) -> bool:
    """One of the kernel's at its place; a folder of another file system has brackets behind its device."""
    known = any(fnmatchcase(target, pattern) and one["type"] == kind for pattern, kind in _OF_THE_KERNEL)
    return known and "[" not in str(one["source"]) and "#" not in target
