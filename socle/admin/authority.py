"""The people's SSH authority: its key, the certificates it signs with ssh-keygen, the list of revoked ones.

Whether somebody may have a certificate is the caller's business (cli.py).
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from socle.admin import factor, journal
from socle.admin.store import Store, run_keygen
from socle.errors import UserError
from socle.hosts.pin import fingerprint
from socle.identity import write_private

LONGEST = 8 * 60
"""Minutes that a certificate may live."""
BACKDATED = timedelta(minutes=1)
"""A host whose clock is a little behind must still find it valid."""


@dataclass(frozen=True)
class Certificate:
    """A signed certificate and what the journal says of it."""

    text: str
    serial: int
    until: datetime


def principal(login: str) -> str:
    """What a person's certificate names; a host's list for their account holds the same word."""
    return f"admin:{login}"


def ensure(store: Store) -> str:
    """The authority's public key, one line; made when there is none.

    The caller holds the lock. UserError when only the private half is there, or it is another environment's.
    """
    title = f"people of {store.environment}"
    if not store.public.exists():
        if store.key.exists():
            fix = f"ssh-keygen -y -f {store.key} > {store.public}"
            raise UserError("half of the people's authority is missing", str(store.public), fix)
        run_keygen(["-t", "ed25519", "-N", "", "-C", title, "-f", str(store.key)], store.at)
    line = store.public.read_text(encoding="utf-8").strip()
    if line.split(" ", 2)[2:] != [title]:
        what = f"not the people's authority of {store.environment}"
        raise UserError(what, str(store.public), f"its comment must be '{title}'")
    return line


def published(store: Store) -> tuple[str, bytes]:
    """The public key and the list of revoked certificates as hosts get them; empty without an authority.

    The list follows from the journal: one that is missing, stale or another's is written anew. The caller
    holds the lock.
    """
    if not store.public.exists() and not store.key.exists():
        return "", b""
    line = ensure(store)
    journal.mend(store)
    wanted = revoked(store)
    # One that revokes nothing names no authority either.
    if _listed(store) != (fingerprint(line) if wanted else "", set(wanted)):
        _write_revoked(store, wanted)
    return line, store.revoked.read_bytes()


def _listed(store: Store) -> tuple[str, set[int]] | None:
    """The authority and the serials that the list names; None when it cannot be read."""
    if not store.revoked.exists():
        return None
    argv = ["ssh-keygen", "-Q", "-l", "-f", str(store.revoked)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    authority, serials = "", set[int]()
    for words in map(str.split, done.stdout.splitlines()):
        if words[:3] == ["#", "CA", "key"]:
            authority = words[-1]
        elif words[:1] == ["serial:"]:
            first, _, last = words[1].partition("-")
            serials |= set(range(int(first), int(last or first) + 1))
    return authority, serials


def sign(
    store: Store,
    login: str,
    key: str,
    *,
    until: datetime,
    jump: bool = False,
    sources: tuple[str, ...] = (),
    now: datetime | None = None,
) -> Certificate:
    """A certificate for the public key `key`, and its line in the journal, which is written first.

    `jump`: it also lets through a bastion. `sources`: networks that it works from, everywhere when empty. The
    caller holds the lock, and has had the second factor.
    """
    ensure(store)
    journal.mend(store)
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    begin = now - BACKDATED
    serial = max((e["serial"] for e in journal.events(store) if e["event"] == "sign"), default=0) + 1
    options = ["clear", "permit-pty", *(["permit-port-forwarding"] if jump else [])]
    options += [f"source-address={','.join(sources)}"] if sources else []
    said = {
        "login": login,
        "key": fingerprint(key),
        "serial": serial,
        "principals": [principal(login)],
        "from": begin.isoformat(),
        "until": until.isoformat(),
        "options": options[1:],
    }
    with tempfile.TemporaryDirectory(dir=store.at) as folder:
        asked = Path(folder) / "asked.pub"
        asked.write_text(key + "\n", encoding="utf-8")
        arguments = ["-s", str(store.key if store.key.exists() else store.public)]
        # Without the private half, an agent (of a hardware token, say) holds it.
        arguments += [] if store.key.exists() else ["-U"]
        arguments += ["-I", f"{login}@{store.environment}", "-n", principal(login), "-z", str(serial)]
        arguments += ["-V", f"{begin:%Y%m%d%H%M%SZ}:{until.astimezone(UTC):%Y%m%d%H%M%SZ}"]
        arguments += [word for option in options for word in ("-O", option)]
        # First the line: whatever happens from here on, the serial is given and can be revoked.
        journal.append(store, "sign", **said)
        run_keygen([*arguments, str(asked)], store.at)
        text = (Path(folder) / "asked-cert.pub").read_text(encoding="utf-8")
    return Certificate(text, serial, until)


def revoke(store: Store, subject: str) -> list[int]:
    """Revoke one serial, or all that a login was given; a login's second factor ends too.

    Returns the serials that were not revoked before. UserError for a serial that was never given.
    """
    ensure(store)
    journal.mend(store)
    given = [event for event in journal.events(store) if event["event"] == "sign"]
    if subject.isdecimal():
        asked = {event["serial"] for event in given if event["serial"] == int(subject)}
        if not asked:
            raise UserError("no certificate has this serial", subject, "see `socle admin list`")
    else:
        asked = {event["serial"] for event in given if event["login"] == subject}
        factor.forget(store, subject)
    new = sorted(asked - set(revoked(store)))
    journal.append(store, "revoke", subject=subject, serials=new)
    _write_revoked(store, revoked(store))
    return new


def revoked(store: Store) -> list[int]:
    """Every revoked serial, in order."""
    return sorted(
        {s for event in journal.events(store) if event["event"] == "revoke" for s in event["serials"]}
    )


def _write_revoked(store: Store, serials: list[int]) -> None:
    with tempfile.TemporaryDirectory(dir=store.at) as folder:
        listed, made = Path(folder) / "serials", Path(folder) / "krl"
        listed.write_text("".join(f"serial: {serial}\n" for serial in serials), encoding="utf-8")
        version = str(int(datetime.now(UTC).timestamp()))
        run_keygen(["-k", "-f", str(made), "-s", str(store.public), "-z", version, str(listed)], store.at)
        write_private(store.revoked, made.read_bytes())
