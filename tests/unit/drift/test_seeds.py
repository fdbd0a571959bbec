"""Every kind of drift of tests/drift/kinds.yaml, made on the stand-in: found, exactly, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from socle.drift.compare import State
from tests.drift.seeds import Seed, filled, sample, seeds
from tests.unit.drift.answers import PROJECT, USER
from tests.unit.drift.scanning import declared, scan
from tests.unit.drift.standin import Cloud, standing

# openstacksdk's own deprecations of its own words.
pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")

LISTS = {
    "network": "/network/networks",
    "subnet": "/network/subnets",
    "router": "/network/routers",
    "port": "/network/ports",
    "router interface": "/network/ports",
    "security group": "/network/security-groups",
    "security group rule": "/network/security-group-rules",
    "floating IP": "/network/floatingips",
    "RBAC policy": "/network/rbac-policies",
    "server": "/compute/servers/detail",
    "server group": "/compute/os-server-groups",
    "key pair": "/compute/os-keypairs",
    "volume": "/block/volumes/detail",
    "snapshot": "/block/snapshots/detail",
    "backup": "/block/backups/detail",
    "volume transfer": "/block/os-volume-transfer/detail",
    "image": "/image/images",
    "secret": "/key/secrets",
    "project": "/identity/v3/projects",
    "user": "/identity/v3/users",
    "role assignment": "/identity/v3/role_assignments",
    "application credential": f"/identity/v3/users/{USER}/application_credentials",
}


def words() -> dict[str, str]:
    return {
        "env": "local",
        "default_group": "default-group",
        "network": declared("network", "local-services").id,
        "group": declared("security group").id,
        "port": declared("port", "local-services").id,
        "floating": declared("floating IP").name,
        "space": "the-project-of-a-space",
        "key": "ssh-ed25519 AAAA x",
    }


def make(cloud: Cloud, seed: Seed) -> str:
    """Do it to the stand-in's lists; the id of the thing that is concerned."""
    if seed.kind in ("container", "account"):
        return _store(cloud, seed)
    items = cloud.lists[LISTS[seed.kind]]
    if seed.state == "unmanaged":
        shape = dict(items[0]) if items else {}
        made = {**shape, "id": "rogue", **filled({**seed.create, **seed.shows}, words())}
        if seed.kind == "secret":
            made["secret_ref"] = "https://somewhere/v1/secrets/rogue"
        items.append(made)
        return "rogue"
    thing = declared(seed.kind, filled(seed.thing, words()))
    (item,) = [it for it in items if _id(it) == thing.id]
    if seed.state == "missing":
        items.remove(item)
        return str(thing.id)
    change = filled({**seed.update, **seed.shows}, words())
    for key, value in change.items():
        old = item.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            item[key] = {**old, **{name: old[name] if it == "same" else it for name, it in value.items()}}
        else:
            item[key] = value
    return str(thing.id)


def _store(cloud: Cloud, seed: Seed) -> str:
    if seed.state == "unmanaged":
        cloud.lists["containers"]["rogue"] = {}
        return "rogue"
    name = filled(seed.thing, words())
    headers = cloud.lists["containers"][name] if name else cloud.lists["account"]
    known = {key.lower(): key for key in headers}
    for key, value in seed.headers.items():
        headers[known.get(key.lower(), key)] = value
    return name or PROJECT


def _id(item: dict[str, Any]) -> str:
    return str(item["keypair"]["name"] if "keypair" in item else item["id"])


def test_at_least_sixty_pairs_are_in_the_table() -> None:
    assert len(seeds()) >= 60


def test_a_days_sample_is_the_same_all_day_of_several_kinds_and_another_on_other_days() -> None:
    days = [sample(seeds(), f"202612{day:02}", 4) for day in range(1, 31)]
    assert days[0] == sample(seeds(), "20261201", 4)
    assert all(len({seed.kind for seed in it}) == 4 for it in days)
    # In a month most kinds of things have had their turn.
    assert len({seed.kind for it in days for seed in it}) > len({seed.kind for seed in seeds()}) * 0.8


def test_nothing_is_found_where_nothing_was_made() -> None:
    with standing() as cloud:
        assert scan(cloud) == []
        assert scan(cloud) == []


def rounds() -> list[list[Seed]]:
    """Seeds in as few scans as there can be: in each, at most one about the same thing."""
    found: list[tuple[set[str], list[Seed]]] = []
    for seed in seeds():
        about = f"{seed.kind} made" if seed.state == "unmanaged" else f"{seed.kind} {seed.thing}"
        # A port of a router's is its interface too, and a container of the account shows in no other.
        room = next((it for it in found if about not in it[0]), None)
        if room is None:
            found.append(room := (set(), []))
        room[0].add(about)
        room[1].append(seed)
    return [members for _, members in found]


@pytest.mark.parametrize("number", range(len(rounds())))
def test_each_is_found_at_the_right_thing_and_field_and_nothing_else_is(number: int) -> None:
    wanted = set[tuple[str, str, str, str]]()
    with standing() as cloud:
        for seed in rounds()[number]:
            thing = make(cloud, seed)
            exact = seed.kind != "role assignment" and not (
                seed.kind == "key pair" and seed.state != "changed"
            )
            wanted |= {
                (seed.state, seed.kind, field, thing if exact else "any") for field in (seed.fields or {""})
            }
        found = scan(cloud)
    loose = {(state, kind) for state, kind, _, thing in wanted if thing == "any"}
    said = {
        (it.state.value, it.kind, it.field, "any" if (it.state.value, it.kind) in loose else it.id)
        for it in found
    }
    assert said == wanted
    assert len(found) == len(wanted)


@pytest.mark.parametrize(
    "change",
    [
        {"direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22},
        {"direction": "ingress", "remote_group_id": "another-group"},
        {"direction": "ingress", "remote_group_id": None},
        {"direction": "ingress", "remote_group_id": None, "remote_ip_prefix": "0.0.0.0/0"},
        {"direction": "egress", "remote_group_id": None, "remote_ip_prefix": "203.0.113.0/24"},
    ],
)
def test_a_rule_in_the_default_group_is_neutrons_own_only_when_it_is_exactly_that(
    change: dict[str, Any],
) -> None:
    with standing() as cloud:
        rules = cloud.lists["/network/security-group-rules"]
        own = next(it for it in rules if it["id"] == "default-ingress-IPv4")
        rules.append({**own, "id": "rogue", **change})
        found = scan(cloud)
    assert [(it.state.value, it.kind, it.id) for it in found] == [
        ("unmanaged", "security group rule", "rogue")
    ]


def test_a_server_in_a_group_that_it_was_not_given_is_changed() -> None:
    server = declared("server")
    rogue = {"id": "rogue", "name": "rogue", "policy": "soft-affinity", "members": [server.id]}
    with standing(Cloud()) as cloud:
        cloud.lists["/compute/os-server-groups"] = [rogue]
        found = scan(cloud)
    assert {(it.state, it.kind, it.id, it.field) for it in found} == {
        (State.UNMANAGED, "server group", "rogue", ""),
        (State.CHANGED, "server", server.id, "server_groups"),
    }
