"""Flows to rules: exactly the declared paths are open, on both sides, whatever the order of the table."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from itertools import product
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.config import Flows, Protocol, port_range
from infra.plan.nftables import HostRule, host_rules
from infra.plan.plan import Guarded, Plan
from infra.plan.reach import can_reach
from infra.plan.rules import Direction, Places, Rule, flow_rules
from tests.unit.plan.tables import OUTSIDE, SPACE_ROLES, World, one_flow, without_space, worlds

PORTS = (1, 22, 49, 50, 53, 60, 61, 65535)
STRANGER = "100.64.1.1"


@dataclass(eq=False)
class Seen:
    """A party as the oracle knows it: what ends of flows mean it, what guards it, how others see it.

    `veiled`: the one address that all others have when they arrive.
    """

    name: str
    ends: set[str]
    guard: Guarded | None
    seen: tuple[IPv4Network, ...]
    veiled: IPv4Network | None = None

    def lets(self, other: "Seen", direction: Direction, protocol: str, port: int) -> bool:
        """Whether its rules let `other` through: a packet filter of six lines, which knows no flow."""
        return self.guard is None or all(
            any(
                rule.group in self.ends
                and (rule.direction, rule.protocol) == (direction, protocol)
                and rule.first <= port <= rule.last
                and remote.subnet_of(rule.remote)
                for rule in self.guard.perimeter.rules
            )
            for remote in (other.seen if self.veiled is None or direction == "egress" else (self.veiled,))
        )


def parties(world: World) -> list[Seen]:
    """Every host of platform and spaces, every place outside, and somebody nobody knows."""
    plan, found = world.plan(), []
    for host in world.platform.hosts:
        ends = {f"zone/{host.zone}", *(f"role/{role}" for role in host.roles)}
        address = IPv4Network(plan.subnets[host.zone][host.number])
        found.append(Seen(f"any-{host.name}", ends, plan, (address,)))
    for name, space in world.spaces.items():
        # A space is the 16 addresses that its number gives it in the second eighth of 10.16.0.0/16.
        transit = IPv4Network((int(IPv4Network("10.16.32.0/28")[0]) + 16 * space.number, 28))
        guard = world.space_plans()[name]
        for inner in space.hosts:
            ends = {"zone/spaces", *(f"role/{role}" for role in inner.roles)}
            veiled = transit if world.profile.features.snat_both_ways else None
            found.append(Seen(f"any-{name}-{inner.name}", ends, guard, (transit,), veiled))
    found += [Seen(f"outside/{name}", {f"outside/{name}"}, None, at.prefixes) for name, at in OUTSIDE.items()]
    return [*found, Seen(STRANGER, set(), None, (IPv4Network(STRANGER),))]


def declared(flows: Flows, source: Seen, target: Seen, protocol: str, port: int) -> set[str]:
    """Names of the flows that say so: the oracle, which knows no rules."""
    return {
        flow.name
        for flow in flows.flows
        if protocol in flow.protocols
        and any(low <= port <= high for low, high in map(port_range, flow.ports))
        and source.ends & set(flow.sources)
        and target.ends & set(flow.targets)
    }


@settings(max_examples=200)
@given(worlds(), st.sampled_from(["tcp", "udp"]), st.sampled_from(PORTS))
def test_open_exactly_when_a_flow_says_so(world: World, protocol: str, port: int) -> None:
    """For random zones, spaces and flows: what the rules of both sides admit is what is declared."""
    everybody, land = parties(world), world.landscape()
    for source in everybody:
        for target in everybody:
            if source is target or (source.guard is None and target.guard is None):
                continue
            said = declared(world.flows, source, target, protocol, port)
            admitted = source.lets(target, "egress", protocol, port) and target.lets(
                source, "ingress", protocol, port
            )
            # What no router carries to a space does not arrive there at all.
            carried = target.veiled is None or source.guard is not None
            expected = bool(said) or veiled(world, source, target, protocol, port)
            assert (admitted and carried) == expected, (source.name, target.name)
            answer = can_reach(land, source.name, target.name, cast(Protocol, protocol), port)
            assert answer.reachable == expected, answer.why
            assert said <= set(answer.flows)


def veiled(world: World, source: Seen, target: Seen, protocol: str, port: int) -> bool:
    """Behind a router that hides both ways: two flows that meet on a port, out to any space, in from anybody.

    A space cannot tell its senders apart there; this is what docs/decisions/0008 says of such a provider.
    """
    if target.veiled is None or source.veiled is not None or source.guard is None:
        return False
    places = world.plan().places
    anybody = Seen("", {end for end in places.prefixes if end in places.own}, None, ())
    spaces = Seen("", {"zone/spaces", *(f"role/{role}" for role in SPACE_ROLES)}, None, ())
    out = declared(world.flows, source, spaces, protocol, port)
    into = declared(world.flows, anybody, target, protocol, port)
    return bool(out and into)


@settings(max_examples=200)
@given(worlds(), st.data())
def test_a_space_or_zone_that_goes_leaves_every_other_plan_as_it_was(
    world: World, data: st.DataObject
) -> None:
    plan, spaces = world.plan(), world.space_plans()
    if world.spaces:
        gone = data.draw(st.sampled_from(sorted(world.spaces)))
        fewer = without_space(world, gone)
        assert fewer.plan() == plan
        assert fewer.space_plans() == {name: space for name, space in spaces.items() if name != gone}
    empty = [zone for zone in world.platform.zones if not any(h.zone == zone for h in world.platform.hosts)]
    if empty:
        standing = tuple(zone for zone in world.platform.zones if zone != empty[0])
        less = replace(world, platform=world.platform.model_copy(update={"zones": standing}))
        subnet = plan.subnets[empty[0]]
        assert rules_apart_from(less.plan(), empty[0], subnet) == rules_apart_from(plan, empty[0], subnet)
        assert less.plan().hosts == plan.hosts
        assert {name: space.subnet for name, space in less.space_plans().items()} == {
            name: space.subnet for name, space in spaces.items()
        }


def rules_apart_from(plan: Plan, zone: str, subnet: IPv4Network) -> dict[Rule, tuple[str, ...]]:
    """Rules with the flows behind them, those of `zone` and towards it left out."""
    return {
        rule: flows
        for rule, flows in plan.perimeter.rules.items()
        if rule.group != f"zone/{zone}" and rule.remote != subnet
    }


@settings(max_examples=60)
@given(worlds())
def test_every_flow_gives_exactly_its_egress_and_ingress(world: World) -> None:
    for plan in world.plans():
        expected: dict[tuple[object, ...], set[str]] = {}
        for flow in world.flows.flows:
            for source, target, protocol, port in product(
                flow.sources, flow.targets, flow.protocols, flow.ports
            ):
                for key in pair(source, target, plan.places):
                    expected.setdefault((*key, protocol, *port_range(port)), set()).add(flow.name)
        found = {
            (rule.group, rule.direction, rule.remote, rule.protocol, rule.first, rule.last): set(flows)
            for rule, flows in plan.perimeter.rules.items()
        }
        assert found == expected
        assert all(len(flows) == len(set(flows)) for flows in plan.perimeter.rules.values())


def pair(source: str, target: str, where: Places) -> Iterator[tuple[str, str, IPv4Network]]:
    """The two sides of a path whose ends both stand, of which a peer's is not ours to filter."""
    senders, takers = (where.prefixes.get(end, ()) for end in (source, target))
    for sender, taker in product(senders, takers):
        if source in where.own:
            yield source, "egress", taker
        if target in where.own:
            veiled = where.arrivals if source not in where.own else None
            yield target, "ingress", veiled or sender


