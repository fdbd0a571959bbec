"""Who gets in and as whom: sshd, sudo, PAM, accounts, what a login gets."""

import contextlib
import ipaddress
import json
import pathlib
import pwd
import re
import resource
from typing import Any

from tests.hosts.collector.base import ETC, Request, main_pid, run

_MATCH = re.compile(r"match\b", re.I)
UNDECLARED = "socle-undeclared"  # an account that no host has


def sshd_arguments() -> list[str]:
    """What the running sshd was started with: an option there outranks every file."""
    pid = main_pid("ssh.service")
    words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().strip("\0")
    title = re.match(r"sshd: (.*) \[listener\]", words)
    return (title[1].split() if title else words.split("\0"))[1:]


def sshd_questions(request: Request) -> list[str]:
    """Connections to ask about; a Match adds the accounts and networks that it names.

    Every account of the host, where one chooses by anything else than users and addresses.
    """
    files = [ETC / "ssh/sshd_config", *sorted((ETC / "ssh/sshd_config.d").glob("*"))]
    lines = [line.strip() for p in files if p.is_file() for line in p.read_text().splitlines()]
    words = {w for line in lines if _MATCH.match(line) for w in re.split(r'[\s,"=!]+', line)}
    users = [request["account"], "root", f"{UNDECLARED},invalid-user"]
    plain = [re.fullmatch(r"match\s+user\s+([\w,-]+)", line, re.I) for line in lines if _MATCH.match(line)]
    named = [match[1].split(",") for match in plain if match]
    everybody = [[p.pw_name for p in pwd.getpwall()]] if len(named) < len(plain) else named
    users += [user for user in dict.fromkeys(u for group in everybody for u in group) if user not in users]
    networks = []
    for word in (*request["sources"], *sorted(words)):
        with contextlib.suppress(ValueError):
            networks.append(ipaddress.ip_network(word, strict=False))
    here = run("hostname", "-I").split()[:1] or ["127.0.0.1"]
    pairs = [("127.0.0.1", "127.0.0.1"), *((str(next(iter(n.hosts()))), here[0]) for n in networks)]
    return [
        f"user={user},host={addr},addr={addr},laddr={laddr},lport=22"
        for addr, laddr in dict.fromkeys(pairs)
        for user in users
    ]


def sshd(request: Request) -> Any:
    arguments = sshd_arguments()
    answers: dict[str, list[str]] = {}
    for question in sshd_questions(request):
        answers.setdefault(run("/usr/sbin/sshd", *arguments, "-T", "-C", question), []).append(question)
    found = []
    for text, asked in answers.items():
        options: dict[str, list[str]] = {}
        for line in text.splitlines():
            key, _, value = line.partition(" ")
            options.setdefault(key.lower(), []).append(value)
        path = pathlib.Path(options.get("banner", ["none"])[0])
        shown = path.read_text() if path.name != "none" and path.is_file() else ""
        found.append({"asked": asked, "options": options, "banner": shown})
    return found


def sudo(_request: Request) -> Any:
    # Not `sudo -l`: with requiretty it wants a terminal, which a check has not.
    path = re.search(r"^Sudoers path: (.+)$", run("sudo", "-V"), re.M)
    if not path:
        raise OSError("sudo -V does not say where its rules are")
    switch = re.search(r"^sudoers:(.*)$", (ETC / "nsswitch.conf").read_text(), re.M)
    elsewhere = set(switch[1].split("#")[0].split()) - {"files"} if switch else None
    if elsewhere:
        raise OSError(f"sudo also asks {', '.join(sorted(elsewhere))}, whose rules cannot be read here")
    return json.loads(run("cvtsudoers", "-e", "-c", "/dev/null", "-f", "json", path[1].strip()))


def pam(_request: Request) -> Any:
    return {p.name: p.read_text().splitlines() for p in (ETC / "pam.d").iterdir() if p.is_file()}


def accounts(_request: Request) -> Any:
    secrets = dict(line.split(":")[:2] for line in (ETC / "shadow").read_text().splitlines())

    def state(name: str) -> str:
        secret = secrets.get(name, "*")
        return "empty" if secret == "" else "locked" if secret[0] in "!*" else "set"

    # The file and whatever else NSS lists; an account in both is one.
    lines = [*(ETC / "passwd").read_text().splitlines(), *run("getent", "passwd").splitlines()]
    fields = (line.split(":") for line in dict.fromkeys(lines) if line.count(":") == 6)
    return [
        {"name": f[0], "uid": int(f[2]), "shell": f[6], "password": "empty" if f[1] == "" else state(f[0])}
        for f in fields
    ]


def login_shell(request: Request) -> Any:
    ask = 'umask; echo "${TMOUT:-}"; readonly -p | grep -c " TMOUT=" || true'
    out = run("su", "-l", request["account"], "-c", ask)
    umask, timeout, fixed = [*out.split("\n"), "", "", ""][:3]
    return {"umask": umask, "timeout": timeout, "readonly": fixed == "1"}


def private_tmp(request: Request) -> Any:
    """Device and inode of each shared directory: the system's, those of fresh sessions, those of services."""
    asked = request["private_tmp"]
    places = asked["directories"]
    sessions = {
        name: run("su", "-s", "/bin/sh", name, "-c", f"stat -c %d:%i {' '.join(places)}").split()
        for name in dict.fromkeys((*asked["probes"], request["account"], *request["people"]))
    }
    shown = run("systemctl", "show", "-p", "Id,MainPID", *asked["services"]).strip().split("\n\n")
    units = [dict(line.split("=", 1) for line in part.splitlines()) for part in shown]
    running = {one["Id"]: one["MainPID"] for one in units if one.get("MainPID", "0") != "0"}
    return {
        "system": _places("1", places),
        "sessions": sessions,
        "services": {unit: _places(pid, places) for unit, pid in running.items()},
    }


def _places(pid: str, places: list[str]) -> list[str]:
    found = [pathlib.Path(f"/proc/{pid}/root{place}").stat() for place in places]
    return [f"{one.st_dev}:{one.st_ino}" for one in found]


def limits(_request: Request) -> Any:
    other = run("su", "-s", "/bin/sh", "nobody", "-c", "ulimit -Hc").strip()
    root = resource.getrlimit(resource.RLIMIT_CORE)[1]  # this process came through sudo's PAM session
    return {"core": {"root": str(root), "nobody": other}}
