"""Named people on a host: whose certificates count for whom, and whether a shell of theirs is recorded."""

import os
import pathlib
import pty
import pwd
import secrets
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.hosts.collector.base import ETC, Request, run

SECONDS = 30


def identities(request: Request) -> Any:
    """Lists of principals, how many authorities count; fails when the list of revoked ones cannot be read."""
    folder = ETC / "ssh/socle"
    lists = {path.name: path.read_text().splitlines() for path in (folder / "principals").iterdir()}
    authorities = [line for line in (folder / "people.pub").read_text().splitlines() if line.strip()]
    run("ssh-keygen", "-Q", "-l", "-f", str(folder / "people.krl"))
    homes = [pathlib.Path(pwd.getpwnam(login).pw_dir) for login in request["people"]]
    keys = [str(path) for home in homes for path in home.glob(".ssh/authorized_keys*")]
    return {"principals": lists, "authorities": len(authorities), "keys": keys}


def recorded(request: Request) -> Any:
    """Opens a recorded shell as each person, as sshd would, and looks for it in the journal.

    `terminal`: who owned the person's terminal while the shell ran.
    """
    found = {}
    for login in request["people"]:
        account, word = pwd.getpwnam(login), f"socle-check-{secrets.token_hex(6)}"
        outer, terminal = pty.openpty()
        os.fchown(terminal, account.pw_uid, -1)
        command = f"stat -c %U {os.ttyname(terminal)}; echo {word}; grep -c NoNewPrivs:.1 /proc/self/status"
        child = subprocess.Popen(
            [account.pw_shell],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            user=login,
            group=account.pw_gid,
            extra_groups=os.getgrouplist(login, account.pw_gid),
            env={"SSH_ORIGINAL_COMMAND": command, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(terminal)
        shown = _read(outer, child)
        entries = ""
        for _ in range(10 if word in shown else 1):
            fields = ("_UID=0", "SYSLOG_IDENTIFIER=socle-record")
            entries = run("journalctl", "--quiet", "--since=-10min", "--output=cat", *fields)
            if word in entries:
                break
            time.sleep(1)
        lines = shown.split()
        found[login] = {
            "recorded": any(word in entry and '"out"' in entry for entry in entries.splitlines()),
            "terminal": lines[0] if word in lines else "",
            "caged": lines[-1:] == ["1"],
            "shown": shown[-200:],
        }
    return found


def _read(outer: int, child: "subprocess.Popen[bytes]") -> str:
    """What the terminal showed until the child ended."""
    os.set_blocking(outer, False)
    data, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        done = child.poll() is not None
        try:
            data += os.read(outer, 65536)
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:  # nobody holds the other end any more
            break
        if done:
            break
    child.kill()
    child.wait()
    os.close(outer)
    return data.decode(errors="replace")


PROBES: dict[str, tuple[Callable[[Request], Any], ...]] = {"people": (identities, recorded)}
