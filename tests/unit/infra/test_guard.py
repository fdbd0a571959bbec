"""The guard of a platform: what stands on it in the cloud, what is said, and that it is asked first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import struct_pb2
from openstack.network.v2.network import Network
from openstack.network.v2.port import Port
from openstack.network.v2.router import Router
from pulumi.runtime.proto import provider_pb2 as pb

from infra.guard.carried import Carried, carried, objection
from infra.guard.service import QUESTION, Guard, UnreadableError, ask
from infra.specification import load
from tests.unit.infra.program import run

# openstacksdk's own way of saying so, about itself.
pytestmark = pytest.mark.filterwarnings("ignore:The _compute_attributes")

ZONE = ("local-admin", ["env=local", "layer=platform", "zone=admin"], "local-admin-core")
ALPHA = ("local-alpha-transit", ["env=local", "layer=space", "space=alpha", "zone=spaces"], "")
FREE = Carried(True, ("admin",), (), ())


def cloud(*joined: tuple[str, list[str], str], apart: tuple[tuple[str, list[str]], ...] = ()) -> Any:
    """Neutron's answers: networks with a port of local-core (name, tags, the port's name), and others."""
    both = [*((name, tags) for name, tags, _ in joined), *apart]
    networks = [Network.existing(id=f"{name}-id", name=name, tags=tags) for name, tags in both]
    ports = [
        Port.existing(id=f"{name}-port", name=port, device_id="core-id", network_id=f"{name}-id")
        for name, _, port in joined
    ]
    routers = [Router.existing(id="core-id", name="local-core")] if joined else []
    answers = SimpleNamespace(
        networks=lambda: iter(networks),
        routers=lambda name: iter(router for router in routers if router.name == name),
        ports=lambda device_id: iter(port for port in ports if port.device_id == device_id),
    )
    return SimpleNamespace(network=answers)


def test_zones_alone_carry_nothing() -> None:
    found = carried(cloud(ZONE), "local")
    assert found == FREE
    assert objection("local", found) == ""


def test_a_zone_is_known_before_it_has_tags() -> None:
    assert carried(cloud(("local-admin", [], "local-admin-core")), "local") == FREE


@pytest.mark.parametrize(
    ("joined", "apart"),
    [
        ([ALPHA], ()),
        ([("local-alpha-transit", [], "")], ()),  # made, not labelled yet
        ([], (ALPHA[:2],)),  # not joined yet, or not any more
        ([], (("local-alpha", ALPHA[1]),)),  # what a broken destroy left of it
    ],
)
def test_a_space_stands_while_a_network_of_it_is_left(joined: list[Any], apart: Any) -> None:
    found = carried(cloud(ZONE, *joined, apart=apart), "local")
    assert (found.zones, found.spaces, found.strangers) == (("admin",), ("alpha",), ())


def test_what_no_label_explains_keeps_the_platform_too() -> None:
    found = carried(cloud(ZONE, ("by-hand", ["env=other"], "")), "local")
    assert (found.spaces, found.strangers) == ((), ("by-hand",))
    assert objection("local", found) == (
        "local-core, the core router of local-platform, also joins by-hand, which is no zone and no space of "
        "the environment: take that off the router first"
    )


@pytest.mark.parametrize("owner", ["network:router_ha_interface", "network:router_centralized_snat"])
def test_a_routers_own_ports_are_no_strangers(owner: str) -> None:
    there = cloud(ZONE, ("HA network", [], ""))
    for port in (ports := list(there.network.ports("core-id"))):
        port.device_owner = owner if port.network_id == "HA network-id" else "network:router_interface"
    there.network.ports = lambda device_id: ports  # noqa: ARG005
    assert carried(there, "local") == FREE


def test_another_environments_spaces_are_none_of_ours() -> None:
    beta = ("full-beta-transit", ["env=full", "layer=space", "space=beta"])
    others: Any = (beta, ("full-gamma-transit", []))
    assert carried(cloud(ZONE, apart=others), "local") == FREE


def test_nothing_of_the_environment_is_not_the_same_as_no_space() -> None:
    assert not carried(cloud(apart=(("public", []), ("full-admin", ["env=full"]))), "local").seen
    assert carried(cloud(apart=(("local-admin", ["env=local"]),)), "local").seen


def test_what_is_said_names_stacks_and_commands() -> None:
    two = Carried(True, (), ("alpha", "beta"), ())
    assert objection("local", two) == (
        "local-platform carries spaces alpha, beta (stacks local-space-alpha, local-space-beta): destroy "
        "them first: pulumi destroy -s local-space-alpha, pulumi destroy -s local-space-beta"
    )
    many = Carried(True, (), tuple(f"s{number}" for number in range(234)), ())
    said = objection("local", many)
    assert "carries spaces s0, s1, s2, s3, s4 and 229 more (stacks " in said
    assert len(said) < 600


@pytest.mark.parametrize("stack", ["local-platform", "full-platform"])
def test_the_guard_depends_on_everything_so_it_is_asked_first(stack: str) -> None:
    made = run(load(stack))
    (guard,) = made.of("socle-guard:platform:Guard")
    others = {one.urn for one in made.made if one.type.startswith("openstack:")}
    assert len(others) > 30
    assert others <= set(guard.dependencies)
    environment = stack.removesuffix("-platform")
    assert guard.inputs == {
        "environment": environment,
        "region": "RegionOne",
        "core_router_id": f"Router/{environment}-core",
    }
    assert made.one("router:Router", f"{environment}-core").delete_before_replace


def test_a_zone_is_not_taken_away_from_under_a_space() -> None:
    there = {"zones": ["admin", "data", "services"], "spaces": ["alpha"], "objection": "it carries alpha"}
    with pytest.raises(pulumi.RunError, match=r"^zone data cannot be taken away: it carries alpha$"):
        run(carried=there)
    assert run(carried={**there, "objection": ""}).made
    assert run(carried={**there, "zones": ["admin"]}).made


class RefusedError(Exception):
    """What grpc's context raises when a call is aborted."""


