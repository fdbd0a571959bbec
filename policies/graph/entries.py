"""What leads in from the internet: floating IPs and forwarded ports, sure or only possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policies.graph.refs import Index, Refs
from policies.graph.topology import ASSOCIATE, FLOATING, NETWORK, PORT

FORWARDING = "networking/portForwardingV2"


@dataclass(frozen=True)
class Step:
    """One hop's reason; `sure` when nothing unknown is needed for it."""

    sure: bool
    why: str


def leads_out(network: Refs, internal: frozenset[str]) -> bool | None:
    """Whether what a gateway or pool names is the internet; None when that cannot be known.

    `internal`: ids or names of other stacks' networks.
    """
    if any(one.flag("external") is True for one in network.found):
        return True
    if network.unknown:
        return None
    return any(one not in internal for one in network.outside)


def entries(index: Index, out_by: Callable[[Refs], bool | None]) -> dict[str, list[Step]]:
    """By URN of port, balancer or server, what leads to it. `out_by`: see `leads_out`."""
    found: dict[str, list[Step]] = defaultdict(list)
    for urn, step in _ways_in(index, out_by):
        found[urn].append(step)
    return found


def _ways_in(index: Index, out_by: Callable[[Refs], bool | None]) -> Iterator[tuple[str, Step]]:
    targets = (PORT, "loadbalancer/loadBalancer", "compute/instance")
    for floating in index.all(FLOATING):
        out = out_by(index.follow(floating, "pool", NETWORK))
        if out is False:
            continue
        step = Step(out is True, f"floating IP {floating.name}")
        for one in index.follow(floating, "portId", *targets).found:
            yield one.urn, step
    for tie in index.all(ASSOCIATE, FORWARDING):
        what = "port forwarding" if tie.kind == FORWARDING else "floating IP"
        by, at = ("floatingipId", "internalPortId") if tie.kind == FORWARDING else ("floatingIp", "portId")
        addresses = index.follow(tie, by, FLOATING)
        out = True if addresses.outside else None if addresses.unknown else False
        for floating in addresses.found:
            leads = out_by(index.follow(floating, "pool", NETWORK))
            out = leads if leads is not False else out
        if out is not False:
            for one in index.follow(tie, at, *targets).found:
                yield one.urn, Step(out is True, f"{what} {tie.name}")
