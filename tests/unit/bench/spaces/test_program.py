"""The program takes a measured space for what it is: all of a space but servers, ports and addresses."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from bench.spaces import facts
from bench.up.facts import checkout
from infra.specification import load_space
from tests.unit.infra import program

REFERENCED = {f"organization/hdh/{facts.PLATFORM}": {"core_router_id": "Router/fleet-core"}}


def test_it_makes_networks_groups_containers_and_an_identity_but_no_server(tmp_path: Path) -> None:
    folder = checkout(tmp_path, facts.ENVIRONMENT, facts.NETWORK)
    facts.write_table(folder, 3, datetime.now(UTC).date())
    with mock.patch.dict(program.REFERENCED, REFERENCED):
        made = program.run_space(load_space(facts.stack_of(3), folder))
    assert made.told == []
    kinds = Counter(one.type.split(":")[-1] for one in made.made if one.type.startswith("openstack:"))
    assert kinds.pop("SecGroupRule") == len(load_space(facts.stack_of(3), folder).plan.perimeter.rules)
    assert kinds == {
        "Network": 2,
        "Subnet": 2,
        "Router": 1,
        "RouterInterface": 2,
        "RbacPolicyV2": 1,
        "SecGroup": 1,
        "Container": 2,
        "Keypair": 1,
        "Project": 1,
        "User": 1,
        "RoleAssignment": 1,
    }
