"""Logs and time: every host can hand its logs over, and has the one clock."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph import Nic
from policies.graph.topology import INSTANCE
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.net import Ports, overlap
from policies.snapshot import Resource
from policies.values import Unknown


def _opens(nic: Nic, world: World, protocol: str, port: int, role: str) -> Said | None:
    """None when an egress rule opens the port to hosts of that role, or anywhere when there are none."""
    targets = world.graph.of_role(role)
    wanted = Ports(port, port)
    maybe = nic.guarded is not False and not nic.groups.sure
    for rule in world.graph.reach.rules(nic, ingress=False):
        admitted = rule.admits(protocol, wanted)
        if isinstance(admitted, Unknown) or isinstance(rule.prefixes, Unknown):
            maybe = True
        elif admitted and (
            not targets
            or rule.prefixes is None
            or any(overlap(one, at) for one in rule.prefixes for it in targets for at in it.addresses)
        ):
            return None
    what = f"no egress rule opens {protocol} {port} to " + (
        ", ".join(it.name for it in targets) or f"a {role}"
    )
    return unproven("a group or rule of it cannot be known") if maybe else violation(f"{nic.name}: {what}")


def _each(resource: Resource, world: World, protocol: str, port: int, role: str) -> Iterator[Said]:
    nics = world.graph.nics_of(resource)
    if any(role in nic.roles for nic in nics):
        yield not_applicable(f"is the {role}")
        return
    if resource.get("powerState") in ("shutoff", "shelved_offloaded"):
        yield not_applicable("is off")
        return
    said = [_opens(nic, world, protocol, port, role) for nic in nics]
    if not any(one is None for one in said):
        yield from (one for one in said if one is not None)


@policy(
    "LOG-01",
    rule=(
        "Every host may send its logs to the collector over TLS.",
        "Tout hôte peut envoyer ses journaux au collecteur par TLS.",
    ),
    reason=(
        "Logs that stay on the host go with whoever takes the host.",
        "Des journaux qui restent sur l'hôte partent avec qui prend l'hôte.",
    ),
    fix=("Open egress tcp 6514 to the collector.", "Ouvrir la sortie tcp 6514 vers le collecteur."),
    clauses=("secnumcloud-3.2:12.7.c", "anssi-pa-012:R9", "anssi-pa-012:R17"),
    kinds=(INSTANCE,),
    graph=True,
    counter="a host whose groups have no rule for tcp 6514",
    params={"port": 6514, "role": "collector"},
)
def reaches_collector(resource: Resource, world: World) -> Iterator[Said]:
    """Egress of its groups, towards the collector's address where the stack has one."""
    yield from _each(resource, world, "tcp", int(world.params["port"]), world.params["role"])


@policy(
    "LOG-04",
    rule=("Every host may ask the platform's clock.", "Tout hôte peut demander l'heure à la plateforme."),
    reason=(
        "Without one clock logs of two hosts cannot be put in order.",
        "Sans horloge commune, les journaux de deux hôtes ne s'ordonnent pas.",
    ),
    fix=(
        "Open egress udp 123 to the host of the role time.",
        "Ouvrir la sortie udp 123 vers l'hôte du rôle time.",
    ),
    clauses=("secnumcloud-3.2:12.8.a", "snds-2024:7.4", "anssi-pa-012:R5"),
    kinds=(INSTANCE,),
    graph=True,
    counter="a host whose groups have no rule for udp 123",
    params={"port": 123, "role": "time"},
)
def reaches_clock(resource: Resource, world: World) -> Iterator[Said]:
    """Egress of its groups, towards the clock's address where the stack has one."""
    yield from _each(resource, world, "udp", int(world.params["port"]), world.params["role"])
