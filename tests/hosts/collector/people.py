"""Named people on a host: whose certificates count for whom, and whether a shell of theirs is recorded."""

import json
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
    if authorities or (folder / "people.krl").stat().st_size:  # empty where nobody has an authority yet
        run("ssh-keygen", "-Q", "-l", "-f", str(folder / "people.krl"))
    homes = [pathlib.Path(pwd.getpwnam(login).pw_dir) for login in request["people"]]
    keys = [str(path) for home in homes for path in home.glob(".ssh/authorized_keys*")]
    return {"principals": lists, "authorities": len(authorities), "keys": keys}


def recorded(request: Request) -> Any:
    """Opens a recorded shell as each person, as sshd would, and looks for it in the journal.

    `terminal`: who owned the person's terminal once the shell had run; `apart`: it saw no terminal of others;
    `whole`: no entry of the session is missing; `masked`: no service manager of a person's own starts.
    """
    found = {}
    for login in request["people"]:
        account, word = pwd.getpwnam(login), f"socle-check-{secrets.token_hex(6)}"
        outer, terminal = pty.openpty()
        os.fchown(terminal, account.pw_uid, -1)
        name = os.ttyname(terminal)
        # All in one line after the word: a profile of the host's may say something before.
        command = f"echo {word} $(grep -c NoNewPrivs:.1 /proc/self/status) $(ls /dev/pts)"
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
        owner = pathlib.Path(name).owner()
        os.close(outer)
        lines: list[str] = []
        for _ in range(10 if word in shown else 1):
            fields = ("_UID=0", "SYSLOG_IDENTIFIER=socle-record")
            lines = run("journalctl", "--quiet", "--since=-10min", "--output=cat", *fields).splitlines()
            if _shown_in(lines, word) and _session(lines, word)[-1:] != [-1]:
                break
            time.sleep(1)
        numbers = _session(lines, word)
        said = next((line.split() for line in shown.splitlines() if line.startswith(word)), [])
        found[login] = {
            "recorded": _shown_in(lines, word),
            "whole": numbers == list(range(len(numbers))),
            "terminal": owner if said else "",
            "apart": said[2:] == ["0", "ptmx"],
            "caged": said[1:2] == ["1"],
            "masked": os.path.realpath("/etc/systemd/system/user@.service") == os.devnull,
            "shown": shown[-200:],
        }
    return found


def _shown_in(lines: list[str], word: str) -> bool:
    """Whether an entry of what was shown has the word: the one that says what was asked for has it too."""
    return any(word in line and '"out"' in line for line in lines)


def _session(lines: list[str], word: str) -> list[int]:
    """Numbers of the entries of the session asked for the word, in order; -1 last while it goes on."""
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    names = {entry["session"] for entry in entries if word in entry.get("begin", "")}
    mine = sorted((entry for entry in entries if entry["session"] in names), key=lambda entry: entry["n"])
    return [entry["n"] for entry in mine] + ([] if any("end" in entry for entry in mine) else [-1])


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
    return data.decode(errors="replace")


PROBES: dict[str, tuple[Callable[[Request], Any], ...]] = {"people": (identities, recorded)}
