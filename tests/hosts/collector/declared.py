"""What a host has that roles, tables or the image should have declared; read for `socle drift` alone."""

import hashlib
import json
import os
import pathlib
import pwd
import re
from typing import Any

from localcloud.image import standing as tree
from tests.hosts.collector.access import sshd as sshd_answers
from tests.hosts.collector.base import Request, run

ROOT = pathlib.Path("/")
PACKAGED = ("/usr/lib/systemd/system", "/usr/lib/systemd/system-generators", "/usr/lib/cron")
ALWAYS = (".ssh/authorized_keys", ".ssh/authorized_keys2")
"""Read by sshd as Debian ships it: keys there are somebody's plan, whatever sshd reads today."""
_KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ +AAAA[A-Za-z0-9+/]+=*")
_FIELDS = ("Package", "Version", "db:Status-Status", "Pre-Depends", "Depends", "Provides")


def standing(_request: Request) -> Any:
    """Accounts, units, cron, sudo, start-up files and capabilities; unit files that no package brought."""
    found = tree.read(ROOT)
    lists = pathlib.Path("/var/lib/dpkg/info").glob("*.list")
    owned = {_merged(line) for path in lists for line in path.read_text().splitlines()}
    there = {f"{place}/{entry}" for place in PACKAGED for entry in _names(place)}
    found["unpackaged"] = {path: tree.describe(pathlib.Path(path)) for path in sorted(there - owned)}
    return found


def _merged(path: str) -> str:
    return "/usr" + path if path.startswith(("/lib/", "/bin/", "/sbin/")) else path


def _names(place: str) -> list[str]:
    return os.listdir(place) if pathlib.Path(place).is_dir() else []  # noqa: PTH208 - names, not paths


def dpkg(_request: Request) -> Any:
    """Each installed package: its version, what it needs and provides; `listed`: versions of the archives'
    lists."""
    form = "\\t".join(f"${{{field}}}" for field in _FIELDS) + "\\n"
    rows = [line.split("\t") for line in run("dpkg-query", "-W", "-f", form).splitlines()]
    found = {
        row[0]: {"version": row[1], "needs": ", ".join(filter(None, row[3:5])), "provides": row[5]}
        for row in rows
        if row[2] == "installed"
    }
    if "dpkg" not in found:
        raise OSError("the list of packages is cut off: it misses dpkg itself")
    listed: dict[str, list[str]] = {}
    name = ""
    # A table of versions each; below a version stand its sources: lists, or what is installed.
    for line in run("apt-cache", "policy", *found).splitlines():
        if not line.startswith(" "):
            name = line.rstrip(":")
        elif match := re.match(r"^ (?:\*\*\*|   ) (\S+) -?\d+$", line):
            version = match[1]
        elif re.match(r"^ {8,}-?\d+ ", line) and not line.endswith("/var/lib/dpkg/status"):
            listed.setdefault(name, []).append(version)
    return {"packages": found, "listed": listed, "untouched": _untouched()}


def _untouched() -> list[str]:
    """Files of packages, of those that are compared, that are what their package brought."""
    kept = []
    for line in run("dpkg-query", "-W", "-f", "${Conffiles}\\n").splitlines():
        path, _, rest = line.strip().partition(" ")
        looked_at = any(path.startswith(f"/{place}") for places in tree.PLACES.values() for place in places)
        if looked_at and pathlib.Path(path).is_file():
            content = hashlib.md5(pathlib.Path(path).read_bytes(), usedforsecurity=False).hexdigest()
            kept += [path] if content == rest.split()[0] else []
    return kept


def keys(request: Request) -> Any:
    """Each line of each file that sshd reads keys from, or would as Debian ships it; authorities, and
    commands."""
    patterns, authorities, commands = set(ALWAYS), set(), set()
    for answer in sshd_answers(request):
        options = {name: " ".join(values) for name, values in answer["options"].items()}
        patterns |= set(options.get("authorizedkeysfile", "").split())
        authorities |= set(options.get("trustedusercakeys", "").split())
        commands |= {options.get(f"{it}command", "none") for it in ("authorizedkeys", "authorizedprincipals")}
    files: dict[str, None] = {}
    for account in pwd.getpwall():
        for pattern in sorted(patterns - {"none"}):
            words = {"%h": account.pw_dir, "%u": account.pw_name, "%U": str(account.pw_uid), "%%": "%"}
            name = re.sub("%[huU%]", lambda match, words=words: words[match[0]], pattern)
            files[str(pathlib.Path(account.pw_dir) / name)] = None
    lines = [it for path in files for it in _keys(pathlib.Path(path))]
    named = [it for name in sorted(authorities - {"none"}) for it in _keys(pathlib.Path(name))]
    return {"keys": lines, "authorities": named, "commands": sorted(commands - {"none"})}


def _keys(path: pathlib.Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    text = path.read_bytes()[: tree.LARGEST].decode("utf-8", "replace")
    listed = [line.strip() for line in text.splitlines()]
    found = []
    for line in (it for it in listed if it and not it.startswith("#")):
        match = _KEY.search(line)
        key = " ".join(match[0].split()) if match else "no key: " + line[:100]
        # Comments are whatever somebody wrote; what stands before the key bounds it.
        options = line[: match.start()].strip() if match else ""
        found.append({"file": str(path), "key": key, "options": options})
    return found[: tree.MOST]


def sockets(_request: Request) -> Any:
    """Each listening socket: address, port, and whose it is by the kernel: program, its file, its unit."""
    found = []
    for line in run("ss", "-Hlntup").splitlines():
        protocol, _state, _recv, _send, local, _peer, *owner = line.split(None, 6)
        address, _, port = local.rpartition(":")
        holder = re.search(r'"((?:[^"\\]|\\.)*)",pid=(\d+)', owner[0] if owner else "")
        entry = {"protocol": protocol, "address": address, "port": port}
        entry |= (
            {"program": holder[1], **_process(holder[2])}
            if holder
            else {"program": "", "file": "", "unit": ""}
        )
        found.append(entry)
    return found


def _process(pid: str) -> dict[str, str]:
    try:
        file = str(pathlib.Path(f"/proc/{pid}/exe").readlink())
        group = pathlib.Path(f"/proc/{pid}/cgroup").read_text().strip()
    except OSError:
        return {"file": "", "unit": ""}  # it ended meanwhile
    return {"file": file, "unit": group.rpartition("/")[2]}


def ruleset(_request: Request) -> Any:
    """What the kernel holds, and what it would hold after the file alone: nft itself says both, in one form.

    The file is loaded into a network namespace that nobody else sees and that ends with the command.
    """
    text = pathlib.Path("/etc/nftables.conf").read_bytes()
    alone = run("unshare", "--net", "sh", "-c", "nft -f /etc/nftables.conf && nft -j list ruleset")
    loaded = run("nft", "-j", "list", "ruleset")
    return {
        "file": "sha256:" + hashlib.sha256(text).hexdigest(),
        "declared": json.loads(alone)["nftables"],
        "loaded": json.loads(loaded)["nftables"],
    }


def mounted(_request: Request) -> Any:
    """Every mount, those that hide another one too."""
    rows = json.loads(run("findmnt", "--json", "--list", "-o", "TARGET,SOURCE,FSTYPE"))["filesystems"]
    links = pathlib.Path("/dev/disk/by-id")
    names = {str(it): str(it.resolve()) for it in links.iterdir()} if links.is_dir() else {}
    return {"mounts": rows, "devices": names}


SECTIONS = (standing, dpkg, keys, sockets, ruleset, mounted)
