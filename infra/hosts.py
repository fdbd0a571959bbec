"""`python -m infra.hosts`: what each host's firewall must let through, as JSON, for the baseline role.

For a platform's stack and for a project space's. Reads the tables of stacks/ only: no cloud, no state.
Exit code 2, one line on stderr, when they are wrong.
"""

import argparse
import json
import os
import sys
from ipaddress import IPv4Network
from typing import Any

from infra.administrators import administrators, jumpers, people_of
from infra.config import Outside
from infra.facts import FactError
from infra.plan.addresses import space_networks
from infra.plan.administered import administered
from infra.plan.nftables import host_rules
from infra.plan.objects import Client, admitted, space_client
from infra.plan.placement import Placed
from infra.plan.plan import Guarded
from infra.plan.problem import PlanError
from infra.specification import Specification, load, load_sound_spaces, load_space
from infra.stackfile import environment_of, space_of, stack_name, stacks_said

GATEWAY_PORT = "8443"
"""Of role/object-gateway, as flows.yaml and roles/object_gateway say it."""


def facts(stack: str) -> dict[str, Any]:
    """Every host of the stack by its server's name, and the places that hosts are configured to use.

    `outside`: by the names flows use. `roles`: addresses of the platform's hosts, by role. Of a host,
    `levels` are those of ANSSI-BP-028 that hold there, its own last; `people` are those with an account
    there today; `administered` are the addresses to whose SSH a bastion forwards, `jumpers` the logins of
    those people for whom it does; `objects` are the clients that an object gateway admits, with their
    containers.
    """
    plan: Guarded
    if space_of(stack):
        space = load_space(stack)
        base, plan = space.base, space.plan
    else:
        base = load(stack)
        plan = base.plan
    people = administrators(base)
    hosts = {
        placed.name: {
            "roles": list(placed.host.roles),
            "zone": placed.zone,
            "space": space_of(stack),
            "address": str(placed.address),
            "levels": list(base.zones.levels(placed.host.roles)),
            "volumes": [volume.model_dump() for volume in placed.host.volumes],
            "people": people_of(people, placed.host.roles),
            "administered": _administered(base, placed),
            "jumpers": jumpers(people) if "bastion" in placed.host.roles else [],
            "objects": _objects(base, placed),
            **host_rules(plan, placed.name),
        }
        for placed in plan.hosts
    }
    return {"stack": stack, "hosts": hosts, "outside": _outside(base), "roles": _roles(base)}


def _outside(base: Specification) -> dict[str, Any]:
    return {
        name: {
            "prefixes": [str(prefix) for prefix in place.prefixes],
            "ports": list(place.ports),
            **({"endpoint": _endpoint(place)} if place.host else {}),
        }
        for name, place in base.profile.outside.items()
    }


def _endpoint(place: Outside) -> dict[str, Any]:
    address, port = place.prefixes[0].network_address, place.ports[0].partition("/")[0]
    return {"host": place.host, "address": str(address), "port": int(port)}


def _roles(base: Specification) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for placed in base.plan.hosts:
        for role in placed.host.roles:
            found.setdefault(role, []).append(str(placed.address))
    return found


def _administered(base: Specification, placed: Placed) -> list[str]:
    if "bastion" not in placed.host.roles:
        return []
    return [str(address) for address in administered(base.plan, placed.name, _transits(base))]


def _objects(base: Specification, placed: Placed) -> list[Client]:
    if "object-gateway" not in placed.host.roles:
        return []
    sound = load_sound_spaces(base)
    clients = [space_client(one.name, one.space, one.plan.transit) for one in sound]
    served = [rule for rule in host_rules(base.plan, placed.name)["input"] if rule["ports"] == GATEWAY_PORT]
    return admitted(clients, [IPv4Network(remote) for rule in served for remote in rule["remote"]])


def _transits(base: Specification) -> list[IPv4Network]:
    """Transit networks of the environment's open spaces; one whose file is wrong is left out."""
    found = []
    for stack, said in stacks_said("space"):
        number = said.get("number")
        # The bastion has no way into a space that is not open.
        ours = environment_of(stack) == base.platform.environment and said.get("phase") == "open"
        if ours and type(number) is int and number >= 0:
            try:
                found.append(space_networks(base.plan.network, base.zones, number)[1])
            except PlanError:
                continue
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the facts; 0 or 2."""
    parser = argparse.ArgumentParser(prog="python -m infra.hosts", description="Hosts' firewalls as JSON.")
    parser.add_argument("--stack", default=os.environ.get("SOCLE_STACK", "local-platform"))
    try:
        found = facts(stack_name(parser.parse_args(arguments).stack))
    except FactError as error:
        print(error, file=sys.stderr)
        return 2
    json.dump(found, sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
