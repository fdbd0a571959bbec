"""Random but valid tables for the property tests of the planners."""

from ipaddress import IPv4Network

from hypothesis import strategies as st

from infra.config import Flows, Outside, Platform, Profile, Zones

NAMES = [f"z{index}" for index in range(12)]
ROLES = {name: (f"{name}a", f"{name}b") for name in NAMES}
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
PROFILE = Profile(
    name="any",
    region="R",
    availability_zone="az",
    external_network="public",
    image="image",
    sizes={"small": "flavor"},
    encrypted_volume_type="luks",
    hypervisors=1,
    outside=OUTSIDE,
    cannot=(),
)


def zones_of(indexes: dict[str, int]) -> Zones:
    """zones.yaml with these zones; each may house two roles named after it."""
    table = {
        name: {
            "index": index,
            "purpose": "A zone of a property test",
            "data_class": "technical",
            "gateway": True,
            "roles": ROLES.get(name, ()),
        }
        for name, index in indexes.items()
    }
    return Zones.model_validate({"prefix": 24, "retired": (), "zones": table})


@st.composite
def zones(draw: st.DrawFn, minimum: int = 1) -> Zones:
    """Some zones with distinct indexes that a /16 holds."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=minimum, unique=True))
    indexes = draw(st.lists(st.integers(0, 31), min_size=len(names), max_size=len(names), unique=True))
    return zones_of(dict(zip(names, indexes, strict=True)))


@st.composite
def environments(draw: st.DrawFn) -> tuple[Platform, Zones, Flows]:
    """An environment in which some zones stand, with hosts, and flows between anything that is known."""
    table = draw(zones(minimum=2))
    standing = draw(st.lists(st.sampled_from(sorted(table.zones)), min_size=1, unique=True))
    hosts = [_host("way-in", "bastion", standing[0], 10)]
    for zone in standing:
        numbers = draw(st.lists(st.integers(11, 40), max_size=3, unique=True))
        hosts += [
            _host(f"{zone}-{number}", draw(st.sampled_from(ROLES[zone])), zone, number) for number in numbers
        ]
    hosts[0]["volumes"] = ({"name": "data", "size_gib": 1, "mount": "/srv/data"},)
    platform = Platform.model_validate(
        {
            "environment": "any",
            "profile": "any",
            "owner": "team",
            "network": IPv4Network("10.16.0.0/16"),
            "zones": tuple(standing),
            "protect": False,
            "hosts": tuple(hosts),
            "container": {"name": "box", "purpose": "Something to hold"},
        }
    )
    first = table.zones[standing[0]]
    opened = first.model_copy(update={"roles": (*first.roles, "bastion")})
    table = table.model_copy(update={"zones": {**table.zones, standing[0]: opened}})
    return platform, table, draw(flows(table))


def _host(name: str, role: str, zone: str, number: int) -> dict[str, object]:
    return {"name": name, "role": role, "zone": zone, "number": number, "size": "small"}


@st.composite
def flows(draw: st.DrawFn, table: Zones) -> Flows:
    """Flows between zones, roles and places outside, few ports, so that they meet and overlap."""
    ours = [f"zone/{name}" for name in table.zones]
    ours += [f"role/{role}" for zone in table.zones.values() for role in zone.roles]
    ends = st.tuples(
        st.sampled_from(ours), st.sampled_from([*ours, *(f"outside/{name}" for name in OUTSIDE)])
    )
    ends = ends.flatmap(lambda pair: st.sampled_from([pair, pair[::-1]]))
    ports = st.lists(
        st.sampled_from([22, 53, "50-60", "1-65535", 65535]), min_size=1, max_size=2, unique=True
    )
    drawn = draw(st.lists(st.tuples(ends, st.sampled_from(["tcp", "udp"]), ports), max_size=8))
    return Flows.model_validate(
        {
            "flows": tuple(
                {
                    "name": f"f{number}",
                    "from": source,
                    "to": target,
                    "protocol": protocol,
                    "ports": tuple(chosen),
                    "reason": "A flow of a property test",
                    "clause": "secnumcloud-3.2:13.2",
                    "owner": "team",
                }
                for number, ((source, target), protocol, chosen) in enumerate(drawn)
            )
        }
    )
