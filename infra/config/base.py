"""What every table of stacks/ is made of: names, sentences, ports, networks, keys. No table itself."""

import base64
import binascii
from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

# A DNS label that leaves room for the environment's name before it.
Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]
EnvironmentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,14}$")]
# A sentence, kept to what every OpenStack service stores in a description.
Sentence = Annotated[str, Field(min_length=10, max_length=200, pattern=r"^\S.*\S$")]
DataClass = Literal["technical", "health"]
Protocol = Literal["tcp", "udp"]

LAST_PORT = 65535
MAX_PREFIX_WIDTH = 8
RSA_3072_BYTES = 407
"""Length of an RSA key of 3072 bits in SSH's own encoding."""


class Table(BaseModel):
    """Unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class StackTable(Table):
    """What every stack's own table says: the environment that it is part of, and who answers for it."""

    environment: EnvironmentName
    owner: Name


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
    if prefix.prefixlen < MAX_PREFIX_WIDTH:
        raise ValueError(f"{prefix} is nearly the whole internet; name the networks meant (/8 or longer)")
    return prefix


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
    if not ((kind == "ssh-ed25519" and size > 0) or (kind == "ssh-rsa" and size >= RSA_3072_BYTES)):
        raise ValueError("not a strong OpenSSH public key; give an ssh-ed25519 one, or ssh-rsa of 3072 bits")
    return text


def one_or_more(value: object) -> object:
    """What a list becomes; a single text stands for a list of it."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def said_twice(values: Iterable[object], what: str) -> None:
    """ValueError when a value comes twice; `what` is the kind of value."""
    seen = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value} is given twice; each may appear once")
        seen.add(value)


Port = Annotated[int | str, PlainValidator(_checked_port)]
Prefix = Annotated[IPv4Network, AfterValidator(_narrow)]
PrivateNetwork = Annotated[IPv4Network, AfterValidator(_private)]
PublicKey = Annotated[str, AfterValidator(strong_public_key)]
