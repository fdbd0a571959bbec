"""Reads the effective state of a host; sent to it whole and run there as root by Debian's python3.

Standard library only, and no judgement: `tests/hosts/checks` compares. Each section is {"value": ...} or
{"error": why it could not be read}, so that one broken tool does not hide the others. No password hash, key
or file content beyond rules of access ever leaves the host.
"""

import json
import pathlib
import pwd
import resource
import subprocess
import sys
from typing import Any

Request = dict[str, Any]
ETC = pathlib.Path("/etc")


def run(*argv: str, check: bool = True, seconds: int = 120) -> str:
    """Standard output of a command; raises OSError with its last words when it fails."""
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, timeout=seconds, errors="replace"
    )
    if check and done.returncode:
        last = (done.stderr or done.stdout).strip()[-200:]
        raise OSError(f"{' '.join(argv)[:80]}: exit {done.returncode}: {last}")
    return done.stdout


def sysctl(_request: Request) -> Any:
    pairs = (line.split(" = ", 1) for line in run("sysctl", "-a", check=False).splitlines() if " = " in line)
    return {key: " ".join(value.split()) for key, value in pairs}


def sshd(request: Request) -> Any:
    text = run("/usr/sbin/sshd", "-T", "-C", f"user={request['account']},host=localhost,addr=127.0.0.1")
    options: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        options.setdefault(key.lower(), []).append(value)
    banner = options.get("banner", ["none"])[0]
    path = pathlib.Path(banner)
    return {"options": options, "banner": path.read_text() if banner != "none" and path.is_file() else ""}


def sudo(_request: Request) -> Any:
    # Not `sudo -l`: with requiretty it wants a terminal, which a check has not.
    return json.loads(run("cvtsudoers", "-f", "json", "/etc/sudoers"))


def pam(_request: Request) -> Any:
    return {p.name: p.read_text().splitlines() for p in (ETC / "pam.d").iterdir() if p.is_file()}


def accounts(_request: Request) -> Any:
    secrets = dict(line.split(":")[:2] for line in (ETC / "shadow").read_text().splitlines())

    def state(name: str) -> str:
        secret = secrets.get(name, "*")
        return "empty" if secret == "" else "locked" if secret[0] in "!*" else "set"

    fields = (line.split(":") for line in (ETC / "passwd").read_text().splitlines() if line.count(":") == 6)
    return [
        {"name": f[0], "uid": int(f[2]), "shell": f[6], "password": "empty" if f[1] == "" else state(f[0])}
        for f in fields
    ]


def login_shell(request: Request) -> Any:
    ask = 'umask; echo "${TMOUT:-}"; readonly -p | grep -c " TMOUT=" || true'
    out = run("su", "-l", request["account"], "-c", ask)
    umask, timeout, fixed = [*out.split("\n"), "", "", ""][:3]
    return {"umask": umask, "timeout": timeout, "readonly": fixed == "1"}


def limits(_request: Request) -> Any:
    other = run("su", "-s", "/bin/sh", "nobody", "-c", "ulimit -Hc").strip()
    root = resource.getrlimit(resource.RLIMIT_CORE)[1]  # this process came through sudo's PAM session
    return {"core": {"root": str(root), "nobody": other}}


def modules(_request: Request) -> Any:
    loaded = [line.split()[0] for line in pathlib.Path("/proc/modules").read_text().splitlines()]
    config = run("modprobe", "--showconfig").splitlines()
    return {"loaded": loaded, "install": [line for line in config if line.startswith("install ")]}


def nftables(_request: Request) -> Any:
    return json.loads(run("nft", "-j", "list", "ruleset"))["nftables"]


def audit(_request: Request) -> Any:
    return {"status": run("auditctl", "-s"), "rules": run("auditctl", "-l").splitlines()}


def journald(_request: Request) -> Any:
    text = run("systemd-analyze", "cat-config", "systemd/journald.conf")
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and line[:1] not in "#;")
    journals = list(pathlib.Path("/var/log/journal").glob("*/system.journal"))
    return {"options": {k.strip(): v.strip() for k, v in pairs}, "on_disk": bool(journals)}


def apparmor(_request: Request) -> Any:
    return json.loads(run("aa-status", "--json", check=False))


def paths(request: Request) -> Any:
    found = {}
    for name in request["paths"]:
        path = pathlib.Path(name)
        if path.exists():
            s = path.stat()
            found[name] = {"owner": path.owner(), "group": path.group(), "mode": f"{s.st_mode & 0o7777:04o}"}
    return found


