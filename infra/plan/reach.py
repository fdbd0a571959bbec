"""Can X reach Y on port P, and why: read from the generated rules, not from the flows they came from."""

from dataclasses import dataclass

from infra.config import Protocol
from infra.plan.landscape import Landscape, Party
from infra.plan.path import Hop, route
from infra.plan.rules import Direction, Rule


@dataclass(frozen=True)
class Answer:
    """`flows` are the names of those that let it through; `why` is a sentence either way.

    `hops`: the whole way from source to target, also past where it ends.
    """

    reachable: bool
    flows: tuple[str, ...]
    why: str
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True)
class _Passage:
    """What one party's own filters say: the rules that let it through, and the flows behind them."""

    party: Party
    direction: Direction
    rules: tuple[Rule, ...]
    flows: tuple[str, ...]
    open: bool

    def hop(self) -> Hop:
        chain = "output" if self.direction == "egress" else "input"
        if self.party.groups is None:
            return Hop(self.party.label, "filters nothing that we know of", True)
        guard = f"nftables and security groups {', '.join(self.party.groups)}"
        if not self.open:
            return Hop(self.party.label, f"{guard}: no {chain} rule for it", False)
        shown = ", ".join(f"{rule.protocol} {rule.ports} {rule.remote}" for rule in self.rules)
        return Hop(self.party.label, f"{guard}: {chain} {shown} (flow {', '.join(self.flows)})", True)


def can_reach(land: Landscape, source: str, target: str, protocol: Protocol, port: int) -> Answer:
    """Whether a new connection from `source` to `target` is let out there, carried, and let in here.

    Each is what Landscape.party takes; KeyError names one that does not exist.
    """
    one, other = land.party(source), land.party(target)
    asked = f"{protocol} {port} from {one.label} to {other.label}"
    if one.groups is None and other.groups is None:
        return Answer(
            False, (), f"{one.label} and {other.label} are no hosts of ours; their path is not ours"
        )
    out = _passage(one, other, "egress", (protocol, port))
    into = _passage(other, one, "ingress", (protocol, port))
    way = route(land, one, other)
    hops = (out.hop(), *way, into.hop())
    blocked = next((hop for hop in way if not hop.passes), None)
    if not out.open and not into.open:
        return Answer(False, (), f"no flow lets {asked}", hops)
    if not out.open:
        return Answer(False, (), f"{one.label} may not send {asked}", hops)
    if not into.open:
        return Answer(False, (), f"{other.label} does not accept {asked}", hops)
    if blocked is not None:
        return Answer(False, (), f"{blocked.place} {blocked.does}", hops)
    flows = tuple(sorted({*out.flows, *into.flows}))
    return Answer(True, flows, f"{asked}: {', '.join(flows)}", hops)


def _passage(here: Party, there: Party, direction: Direction, service: tuple[Protocol, int]) -> _Passage:
    """Open when every address of `there`, as `here` sees it, is let through by some rule of `here`."""
    if here.groups is None or here.guard is None:
        return _Passage(here, direction, (), (), True)
    protocol, port = service
    fitting = {
        rule: names
        for rule, names in here.guard.rules.items()
        if rule.group in here.groups
        and (rule.direction, rule.protocol) == (direction, protocol)
        and rule.first <= port <= rule.last
    }
    used: set[Rule] = set()
    for remote in there.seen_by(here, direction):
        covering = {rule for rule in fitting if remote.subnet_of(rule.remote)}
        if not covering:
            return _Passage(here, direction, (), (), False)
        used |= covering
    flows = tuple(sorted({name for rule in used for name in fitting[rule]}))
    return _Passage(here, direction, tuple(sorted(used)), flows, True)
