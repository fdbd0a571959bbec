"""administrators.yaml: the people who may log in to hosts, by name. Holds public keys only.

Who is let in today, and where, is worked out in infra/administrators.py.
"""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from infra.config.base import EnvironmentName, Name, Sentence, Table, said_twice, strong_public_key
from infra.plan.age import is_recipient

LONGEST = timedelta(days=365)
"""A grant is looked at again at least once a year."""
TAKEN = frozenset({"root", "automation", "jump"})
"""Accounts that are no person's."""
TOKEN = "sk-ssh-ed25519@openssh.com "  # noqa: S105 - a type of key that stays on a hardware token


def _persons_key(text: str) -> str:
    """An OpenSSH public key of a strong type, or one on a hardware token, without its comment."""
    if text.startswith(TOKEN):
        strong_public_key("ssh-ed25519 " + text.removeprefix(TOKEN))
    else:
        strong_public_key(text)
    return " ".join(text.split()[:2])


class Administrator(Table):
    """One person. `reaches`: roles of hosts on which they have an account.

    `approves`: layers whose changes they may approve when somebody else proposed them.

    `opens`: their public key of age, when they take out results: what spaces give out is sealed to it too.

    `keys` left out means `$SOCLE_SSH_DIR/<login>.pub`, for trying things on one's own machine; refused for
    an environment that protects data.
    """

    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,15}$")]
    name: Annotated[str, Field(min_length=3, max_length=60, pattern=r"^[^:,=\x00-\x1f\x7f]+$")]
    environments: Annotated[tuple[EnvironmentName, ...], Field(min_length=1)]
    reaches: Annotated[tuple[Name, ...], Field(min_length=1)]
    approves: tuple[Literal["platform", "data", "space"], ...] = ()
    keys: tuple[Annotated[str, AfterValidator(_persons_key)], ...] = ()
    opens: Annotated[str, AfterValidator(is_recipient)] | None = None
    owner: Name
    approver: Name
    reason: Sentence
    granted: date
    expiry: date

    @model_validator(mode="after")
    def _sound(self) -> Self:
        who = self.login
        if who in TAKEN:
            raise ValueError(f"{who} is no person's account; choose another login")
        if self.approver in (self.owner, who):
            raise ValueError(f"{who}: {self.approver} cannot also approve; somebody else must")
        if not timedelta() < self.expiry - self.granted <= LONGEST:
            raise ValueError(f"{who}: expiry must follow granted by at most {LONGEST.days} days; set it so")
        said_twice(self.environments, "environment")
        said_twice(self.reaches, "role")
        said_twice(self.approves, "layer")
        said_twice(self.keys, "key")
        return self

    def holds(self, today: date) -> bool:
        """Whether the grant stands on this day; the day of expiry counts."""
        return self.granted <= today <= self.expiry


class Administrators(Table):
    """The whole table; a login and a key are one person's."""

    administrators: tuple[Administrator, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said_twice((person.login for person in self.administrators), "login")
        said_twice((key for person in self.administrators for key in person.keys), "key")
        said_twice((person.opens for person in self.administrators if person.opens), "key of age")
        return self
