"""What is known of a host before it is looked at, what it answered, what a kind of thing becomes of both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from localcloud.image.rootfs import OVERLAY
from socle import controls
from socle.drift.answers import Unread
from socle.drift.hosts.roles import ROLES, Role, roles
from socle.errors import FailureError

Fields = dict[str, Any]
Things = dict[str, Fields]
"""What is declared, or there, by a name that is one host's own; each with the fields that are compared."""
LONGEST, VALUE = 160, 1000
"""Characters of a name and of a value that are shown."""


@dataclass(frozen=True)
class Image:
    """What the build of a host's image recorded: packages with their versions, and what stood in its tree."""

    key: str
    packages: Mapping[str, str]
    standing: Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """`host`: as the inventory declares it (tests/hosts/checks/base.py). `image`: or why it is not known."""

    host: Mapping[str, Any]
    image: Image | str
    rendered: Mapping[str, Mapping[str, str]] | str
    key: str
    """Automation's public key."""
    authority: str = ""
    """The people's, whose certificates count; empty where nobody has made one."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the catalogue's `applies_when` and the roles are chosen by."""
        return tuple(self.host["conditions"])

    @property
    def people(self) -> tuple[str, ...]:
        """Logins of named people with an account there."""
        return tuple(self.host["people"])

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that it has."""
        return tuple(role for role in roles() if role.on(self.conditions))

    def built(self) -> Image:
        """Its image; Unread when it is not known."""
        if isinstance(self.image, str):
            raise Unread(self.image)
        return self.image

    def put(self) -> Mapping[str, Mapping[str, str]]:
        """Files that roles put there; Unread when Ansible could not say."""
        if isinstance(self.rendered, str):
            raise Unread(self.rendered)
        return self.rendered

    def parameters(self, kind: str) -> list[Mapping[str, Any]]:
        """Parameters of the controls of a kind that hold there."""
        return [
            one.parameters
            for one in controls.load().controls
            if one.kind == kind and one.applies_when in self.conditions and one.level in self.host["levels"]
        ]


@dataclass(frozen=True)
class Answers:
    """What the host answered, by section; `unreadable`: why it answered nothing."""

    sections: Mapping[str, Any] = field(default_factory=dict)
    unreadable: str = ""

    def value(self, section: str) -> Any:
        """One section; Unread when it could not be read."""
        if self.unreadable:
            raise Unread(self.unreadable)
        entry = self.sections.get(section, {"error": "the host returned no such section"})
        if "error" in entry:
            raise Unread(f"{section}: {entry['error']}")
        return entry["value"]


@dataclass
class Pair:
    """Both sides of one kind. `guests`: there without a word, for a reason that nobody has to declare.

    `optional`: may be there as declared, or not at all. `doubts`: what cannot be said of one, and why.
    """

    declared: Things = field(default_factory=dict)
    found: Things = field(default_factory=dict)
    guests: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)
    doubts: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, **fields: Any) -> str:
        """A thing that is there; when its name is there already, the next one of that name."""
        said, number = printable(name), 1
        while (own := said if number == 1 else f"{said} #{number}") in self.found:
            number += 1
        self.found[own] = {key: _shown(value) for key, value in fields.items()}
        return own


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [printable(str(one), VALUE) for one in value]
    return printable(value, VALUE) if isinstance(value, str) else value


def printable(text: str, longest: int = LONGEST) -> str:
    """One line of visible characters, whatever a host made of a name: it must steer no terminal."""
    plain = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    if len(plain) <= longest:
        return plain
    # Two that begin alike must not pass for one.
    rest = hashlib.sha256(plain.encode()).hexdigest()[:16]
    return f"{plain[:longest]}... ({len(plain)} characters, {rest})"


@cache
def first_account() -> Mapping[str, Any]:
    """The account that cloud-init makes at first boot, as the image tells it to."""
    text = (OVERLAY / "etc/cloud/cloud.cfg.d/50-socle.cfg").read_text(encoding="utf-8")
    said: Mapping[str, Any] = yaml.safe_load(text)["system_info"]["default_user"]
    return said


@cache
def default(role: str, name: str) -> Any:
    """A role's default that is plain text; FailureError when Jinja would have to make it."""
    said = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8"))[name]
    if "{{" in str(said):
        raise FailureError(f"{name} is not plain text", f"roles/{role}/defaults/main.yml", "write it out")
    return said
