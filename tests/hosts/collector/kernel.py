"""What the kernel holds: parameters, modules, packet filter, audit, AppArmor, mounts, sockets."""

import json
import pathlib
from typing import Any

from tests.hosts.collector.base import Request, run


def sysctl(_request: Request) -> Any:
    pairs = (line.split(" = ", 1) for line in run("sysctl", "-a", check=False).splitlines() if " = " in line)
    return {key: " ".join(value.split()) for key, value in pairs}


def boot_arguments(_request: Request) -> Any:
    """The running kernel's arguments, and each entry's of the menu that the next start reads."""
    lines = pathlib.Path("/boot/grub/grub.cfg").read_text().splitlines()
    entries = [line.split()[2:] for line in lines if line.split()[:1] == ["linux"]]
    return {"running": pathlib.Path("/proc/cmdline").read_text().split(), "entries": entries}


def modules(_request: Request) -> Any:
    loaded = [line.split()[0] for line in pathlib.Path("/proc/modules").read_text().splitlines()]
    config = run("modprobe", "--showconfig").splitlines()
    return {"loaded": loaded, "install": [line for line in config if line.startswith("install ")]}


def nftables(_request: Request) -> Any:
    return json.loads(run("nft", "-j", "list", "ruleset"))["nftables"]


def audit(_request: Request) -> Any:
    return {"status": run("auditctl", "-s"), "rules": run("auditctl", "-l").splitlines()}


def apparmor(_request: Request) -> Any:
    return json.loads(run("aa-status", "--json", check=False))


def mounts(_request: Request) -> Any:
    shown = run("findmnt", "--json", "--list", "-o", "TARGET,SOURCE,FSTYPE,OPTIONS")
    listed = json.loads(shown)["filesystems"]
    links = pathlib.Path("/dev/disk/by-id")
    names = {str(link): str(link.resolve()) for link in links.iterdir()} if links.is_dir() else {}
    return {"mounts": {m["target"]: m for m in listed}, "devices": names, "mapped": _mapped()}


def _mapped() -> dict[str, Any]:
    """Device-mapper devices: what each is (its uuid says so) and on which devices it stands."""
    blocks = [path.parent for path in pathlib.Path("/sys/block").glob("dm-*/dm")]
    return {
        "/dev/mapper/" + (block / "dm/name").read_text().strip(): {
            "uuid": (block / "dm/uuid").read_text().strip(),
            "on": [f"/dev/{slave.name}" for slave in (block / "slaves").iterdir()],
        }
        for block in blocks
    }


def listening(_request: Request) -> Any:
    found = []
    for line in run("ss", "-Hlntup").splitlines():
        protocol, _state, _recv, _send, local, _peer, *owner = line.split(None, 6)
        address, _, port = local.rpartition(":")
        process = owner[0].split('"')[1] if owner and '"' in owner[0] else ""
        found.append({"protocol": protocol, "address": address, "port": int(port), "process": process})
    return found
