"""What each table of stacks/ may say: strict, frozen models, whose complaints say the fix.

Here: one model per table. Whether two tables agree is checked in specification.py, and
arithmetic on them is in plan/.
"""

import base64
import binascii
from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, model_validator

# A DNS label that leaves room for the environment's name before it.
Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]
# A sentence, kept to what every OpenStack service stores in a description.
Sentence = Annotated[str, Field(min_length=10, max_length=200, pattern=r"^\S.*\S$")]
Endpoint = Annotated[str, Field(pattern=r"^(zone|role|outside)/[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]
Protocol = Literal["tcp", "udp"]

LAST_PORT = 65535
FIRST_HOST, LAST_HOST = 10, 250
"""Numbers of hosts in a zone; the ones below belong to the gateway and the provider's own ports."""


class Table(BaseModel):
    """Unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


def port_range(text: int | str) -> tuple[int, int]:
    """`22` or `"8000-8010"` as (first, last); ValueError when it is neither, or not within 1-65535."""
    first, _, last = str(text).partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()):
        raise ValueError(f"{text!r} is no port; write 22 or '8000-8010'")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= LAST_PORT:
        raise ValueError(f"{text} is out of range; ports go from 1 to 65535, the lower one first")
    return low, high


def _checked_port(port: object) -> int | str:
    if isinstance(port, bool) or not isinstance(port, int | str):
        raise ValueError(f"{port!r} is no port; write 22 or '8000-8010'")
    port_range(port)
    return port


def _narrow(prefix: IPv4Network) -> IPv4Network:
    if prefix.prefixlen < 8:  # noqa: PLR2004
        raise ValueError(f"{prefix} is nearly the whole internet; name the networks meant (/8 or longer)")
    return prefix


def _said_twice(values: Iterable[object], what: str) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value} is given twice; each may appear once")
        seen.add(value)


Port = Annotated[int | str, PlainValidator(_checked_port)]
Prefix = Annotated[IPv4Network, AfterValidator(_narrow)]


class Zone(Table):
    """A part of the network with one purpose, and the host roles that may live in it."""

    index: Annotated[int, Field(ge=0)]
    purpose: Sentence
    data_class: Literal["technical", "health"]
    gateway: bool
    roles: tuple[Name, ...]


class Zones(Table):
    """zones.yaml: every zone of every environment; `prefix` is the length of a zone's subnet."""

    prefix: Annotated[int, Field(ge=20, le=24)]
    retired: tuple[int, ...]
    zones: dict[Name, Zone]

    @model_validator(mode="after")
    def _each_in_its_place(self) -> Self:
        _said_twice((zone.index for zone in self.zones.values()), "index")
        for name, zone in self.zones.items():
            if zone.index in self.retired:
                raise ValueError(f"zone {name} has index {zone.index}, which is retired; take one never used")
        return self


class Flow(Table):
    """One open path. `from` and `to` are zone/…, role/… or outside/…, never both outside."""

    name: Name
    source: Annotated[Endpoint, Field(alias="from")]
    target: Annotated[Endpoint, Field(alias="to")]
    protocol: Protocol
    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    reason: Sentence
    clause: Annotated[str, Field(pattern=r"^[a-z0-9.-]+:[A-Za-z0-9.-]+$")]
    owner: Name

    @model_validator(mode="after")
    def _ours(self) -> Self:
        if self.source.startswith("outside/") and self.target.startswith("outside/"):
            raise ValueError(f"flow {self.name} is between two places outside; one end must be ours")
        return self


class Flows(Table):
    """flows.yaml: every path that is open in every environment."""

    flows: tuple[Flow, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        _said_twice((flow.name for flow in self.flows), "flow")
        return self


class Outside(Table):
    """A place that is not ours; `ports` ("3142/tcp") limits what flows may open towards it."""

    prefixes: Annotated[tuple[Prefix, ...], Field(min_length=1)]
    ports: tuple[Annotated[str, Field(pattern=r"^[0-9]+/(tcp|udp)$")], ...] = ()
    what: Sentence


class Profile(Table):
    """profiles/<provider>.yaml: what a provider offers, and what it cannot do."""

    name: Name
    region: str
    availability_zone: str
    external_network: str
    image: str
    sizes: dict[Name, str]
    encrypted_volume_type: str
    hypervisors: Annotated[int, Field(ge=1)]
    outside: dict[Name, Outside]
    cannot: tuple[Sentence, ...]


class Volume(Table):
    """A data volume of a host; always of the profile's encrypted type."""

    name: Name
    size_gib: Annotated[int, Field(ge=1, le=16384)]
    mount: Annotated[str, Field(pattern=r"^/srv/[a-z0-9-]+$")]


class Host(Table):
    """A server, declared once. `placement_group`: hosts naming the same one go to different hypervisors."""

    name: Name
    role: Name
    zone: Name
    number: Annotated[int, Field(ge=FIRST_HOST, le=LAST_HOST)]
    size: Name
    volumes: tuple[Volume, ...] = ()
    placement_group: Name | None = None

    @model_validator(mode="after")
    def _distinct_volumes(self) -> Self:
        _said_twice((volume.name for volume in self.volumes), "volume")
        _said_twice((volume.mount for volume in self.volumes), "mount")
        return self


class ObjectContainer(Table):
    """A versioned object container."""

    name: Name
    purpose: Sentence


def _private(network: IPv4Network) -> IPv4Network:
    if not any(
        network.subnet_of(IPv4Network(block)) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    ):
        raise ValueError(f"{network} is not private; take a block out of 10/8, 172.16/12 or 192.168/16")
    return network


def strong_public_key(text: str) -> str:
    """`text` when it is an OpenSSH public key of a strong type; ValueError otherwise."""
    kind, _, rest = text.partition(" ")
    try:
        size = len(base64.b64decode(rest.split(" ")[0], validate=True))
    except binascii.Error:
        size = 0
    # An RSA key of 3072 bits takes 407 bytes in SSH's own encoding.
    if not ((kind == "ssh-ed25519" and size > 0) or (kind == "ssh-rsa" and size >= 407)):  # noqa: PLR2004
        raise ValueError("not a strong OpenSSH public key; give an ssh-ed25519 one, or ssh-rsa of 3072 bits")
    return text


PublicKey = Annotated[str, AfterValidator(strong_public_key)]


class Platform(Table):
    """hdh:platform of a stack's file: one environment's platform layer.

    `automation_key` left out means the key that the environment's own folder holds ($SOCLE_SSH_DIR).
    """

    environment: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,14}$")]
    profile: Name
    owner: Name
    network: Annotated[IPv4Network, AfterValidator(_private)]
    zones: Annotated[tuple[Name, ...], Field(min_length=1)]
    protect: bool
    hosts: tuple[Host, ...]
    container: ObjectContainer
    automation_key: PublicKey | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _said_twice(self.zones, "zone")
        _said_twice((host.name for host in self.hosts), "host")
        _said_twice((f"{host.zone}.{host.number}" for host in self.hosts), "number")
        bastions = [host.name for host in self.hosts if host.role == "bastion"]
        if len(bastions) != 1:
            raise ValueError(f"{len(bastions)} hosts have the role bastion; one must, it is the way in")
        data = [volume.name for host in self.hosts for volume in host.volumes if volume.name == "data"]
        if len(data) != 1:
            raise ValueError(f"{len(data)} volumes are named data; one must be, others look for it")
        return self
