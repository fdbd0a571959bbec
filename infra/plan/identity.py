"""A space's identity at the cloud: what each of its application credentials may ask for, and who is let in.

Pure. Two walls that do not know of each other follow from it: the access rules, which the credential itself
carries, and the containers' access lists, which the object store keeps (docs/decisions/0019).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.config import Base, Space
from infra.plan.objects import EXCHANGE, base_container, exchange_container

READER = "reader"
"""The only role that a space's user has anywhere: enough to log in, too little to make or change a thing."""
OBJECTS = "object-store"
SEE = ("GET", "HEAD")
"""List a container, fetch from it."""
PUT = ("PUT",)
"""Give in. Nothing that was given in can be taken back: no DELETE, no POST. An older version stays."""
# keystonemiddleware makes a regular expression of a path and escapes nothing in it.
_PLAIN = re.compile(r"(/[A-Za-z0-9_-]+)+")


@dataclass(frozen=True, order=True)
class AccessRule:
    """One request that a credential may make: `**` stands for anything, as Keystone reads it."""

    method: str
    path: str

    def request(self) -> dict[str, str]:
        """As Keystone takes it."""
        return {"service": OBJECTS, "method": self.method, "path": self.path}


@dataclass(frozen=True)
class Grant:
    """One application credential. `project`: the name of the Keystone project that it opens, and its own.

    `see`: containers that it may list and fetch from; `give`: those that it may store in.
    """

    project: str
    see: tuple[str, ...]
    give: tuple[str, ...] = ()

    def rules(self, account: str) -> tuple[AccessRule, ...]:
        """All that it may ask for, in the order of their names; `account` as in `/v1/AUTH_0a1b2c`.

        ValueError when the account has a character that a rule would read as something else.
        """
        if not _PLAIN.fullmatch(account):
            raise ValueError(f"{account!r} is no account's path of plain letters, digits, - and _")
        return tuple(sorted(self._rules(account)))

    def _rules(self, account: str) -> Iterator[AccessRule]:
        for container in self.see:
            for method in SEE:
                yield AccessRule(method, f"{account}/{container}")
                yield AccessRule(method, f"{account}/{container}/**")
        for container in self.give:
            for method in PUT:
                yield AccessRule(method, f"{account}/{container}/**")


def own_project(environment: str, space: str) -> str:
    """The Keystone project of a space, and the name of its user."""
    return f"{environment}-space-{space}"


def base_project(environment: str, base: str) -> str:
    """The Keystone project whose readers may read a base; its container's name too."""
    return base_container(environment, base)


def grants(name: str, space: Space) -> tuple[Grant, ...]:
    """The credentials of the space called `name`: one for its exchange containers, one for each of its bases.

    A closed space has none. A frozen one keeps them; its user is disabled.
    """
    if space.phase == "closed":
        return ()
    environment = space.environment
    ways = {way: exchange_container(environment, name, way) for way in EXCHANGE}
    given = tuple(container for way, container in ways.items() if EXCHANGE[way] == "write")
    own = Grant(own_project(environment, name), see=tuple(ways.values()), give=given)
    of_bases = (base_project(environment, base) for base in sorted(space.bases))
    return (own, *(Grant(project, see=(project,)) for project in of_bases))


@dataclass(frozen=True)
class AccessList:
    """Who but the owner is let into a container, as Swift's headers say it. Empty: nobody."""

    read: str = ""
    write: str = ""


def exchange_list(way: str, project_id: str, user_id: str) -> AccessList:
    """That of a space's container `in` or `out`: the space's own user, from its own project, nobody else.

    Reading is fetching and listing alike: `.rlistings` is for those who do not log in.
    """
    who = f"{project_id}:{user_id}"
    return AccessList(read=who, write=who if EXCHANGE[way] == "write" else "")


def base_list(project_id: str) -> AccessList:
    """That of a base: whoever has a role in its project of readers. One entry, however many spaces read."""
    return AccessList(read=f"{project_id}:*")


def clashes(space: str, bases: tuple[Base, ...]) -> str:
    """The base whose container has the name of one of the space's own; empty when there is none."""
    taken = {f"base-{base.name}": base.name for base in bases}
    return next((taken[f"{space}-{way}"] for way in EXCHANGE if f"{space}-{way}" in taken), "")