@settings(max_examples=200)
@given(worlds())
def test_no_rule_of_a_space_names_anything_but_the_platform(world: World) -> None:
    standing = list(world.plan().subnets.values())
    for plan in world.space_plans().values():
        veil = [plan.transit] if world.profile.features.snat_both_ways else []
        for rule in plan.perimeter.rules:
            known = [*standing, *(veil if rule.direction == "ingress" else [])]
            assert any(rule.remote.subnet_of(subnet) for subnet in known), rule


@given(worlds(), st.randoms())
def test_the_order_of_the_table_changes_nothing(world: World, random: object) -> None:
    lines = list(world.flows.flows)
    random.shuffle(lines)  # type: ignore[attr-defined]
    shuffled = replace(world, flows=world.flows.model_copy(update={"flows": tuple(lines)}))
    assert list(world.plan().perimeter.rules.items()) == list(shuffled.plan().perimeter.rules.items())
    assert world.space_plans() == shuffled.space_plans()


@settings(max_examples=60)
@given(worlds())
def test_a_hosts_nftables_are_its_groups_rules(world: World) -> None:
    for plan in world.plans():
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


@given(worlds())
def test_every_zone_and_role_that_stands_has_its_group(world: World) -> None:
    for plan in world.plans():
        needed = {group for placed in plan.hosts for group in placed.groups}
        assert needed <= set(plan.perimeter.groups)
        assert not any(group.startswith("outside/") for group in plan.perimeter.groups)
        assert {rule.group for rule in plan.perimeter.rules} <= set(plan.perimeter.groups)
    assert not any("spaces" in group for group in world.plan().perimeter.groups)


def test_a_flow_whose_end_stands_elsewhere_opens_nothing() -> None:
    here = Places({"zone/z0": (IPv4Network("10.16.0.0/24"),)}, frozenset({"zone/z0"}))
    (flow,) = one_flow(to="zone/z1").flows
    assert not flow_rules(flow, here)


def test_one_entry_with_lists_is_as_many_entries_with_one_end_each() -> None:
    """What makes a table short changes no rule."""
    where = Places(
        {f"zone/z{n}": (IPv4Network(f"10.16.{n}.0/24"),) for n in range(4)}, frozenset({"zone/z0"})
    )
    many = {"from": ("zone/z0", "zone/z1"), "to": ("zone/z2", "zone/z0"), "protocol": ("udp", "tcp")}
    (short,) = one_flow(**many).flows
    singles = [
        one_flow(**{"from": source, "to": target, "protocol": protocol}).flows[0]
        for source, target, protocol in product(*many.values())
    ]
    assert flow_rules(short, where) == {rule for flow in singles for rule in flow_rules(flow, where)}
    assert len(flow_rules(short, where)) == 8


def test_a_rule_spells_its_ports() -> None:
    remote = IPv4Network("10.0.0.0/24")
    assert Rule("zone/z", "egress", "tcp", 22, 22, remote).ports == "22"
    assert Rule("zone/z", "egress", "tcp", 22, 23, remote).ports == "22-23"
