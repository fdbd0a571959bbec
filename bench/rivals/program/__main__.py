"""Every case of bench.rivals as plain Pulumi, under one provider. Nothing is made: it is only previewed."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi
import pulumi_openstack as openstack

from bench.rivals.kinds import PROVIDER, STANDING, pulumi_arguments, tokens
from bench.rivals.seeds import Case, arguments, cases, load

shared = openstack.Provider("shared", region="here", auth_url="https://identity.example/v3")


def declare(case: Case) -> None:
    """All of it, in order: what a thing refers to stands before it."""
    made: dict[str, Any] = {}

    def solved(value: Any) -> Any:
        if isinstance(value, list):
            return [solved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "ref" in value:
            return getattr(made[value["ref"]], value.get("of", "id"))
        if "cloud" in value:
            return STANDING[value["cloud"]]
        return {key: solved(one) for key, one in value.items()}

    for key, thing in case.things.items():
        said = pulumi_arguments(solved(arguments(case, key)))
        name = f"{case.name}/{key}"
        if thing["type"] == PROVIDER:
            made[key] = openstack.Provider(name, **said)
            continue
        module, kind = tokens()[thing["type"]]
        make = getattr(getattr(openstack, module), kind)
        made[key] = make(name, opts=pulumi.ResourceOptions(provider=shared), **said)


for one in cases(load()):
    declare(one)
