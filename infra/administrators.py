"""Who is let in where: administrators.yaml read against an environment's platform.

`socle admin` asks it who may have a certificate, `infra.hosts` who has an account on which host.
"""

from datetime import UTC, date, datetime
from pathlib import Path

from infra import stackfile
from infra.config import Administrator, Administrators
from infra.facts import read, validate
from infra.plan.problem import choose
from infra.specification import Specification

TABLE = "stacks/administrators.yaml"


def administrators(base: Specification, root: Path | None = None) -> tuple[Administrator, ...]:
    """Everybody whom the table names for the environment, their grant standing or not.

    Raises FactError: unknown roles or environments, and keys left out where data is protected.
    """
    document = read((root or stackfile.ROOT) / TABLE, TABLE)
    table = validate(Administrators, document, (), document.data)
    roles = {role for zone in base.zones.zones.values() for role in zone.roles}
    roles |= set(base.zones.spaces.roles)
    here = base.platform.environment
    for index, person in enumerate(table.administrators):
        at = ("administrators", index)
        for role in person.reaches:
            if role not in roles:
                raise document.error((*at, "reaches"), f"role {role} is unknown; {choose(sorted(roles))}")
        for name in person.environments:
            if not stackfile.stack_file(f"{name}-platform", root).is_file():
                what = f"environment {name} has no stacks/Pulumi.{name}-platform.yaml; correct the name"
                raise document.error((*at, "environments"), what)
        if here in person.environments and base.platform.protect and not person.keys:
            what = f"{person.login}: {here} protects data, so their keys must be written here; add them"
            raise document.error(at, what)
    return tuple(person for person in table.administrators if here in person.environments)


def people_of(
    found: tuple[Administrator, ...], roles: tuple[str, ...], today: date | None = None
) -> list[dict[str, str]]:
    """Those who have an account today on a host with these roles."""
    today = today or datetime.now(UTC).date()
    return [
        {"login": person.login, "name": person.name, "expiry": person.expiry.isoformat()}
        for person in found
        if person.holds(today) and set(person.reaches) & set(roles)
    ]


def jumpers(found: tuple[Administrator, ...], today: date | None = None) -> list[str]:
    """Logins of those who may pass a bastion today: they reach more than bastions."""
    today = today or datetime.now(UTC).date()
    return [person.login for person in found if person.holds(today) and set(person.reaches) - {"bastion"}]


def openers(base: Specification, today: date | None = None, root: Path | None = None) -> dict[str, str]:
    """Public keys of age, by login, of those who take out what spaces give out, today."""
    today = today or datetime.now(UTC).date()
    found = administrators(base, root)
    return {person.login: person.opens for person in found if person.opens and person.holds(today)}
