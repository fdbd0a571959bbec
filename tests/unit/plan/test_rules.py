"""Flows to rules: exactly the declared paths are open, on both sides, whatever the order of the table."""

from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.config import Flow, Flows, Platform, Zones, port_range
from infra.plan.nftables import HostRule, host_rules
from infra.plan.plan import Plan, make_plan
from infra.plan.problem import PlanError
from infra.plan.reach import can_reach
from infra.plan.rules import Rule, flow_rules
from tests.unit.plan.tables import OUTSIDE, PROFILE, environments

Environment = tuple[Platform, Zones, Flows]
PORTS = (1, 22, 49, 50, 53, 60, 61, 65535)
STRANGER = "100.64.1.1"


def planned(environment: Environment) -> Plan:
    platform, zones, flows = environment
    return make_plan(platform, zones, flows, PROFILE)


def parties(plan: Plan) -> list[str]:
    """Every host, every place outside, and somebody nobody knows."""
    return [*(placed.name for placed in plan.hosts), *(f"outside/{name}" for name in OUTSIDE), STRANGER]


def stands_for(plan: Plan, party: str, endpoint: str) -> bool:
    """Whether a party is what an endpoint of a flow means: the oracle, which knows no rules."""
    for placed in plan.hosts:
        if placed.name == party:
            return endpoint in (f"zone/{placed.host.zone}", f"role/{placed.host.role}")
    return party == endpoint


def declared(plan: Plan, flows: Flows, parties: tuple[str, str], protocol: str, port: int) -> set[str]:
    """Names of the flows that say so."""
    source, target = parties
    return {
        flow.name
        for flow in flows.flows
        if flow.protocol == protocol
        and any(low <= port <= high for low, high in map(port_range, flow.ports))
        and stands_for(plan, source, flow.source)
        and stands_for(plan, target, flow.target)
    }


@settings(max_examples=60, deadline=None)
@given(environments(), st.sampled_from(["tcp", "udp"]), st.sampled_from(PORTS))
def test_reachable_exactly_when_a_flow_says_so(environment: Environment, protocol: str, port: int) -> None:
    plan = planned(environment)
    hosts = {placed.name for placed in plan.hosts}
    for source in parties(plan):
        for target in parties(plan):
            if source == target or not {source, target} & hosts:
                continue
            answer = can_reach(plan, source, target, protocol, port)  # type: ignore[arg-type]
            said = declared(plan, environment[2], (source, target), protocol, port)
            assert answer.reachable == bool(said), answer.why
            assert said <= set(answer.flows)


@settings(max_examples=60, deadline=None)
@given(environments())
def test_every_flow_gives_exactly_its_egress_and_ingress(environment: Environment) -> None:
    plan = planned(environment)
    expected: dict[tuple[object, ...], set[str]] = {}
    for flow in environment[2].flows:
        sources, targets = (plan.places.prefixes.get(end, ()) for end in (flow.source, flow.target))
        for low, high in map(port_range, flow.ports):
            for one in sources:
                for other in targets:
                    for key in pair(flow, one, other):
                        expected.setdefault((*key, flow.protocol, low, high), set()).add(flow.name)
    found = {
        (rule.group, rule.direction, rule.remote, rule.protocol, rule.first, rule.last): set(flows)
        for rule, flows in plan.perimeter.rules.items()
    }
    assert found == expected


def pair(flow: Flow, source: IPv4Network, target: IPv4Network) -> Iterator[tuple[str, str, IPv4Network]]:
    """The two sides of a flow, of which the one outside is not ours to filter."""
    if not flow.source.startswith("outside/"):
        yield flow.source, "egress", target
    if not flow.target.startswith("outside/"):
        yield flow.target, "ingress", source


@given(environments(), st.randoms())
def test_the_order_of_the_table_changes_nothing(environment: Environment, random: object) -> None:
    platform, zones, flows = environment
    lines = list(flows.flows)
    random.shuffle(lines)  # type: ignore[attr-defined]
    shuffled = flows.model_copy(update={"flows": tuple(lines)})
    one, other = planned(environment), make_plan(platform, zones, shuffled, PROFILE)
    assert list(one.perimeter.rules.items()) == list(other.perimeter.rules.items())


