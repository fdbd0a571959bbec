"""What each host's own firewall lets through: the same flows as the security groups, seen from the host.

Here: rules as data. Writing them in nft's language, and what every host allows itself (loopback and
replies), is the baseline role's work. `python -m infra.hosts` prints this for the role.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TypedDict

from infra.config import Protocol
from infra.plan.plan import Guarded
from infra.plan.rules import Direction


class HostRule(TypedDict):
    """One line of a host's ruleset; `remote` is the source of input and the destination of output."""

    protocol: Protocol
    ports: str
    remote: list[str]
    flows: list[str]


class HostRules(TypedDict):
    """A host's rules, by nft's chain names."""

    input: list[HostRule]
    output: list[HostRule]


@dataclass(frozen=True, order=True)
class _Key:
    protocol: Protocol
    first: int
    last: int
    flows: tuple[str, ...]


def host_rules(plan: Guarded, name: str) -> HostRules:
    """The rules of the host called `name` (full name); KeyError when there is none."""
    groups = {placed.name: placed.groups for placed in plan.hosts}[name]
    return {"input": _chain(plan, groups, "ingress"), "output": _chain(plan, groups, "egress")}


def _chain(plan: Guarded, groups: tuple[str, ...], direction: Direction) -> list[HostRule]:
    remotes: dict[_Key, set[IPv4Network]] = {}
    for rule, flows in plan.perimeter.rules.items():
        if rule.group in groups and rule.direction == direction:
            key = _Key(rule.protocol, rule.first, rule.last, flows)
            remotes.setdefault(key, set()).add(rule.remote)
    return [
        {
            "protocol": key.protocol,
            "ports": str(key.first) if key.first == key.last else f"{key.first}-{key.last}",
            "remote": [str(remote) for remote in sorted(remotes[key])],
            "flows": list(key.flows),
        }
        for key in sorted(remotes)
    ]
