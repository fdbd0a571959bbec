"""What services hold for themselves: accounts, sockets and pipes, private keys."""

import pathlib
import pwd
from typing import Any

from tests.hosts.collector.base import Request, run

PLACES = ("/run", "/tmp", "/var/tmp", "/var/lib", "/dev/shm")  # noqa: S108 - looked at, not written
KEYS = ("/etc", "/opt", "/root", "/home")


def service_accounts(_request: Request) -> Any:
    """The account of each running service's main process, as the kernel says; root's are left out."""
    listed = ("list-units", "--type=service", "--state=running", "--plain", "--no-legend")
    units = [line.split()[0] for line in run("systemctl", *listed).splitlines() if line.strip()]
    shown = run("systemctl", "show", "-p", "Id,MainPID", *units).split("\n\n")
    found = {}
    for part in shown:
        said = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        status = pathlib.Path(f"/proc/{said['MainPID']}/status")
        if said["MainPID"] == "0" or not status.exists():
            continue
        uid = next(line.split()[2] for line in status.read_text().splitlines() if line.startswith("Uid:"))
        if uid != "0":
            found[said["Id"]] = pwd.getpwuid(int(uid)).pw_name
    if not found:
        raise OSError("no service runs under an account of its own: chronyd does on every host")
    return found


def open_sockets(_request: Request) -> Any:
    """Sockets and pipes that everybody may write to."""
    tests = ("-xdev", "(", "-type", "s", "-o", "-type", "p", ")", "-perm", "-0002", "-print")
    found = run("find", *PLACES, *tests, check=False).splitlines()
    if "/run/systemd/journal/dev-log" not in found:
        raise OSError(
            "the walk did not come to its end: it misses the journal's socket, which every host has"
        )
    return found


def own_secrets(_request: Request) -> Any:
    """When the image's file system was made, and each private key and identity; seconds since 1970."""
    device = run("findmnt", "-n", "-o", "SOURCE", "/").strip()
    said = run("dumpe2fs", "-h", device)
    made = next(line.partition(":")[2].strip() for line in said.splitlines() if "Filesystem created:" in line)
    born = int(run("date", "-d", made, "+%s"))
    keys = run("grep", "-rlI", "-e", "-----BEGIN [A-Z ]*PRIVATE KEY-----", *KEYS, check=False).splitlines()
    return {
        "image": born,
        "files": {name: pathlib.Path(name).stat().st_mtime for name in (*keys, "/etc/machine-id")},
    }
