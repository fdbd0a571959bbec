"""Random but valid tables for the property tests of the planners."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from ipaddress import IPv4Network
from itertools import product

from hypothesis import strategies as st

from infra.config import Flows, Outside, Platform, Profile, Space, Zones
from infra.plan.landscape import Landscape
from infra.plan.plan import Plan, SpacePlan, make_plan, make_space_plan

NAMES = [f"z{index}" for index in range(12)]
ROLES = {name: (f"{name}a", f"{name}b") for name in NAMES}
SPACE_NAMES = [f"s{index}" for index in range(6)]
SPACE_ROLES = ("desk", "notebook")
SERVICES = ("load-balancer", "dns", "object-store", "key-manager")
NETWORK = IPv4Network("10.16.0.0/16")
OUTSIDE = {
    "operators": Outside.model_validate(
        {"prefixes": (IPv4Network("198.18.0.0/20"),), "what": "Those who administer"}
    ),
    "proxy": Outside.model_validate(
        {
            "prefixes": (IPv4Network("203.0.113.7/32"), IPv4Network("192.0.2.0/25")),
            "what": "Packages come from here",
        }
    ),
}
PROFILE = Profile.model_validate(
    {
        "name": "any",
        "template": False,
        "endpoints": {"interface": "public", "services": SERVICES, "ca": "Nobody's authority"},
        "qualification": {
            "real_data": False,
            "document": "None, it is a test",
            "number": "none",
            "expiry": None,
        },
        "regions": {"R": ("az",)},
        "region": "R",
        "availability_zone": "az",
        "delegates_projects": False,
        "space_quota": {"hosts": 4, "volumes_gib": 16, "objects_gib": 1},
        "features": dict.fromkeys(
            (
                "anti_affinity",
                "encrypted_root",
                "hardware_keys",
                "load_balancer",
                "dns_zones",
                "object_versioning",
                "snat_both_ways",
                "volume_growth",
            ),
            True,
        ),
        "external_network": "public",
        "image": "image",
        "sizes": {"small": "flavor"},
        "encrypted_volume_type": "luks",
        "hypervisors": 2,
        "outside": OUTSIDE,
        "cannot": (),
    }
)


@dataclass(frozen=True)
class World:
    """Everything that is said about one environment."""

    platform: Platform
    zones: Zones
    flows: Flows
    spaces: dict[str, Space]
    profile: Profile = PROFILE

    def plan(self) -> Plan:
        return make_plan(self.platform, self.zones, self.flows, self.profile)

    def space_plans(self) -> dict[str, SpacePlan]:
        tables = {"plan": self.plan(), "zones": self.zones, "flows": self.flows, "profile": self.profile}
        return {name: make_space_plan(name, space, **tables) for name, space in self.spaces.items()}  # type: ignore[arg-type]

    def plans(self) -> list[Plan | SpacePlan]:
        return [self.plan(), *self.space_plans().values()]

    def landscape(self) -> Landscape:
        return Landscape("any", self.plan(), self.space_plans())


def zones_of(indexes: dict[str, int], closed: frozenset[str] = frozenset()) -> Zones:
    """zones.yaml with these zones, `closed` ones without a gateway; each may house two roles of its own."""
    table = {
        name: {
            "index": index,
            "purpose": "A zone of a property test",
            "data_class": "technical",
            "gateway": name not in closed,
            "roles": ROLES.get(name, ()),
        }
        for name, index in indexes.items()
    }
    spaces = {
        "prefix": 26,
        "transit_prefix": 28,
        "purpose": "Spaces of a property test",
        "data_class": "health",
        "roles": SPACE_ROLES,
        "retired": (),
    }
    return Zones.model_validate({"prefix": 24, "retired": (), "zones": table, "spaces": spaces})


# A strategy is validated when it is first drawn from, which costs more than the draw: each is made once here,
# and what depends on a table drawn before is picked from it by number.
PICK = st.integers(0, 2**16 - 1)
PICKS = st.lists(PICK, max_size=2)
STANDING = st.lists(PICK, min_size=1, max_size=4)
PLATFORM_HOSTS = st.lists(st.integers(11, 40), max_size=2, unique=True)
SPACE_HOSTS = st.lists(st.integers(10, 62), max_size=2, unique=True)
PROTOCOLS = st.lists(st.sampled_from(["tcp", "udp"]), min_size=1, unique=True)
PORTS = st.lists(st.sampled_from([22, 53, "50-60", "1-65535", 65535]), min_size=1, max_size=2, unique=True)
LINES = st.lists(st.tuples(PICK, PICKS, PICKS, PROTOCOLS, PORTS), max_size=10)


@cache
def distinct(last: int, size: int) -> st.SearchStrategy[list[int]]:
    """So many different numbers from 0 to the last."""
    return st.lists(st.integers(0, last), min_size=size, max_size=size, unique=True)


@cache
def some(options: tuple[str, ...], least: int = 1, most: int | None = None) -> st.SearchStrategy[list[str]]:
    """Different ones of these, in any order."""
    return st.lists(st.sampled_from(options), min_size=least, max_size=most, unique=True)


@st.composite
def zones(draw: st.DrawFn, minimum: int = 1) -> Zones:
    """Some zones with distinct indexes that a /16 holds."""
    names = draw(some(tuple(NAMES), minimum))
    indexes = draw(distinct(31, len(names)))
    bits = draw(PICK)
    closed = frozenset(name for bit, name in enumerate(names) if bits >> bit & 1)
    return zones_of(dict(zip(names, indexes, strict=True)), closed)


@st.composite
def spaces(draw: st.DrawFn, minimum: int = 0) -> dict[str, Space]:
    """Some spaces with distinct numbers that a /16 holds, up to two hosts each."""
    names = draw(some(tuple(SPACE_NAMES), minimum, 3))
    numbers = draw(distinct(511, len(names)))
    return {name: draw(_space(number)) for name, number in zip(names, numbers, strict=True)}


@st.composite
def _space(draw: st.DrawFn, number: int) -> Space:
    hosts = draw(SPACE_HOSTS)
    return Space.model_validate(
        {
            "environment": "any",
            "number": number,
            "owner": "team",
            "purpose": "A space of a property test",
            "protect": False,
            "phase": "open",
            "expiry": date(2029, 12, 31),
            "bases": (),
            "quota": {"hosts": 4, "volumes_gib": 0, "objects_gib": 1},
            "hosts": tuple(
                {"name": f"h{host}", "roles": tuple(draw(some(SPACE_ROLES))), "number": host, "size": "small"}
                for host in hosts
            ),
        }
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """An environment in which some zones and spaces stand, with hosts, and flows between what is known."""
    table = draw(zones(minimum=2))
    known = sorted(table.zones)
    standing = list(dict.fromkeys(known[number % len(known)] for number in draw(STANDING)))
    hosts = [_host("way-in", ("bastion",), standing[0], 10)]
    for zone in standing:
        roles = some(ROLES[zone])
        hosts += [
            _host(f"{zone}-{number}", tuple(draw(roles)), zone, number) for number in draw(PLATFORM_HOSTS)
        ]
    hosts[0]["volumes"] = ({"name": "data", "size_gib": 1, "mount": "/srv/data"},)
    platform = Platform.model_validate(
        {
            "environment": "any",
            "profile": "any",
            "owner": "team",
            "network": NETWORK,
            "zones": tuple(standing),
            "protect": False,
            "hosts": tuple(hosts),
            "container": {"name": "box", "purpose": "Something to hold"},
        }
    )
    first = table.zones[standing[0]]
    opened = first.model_copy(update={"roles": (*first.roles, "bastion")})
    table = table.model_copy(update={"zones": {**table.zones, standing[0]: opened}})
    features = PROFILE.features.model_copy(update={"snat_both_ways": draw(st.booleans())})
    profile = PROFILE.model_copy(update={"features": features})
    return World(platform, table, draw(flows(table)), draw(spaces()), profile)


def _host(name: str, roles: tuple[str, ...], zone: str, number: int) -> dict[str, object]:
    return {"name": name, "roles": roles, "zone": zone, "number": number, "size": "small"}


def pairs(table: Zones) -> list[tuple[str, str]]:
    """Every (from, to) that a flow may name: no space meets a space or the outside, no closed zone does."""
    ours = {f"zone/{name}": zone.gateway for name, zone in table.zones.items()}
    ours |= {f"role/{role}": zone.gateway for zone in table.zones.values() for role in zone.roles}
    of_spaces = ["zone/spaces", *(f"role/{role}" for role in SPACE_ROLES)]
    outside = [f"outside/{name}" for name in OUTSIDE]
    found = [(one, other) for one in ours for other in ours]
    for one, gateway in ours.items():
        found += [(one, other) for other in of_spaces] + [(other, one) for other in of_spaces]
        if gateway:
            found += [(one, other) for other in outside] + [(other, one) for other in outside]
    return found


@st.composite
def flows(draw: st.DrawFn, table: Zones) -> Flows:
    """Flows between zones, spaces, roles and places outside; few ports, so that they meet and overlap.

    Ends and protocols are lists as often as not, and may be written alone when there is one.
    """
    known = pairs(table)
    joined = frozenset(known)
    sides = tuple(sorted({pair[side] for pair in known}) for side in (0, 1))
    drawn = [
        (ends(known[number % len(known)], (senders, takers), sides, joined), protocols, ports)
        for number, senders, takers, protocols, ports in draw(LINES)
    ]
    return Flows.model_validate(
        {
            "flows": tuple(
                {
                    "name": f"f{number}",
                    "from": sources,
                    "to": targets,
                    "protocol": protocols[0] if len(protocols) == 1 else protocols,
                    "ports": tuple(chosen),
                    "reason": "A flow of a property test",
                    "clause": "secnumcloud-3.2:13.2",
                    "owner": "team",
                }
                for number, ((sources, targets), protocols, chosen) in enumerate(drawn)
            )
        }
    )


def ends(
    pair: tuple[str, str],
    more: tuple[list[int], list[int]],
    sides: tuple[list[str], list[str]],
    known: frozenset[tuple[str, str]],
) -> tuple[object, object]:
    """`from` and `to` of a flow, up to three each, of which every pair is known; `more` picks others."""
    sources, targets = [pair[0]], [pair[1]]
    for side, picks, all_ends in zip((sources, targets), more, sides, strict=True):
        for end in (all_ends[number % len(all_ends)] for number in picks):
            longer = [*side, end]
            joined = product(longer, targets) if side is sources else product(sources, longer)
            if end not in side and all(pair in known for pair in joined):
                side.append(end)
    return _written(sources), _written(targets)


def _written(side: list[str]) -> object:
    return side[0] if len(side) == 1 else side


def without_space(world: World, name: str) -> World:
    """The same environment once that space is gone."""
    return replace(world, spaces={other: space for other, space in world.spaces.items() if other != name})


def one_flow(**changes: object) -> Flows:
    """A table of one flow, from zone/z0 to outside/proxy unless changed."""
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
