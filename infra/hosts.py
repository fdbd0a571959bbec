"""`python -m infra.hosts`: what each host's firewall must let through, as JSON, for the baseline role.

Reads the tables of stacks/ only: no cloud, no state. Exit code 2, one line on stderr, when they are wrong.
"""

import argparse
import json
import os
import sys
from typing import Any

from infra.facts import FactError
from infra.plan.nftables import host_rules
from infra.specification import Specification, load, stack_name


def facts(specification: Specification) -> dict[str, Any]:
    """Every host by its server's name, and the places outside by the names flows use for them."""
    hosts = {
        placed.name: {
            "role": placed.host.role,
            "zone": placed.host.zone,
            "address": str(placed.address),
            "volumes": [volume.model_dump() for volume in placed.host.volumes],
            **host_rules(specification.plan, placed.name),
        }
        for placed in specification.plan.hosts
    }
    outside = {
        name: {"prefixes": [str(prefix) for prefix in place.prefixes], "ports": list(place.ports)}
        for name, place in specification.profile.outside.items()
    }
    return {"stack": specification.stack, "hosts": hosts, "outside": outside}


def main(arguments: list[str] | None = None) -> int:
    """Print the facts; 0 or 2."""
    parser = argparse.ArgumentParser(prog="python -m infra.hosts", description="Hosts' firewalls as JSON.")
    parser.add_argument("--stack", default=os.environ.get("SOCLE_STACK", "local-platform"))
    try:
        specification = load(stack_name(parser.parse_args(arguments).stack))
    except FactError as error:
        print(error, file=sys.stderr)
        return 2
    json.dump(facts(specification), sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
