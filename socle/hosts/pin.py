"""`socle hosts pin`: waits until every server has shown its host key on the console, and pins it."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol

from socle.errors import FailureError, UnprovenError, UserError
from socle.hosts import pins as store
from socle.hosts.console import read_host_key
from socle.hosts.servers import Server

SAY_EVERY = 20.0  # seconds between two lines of progress


class Console(Protocol):
    """Where servers and their console logs come from."""

    def servers(self) -> list[Server]:
        """The environment's servers."""

    def console_log(self, server: Server) -> str:
        """What the server printed on its console."""


def pin_all(
    cloud: Console,
    folder: Path,
    say: Callable[[str], None],
    *,
    timeout: float,
    poll: float = 5.0,
    forget: str | None = None,
    only: Collection[str] = (),
    wait_line: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[store.Pin]:
    """Pin every server; what was learnt is saved at once, so that a killed run is not lost.

    `timeout` bounds the whole wait in seconds. `forget` names a host whose pin is given up first.
    `only`: the names of those to pin; all when none is named.
    `wait_line` gets the lines of waiting instead of `say`.
    Raises FindingError for a key that changed under the same server id, UnprovenError when a key does
    not appear, FailureError for a server in ERROR, UserError when there is no server.
    """
    started = said = clock()
    # Looked up first: a server that another run makes and pins meanwhile is then not taken for one that went.
    before = store.load(folder)
    servers = cloud.servers()
    store.check_names(servers)
    if not servers:
        store.change(folder, gone=before)
        raise UserError("no server of this environment", "cloud", "create them with `pulumi up`")
    pins = _kept(folder, before, servers, say, forget)
    servers = [server for server in servers if not server.off]  # they have no console
    servers = [server for server in servers if not only or server.name in only]
    for server in servers:
        if server.id in pins and (key := read_host_key(cloud.console_log(server)).key):
            store.check_unchanged(pins[server.id], key)
    waiting = {server.id: server for server in servers if server.id not in pins}
    while waiting:
        why = ""
        for server in list(waiting.values()):
            _refuse_error(server)
            reading = read_host_key(cloud.console_log(server))
            if reading.key:
                pins = store.change(folder, [store.pin_of(server, reading.key)])
                say(f"{server.name}: host key pinned ({fingerprint(reading.key)})")
                del waiting[server.id]
            elif reading.final:
                raise UnprovenError(
                    reading.why, server.name, "replace the server: `pulumi up --replace` with its URN"
                )
            else:
                why = reading.why
        if not waiting:
            break
        names, elapsed = ", ".join(sorted(s.name for s in waiting.values())), clock() - started
        if elapsed > timeout:
            raise UnprovenError(
                f"no host key on the console after {timeout:.0f} s: {why}",
                names,
                f"see `openstack console log show {names.split(',')[0]}`, then run `socle hosts pin`",
            )
        if clock() - said >= SAY_EVERY:
            said = clock()
            (wait_line or say)(f"{names}: {why} ({elapsed:.0f} of at most {timeout:.0f} s)")
        sleep(poll)
        waiting = {server.id: server for server in cloud.servers() if server.id in waiting}
    return sorted(pins.values(), key=lambda pin: pin.name)


def fingerprint(key: str) -> str:
    """What `ssh-keygen -l` shows for a key."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _kept(
    folder: Path,
    before: Mapping[str, store.Pin],
    servers: list[Server],
    say: Callable[[str], None],
    forget: str | None,
) -> dict[str, store.Pin]:
    """The pins that stay, written; says which do not."""
    pins = store.refresh(before, servers)
    gone = [server_id for server_id in before if server_id not in pins]
    for name in sorted(before[server_id].name for server_id in gone):
        say(f"{name}: its server is gone, pin forgotten")
    if forget is not None:
        if forget not in {server.name for server in servers}:
            raise UserError("no server has this name", f"--forget {forget}", "see `socle hosts list`")
        gone += [server_id for server_id, pin in pins.items() if pin.name == forget]
    return store.change(folder, pins.values(), gone)


def _refuse_error(server: Server) -> None:
    if server.status == "ERROR":
        raise FailureError(
            f"the server is in ERROR: {server.fault or 'nova gives no reason'}",
            server.name,
            "run `make up` again",
        )
