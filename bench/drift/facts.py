"""What is made to be read: units of ten resources each, their names and their networks. Pure."""

from __future__ import annotations

from dataclasses import dataclass

ENVIRONMENT = "scale"
STACK = f"{ENVIRONMENT}-platform"
FEW, MANY = 500, 1500
EACH = 10
"""Resources of a unit: network, subnet, port, group, five rules, volume."""
PORTS = (443, 5432, 6514, 9100, 9200)
CONTAINERS = 10
"""One unit in so many has a container for its last rule: platforms have few; each is read alone."""
MOST_UNITS = 1000
"""More would not have networks of their own in 10.32.0.0/12."""
LIMITS = {
    "network": ("networks", "subnets", "ports", "security_groups", "security_group_rules"),
    "volume": ("volumes", "gigabytes"),
}
"""What so many need more of than a project gets, by service."""


@dataclass(frozen=True)
class Unit:
    """One unit, by its number."""

    number: int

    @property
    def name(self) -> str:
        """Of everything in it."""
        return f"{ENVIRONMENT}-{self.number:04d}"

    @property
    def block(self) -> str:
        """The first three numbers of its network."""
        return f"10.{32 + self.number // 250}.{self.number % 250}"

    @property
    def container(self) -> bool:
        """Whether it has one."""
        return self.number % CONTAINERS == 0

    @property
    def ports(self) -> tuple[int, ...]:
        """What its rules open."""
        return PORTS[:-1] if self.container else PORTS


def units(resources: int) -> list[Unit]:
    """Those that make so many resources; ValueError when that is not a number of whole units."""
    if resources % EACH or not 0 < resources // EACH <= MOST_UNITS:
        raise ValueError(f"{resources} resources: say a multiple of {EACH} up to {MOST_UNITS * EACH}")
    return [Unit(number) for number in range(resources // EACH)]
