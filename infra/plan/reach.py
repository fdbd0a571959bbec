"""Can X reach Y on port P, and why: read from the generated rules, not from the flows they came from."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from infra.config import Protocol
from infra.plan.plan import Plan
from infra.plan.rules import Direction


@dataclass(frozen=True)
class Answer:
    """`flows` are the names of those that let it through; `why` is a sentence either way."""

    reachable: bool
    flows: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class _Party:
    """One side of a question: a host of ours has groups, a place outside has none and filters nothing."""

    label: str
    prefixes: tuple[IPv4Network, ...]
    groups: tuple[str, ...] | None


def can_reach(plan: Plan, source: str, target: str, protocol: Protocol, port: int) -> Answer:
    """Whether a new connection from `source` to `target` is let out there and let in here.

    Each is a host's name (short or full), outside/<name> of the profile, or an IPv4 address or prefix.
    KeyError names a party that does not exist.
    """
    one, other = _party(plan, source), _party(plan, target)
    if one.groups is None and other.groups is None:
        return Answer(False, (), f"{one.label} and {other.label} are both outside; their path is not ours")
    asked = f"{protocol} {port} from {one.label} to {other.label}"
    out = _open(plan, one, other, "egress", (protocol, port))
    into = _open(plan, other, one, "ingress", (protocol, port))
    if out is None and into is None:
        return Answer(False, (), f"no flow lets {asked}")
    if out is None:
        return Answer(False, (), f"{one.label} may not send {asked}")
    if into is None:
        return Answer(False, (), f"{other.label} does not accept {asked}")
    flows = tuple(sorted({*out, *into}))
    return Answer(True, flows, f"{asked}: {', '.join(flows)}")


def _party(plan: Plan, name: str) -> _Party:
    for placed in plan.hosts:
        if name in (placed.name, placed.host.name, str(placed.address)):
            return _Party(placed.name, (IPv4Network(placed.address),), placed.groups)
    if name.startswith("outside/") and name in plan.places.prefixes:
        return _Party(name, plan.places.prefixes[name], None)
    try:
        return _Party(name, (IPv4Network(name),), None)
    except ValueError:
        raise KeyError(name) from None


def _open(
    plan: Plan, here: _Party, there: _Party, direction: Direction, service: tuple[Protocol, int]
) -> tuple[str, ...] | None:
    """Flows whose rules on `here` let `there` through; empty when `here` is outside; None when closed."""
    if here.groups is None:
        return ()
    found: set[str] = set()
    for remote in there.prefixes:
        flows = [
            names
            for rule, names in plan.perimeter.rules.items()
            if rule.group in here.groups
            and (rule.direction, rule.protocol) == (direction, service[0])
            and rule.first <= service[1] <= rule.last
            and remote.subnet_of(rule.remote)
        ]
        if not flows:
            return None
        found.update(*flows)
    return tuple(sorted(found))
