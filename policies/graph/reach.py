"""Who can send a packet to whom: from the internet to a host, from a host to another, and by which path.

A step is sure or only possible: possible where a value it hangs on is unknown. Routing is judged wider than a
router may do it, groups exactly: a path that is not there is not found, a path that is there is not missed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from policies.graph.balancers import Balancer, balancers
from policies.graph.entries import Step, entries, leads_out
from policies.graph.meeting import matches, protocols_meet
from policies.graph.perimeter import Perimeter, Rule
from policies.graph.refs import Index, Refs
from policies.graph.topology import Nic, Topology
from policies.net import in_internet, overlap
from policies.values import Unknown, known

FORWARDING = "networking/portForwardingV2"
INTERNET = "the internet"


class Reach:
    """Answers over one stack. `internal`: ids or names of other stacks' networks, not the internet."""

    def __init__(
        self, index: Index, perimeter: Perimeter, topology: Topology, internal: frozenset[str]
    ) -> None:
        """Reads the addresses that lead in; everything else when asked."""
        self._index, self._perimeter, self._topology, self._internal = index, perimeter, topology, internal
        self.balancers = balancers(index, topology)
        self.entries = entries(index, self.leads_out)
        self._near: dict[str, frozenset[str]] = {}

    def leads_out(self, network: Refs) -> bool | None:
        """Whether what a gateway or pool names is the internet; None when that cannot be known."""
        return leads_out(network, self._internal)

    def rules(self, nic: Nic, *, ingress: bool) -> list[Rule]:
        """The rules of its groups in one direction, and those whose direction is unknown."""
        rules = [rule for group in nic.groups.found for rule in self._perimeter.by_group[group.urn]]
        return [rule for rule in rules if isinstance(rule.ingress, Unknown) or rule.ingress is ingress]

    def admitted(self, nic: Nic) -> Step | None:
        """Whether its groups let something in from the internet; None when they do not."""
        if nic.guarded is False:
            return Step(True, "port security is off")
        maybe: Step | None = None if nic.groups.sure else Step(False, "a group that cannot be read")
        for rule in self.rules(nic, ingress=True):
            if isinstance(rule.prefixes, Unknown) or isinstance(rule.ingress, Unknown):
                maybe = Step(False, f"rule {rule}")
            elif rule.prefixes and any(in_internet(one) for one in rule.prefixes):
                return Step(True, f"rule {rule}")
        return maybe

    def entry(self, nic: Nic) -> Step | None:
        """How a packet of the internet gets to the host itself, through an address and its groups."""
        ways = list(self.entries.get(nic.owner.urn, ()))
        for network in nic.networks.found:
            if network.flag("external") is True:
                ways.append(Step(True, f"external network {network.name}"))
        if not ways:
            return None
        let_in = self.admitted(nic)
        if let_in is None:
            return None
        best = max(ways, key=lambda way: way.sure)
        return Step(best.sure and let_in.sure, f"{best.why}, {let_in.why}")

    def lateral(
        self, source: Nic, target: Nic, wanted: Callable[[Rule], bool | Unknown] | None = None
    ) -> Step | None:
        """Whether `source` can open something at `target`: a common router or network, egress and ingress."""
        if source is target or not self.connected(source, target):
            return None
        outward, inward = (
            self._passing(source, target, False, wanted),
            self._passing(target, source, True, wanted),
        )
        best: Step | None = None
        for out in outward:
            for into in inward:
                if protocols_meet(out[1], into[1]):
                    sure = out[0].sure and into[0].sure
                    if sure:
                        return Step(True, into[0].why)
                    best = best or Step(False, into[0].why)
        return best

    def connected(self, source: Nic, target: Nic) -> bool:
        """Whether a network or routers of the stack join them."""
        to = {one.urn for one in target.networks.found}
        return any(to & self.near(one.urn) for one in source.networks.found)

    def near(self, network: str) -> frozenset[str]:
        """Networks that packets of this one get to through routers: their interfaces, and by a gateway on."""
        if network not in self._near:
            found, waiting = {network}, deque([network])
            while waiting:
                now = waiting.popleft()
                for router, joined in self._topology.joined.items():
                    gateway = self._topology.gateways.get(router, Refs()).found
                    on = {one.urn for one in (*joined, *gateway)}
                    if now in on:
                        waiting.extend(on - found)
                        found |= on
            self._near[network] = frozenset(found)
        return self._near[network]

    def paths(self, target: Nic, through: Callable[[Nic], bool], *, sure: bool) -> list[str] | None:
        """The shortest path from the internet to `target`, over hosts that `through` allows; else None."""
        begun = [(nic, [INTERNET, step.why, nic.name]) for nic, step in self._first(sure)]
        waiting, seen = deque(begun), {nic.owner.urn for nic, _ in begun}
        while waiting:
            nic, path = waiting.popleft()
            if nic is target:
                return path
            if not through(nic):
                continue
            for other in self._topology.nics:
                if other.owner.urn in seen:
                    continue
                step = self.lateral(nic, other)
                if step is not None and (step.sure or not sure):
                    seen.add(other.owner.urn)
                    waiting.append((other, [*path, step.why, other.name]))
        return None

    def egress(self, nic: Nic) -> Step | None:
        """Whether the host can send to the internet: a gateway that leads there, and a rule that lets it."""
        sure, why = False, ""
        for network in nic.networks.found:
            if network.flag("external") is True:
                sure, why = True, f"external network {network.name}"
        for router, joined in self._topology.joined.items():
            gateway = self._topology.gateways.get(router)
            if gateway is None or not {one.urn for one in joined} & {one.urn for one in nic.networks.found}:
                continue
            out = self.leads_out(gateway)
            if out is not False and not sure:
                sure, why = out is True, f"router {self._index.by_urn[router].name}"
        if not why:
            return None
        if nic.guarded is False:
            return Step(sure, f"{why}, port security is off")
        maybe: Step | None = None if nic.groups.sure else Step(False, f"{why}, a group that cannot be read")
        for rule in self.rules(nic, ingress=False):
            if isinstance(rule.prefixes, Unknown) or isinstance(rule.ingress, Unknown):
                maybe = Step(False, f"{why}, rule {rule}")
            elif rule.prefixes and any(in_internet(one) for one in rule.prefixes):
                return Step(sure, f"{why}, rule {rule}")
        return maybe

    def _first(self, sure: bool) -> Iterator[tuple[Nic, Step]]:
        for nic in self._topology.nics:
            step = self.entry(nic) or self._balanced(nic)
            if step is not None and (step.sure or not sure):
                yield nic, step

    def _balanced(self, nic: Nic) -> Step | None:
        for balancer in self.balancers:
            ways = self.entries.get(balancer.resource.urn)
            if ways and nic in balancer.members:
                let_in = self._from_balancer(nic, balancer)
                if let_in is not None:
                    best = max(ways, key=lambda way: way.sure)
                    return Step(
                        best.sure and let_in.sure,
                        f"{best.why}, load balancer {balancer.resource.name}, {let_in.why}",
                    )
        return None

    def _from_balancer(self, nic: Nic, balancer: Balancer) -> Step | None:
        if nic.guarded is False:
            return Step(True, "port security is off")
        for rule in self.rules(nic, ingress=True):
            if isinstance(rule.prefixes, Unknown):
                return Step(False, f"rule {rule}")
            if rule.prefixes is None or not balancer.prefixes:
                return Step(True, f"rule {rule}")
            if any(overlap(one, vip) for one in rule.prefixes for vip in balancer.prefixes):
                return Step(True, f"rule {rule}")
        return None if nic.groups.sure else Step(False, "a group that cannot be read")

    def _passing(
        self, at: Nic, other: Nic, ingress: bool, wanted: Callable[[Rule], bool | Unknown] | None
    ) -> list[tuple[Step, Rule | None]]:
        """Rules at one end that let the other end through."""
        if at.guarded is False:
            return [(Step(True, "port security is off"), None)]
        found: list[tuple[Step, Rule | None]] = []
        if not at.groups.sure:
            found.append((Step(False, "a group that cannot be read"), None))
        for rule in self.rules(at, ingress=ingress):
            asked = True if wanted is None else wanted(rule)
            matched = matches(rule, other, self._topology.prefixes)
            if known(asked) and asked and matched is not False:
                found.append(
                    (Step(matched is True and not isinstance(rule.ingress, Unknown), f"rule {rule}"), rule)
                )
            elif not known(asked) and matched is not False:
                found.append((Step(False, f"rule {rule}"), rule))
        return found
