"""Files, packages, services, the journal and the clock."""

import json
import pathlib
import re
import shlex
from typing import Any

from tests.hosts.collector.base import Request, main_pid, run

JOURNAL_SIZE = "ec387f577b844b8fa948f33cad9a75e6"  # journald's message on its files and their limits
FIRST_SYNC = 45  # tries, a second apart; a daemon in step answers the first


def journald(_request: Request) -> Any:
    text = run("systemd-analyze", "cat-config", "systemd/journald.conf")
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and line[:1] not in "#;")
    pid = main_pid("systemd-journald.service")
    opened = [str(link.readlink()) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    written = [name for name in opened if name.endswith(".journal")]
    log = pathlib.Path("/var/log/journal")
    # What the running daemon said of itself when it opened its files.
    said = ("journalctl", "-q", "-b", f"_PID={pid}", f"MESSAGE_ID={JOURNAL_SIZE}", "-o", "json")
    limits = [json.loads(line) for line in run(*said).splitlines()]
    return {
        "options": {k.strip(): v.strip() for k, v in pairs},
        "written": written,
        "file_system": run("findmnt", "-n", "-o", "FSTYPE", "-T", str(log)).strip() if log.is_dir() else "",
        "flags": [run("journalctl", "--header", "--file", name) for name in written if name[:5] == "/var/"],
        "limit": [int(e["MAX_USE"]) for e in limits if e["JOURNAL_NAME"] == "System Journal"][-1:],
    }


def paths(request: Request) -> Any:
    found = {}
    for name in request["paths"]:
        path = pathlib.Path(name)
        if path.exists():
            s = path.stat()
            found[name] = {"owner": path.owner(), "group": path.group(), "mode": f"{s.st_mode & 0o7777:04o}"}
    return found


def _system_disk() -> list[str]:
    """Where partitions of the disk of / are mounted; volumes hold data, whose rights are their owner's."""
    shown = json.loads(run("findmnt", "--real", "--json", "--list", "-o", "TARGET,SOURCE"))["filesystems"]
    disk = next(mount["source"] for mount in shown if mount["target"] == "/").rstrip("0123456789")
    return [mount["target"] for mount in shown if mount["source"].rstrip("0123456789") == disk]


def scan(_request: Request) -> Any:
    tests = (
        r"( -nouser -o -nogroup ) -printf orphans\t%p\n"
        r" , -type f -perm -0002 -printf world_writable\t%p\n"
        r" , -type d -perm -0002 ( ! -perm -1000 -o ! -uid 0 ) -printf world_writable\t%p\n"
        r" , -type f -perm /6000 -printf setuid\t%p\n"
    )
    out = run("find", *_system_disk(), "-xdev", *tests.split(), check=False, seconds=600)
    found: dict[str, list[str]] = {"orphans": [], "world_writable": [], "setuid": []}
    for line in out.splitlines():
        kind, _, path = line.partition("\t")
        found[kind].append(path)
    if "/usr/sbin/unix_chkpwd" not in found["setuid"]:
        raise OSError("the scan did not come to its end: it misses unix_chkpwd, which every Debian host has")
    return found


def packages(_request: Request) -> Any:
    lines = run("dpkg-query", "-W", "-f", "${db:Status-Status}:${Package}\\n").splitlines()
    return [line.partition(":")[2] for line in lines if line.startswith("installed:")]


def apt(_request: Request) -> Any:
    config = {}
    for line in run("apt-config", "dump").splitlines():
        key, _, value = line.partition(" ")
        config[key] = value.strip('";')
    # Where APT itself looks, which its configuration can move.
    where = run("apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d")
    found = dict(word.split("=", 1) for word in shlex.split(where))
    parts = pathlib.Path(found["PARTS"])
    lists = [pathlib.Path(found["LIST"]), *parts.glob("*.list")]
    return {
        "config": config,
        "lines": [line for p in lists if p.is_file() for line in p.read_text().splitlines()],
        "stanzas": [s for p in parts.glob("*.sources") for s in re.split(r"\n\s*\n", p.read_text())],
    }


def units(request: Request) -> Any:
    names = request["units"]
    text = run("systemctl", "show", "-p", "Id,LoadState,ActiveState,UnitFileState", *names)
    parts = [[line for line in part.splitlines() if "=" in line] for part in text.split("\n\n")]
    shown = [dict(line.split("=", 1) for line in part) for part in parts]
    if len(shown) != len(names):
        raise OSError(f"systemctl showed {len(shown)} of {len(names)} units")
    return dict(zip(names, shown, strict=True))


def time(_request: Request) -> Any:
    # A daemon that was just started needs some seconds of its first burst; it is not asked to answer at once.
    run("chronyc", "waitsync", str(FIRST_SYNC), "0", "0", "1", check=False)
    began = run("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", "chrony.service").strip()
    uptime = float(pathlib.Path("/proc/uptime").read_text().split()[0])
    return {
        "sources": [line.split(",") for line in run("chronyc", "-n", "-c", "sources").splitlines()],
        "tracking": run("chronyc", "-n", "-c", "tracking").strip().split(","),
        "running": uptime - int(began) / 1e6,
    }