class Context:
    """Keeps why a call was refused."""

    def abort(self, code: grpc.StatusCode, why: str) -> None:
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        raise RefusedError(why)


def said(**values: Any) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update({"environment": "local", "region": "R", **values})
    return found


def answering(found: Carried) -> Guard:
    return Guard(lambda _environment, _region: found)


def unreadable(_environment: str, _region: str) -> Carried:
    raise UnreadableError("the cloud is away")


@pytest.mark.parametrize(
    ("guard", "why"),
    [
        (answering(Carried(True, (), ("alpha",), ())), "local-platform carries space alpha"),
        (answering(Carried(True, (), (), ("odd",))), "also joins odd"),
        (answering(Carried(False, (), (), ())), "nothing of local-platform is visible in this project"),
        (Guard(unreadable), "the cloud is away"),
    ],
)
def test_deletion_is_refused_unless_the_cloud_says_that_nothing_stands(guard: Guard, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        guard.Delete(pb.DeleteRequest(id="local", properties=said()), Context())
    answering(FREE).Delete(pb.DeleteRequest(id="local", properties=said()), Context())


def test_the_question_is_answered_or_refused() -> None:
    asked = pb.InvokeRequest(tok=QUESTION, args=said())
    answer = getattr(answering(Carried(True, ("admin",), ("alpha",), ())).Invoke(asked, Context()), "return")
    assert (list(answer["zones"]), list(answer["spaces"])) == (["admin"], ["alpha"])
    assert answer["objection"].startswith("local-platform carries space alpha")
    with pytest.raises(RefusedError, match="the cloud is away"):
        Guard(unreadable).Invoke(asked, Context())
    with pytest.raises(RefusedError, match="other:x:y is unknown; ask"):
        answering(FREE).Invoke(pb.InvokeRequest(tok="other:x:y", args=said()), Context())


def test_another_core_router_replaces_the_guard_and_deletes_it_first() -> None:
    def diff(**news: str) -> pb.DiffResponse:
        asked = pb.DiffRequest(old_inputs=said(core_router_id="one"), news=said(**news))
        return answering(FREE).Diff(asked, Context())

    assert diff(core_router_id="one").changes == pb.DiffResponse.DIFF_NONE
    changed = diff(core_router_id="other")
    assert (changed.changes, list(changed.replaces)) == (pb.DiffResponse.DIFF_SOME, ["core_router_id"])
    assert changed.deleteBeforeReplace


def test_a_cloud_without_configuration_is_one_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_CLOUD", "nowhere")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/nowhere/clouds.yaml")
    with pytest.raises(UnreadableError, match="cannot be read from the cloud"):
        ask("local", "R")
