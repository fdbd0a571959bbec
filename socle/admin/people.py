"""What stacks/administrators.yaml lets a person have: asked here for the verbs. Signs nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from infra.administrators import TABLE, administrators
from infra.config import Administrator
from infra.facts import FactError
from infra.specification import load
from socle.admin.store import Store
from socle.env import Environment
from socle.errors import UserError


def everybody(environment: Environment) -> tuple[Administrator, ...]:
    """Everybody whom the table names for the environment; UserError when a table is wrong."""
    try:
        return administrators(load(f"{environment.name}-platform"))
    except FactError as error:
        raise UserError(str(error)) from None


def listed(environment: Environment, login: str) -> Administrator:
    """The person of this login; UserError when the table names nobody so."""
    found = everybody(environment)
    for person in found:
        if person.login == login:
            return person
    known = ", ".join(sorted(person.login for person in found)) or "nobody"
    raise UserError(f"{login} is no administrator of {environment.name} (known: {known})", TABLE, "add them")


def standing(environment: Environment, login: str) -> Administrator:
    """The same, whose grant stands today; UserError when it does not."""
    person = listed(environment, login)
    if not person.holds(datetime.now(UTC).date()):
        raise UserError(
            f"the grant of {login} is for {person.granted} to {person.expiry}", TABLE, "have it granted anew"
        )
    return person


def known_key(environment: Environment, person: Administrator, file: Path) -> str:
    """The public key in `file`, type and key alone; UserError unless it is one of the person's."""
    asked = _read(file, "name the file of a public key")
    known = person.keys
    if not known:
        own = environment.ssh_dir / f"{person.login}.pub"
        known = (_read(own, f"make it: ssh-keygen -t ed25519 -f {own.with_suffix('')}"),)
    if asked not in known:
        raise UserError(f"not a key of {person.login}", str(file), f"have it added to their keys in {TABLE}")
    return asked


def end(person: Administrator, now: datetime, minutes: int) -> datetime:
    """When a certificate ends: after these minutes, and no later than the grant."""
    grant = datetime.combine(person.expiry, time(), UTC) + timedelta(days=1)
    return min(now + timedelta(minutes=minutes), grant)


def authority_allowed(environment: Environment, store: Store) -> None:
    """UserError where data is protected and the private half lies in a file, or would come to."""
    if load(f"{environment.name}-platform").platform.protect and (
        store.key.exists() or not store.public.exists()
    ):
        raise UserError(
            f"{environment.name} protects data: the people's authority must not lie in a file",
            str(store.key),
            f"keep it on a token or in an agent, with its public half in {store.public}",
        )


def _read(file: Path, fix: str) -> str:
    try:
        words = file.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(f"no public key can be read: {reason}", str(file), fix) from None
    if len(words) < 2 or not words[0].startswith(("ssh-", "sk-")):  # noqa: PLR2004 - type and key
        raise UserError("not an OpenSSH public key", str(file), fix)
    return " ".join(words[:2])
