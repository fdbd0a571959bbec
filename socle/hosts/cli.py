"""`socle hosts list | pin | ssh`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from socle.env import prepare
from socle.hosts import pins as store
from socle.options import CloudName, help_with

app = typer.Typer(no_args_is_help=True, help="The environment's hosts: which there are, their keys, a login.")


@app.command(
    "list", help=help_with("Servers of the environment with addresses and pins.", "socle hosts list")
)
def list_hosts(cloud: CloudName) -> None:
    """Servers of the environment with addresses and pins."""
    from socle.hosts.servers import Cloud

    environment = prepare(cloud)
    pinned = store.load(environment.ssh_dir)
    table = Table(box=None, pad_edge=False)
    for column in ("host", "roles", "zone", "state", "address", "floating", "host key"):
        table.add_column(column, overflow="fold")
    for server in Cloud(environment).servers():
        state = f"{server.status} ({server.fault})" if server.fault else server.status
        key = "pinned" if server.id in pinned else "not pinned"
        roles = ", ".join(server.roles)
        table.add_row(server.name, roles, server.zone, state, server.fixed, server.floating or "-", key)
    Console().print(table)


@app.command(
    help=help_with(
        "Learn each host's SSH key from its console log and pin it; waits until the keys appear.",
        "socle hosts pin",
        "socle hosts pin --forget local-services   # after a rebuild on purpose",
    )
)
def pin(
    cloud: CloudName,
    timeout: Annotated[float, typer.Option(help="Longest wait, in seconds.", min=0)] = 900.0,
    forget: Annotated[str | None, typer.Option(help="Give up the pin of this host first.")] = None,
) -> None:
    """Learn each host's SSH key from its console log and pin it."""
    from socle.hosts.pin import fingerprint, pin_all
    from socle.hosts.servers import Cloud

    environment = prepare(cloud)
    pins = pin_all(
        Cloud(environment),
        environment.ssh_dir,
        lambda line: print(line, flush=True),
        timeout=timeout,
        forget=forget,
    )
    for entry in pins:
        print(f"{entry.name}: {fingerprint(entry.key)}")


@app.command(
    help=help_with(
        "Log in to a host, or run a command there: plain ssh, through the bastion, pinned keys only.",
        "socle hosts ssh local-services",
        "socle hosts ssh local-services -- sudo nft list ruleset",
        "socle hosts ssh --show local-services     # the ssh command itself",
        "socle hosts ssh --keep local-services -- uptime   # the next within a minute needs no new login",
    )
)
def ssh(
    cloud: CloudName,
    host: Annotated[str, typer.Argument(help="A host's name, see `socle hosts list`.")],
    remote: Annotated[list[str] | None, typer.Argument(help="What to run there, after --.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the command instead of running it.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the connection for a minute, or use the one that was kept.")
    ] = False,
) -> None:
    """Log in to a host, or run a command there."""
    from socle.hosts.ssh import command

    environment = prepare(cloud)
    sockets = Path(environment.variables["ANSIBLE_SSH_CONTROL_PATH_DIR"]) if keep else None
    argv = command(store.load(environment.ssh_dir), host, remote or (), sockets)
    if show:
        print(shlex.join(argv))
        return
    os.execvpe(argv[0], argv, environment.for_child())  # noqa: S606 - replaces this process by ssh