def scan(_request: Request) -> Any:
    out = run(
        "find",
        "/",
        "-xdev",
        "(",
        "-nouser",
        "-o",
        "-nogroup",
        ")",
        "-printf",
        r"orphans\t%p\n",
        ",",
        "-type",
        "f",
        "-perm",
        "-0002",
        "-printf",
        r"world_writable\t%p\n",
        ",",
        "-type",
        "d",
        "-perm",
        "-0002",
        "(",
        "!",
        "-perm",
        "-1000",
        "-o",
        "!",
        "-uid",
        "0",
        ")",
        "-printf",
        r"world_writable\t%p\n",
        ",",
        "-type",
        "f",
        "-perm",
        "/6000",
        "-printf",
        r"setuid\t%p\n",
        check=False,
        seconds=600,
    )
    found: dict[str, list[str]] = {"orphans": [], "world_writable": [], "setuid": []}
    for line in out.splitlines():
        kind, _, path = line.partition("\t")
        found[kind].append(path)
    if "/usr/sbin/unix_chkpwd" not in found["setuid"]:
        raise OSError("the scan did not come to its end: it misses unix_chkpwd, which every Debian host has")
    return found


def mounts(_request: Request) -> Any:
    shown = run("findmnt", "--json", "--list", "-o", "TARGET,SOURCE,FSTYPE,OPTIONS")
    listed = json.loads(shown)["filesystems"]
    links = pathlib.Path("/dev/disk/by-id")
    names = {str(link): str(link.resolve()) for link in links.iterdir()} if links.is_dir() else {}
    return {"mounts": {m["target"]: m for m in listed}, "devices": names}


def packages(_request: Request) -> Any:
    lines = run("dpkg-query", "-W", "-f", "${db:Status-Status}:${Package}\\n").splitlines()
    return [line.partition(":")[2] for line in lines if line.startswith("installed:")]


def apt(_request: Request) -> Any:
    config = {}
    for line in run("apt-config", "dump").splitlines():
        key, _, value = line.partition(" ")
        config[key] = value.strip('";')
    lists = [ETC / "apt/sources.list", *(ETC / "apt/sources.list.d").glob("*.list")]
    stanzas = (ETC / "apt/sources.list.d").glob("*.sources")
    return {
        "config": config,
        "lines": [line for p in lists if p.is_file() for line in p.read_text().splitlines()],
        "stanzas": [part for p in stanzas for part in p.read_text().split("\n\n")],
    }


def units(request: Request) -> Any:
    names = request["units"]
    text = run("systemctl", "show", "-p", "Id,LoadState,ActiveState,UnitFileState", *names)
    parts = [[line for line in part.splitlines() if "=" in line] for part in text.split("\n\n")]
    shown = [dict(line.split("=", 1) for line in part) for part in parts]
    if len(shown) != len(names):
        raise OSError(f"systemctl showed {len(shown)} of {len(names)} units")
    return dict(zip(names, shown, strict=True))


def listening(_request: Request) -> Any:
    found = []
    for line in run("ss", "-Hlntup").splitlines():
        protocol, _state, _recv, _send, local, _peer, *owner = line.split(None, 6)
        address, _, port = local.rpartition(":")
        process = owner[0].split('"')[1] if owner and '"' in owner[0] else ""
        found.append({"protocol": protocol, "address": address, "port": int(port), "process": process})
    return found


def time(_request: Request) -> Any:
    return [line.split(",") for line in run("chronyc", "-n", "-c", "sources").splitlines()]


SECTIONS = (
    sysctl,
    sshd,
    sudo,
    pam,
    accounts,
    login_shell,
    limits,
    modules,
    nftables,
    audit,
    journald,
    apparmor,
    paths,
    scan,
    mounts,
    packages,
    apt,
    units,
    listening,
    time,
)


def main(request: Request) -> None:
    """Print every section as one JSON object."""
    pwd.getpwnam(request["account"])
    state = {}
    # service_probes.py is sent before this file and defines them.
    probes = globals().get("PROBES", {})
    asked = [probe for role in request.get("conditions", ()) for probe in probes.get(role, ())]
    for section in (*SECTIONS, *asked):
        try:
            state[section.__name__] = {"value": section(request)}
        except (OSError, ValueError, KeyError, IndexError, subprocess.SubprocessError) as error:
            state[section.__name__] = {"error": f"{type(error).__name__}: {error}"[:300]}
    json.dump(state, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
