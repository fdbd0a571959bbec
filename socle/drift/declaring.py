"""What every declared thing is made of, whichever service has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.drift.thing import Declared, ordered
from socle.drift.wording import Resource


def thing(kind: str, one: Resource, fields: Mapping[str, Any], within: str = "") -> Declared:
    """A resource as a declared thing, called as its service calls it."""
    name = str(one.chosen("name") or one.name)
    return Declared(kind, one.id, name, dict(fields), one.urn, one.stack, within)


def named(one: Resource) -> dict[str, Any]:
    """The fields that nearly all of neutron's things have."""
    return {
        "name": one.chosen("name"),
        "description": one.said("description"),
        "tags": ordered(one.said("tags", [])),
    }
