"""The orphan inventory must see what it exists to see, and must not see what the provider made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.leftovers import kinds as leftovers
from infra.specification import load_data, load_space
from tests.faults import project
from tests.faults.inventory import KINDS, TIES, Comparison, Thing, compare, made_by_provider
from tests.unit.infra.program import run, run_data, run_space

OURS = {"project": "p", "ours": "p"}


def resource(kind: str, number: str, name: str = "local-x", **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": number, "urn": f"urn:pulumi:local-platform::hdh::{kind}::{name}", **more}


def state(*resources: dict[str, Any], pending: tuple[str, ...] = ()) -> dict[str, Any]:
    operations = [{"type": "creating", "resource": {"urn": urn}} for urn in pending]
    return {"version": 3, "deployment": {"resources": list(resources), "pending_operations": operations}}


STATE = state(
    {"type": "pulumi:pulumi:Stack", "urn": "urn::stack"},
    {"type": "pulumi:providers:openstack", "urn": "urn::provider", "id": "7"},
    resource("openstack:networking/network:Network", "n1"),
    resource("openstack:networking/routerInterface:RouterInterface", "p2"),
    resource("openstack:networking/floatingIpAssociate:FloatingIpAssociate", "f1"),
    resource("openstack:compute/keypair:Keypair", "local-key"),
    resource("openstack:networking/network:Network", "public", external=True),
)
CLOUD = [
    Thing("network", "n1", "local-admin", OURS),
    Thing("port", "p2", "", {"owner": "network:router_interface"}),
    Thing("keypair", "local-key", "local-key"),
]
PROVIDERS = [
    Thing("network", "public", "public", {"project": "admin", "ours": "p"}),
    Thing("subnet", "s0", "public", {"project": "admin", "ours": "p"}),
    Thing("port", "p0", "", {"owner": "network:dhcp"}),
    Thing("security group", "g0", "default"),
    Thing("security group rule", "r0", "", {"group": "default"}),
    Thing("application credential", "c0", "platform", {"used": "by us"}),
]


def test_cloud_and_state_that_agree_are_clean() -> None:
    found = compare([*CLOUD, *PROVIDERS], [STATE])
    assert found == Comparison((), (), ())
    assert found.clean
    assert str(found) == "cloud and states agree"


@pytest.mark.parametrize("kind", sorted({*KINDS.values(), "snapshot"}))
def test_one_of_each_kind_is_seen_when_no_state_has_it(kind: str) -> None:
    orphan = Thing(kind, "o1", "local-lost", {**OURS, "owner": "compute:nova", "group": "local-a"})
    found = compare([*CLOUD, *PROVIDERS, orphan], [STATE])
    assert found.orphans == (orphan,)
    assert not found.clean
    assert str(found) == f"orphan: {kind} local-lost (o1)"


def test_a_router_interface_that_nobody_knows_is_an_orphan() -> None:
    assert not made_by_provider(Thing("port", "p9", "", {"owner": "network:router_interface"}))


def test_what_the_cloud_lost_is_missing() -> None:
    found = compare(CLOUD[1:], [STATE])
    assert [str(thing) for thing in found.missing] == ["network local-x (n1)"]
    assert found.orphans == ()


def test_another_stacks_resources_are_no_orphans() -> None:
    other = state(resource("openstack:compute/instance:Instance", "s9"))
    assert compare([*CLOUD, Thing("server", "s9", "local-space")], [STATE, other]).clean


def test_a_creation_that_nobody_settled_is_told() -> None:
    found = compare(CLOUD, [STATE, state(pending=("urn::lost",))])
    assert found.pending == ("urn::lost",)
    assert not found.clean


def test_a_type_that_nobody_put_into_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="dns/zone"):
        compare([], [state(resource("openstack:dns/zone:Zone", "z1"))])


def test_every_type_of_the_program_has_a_kind() -> None:
    runs = (run(), run_space(load_space("local-space-alpha")), run_data(load_data("local-data")))
    types = {made.type for one in runs for made in one.made if made.type.startswith("openstack:")}
    assert types <= KINDS.keys() | TIES
    assert types <= leftovers.KINDS.keys()


class Service:
    """Answers every list with what it was given, or nothing."""

    def __init__(self, **lists: list[Any]) -> None:
        self.lists = lists

    def __getattr__(self, name: str) -> Any:
        return lambda **_: self.lists.get(name, [])


def test_the_projects_lists_are_read() -> None:
    def thing(number: str, **more: Any) -> Any:
        return SimpleNamespace(id=number, name=f"local-{number}", project_id="p", **more)

    cloud = SimpleNamespace(
        current_project_id="p",
        current_user_id="u",
        config=SimpleNamespace(get_auth_args=lambda: {"application_credential_id": "c0"}),
        network=Service(
            networks=[thing("n1")],
            ports=[thing("p1", device_owner="network:dhcp")],
            security_groups=[SimpleNamespace(id="g0", name="default")],
            security_group_rules=[thing("r0", security_group_id="g0", description=None)],
            rbac_policies=[thing("b1")],
        ),
        compute=Service(servers=[thing("s1")]),
        block_storage=Service(
            volumes=[thing("v1", attachments=[{"server_id": "s1"}])], snapshots=[thing("x1")]
        ),
        object_store=Service(containers=[thing("o1")]),
        identity=Service(application_credentials=[thing("c0"), thing("c1")]),
    )
    left = {str(it) for it in project.everything(cloud) if not made_by_provider(it)}
    assert left == {
        "network local-n1 (n1)",
        "RBAC policy b1",
        "server local-s1 (s1)",
        "volume local-v1 (v1)",
        "attachment local-v1 (s1/v1)",
        "snapshot local-x1 (x1)",
        "container local-o1 (local-o1)",
        "application credential local-c1 (c1)",
    }
