"""`socle admin enrol | sign | revoke | list`."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from socle import ca
from socle.admin import authority, factor, journal, people
from socle.admin.store import Store
from socle.env import Environment, prepare
from socle.errors import UserError
from socle.identity import make_folder, write_private
from socle.options import CloudName, help_with

app = typer.Typer(
    no_args_is_help=True, help="Named administrators: second factor, SSH certificates, revocation."
)
Login = Annotated[str, typer.Argument(metavar="NAME", help="A login of stacks/administrators.yaml.")]


def _open(cloud: str) -> tuple[Environment, Store]:
    environment = prepare(cloud)
    return environment, Store.among(make_folder(ca.beside(environment.ssh_dir)), environment.name)


@app.command(
    help=help_with(
        "Make a person's second factor and show it once, as an otpauth URI for their device.",
        "socle admin enrol sample",
        "socle admin enrol sample --renew    # the device is lost: the old one ends",
    )
)
def enrol(
    cloud: CloudName,
    name: Login,
    renew: Annotated[bool, typer.Option("--renew", help="Replace the one that there is.")] = False,
) -> None:
    """Make a person's second factor."""
    environment, store = _open(cloud)
    person = people.standing(environment, name)
    people.authority_allowed(environment, store)
    with store.locked():
        authority.ensure(store)
        uri = factor.enrol(store, person.login, renew=renew)
        journal.append(store, "renew" if renew else "enrol", login=person.login)
    print(uri)
    print("Shown once: enter it into the device that shows codes.", file=sys.stderr)


@app.command(
    help=help_with(
        "Sign a person's public key for some hours, against a one-time code asked for on the terminal.",
        "socle admin sign sample --key ~/.ssh/id_ed25519.pub",
        "socle admin sign sample --key id.pub --minutes 240 --jump --from 198.51.100.0/24",
        "get-code | socle admin sign sample --key id.pub   # unattended: the code on standard input",
        note="The certificate comes to lie beside the key, where ssh looks for it.",
    )
)
def sign(
    *,
    cloud: CloudName,
    name: Login,
    key: Annotated[Path, typer.Option(help="The public key; it must be one of the person's.")],
    minutes: Annotated[int, typer.Option(help="How long it lives.", min=1, max=authority.LONGEST)] = 60,
    jump: Annotated[
        bool, typer.Option("--jump", help="Also to pass the bastion to hosts behind it.")
    ] = False,
    source: Annotated[list[str] | None, typer.Option("--from", help="Network that it works from.")] = None,
) -> None:
    """Sign a person's public key for some hours."""
    environment, store = _open(cloud)
    now = datetime.now(UTC).replace(microsecond=0)
    person = people.standing(environment, name)
    public = people.known_key(environment, person, key)
    people.authority_allowed(environment, store)
    if jump and not set(person.reaches) - {"bastion"}:
        raise UserError(f"{name} reaches bastions only", "--jump", "add roles to `reaches`, or leave it out")
    sources = tuple(_network(text) for text in source or ())
    code = ask_code(name)
    with store.locked():
        factor.spend(store, person.login, code)
        made = authority.sign(
            store,
            person.login,
            public,
            until=people.end(person, now, minutes),
            jump=jump,
            sources=sources,
            now=now,
        )
    target = key.with_name(key.name.removesuffix(".pub") + "-cert.pub")
    write_private(target, made.text.encode(), 0o644)
    print(f"{target}: serial {made.serial}, until {made.until:%Y-%m-%d %H:%M} UTC")


@app.command(
    help=help_with(
        "Revoke a certificate by its serial, or all of a person's and their second factor with it.",
        "socle admin revoke 17",
        "socle admin revoke sample",
        note="Hosts know it after the next converge: ansible-playbook playbooks/site.yml --tags people",
    )
)
def revoke(
    cloud: CloudName, subject: Annotated[str, typer.Argument(metavar="NAME|SERIAL", help="Whose, or which.")]
) -> None:
    """Revoke certificates."""
    environment, store = _open(cloud)
    with store.locked():
        journal.mend(store)
        given = {event["login"] for event in journal.events(store) if "login" in event}
        if not subject.isdecimal() and subject not in given:
            people.listed(environment, subject)  # a person without certificates may lose the factor too
        new = authority.revoke(store, subject)
    print(f"revoked: {', '.join(map(str, new)) or 'nothing that was not revoked before'}")
    print("hosts know it after: ansible-playbook playbooks/site.yml --tags people", file=sys.stderr)


@app.command(
    "list", help=help_with("Who may log in, until when, with which certificates.", "socle admin list")
)
def list_people(cloud: CloudName) -> None:
    """Who may log in, until when, with which certificates."""
    environment, store = _open(cloud)
    with store.locked():
        given = [event for event in journal.events(store) if event["event"] == "sign"]
        ended = set(authority.revoked(store))
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False)
    for column in ("login", "name", "reaches", "until", "second factor", "certificates that hold"):
        table.add_column(column, overflow="fold")
    for person in people.everybody(environment):
        state = "" if person.holds(now.date()) else " (does not stand)"
        holding = [
            str(event["serial"])
            for event in given
            if event["login"] == person.login
            and event["serial"] not in ended
            and datetime.fromisoformat(event["until"]) > now
        ]
        table.add_row(
            person.login,
            person.name,
            ", ".join(person.reaches),
            f"{person.expiry}{state}",
            "enrolled" if factor.enrolled(store, person.login) else "none",
            ", ".join(holding) or "none",
        )
    Console().print(table)


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise UserError(str(error), "--from", "say for example 198.51.100.0/24") from None


def ask_code(name: str) -> str:
    """The code, never on the command line, where every process of the machine could read it."""
    if sys.stdin.isatty():
        return getpass.getpass(f"one-time code of {name}: ")
    code = sys.stdin.readline().strip()
    if not code:
        raise UserError("no code on standard input", "", "type it on a terminal, or pipe it in")
    return code