@settings(max_examples=60, deadline=None)
@given(environments())
def test_a_hosts_nftables_are_its_groups_rules(environment: Environment) -> None:
    plan = planned(environment)
    for placed in plan.hosts:
        for chain, direction in (("input", "ingress"), ("output", "egress")):
            host_side = {line for rule in host_rules(plan, placed.name)[chain] for line in spelled(rule)}  # type: ignore[literal-required]
            cloud_side = {
                (rule.protocol, rule.ports, str(rule.remote), flows)
                for rule, flows in plan.perimeter.rules.items()
                if rule.group in placed.groups and rule.direction == direction
            }
            assert host_side == cloud_side


def spelled(rule: HostRule) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    for remote in rule["remote"]:
        yield rule["protocol"], rule["ports"], remote, tuple(rule["flows"])


@given(environments())
def test_every_zone_and_role_that_stands_has_its_group(environment: Environment) -> None:
    plan = planned(environment)
    needed = {group for placed in plan.hosts for group in placed.groups}
    assert needed <= set(plan.perimeter.groups)
    assert not any(group.startswith("outside/") for group in plan.perimeter.groups)
    assert {rule.group for rule in plan.perimeter.rules} <= set(plan.perimeter.groups)


def one_flow(**changes: object) -> Flows:
    line = {
        "name": "f",
        "from": "zone/z0",
        "to": "outside/proxy",
        "protocol": "tcp",
        "ports": (22,),
        "reason": "A flow of a test",
        "clause": "secnumcloud-3.2:13.2",
        "owner": "team",
    }
    return Flows.model_validate({"flows": ({**line, **changes},)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": "zone/nowhere"}, "flow f: zone nowhere is unknown; choose zone/"),
        ({"from": "role/nobody"}, "flow f: role nobody is unknown; choose role/"),
        ({"to": "outside/moon"}, "flow f: outside moon is unknown; choose outside/operators, outside/proxy"),
    ],
)
@settings(max_examples=1)
@given(environment=environments())
def test_an_unknown_end_is_refused(
    changes: dict[str, object], message: str, environment: Environment
) -> None:
    platform, zones, _ = environment
    known = sorted(zones.zones)[0]
    with pytest.raises(PlanError) as caught:
        make_plan(platform, zones, one_flow(**{"from": f"zone/{known}", **changes}), PROFILE)
    assert message in caught.value.what


@settings(max_examples=5)
@given(environment=environments())
def test_a_place_outside_may_not_cover_what_is_inside(environment: Environment) -> None:
    platform, zones, flows = environment
    wide = OUTSIDE["proxy"].model_copy(update={"prefixes": (IPv4Network("10.0.0.0/8"),)})
    profile = PROFILE.model_copy(update={"outside": {**OUTSIDE, "proxy": wide}})
    with pytest.raises(PlanError, match=r"10\.0\.0\.0/8 overlaps the environment's 10\.16\.0\.0/16"):
        make_plan(platform, zones, flows, profile)


@settings(max_examples=5)
@given(environment=environments())
def test_a_flow_to_a_port_that_the_place_does_not_serve_is_refused(environment: Environment) -> None:
    platform, zones, _ = environment
    closed = OUTSIDE["proxy"].model_copy(update={"ports": ("3142/tcp",)})
    profile = PROFILE.model_copy(update={"outside": {**OUTSIDE, "proxy": closed}})
    source = {"from": f"zone/{sorted(zones.zones)[0]}"}
    make_plan(platform, zones, one_flow(**source, ports=(3142,)), profile)
    with pytest.raises(PlanError, match=r"outside/proxy answers 3142/tcp only, not 3142/udp; correct"):
        make_plan(platform, zones, one_flow(**source, ports=(3142,), protocol="udp"), profile)


def test_a_flow_whose_end_stands_elsewhere_opens_nothing() -> None:
    from infra.plan.rules import Places

    here = Places({"zone/z0": (IPv4Network("10.16.0.0/24"),)}, frozenset({"zone/z0", "zone/z1"}))
    (flow,) = one_flow(to="zone/z1").flows
    assert flow_rules(flow, here) == []


def test_a_rule_spells_its_ports() -> None:
    remote = IPv4Network("10.0.0.0/24")
    assert Rule("zone/z", "egress", "tcp", 22, 22, remote).ports == "22"
    assert Rule("zone/z", "egress", "tcp", 22, 23, remote).ports == "22-23"
