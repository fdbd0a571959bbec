"""Flows that make no sense: refused with what to say instead, before a rule is made of them."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings

from infra.plan.plan import make_plan
from infra.plan.problem import PlanError
from tests.unit.plan.tables import OUTSIDE, PROFILE, World, one_flow, worlds


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": "zone/nowhere"}, "flow f: zone nowhere is unknown; choose zone/"),
        ({"from": "role/nobody"}, "flow f: role nobody is unknown; choose role/"),
        ({"to": "outside/moon"}, "flow f: outside moon is unknown; choose outside/operators, outside/proxy"),
        (
            {"from": "zone/spaces", "to": "role/desk"},
            "flow f is between spaces, which never meet; go",
        ),
        ({"from": "role/desk"}, "flow f joins role/desk and outside/proxy, but no space meets the outside"),
        (
            {"from": "outside/operators", "to": "zone/spaces"},
            "flow f joins zone/spaces and outside/operators, but no space meets the outside; go",
        ),
        ({"to": ("zone/spaces", "zone/nowhere")}, "flow f: zone nowhere is unknown; choose zone/"),
        (
            {"from": ("role/desk", "outside/proxy"), "to": "zone/spaces"},
            "flow f is between spaces, which never meet; go",
        ),
        (
            {"from": "outside/operators", "to": ("role/bastion", "role/desk")},
            "flow f joins role/desk and outside/operators, but no space meets the outside; go",
        ),
    ],
)
@settings(max_examples=1)
@given(world=worlds())
def test_a_flow_that_makes_no_sense_is_refused(
    changes: dict[str, object], message: str, world: World
) -> None:
    flow = one_flow(**{"from": f"zone/{sorted(world.zones.zones)[0]}", **changes})
    with pytest.raises(PlanError) as caught:
        replace(world, flows=flow).plan()
    assert message in caught.value.what


@settings(max_examples=60)
@given(world=worlds())
def test_no_flow_joins_the_outside_and_a_zone_without_gateway(world: World) -> None:
    for name, zone in world.zones.zones.items():
        for end in (f"zone/{name}", *(f"role/{role}" for role in zone.roles)):
            for ends in ({"from": end}, {"from": "outside/proxy", "to": end}):
                asked = replace(world, flows=one_flow(**ends))
                if zone.gateway:
                    asked.plan()
                    continue
                with pytest.raises(PlanError, match=f"but zone {name} has no gateway; go through a role"):
                    asked.plan()


@settings(max_examples=5)
@given(world=worlds())
def test_a_place_outside_may_not_cover_what_is_inside(world: World) -> None:
    wide = OUTSIDE["proxy"].model_copy(update={"prefixes": (IPv4Network("10.0.0.0/8"),)})
    profile = PROFILE.model_copy(update={"outside": {**OUTSIDE, "proxy": wide}})
    with pytest.raises(PlanError, match=r"10\.0\.0\.0/8 overlaps the environment's 10\.16\.0\.0/16"):
        make_plan(world.platform, world.zones, world.flows, profile)


@settings(max_examples=5)
@given(world=worlds().filter(lambda world: any(zone.gateway for zone in world.zones.zones.values())))
def test_a_flow_to_a_port_that_the_place_does_not_serve_is_refused(world: World) -> None:
    closed = OUTSIDE["proxy"].model_copy(update={"ports": ("3142/tcp",)})
    profile = PROFILE.model_copy(update={"outside": {**OUTSIDE, "proxy": closed}})
    source = {"from": f"zone/{next(name for name, zone in world.zones.zones.items() if zone.gateway)}"}
    make_plan(world.platform, world.zones, one_flow(**source, ports=(3142,)), profile)
    with pytest.raises(PlanError, match=r"outside/proxy answers 3142/tcp only, not 3142/udp; correct"):
        make_plan(world.platform, world.zones, one_flow(**source, ports=(3142,), protocol="udp"), profile)
    for protocols in (("tcp", "udp"), ("udp", "tcp")):
        with pytest.raises(PlanError, match=r"outside/proxy answers 3142/tcp only, not 3142/udp; correct"):
            make_plan(
                world.platform, world.zones, one_flow(**source, ports=(3142,), protocol=protocols), profile
            )
